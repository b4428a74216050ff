"""One announcement at one address: from REST, from the feed, from the page; and clear words where there is none."""

import json
import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from fake_wordpress import FakeWordPress
from feed_texts import entry, rss
from hypothesis import given, settings
from hypothesis import strategies as st

from humasbot.errors import FetchError, InputError
from humasbot.net import Http
from humasbot.sources.dates import WIB
from humasbot.sources.page import read_page
from humasbot.sources.page_html import page_item, read_html

PARAGRAPH = (
    "Pemerintah kabupaten membuka posko pengaduan layanan publik di setiap kecamatan mulai pekan depan. "
)
BODY = "".join(f"<p>Paragraf {n}. {PARAGRAPH * 2}</p>" for n in range(5))


def article(head="", body=BODY, title="Posko Pengaduan Dibuka"):
    return (
        f'<!DOCTYPE html><html lang="id"><head><meta charset="utf-8"><title>{title} - Kabupaten X</title>{head}</head>'
        f'<body><nav><a href="/">Beranda</a><a href="/profil">Profil</a></nav><article><h1>{title}</h1>{body}</article>'
        "<aside>Berita populer: lainnya</aside><footer>Hak cipta Kabupaten X</footer></body></html>"
    )


def serve(site, text, path="/berita/1", **headers):
    return site.serve(path, text, Content_Type=headers.pop("kind", "text/html; charset=utf-8"), **headers)


# --- the page itself ---------------------------------------------------------------------------------------------


def test_a_plain_page_with_opengraph(site, http):
    url = serve(
        site,
        article(
            '<meta property="og:title" content="Posko Pengaduan Dibuka"><meta property="og:image" content="/foto.jpg">'
            '<meta property="og:image:alt" content="Warga &amp; petugas">'
            '<meta property="og:description" content="Singkat.">'
            '<meta property="article:published_time" content="2026-11-22T10:00:00+07:00">'
            '<meta property="article:section" content="Layanan"><meta name="author" content="Humas">'
            '<link rel="canonical" href="/berita/posko">'
        ),
    )
    item = read_page(url + "?utm_source=wa&fbclid=x", http)
    assert item.url == item.key == site.url + "/berita/posko"
    assert item.title == "Posko Pengaduan Dibuka"
    assert item.text.startswith("Paragraf 0. Pemerintah kabupaten")
    assert "\n\nParagraf 4." in item.text
    assert "Beranda" not in item.text
    assert "Hak cipta" not in item.text
    assert item.summary == "Singkat."
    assert item.published == datetime(2026, 11, 22, 3, tzinfo=UTC)
    assert item.image_url == site.url + "/foto.jpg"
    assert (item.image_alt, item.author, item.categories, item.language) == (
        "Warga & petugas",
        "Humas",
        ("Layanan",),
        "id",
    )
    assert "utm_source" not in site.asked[0].target


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        ('<meta name="date" content="05 Agustus 2019">', "", "2019-08-04T16:00"),
        ("", '<time datetime="2026-01-02">x</time>', "2026-01-01T16:00"),
        ("", "<time>Senin, 5 Mei 2025 10.00 WIB</time>", "2025-05-05T03:00"),
        ('<script type="application/ld+json">{"@graph":[{"@type":"WebPage"},{"@type":["NewsArticle"],'
         '"datePublished":"2026-01-02T03:04:05Z"}]}</script>', "", "2026-01-02T03:04:05"),
        ('<script type="application/ld+json">{rusak</script>', "", None),
        ("", "", None),
    ],
)  # fmt: skip
def test_where_the_date_is_found(site, http, head, body, expected):
    item = read_page(serve(site, article(head, body + BODY)), http, ZoneInfo("Asia/Makassar"))
    assert item.published == (expected and datetime.fromisoformat(expected).replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ('<meta property="og:title" content="Posko Pengaduan Dibuka - Kabupaten X">', "Posko Pengaduan Dibuka"),
        ('<meta property="og:title" content="Judul Lain: HUT ke-81 - RI"><meta property="og:site_name" content="X">',
         "Judul Lain: HUT ke-81 - RI"),
        ('<meta property="og:title" content="Judul Lain | Dinas Y"><meta property="og:site_name" content="Dinas Y">',
         "Judul Lain"),
        ('<meta property="og:title" content="A &amp;amp; B &quot;C&quot;">', 'A & B "C"'),
        ("", "Posko Pengaduan Dibuka"),
    ],
)  # fmt: skip
def test_the_title_is_without_the_sites_name(site, http, head, expected):
    assert read_page(serve(site, article(head)), http).title == expected


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ('<link rel="canonical" href="https://lain.example/berita/1">', "/berita/1"),
        ('<link rel="canonical" href="/">', "/berita/1"),
        ('<link rel="canonical" href="/index.php">', "/berita/1"),
        ('<link rel="canonical" href="javascript:x">', "/berita/1"),
        ('<meta property="og:url" content="/berita/kanonik?utm_medium=x">', "/berita/kanonik"),
        ('<link rel="canonical" href="/berita/?id=7&amp;utm_campaign=z">', "/berita/?id=7"),
    ],
)
def test_the_canonical_address_is_believed_on_the_same_site_only(site, http, head, expected):
    assert read_page(serve(site, article(head)), http).url == site.url + expected


