"""How things look on a terminal, in a narrow one, and in a pipe: tables, headings, and text exactly as it is."""

import codecs
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
WIDE = 10_000
"""Columns of a pipe or file: nothing is folded there, so that addresses stay whole."""


PLAIN = {
    "✓": "+", "✗": "x", "○": "o", "◷": "~", "▣": "#", "→": "->", "·": "-", "─": "-", "–": "-", "—": "-", "×": "x",
    "≤": "<=", "…": "...", "“": '"', "”": '"', "‘": "'", "’": "'", "«": '"', "»": '"', "•": "*",
}  # fmt: skip
"""What stands for our signs on a terminal that lacks them; any other letter is a question mark there."""


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(PLAIN.get(sign, "?") for sign in error.object[error.start : error.end]), error.end


def tame(*streams: object) -> None:
    """Let nothing that is printed fail for want of a letter: what was begun goes on."""
    codecs.register_error("humasbot", _plain)
    for stream in streams:
        if (change := getattr(stream, "reconfigure", None)) is not None:
            change(errors="humasbot")


def console() -> "Console":
    """Where tables go; text is taken as it is: no guessed colours, no ``:emoji:`` turned into pictures."""
    from rich.console import Console

    width = None if sys.stdout is None or sys.stdout.isatty() or "COLUMNS" in os.environ else WIDE
    return Console(width=width, highlight=False, emoji=False)


@contextmanager
def waiting(words: str) -> Iterator[None]:
    """Show on a terminal that work is under way; elsewhere nothing."""
    from rich.console import Console

    screen = Console(stderr=True)
    if sys.stderr is None or not screen.is_terminal:
        yield
        return
    with screen.status(words):
        yield


def table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], empty: str, *, notes: bool = False
) -> None:
    """Print a table of cells in rich's markup, or *empty* when there is no row.

    With *notes* the last column holds addresses and reasons: where it would have to be folded, it is told below the
    table instead, each after its row's first cell, so that an address can be clicked and copied.
    """
    found = [tuple(row) for row in rows]
    screen = console()
    if not found:
        screen.print(f"[dim]{empty}[/dim]")
        return
    grid = _grid(title, columns, found)
    if not notes or _fits(grid, screen):
        screen.print(grid)
        return
    screen.print(_grid(title, columns[:-1], [row[:-1] for row in found]))
    for row in found:
        if row[-1]:
            first = f"#{row[0]}" if columns[0] == "#" else row[0]
            screen.print(f"[bold]{first}[/bold] {row[-1]}", soft_wrap=True)


def _grid(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> "Table":
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    grid = Table(
        title=title, title_justify="left", title_style="bold", header_style="dim", box=SIMPLE_HEAD, pad_edge=False,
        padding=(0, 2, 0, 0), show_edge=False,
    )  # fmt: skip
    for name in columns:
        grid.add_column(name, overflow="fold")
    for row in rows:
        grid.add_row(*row)
    return grid


def _fits(grid: "Table", screen: "Console") -> bool:
    return screen.measure(grid, options=screen.options.update(width=WIDE)).maximum <= screen.width


def heading(*parts: str) -> str:
    """The line above one account's text, in rich's markup."""
    return f"[bold]── {' · '.join(part for part in parts if part)} ──[/bold]"


def lines(text: str) -> None:
    """Print text exactly as it is, but for what would steer the terminal.

    A long line is left to the terminal, so that it can be copied whole.
    """
    click.echo(CONTROLS.sub("", text))


def escape(text: str) -> str:
    """Text from outside, safe inside rich's markup."""
    from rich.markup import escape as rich_escape

    return rich_escape(text)
