"""A person's decisions: approve, cancel, resolve."""

import click

from humasbot.cli.common import NUMBER, actor, as_json, dump, open_bot, state_word
from humasbot.words import t


@click.command()
@click.argument("post", type=NUMBER, metavar=t("NOMOR_KIRIMAN", "POST_NUMBER"))
@as_json
@click.pass_context
def approve(ctx: click.Context, post: int, as_json: bool) -> None:
    """Approve every waiting variant of a post."""
    bot = open_bot(ctx)
    made = bot.approve(post, actor=actor())
    if as_json:
        dump({"post": post, "deliveries": [delivery.id for delivery in made]})
    else:
        click.echo(
            t(
                "Disetujui: {n} pengiriman masuk antrean; dikirim oleh humasbot daemon, atau humasbot run.",
                "Approved: {n} deliveries are queued; sent by humasbot daemon, or by humasbot run.",
                n=len(made),
            )
            if made
            else t(
                "Disetujui; semua akunnya dalam uji coba, jadi tidak ada yang dikirim.",
                "Approved; all its accounts are in dry run, so nothing is sent.",
            )
        )


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
