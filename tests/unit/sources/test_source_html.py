"""Markup to text, encodings, addresses: known results, and nothing that a stranger can send breaks them."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from humasbot.sources.address import canonical_url, is_presigned, page_of, same_site
from humasbot.sources.decoding import decode
from humasbot.sources.html import LONGEST_TEXT, first_image, head_links, to_line, to_text
from humasbot.sources.text import clean

# --- text --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p>Satu</p><p>Dua<br>tiga</p>", "Satu\n\nDua\ntiga"),
        ("<p>Baris\nyang   panjang</p>", "Baris yang panjang"),
        ("<ul><li>a</li><li><p>b</p></li></ul>", "- a\n- b"),
        ("<ol><li>x<li>y</ol>penutup", "1. x\n2. y\n\npenutup"),
        ("<table><tr><th>No<th>Nama<tr><td>1<td><p>Ani</p><p>Budi</p></table>", "No | Nama\n1 | Ani Budi"),
        ("<table><tr><td><p>satu</p><p>dua</p></td></tr></table>", "satu\n\ndua"),
        ("<h2>Judul</h2>isi", "Judul\n\nisi"),
        ("<pre>a\n b</pre>", "a\nb"),
        ("a<!-- diam -->b<script>alert(1)</script><style>p{}</style>c", "abc"),
        ("<figure><img src=x><figcaption>Foto: Humas</figcaption></figure>isi", "isi"),
        ("<b>tebal</b><i>miring</i> <a href=x>tautan</a>", "tebalmiring tautan"),
        ("Nilai < 5 dan > 3, R&D", "Nilai < 5 dan > 3, R&D"),
        ("Hu&#8217;u &ndash; Dompu&nbsp;&copy;", "Hu’u – Dompu ©"),
        # entities escaped twice, as OpenSID does
        ("Rapat &amp;amp; doa&amp;nbsp;bersama &amp;#8211; selesai", "Rapat & doa bersama – selesai"),
        ("&lt;p&gt;Satu&lt;/p&gt;&lt;p&gt;Dua&lt;/p&gt;", "Satu\n\nDua"),
        ("harga &lt; 5 &amp; &gt; 3", "harga < 5 & > 3"),
        # a cut character at the end goes, one in the middle stays to be seen
        ("hadir pula Bupati\ufffd...", "hadir pula Bupati..."),
        ("ka\ufffdupaten", "ka\ufffdupaten"),
        # invisible and direction-forcing characters
        ("se\u00adpa\u200brang\u202e 1", "separang 1"),
        ("\ud800x", "\ufffdx"),
        ("👨‍👩‍👧 keluarga", "👨‍👩‍👧 keluarga"),
        ("", ""),
        ("   ", ""),
        ("<p>&nbsp;</p><p> </p>", ""),
        ("<", "<"),
        ("<div>" * 300 + "dalam", "dalam"),
    ],
)
def test_markup_becomes_text(markup, expected):
    assert to_text(markup) == expected


def test_raw_wordpress_text_keeps_its_paragraphs():
    raw = "Para satu\nbaris dua\r\n\r\nPara <b>dua</b>\n<ul>\n<li>a</li>\n<li>b</li>\n</ul>"
    assert to_text(raw, newlines=True) == "Para satu\nbaris dua\n\nPara dua\n\n- a\n- b"


def test_a_title_is_one_line():
    assert (
        to_line(" Bupati\n<br>&#8220;Resmikan&#8221;  Pasar &amp;amp; Jalan ")
        == "Bupati “Resmikan” Pasar & Jalan"
    )


@pytest.mark.parametrize(
    "markup",
    [
        "<div>" * 400_000, "<b>" * 200_000, "<p>a" * 400_000, "<table><tr><td>" * 100_000, "<ol><li>x" * 150_000,
        "<li>x" * 100_000, "<a " + "b=c " * 400_000, "&amp;" * 400_000, "&" * 2_000_000, "<" * 2_000_000,
        "<![CDATA[" * 200_000, "<!--" * 400_000, "x" * 3_000_000, "\n\n" * 1_000_000, "<br>" * 150_000,
        "&lt;p&gt;" * 200_000, "<img src=x " * 150_000, "\x1e\x1f\x1d" * 500_000, "�" * 1_000_000,
    ],
)  # fmt: skip
@pytest.mark.slow
def test_hostile_markup_neither_hangs_nor_grows(markup):
    started = time.process_time()
    text = to_text(markup)
    first_image(markup, "https://a.example/")
    assert len(text) <= LONGEST_TEXT
    assert time.process_time() - started < 8


pieces = st.sampled_from(
    ["<p>", "</p>", "<td>", "<tr>", "<table>", "</table>", "<li>", "<ol>", "</ol>", "<br>", "<script>", "</script>",
     "<pre>", "&amp;", "&amp;amp;", "&lt;b&gt;", "&#0;", "&#xD800;", "&nbsp;", "<!--", "-->", "<![CDATA[", "]]>",
     "\x00", "\x1e", "\n", "<img src='", "'>", "<x:y z=\"", "\">", "teks", "\ufffd", "\ud800", "<"]
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(pieces | st.text(max_size=8), max_size=60).map("".join))
def test_any_markup_gives_clean_text(markup):
    text = to_text(markup)
    assert text == clean(text)
    assert not any(ord(c) < 32 and c != "\n" for c in text)
    text.encode()
    to_text(markup, newlines=True).encode()
    address, alt = first_image(markup, "https://a.example/b/")
    assert address == "" or address.startswith(("http://", "https://"))
    alt.encode()


@settings(deadline=None)
@given(st.text())
def test_cleaning_twice_changes_nothing(text):
    assert clean(clean(text)) == clean(text)


# --- pictures and links ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ('<img src="/foto a.jpg" alt="Bupati &amp; Wabup">', ("https://x.go.id/foto%20a.jpg", "Bupati & Wabup")),
        ('<img src="data:image/gif;base64,xx" data-src="b.png">', ("https://x.go.id/berita/b.png", "")),
        ('<img src="https://s.w.org/images/core/emoji/1.png"><img src="c.webp">',
         ("https://x.go.id/berita/c.webp", "")),
        ('<img src=p.png width=1 height=1><img src="logo.svg"><img src="d.jpg" width=600>',
         ("https://x.go.id/berita/d.jpg", "")),
        ("<img><img src=''><img src='javascript:x'>", ("", "")),
        ("tanpa gambar", ("", "")),
    ],
)  # fmt: skip
def test_the_first_real_picture(markup, expected):
    assert first_image(markup, "https://x.go.id/berita/1") == expected


def test_the_links_of_a_head():
    links = head_links(
        '<link rel="Alternate HOME" type="application/rss+xml; x" href="/feed"><link rel=x>', "https://a/"
    )
    assert [(sorted(link.rel), link.kind, link.href) for link in links] == [
        (["alternate", "home"], "application/rss+xml", "https://a/feed")
    ]


# --- addresses ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTPS://WWW.X.go.id:443/a b?utm_source=x&id=1&fbclid=2#f", "https://www.x.go.id/a%20b?id=1"),
        ("http://x.go.id", "http://x.go.id/"),
        ("http://x.go.id:8080/?p=1&&b=", "http://x.go.id:8080/?p=1&b="),
        ("/berita/1", "https://dasar.go.id/berita/1"),
        ("//cdn.x/y.jpg", "https://cdn.x/y.jpg"),
        ("http://x/ a\n/b", "http://x/%20a/b"),
        ("http://[::1]:80/x", "http://[::1]/x"),
        ("http://x/%41%zz", "http://x/%41%zz"),
        ("http://x/berita/é", "http://x/berita/%C3%A9"),
        ("", ""), ("javascript:alert(1)", ""), ("mailto:a@b", ""), ("http://u:p@x/", ""), ("http://", ""),
        ("http://a b/", ""), ("http://[", ""), ("http://a:b/", ""), ("http://x/" + "y" * 3000, ""),
        ("http://x\\@y/", ""),
    ],
)  # fmt: skip
def test_canonical_addresses(url, expected):
    assert canonical_url(url, "https://dasar.go.id/z/") == expected


@settings(deadline=None)
@given(
    st.text(max_size=60) | st.from_regex(r"https?://[a-z.:@\[\]%0-9]{1,20}(/[^\s]{0,20})?", fullmatch=True)
)
def test_a_canonical_address_stays_canonical(url):
    once = canonical_url(url)
    assert canonical_url(once) == once
    page_of(url).encode()


def test_one_page_under_several_addresses():
    variants = ["http://www.x.go.id/a/", "https://x.go.id/a", "https://x.go.id/a?utm_medium=wa#isi"]
    assert {page_of(url) for url in variants} == {"x.go.id/a"}
    assert page_of("https://x.go.id/?p=1") != page_of("https://x.go.id/?p=2")
    assert same_site("http://www.X.go.id/a", "https://x.go.id/b")
    assert not same_site("https://x.go.id/", "https://x.go.id.evil.example/")
    assert not same_site("", "")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://s3.x/a.jpg?X-Amz-Algorithm=A&X-Amz-Expires=60&X-Amz-Signature=b", True),
        ("https://x.blob.example/a.jpg?se=2026-01-01&sig=abc", True),
        ("https://x/a.jpg?Expires=1&Signature=b&Key-Pair-Id=c", True),
        ("https://x/a.jpg?v=2", False),
    ],
)
def test_presigned_addresses_are_known(url, expected):
    assert is_presigned(url) is expected


# --- encodings ---------------------------------------------------------------------------------------------------

UTF8 = "Bupati “Ani” – Désa"


@pytest.mark.parametrize(
    ("body", "kind", "expected"),
    [
        (UTF8.encode(), "", UTF8),
        (UTF8.encode(), "text/xml; charset=iso-8859-1", UTF8),
        (UTF8.encode("utf-8-sig"), "", UTF8),
        (UTF8.encode("utf-16"), "", UTF8),
        (("<rss>" + UTF8).ljust(80).encode("utf-16-be"), "", ("<rss>" + UTF8).ljust(80)),
        # one cut character does not spoil the rest
        (UTF8.encode() + b" sampai \xe2\x80...</d>" + UTF8.encode(), "", UTF8 + " sampai \ufffd...</d>" + UTF8),
        (b"polos saja \xe2\x80...</d>", "", "polos saja \ufffd...</d>"),
        (b"polos saja \xc3</description>", "", "polos saja \ufffd</description>"),
        # windows-1252 only when truly so
        (b"caf\xe9 \x93x\x94 2\x96 3</t>", "", "café “x” 2– 3</t>"),
        (b"caf\xe9</t>", "text/xml; charset=windows-1252", "café</t>"),
        (b"caf\xe9</t>", "text/xml; charset=ISO-8859-1", "café</t>"),
        (b'<?xml version="1.0" encoding="iso-8859-15"?>\xa4uro', "",
         '<?xml version="1.0" encoding="iso-8859-15"?>€uro'),
        # both in one feed: each as it is
        (UTF8.encode() + b" caf\xe9 \x93x\x94", "", UTF8 + " café “x”"),
        # an encoding nobody should be asked to run
        (b"caf\xe9 a", "text/xml; charset=unicode_escape", "café a"),
        (b"", "", ""),
    ],
)  # fmt: skip
def test_bytes_become_text(body, kind, expected):
    assert decode(body, kind) == expected


@settings(deadline=None)
@given(st.text(min_size=1).filter(lambda text: "\x00" not in text), st.data())
def test_one_broken_byte_touches_nothing_else(text, data):
    """Any UTF-8 text with one character cut at its end is read as UTF-8, all of it but the cut."""
    cut = data.draw(st.sampled_from(["é", "–", "“", "👍"])).encode()
    length = data.draw(st.integers(1, len(cut) - 1))
    decoded = decode(text.encode() + "é".encode() + cut[:length] + b"...</x>" + text.encode())
    assert decoded == text.removeprefix("\ufeff") + "é\ufffd...</x>" + text


@settings(deadline=None)
@given(
    st.binary(max_size=300),
    st.sampled_from(["", "charset=utf-16", "charset=latin1", "charset=zip", "charset=ab cd"]),
)
def test_any_bytes_can_be_decoded(body, kind):
    decode(body, kind).encode("utf-8", "surrogatepass")
