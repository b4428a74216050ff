from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from humasbot.cards import charts, icons, patterns, qr, shapes
from humasbot.cards.cache import Bounded
from humasbot.cards.colour import evaluate
from humasbot.errors import InputError

INK = (10, 20, 30, 255)


def test_qr_codes_are_as_an_independent_reader_read_them() -> None:
    """Hashes of codes that zxing-cpp 2.3 read back rightly on 2026-11-22, one for each way of building a code."""
    for text, wanted in {
        "a": QR_1, "https://kominfo.contoh.go.id/" + "x" * 30: QR_4, "k" * 160: QR_8, "z" * 213: QR_10,
    }.items():  # fmt: skip
        rows = qr.modules(text)
        assert sha256("".join(str(c) for row in rows for c in row).encode()).hexdigest()[:16] == wanted


QR_1, QR_4, QR_8, QR_10 = "2e7add7dfd3288d4", "54841efbf6ebe829", "e62d9fddf89a33b8", "b2bb2b06366d4879"


def test_a_text_too_long_for_a_code_is_refused() -> None:
    with pytest.raises(InputError, match="214"):
        qr.modules("z" * 214)


@settings(deadline=None)
@given(st.text(min_size=1, max_size=50))
def test_any_text_makes_a_square_code(text: str) -> None:
    rows = qr.modules(text)
    assert len({len(row) for row in rows} | {len(rows)}) == 1
    assert all(rows[i][:7] == (1, 1, 1, 1, 1, 1, 1) for i in (0, 6))


@pytest.mark.parametrize("name", sorted(icons.paths()))
def test_every_icon_is_drawn_within_its_square(name: str) -> None:
    mask = icons.mask(name, 96)
    left, top, right, bottom = mask.getbbox()
    assert left >= 1
    assert top >= 1
    assert right <= 95
    assert bottom <= 95
    assert 300 < sum(mask.histogram()[128:]) < 5200


def test_an_unknown_icon_is_named() -> None:
    with pytest.raises(InputError, match="calendar"):
        icons.mask("kalender", 40)


@pytest.mark.parametrize("name", sorted(patterns.MOTIFS))
def test_every_motif_tiles_without_a_seam(name: str) -> None:
    whole = patterns.mask(name, (400, 400), 0.9)
    side = round(patterns.MOTIFS[name][1] * 0.9)
    assert whole.crop((0, 0, side, side)).tobytes() == whole.crop((side, side, 2 * side, 2 * side)).tobytes()
    share = sum(whole.histogram()[128:]) / 160_000
    assert 0.02 < share < 0.7


def test_a_pattern_fades_from_its_edges() -> None:
    faded = patterns.mask("songket", (300, 300), 1, "bottom-left")
    assert faded.crop((0, 0, 40, 300)).getextrema()[1] < 60
    assert faded.crop((240, 0, 300, 60)).getextrema()[1] > 150
    with pytest.raises(InputError, match="kawung"):
        patterns.mask("batik", (10, 10), 1)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.234,5", 1234.5),
        ("72,5 %", 72.5),
        ("2,5 juta", 2_500_000),
        ("1.200", 1200),
        ("3.5", 3.5),
        ("-4", -4),
        ("Rp 12 miliar", 12e9),
    ],
)
def test_numbers_are_read_the_indonesian_way(text: str, value: float) -> None:
    assert charts.number(text) == pytest.approx(value)


def test_what_is_no_number_is_named() -> None:
    with pytest.raises(InputError, match="banyak"):
        charts.number("banyak")


def test_shares() -> None:
    assert charts.share("25 %", None) == 0.25
    assert charts.share("50", 200) == 0.25
    assert charts.share("500", 200) == 1.0


def test_charts_show_what_they_are_told() -> None:
    clear = (0, 0, 0, 0)
    half = charts.bar((200, 20), 0.5, INK, clear).getchannel("A")
    assert half.crop((10, 5, 88, 15)).getextrema() == (255, 255)
    assert half.crop((110, 0, 200, 20)).getextrema() == (0, 0)
    ring = charts.donut((100, 100), 0.25, INK, clear).getchannel("A")
    assert ring.getpixel((80, 20)) > 0
    assert ring.getpixel((20, 80)) == 0
    bars = charts.columns((100, 100), [1, 4, 2], INK, (255, 0, 0, 255))
    assert bars.getpixel((50, 50))[0] == 255
    assert bars.getpixel((16, 50))[3] == 0
    assert charts.line((100, 60), [1, 2, 3], INK, INK).getchannel("A").getbbox() is not None


def test_gradients_run_the_way_they_are_told() -> None:
    right, down = shapes.ramp((50, 30), 0), shapes.ramp((50, 30), 90)
    assert right.getpixel((0, 15)) < 10 < 245 < right.getpixel((49, 15))
    assert down.getpixel((25, 0)) < 14 < 240 < down.getpixel((25, 29))


@pytest.mark.parametrize("kind", ["rect", "line", "circle", "ring", "triangle", "quote", "arc", "dots"])
def test_every_shape_leaves_ink(kind: str) -> None:
    picture = shapes.shape((80, 60), {"kind": kind, "radius": 8}, evaluate("#123456", {}), None)
    assert picture.size == (80, 60)
    assert picture.getchannel("A").getextrema()[1] == 255


def test_rounded_corners_are_round() -> None:
    mask = shapes.rounded((40, 30), 10)
    assert mask.getpixel((0, 0)) == 0
    assert mask.getpixel((20, 0)) == 255
    assert mask.transpose(Image.Transpose.ROTATE_180).tobytes() == mask.tobytes()


def test_a_bounded_cache_forgets_the_oldest_and_keeps_the_used() -> None:
    cache: Bounded[int] = Bounded(10)
    cache.put("kept", 0)
    for n in range(50):
        assert cache.get("kept") == 0
        cache.put(n, n)
    assert cache.get(0) is None
    assert cache.get(49) == 49
    assert sum(cache.get(n) is not None for n in range(50)) <= 10
    assert not cache.worth("x")
    assert cache.worth("x")
    cache.clear()
    assert cache.get("kept") is None
