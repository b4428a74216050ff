"""Ten thousand cards of random texts: none clipped, no two texts upon another, every text readable."""

import random
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest
from card_helpers import BRAND, assert_sound, laid
from PIL import Image

from humasbot.cards import SIZES, FitError, Renderer

ROOT = Path(__file__).resolve().parents[3]
FAULTY = """\
alt = "{headline}."
[fields.headline]
example = "Satu dua tiga"
[layers.headline]
type = "text"
text = "{headline}"
size = 90
box = { left = 80, width = 700, top = 80, height = 300 }
"""

SYLLABLES = (
    "ka", "ri", "mu", "sa", "tan", "pe", "ngi", "lo", "ber", "da", "wi", "yang", "su", "ra", "ke", "ti", "an", "bo",
    "nu",
)  # fmt: skip


def text(rnd: random.Random, least: int, most: int) -> str:
    """Words of one to six syllables, from *least* to *most* letters together."""
    wanted, found = rnd.randint(least, most), ""
    while len(found) < wanted:
        found += "".join(rnd.choices(SYLLABLES, k=rnd.randint(1, 6))) + " "
    return found[:most].strip() or "a"


@pytest.mark.slow
def test_ten_thousand_random_fits() -> None:
    cards, rnd, drawn, failed = Renderer(brand=BRAND), random.Random(81), 0, 0
    names, sizes = ("greeting", "announcement"), sorted(SIZES)
    for number in range(10_000):
        fields = {"headline": text(rnd, 1, 300)}
        if rnd.random() < 0.7:
            fields["body"] = text(rnd, 1, 300)
        if rnd.random() < 0.5:
            fields["date"] = f"{rnd.randint(1, 31)} Desember 2026"
        try:
            ready, drawing = laid(cards, names[number % 2], fields, SIZES[sizes[number % 5]])
        except FitError:
            failed += 1
            continue
        drawn += 1
        for item, zone, box in drawing.texts:
            unit = next(u for u in ready.plan.units if u.root.name == drawing.zones[zone].name)
            assert box[0] >= unit.box[0] - 1
            assert box[1] >= unit.box[1] - 1
            assert box[2] <= unit.box[2] + 1
            assert box[3] <= unit.box[3] + max(1.0, item.px * 0.12)
        if number % 10 == 0:
            assert_sound(ready, drawing)
    assert drawn > 5000
    assert drawn + failed == 10_000


def judge_of_many() -> ModuleType:
    """``benchmarks/cards_fits.py``."""
    spec = spec_from_file_location("cards_fits", ROOT / "benchmarks" / "cards_fits.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_random_cards_of_every_template_are_whole_and_readable() -> None:
    """The benchmark's judge on fewer cards; ten thousand of them are in ``benchmarks/results/cards_fits.json``."""
    fits = judge_of_many()
    found = fits.run(800, seed=17)
    assert found["faults"] == []
    assert [found[key] for key in ("clipped", "overlaps", "low_contrast", "unreadable")] == [0, 0, 0, 0]
    assert found["drawn"] + found["refused"] == 800
    assert found["drawn"] > 600
    assert found["texts"] > 4000


def test_the_judge_of_random_cards_sees_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "faulty.toml").write_text(FAULTY)
    cards = Renderer([tmp_path], BRAND)
    fits = judge_of_many()
    ready, drawing = laid(cards, "faulty", {"headline": "Satu dua tiga"}, (1080, 1080))
    item, zone, box = drawing.texts[0]
    assert list(fits.unsound(ready, drawing)) == []
    drawing.texts.append((item, zone, box))  # the same words upon one another
    assert {kind for kind, _ in fits.unsound(ready, drawing)} == {"overlaps"}
    drawing.texts[1:] = []
    item.box = (item.box[0] + 400, *item.box[1:])
    assert {kind for kind, _ in fits.unsound(ready, drawing)} == {"clipped"}
    judge = fits.Judge()
    canvas = Image.new("RGB", (1080, 1080), "#888888")
    judge.measure(canvas, item, {style.colour: (0x99, 0x99, 0x99) for style in item.node.looks})
    assert judge.least < 0.5
    assert len(judge.low) == 1
