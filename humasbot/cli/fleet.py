"""A fleet: its agencies and accounts from CSV files."""

import sys
from pathlib import Path

import click

from humasbot.cli.common import actor, as_json, dump, listening, open_bot
from humasbot.words import t

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def fleet() -> None:
    """Many agencies on one database."""


@fleet.command("import", help=t("Masukkan instansi dan akun dari dua berkas CSV",
                                "Bring agencies and accounts in from two CSV files"))  # fmt: skip
@click.argument("agencies", type=FILE)
@click.argument("accounts", type=FILE)
@as_json
@click.pass_context
def import_(ctx: click.Context, agencies: Path, accounts: Path, as_json: bool) -> None:
    """All or nothing; every fault with its row."""
    from humasbot.pipeline import roll

    bot = open_bot(ctx)
    called = roll.call(bot.office, agencies, accounts, actor=actor())
    if as_json:
        dump({"agencies": called.agencies, "accounts": called.accounts})
        return
    click.echo(t("{a} instansi dan {b} akun tercatat.", "{a} agencies and {b} accounts are on record.",
                 a=called.agencies, b=called.accounts))  # fmt: skip


@click.command()
@click.argument("role", type=click.Choice(["publish", "schedule", "ingest"]))
@click.option("--json-logs/--no-json-logs", default=None, help=t("catatan sebagai JSON", "log as JSON"))
@click.option(
    "--level", default="info", show_default=True, type=click.Choice(["debug", "info", "warning", "error"]),
    help=t("catat mulai dari tingkat ini", "log from this level on"),
)  # fmt: skip
@listening
@click.pass_context
def worker(ctx: click.Context, role: str, json_logs: bool | None, level: str, listen: str | None) -> None:
    """One role until SIGTERM; logs go to standard error."""
    from humasbot.fleet.worker import Worker
    from humasbot.listening import address
    from humasbot.logs import configure

    where = address(listen) if listen else None
    bot = open_bot(ctx)
    machine = sys.stderr is None or not sys.stderr.isatty()
    configure(bot.office.vault, json=machine if json_logs is None else json_logs, level=level)
    Worker(bot, where).run(role)
