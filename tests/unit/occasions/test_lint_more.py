"""Links, promises, language, source and date, alt texts: what is named, and what is left in peace."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from humasbot.occasions.lint_links import link_findings
from humasbot.occasions.lint_words import (
    alt_findings,
    alts_of,
    language_findings,
    promise_findings,
    source_findings,
)

OWN = ["contoh.id", "Mitra.org"]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Lihat https://jahat.example/login.", "link-domain"),
        ("www.contoh.id.jahat.example", "link-domain"),
        ("https://contoh.id@jahat.example/", "link-domain"),
        ("(https://bit.ly/3abc)", "link-short"),
        ("HTTPS://S.ID/abc!", "link-short"),
        ("daftar di bit.ly/abc.", "link-short"),
        ("lihat jahat.com/masuk, ya", "link-domain"),
        ("menurut jahat.co.id.", "link-domain"),
    ],
)
def test_a_link_that_leads_elsewhere_is_named_with_its_words(text: str, rule: str) -> None:
    (found,) = link_findings(text, OWN)
    assert (found.rule, found.severity) == (rule, "block")
    assert text[found.start : found.end] == found.words
    assert "137/2018" in found.basis


@pytest.mark.parametrize(
    "text",
    [
        "https://contoh.id/a, https://www.contoh.id, https://layanan.CONTOH.id/x?y=1",
        "https://mitra.org",
        "https://bmkg.go.id/cuaca dan https://desa.desa.id dan www.polri.mil.id",
        "surel humas@contoh.id, akun @contoh, harga 10.000",
        "",
        "https://[salah",
        "contoh.id/a, dinkes.kota.go.id, Pekerjaan selesai.Info lebih lanjut, a.n. Budi",
    ],
)
def test_own_and_official_sites_are_left_in_peace(text: str) -> None:
    assert list(link_findings(text, OWN)) == []


def test_without_a_list_only_hidden_links_are_named_and_only_warned_of() -> None:
    assert list(link_findings("https://mana-saja.example")) == []
    (found,) = link_findings("https://bit.ly/x")
    assert found.severity == "warn"


@pytest.mark.parametrize(
    "text",
    [
        "Kami jamin selesai.",
        "jalan itu akan segera diperbaiki",
        "Pasti selesai bulan depan",
        "dalam waktu dekat",
        "Pemerintah menjamin stok beras aman",
    ],
)
def test_promises(text: str) -> None:
    (found,) = promise_findings(text)
    assert (found.rule, found.severity) == ("promise", "warn")


@pytest.mark.parametrize(
    "text", ["Kami melayani Anda.", "Perjanjian kerja sama", "jaminan kesehatan nasional"]
)
def test_no_promise(text: str) -> None:
    assert list(promise_findings(text)) == []


def test_english_is_told_by_its_small_words() -> None:
    english = "The office is open for all of you from Monday to Friday, and it will be closed on the weekend."
    assert [found.rule for found in language_findings(english)] == ["language"]
    assert list(language_findings(english, "en")) == []
    greeting = "Happy Independence Day, Indonesia! Let us celebrate together."
    assert [found.rule for found in language_findings(greeting)] == ["language"]
    for text in (
        "Kantor kami buka untuk Anda dari Senin sampai Jumat, dan tutup pada akhir pekan.",
        "Pelatihan Digital Marketing and Branding for UMKM diadakan di Balai Kota untuk para pelaku usaha.",
        "Open house",
        "",
    ):
        assert list(language_findings(text)) == []


def test_news_names_its_source_and_its_day() -> None:
    assert {found.rule for found in source_findings("Warga senang sekali.")} == {"no-source", "no-date"}
    assert list(source_findings("Warga senang sekali.", "https://contoh.id/1", dated=True)) == []
    assert list(source_findings("Menurut BMKG, hujan turun Senin.")) == []


def test_a_picture_without_alt_text_blocks() -> None:
    (found,) = alt_findings(["Kartu ucapan", " "])
    assert (found.rule, found.severity, "gambar 2" in found.message) == ("no-alt", "block", True)


@pytest.mark.parametrize(
    ("text", "alts"),
    [
        ("![](foto.jpg) dan ![Loket](b.png)", ["", "Loket"]),
        ('<img src="a.png"><IMG alt=\'Loket\' src="b"> <img alt="">', ["", "Loket", ""]),
        ("Tidak ada gambar (sungguh) [tautan](a.png).", []),
    ],
)
def test_the_pictures_of_a_text_and_what_they_say(text: str, alts: list[str]) -> None:
    assert alts_of(text) == alts


@given(st.text(max_size=300))
def test_any_text_is_read_without_a_fault(text: str) -> None:
    for found in (
        *link_findings(text, OWN), *promise_findings(text), *language_findings(text), *source_findings(text),
    ):  # fmt: skip
        assert text[found.start : found.end] == found.words
