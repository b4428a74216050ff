"""The audit trail: check it, read it, take it along."""

import csv
import io
import json
import sys
from collections.abc import Iterable
from typing import Any, TextIO

import click

from humasbot.cli.common import as_json, dump, escape, open_bot, table, when
from humasbot.words import t

COLUMNS = ("seq", "id", "at", "actor", "act", "agency", "subject", "detail", "digest", "previous", "hash")
narrow = (
    click.option("--subject", default="", metavar="delivery:12",
                 help=t("hanya tentang ini", "only about this")),
    click.option("--act", default="", metavar=t("PERBUATAN", "ACT"), help=t("hanya perbuatan ini", "only this act")),
    click.option("--actor", default="", metavar=t("PELAKU", "WHO"), help=t("hanya oleh orang ini", "only by this one")),
)  # fmt: skip


def narrowed(command: Any) -> Any:
    """The options that choose rows."""
    for option in reversed(narrow):
        command = option(command)
    return command


@click.group()
def audit() -> None:
    """The audit trail."""


@audit.command("verify")
@as_json
@click.pass_context
def verify(ctx: click.Context, as_json: bool) -> None:
    """Exit 0 while nothing was altered, 1 with the first bad rows when something was."""
    bot = open_bot(ctx)
    verdict = bot.trail.verify()
    if as_json:
        dump({"sound": verdict.sound, "sealed": verdict.sealed, "unsealed": verdict.unsealed, "head": verdict.head,
              "problems": verdict.problems})  # fmt: skip
    elif verdict.sound:
        click.echo(
            t("Jejak audit utuh: {n} baris tersegel, {m} menunggu segel. Ujung rantai: {h}",
              "The audit trail is whole: {n} rows sealed, {m} wait for it. Head of the chain: {h}",
              n=verdict.sealed, m=verdict.unsealed, h=verdict.head)
        )  # fmt: skip
    else:
        for problem in verdict.problems:
            click.secho(f"✗ {problem}", fg="red", err=True)
        click.echo(
            t("Jangan ubah apa pun. Amankan salinan basis data dan audit-heads.jsonl, bandingkan dengan cadangan "
              "terakhir yang masih utuh, dan laporkan kepada penanggung jawab.",
              "Change nothing. Put a copy of the database and of audit-heads.jsonl aside, compare it with the last "
              "backup that is whole, and tell whoever is responsible."),
            err=True,
        )  # fmt: skip
    ctx.exit(0 if verdict.sound else 1)


@audit.command("seal")
@click.pass_context
def seal(ctx: click.Context) -> None:
    """Seal what waits, now; the daemon does it every few seconds."""
    click.echo(t("{n} baris disegel.", "{n} rows sealed.", n=open_bot(ctx).trail.seal()))


@audit.command("list")
@narrowed
@click.option("--limit", default=30, show_default=True, type=click.IntRange(1, 10_000), metavar=t("BANYAK", "COUNT"),
              help=t("paling banyak sekian baris", "at most so many rows"))  # fmt: skip
@as_json
@click.pass_context
def list_(ctx: click.Context, subject: str, act: str, actor: str, limit: int, as_json: bool) -> None:
    """The newest rows."""
    bot = open_bot(ctx)
    rows = list(bot.trail.rows(newest=limit, subject=subject, act=act, actor=actor))
    if as_json:
        dump(rows)
        return
    table(
        t("Jejak audit", "Audit trail"),
        (
            "#", t("Waktu", "When"), t("Pelaku", "Who"), t("Perbuatan", "Act"), t("Tentang", "About"),
            t("Rincian", "Detail"),
        ),
        (
            (
                str(row["seq"] or "…"),
                when(row["at"], bot.config.zone),
                escape(row["actor"]),
                escape(row["act"]),
                escape(row["subject"]),
                escape(_short(row["detail"])),
            )
            for row in rows
        ),
        t("Belum ada.", "There is none yet."),
        notes=True,
    )  # fmt: skip


def _short(detail: Any) -> str:
    text = (
        ", ".join(f"{key}={value}" for key, value in detail.items())
        if isinstance(detail, dict)
        else str(detail)
    )
    return text if len(text) <= 160 else text[:159] + "…"


@audit.command("export")
@narrowed
@click.option("--format", "kind", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True,
              help=t("bentuk keluaran", "form of the output"))  # fmt: skip
@click.pass_context
def export(ctx: click.Context, subject: str, act: str, actor: str, kind: str) -> None:
    """Every row to standard output, oldest first."""
    bot = open_bot(ctx)
    rows = bot.trail.rows(subject=subject, act=act, actor=actor)
    _write_csv(rows, sys.stdout) if kind == "csv" else _write_lines(rows)


def _write_lines(rows: Iterable[dict[str, Any]]) -> None:
    for row in rows:
        click.echo(json.dumps({key: row[key] for key in COLUMNS}, ensure_ascii=False, default=str))


def _write_csv(rows: Iterable[dict[str, Any]], out: TextIO) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    for row in rows:
        detail = json.dumps(row["detail"], ensure_ascii=False)
        writer.writerow([detail if key == "detail" else _plain(row[key]) for key in COLUMNS])
        out.write(buffer.getvalue())
        buffer.seek(0)
        buffer.truncate()
    out.write(buffer.getvalue())


def _plain(value: Any) -> Any:
    """A cell that a spreadsheet does not take for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


verify.help = t("Periksa bahwa tidak ada yang diubah", "Check that nothing was altered")
seal.help = t("Segel yang menunggu sekarang", "Seal what waits, now")
list_.help = t("Baris terbaru", "The newest rows")
export.help = t("Semua baris ke keluaran baku", "Every row to standard output")
