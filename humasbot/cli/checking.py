"""``humasbot check``: one line for each thing that must be right, and how to mend what is not."""

from dataclasses import asdict
from pathlib import Path

import click

from humasbot.cli.common import as_json, dump, escape
from humasbot.cli.showing import console
from humasbot.words import t

MARKS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "error": ("✗", "red")}
AREAS = {
    "config": ("Konfigurasi", "Configuration"),
    "database": ("Basis data", "Database"),
    "disk": ("Diska", "Disk"),
    "fonts": ("Huruf", "Fonts"),
    "clock": ("Jam", "Clock"),
    "account": ("Akun", "Account"),
    "source": ("Sumber", "Source"),
    "template": ("Templat", "Template"),
    "freeze": ("Pembekuan", "Freeze"),
    "alerts": ("Peringatan", "Alerts"),
    "audit": ("Jejak audit", "Audit trail"),
    "web": ("Halaman web", "Web page"),
    "daemon": ("Daemon", "Daemon"),
}


@click.command()
@click.option(
    "--offline",
    is_flag=True,
    help=t("tanpa menghubungi platform dan situs", "without asking platforms and sites"),
)
@as_json
@click.pass_context
def check(ctx: click.Context, offline: bool, as_json: bool) -> None:
    """Exit 1 if anything is red."""
    from humasbot.checking import check as look

    screen = console()
    screen.quiet = as_json
    found = []
    for finding in look(Path(ctx.obj["config"]), offline=offline):
        found.append(finding)
        mark, colour = MARKS[finding.level]
        area = t(*AREAS[finding.area])
        name = f" {escape(finding.name)}" if finding.area in ("account", "source", "template") else ""
        screen.print(
            f"[{colour}]{mark}[/{colour}] [bold]{area}{name}[/bold]: {escape(finding.message)}",
            soft_wrap=True,
        )
    red = sum(finding.level == "error" for finding in found)
    yellow = sum(finding.level == "warning" for finding in found)
    if as_json:
        dump(
            {
                "ok": not red,
                "errors": red,
                "warnings": yellow,
                "checks": [asdict(finding) for finding in found],
            }
        )
    elif red or yellow:
        screen.print(t("\n{r} kesalahan, {y} peringatan.", "\nErrors: {r}, warnings: {y}.", r=red, y=yellow))
    else:
        screen.print(t("\nSemua beres.", "\nAll is well."))
    ctx.exit(1 if red else 0)