def test_a_page_in_an_old_encoding(site, http):
    body = article(title="Café “Désa”").replace("utf-8", "windows-1252").encode("windows-1252")
    assert read_page(serve(site, body, kind="text/html"), http).title == "Café “Désa”"


def test_a_redirect_gives_the_last_address(site, http):
    serve(site, article())
    site.serve("/pendek", "", 301, Location="/berita/1")
    assert read_page(site.url + "/pendek", http).url == site.url + "/berita/1"


# --- WordPress ---------------------------------------------------------------------------------------------------


def wordpress_page(wp, site, number, head):
    wp.publish("Judul & “Kutip”", extra={})
    serve(site, article(head.replace("{site}", site.url)), f"/berita/{number}/")
    return f"{site.url}/berita/{number}/"


API = '<link rel="https://api.w.org/" href="{site}/wp-json/">'


@pytest.mark.parametrize(
    ("head", "pretty"),
    [
        (API + '<link rel="alternate" type="application/json" href="{site}/wp-json/wp/v2/posts/10">', True),
        ('<link rel="https://api.w.org/" href="{site}/index.php?rest_route=/">'
         '<link rel="alternate" type="application/json" href="{site}/index.php?rest_route=/wp/v2/posts/10">', False),
        ('<link rel="https://api.w.org/" href="{site}/?rest_route=/">'
         '<link rel="alternate" title="JSON" type="application/json" '
         'href="{site}/?rest_route=%2Fwp%2Fv2%2Fposts%2F10">', False),
        (API, True),
        ('<link rel="stylesheet" href="{site}/wp-content/themes/x/style.css">', True),
    ],
)  # fmt: skip
def test_a_wordpress_page_is_read_through_rest(site, http, now, head, pretty):
    wp = FakeWordPress(site, now)
    wp.pretty = pretty
    item = read_page(wordpress_page(wp, site, 10, head), http)
    assert item.key == "10"
    assert item.title == "Judul & “Kutip”"
    assert item.text == "Isi berita yang cukup panjang untuk dibaca warga."


def test_the_number_in_the_bodys_class_will_do(site, http, now):
    wp = FakeWordPress(site, now)
    wp.publish("Lewat kelas")
    text = article(API.replace("{site}", site.url)).replace("<body>", '<body class="single postid-10 x">')
    assert read_page(serve(site, text, "/berita/10/"), http).title == "Lewat kelas"
    assert "include=10" in site.asked[-1].target


