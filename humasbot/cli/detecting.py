"""``humasbot source detect``: which kind of source a website is, and its lines for ``humasbot.toml``."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import click

from humasbot.cli.common import as_json, dump, lines
from humasbot.errors import InputError
from humasbot.net import Http
from humasbot.words import reason, t


@click.group()
def source() -> None:
    """Websites as sources."""


@source.command(help=t("Kenali jenis situs dan tulis barisnya untuk humasbot.toml",
                       "Find a site's kind and write its lines for humasbot.toml"))  # fmt: skip
@click.argument("url", metavar=t("ALAMAT", "URL"))
@click.option("--name", default="situs", show_default=True, metavar=t("NAMA", "NAME"),
              help=t("nama sumber itu di humasbot.toml", "the source's name in humasbot.toml"))  # fmt: skip
@click.option("--internal", is_flag=True,
              help=t("situs di jaringan kantor sendiri (alamat pribadi)", "a site of the office's own network (private "
                     "address)"))  # fmt: skip
@click.option(
    "--write",
    is_flag=True,
    help=t("tambahkan barisnya ke humasbot.toml", "append the lines to humasbot.toml"),
)
@as_json
@click.pass_context
def detect(ctx: click.Context, url: str, name: str, internal: bool, write: bool, as_json: bool) -> None:
    """Ask the site a few things, once."""
    from humasbot.sources.detect import SURE, toml_of
    from humasbot.sources.detect import detect as find

    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,62}", name):
        raise InputError(
            t(
                "nama {n}: hanya huruf kecil, angka, - dan _",
                "the name {n}: only lower-case letters, digits, - and _",
                n=name,
            )
        )
    host = urlsplit(url if "://" in url else f"https://{url}").hostname or ""
    http = Http(guard=True, allow_hosts=(host,) if internal else (), read=10, total=20)
    guesses = find(url, http)
    made = toml_of(guesses[0], name) if guesses else ""
    if as_json:
        dump({
            "url": url, "toml": made,
            "guesses": [{"kind": guess.kind, "certainty": guess.certainty, "settings": dict(guess.settings),
                         "evidence": list(guess.evidence)} for guess in guesses],
        })  # fmt: skip
    else:
        for guess in guesses:
            sign = "✓" if guess.certainty >= SURE else "○"
            lines(f"{sign} {guess.kind} ({guess.certainty} %)")
            for why in guess.evidence:
                lines(f"    {why}")
        lines("")
        lines(made or t("Tidak ada yang dapat dibaca di sana; umumkan per halaman: humasbot announce ALAMAT",
                        "Nothing there can be read; announce page by page: humasbot announce URL"))  # fmt: skip
    if made and internal:
        key = f'allow_hosts = ["{host}"]'
        click.echo(t("Tambahkan juga di [humasbot]: {k}", "Add in [humasbot] too: {k}", k=key), err=True)
    if write and made:
        _append(Path(ctx.obj["config"]), name, made)
    ctx.exit(0 if guesses else 1)


def _append(path: Path, name: str, made: str) -> None:
    """Add the lines at the end of the configuration; nothing that stands there is touched."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        if re.search(rf"^\s*\[sources\.{re.escape(name)}\]", text, re.MULTILINE):
            raise InputError(
                t("{f} sudah punya [sources.{n}]; pilih nama lain dengan --name",
                  "{f} has [sources.{n}] already; choose another name with --name", f=path.name, n=name)
            )  # fmt: skip
        with path.open("a", encoding="utf-8") as file:
            file.write(("" if text.endswith("\n") or not text else "\n") + f"\n{made}")
    except OSError as error:
        raise InputError(f"{path}: {reason(error)}") from None
    click.echo(t("Ditulis ke {f}.", "Written to {f}.", f=path), err=True)
