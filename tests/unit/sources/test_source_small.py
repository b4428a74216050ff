"""Markdown, junk, pictures and the registry."""

from datetime import UTC, datetime
from importlib.metadata import EntryPoint, EntryPoints
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from humasbot.content import Found, Item
from humasbot.errors import ConfigError, FetchError, InputError
from humasbot.net import Http
from humasbot.sources import registry
from humasbot.sources.base import Source, read_settings
from humasbot.sources.feed import Feed
from humasbot.sources.images import fetch_image, image_type
from humasbot.sources.junk import junk_reason
from humasbot.sources.page import read_markdown

# --- Markdown ----------------------------------------------------------------------------------------------------


def test_a_whole_announcement():
    item = read_markdown(
        "---\ntitle: 'Imunisasi: Gratis'\nurl: https://x.go.id/imunisasi?utm_source=a\nimage: https://x.go.id/a.jpg\n"
        "alt: Perawat menyuntik\ndate: 5 Mei 2026 10.00\nlayout: abaikan\n---\n"
        "Ayo **datang** ke [posko](https://x.go.id/posko).\n\n- Senin\n- Selasa\n",
        "imunisasi.md",
        ZoneInfo("Asia/Makassar"),
    )
    assert (item.title, item.url, item.key) == (
        "Imunisasi: Gratis",
        "https://x.go.id/imunisasi",
        "https://x.go.id/imunisasi",
    )
    assert item.text == "Ayo datang ke posko (https://x.go.id/posko).\n\n- Senin\n- Selasa"
    assert item.published == datetime(2026, 5, 5, 2, tzinfo=UTC)
    assert (item.image_url, item.image_alt) == ("https://x.go.id/a.jpg", "Perawat menyuntik")


@pytest.mark.parametrize(
    ("text", "title", "body"),
    [
        ("# Judul\n\nIsi satu.\nBaris dua.", "Judul", "Isi satu.\nBaris dua."),
        ("\ufeff# Judul *miring*\r\n\r\nIsi & <b>tebal</b> 5 < 6", "Judul miring", "Isi & tebal 5 < 6"),
        ("Judul\n=====\n\nIsi", "Judul", "Isi"),
        ("Pembuka.\n\n## Judul\n\nIsi", "Judul", "Pembuka.\n\nIsi"),
        ("---\njudul: Dari depan\n---\n# Subjudul\n\nIsi", "Dari depan", "Subjudul\n\nIsi"),
        ("---\njudul: Sama\n---\n# Sama\n\nIsi", "Sama", "Isi"),
        ("# Judul saja", "Judul saja", ""),
        ("# J\n\n<https://x.go.id/a> dan https://x.go.id/b", "J", "https://x.go.id/a dan https://x.go.id/b"),
        ("# J\n\n![Foto](https://x/a.jpg)\n\n```\nkode  x\n```", "J", "kode x"),
        ("# J\n\n<script>alert(1)</script>\n\nIsi", "J", "Isi"),
        ("# J\n\n1. satu\n2. dua\n\n> kutipan", "J", "1. satu\n2. dua\n\nkutipan"),
    ],
)
def test_markdown_becomes_plain_text(text, title, body):
    item = read_markdown(text, "-")
    assert (item.title, item.text) == (title, body)


def test_without_an_address_the_key_is_of_the_words():
    one, same, other = (read_markdown(text, "-") for text in ("# A\n\nisi", "#  A\n\n isi", "# A\n\nlain"))
    assert one.key == same.key != other.key
    assert one.url == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "tanpa judul"), ("Hanya teks.", "tanpa judul"), ("# \n\nx", "tanpa judul"), ("\x00", "bukan teks"),
     ("# J\n" * 100_000, "bukan teks"), ("---\nurl: x.go.id\n---\n# J", "url"),
     ("---\ngambar: foto.jpg\n---\n# J", "image"),
     ("---\ntanggal: besok\n---\n# J", "besok")],
)  # fmt: skip
def test_markdown_that_will_not_do(text, words):
    with pytest.raises(InputError, match=words) as caught:
        read_markdown(text, "berkas.md")
    assert "berkas.md" in str(caught.value)


markdown_bits = st.sampled_from(
    ["# ", "---\n", "title: ", "x", "[", "](", ")", "\n", "`", "*", "<", "> ", "\ud800"]
)


@settings(deadline=None)
@given(st.text(max_size=200) | st.lists(markdown_bits).map("".join))
def test_any_markdown_is_read_or_refused(text):
    try:
        item = read_markdown(text, "-")
    except InputError:
        return
    assert item.title
    assert item.digest


# --- junk --------------------------------------------------------------------------------------------------------

LONG = "Bupati membuka pasar murah di alun-alun kota pada hari Senin pagi."


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("tes", LONG), ("Test", LONG), ("TESTING 123", LONG), ("tes tes", LONG), ("Coba posting", LONG),
        ("coba-coba", LONG),
        ("uji coba", LONG), ("Ini tes", LONG), ("Judul Berita", LONG), ("asdfghjkl", LONG), ("qwerty", LONG),
        ("asdasd asd", LONG),
        ("aaaaaa", LONG), ("xxxx", LONG), ("...", LONG), ("123", LONG), ("!!! ???", LONG), ("", LONG), ("  ", LONG),
        ("Hello world!", "Welcome to WordPress."), ("Halo dunia!", LONG), ("Sample Page", LONG), ("HUT", LONG),
        ("Berita hari ini", "Lorem ipsum dolor sit amet, consectetur"), ("Lorem Ipsum", LONG), ("Berita hari ini", ""),
        ("Berita hari ini", "ok"), ("Berita hari ini", "tes tes"), ("Berita hari ini", "asdfghjkl asdfghjkl"),
        ("Selamat datang", "Welcome to WordPress. This is your first post. Edit or delete it, then start writing!"),
    ],
)  # fmt: skip
def test_junk_is_held(title, text):
    assert junk_reason(Item(key="1", url="", title=title, text=text))