def test_the_link_header_will_do(site, http, now):
    wp = FakeWordPress(site, now)
    wp.publish("Lewat header")
    link = (
        f'<{site.url}/wp-json/>; rel="https://api.w.org/", '
        f'<{site.url}/wp-json/wp/v2/posts/10>; rel="alternate"; type="application/json"'
    )
    url = serve(site, article(), "/berita/10/", Link=link)
    assert read_page(url, http).title == "Lewat header"


@pytest.mark.parametrize(
    "head",
    [
        # another post, a category, another site's interface, a broken number
        API + '<link rel="alternate" href="{site}/wp-json/wp/v2/posts/11">',
        API + '<link rel="alternate" href="{site}/wp-json/wp/v2/categories/10">',
        '<link rel="https://api.w.org/" href="http://localhost:1/wp-json/"><link rel="alternate" href="http://localhost:1/wp-json/wp/v2/posts/10">',
    ],
)  # fmt: skip
def test_rest_that_does_not_know_the_page_is_not_believed(site, http, now, head):
    wp = FakeWordPress(site, now)
    wp.publish("Satu")
    wp.publish("Dua")
    url = serve(site, article(head.replace("{site}", site.url)), "/berita/99/")
    assert read_page(url, http).title == "Posko Pengaduan Dibuka"


def test_closed_rest_falls_back_to_the_page(site, http):
    site.serve("/wp-json/wp/v2/posts", "{}", 403)
    url = serve(site, article(API.replace("{site}", site.url)))
    assert read_page(url, http).title == "Posko Pengaduan Dibuka"


# --- the feed ----------------------------------------------------------------------------------------------------

FEED = '<link rel="alternate" type="application/rss+xml" href="/feed/">'


def test_the_entry_of_the_sites_feed(site, http):
    extra = '<guid isPermaLink="false">nomor-7</guid><pubDate>Kam, 10 Okt 2024 10:00:00 WIB</pubDate>'
    site.serve(
        "/feed/",
        rss(entry("Judul di umpan", f"{site.url}/berita/1/?utm_source=rss", "<p>Cuplikan …</p>", extra)),
    )
    item = read_page(serve(site, article(FEED)), http)
    assert (item.key, item.title, item.url) == ("nomor-7", "Judul di umpan", site.url + "/berita/1")
    assert item.published == datetime(2024, 10, 10, 3, tzinfo=UTC)
    assert item.text.startswith("Paragraf 0.")
    assert item.summary == "Cuplikan …"


@pytest.mark.parametrize("feed", [rss(entry("Lain", "https://lain.example/1")), "rusak", ""])
def test_a_feed_without_the_page_changes_nothing(site, http, feed):
    site.serve("/feed/", feed)
    assert read_page(serve(site, article(FEED)), http).title == "Posko Pengaduan Dibuka"


def test_the_feed_of_another_site_is_not_asked(site, http):
    head = '<link rel="alternate" type="application/rss+xml" href="http://169.254.169.254/feed">'
    assert read_page(serve(site, article(head)), http).title == "Posko Pengaduan Dibuka"


# --- none to be had ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (b"", "text/html", "kosong"),
        (b"  \n ", "text/html", "kosong"),
        (b"%PDF-1.7 x", "application/pdf", "PDF"),
        (b"%PDF-1.7 x", "text/html", "PDF"),
        (b"\xff\xd8\xff\xe0", "image/jpeg", "image/jpeg"),
        (b'{"a": 1}', "application/json", "application/json"),
        (b"<?xml version='1.0'?><!-- x --><rss version='2.0'></rss>", "text/xml", "umpan"),
        (b"PK\x03\x04", "", "bukan halaman"),
        (b"<html><body></body></html>", "text/html", "tidak ada berita"),
        (b"<html><body><a href=/>x</a></body></html>", "text/html", "tidak ada berita"),
        (
            article(body="<p>Maaf.</p>", title="404 Halaman Tidak Ditemukan").encode(),
            "text/html",
            "tidak ditemukan",
        ),
        (
            article(body="<form><input type=password></form>", title="Login").encode(),
            "text/html",
            "meminta masuk",
        ),
    ],
)
def test_what_holds_no_announcement(site, http, body, kind, words):
    with pytest.raises(InputError, match=words) as caught:
        read_page(serve(site, body, kind=kind), http)
    assert site.url in str(caught.value)


