"""Templates: list them, copy ours to change it, check the office's own."""

from pathlib import Path

import click

from humasbot.cli.common import as_json, dump, table
from humasbot.words import t


@click.command()
@click.argument("action", required=False, type=click.Choice(["copy"]), metavar="[copy]")
@click.argument("name", required=False, metavar=t("[NAMA]", "[NAME]"))
@as_json
@click.pass_context
def templates(ctx: click.Context, action: str | None, name: str | None, as_json: bool) -> None:
    """List text templates; ``copy NAME`` puts ours into the office's folder."""
    from humasbot.app import load
    from humasbot.templates import Templates, builtin_folder

    config = load(ctx.obj["config"])
    folder = config.path(config.humasbot.templates)
    found = Templates([folder])
    if action:
        if not name:
            raise click.UsageError(t("sebutkan nama templatnya", "name the template"))
        for file in found.copy(name, folder):
            click.echo(t("Disalin: {f}", "Copied: {f}", f=_short(file)))
        return
    rows = [
        {"name": key, "file": str(file), "ours": file.is_relative_to(builtin_folder())}
        for key, file in found.names().items()
    ]
    if as_json:
        dump(rows)
        return
    table(
        t("Templat", "Templates"),
        (t("Nama", "Name"), t("Dari", "From"), t("Berkas", "File")),
        (
            (str(r["name"]), t("bawaan", "built in") if r["ours"] else t("kantor", "office"), str(r["file"]))
            for r in rows
        ),
        "–",
    )


def _short(file: Path) -> str:
    return str(file.relative_to(Path.cwd())) if file.is_relative_to(Path.cwd()) else str(file)
