"""The gallery's golden pictures: how they are drawn, packed small, and compared.

After a wanted change of a template, look at the new pictures (``humasbot cards gallery``) and write them anew with
``python tests/unit/cards/gallery_samples.py``.
"""

import importlib.util
import sys
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from tempfile import mkdtemp
from types import ModuleType

from PIL import Image, ImageChops

from humasbot.cards import SIZES, Renderer
from humasbot.cards.check import examples

ROOT = Path(__file__).resolve().parents[3]
GOLDEN = ROOT / "tests" / "golden" / "cards"
SMALLER, BLOCK = 6, 8
LIMIT = 10.0
"""Grey levels that the worst block of 8×8 px (48×48 on the card) may differ on average: a line of text moved by a
quarter of its height differs by 20 and more, another build of the rasteriser by less than 5."""


def script() -> ModuleType:
    """``scripts/make_contact_sheet.py``, which holds the invented office."""
    if "make_contact_sheet" not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            "make_contact_sheet", ROOT / "scripts" / "make_contact_sheet.py"
        )
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        sys.modules["make_contact_sheet"] = module
        spec.loader.exec_module(module)
    return sys.modules["make_contact_sheet"]


@lru_cache(maxsize=1)
def office() -> tuple[Renderer, Path]:
    """The renderer in the invented office's brand, and its leader's picture."""
    folder = Path(mkdtemp(prefix="humasbot-cards-"))
    return Renderer(brand=script().brand(folder)), folder / "portrait.png"


def photo_of(kind: str) -> Path | None:
    """The photo for a golden: a demo photo's name, ``portrait``, or none."""
    found: Path | None = script().photo_file(kind, office()[1])
    return found


CASES: dict[str, tuple[str, str]] = {
    **{name: (name, "") for name in office()[0].templates()},
    "greeting+photo": ("greeting", "puskesmas"),
    "greeting-weekend+photo": ("greeting-weekend", "puskesmas"),
    "press+photo": ("press", "pompa-banjir"),
    "event-after+photo": ("event-after", "festival-sungai"),
    "commemoration+photo": ("commemoration", "puskesmas"),
    "condolence+photo": ("condolence", "portrait"),
}
"""The name of each golden, its template and its photo."""


def strip(cards: Renderer, name: str, photo: Path | None) -> tuple[Image.Image, str]:
    """The template's example in the five sizes side by side, each a sixth as large, and its alt text."""
    fields = examples(cards.template(name))
    drawn = [cards.picture(name, fields, size, photo) for size in SIZES.values()]
    small = [picture.reduce(SMALLER) for picture, _ in drawn]
    whole = Image.new("RGB", (sum(p.width for p in small), max(p.height for p in small)), "#808080")
    x = 0
    for picture in small:
        whole.paste(picture, (x, 0))
        x += picture.width
    return whole, drawn[0][1]


def packed(picture: Image.Image) -> bytes:
    """The picture as it is kept."""
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=82)
    return buffer.getvalue()


def worst_block(one: Image.Image, other: Image.Image) -> float:
    """The mean difference (grey levels) of the block that differs most; 255 where the sizes differ."""
    if one.size != other.size:
        return 255.0
    difference = ImageChops.difference(one, other)
    bands = [band.reduce(BLOCK) for band in difference.split()]
    return float(max(band.getextrema()[1] for band in bands))


def main() -> None:
    """Write every golden anew, and remove those of templates that are gone."""
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for old in GOLDEN.glob("*.jpg"):
        old.unlink()
    for case, (name, photo) in CASES.items():
        (GOLDEN / f"{case}.jpg").write_bytes(packed(strip(office()[0], name, photo_of(photo))[0]))


if __name__ == "__main__":
    main()
