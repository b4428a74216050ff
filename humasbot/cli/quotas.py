"""``humasbot quota``: what is used and left of each account's quota, and what the month costs."""

from typing import Any
from zoneinfo import ZoneInfo

import click

from humasbot.cli.common import as_json, dump, escape, open_bot, table, when
from humasbot.words import t

WHAT = {
    "posts": ("kiriman", "posts"),
    "app": ("kiriman seluruh aplikasi", "posts of the whole app"),
    "calls": ("panggilan", "calls"),
    "deletes": ("penghapusan", "deletions"),
    "media": ("unggahan gambar", "uploads of pictures"),
    "points": ("poin tulis", "points for writing"),
    "points_day": ("poin tulis sehari", "points for writing in a day"),
    "replies": ("balasan", "replies"),
}


@click.command()
@as_json
@click.pass_context
def quota(ctx: click.Context, as_json: bool) -> None:
    """Show quotas and costs of every account."""
    bot = open_bot(ctx)
    rows = bot.quotas()
    if as_json:
        dump(rows)
        return
    table(
        t("Jatah dan biaya", "Quotas and costs"),
        (
            t("Akun", "Account"),
            t("Platform", "Platform"),
            t("Jatah", "Quota"),
            t("Biaya bulan ini", "Cost this month"),
        ),
        (
            (
                row["account"],
                row["platform"],
                escape(_quotas(row["quotas"], bot.config.zone)),
                escape(_cost(row)),
            )
            for row in rows
        ),
        t("Belum ada akun.", "There is no account yet."),
        notes=True,
    )


def _quotas(rows: list[dict[str, Any]], zone: ZoneInfo) -> str:
    if not rows:
        return t("tidak disebut platformnya", "the platform does not tell")
    return "; ".join(
        t("{u}/{n} {w} per {h:g} jam, sisa {s} ({at})", "{u}/{n} {w} in {h:g} hours, {s} left ({at})", u=row["used"],
          n=row["total"], w=t(*WHAT.get(row["what"], (row["what"], row["what"]))), h=row["hours"], s=row["left"],
          at=when(row["read_at"], zone))
        for row in rows
    )  # fmt: skip


def _cost(row: dict[str, Any]) -> str:
    if not any(float(row[key]) for key in ("spent_usd", "queued_usd")):
        return "–"
    return t("US${s} terpakai, US${q} antre, perkiraan sebulan US${m}",
             "US${s} spent, US${q} queued, about US${m} for the month", s=row["spent_usd"], q=row["queued_usd"],
             m=row["month_usd"])  # fmt: skip
