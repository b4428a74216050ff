"""Do random cards hold what is promised? Every template, size, brand and kind of photo, with texts of 1 to 300 letters.

Each card is drawn and judged by its pixels: does the ink of a text leave its box or the card, do two texts touch, and
has every text the contrast that is asked for (4.5:1, large text 3:1) against every pixel that was beneath it when it
was painted. A text that cannot fit must be refused by name: that is counted, and is no fault.

    python benchmarks/cards_fits.py [--count 10000] [--seed 81] [--workers 2] [--json]

Faster with numpy (it comes with simplejpeg). Keys: cards, drawn, refused, texts, clipped, overlaps, low_contrast,
unreadable, least_contrast_share (1.0: the least contrast met is exactly the one asked for), faults (the first few).
"""

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "unit" / "cards"))

from card_helpers import photo, true_ink

from humasbot.cards import SIZES, Brand, FitError, Renderer, finish, paint
from humasbot.cards.colour import LARGE, NORMAL, luminance
from humasbot.cards.inputs import gather
from humasbot.cards.sizes import is_large
from humasbot.cards.template import Field, Template
from humasbot.errors import HumasbotError, TemplateError

ROOT = Path(__file__).resolve().parents[1]
LOGO = ROOT / "content_templates" / "demo" / "logo.png"
BRANDS = (
    Brand("Pemerintah Kota Tirta Asri", primary="#0B5563", accent="#F2B705", logo=LOGO, handles=("@tirtaasri",)),
    Brand("Desa Suka", primary="#F2B705", accent="#FFFFFF", pattern="songket", handles=("@desasuka", "desasuka.id")),
    Brand(
        "Dinas Kependudukan dan Pencatatan Sipil Kabupaten Kepulauan Tanimbar", primary="#B00020", accent="#0B3D91",
        handles=("@dukcapilkepulauantanimbar", "disdukcapil.tanimbarkab.go.id"), portrait=LOGO,
    ),
    Brand("Pemprov Muda", primary="#7DD3FC", accent="#1E3A8A", pattern="truntum", logo=LOGO),
    Brand("Balai Latihan Kerja", primary="#111111", accent="#C0C0C0", pattern="tumpal"),
    Brand("Pemerintah Kabupaten Bukit Rindang", primary="#1B7A43", accent="#F58220", pattern="parang", portrait=LOGO),
)  # fmt: skip
PHOTOS = ("bright", "dark", "busy", "split")
WORDS = """pelayanan warga kota kabupaten pemerintah daerah program bantuan kesehatan pendidikan jalan jembatan sungai
pasar anggaran rapat koordinasi penyelenggaraan ketenagakerjaan mempertanggungjawabkan Rp 12.500.000 pukul 08.00 WIB 17
Agustus 2026 HUT ke-81 RI di ke dan yang untuk 3 juta orang Dr. H. Muhammad Rizki, S.T., M.T. “kutip” (PPPK) 98,6% 62 km
Á Ç ñ &""".split()  # noqa: SIM905
OTHER_SCRIPTS = ("ꦱꦸꦒꦼꦁ ꦫꦮꦸꦃ", "ᬒᬁ ᬲ᭄ᬯᬲ᭄ᬢ᭄ᬬᬲ᭄ᬢᬸ", "السلام عليكم", "ᮞᮙ᮪ᮕᮥᮛᮞᮥᮔ᮪")


def words(rnd: random.Random, letters: int) -> str:
    """Words, at most *letters* long together; now and then in another script."""
    text = ""
    while len(text) < letters:
        text += (rnd.choice(OTHER_SCRIPTS) if rnd.random() < 0.01 else rnd.choice(WORDS)) + " "
    return text[:letters].strip() or "a"


