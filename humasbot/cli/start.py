"""``humasbot init``: a few questions, then the first files of an office."""

from pathlib import Path
from shlex import quote

import click

from humasbot.words import t


@click.command()
@click.option("--name", metavar=t("NAMA", "NAME"), help=t("nama kantor", "the office's name"))
@click.option("--short", metavar=t("NAMA", "NAME"), help=t("nama singkat", "its short name"))
@click.option("--zone", metavar="WIB|WITA|WIT", help=t("zona waktu", "time zone"))
@click.option("--website", metavar=t("ALAMAT", "URL"), help=t("alamat situs web", "the website's address"))
@click.option(
    "--platform",
    "platforms",
    multiple=True,
    metavar=t("NAMA", "NAME"),
    help=t("platform (boleh diulang)", "a platform (may be repeated)"),
)
@click.option(
    "--folder", default=".", show_default=True, metavar="FOLDER", help=t("folder tujuan", "where to write")
)  # fmt: skip
@click.option("--yes", is_flag=True, help=t("jangan bertanya", "do not ask"))
@click.option("--force", is_flag=True, help=t("timpa berkas yang ada", "overwrite what is there"))
def init(
    name: str | None,
    short: str | None,
    zone: str | None,
    website: str | None,
    platforms: tuple[str, ...],
    folder: str,
    yes: bool,
    force: bool,
) -> None:
    """Write humasbot.toml, .env.example and .gitignore."""
    from humasbot import starting

    if not yes:
        name, short, zone, website, platforms = _asked(name, short, zone, website, platforms)
    said = starting.answers(name or "", short or "", zone or "WIB", website or "", platforms or ("board",))
    files = starting.write(Path(folder), said, force=force)
    for file in files:
        click.echo(f"{click.style('✓', fg='green')} {file}")
    _next(Path(folder), said.platforms)


def _asked(
    name: str | None, short: str | None, zone: str | None, website: str | None, platforms: tuple[str, ...]
) -> tuple[str, str, str, str, tuple[str, ...]]:
    """What was not said by options, asked."""
    from humasbot import starting

    try:
        name = name or click.prompt(t("Nama kantor", "Name of the office"))
        short = short if short is not None else click.prompt(t("Nama singkat", "Short name"), default=name)
        zone = zone or click.prompt(t("Zona waktu", "Time zone"), default="WIB",
                                    type=click.Choice(list(starting.ZONES), case_sensitive=False))  # fmt: skip
        if website is None:
            website = click.prompt(t("Alamat situs web (kosongkan bila tidak ada)", "Website (empty if there is none)"),
                                   default="", show_default=False)  # fmt: skip
        platforms = platforms or tuple(starting.pieces(_ask_platforms()))
    except click.Abort:
        click.echo()  # what follows begins a line of its own
        raise
    return name or "", short or "", zone or "", website or "", platforms


def _ask_platforms() -> str:
    from humasbot.platforms.registry import platforms

    click.echo(t("Platform yang ada: {all}", "Platforms: {all}", all=", ".join(platforms())))
    return str(
        click.prompt(t("Platform (pisahkan dengan koma)", "Platforms (parted by commas)"), default="board")
    )


def _next(folder: Path, chosen: tuple[str, ...]) -> None:
    from humasbot.platforms.registry import platform

    steps = []
    if folder.resolve() != Path.cwd():
        steps.append(f"cd {quote(str(folder))}")
    if any(setting.secret for name in chosen for setting in platform(name).settings):
        steps.append(
            "cp .env.example .env" + t("    # lalu isi rahasianya", "    # then fill in the secrets")
        )
    steps.append(
        "humasbot check" + t("          # apa yang masih kurang", "          # what is still missing")
    )
    steps.append(t("humasbot announce ALAMAT --dry-run", "humasbot announce URL --dry-run"))
    click.echo(t("Berikutnya:", "Next:"))
    for step in steps:
        click.echo(f"  {step}")
