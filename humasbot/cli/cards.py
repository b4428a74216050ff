"""``humasbot cards``: gallery, draw, check, watch and batch, in the office's brand; also without an office."""

import csv
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from humasbot.cli.common import as_json, dump
from humasbot.errors import HumasbotError, InputError
from humasbot.words import t

if TYPE_CHECKING:
    from humasbot.cards import Renderer

NAMES = ("square", "tall", "wide", "link", "story")
size_option = click.option(
    "--size", default="square", show_default=True, metavar="|".join((*NAMES, "800x800")),
    help=t("ukuran kartu", "size of the card"),
)  # fmt: skip


@click.group()
def cards() -> None:
    """Cards of the office: see them, draw one, check a template, draw many."""


@cards.command(
    help=t("Satu halaman HTML dengan semua templat di semua ukuran", "One HTML page of every template")
)
@click.argument("names", nargs=-1)
@click.option("-o", "--out", default="galeri", show_default=True, help=t("folder hasil", "the folder for it"))
@click.pass_context
def gallery(ctx: click.Context, names: tuple[str, ...], out: str) -> None:
    """Write the gallery."""
    from humasbot.cards.gallery import write_gallery

    renderer = office_renderer(ctx)
    for name in names:
        renderer.template(name)
    click.echo(str(write_gallery(renderer, Path(out), names or None)))


