"""What the commands share: opening the office, tables, JSON."""

import getpass
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from humasbot.indonesian import stamp
from humasbot.words import t

if TYPE_CHECKING:
    from humasbot.app import Humasbot

as_json = click.option("--json", "as_json", is_flag=True, help=t("keluaran JSON", "output as JSON"))

STATES = {
    "queued": ("antre", "queued", "yellow"),
    "sending": ("sedang dikirim", "sending", "yellow"),
    "sent": ("terkirim", "sent", "green"),
    "failed": ("gagal", "failed", "red"),
    "uncertain": ("belum pasti", "uncertain", "red"),
    "cancelled": ("dibatalkan", "cancelled", "dim"),
    "waiting": ("menunggu persetujuan", "waiting for approval", "cyan"),
    "draft": ("menunggu persetujuan", "waiting for approval", "cyan"),
    "dry-run": ("uji coba", "dry run", "dim"),
}


def open_bot(ctx: click.Context) -> "Humasbot":
    """The office of the configuration file, closed when the command ends; events go to standard error."""
    from humasbot.app import Humasbot
    from humasbot.logs import configure

    bot = Humasbot(ctx.obj["config"])
    # The office's language, unless the person at this terminal asked for another.
    os.environ.setdefault("HUMASBOT_LANG", bot.config.humasbot.language)
    configure(bot.office.vault, json=False, level="info" if ctx.obj["verbose"] else "error")
    ctx.call_on_close(bot.close)
    return bot


def actor() -> str:
    """Who sits at this command, for the approval's record."""
    try:
        return f"cli:{getpass.getuser()}"
    except (OSError, KeyError):
        return "cli"


def dump(value: Any) -> None:
    """Print JSON; times as ISO 8601 with their zone."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def state_name(state: str) -> str:
    """A state in the reader's language, coloured."""
    indonesian, english, colour = STATES.get(state, (state, state, "white"))
    return f"[{colour}]{t(indonesian, english)}[/{colour}]"


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], empty: str) -> None:
    """Print a table, or *empty* when there is no row."""
    from rich.console import Console
    from rich.table import Table

    found = list(rows)
    console = Console()
    if not found:
        console.print(f"[dim]{empty}[/dim]")
        return
    grid = Table(title=title, title_justify="left", header_style="bold", expand=False)
    for name in columns:
        grid.add_column(name, overflow="fold")
    for row in found:
        grid.add_row(*row)
    console.print(grid)


def escape(text: str) -> str:
    """Text from outside, safe inside rich's markup."""
    from rich.markup import escape as rich_escape

    return rich_escape(text)


def when(moment: datetime | None, zone: ZoneInfo) -> str:
    """A moment in the agency's zone, with the zone's name."""
    return stamp(moment, zone) if moment else "–"


def listing(rows: Sequence[Mapping[str, Any]], json_wanted: bool, show: Callable[[], None]) -> None:
    """Print rows as JSON, or call *show*."""
    if json_wanted:
        dump(rows)
    else:
        show()
