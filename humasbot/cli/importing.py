"""``humasbot import``: a month's plan from a spreadsheet, every fault at once, then Posts that wait for approval."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from humasbot.cli.common import actor, as_json, dump, escape, lines, open_bot, table, when
from humasbot.errors import InputError
from humasbot.words import t

if TYPE_CHECKING:
    from humasbot.app import Humasbot
    from humasbot.pipeline.imports.taking import Intake

SHOWN = 200
"""So many faults are shown; whoever has more mends these first."""


@click.command("import")
@click.argument("file", required=False, type=click.Path(path_type=Path), metavar=t("[BERKAS]", "[FILE]"))
@click.option(
    "--example",
    is_flag=True,
    help=t("cetak contoh, atau tulis ke BERKAS", "print an example, or write it to FILE"),
)
@click.option(
    "--list", "listing", is_flag=True, help=t("rencana yang sudah diambil", "the plans that were taken")
)
@click.option("--dry-run", is_flag=True, help=t("periksa saja", "only check"))
@click.option(
    "--skip-faulty",
    is_flag=True,
    help=t("lewati baris yang salah, ambil sisanya", "leave out faulty rows, take the rest"),
)
@click.option(
    "--day-first",
    is_flag=True,
    help=t("01/12/2026 selalu hari dahulu", "in 01/12/2026 the day always stands first"),
)
@as_json
@click.pass_context
def import_(
    ctx: click.Context,
    file: Path | None,
    example: bool,
    listing: bool,
    dry_run: bool,
    skip_faulty: bool,
    day_first: bool,
    as_json: bool,
) -> None:
    """Take a plan of posts from a spreadsheet."""
    if example:
        _example(file)
        return
    bot = open_bot(ctx)
    if listing:
        _list(bot, as_json=as_json)
        return
    if file is None:
        raise InputError(
            t("sebutkan berkas rencananya (.csv atau .xlsx); contohnya: humasbot import --example",
              "name the plan's file (.csv or .xlsx); an example: humasbot import --example")
        )  # fmt: skip
    intake = bot.imports.propose(file, day_first=day_first)
    stopped = bool(intake.faults) and not skip_faulty
    taken = None if dry_run or stopped else bot.imports.commit(intake, actor=actor(), skip_faulty=skip_faulty)
    if as_json:
        dump(
            {
                "import": taken.number if taken else None,
                "posts": list(taken.posts) if taken else [],
                "ready": len(intake.ready),
                "known": list(intake.known),
                "faults": [{"row": f.row, "column": f.column, "message": f.message} for f in intake.faults],
                "notes": [{"row": f.row, "column": f.column, "message": f.message} for f in intake.notes],
            }
        )
    else:
        _tell(intake)
        if taken is not None and taken.number is not None:
            lines(
                t("Diambil sebagai impor {i}: {n} kiriman menunggu persetujuan ({h} ditahan). "
                  "Lihat: humasbot posts --waiting; setujui: humasbot approve --all-of {i}",
                  "Taken as import {i}: {n} posts wait for approval ({h} held back). "
                  "See: humasbot posts --waiting; approve: humasbot approve --all-of {i}",
                  i=taken.number, n=len(taken.posts), h=taken.held)
            )  # fmt: skip
        elif stopped:
            lines(t("Tidak ada yang diambil.", "Nothing was taken."))
        else:
            lines(t("{n} kiriman baru siap diambil.", "{n} new posts are ready to be taken.", n=len(intake.ready))
                  if dry_run else t("Tidak ada yang baru.", "Nothing is new."))  # fmt: skip
    if intake.faults:
        ctx.exit(1)


def _example(file: Path | None) -> None:
    """Print the example, or write it to a new file, marked as UTF-8 for Excel."""
    from humasbot.pipeline.imports.rows import example

    if file is None:
        click.echo(example(date.today()), nl=False)  # noqa: DTZ011 - the day where the person sits
        return
    try:
        with file.open("x", encoding="utf-8-sig", newline="") as there:
            there.write(example(date.today()))  # noqa: DTZ011 - as above
    except FileExistsError:
        raise InputError(
            t("{f} sudah ada; pilih nama lain", "{f} exists; choose another name", f=file)
        ) from None
    click.echo(t("Contoh ditulis ke {f}.", "The example is in {f}.", f=file))


def _tell(intake: "Intake") -> None:
    for fault in intake.faults[:SHOWN]:
        lines(f"✗ {fault}")
    if len(intake.faults) > SHOWN:
        lines(t("… dan {n} lagi", "… and {n} more", n=len(intake.faults) - SHOWN))
    for note in intake.notes[:SHOWN]:
        lines(f"! {note}")
    if intake.known:
        lines(t("{n} baris sudah pernah diambil.", "{n} rows were taken before.", n=len(intake.known)))


def _list(bot: "Humasbot", *, as_json: bool) -> None:
    rows = bot.imports.listed()
    if as_json:
        dump(rows)
        return
    table(
        t("Rencana yang diambil", "Plans taken"),
        ("#", t("Berkas", "File"), t("Kiriman", "Posts"), t("Oleh", "By"), t("Waktu", "When")),
        (
            (str(row["id"]), escape(row["name"]), str(row["posts"]), escape(row["actor"]),
             when(row["created_at"], bot.config.zone))
            for row in rows
        ),
        t("Belum ada rencana yang diambil.", "No plan was taken yet."),
    )  # fmt: skip