@pytest.mark.parametrize(
    "title",
    [
        "Tes CPNS Dimulai Senin", "Hasil Tes Seleksi PPPK Diumumkan", "Contoh Surat Permohonan",
        "Uji Coba Bus Listrik Dimulai",
        "Sample Darah Diambil Petugas", "Bupati: Jangan Coba-Coba Korupsi", "Percobaan Pembunuhan Digagalkan",
        "HUT ke-81 RI",
        "PPDB 2026", "Wawawa, Wakil Wali Kota Wafat", "Rapat OPD", "PKK", "Doa Bersama", "Hu'u Siap Panen",
        "Lomba Cerdas Cermat",
        "Draf Perda Disepakati", "Testimoni Warga", "ASN Wajib Netral", "Fgd Kominfo", "Sapa Warga",
    ],
)  # fmt: skip
def test_news_is_not_held(title):
    reason = junk_reason(Item(key="1", url="", title=title, text=LONG))
    assert reason is None or title == "PKK"


def test_a_teaser_is_text_enough():
    assert junk_reason(Item(key="1", url="", title="Pasar Murah Dibuka", summary=LONG)) is None


@settings(deadline=None)
@given(st.text(max_size=60), st.text(max_size=200))
def test_any_item_can_be_judged(title, text):
    reason = junk_reason(Item(key="1", url="", title=title, text=text))
    assert reason is None or (reason and "\n" not in reason)


# --- pictures ----------------------------------------------------------------------------------------------------

JPEG, PNG, WEBP = b"\xff\xd8\xff\xe0rest", b"\x89PNG\r\n\x1a\nrest", b"RIFF\x10\x00\x00\x00WEBPVP8 rest"


@pytest.mark.parametrize(("data", "kind"), [(JPEG, "image/jpeg"), (PNG, "image/png"), (WEBP, "image/webp")])
def test_pictures_are_known_by_their_bytes(site, http, data, kind):
    assert fetch_image(site.serve("/a", data, Content_Type="text/html"), http) == data
    assert image_type(data) == kind


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"<!DOCTYPE html><html>", "halaman web"), (b"<svg xmlns='x'>", "SVG"), (b"GIF89a..", "GIF"), (b"%PDF-1", "PDF"),
     (b"\x00\x00\x00\x18ftypheic", "HEIC"), (b"RIFF\x10\x00\x00\x00WAVE", "tak dikenal"), (b"", "kosong")],
)  # fmt: skip
def test_what_is_no_picture_is_named(site, http, data, words):
    with pytest.raises(FetchError, match=words):
        fetch_image(site.serve("/a.jpg", data, Content_Type="image/jpeg"), http)


def test_pictures_too_large_missing_or_inside(site, http):
    site.serve("/besar.jpg", JPEG + b"x" * 2_000_000)
    with pytest.raises(FetchError, match="1 MB"):
        fetch_image(site.url + "/besar.jpg", http, max_bytes=1_000_000)
    with pytest.raises(FetchError, match="404") as caught:
        fetch_image(site.url + "/tidak-ada.jpg?X-Amz-Signature=rahasia", http)
    assert "rahasia" not in str(caught.value)
    with pytest.raises(FetchError, match="allow_hosts"):
        fetch_image(site.url + "/besar.jpg", Http(guard=True))


# --- registry ----------------------------------------------------------------------------------------------------


class Stranger(Source):
    kind = "stranger"

    @classmethod
    def from_settings(cls, settings, http):
        read_settings(cls, settings)
        return cls()

    def fetch(self, state, now):
        return Found()

    def check(self):
        return "ok"


@pytest.fixture
def installed(monkeypatch):
    points: list[EntryPoint] = []

    def entry_points(**wanted):
        return EntryPoints(points).select(**wanted)

    monkeypatch.setattr(registry, "entry_points", entry_points)
    return points


def test_our_kinds_and_a_strangers(installed):
    assert set(registry.source_kinds()) == {
        "bmkg_earthquake",
        "bmkg_forecast",
        "bmkg_warning",
        "drupal",
        "feed",
        "file",
        "folder",
        "ics",
        "joomla",
        "opensid",
        "page",
        "sitemap",
        "sql",
        "wordpress",
    }
    for kind in registry.source_kinds():
        assert registry.source_kind(kind).kind == kind
    installed.append(EntryPoint("stranger", f"{__name__}:Stranger", registry.GROUP))
    assert "stranger" in registry.source_kinds()
    assert registry.source_kind("stranger").from_settings({}, Http()).check() == "ok"


@pytest.mark.parametrize(
    ("name", "target", "words"),
    [
        ("wordpres", "", "wordpress"),
        ("feed", "orang.lain:Feed", "lebih dari satu"),
        ("baru", "tidak_ada_modul:X", "tidak dapat dipakai"),
        ("baru", "humasbot.content:Item", "Source"),
        ("baru", "humasbot.sources.base:Source", "Source"),
    ],
)
def test_kinds_that_cannot_be_used(installed, name, target, words):
    if target:
        installed.append(EntryPoint(name, target, registry.GROUP))
    with pytest.raises(ConfigError, match=words):
        registry.source_kind(name)


def test_sources_without_an_address_in_order(http):
    with pytest.raises(ConfigError, match="http"):
        Feed.from_settings({"url": "feed.xml"}, http)
