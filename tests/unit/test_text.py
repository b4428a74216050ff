"""Counting and cutting: examples an Indonesian office writes, and whatever else the web may hold."""

from collections.abc import Callable
from datetime import date

import pytest

from humasbot.content import Limits, count_characters
from humasbot.errors import InputError
from humasbot.platforms.text import (
    SHORTEST_BODY,
    count_bytes,
    count_graphemes,
    count_mastodon,
    count_x,
    cut,
    fit,
)

DAY = date(2026, 11, 22)
ELLIPSIS = "…"


def limits(
    most: int, count: Callable[[str], int] = count_characters, most_bytes: int | None = None
) -> Limits:
    return Limits(most, "contoh.go.id/batas", DAY, count=count, max_bytes=most_bytes)


def at_most(most: int, count: Callable[[str], int] = len) -> Callable[[str], bool]:
    return lambda text: count(text) <= most


# --- counting ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("", 0),
        ("Selamat pagi", 12),
        ("https://dinkes.contoh.go.id/berita/2026/11/22/vaksinasi-massal?utm=x", 23),
        ("lihat contoh.go.id ya", 6 + 23 + 3),
        ("日本", 4),
        ("👨‍👩‍👧‍👦", 2),
        ("🇮🇩", 2),
        ("e\u0301", 1),
        ("…", 2),
        ("“kutipan” – ya", 14),
    ],
)
def test_x_counts_by_weight_after_normalisation(text: str, weight: int) -> None:
    assert count_x(text) == weight


@pytest.mark.parametrize(
    ("text", "length"), [("", 0), ("abc", 3), ("a\r\nb", 3), ("e\u0301", 1), ("👩‍👩‍👧🇮🇩", 2), ("क्षि", 1)]
)
def test_graphemes_are_what_a_person_counts(text: str, length: int) -> None:
    assert count_graphemes(text) == length


def test_bytes_are_utf8() -> None:
    assert count_bytes("é🇮🇩") == 2 + 8


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("Kunjungi https://contoh.go.id/sangat/panjang/sekali/alamatnya", 9 + 23),
        ("https://a.id", 23),
        ("contoh.go.id bukan tautan di sana", 33),
        ("terima kasih @humas@sosial.contoh.go.id!", 13 + 6 + 1),
        ("surel humas@contoh.go.id", 24),
        ("https://sosial.id/@humas@contoh.id", 23),
        ("👩‍👩‍👧 @a @b.c@d.e:3000", 2 + 2 + 1 + 4),
    ],
)
def test_mastodon_counts_addresses_and_remote_mentions_its_own_way(text: str, length: int) -> None:
    assert count_mastodon()(text) == length


def test_mastodon_server_decides_what_an_address_costs() -> None:
    assert count_mastodon(30)("https://a.id") == 30


@pytest.mark.parametrize("count", [count_x, count_mastodon()])
@pytest.mark.parametrize(
    "text",
    [
        "a." * 10_000,
        "https://" + "1." * 10_000 + " b.id",
        "." * 20_000,
        "漢" * 20_000 + " b.id",
        "a-" * 10_000,
    ],
)
def test_endless_runs_are_counted_exactly_and_without_delay(count: Callable[[str], int], text: str) -> None:
    weight = 2 if count is count_x else 1
    assert count(text.replace("漢", "a" * weight)) == count(text) >= 20_000
    assert count("a" * 20_000) == 20_000


# --- cutting: examples ------------------------------------------------------------------------------------------

NEWS = (
    "Bupati Dr. H. Ahmad Yani, S.H., M.Si. meresmikan jembatan senilai Rp 1.250.000.000 di Jl. Sudirman No. 5 pukul "
    "07.30 WIB. Warga menyambut gembira (sekitar 500 orang). Acara selesai pukul 12.00 WIB."
)


@pytest.mark.parametrize("most", [len(NEWS), 5_000])
def test_what_fits_is_left_alone(most: int) -> None:
    assert cut(NEWS, at_most(most)) == NEWS


def test_ends_at_a_sentence_where_that_costs_little() -> None:
    assert cut(NEWS, at_most(140)).endswith("pukul 07.30 WIB.")
    assert cut(NEWS, at_most(len(NEWS) - 1)).endswith("(sekitar 500 orang).")


