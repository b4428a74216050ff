"""Running: the daemon, one round of everything, its health, and the database's migrations."""

import sys
from typing import Any

import click

from humasbot.cli.common import as_json, begin, dump, listening, open_bot, warn_of_freeze
from humasbot.words import t


@click.command()
@click.option("--json-logs/--no-json-logs", default=None, help=t("catatan sebagai JSON", "log as JSON"))
@click.option(
    "--level", default="info", show_default=True, type=click.Choice(["debug", "info", "warning", "error"]),
    help=t("catat mulai dari tingkat ini", "log from this level on"),
)  # fmt: skip
@listening
@click.pass_context
def daemon(ctx: click.Context, json_logs: bool | None, level: str, listen: str | None) -> None:
    """Run until SIGTERM; logs go to standard error."""
    from humasbot.daemon import Daemon
    from humasbot.listening import address
    from humasbot.logs import configure

    where = address(listen) if listen else None
    bot = open_bot(ctx)
    configure(bot.office.vault, json=_machine() if json_logs is None else json_logs, level=level)
    Daemon(bot, where).run()


def _machine() -> bool:
    """Whether no person reads standard error."""
    return sys.stderr is None or not sys.stderr.isatty()


@click.command()
@as_json
@click.pass_context
def run(ctx: click.Context, as_json: bool) -> None:
    """Ingest, plan, reconcile, publish, once; for cron."""
    bot = open_bot(ctx)
    begin(ctx)
    bot.renew()
    articles, posts = bot.ingest(), bot.plan()
    # What is surely not public goes out again in this very round, and what stands behind it with it.
    looked_for = bot.reconcile()
    done = {"articles": articles, "posts": posts, "looked_for": looked_for, "attempts": bot.publish()}
    bot.alerts.send()
    bot.trail.seal()
    if as_json:
        dump(done)
        return
    warn_of_freeze(bot.freezes(), bot.config.zone)
    click.echo(
        t("Berita baru: {articles}; kiriman baru: {posts}; dicari kembali: {looked_for}; percobaan kirim: {attempts}.",
          "New articles: {articles}; new posts: {posts}; looked for: {looked_for}; attempts: {attempts}.", **done)
    )  # fmt: skip


@click.command()
@as_json
@click.pass_context
def health(ctx: click.Context, as_json: bool) -> None:
    """Exit 0 while the daemon or the fleet works, 1 with the reasons when it does not."""
    from humasbot.app import Humasbot
    from humasbot.fleet import health as fleet

    with Humasbot(ctx.obj["config"], migrate=False) as bot:
        bot.office.database.ready()
        problems, lives = fleet.problems(bot), fleet.state(bot)
        frozen, waiting = bot.freezes(), bot.alerts.open(20)
    if as_json:
        dump(
            {
                "healthy": not problems,
                "problems": problems,
                "freezes": frozen,
                "alerts": waiting,
                "lives": lives,
            }
        )
    else:
        click.echo("\n".join(problems) or _well(lives))
        warn_of_freeze(frozen, bot.config.zone)
        for row in waiting:
            click.echo(f"! {row['text']}")
    ctx.exit(1 if problems else 0)


def _well(lives: dict[str, Any] | None) -> str:
    if lives is None or lives["daemon"]:
        return t("Daemon bekerja.", "The daemon works.")
    return t("Armada bekerja: penjadwal dan pembaca sumber hidup, pengirim: {n}.",
             "The fleet works: a scheduler and a reader of sources live, publishers: {n}.",
             n=lives["publishers"])  # fmt: skip