@cards.command(help=t("Gambar satu kartu", "Draw one card"))
@click.argument("template")
@click.option(
    "--field",
    "fields",
    multiple=True,
    metavar="NAMA=ISI",
    help=t("satu isian, boleh diulang", "one field, may be repeated"),
)
@click.option("--photo", type=click.Path(dir_okay=False), help=t("berkas foto", "a photo's file"))
@size_option
@click.option(
    "-o",
    "--out",
    required=True,
    type=click.Path(dir_okay=False),
    help=t("berkas hasil (.jpg, .png, .webp)", "the file (.jpg, .png, .webp)"),
)
@as_json
@click.pass_context
def draw(
    ctx: click.Context,
    template: str,
    fields: tuple[str, ...],
    photo: str | None,
    size: str,
    out: str,
    as_json: bool,
) -> None:
    """Draw one card into a file, and print its alt text."""
    renderer = office_renderer(ctx)
    target = Path(out)
    given = dict(_field(text) for text in fields)
    card = renderer.draw(
        template, given, size=_size(size), photo=Path(photo) if photo else None, mime=_mime(target)
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(card.data)
    if as_json:
        dump(
            {
                "file": str(target),
                "width": card.width,
                "height": card.height,
                "bytes": len(card.data),
                "alt": card.alt,
            }
        )
    else:
        click.echo(f"{target} ({card.width}×{card.height}, {len(card.data) // 1000} kB)\n{card.alt}")


@cards.command(help=t("Semua kesalahan sebuah templat kartu", "Every fault of a card template"))
@click.argument("names", nargs=-1, metavar="[NAMA|BERKAS]…")
@as_json
@click.pass_context
def check(ctx: click.Context, names: tuple[str, ...], as_json: bool) -> None:
    """Check templates by name or file; all of them when none is named."""
    renderer = office_renderer(ctx)
    found = {name: renderer.check(name) for name in names or renderer.templates()}
    if as_json:
        rows = [
            {"template": name, "file": p.file, "line": p.line, "layer": p.layer, "message": p.message}
            for name, problems in found.items()
            for p in problems
        ]
        dump(rows)
    else:
        for name, problems in found.items():
            click.echo(f"{'✗' if problems else '✓'} {name}")
            for problem in problems:
                click.echo(f"  {problem}")
        for note in renderer.brand.problems():
            click.echo(t("! merek: {x}", "! brand: {x}", x=note.message))
    ctx.exit(1 if any(found.values()) else 0)


@cards.command(
    help=t("Gambar ulang setiap kali templatnya disimpan", "Draw again whenever the template is saved")
)
@click.argument("template")
@size_option
@click.option("-o", "--out", default="kartu.png", show_default=True, type=click.Path(dir_okay=False))
@click.option("--times", default=0, hidden=True, help="stop after so many drawings (0: never)")
@click.pass_context
def watch(ctx: click.Context, template: str, size: str, out: str, times: int) -> None:
    """Redraw the template's example on every save, until Ctrl-C; faults are told and waited out."""
    renderer = office_renderer(ctx)
    wanted, target, seen, drawn = _size(size), Path(out), "", 0
    while not times or drawn < times:
        now = _stamp(renderer)
        if now == seen:
            time.sleep(0.3)
            continue
        seen, drawn = now, drawn + 1
        renderer.reload()
        click.echo(_redraw(renderer, template, wanted, target))


@cards.command(help=t("Satu kartu untuk setiap baris CSV", "One card for each row of a CSV"))
@click.argument("template")
@click.argument("rows", type=click.Path(dir_okay=False))
@size_option
@click.option("-o", "--out", default="kartu", show_default=True, help=t("folder hasil", "the folder for it"))
@click.option("--workers", type=click.IntRange(1, 64), help=t("banyaknya pekerja", "how many workers"))
@click.pass_context
def batch(ctx: click.Context, template: str, rows: str, size: str, out: str, workers: int | None) -> None:
    """Draw a batch on every core; a bad row is named and the rest are drawn."""
    from rich.console import Console
    from rich.progress import track

    from humasbot.cards.batch import draw_batch

    renderer = office_renderer(ctx)
    content = list(_read_rows(Path(rows)))
    errors = Console(stderr=True)
    outcomes = draw_batch(renderer, template, content, Path(out), workers, size=_size(size))
    bad = 0
    for _, outcome in track(outcomes, t("Menggambar", "Drawing"), total=len(content), console=errors):
        if not isinstance(outcome, Path):
            bad += 1
            errors.print(f"✗ {outcome}", markup=False)
    click.echo(
        t(
            "{n} kartu di {f}, {b} baris gagal.",
            "{n} cards in {f}, {b} rows failed.",
            n=len(content) - bad,
            f=out,
            b=bad,
        )
    )
    ctx.exit(1 if bad else 0)


def office_renderer(ctx: click.Context) -> "Renderer":
    """The renderer in the brand of ``humasbot.toml``; in a neutral brand where there is no such file."""
    from humasbot.app import load
    from humasbot.cards import Renderer
    from humasbot.pipeline.office import brand_of
    from humasbot.pipeline.setup import unsaved

    path = Path(ctx.obj["config"])
    if not path.exists() and str(path) == "humasbot.toml":
        return Renderer()
    config = load(path)
    agency, _ = unsaved(config, [])
    folder = config.path(config.humasbot.templates) / "cards"
    return Renderer(folders=[folder], brand=brand_of(agency, config.folder))


def _field(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise InputError(
            t(
                '--field "{x}" tidak terbaca; tulis NAMA=ISI',
                '--field "{x}" cannot be read; write NAME=TEXT',
                x=text,
            )
        )
    return name.strip(), value


def _size(text: str) -> tuple[int, int]:
    from humasbot.cards import SIZES

    if text in SIZES:
        return SIZES[text]
    width, x, height = text.lower().partition("x")
    if x and width.isdigit() and height.isdigit():
        return int(width), int(height)
    raise InputError(
        t('--size "{x}" tidak dikenal; pilih {all} atau misalnya 800x800',
          '--size "{x}" is not known; choose {all}, or write 800x800', x=text, all=", ".join(SIZES))
    )  # fmt: skip


def _mime(target: Path) -> str:
    kinds = {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}
    if target.suffix.lower() not in kinds:
        raise InputError(
            t(
                "{f}: akhiran harus .jpg, .png atau .webp",
                "{f}: must end in .jpg, .png or .webp",
                f=target.name,
            )
        )
    return kinds[target.suffix.lower()]


def _stamp(renderer: "Renderer") -> str:
    """What changes when any template's file does."""
    files = sorted(file for folder in renderer.library.folders for file in Path(folder).glob("*.toml"))
    return "|".join(f"{file}:{file.stat().st_mtime_ns}" for file in files if file.exists())


def _redraw(renderer: "Renderer", template: str, size: tuple[int, int], target: Path) -> str:
    from humasbot.cards.check import examples, sample_photo, shows_photo

    try:
        found = renderer.template(template)
        photo = sample_photo() if shows_photo(found) else None
        card = renderer.draw(template, examples(found), size, photo, _mime(target))
    except HumasbotError as error:
        return f"✗ {error}"
    target.write_bytes(card.data)
    return f"✓ {target} ({time.strftime('%H:%M:%S')})"


def _read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a CSV with a heading; comma or semicolon, as spreadsheets in Indonesia write them."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(t("{f} tidak ada", "{f} does not exist", f=path)) from None
    except UnicodeDecodeError:
        raise InputError(
            t("{f} harus disimpan sebagai CSV UTF-8", "{f} must be saved as CSV UTF-8", f=path)
        ) from None
    heading = text.partition("\n")[0]
    delimiter = ";" if heading.count(";") > heading.count(",") else ","
    for row in csv.DictReader(text.splitlines(keepends=True), delimiter=delimiter):
        yield {name.strip(): value for name, value in row.items() if name and value}
