"""The filters, our own templates over a year of days, and copying them."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from humasbot.errors import InputError, NotFoundError
from humasbot.occasions.greeting import Voice, everyday
from humasbot.templates import FILTERS, Templates, builtin_folder

WIB = ZoneInfo("Asia/Jakarta")


@pytest.fixture(autouse=True)
def indonesian(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HUMASBOT_LANG", raising=False)


# --- filters ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "given", "result"),
    [
        ("tanggal", (date(2026, 11, 23),), "Senin, 23 November 2026"),
        ("tanggal", (datetime(2026, 8, 17, 23, 59, tzinfo=WIB),), "Senin, 17 Agustus 2026"),
        ("tanggal_pendek", (date(2027, 5, 1),), "1 Mei 2027"),
        ("jam", (datetime(2026, 11, 23, 6, 5, tzinfo=WIB),), "06.05 WIB"),
        ("jam", (datetime(2026, 11, 23, 6, 5, tzinfo=ZoneInfo("Asia/Jayapura")),), "06.05 WIT"),
        ("angka", (1_250_000,), "1.250.000"),
        ("angka", ("1250000",), "1.250.000"),
        ("angka", (3.14159, 2), "3,14"),
        ("angka", (12345678901234567890,), "12.345.678.901.234.567.890"),
        ("angka", (-7,), "-7"),
        ("kalimat", ("Satu. Dua! Tiga?",), "Satu. Dua!"),
        ("kalimat", ("Satu. Dua! Tiga?", 1), "Satu."),
        ("kalimat", ("Satu. Dua! Tiga?", 9), "Satu. Dua! Tiga?"),
        ("kalimat", ("tanpa tanda akhir",), "tanpa tanda akhir"),
        ("kalimat", ("",), ""),
        ("kalimat", ("Bupati Dr. H. Ahmad hadir di Kab. Bima pukul 08.00 WIB. Ramai. Usai.", 1),
         "Bupati Dr. H. Ahmad hadir di Kab. Bima pukul 08.00 WIB."),
        ("kalimat", ("Anggaran Rp. 1.250.000 cair.\nWarga senang.", 1), "Anggaran Rp. 1.250.000 cair."),
        ("kalimat", ("“Kami siap.” Begitu katanya. Lalu pulang.", 1), "“Kami siap.”"),
        ("tagar", (["Hukum & HAM", "pelayanan publik", "2026", "", "Hukum & HAM", "Pajak", "Ke-5"],),
         "#HukumHAM #PelayananPublik #Pajak"),
        ("tagar", ("Kota Bima",), "#KotaBima"),
        ("tagar", (["a", "b"], 1), "#A"),
        ("tagar", ([],), ""),
        ("potong", ("pendek",), "pendek"),
        ("potong", ("satu dua tiga empat", 12), "satu dua…"),
        ("potong", ("x" * 300,), "x" * 199 + "…"),
        ("situs", ("https://www.dinkes.contoh.go.id:8443/berita/1?x=y",), "dinkes.contoh.go.id"),
        ("situs", ("",), ""),
        ("situs", ("http://[salah",), ""),
    ],
)  # fmt: skip
def test_filters(name: str, given: tuple[Any, ...], result: str) -> None:
    assert FILTERS[name](*given) == result


# --- our own templates -----------------------------------------------------------------------------------------

AGENCY = {"name": "Dinas Komunikasi dan Informatika Kota Contoh", "short": "Diskominfo", "sign_off": "— Diskominfo",
          "website": "https://contoh.go.id", "handles": ["@contoh"]}  # fmt: skip
TEXT = (
    "Pemerintah Kota Contoh membuka layanan baru. Warga dapat datang mulai Senin.\n\nInformasi lain menyusul."
)


AT = datetime(2026, 11, 23, 9, 0, tzinfo=WIB)
HAPPENING = {
    "quake": {"magnitude": "5,4", "region": "Pusat gempa di darat", "depth": "10 km", "at": AT, "felt": "III Contoh",
              "potential": "Tidak berpotensi tsunami", "tsunami": "no", "shakemap": "", "credit": "BMKG"},
    "warning": {"headline": "Hujan Lebat di Contoh", "event": "Hujan Lebat", "paragraphs": ["Hujan lebat.", "Waspada."],
                "area": "Contoh", "begins": AT, "ends": AT, "sent": AT, "credit": "BMKG"},
    "event": {"when": "Senin, 23 November 2026, pukul 09.00–11.00 WIB", "place": "Balai Kota", "text": "Terbuka."},
    "filled": {"hadir": "400 warga"},
}  # fmt: skip


VOICE = Voice(AGENCY["name"], "Warga Kota Contoh", place="jabar")


def days() -> Iterator[datetime]:
    first = datetime(2027, 12, 25, 6, 0, tzinfo=WIB)
    return (first + timedelta(days=n) for n in range(372))


def context(day: datetime, **change: Any) -> dict[str, Any]:
    return {"title": "Layanan Baru di Balai Kota", "text": TEXT, "summary": "", "categories": ["Layanan"], "date": day,
            "link": "https://contoh.go.id/1", "published": day, "agency": AGENCY,
            "account": {"name": "a", "platform": "x"},
            **HAPPENING,
            "greeting": everyday(day.date(), VOICE)} | change  # fmt: skip


OURS = sorted(file.name.removesuffix(".j2") for file in (builtin_folder() / "text").glob("*.j2"))


def test_there_are_some() -> None:
    assert {"announcement", "greeting"} <= set(OURS)


@pytest.mark.parametrize("name", OURS)
def test_every_day_of_a_year_is_worded_whole(name: str) -> None:
    templates, (base, _, platform) = Templates(), name.partition(".")
    bodies = set()
    for day in days():
        rendered = templates.render(base, context(day), platform=platform)
        parts = (rendered.head, rendered.body, rendered.tail)
        assert all(parts)
        for text in (*parts, *rendered.card.values()):
            assert text == text.strip()
            assert not re.search(r"Undefined|None|[{}]|[^\S\n]{2}|\n\n\n| [.,!?]", text)
        assert rendered.card.get("headline") or base == "corrected"  # a post that is edited keeps its card
        bodies.add(rendered.body)
    assert len(bodies) == (372 if base == "greeting" else 1)


def test_a_greeting_says_the_day_in_its_text_and_on_its_card() -> None:
    templates = Templates()
    for day in days():
        rendered = templates.render("greeting", context(day))
        assert FILTERS["tanggal"](day) in rendered.head
        assert rendered.card["date"] == FILTERS["tanggal"](day)


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize(
    "change",
    [
        {"summary": "Ringkasan dari situs."},
        {"categories": []},
        {"agency": AGENCY | {"sign_off": "", "website": "", "handles": []}},
        {"published": datetime(2026, 1, 1, tzinfo=UTC)},
        {"title": "Jumat (08/01/2026): Hu'u & “Rasanae” 🎉", "text": "Satu kalimat saja"},
    ],
)
def test_whatever_a_source_leaves_out(name: str, change: dict[str, Any]) -> None:
    base, _, platform = name.partition(".")
    rendered = Templates().render(
        base, context(datetime(2026, 11, 23, 6, 0, tzinfo=WIB), **change), platform=platform
    )
    assert rendered.head
    assert rendered.body
    assert not any(
        "Undefined" in text for text in (rendered.head, rendered.body, rendered.tail, *rendered.card.values())
    )


def test_the_link_and_the_sign_off_are_never_shortened() -> None:
    rendered = Templates().render("announcement", context(datetime(2026, 11, 23, tzinfo=WIB)))
    assert rendered.tail == "https://contoh.go.id/1\n— Diskominfo"
    assert "contoh.go.id/1" not in rendered.head + rendered.body


@pytest.mark.parametrize("platform", ["telegram", "email", "x", "threads"])
def test_what_has_no_page_to_be_read_on_is_said_whole(platform: str) -> None:
    day = datetime(2026, 11, 23, tzinfo=WIB)
    alone = Templates().render("announcement", context(day, link="", text=TEXT), platform=platform)
    assert alone.body == TEXT.strip()


@pytest.mark.parametrize(("platform", "whole"), [("email", True), ("wordpress", True), ("webhook", True),
                                                 ("x", False), ("telegram", False)])  # fmt: skip
def test_where_a_page_can_be_read_the_short_platforms_get_its_gist(platform: str, whole: bool) -> None:
    text = "Satu hal terjadi. Dua hal terjadi. Tiga hal terjadi. Empat hal terjadi."
    rendered = Templates().render(
        "announcement", context(datetime(2026, 11, 23, tzinfo=WIB), text=text), platform=platform
    )
    assert (rendered.body == text) == whole


# --- copying ---------------------------------------------------------------------------------------------------


def test_copying_brings_the_variants_and_changes_nothing_said(tmp_path: Path) -> None:
    made = Templates().copy("announcement", tmp_path / "templates")
    names = [name for name in OURS if name.split(".")[0] == "announcement"]
    assert sorted(file.name.removesuffix(".j2") for file in made) == names
    day = context(datetime(2026, 11, 23, tzinfo=WIB))
    theirs = Templates([tmp_path / "templates"])
    assert theirs.names()["announcement"] == tmp_path / "templates/text/announcement.j2"
    for platform in ("board", "facebook", "x"):
        assert theirs.render("announcement", day, platform=platform) == Templates().render(
            "announcement", day, platform=platform
        )


@pytest.mark.parametrize("kind", ["file", "dangling link", "folder"])
def test_copying_overwrites_nothing_and_then_copies_nothing(tmp_path: Path, kind: str) -> None:
    there = tmp_path / "text" / "announcement.facebook.j2"
    there.parent.mkdir()
    elsewhere = tmp_path / "elsewhere"
    if kind == "file":
        there.write_text("milik kantor")
    elif kind == "folder":
        there.mkdir()
    else:
        there.symlink_to(elsewhere)
    with pytest.raises(InputError) as caught:
        Templates().copy("announcement", tmp_path)
    assert str(caught.value) == f"{there} sudah ada; hapus atau ganti namanya dahulu"
    assert list(there.parent.iterdir()) == [there]
    assert not elsewhere.exists()
    if kind == "file":
        assert there.read_text() == "milik kantor"


@pytest.mark.parametrize(
    "name", ["*", "", "/etc/passwd", "../text/greeting", "greeting.j2", "gree", "[g]reeting"]
)
def test_only_what_is_ours_is_copied(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotFoundError, match=r"tidak ada templat bawaan .*; yang ada: .*announcement"):
        Templates().copy(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_copying_into_what_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "berkas").write_text("x")
    with pytest.raises(InputError, match=r"templat tidak dapat disalin ke .*berkas \("):
        Templates().copy("greeting", tmp_path / "berkas")
