"""Running: the daemon, one round of everything, its health, and the database's migrations."""

import sys

import click

from humasbot.cli.common import as_json, dump, open_bot
from humasbot.words import t


@click.command()
@click.option("--json-logs/--no-json-logs", default=None, help=t("catatan sebagai JSON", "log as JSON"))
@click.option("--level", default="info", type=click.Choice(["debug", "info", "warning", "error"]))
@click.pass_context
def daemon(ctx: click.Context, json_logs: bool | None, level: str) -> None:
    """Run until SIGTERM; logs go to standard error."""
    from humasbot.daemon import Daemon
    from humasbot.logs import configure

    bot = open_bot(ctx)
    configure(bot.office.vault, json=not sys.stderr.isatty() if json_logs is None else json_logs, level=level)
    Daemon(bot).run()


@click.command()
@as_json
@click.pass_context
def run(ctx: click.Context, as_json: bool) -> None:
    """Ingest, plan, publish, reconcile, once; for cron."""
    bot = open_bot(ctx)
    done = {
        "articles": bot.ingest(),
        "posts": bot.plan(),
        "attempts": bot.publish(),
        "looked_for": bot.reconcile(),
    }
    if as_json:
        dump(done)
        return
    click.echo(
        t("Berita baru {articles}, kiriman {posts}, percobaan kirim {attempts}, diperiksa {looked_for}.",
          "New articles {articles}, posts {posts}, attempts {attempts}, looked for {looked_for}.", **done)
    )  # fmt: skip


@click.command()
@as_json
@click.pass_context
def health(ctx: click.Context, as_json: bool) -> None:
    """Exit 0 while the daemon works, 1 with the reasons when it does not."""
    from humasbot.app import Humasbot
    from humasbot.daemon import health as problems_of

    with Humasbot(ctx.obj["config"], migrate=False) as bot:
        bot.office.database.ready()
        problems = problems_of(bot)
    if as_json:
        dump({"healthy": not problems, "problems": problems})
    else:
        click.echo("\n".join(problems) or t("Daemon bekerja.", "The daemon works."))
    ctx.exit(1 if problems else 0)


@click.command()
@click.pass_context
def upgrade(ctx: click.Context) -> None:
    """Bring the database to this program's version."""
    bot = open_bot(ctx)
    click.echo(
        t(
            "Basis data siap, versi {v}.",
            "The database is ready, version {v}.",
            v=bot.office.database.version()[1],
        )
    )
