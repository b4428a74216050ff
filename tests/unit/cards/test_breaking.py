import pytest

from humasbot.cards.breaking import FREE, HARD, SOFT, bonds, kind


def between(text: str) -> list[int]:
    return bonds([kind(word) for word in text.split()])[1:]


@pytest.mark.parametrize(
    "pair",
    [
        "5 km", "Rp 5.000", "Rp. 12.500,00", "pukul 08.00", "08.00–15.00 WIB", "17 Agustus", "HUT ke-81", "ke-81 RI",
        "12 %", "No. 5", "lantai 2", "3,5 juta", "24 jam", "M 5,6", "30 °C", "pasal 12", "1.200 orang,",
        "RT 03",
    ],
)  # fmt: skip
def test_things_that_belong_together_are_never_parted(pair: str) -> None:
    assert between(pair) == [HARD]


def test_a_sum_in_words_stays_whole() -> None:
    assert between("Rp 1,5 miliar rupiah")[:3] == [HARD, HARD, HARD]


@pytest.mark.parametrize("pair", ["Agustus 2026", "Dr. Siti", "H. Joko", "Jl. Merdeka", "Kota –"])
def test_titles_years_and_dashes_are_bound_softly(pair: str) -> None:
    assert between(pair) == [SOFT]


@pytest.mark.parametrize("pair", ["warga kota", "kota Contoh", "membawa 5", "WIB di"])
def test_other_words_may_be_parted(pair: str) -> None:
    assert between(pair) == [FREE]


def test_no_orphan_at_the_end_of_four_words_or_more() -> None:
    assert between("satu dua tiga empat")[-1] == SOFT
    assert between("satu dua tiga")[-1] == FREE