@pytest.mark.parametrize(("sentence", "kept"), [("a" * 29 + ".", False), ("a" * 37 + ".", True)])
def test_ends_at_a_word_where_the_sentence_end_costs_more_than_two_fifths(sentence: str, kept: bool) -> None:
    assert (cut(f"{sentence} " + "Kata " * 30, at_most(60)) == sentence) == kept


def test_a_sentence_end_needs_no_room_for_an_ellipsis() -> None:
    assert cut("Satu dua. Tiga empat lima", at_most(9), ellipsis=" [selengkapnya]") == "Satu dua."


def test_a_title_behind_a_name_ends_no_sentence_even_before_a_capital() -> None:
    text = "Kegiatan dibuka oleh Ahmad Yani, M.Si. Kepala Dinas Kesehatan Kabupaten Natuna"
    assert cut(text, at_most(48)).endswith("Kepala…")


@pytest.mark.parametrize("most", range(1, 118))
def test_titles_abbreviations_initials_amounts_and_times_end_no_sentence(most: int) -> None:
    kept = cut(NEWS, at_most(most))
    assert kept == "" or kept.endswith(ELLIPSIS)


@pytest.mark.parametrize(
    "together",
    [
        "Rp 5.000",
        "Rp. 5.000",
        "12 km",
        "3,5 juta",
        "07.30 WIB",
        "pukul 07.30",
        "25 persen",
        "17 Agustus",
        "Dr. Siti",
        "H. Ahmad",
        "Jl. Merdeka",
        "No. 5",
        "Kab. Natuna",
        "a.n. Bupati",
        "0812 3456 7890",
        "100\u00a0meter",
        "Pasal 3",
    ],
)
def test_what_belongs_together_is_not_parted(together: str) -> None:
    text = f"Pemerintah menyampaikan hal {together} kepada seluruh warga kabupaten"
    results = {cut(text, at_most(most)) for most in range(len(text))}
    first, last = together.split()[0], together.split()[-1]
    for kept in results:
        assert (first in kept.split("hal", 1)[-1]) == (last.rstrip(",") in kept), kept


@pytest.mark.parametrize(
    "whole",
    [
        "https://contoh.go.id/berita/1?a=b,c",
        "humas.info@contoh.go.id",
        "#HUTKe81RI",
        "@pemkab_natuna",
        "dinkes.contoh.go.id",
        "1.250.000",
        "👨‍👩‍👧‍👦",
        "🇮🇩",
        "e\u0301",
    ],
)
def test_links_tags_and_characters_stay_whole(whole: str) -> None:
    text = f"Kabar {whole} selengkapnya di bawah ini"
    for most in range(len(text)):
        kept = cut(text, at_most(most))
        assert whole in kept or not set(whole) & set(kept.removeprefix("Kabar").removesuffix(ELLIPSIS)), kept


def test_the_ellipsis_never_touches_an_address() -> None:
    kept = cut("Baca https://contoh.go.id/berita lalu sebarkan", at_most(35))
    assert kept == "Baca https://contoh.go.id/berita …"


def test_a_single_address_that_does_not_fit_leaves_nothing() -> None:
    assert cut("https://contoh.go.id/" + "a" * 300, at_most(100)) == ""


@pytest.mark.parametrize(
    ("text", "most", "kept"),
    [
        ("Bantuan bagi UMKM (usaha mikro) dibuka", 24, "Bantuan bagi UMKM…"),
        ("Tiga dinas, yakni: kesehatan", 19, "Tiga dinas, yakni…"),
        ("Jalan baru – dan jembatan", 16, "Jalan baru…"),
        ("Ia menyebut “merdeka belajar” kemarin", 23, "Ia menyebut…"),
    ],
)
def test_no_opening_bracket_dash_or_comma_is_left_last(text: str, most: int, kept: str) -> None:
    assert cut(text, at_most(most)) == kept


def test_a_sentence_inside_an_open_quotation_is_no_end() -> None:
    text = 'Bupati berkata, "Kami siap. Kami akan bekerja keras untuk warga." Hadirin bertepuk tangan.'
    assert cut(text, at_most(40)) == 'Bupati berkata, "Kami siap. Kami akan…'
    assert cut(text, at_most(70)) == 'Bupati berkata, "Kami siap. Kami akan bekerja keras untuk warga."'


