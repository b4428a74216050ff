"""Draw the contact sheet of the card gallery, two samples, and the list of templates with their fields.

Run ``python scripts/make_contact_sheet.py``; the files land in ``docs/cards``. The office, its leader and everything
in the pictures is invented; the result is the same on every run.
"""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image, ImageDraw, ImageFilter

from humasbot.cards import SIZES, Brand, Renderer
from humasbot.cards.check import examples, shows_photo
from humasbot.cards.encode import encode
from humasbot.cards.template import Field

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / "content_templates" / "demo"
DOCS = ROOT / "docs" / "cards"
# In the order in which an office meets them; a photo where the sheet is to show one.
ORDER: dict[str, str] = {
    "greeting": "", "greeting-friday": "", "greeting-weekend": "", "greeting-rain": "", "national-day": "",
    "commemoration": "", "condolence": "portrait", "announcement": "", "service": "", "press": "pompa-banjir",
    "quote": "", "agenda": "", "numbers": "", "table": "", "warning": "", "warning-quake": "", "hoax": "",
    "event-before": "", "event-during": "festival-sungai", "event-after": "festival-sungai", "carousel-cover": "",
    "carousel-page": "", "recruitment": "",
}  # fmt: skip
HIGH, GAP, LABEL = 214, 12, 30
SHEET_BYTES, SAMPLE_BYTES = 1_200_000, 150_000


def portrait(target: Path) -> Path:
    """An invented leader in a black peci and a white shirt, drawn flat; written to *target* as PNG."""
    f = 3
    big = Image.new("RGB", (600 * f, 750 * f), "#B9D3D6")
    draw = ImageDraw.Draw(big)

    def oval(x: float, y: float, w: float, h: float, fill: str) -> None:
        draw.ellipse(((x - w) * f, (y - h) * f, (x + w) * f, (y + h) * f), fill=fill)

    def shape(points: list[tuple[float, float]], fill: str) -> None:
        draw.polygon([(x * f, y * f) for x, y in points], fill=fill)

    oval(300, 330, 270, 270, "#CBE0E1")
    oval(300, 748, 300, 250, "#F7F7F4")  # shoulders
    draw.rounded_rectangle((254 * f, 430 * f, 346 * f, 572 * f), 44 * f, fill="#A9754F")
    shape([(248, 500), (300, 572), (262, 626), (222, 524)], "#FFFFFF")  # collar
    shape([(352, 500), (300, 572), (338, 626), (378, 524)], "#FFFFFF")
    draw.line([(300 * f, 576 * f), (300 * f, 750 * f)], fill="#DDE0DB", width=4 * f)
    for x in (196, 404):
        oval(x, 372, 20, 34, "#B17C55")
    oval(300, 360, 108, 142, "#BE8A62")
    oval(300, 420, 84, 82, "#BE8A62")
    shape([(186, 300), (200, 176), (300, 156), (400, 176), (414, 300), (300, 278)], "#15181C")  # peci
    shape([(186, 300), (190, 266), (300, 244), (410, 266), (414, 300), (300, 278)], "#23272D")
    for x in (256, 344):
        oval(x, 360, 15, 8, "#FBF8F3")
        oval(x, 360, 7.5, 8, "#2B1D14")
        shape([(x - 26, 332), (x, 322), (x + 26, 332), (x, 330)], "#2B2019")
    shape([(300, 362), (286, 412), (302, 420)], "#A9754F")
    draw.arc((262 * f, 404 * f, 338 * f, 456 * f), 28, 152, fill="#8A4B3C", width=6 * f)
    big.resize((600, 750), Image.Resampling.LANCZOS).filter(ImageFilter.GaussianBlur(0.6)).save(target)
    return target


def brand(folder: Path) -> Brand:
    """The invented city of the demo, with a leader's portrait drawn into *folder*."""
    return Brand(
        name="Pemerintah Kota Tirta Asri",
        short="Kota Tirta Asri",
        logo=DEMO / "logo.png",
        primary="#0B5563",
        accent="#F2B705",
        handles=("@tirtaasri", "tirtaasri.go.id"),
        portrait=portrait(folder / "portrait.png"),
    )