def value(rnd: random.Random, field: Field) -> Any:
    """Something for *field*: text of 1 to 300 letters, mostly of the length it is made for, or rows."""
    if field.kind == "rows":
        example = [row if isinstance(row, (list, tuple)) else [row] for row in field.example]
        count = rnd.randint(1, min(field.most or 8, 8))
        return [[cell if rnd.random() < 0.6 else words(rnd, rnd.randint(1, 30)) for cell in rnd.choice(example)]
                for _ in range(count)] if field.name != "series" else example  # fmt: skip
    usual = max(4, len(str(field.example)))
    most = 300 if rnd.random() < 0.12 else usual * 2
    return words(rnd, rnd.randint(1, most))


def fields_for(rnd: random.Random, template: Template) -> dict[str, Any]:
    """Random content for *template*: required fields always, the others mostly."""
    found = {n: value(rnd, f) for n, f in template.fields.items() if f.required or rnd.random() < 0.6}
    if "qr" in found:
        found["qr"] = f"https://contoh.go.id/{rnd.randint(1, 10**9)}"
    return found


@lru_cache(maxsize=64)
def renderers() -> tuple[Renderer, ...]:
    """One renderer a brand."""
    return tuple(Renderer(brand=brand) for brand in BRANDS)


@lru_cache(maxsize=1)
def numbers() -> tuple[Any, Any, Any] | None:
    """numpy, the light of each level of a channel, each channel's part in luminance; ``None`` without numpy."""
    try:
        numpy = import_module("numpy")
    except ImportError:
        return None
    ramp = [v / 255 for v in range(256)]
    light = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in ramp]
    return numpy, numpy.array(light, dtype="float32"), numpy.array([0.2126, 0.7152, 0.0722], dtype="float32")


def luminances(picture: Any) -> tuple[float, float]:
    """The least and the greatest relative luminance of any pixel."""
    tools = numbers()
    if tools is None:
        shades = [luminance(colour) for _, colour in picture.getcolors(picture.width * picture.height)]
        return min(shades), max(shades)
    numpy, light, parts = tools
    found = light[numpy.asarray(picture)] @ parts
    return float(found.min()), float(found.max())


class Judge:
    """Looks at each text as it is painted."""

    def __init__(self) -> None:
        self.paint = paint.text
        self.watching = False
        self.least = 99.0
        self.texts = 0
        self.low: list[str] = []

    def text(self, canvas: Any, item: Any, colours: dict[str, Any]) -> None:
        """Stands where :func:`paint.text` is called: looks at what is beneath *item*, then has it painted."""
        if self.watching:
            self.measure(canvas, item, colours)
        self.paint(canvas, item, colours)

    def measure(self, canvas: Any, item: Any, colours: dict[str, Any]) -> None:
        """Note the contrast of *item*, about to be painted on *canvas*, where it is too low."""
        left, top, right, bottom = paint.ink_box(item)
        box = (max(0, int(left)), max(0, int(top)), int(right) + 1, int(bottom) + 1)
        low, high = luminances(canvas.crop(box))
        for style in item.node.looks:
            wanted = LARGE if is_large(item.px * style.scale, style.weight, canvas.width) else NORMAL
            light = luminance(colours[style.colour])
            met = (
                min((max(light, s) + 0.05) / (min(light, s) + 0.05) for s in (low, high))
                if not low <= light <= high
                else 1.0
            )
            self.least = min(self.least, met / wanted)
            if met < wanted * 0.9995:  # float32
                self.low.append(f"{item.node.name}: {met:.2f} of {wanted}")
        self.texts += 1


def unsound(ready: Any, drawing: Any) -> Iterator[tuple[str, str]]:
    """Each text whose ink leaves its unit's box or the card, and each two that touch."""
    boxes: list[tuple[str, tuple[int, int, int, int]]] = []
    size = ready.plan.size
    units = {unit.root.name: unit for unit in ready.plan.units}
    for part in (drawing, ready.fixed):
        for item, number, _ in part.texts:
            ink = true_ink(item)
            if ink is None:
                continue
            unit, slack = units[part.zones[number].name], max(2.0, item.px * 0.12)
            x0, y0, x1, y1 = unit.box
            if (ink[0] < max(0, x0 - slack) or ink[1] < max(0, y0 - slack) or ink[2] > min(size[0], x1 + slack)
                    or ink[3] > min(size[1], y1 + slack)):  # fmt: skip
                yield "clipped", f"{item.node.name} {ink} in {[round(v) for v in unit.box]}"
            boxes.append((item.node.name, ink))
    for i, (name, one) in enumerate(boxes):
        for other_name, other in boxes[i + 1 :]:
            if one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]:
                yield "overlaps", f"{name} {one} and {other_name} {other}"


