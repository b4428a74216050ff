"""Alerts: what waits for a person, and a test that they arrive."""

import click

from humasbot.cli.common import NUMBER, actor, as_json, dump, escape, open_bot, table, when
from humasbot.words import t


@click.group(invoke_without_command=True)
@as_json
@click.pass_context
def alerts(ctx: click.Context, as_json: bool) -> None:
    """List what waits for a person."""
    if ctx.invoked_subcommand is not None:
        return
    bot = open_bot(ctx)
    bot.alerts.look()
    rows = bot.alerts.open()
    if as_json:
        dump(rows)
        return
    table(
        t("Peringatan", "Alerts"),
        ("#", t("Sejak", "Since"), t("Disampaikan", "Told"), t("Isi", "What")),
        (
            (
                str(row["id"]),
                when(row["created_at"], bot.config.zone),
                when(row["told_at"], bot.config.zone) if row["told_at"] else escape(row["last_error"]) or "–",
                escape(row["text"]),
            )
            for row in rows
        ),
        t("Tidak ada yang perlu perhatian.", "Nothing needs attention."),
        notes=True,
    )


@alerts.command("test")
@as_json
@click.pass_context
def test(ctx: click.Context, as_json: bool) -> None:
    """Send a test to every address; exit 1 if one does not take it."""
    bot = open_bot(ctx)
    outcome = bot.alerts.test()
    if as_json:
        dump([{"address": name, "ok": not fault, "fault": fault} for name, fault in outcome])
    else:
        for name, fault in outcome:
            mark, words = ("✗", fault) if fault else ("✓", t("diterima", "taken"))
            click.echo(f"{mark} {name}: {words}")
    ctx.exit(1 if any(fault for _, fault in outcome) else 0)


@alerts.command("done")
@click.argument("number", type=NUMBER, metavar=t("NOMOR", "NUMBER"))
@click.pass_context
def done(ctx: click.Context, number: int) -> None:
    """Say that an alert was seen to."""
    bot = open_bot(ctx)
    bot.alerts.done(number, actor=actor())
    click.echo(t("Peringatan {n} ditutup.", "Alert {n} is closed.", n=number))


test.help = t("Kirim percobaan ke setiap alamat", "Send a test to every address")
done.help = t("Nyatakan sudah ditangani", "Say that it was seen to")
