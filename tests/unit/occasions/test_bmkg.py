"""Which earthquakes concern an office, and what is said of a tsunami."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from humasbot.globe import inside, kilometres
from humasbot.occasions.bmkg import Wanted, concerns, felt, paragraphs, severe, shakemap, tsunami

BANDUNG = (-6.91, 107.61)


def facts(**change: Any) -> dict[str, Any]:
    return {
        "time": "2026-11-23T02:00:00+00:00", "latitude": -7.05, "longitude": 107.55, "magnitude": 5.4,
        "felt": "III-IV Kota Bandung, II - III Garut", **change,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Gempa ini dirasakan untuk diteruskan pada masyarakat", "unsaid"),
        ("Tidak berpotensi tsunami", "no"),
        ("Gempa ini TIDAK  BERPOTENSI\nTSUNAMI", "no"),
        ("tdk berpotensi Tsunami", "no"),
        ("Berpotensi tsunami untuk diteruskan pada masyarakat", "warned"),
        ("BERPOTENSI TSUNAMI", "warned"),
        ("Peringatan dini tsunami di Jabar", "warned"),
        ("Berpotensi tsunami di A, tidak berpotensi tsunami di B", "no"),
        ("", "unsaid"),
    ],
)
def test_what_is_said_of_a_tsunami(text: str, expected: str) -> None:
    assert tsunami(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("II-III Kab. Lembata", [(3, "Kab. Lembata")]),
        ("II - III Sumur", [(3, "Sumur")]),
        (
            "III – IV MMI di Cianjur, II Kota Bandung, I-II Garut",
            [(4, "di Cianjur"), (2, "Kota Bandung"), (2, "Garut")],
        ),
        ("VIII Palu", [(8, "Palu")]),
        ("dirasakan nyata", []),
        ("", []),
    ],
)
def test_intensities_are_roman_ranges(text: str, expected: list[tuple[int, str]]) -> None:
    assert [(each.intensity, each.place) for each in felt(text)] == expected


@pytest.mark.parametrize(
    ("change", "wanted", "expected"),
    [
        ({}, {}, True),
        ({"felt": "II Garut"}, {}, False),
        ({"felt": ""}, {}, False),
        ({"felt": ""}, {"intensity": 0}, True),
        ({"latitude": -8.51, "longitude": 123.27}, {}, False),
        ({"magnitude": 4.9}, {"magnitude": 5.0}, False),
        ({"latitude": -9.9, "felt": "V Pangandaran, III Bandung"}, {}, False),
        ({"latitude": -9.9, "felt": "V Pangandaran, III Bandung"}, {"places": ("bandung",)}, True),
        ({"latitude": -9.9, "felt": "V Pangandaran, II Bandung"}, {"places": ("bandung",)}, False),
        ({"latitude": -9.9, "felt": "V Bandungan"}, {"places": ("bandung",)}, False),
        ({"felt": "", "potential": "Berpotensi tsunami"}, {}, True),
        ({"felt": "", "potential": "Tidak berpotensi tsunami"}, {}, False),
    ],
)
def test_what_concerns_an_office(change: dict[str, Any], wanted: dict[str, Any], expected: bool) -> None:
    assert concerns(facts(**change), Wanted(BANDUNG, **wanted)) is expected


def test_without_a_place_nothing_concerns() -> None:
    assert not concerns(facts(), Wanted(None))


@given(st.text(max_size=80))
def test_no_text_breaks_the_reading(text: str) -> None:
    assert tsunami(text) in ("no", "warned", "unsaid")
    assert all(1 <= each.intensity <= 12 for each in felt(text))


@given(st.floats(-10, 10), st.floats(95, 141), st.floats(-10, 10), st.floats(95, 141))
def test_distances_are_those_of_a_globe(a: float, b: float, c: float, d: float) -> None:
    there, back = kilometres((a, b), (c, d)), kilometres((c, d), (a, b))
    assert there == pytest.approx(back)
    assert 0 <= there <= 6000


@given(st.floats(-9, 9), st.floats(-9, 9))
def test_a_square_holds_exactly_what_is_in_it(y: float, x: float) -> None:
    ring = [(-5.0, -5.0), (-5.0, 5.0), (5.0, 5.0), (5.0, -5.0), (-5.0, -5.0)]
    assert inside((y, x), ring) is (abs(y) <= 5 and abs(x) <= 5)


def test_a_hollow_shape() -> None:
    ring = [(0, 0), (0, 10), (10, 10), (10, 6), (4, 6), (4, 4), (10, 4), (10, 0)]
    assert inside((8, 2), ring)
    assert not inside((8, 5), ring)
    assert inside((2, 5), ring)


def test_severity_and_words() -> None:
    assert severe({"severity": "Severe"}, "Moderate")
    assert not severe({"severity": "Unknown"}, "Minor")
    assert not severe({}, "Minor")
    assert paragraphs({"description": "a\nb", "instruction": "b\nc"}) == ["a", "b", "c"]
    assert shakemap({"shakemap": "x.mmi.jpg"}) == "https://data.bmkg.go.id/DataMKG/TEWS/x.mmi.jpg"
    assert shakemap({}) == ""
