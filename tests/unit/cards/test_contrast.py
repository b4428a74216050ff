import pytest
from card_helpers import BRAND, laid, photo
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from humasbot.cards import SIZES, Brand, Renderer, finish, paint
from humasbot.cards.colour import LARGE, NORMAL, contrast, luminance, mix
from humasbot.cards.contrast import bounds, needed_alpha, strips
from humasbot.cards.sizes import is_large

COLOUR = st.tuples(st.integers(0, 255), st.integers(0, 255), st.integers(0, 255))


@pytest.mark.parametrize(("wanted", "alpha"), [(3.0, 0.416), (4.5, 0.535), (7.0, 0.651)])
def test_the_closed_form_gives_the_known_numbers_over_white(wanted: float, alpha: float) -> None:
    white = (255, 255, 255)
    assert needed_alpha(white, (0, 0, 0), (white, white), wanted) == pytest.approx(alpha, abs=0.012)


@given(COLOUR, COLOUR, st.sampled_from([LARGE, NORMAL]))
def test_the_solved_scrim_reaches_what_is_wanted(
    one: tuple[int, int, int], other: tuple[int, int, int], wanted: float
) -> None:
    ground = tuple(map(min, one, other)), tuple(map(max, one, other))
    alpha = needed_alpha((255, 255, 255), (5, 20, 50), ground, wanted)  # type: ignore[arg-type]  # three in, three out
    assert alpha is not None
    for pixel in (one, other):
        assert contrast((255, 255, 255), mix(pixel, (5, 20, 50), min(1.0, alpha + 1 / 255))) >= wanted


def test_bounds_hold_every_pixel() -> None:
    picture = Image.new("RGB", (200, 200), (100, 110, 120))
    picture.putpixel((150, 190), (255, 0, 7))
    assert bounds(picture, (0, 0, 199, 199)) == ((100, 0, 7), (255, 110, 120))
    assert bounds(picture, (0, 0, 99, 99)) == ((100, 110, 120), (100, 110, 120))
    assert len(strips(picture, (0, 0, 199, 199))) == 3


def test_text_a_scrim_can_never_help_is_refused() -> None:
    grey = (120, 120, 120)
    assert needed_alpha(grey, (128, 128, 128), ((0, 0, 0), (255, 255, 255)), 4.5) is None


BRANDS = [
    BRAND,
    Brand("Kabupaten Contoh", primary="#1B7A43", accent="#F58220"),
    Brand("Kota", primary="#FFFF66", accent="#C00000"),
]


@pytest.mark.parametrize("brand", BRANDS, ids=lambda b: b.primary)
@pytest.mark.parametrize("kind", ["bright", "dark", "busy", "split"])
@pytest.mark.parametrize("size", ["square", "wide", "story"])
def test_every_text_reads_over_every_photo(
    monkeypatch: pytest.MonkeyPatch, brand: Brand, kind: str, size: str
) -> None:
    """Measured anew on the finished ground, pixel by pixel beneath each text, with the colours really used."""
    used = []
    real = paint.text
    monkeypatch.setattr(
        finish.paint,
        "text",
        lambda canvas, item, names: used.append((canvas.copy(), item, names)) or real(canvas, item, names),
    )
    fields = {
        "headline": "Selamat Hari Guru Nasional", "kicker": "Hari Guru", "date": "25 November 2026",
        "body": "Terima kasih kepada seluruh guru di Kota Contoh atas ilmu dan teladannya.",
    }  # fmt: skip
    Renderer(brand=brand).picture("greeting", fields, SIZES[size], photo(kind))
    assert len(used) >= 5
    for canvas, item, names in used:
        if item.ground:
            continue
        left, top, right, bottom = (round(v) for v in paint.ink_box(item))
        pixels = canvas.crop((left, top, right, bottom)).getcolors(4_000_000)
        for style in item.node.looks:
            wanted = LARGE if is_large(item.px * style.scale, style.weight, SIZES[size][0]) else NORMAL
            light = luminance(names[style.colour])
            for _, pixel in pixels:
                ground = luminance(pixel)
                ratio = (max(light, ground) + 0.05) / (min(light, ground) + 0.05)
                assert ratio >= wanted, (item.node.name, style.colour, pixel, ratio)


def test_a_layout_needs_no_photo_to_be_made() -> None:
    _, drawing = laid(Renderer(brand=BRAND), "greeting", {"headline": "Selamat pagi"}, SIZES["square"])
    assert drawing.texts