def test_a_redirect_to_a_login_page(site, http):
    site.serve("/rahasia", "", 302, Location="/wp-login.php?redirect_to=x")
    serve(site, article(body=BODY + "<form><input type=password></form>"), "/wp-login.php")
    with pytest.raises(InputError, match="meminta masuk"):
        read_page(site.url + "/rahasia", http)


def test_a_login_form_beside_an_article_does_no_harm(site, http):
    url = serve(site, article(body=BODY + "<form><input type=password></form>"))
    assert read_page(url, http).title == "Posko Pengaduan Dibuka"


@pytest.mark.parametrize(
    ("status", "kind"),
    [(404, InputError), (410, InputError), (403, InputError), (500, FetchError), (429, FetchError)],
)
def test_refusals(site, http, status, kind):
    site.serve("/berita/1", article(), status)
    with pytest.raises(kind, match=str(status)):
        read_page(site.url + "/berita/1", http)


def test_a_page_of_forty_megabytes(site, http):
    with pytest.raises(InputError, match="10 MB"):
        read_page(serve(site, b"<html>" + b" " * 40_000_000), http)


@pytest.mark.parametrize(
    "url", ["", "x.go.id", "ftp://x/", "javascript:1", "http://", "http://[", "berkas.md"]
)
def test_what_is_no_address(http, url):
    with pytest.raises(InputError, match="bukan alamat"):
        read_page(url, http)


def test_inner_addresses_and_absent_sites(site):
    with pytest.raises(InputError, match="allow_hosts"):
        read_page(serve(site, article()), Http(guard=True))
    site.close()
    with pytest.raises(FetchError):
        read_page(site.url, Http())


# --- hostility ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("piece", "times"),
    [
        ("<div>", 29_000), ("<p>kata ", 29_000), ("<a href=x>", 29_000), ("<table><tr><td>x</td></tr></table>", 4_900),
        ("<meta name=a content=b>", 50_000), ("<link rel=canonical href=/x>", 50_000), ("<h1>x", 50_000),
        ("<article>", 30_000), ("<main><article>", 30_000), ("<time>", 50_000), ("&amp;", 300_000), ("<", 2_000_000),
        ("<script type='application/ld+json'>[[[[", 10_000), ("<span>a", 200_000), ("<input type=text>", 50_000),
    ],
)  # fmt: skip
def test_hostile_pages_end_soon(piece, times):
    started = time.process_time()
    page_item(read_html("<html><body>" + piece * (times // 5), "https://x.go.id/a"), WIB)
    assert time.process_time() - started < 5


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_mutated_pages_are_read(data):
    head = '<meta property="og:title" content="A"><script type="application/ld+json">{"@type":"NewsArticle"}</script>'
    text = bytearray(article(head).encode())
    bits = [
        b"<",
        b">",
        b'"',
        b"\x00",
        b"\xff",
        b"</html>",
        b"<html>",
        b"</article>",
        b"<meta",
        b"&#xD800;",
        b"<h1>",
        b"[1]",
        b"<!--",
    ]
    for _ in range(data.draw(st.integers(1, 10))):
        start = data.draw(st.integers(0, len(text)))
        text[start : start + data.draw(st.integers(0, 30))] = data.draw(
            st.sampled_from(bits) | st.binary(max_size=4)
        )
    item = page_item(read_html(bytes(text).decode("utf-8", "surrogateescape"), "https://x.go.id/a"), WIB)
    assert item.digest
    assert json.dumps(item.title).isascii()
