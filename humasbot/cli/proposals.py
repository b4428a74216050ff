"""``humasbot proposals``: what changed on the website after it was said, for a person to decide."""

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from humasbot.cli import correcting
from humasbot.cli.common import (
    NUMBER,
    actor,
    as_json,
    ask,
    begin,
    dump,
    escape,
    lines,
    open_bot,
    table,
    when,
)
from humasbot.cli.showing import console
from humasbot.words import t

if TYPE_CHECKING:
    from humasbot.app import Humasbot

KINDS = {
    "edit": ("disunting", "edited"),
    "withdrawn": ("ditarik", "withdrawn"),
    "dead_link": ("tautan mati", "dead link"),
}
STATES = {
    "open": ("terbuka", "open"),
    "taken": ("dikoreksi", "taken"),
    "dismissed": ("diabaikan", "dismissed"),
}


@click.command()
@click.argument(
    "action",
    required=False,
    type=click.Choice(["list", "show", "take", "dismiss"]),
    metavar="[list|show|take|dismiss]",
)
@click.argument("number", type=NUMBER, required=False, metavar=t("[NOMOR]", "[NUMBER]"))
@click.option("--all", "everything", is_flag=True, help=t("juga yang sudah diputuskan", "those decided too"))
@click.option(
    "--note", default="", metavar=t("ALASAN", "REASON"), help=t("mengapa diabaikan", "why it is dismissed")
)
@click.option("--limit", default=30, show_default=True, type=click.IntRange(1, 10_000), metavar=t("BANYAK", "COUNT"),
              help=t("paling banyak sekian baris", "at most so many rows"))  # fmt: skip
@click.option("--yes", is_flag=True, help=t("take: jangan bertanya", "take: do not ask"))
@as_json
@click.pass_context
def proposals(
    ctx: click.Context, action: str | None, number: int | None, everything: bool, note: str, limit: int, yes: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """List proposals; ``show NUMBER`` shows the difference, ``take`` corrects, ``dismiss`` lets the posts stand."""
    if action in ("show", "take", "dismiss") and number is None:
        raise click.UsageError(t("sebutkan nomor usulnya", "name the proposal's number"))
    bot = open_bot(ctx)
    if action == "dismiss" and number is not None:
        bot.dismiss(number, actor=actor(), note=note)
    if action == "take" and number is not None:
        _take(ctx, bot, number, yes=yes, quiet=as_json)
    if number is not None:
        one = bot.proposal(number)
        dump(one) if as_json else _show(one, bot.config.zone)
        return
    rows = bot.proposals("" if everything else "open", limit)
    if as_json:
        dump(rows)
        return
    table(
        t("Usul koreksi", "Proposals"),
        ("#", t("Waktu", "When"), t("Apa", "What"), t("Berita", "Article"), t("Kiriman", "Posts"),
         t("Keadaan", "State"),
         t("Keterangan", "Note")),
        (
            (
                str(row["id"]),
                when(row["created_at"], bot.config.zone),
                t(*KINDS[row["kind"]]),
                escape(row["title"]),
                ", ".join(f"#{post}" for post in row["posts"]),
                t(*STATES[row["state"]]),
                escape(row["note"] or ("" if row["kind"] == "edit" else row["diff"])),
            )
            for row in rows
        ),
        t("Tidak ada yang perlu dikoreksi.", "Nothing needs to be corrected."),
        notes=True,
    )  # fmt: skip


def _take(ctx: click.Context, bot: "Humasbot", number: int, *, yes: bool, quiet: bool) -> None:
    """Make what the proposal asks for: a correction of an edit, a withdrawal of a page that is gone."""
    if quiet and not yes:
        raise click.UsageError(
            t("--json tidak dapat bertanya; tambahkan --yes", "--json cannot ask; add --yes")
        )
    one = bot.proposal(number)
    if one["kind"] == "edit" or one["state"] != "open":
        correcting.decide(ctx, bot, bot.corrections(number), yes=yes, quiet=quiet, proposal=number)
        return
    if not quiet:
        _show(one, bot.config.zone)
    if not (yes or ask(t("Tarik kirimannya?", "Withdraw the posts?"))):
        raise click.Abort
    begin(ctx)
    *others, last = one["posts"]
    why = t("halamannya tidak ada lagi di situs", "its page is no longer on the website")
    for post in (*others, last):
        taken = bot.withdraw(post, reason=why, actor=actor(), proposal=number if post == last else None)
        for left in () if quiet else taken.left:
            lines(f"! {left.account} ({left.platform}): {left.advice} {left.url}".rstrip())


def _show(one: dict[str, Any], zone: ZoneInfo) -> None:
    screen = console()
    screen.print(
        f"[bold]#{one['id']} {t(*KINDS[one['kind']])}: {escape(one['title'])}[/bold]  {when(one['created_at'], zone)}",
        soft_wrap=True,
    )
    lines(one["subject"])
    lines(t("Kiriman: {p}", "Posts: {p}", p=", ".join(f"#{post}" for post in one["posts"])))
    lines(one["diff"])
    if one["state"] != "open":
        words = f" – {one['note']}" if one["note"] else ""
        lines(f"→ {t(*STATES[one['state']])}: {one['decided_by']}{words}")