def run(count: int, seed: int, first: int = 0) -> dict[str, Any]:
    """Draw and judge *count* random cards, those from number *first* of the *seed*'s."""
    judge, found, faults = Judge(), Counter[str](), list[str]()
    refused: Counter[str] = Counter()
    with patch.object(finish.paint, "text", judge.text):
        for number in range(first, first + count):
            rnd = random.Random(f"{seed}-{number}")
            cards = rnd.choice(renderers())
            name, (label, size) = rnd.choice(cards.templates()), rnd.choice(list(SIZES.items()))
            told = f"{number} {name} {label} {cards.brand.name[:20]}"
            shot = photo(rnd.choice(PHOTOS)) if rnd.random() < 0.6 else None
            fields = fields_for(rnd, cards.template(name))
            found["cards"] += 1
            try:
                ready = cards.ready(name, size)
                drawing = ready.lay(gather(ready.plan.template, fields, shot, cards.brand))
                for kind, what in unsound(ready, drawing):
                    found[kind] += 1
                    faults.append(f"{told}: {kind}: {what}")
                judge.watching = True
                cards.picture(name, fields, size, shot)
            except FitError:
                refused[name] += 1
                continue
            except TemplateError as error:
                found["unreadable"] += 1
                faults.append(f"{told}: {error}")
                continue
            except HumasbotError as error:  # a letter cut out of its cluster, a number that is none
                refused[f"{name}: {type(error).__name__}"] += 1
                continue
            finally:
                judge.watching = False
            found["drawn"] += 1
            faults += [f"{told}: contrast: {what}" for what in judge.low]
            found["low_contrast"] += len(judge.low)
            judge.low.clear()
    keys = ("cards", "drawn", "clipped", "overlaps", "low_contrast", "unreadable")
    return {
        **{key: found[key] for key in keys}, "refused": sum(refused.values()), "texts": judge.texts,
        "least_contrast_share": round(judge.least, 3), "refused_by_template": dict(sorted(refused.items())),
        "faults": faults[:20],
    }  # fmt: skip


def together(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """The findings of several workers as one."""
    whole: dict[str, Any] = {k: sum(p[k] for p in parts) for k, v in parts[0].items() if isinstance(v, int)}
    by_template: Counter[str] = Counter()
    for part in parts:
        by_template.update(part["refused_by_template"])
    return {
        **whole, "least_contrast_share": min(part["least_contrast_share"] for part in parts),
        "refused_by_template": dict(sorted(by_template.items())),
        "faults": [fault for part in parts for fault in part["faults"]][:20],
    }  # fmt: skip


def main() -> int:
    """Judge and print; 1 where a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=81)
    parser.add_argument("--workers", type=int, default=1, help="how many processes share the work")
    parser.add_argument("--json", action="store_true", help="as JSON")
    arguments = parser.parse_args()
    share = -(-arguments.count // arguments.workers)
    starts = range(0, arguments.count, share)
    counts = [min(share, arguments.count - start) for start in starts]
    with ProcessPoolExecutor(arguments.workers) as pool:
        found = together(list(pool.map(run, counts, [arguments.seed] * len(counts), starts)))
    found["seed"] = arguments.seed
    if arguments.json:
        print(json.dumps(found, indent=1, ensure_ascii=False))
    else:
        for key, shown in found.items():
            print(f"{key:24} {shown}")
    return 1 if any(found[key] for key in ("clipped", "overlaps", "low_contrast", "unreadable")) else 0


if __name__ == "__main__":
    sys.exit(main())