def photo_file(name: str, leader: Path) -> Path | None:
    """The demo's photo of that *name*; ``portrait``: the *leader*'s picture; none for an empty name."""
    if not name:
        return None
    return leader if name == "portrait" else DEMO / "website" / "wp-content" / "uploads" / f"{name}.jpg"


def sheet(cards: Renderer, leader: Path) -> Image.Image:
    """Every template in its five sizes, two templates a line."""
    strips = [strip(cards, name, photo_file(photo, leader)) for name, photo in ORDER.items()]
    wide, high = strips[0].size
    lines = (len(strips) + 1) // 2
    whole = Image.new("RGB", (2 * wide + 3 * 3 * GAP, lines * (high + 2 * GAP) + 2 * GAP), "#E8EAED")
    for number, one in enumerate(strips):
        x = 3 * GAP + (number % 2) * (wide + 3 * GAP)
        whole.paste(one, (x, 2 * GAP + number // 2 * (high + 2 * GAP)))
    return whole


def strip(cards: Renderer, name: str, photo: Path | None) -> Image.Image:
    """One template with its name above and its sizes side by side, all of one height."""
    template = cards.template(name)
    pictures = []
    for size in SIZES.values():
        drawn, _ = cards.picture(name, examples(template), size, photo)
        pictures.append(
            drawn.resize((round(drawn.width * HIGH / drawn.height), HIGH), Image.Resampling.LANCZOS)
        )
    wide = sum(picture.width for picture in pictures) + GAP * (len(pictures) - 1)
    whole = Image.new("RGB", (wide, HIGH + LABEL), "#E8EAED")
    ImageDraw.Draw(whole).text((0, 2), f"{name}   {template.title}", fill="#3B4350", font_size=17)
    x = 0
    for picture in pictures:
        whole.paste(picture, (x, LABEL))
        x += picture.width + GAP
    return whole


def manual(cards: Renderer) -> str:
    """The list of all templates with what each is for and the fields it takes, in Indonesian."""
    return "".join(_manual(cards))


def _manual(cards: Renderer) -> Iterator[str]:
    yield (
        "# Galeri kartu\n\n"
        "<!-- Written by scripts/make_contact_sheet.py from the templates; do not edit by hand. -->\n\n"
        "Semua templat dalam lima ukuran (persegi 1080×1080, tegak 1080×1350, lebar 1200×675, tautan 1200×630, cerita "
        "1080×1920). Dengan merek kantor sendiri: `humasbot cards gallery`. Menulis templat sendiri: "
        "[CARDS.md](../CARDS.md).\n\n"
        "![Lembar contoh: setiap templat kartu dalam lima ukuran](contact-sheet.jpg)\n"
    )
    for name in [*ORDER, *sorted(set(cards.templates()) - set(ORDER))]:
        template = cards.template(name)
        photo = " Dapat memakai foto." if shows_photo(template) else ""
        yield f"\n## `{name}`: {template.title}\n\n{template.about}{photo}\n\n"
        yield "| isian | wajib | arti | contoh |\n|---|---|---|---|\n"
        for field in template.fields.values():
            about = field.about + (f" (bila kosong: {field.default})" if field.default else "")
            yield f"| `{field.name}` | {'ya' if field.required else ''} | {about} | {_example(field)} |\n"


def _example(field: Field) -> str:
    if field.kind != "rows":
        return str(field.example)
    rows = [row if isinstance(row, str) else " &#124; ".join(row) for row in field.example]
    return "<br>".join(rows[:2]) + ("<br>…" if len(rows) > 2 else "")


def main() -> None:
    """Write everything into the folder asked for."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--out", type=Path, default=DOCS)
    out: Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        office = brand(Path(folder))
        cards = Renderer(brand=office)
        (out / "contact-sheet.jpg").write_bytes(
            encode(sheet(cards, Path(folder) / "portrait.png"), "image/jpeg", SHEET_BYTES)
        )
        for name in ("greeting", "announcement"):
            card = cards.draw(name, examples(cards.template(name)), max_bytes=SAMPLE_BYTES)
            (out / f"{name}.jpg").write_bytes(card.data)
        (out / "README.md").write_text(manual(cards), encoding="utf-8")


if __name__ == "__main__":
    main()