def test_a_paragraph_without_a_full_stop_ends_like_a_sentence_but_not_after_a_colon() -> None:
    assert cut("Pelayanan tutup besok\n\nSilakan datang hari Senin", at_most(30)) == "Pelayanan tutup besok"
    assert cut("Pelayanan tutup:\n\nkantor camat dan lurah", at_most(20)) == "Pelayanan tutup…"


def test_list_numbers_end_no_sentence() -> None:
    assert cut("1. Kartu keluarga dan salinannya", at_most(20)) == "1. Kartu keluarga…"


def test_scripts_without_spaces_are_cut_between_characters() -> None:
    assert cut("漢字" * 100, at_most(11)) == "漢字" * 5 + ELLIPSIS
    assert cut("👩‍👩‍👧" * 30, at_most(12)) == "👩‍👩‍👧" * 2 + ELLIPSIS


def test_a_long_row_of_numbers_does_not_vanish() -> None:
    assert cut("12 " * 200, at_most(30)) == ("12 " * 10)[:-1] + ELLIPSIS


def test_another_ellipsis() -> None:
    assert cut("satu dua tiga empat", at_most(14), ellipsis=" [lanjut]") == "satu [lanjut]"


def test_a_long_text_asks_the_platform_a_few_dozen_times_only() -> None:
    text, asked = "Pemerintah Kabupaten mengundang warga datang " * 900, 0

    def fits(part: str) -> bool:
        nonlocal asked
        asked += 1
        return len(part) <= 4_000

    assert len(text) > 40_000
    assert len(cut(text, fits)) > 3_900
    assert asked < 30


# --- fitting: examples ------------------------------------------------------------------------------------------

HEAD = "Vaksinasi massal dibuka"
BODY = "Dinas Kesehatan membuka vaksinasi massal di alun-alun. Warga cukup membawa KTP. Tidak dipungut biaya."
TAIL = "https://dinkes.contoh.go.id/vaksinasi\n#SehatBersama"


def test_parts_are_joined_by_blank_lines_and_empty_ones_left_out() -> None:
    assert fit(HEAD, BODY, TAIL, limits(500)).text == f"{HEAD}\n\n{BODY}\n\n{TAIL}"
    assert fit("", f" {BODY}\n", "", limits(500)).text == BODY
    assert not fit(HEAD, "", TAIL, limits(500)).shortened


def test_body_is_shortened_first() -> None:
    fitted = fit(HEAD, BODY, TAIL, limits(170))
    assert fitted.shortened
    assert fitted.text == f"{HEAD}\n\n{BODY.rpartition(' Tidak')[0]}\n\n{TAIL}"


def test_body_vanishes_before_the_head_is_touched() -> None:
    room = len(HEAD) + 4 + SHORTEST_BODY - 1 + len(TAIL)
    assert fit(HEAD, BODY, TAIL, limits(room)).text == f"{HEAD}\n\n{TAIL}"


def test_head_is_shortened_next() -> None:
    assert fit(HEAD, BODY, TAIL, limits(len(TAIL) + 20)).text == f"Vaksinasi massal…\n\n{TAIL}"
    assert fit(HEAD, BODY, TAIL, limits(len(TAIL) + 3)).text == TAIL


def test_body_alone_may_become_short() -> None:
    assert fit("", BODY, "", limits(14)).text == "Dinas…"


@pytest.mark.parametrize("language", ["id", "en"])
def test_too_long_a_tail_is_named_with_how_much(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUMASBOT_LANG", language)
    with pytest.raises(InputError, match=rf"“https://dinkes.contoh.go.id/vaksinasi.*\b11\b.*\b{len(TAIL)}\b"):
        fit(HEAD, BODY, TAIL, limits(len(TAIL) - 11))


def test_too_many_bytes_are_named_as_bytes() -> None:
    with pytest.raises(InputError, match="5 bita"):
        fit("", "", "é" * 10, limits(100, most_bytes=15))


def test_nothing_that_fits_is_an_error_not_an_empty_post() -> None:
    with pytest.raises(InputError, match="https://contoh"):
        fit("", "https://contoh.go.id/" + "a" * 50, "", limits(30))
