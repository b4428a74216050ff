"""Ten thousand cards of random texts: none clipped, no two texts upon another, every text readable."""

import random
from typing import Any

import pytest
from card_helpers import BRAND, assert_sound, laid, photo

from humasbot.cards import SIZES, FitError, Renderer, finish, paint
from humasbot.cards.colour import LARGE, NORMAL, luminance
from humasbot.cards.sizes import is_large

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


@pytest.mark.slow
def test_contrast_holds_on_a_thousand_random_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[tuple[Any, Any, dict[str, tuple[int, int, int]]]] = []
    monkeypatch.setattr(
        finish.paint, "text", lambda canvas, item, colours: found.append((canvas.copy(), item, colours))
    )
    rnd, checked = random.Random(17), 0
    cards = Renderer(brand=BRAND)
    for number in range(1000):
        size = SIZES[sorted(SIZES)[number % 5]]
        fields = {"headline": text(rnd, 4, 60), "body": text(rnd, 10, 120)}
        found.clear()
        cards.picture("greeting", fields, size, photo(("bright", "dark", "busy", "split")[number % 4]))
        for canvas, item, colours in found:
            if item.ground:
                continue
            box = tuple(round(v) for v in paint.ink_box(item))
            shades = [luminance(c) for _, c in canvas.crop(box).getcolors(4_000_000)]
            for style in item.node.looks:
                wanted = LARGE if is_large(item.px * style.scale, style.weight, size[0]) else NORMAL
                light = luminance(colours[style.colour])
                assert all((max(light, s) + 0.05) / (min(light, s) + 0.05) >= wanted for s in shades)
                checked += 1
    assert checked > 3000
