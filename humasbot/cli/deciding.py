"""A person's decisions: approve, cancel, resolve."""

from typing import TYPE_CHECKING

import click

from humasbot.cli.common import NUMBER, actor, as_json, dump, lines, open_bot, state_word
from humasbot.errors import InputError, StateError
from humasbot.words import t

if TYPE_CHECKING:
    from humasbot.app import Humasbot


@click.command()
@click.argument("post", type=NUMBER, required=False, metavar=t("[NOMOR_KIRIMAN]", "[POST_NUMBER]"))
@click.option(
    "--all-of", "plan", type=NUMBER, metavar=t("NOMOR_IMPOR", "IMPORT_NUMBER"),
    help=t("semua kiriman dari satu rencana; lihat humasbot import --list",
           "every post of one plan; see humasbot import --list"),
)  # fmt: skip
@as_json
@click.pass_context
def approve(ctx: click.Context, post: int | None, plan: int | None, as_json: bool) -> None:
    """Approve every waiting variant of a post, or of every post of a plan."""
    if (post is None) == (plan is None):
        raise InputError(
            t(
                "sebutkan nomor kiriman, atau --all-of nomor impor",
                "name a post, or --all-of with an import's number",
            )
        )
    bot = open_bot(ctx)
    if post is None:
        _approve_plan(ctx, bot, plan or 0, as_json=as_json)
        return
    made = bot.approve(post, actor=actor())
    if as_json:
        dump({"post": post, "deliveries": [delivery.id for delivery in made]})
    else:
        click.echo(_said(bot, post, len(made)))


def _said(bot: "Humasbot", post: int, made: int) -> str:
    if made:
        return t(
            "Disetujui: {n} pengiriman masuk antrean; dikirim oleh humasbot daemon, atau humasbot run.",
            "Approved: {n} deliveries are queued; sent by humasbot daemon, or by humasbot run.",
            n=made,
        )
    if any(row["state"] == "waiting" for row in bot.views.post(post)["variants"]):
        return t(
            "Persetujuan Anda dicatat; satu orang lain masih harus menyetujui.",
            "Your yes is recorded; one other person has to approve.",
        )
    return t(
        "Disetujui; semua akunnya dalam uji coba, jadi tidak ada yang dikirim.",
        "Approved; all its accounts are in dry run, so nothing is sent.",
    )


def _approve_plan(ctx: click.Context, bot: "Humasbot", plan: int, *, as_json: bool) -> None:
    """Each post by the same yes as if it were named alone, so that every rule of approval holds for each."""
    approved: list[int] = []
    refused: dict[int, str] = {}
    for number in bot.imports.waiting(plan):
        try:
            bot.approve(number, actor=actor())
            approved.append(number)
        except StateError as error:
            refused[number] = str(error)
    if as_json:
        dump({"import": plan, "approved": approved, "refused": refused})
    else:
        for why in refused.values():
            lines(f"✗ {why}")
        click.echo(t("Disetujui: {n} kiriman; belum: {m}.", "Approved: {n} posts; not yet: {m}.", n=len(approved),
                     m=len(refused)))  # fmt: skip
    if refused:
        ctx.exit(1)


@click.command()
@click.argument("post", type=NUMBER, metavar=t("NOMOR_KIRIMAN", "POST_NUMBER"))
@as_json
@click.pass_context
def cancel(ctx: click.Context, post: int, as_json: bool) -> None:
    """Cancel what is queued or waiting of a post."""
    bot = open_bot(ctx)
    stopped = bot.cancel(post, actor=actor())
    if as_json:
        dump({"post": post, "cancelled": stopped})
    else:
        click.echo(t("Dibatalkan: {n} varian.", "Cancelled: {n} variants.", n=stopped))


@click.command()
@click.argument("delivery", type=NUMBER, metavar=t("NOMOR_PENGIRIMAN", "DELIVERY_NUMBER"))
@click.option(
    "--exists",
    default="",
    metavar=t("ALAMAT", "URL"),
    help=t("sudah terbit di alamat ini", "it is public at this address"),
)
@click.option(
    "--resend", is_flag=True, help=t("pasti belum terbit; kirim lagi", "surely not public; send it again")
)
@click.option("--drop", is_flag=True, help=t("jangan kirim lagi", "do not send it again"))
@as_json
@click.pass_context
def resolve(ctx: click.Context, delivery: int, exists: str, resend: bool, drop: bool, as_json: bool) -> None:
    """Settle an uncertain delivery."""
    bot = open_bot(ctx, level="critical")
    bot.resolve(delivery, actor=actor(), exists=exists, resend=resend, drop=drop)
    after = bot.views.delivery(delivery)
    if as_json:
        dump(after)
    else:
        click.echo(
            t(
                "Pengiriman {id} sekarang: {s}.",
                "Delivery {id} is now: {s}.",
                id=delivery,
                s=state_word(after["state"]),
            )
        )
