"""What was said and what it came from: posts, deliveries, articles, as lists and one by one."""

from typing import Any
from zoneinfo import ZoneInfo

import click

from humasbot.cli import neighbours, timeline
from humasbot.cli.common import (
    NUMBER,
    STATES,
    actor,
    as_json,
    dump,
    escape,
    heading,
    lines,
    open_bot,
    state_name,
    state_word,
    table,
    warn_of_freeze,
    when,
)
from humasbot.cli.nexts import say_what_to_do, tried_again
from humasbot.cli.showing import console
from humasbot.errors import NotFoundError
from humasbot.words import t

limit = click.option(
    "--limit", default=30, show_default=True, type=click.IntRange(1, 10_000), metavar=t("BANYAK", "COUNT"),
    help=t("paling banyak sekian baris", "at most so many rows"),
)  # fmt: skip
DELIVERED = ("queued", "sending", "sent", "failed", "again", "uncertain", "cancelled")
ARTICLE_STATES = {"new": ("baru", "new"), "known": ("lama", "known"), "held": ("ditahan", "held")}
FOUND_BY = {
    "publish": ("jawaban platform", "answered by the platform"),
    "reconcile": ("ditemukan di platform", "found on the platform"),
}


class DeliveryState(click.Choice[str]):
    """A state by its own name, or as the tables call it."""

    def __init__(self) -> None:
        super().__init__(DELIVERED, case_sensitive=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The state's own name."""
        named = {state_word(state).lower(): state for state in DELIVERED}
        return str(super().convert(named.get(str(value).lower(), value), param, ctx))


@click.command()
@click.argument("number", type=NUMBER, required=False, metavar=t("[NOMOR]", "[NUMBER]"))
@click.option(
    "--waiting", is_flag=True, help=t("hanya yang menunggu persetujuan", "only those waiting for approval")
)
@limit
@as_json
@click.pass_context
def posts(ctx: click.Context, number: int | None, waiting: bool, limit: int, as_json: bool) -> None:
    """List posts, or show one."""
    bot = open_bot(ctx)
    if number is not None:
        post = bot.views.post(number)
        close = bot.days.neighbours().get(number, [])
        post["near"] = [each.post_id for each in close]
        if as_json:
            dump(post)
            return
        _show_post(post, bot.config.zone)
        neighbours.of_one(close, bot.config.zone)
        return
    rows = bot.views.posts(limit, waiting=waiting)
    near = bot.days.neighbours()
    for row in rows:
        row["near"] = [each.post_id for each in near.get(row["id"], ())]
    if as_json:
        dump(rows)
        return
    table(
        t("Kiriman", "Posts"),
        ("#", t("Waktu", "When"), t("Kampanye", "Campaign"), t("Isi", "What"), t("Keadaan", "State")),
        (
            (
                str(row["id"]),
                when(row["due_at"], bot.config.zone),
                row["campaign"],
                escape(row["title"]),
                escape(row["skipped"])
                or ", ".join(f"{n} {state_name(state)}" for state, n in row["states"].items()),
            )
            for row in rows
        ),
        t("Tidak ada yang menunggu persetujuan.", "Nothing waits for approval.")
        if waiting
        else t("Belum ada kiriman.", "There is no post yet."),
    )
    neighbours.of_many(near, [row["id"] for row in rows], bot.config.zone)
    unplanned(bot.views.unplanned())


def unplanned(rows: list[dict[str, Any]]) -> None:
    """What could not become a Post, and why: one line each."""
    for row in rows:
        lines(
            t("✗ {c} {o}: tidak dapat disusun – {why}", "✗ {c} {o}: cannot be composed – {why}", c=row["campaign"],
              o=row["occasion"], why=row["reason"])
        )  # fmt: skip


def _show_post(post: dict[str, Any], zone: ZoneInfo) -> None:
    screen = console()
    screen.print(
        f"[bold]#{post['id']} {escape(post['title'])}[/bold]  {when(post['due_at'], zone)}", soft_wrap=True
    )
    if post["skipped"]:
        lines(post["skipped"])
    for variant in post["variants"]:
        screen.print(
            heading(variant["account"], variant["platform"], state_name(variant["state"])), soft_wrap=True
        )
        lines(variant["text"])
        for media in variant["media"]:
            lines(f"▣ {media['width']}×{media['height']} {media['mime']} – {media['alt']}")
        for line in (*variant["notes"], *variant["problems"], variant["reason"], variant["url"]):
            if line:
                lines(f"→ {line}")


@click.command()
@click.argument("number", type=NUMBER, required=False, metavar=t("[NOMOR]", "[NUMBER]"))
@click.option("--uncertain", is_flag=True, help=t("hanya yang belum pasti", "only the uncertain ones"))
@click.option(
    "--state", type=DeliveryState(), metavar=t("KEADAAN", "STATE"),
    help=t("hanya berkeadaan ini: {all}", "only of this state: {all}",
           all=", ".join(t(*STATES[state][:2]) for state in DELIVERED)),
)  # fmt: skip
@click.option("--account", metavar=t("AKUN", "ACCOUNT"), help=t("hanya akun ini", "only of this account"))
@limit
@as_json
@click.pass_context
def deliveries(
    ctx: click.Context,
    number: int | None,
    uncertain: bool,
    state: str | None,
    account: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """List deliveries, or show one with its history."""
    bot = open_bot(ctx)
    if number is not None:
        one = bot.views.delivery(number)
        dump(one) if as_json else _show_delivery(one, bot.config.zone)
        if not as_json:
            warn_of_freeze(bot.freezes(), bot.config.zone)
        return
    rows = bot.views.deliveries(limit, state="uncertain" if uncertain else state or "", account=account or "")
    if account is not None and not rows and account not in bot.config.accounts:
        raise NotFoundError(
            t("tidak ada akun {m}; yang ada: {all}", "there is no account {m}; there are: {all}", m=account,
              all=", ".join(bot.config.accounts) or "-")
        )  # fmt: skip
    if as_json:
        dump(rows)
        return
    warn_of_freeze(bot.freezes(), bot.config.zone)
    table(
        t("Pengiriman", "Deliveries"),
        (
            "#",
            t("Akun", "Account"),
            t("Waktu", "When"),
            t("Isi", "What"),
            t("Keadaan", "State"),
            t("Alamat atau keterangan", "Address or note"),
        ),
        (
            (
                str(row["id"]),
                row["account"],
                when(row["due_at"], bot.config.zone),
                escape(row["title"]),
                state_name(row["state"]),
                escape(
                    row["url"] or tried_again(row["state"], row["reason"], row["next_at"], bot.config.zone)
                ),
            )
            for row in rows
        ),
        t("Tidak ada.", "None."),
        notes=True,
    )
    paused = {row["name"] for row in bot.views.accounts() if row["paused_at"]}
    say_what_to_do(
        (row["account"] for row in rows if row["state"] == "failed" and row["needs_person"]),
        (row["account"] for row in rows if row["state"] == "queued" and row["account"] in paused),
    )
    _what_to_do([row for row in rows if row["state"] == "uncertain"])


def _what_to_do(uncertain: list[dict[str, Any]]) -> None:
    """Say of each uncertain delivery whether a person decides, and how, or whether it is still being looked for."""
    mine = ", ".join(str(row["id"]) for row in uncertain if row["needs_person"])
    others = ", ".join(str(row["id"]) for row in uncertain if not row["needs_person"])
    if mine:
        lines(
            t("Anda yang memutuskan: {n}. Lihat dulu halaman akunnya, lalu untuk tiap nomor: humasbot resolve NOMOR "
              "--exists ALAMAT (sudah terbit) | --resend (pasti belum, kirim lagi) | --drop (tidak jadi)",
              "You decide: {n}. Look at the account's page first, then for each number: humasbot resolve NUMBER "
              "--exists URL (it is public) | --resend (surely not, send it again) | --drop (give it up)", n=mine)
        )  # fmt: skip
    if others:
        lines(
            t("Sedang dicari di platformnya, belum perlu Anda: {n}",
              "Being looked for on the platform, no need of you yet: {n}", n=others)
        )  # fmt: skip


def _show_delivery(one: dict[str, Any], zone: ZoneInfo) -> None:
    if one.get("gone"):
        timeline.remembered(one, zone)
        return
    screen = console()
    screen.print(
        f"[bold]#{one['id']} {one['account']} ({one['platform']})[/bold]  {state_name(one['state'])}",
        soft_wrap=True,
    )
    lines(one["text"])
    timeline.show(one["timeline"], zone)
    if one["receipt"]:
        receipt = one["receipt"]
        by = t(*FOUND_BY[receipt["found_by"]]) if receipt["found_by"] in FOUND_BY else receipt["found_by"]
        lines(f"{when(receipt['published_at'], zone)}  {receipt['url']} ({by})")
    elif one["reason"]:
        lines(one["reason"])
    if one["state"] == "uncertain":
        lines(
            t(
                "Putuskan: humasbot resolve {id} --exists ALAMAT | --resend | --drop",
                "Settle it: humasbot resolve {id} --exists URL | --resend | --drop",
                id=one["id"],
            )
        )


@click.command()
@click.argument("action", required=False, type=click.Choice(["release"]), metavar="[release]")
@click.argument("number", type=NUMBER, required=False, metavar=t("[NOMOR]", "[NUMBER]"))
@click.option("--held", is_flag=True, help=t("hanya yang ditahan", "only those held"))
@limit
@as_json
@click.pass_context
def articles(
    ctx: click.Context, action: str | None, number: int | None, held: bool, limit: int, as_json: bool
) -> None:
    """List articles; ``release NUMBER`` lets a held one become posts."""
    if action and number is None:
        raise click.UsageError(t("sebutkan nomor beritanya", "name the article's number"))
    bot = open_bot(ctx)
    if action and number is not None:
        bot.release(number, actor=actor())
    rows = bot.views.articles(limit, state="held" if held else "")
    if as_json:
        dump(rows)
        return
    table(
        t("Berita", "Articles"),
        ("#", t("Terbit", "Published"), t("Judul", "Title"), t("Keadaan", "State"), t("Keterangan", "Note")),
        (
            (
                str(row["id"]),
                when(row["published_at"], bot.config.zone),
                escape(row["title"]),
                t(*ARTICLE_STATES[row["state"]]),
                escape(row["note"]),
            )
            for row in rows
        ),
        t("Tidak ada yang ditahan.", "None is held.") if held else t("Belum ada berita.", "There is no article yet."),
        notes=True,
    )  # fmt: skip
