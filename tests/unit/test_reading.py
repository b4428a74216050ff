"""Sentences, summaries and reading levels: verbatim, deterministic, and never more than notes."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from humasbot.platforms.text import split
from humasbot.reading.level import AUDIENCES, audience_findings, level
from humasbot.reading.plain import MOST, PLAIN, plain_findings
from humasbot.reading.summary import summarise
from humasbot.templates import FILTERS

NEWS = """KEBUMEN – Dinas Dukcapil Kab. Kebumen membuka layanan KTP di Jl. Pahlawan No. 12 pada Sabtu, 5 Des. 2026.
Dendanya Rp1.000,00 dihapus. Baca juga: Cara membuat akta kelahiran di desa.

Persyaratan

Kepala Dinas, dr. H. Budi Santoso, M.Si., mengatakan layanan itu gratis bagi semua warga. "Kami siap. Semua warga kami \
layani sampai selesai," katanya. Selain itu, petugas akan berkeliling ke 26 kecamatan.

Foto: Humas Pemkab Kebumen untuk semua media."""
WORDS = st.sampled_from(
    ["Kab.", "No.", "dr.", "Rp1.000,00", "H.", "M.Si.", "Warga", "datang.", "Jl.", "pukul", "08.00", "WIB.", "“Kami",
     "siap.”", '"Ya.', 'Tidak,"', "katanya.", "a.n.", "5", "Des.", "2026.", "(lihat", "hlm.", "3).", "\n\n", "\n",
     "Selain", "itu,", "https://a.go.id/b?c=1.", "#Tagar", "Benar?", "…", "😀"]
)  # fmt: skip
texts = st.one_of(st.text(max_size=300), st.lists(WORDS, max_size=60).map(" ".join))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Warga Kab. Kebumen datang. Mereka antre.", ["Warga Kab. Kebumen datang.", "Mereka antre."]),
        ("Jl. Pahlawan No. 12 ditutup. Harap maklum.", ["Jl. Pahlawan No. 12 ditutup.", "Harap maklum."]),
        ("Kata dr. Ani, biayanya Rp1.000,00. Murah.", ["Kata dr. Ani, biayanya Rp1.000,00.", "Murah."]),
        ("Pada 5 Des. 2026 pukul 08.00 WIB. Datang ya!", ["Pada 5 Des. 2026 pukul 08.00 WIB.", "Datang ya!"]),
        ("Drs. H. Budi, M.Si., hadir. Ia senang.", ["Drs. H. Budi, M.Si., hadir.", "Ia senang."]),
        ("Judul\n\nIsi berita.", ["Judul", "Isi berita."]),
        (
            "Jend. Sudirman dan Kol. Ahmad hadir. Selesai.",
            ["Jend. Sudirman dan Kol. Ahmad hadir.", "Selesai."],
        ),
        ("", []),
        ("   \n ", []),
    ],
)
def test_sentences_know_indonesian_abbreviations(text: str, expected: list[str]) -> None:
    assert split(text) == expected


@given(texts)
@settings(max_examples=150, deadline=None)
def test_nothing_but_white_space_is_lost_between_sentences(text: str) -> None:
    pieces = split(text)
    assert "".join("".join(pieces).split()) == "".join(text.split())
    place = 0
    for piece in pieces:
        place = text.index(piece, place) + len(piece)


def squeezed(text: str) -> str:
    return " ".join(text.split())


@given(texts, st.integers(0, 4), st.text(max_size=40))
@settings(max_examples=150, deadline=None)
def test_a_summary_never_invents(text: str, count: int, title: str) -> None:
    found = summarise(text, count, title)
    assert found == summarise(text, count, title)
    whole, rest, place = squeezed(text), found, 0
    # What is chosen are runs of the source, in its order: each of them found behind the one before.
    while rest:
        run = next((size for size in range(len(rest), 0, -1) if whole.find(rest[:size], place) >= 0), 0)
        assert run, f"not of the source: {rest[:60]!r}"
        place = whole.find(rest[:run], place) + run
        rest = rest[run:].lstrip()
    assert len([piece for piece in split(found) if piece]) <= max(count, 0) * 7


def test_a_summary_is_whole_sentences_without_what_the_site_adds() -> None:
    two = summarise(NEWS, 2, "Layanan KTP Sabtu di Kebumen")
    assert two.startswith(
        "KEBUMEN – Dinas Dukcapil Kab. Kebumen membuka layanan KTP di Jl. Pahlawan No. 12 pada Sabtu, 5 Des. 2026."
    )
    everything = summarise(NEWS, 20)
    for left_out in ("Baca juga", "Persyaratan", "Foto:"):
        assert left_out not in everything
    assert '"Kami siap. Semua warga kami layani sampai selesai," katanya.' in everything
    assert squeezed(everything) == everything


def test_a_sentence_that_leans_is_not_taken_alone() -> None:
    text = (
        "Pasar baru dibuka oleh wali kota hari ini. Gedungnya punya dua lantai dan lift. "
        "Selain itu, pasar baru pasar baru wali kota dibuka 24 jam."
    )
    assert "Selain itu" not in summarise(text, 2, "Pasar baru wali kota dibuka 24 jam")
    assert "Selain itu" in summarise(text, 3, "Pasar baru wali kota dibuka 24 jam")


def test_the_filter_falls_back_to_the_first_sentences() -> None:
    assert FILTERS["ringkas"]("Kantor tutup. Maaf. Besok buka.", 2) == "Kantor tutup. Maaf."


def test_level_counts_what_anybody_can_count() -> None:
    counted = level(
        "Kantor buka. Penyelenggaraan pelayanan https://a.go.id/penyelenggaraan #Penyelenggaraan gratis."
    )
    assert (counted.words, counted.sentences, counted.per_sentence) == (5, 2, 2.5)
    assert counted.long_share == pytest.approx(1 / 5)
    assert level("1234 … !").words == 0


HEAVY = (
    "Sehubungan dengan penyelenggaraan pendistribusian bantuan sebagaimana dimaksud, masyarakat yang berkepentingan "
    "diharapkan mempersiapkan persyaratan administratif kependudukan secara bertanggung jawab dan berkesinambungan."
)


def test_a_text_heavier_than_its_audience_gets_notes_and_stays_as_it_is() -> None:
    found = list(audience_findings(HEAVY, "warga"))
    rules = {each.rule for each in found}
    assert {"level-sentences", "level-words", "plain-word"} <= rules
    assert {each.severity for each in found} == {"warn"}
    assert not {"plain-word"} & {each.rule for each in audience_findings(HEAVY, "opd")}
    assert (
        list(audience_findings("Kantor buka Sabtu. Bawa KTP lama. Layanan ini gratis untuk semua.", "warga"))
        == []
    )
    assert list(audience_findings(HEAVY, "")) == []
    assert [each.rule for each in audience_findings("Kantor buka hari ini. " * 60, "desa")] == [
        "level-length"
    ]


def test_plain_words_name_each_expression_once_at_its_place() -> None:
    text = "Dalam rangka launching, dalam rangka monitoring. Launching-nya besok."
    found = list(plain_findings(text))
    assert [(each.words, each.suggestion) for each in found] == [
        ("Dalam rangka", "untuk"), ("launching", "peluncuran"), ("monitoring", "pemantauan"),
    ]  # fmt: skip
    assert all(text[each.start : each.end] == each.words for each in found)
    assert len(list(plain_findings(" ".join(PLAIN)))) == MOST
    assert not [plain for words, plain in PLAIN.items() if re.fullmatch(re.escape(words), plain)]


@given(st.text(max_size=200), st.sampled_from(sorted(AUDIENCES)))
@settings(max_examples=60, deadline=None)
def test_whatever_is_measured_only_notes_come(text: str, audience: str) -> None:
    assert all(each.severity == "warn" for each in audience_findings(text, audience))
