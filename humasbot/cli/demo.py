"""``humasbot demo``: the main job on an example office, without key, account or network."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from humasbot.cli.common import as_json, dump, escape
from humasbot.words import t

if TYPE_CHECKING:
    from rich.console import Console

    from humasbot.app import Humasbot
    from humasbot.demo.run import Outcome

COLUMNS = 5
SIGNS = {
    "sent": ("✓", "green"),
    "dry-run": ("○", "cyan"),
    "queued": ("◷", "yellow"),
    "waiting": ("?", "yellow"),
    "failed": ("✗", "red"),
    "uncertain": ("✗", "red"),
    "cancelled": ("–", "dim"),
}


@click.command()
@click.option(
    "--folder",
    default="demo",
    show_default=True,
    help=t("folder kantor contoh", "the example office's folder"),
)
@click.option("--fresh", is_flag=True, help=t("ulangi dari awal", "begin anew"))
@as_json
@click.pass_context
def demo(ctx: click.Context, folder: str, fresh: bool, as_json: bool) -> None:
    """Write the example office, run it once, show what came of it."""
    from rich.console import Console

    from humasbot.app import Humasbot
    from humasbot.demo import office
    from humasbot.demo.run import run
    from humasbot.logs import configure

    console = Console(quiet=as_json, highlight=False)
    new = office.write(Path(folder), fresh=fresh)
    console.print(
        t(
            "[bold]Kantor contoh[/bold] ditulis ke {f}/",
            "[bold]The example office[/bold] is written to {f}/",
            f=escape(folder),
        )
        if new
        else t(
            "[bold]Kantor contoh[/bold] di {f}/", "[bold]The example office[/bold] in {f}/", f=escape(folder)
        )
    )
    with Humasbot(Path(folder) / "humasbot.toml") as bot:
        configure(bot.office.vault, json=False, level="info" if ctx.obj["verbose"] else "critical")
        with Steps(console) as steps:
            outcome = run(bot, steps)
        if as_json:
            dump(outcome.summary())
        else:
            _show(console, bot, outcome)
    ctx.exit(1 if outcome.problems else 0)


class Steps:
    """The progress of the steps: a spinner and a bar while one runs, a tick and what came of it when it is done."""

    def __init__(self, console: "Console") -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

        self._tasks: dict[str, Any] = {}
        self._progress = Progress(
            SpinnerColumn(finished_text="[green]✓[/green]"),
            TextColumn("{task.description}"),
            BarColumn(bar_width=12),
            MofNCompleteColumn(),
            TextColumn("[dim]{task.fields[result]}[/dim]"),
            console=console,
        )

    def __enter__(self) -> "Steps":
        self._progress.start()
        return self

    def __exit__(self, *details: object) -> None:
        self._progress.stop()

    def __call__(self, step: str, done: int, total: int, result: str = "") -> None:
        """Show how far a step is."""
        if step not in self._tasks:
            self._tasks[step] = self._progress.add_task(step, total=None, result="")
        self._progress.update(self._tasks[step], completed=done, total=total or 1, result=result)
        if result:
            self._progress.update(self._tasks[step], completed=total or 1, total=total or 1)


def _show(console: "Console", bot: "Humasbot", outcome: "Outcome") -> None:
    if outcome.posts:
        names = list(bot.config.accounts)
        for first in range(0, len(names), COLUMNS):
            _table(console, bot, outcome, names[first : first + COLUMNS])
        console.print(
            t("[green]✓[/green] terbit  [cyan]○[/cyan] uji coba: disusun, tidak dikirim  "
              "[yellow]◷[/yellow] terjadwal  ▣ bergambar",
              "[green]✓[/green] published  [cyan]○[/cyan] dry run: composed, not sent  "
              "[yellow]◷[/yellow] scheduled  ▣ with a picture")
        )  # fmt: skip
    for problem in outcome.problems:
        console.print(f"[red]✗ {escape(problem)}[/red]")
    console.print()
    if not outcome.posts and not outcome.published and not outcome.problems:
        console.print(
            t("[bold]Tidak ada yang baru[/bold]: semua berita sudah pernah diumumkan, tidak ada yang dikirim dua kali.",
              "[bold]Nothing is new[/bold]: all news was announced before, and nothing is sent twice.")
        )  # fmt: skip
    else:
        console.print(
            t("[bold]{p} terbit[/bold] di papan kantor, {d} uji coba untuk akun lain, {h} ditahan, {s:.1f} detik.",
              "[bold]{p} published[/bold] on the office's page, {d} dry runs elsewhere, {h} held, {s:.1f} seconds.",
              p=outcome.published, d=outcome.dry_run, h=outcome.held, s=outcome.seconds)
        )  # fmt: skip
    console.print(t("Lihat hasilnya di peramban:", "Look at it in a browser:"))
    for file in (outcome.report, outcome.page):
        if file:
            console.print(f"  [bold]{escape(_near(file))}[/bold]", soft_wrap=True)


def _near(file: Path) -> str:
    """The file as seen from here, when it lies below."""
    try:
        return str(file.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(file)


def _table(console: "Console", bot: "Humasbot", outcome: "Outcome", names: list[str]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from humasbot.demo.report import limits_of
    from humasbot.indonesian import number

    limits = {name: limits_of(bot, name) for name in names}
    grid = Table(box=SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)
    grid.add_column(
        t("Kiriman\n[dim]panjang ≤ batas[/dim]", "Post\n[dim]length ≤ limit[/dim]"), ratio=1, overflow="fold"
    )
    for name in names:
        bound = limits[name]
        most = f"≤ {number(bound.max_text)}" if bound else ""
        grid.add_column(f"{escape(name)}\n[dim]{most}[/dim]", justify="right", no_wrap=True)
    for post in outcome.posts:
        rows = {variant["account"]: variant for variant in post["variants"]}
        cells = [_cell(rows.get(name), limits[name]) for name in names]
        grid.add_row(escape(_short(post["title"], console.width - 49)), *cells)
    console.print()
    console.print(grid)


def _cell(variant: dict[str, Any] | None, limits: Any) -> str:
    """State, length and picture of one Variant, in one narrow cell."""
    from humasbot.demo.report import measured
    from humasbot.indonesian import number

    if variant is None:
        return "[dim]·[/dim]"
    sign, colour = SIGNS.get(variant["state"], ("?", "yellow"))
    used, _ = measured(variant["text"], limits)
    return f"[{colour}]{sign}[/{colour}] {number(used)} {'▣' if variant['media'] else ' '}"


def _short(text: str, width: int) -> str:
    """At most two lines of *width* cells."""
    most = max(40, 2 * width)
    return text if len(text) <= most else text[: most - 1].rsplit(" ", 1)[0] + "…"
