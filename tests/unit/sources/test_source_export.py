"""A WordPress export on disk: read as it was published, and nothing beyond its folder."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from humasbot.content import Item
from humasbot.errors import ConfigError, FetchError
from humasbot.net import Http
from humasbot.sources.export import Export
from humasbot.sources.export_xml import read_posts

JPEG = b"\xff\xd8\xff\xe0rest"
SPACES = (
    'xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:wp="http://wordpress.org/export/1.2/"'
)


def post(number=1, title="Judul", content="<p>Isi.</p>", *, kind="post", status="publish", extra=""):
    return (
        f"<item><title><![CDATA[{title}]]></title><link>https://x.go.id/berita/{number}/</link>"
        "<pubDate>Sun, 22 Nov 2026 03:00:00 +0000</pubDate><dc:creator><![CDATA[humas]]></dc:creator>"
        f'<guid isPermaLink="false">https://x.go.id/?p={number}</guid><description></description>'
        f"<content:encoded><![CDATA[{content}]]></content:encoded><excerpt:encoded><![CDATA[Ringkas]]></excerpt:encoded>"
        f"<wp:post_id>{number}</wp:post_id><wp:post_date><![CDATA[2026-11-22 10:00:00]]></wp:post_date>"
        "<wp:post_date_gmt><![CDATA[2026-11-22 03:00:00]]></wp:post_date_gmt>"
        "<wp:post_modified_gmt>2026-11-22 04:00:00</wp:post_modified_gmt>"
        f"<wp:status><![CDATA[{status}]]></wp:status><wp:post_type><![CDATA[{kind}]]></wp:post_type>"
        '<category domain="category" nicename="umum"><![CDATA[Umum & Lainnya]]></category>'
        '<category domain="post_tag" nicename="t"><![CDATA[tag]]></category>'
        '<category domain="category" nicename="uncategorized"><![CDATA[Uncategorized]]></category>'
        f"{extra}</item>"
    )


def meta(key, value):
    pair = f"<wp:meta_key>{key}</wp:meta_key><wp:meta_value><![CDATA[{value}]]></wp:meta_value>"
    return f"<wp:postmeta>{pair}</wp:postmeta>"


def picture(number, where, alt=""):
    extra = f"<wp:attachment_url><![CDATA[{where}]]></wp:attachment_url>" + meta(
        "_wp_attachment_image_alt", alt
    )
    return post(number, "foto", "", kind="attachment", status="inherit", extra=extra)


def wxr(*items):
    start = f'<?xml version="1.0" encoding="UTF-8" ?><rss version="2.0" {SPACES}><channel><title>X</title>'
    return f"{start}{''.join(items)}</channel></rss>"


@pytest.fixture
def export(tmp_path):
    def make(text):
        file = tmp_path / "kantor" / "ekspor.xml"
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return Export.from_settings({"file": str(file)}, Http(guard=True))

    return make


def test_posts_with_everything(export, now):
    source = export(
        wxr(
            picture(9, "gambar/foto%20satu.jpg", "Bupati & warga"),
            post(1, "Panen &#8220;Raya&#8221; & Doa",
                 "<!-- wp:paragraph --><p>Satu.</p><!-- /wp:paragraph --><p>Dua.</p>",
                 extra=meta("_thumbnail_id", "9")),
            post(2, "Draf", status="draft"), post(3, "Halaman", kind="page"), post(4, "Menu", kind="nav_menu_item"),
            post(5, "Bersandi", extra="<wp:post_password>x</wp:post_password>"),
        )
    )  # fmt: skip
    (source.file.parent / "gambar").mkdir()
    (source.file.parent / "gambar" / "foto satu.jpg").write_bytes(JPEG)
    (item,) = source.fetch({}, now).items
    assert (item.key, item.url, item.title) == ("1", "https://x.go.id/berita/1/", "Panen “Raya” & Doa")
    assert (item.text, item.summary, item.author) == ("Satu.\n\nDua.", "Ringkas", "humas")
    assert item.published == datetime(2026, 11, 22, 3, tzinfo=UTC)
    assert item.modified == datetime(2026, 11, 22, 4, tzinfo=UTC)
    assert item.categories == ("Umum & Lainnya",)
    assert (item.image_url, item.image_alt) == ("file:gambar/foto%20satu.jpg", "Bupati & warga")
    assert source.image(item) == JPEG


def test_the_classic_editors_paragraphs(export, now):
    caption = '[caption id="x"]<img src="https://x/a.jpg" />Foto[/caption]'
    source = export(wxr(post(1, content=f'Satu\nbaris\n\nDua [gallery ids="1,2"]\n{caption}')))
    (item,) = source.fetch({}, now).items
    assert item.text == "Satu\nbaris\n\nDua\nFoto"
    assert item.image_url == "https://x/a.jpg"


def test_the_same_file_again_says_nothing_new(export, now):
    source = export(wxr(post(1), post(2)))
    first = source.fetch({}, now)
    assert len(first.items) == 2
    assert source.fetch(first.state, now).unchanged
    export(wxr(post(1), post(2), post(3)))
    assert len(source.fetch(first.state, now).items) == 3
    assert "3 tulisan" in source.check()


@pytest.mark.parametrize(
    "where",
    ["../rahasia.jpg", "gambar/../../rahasia.jpg", "file:///etc/passwd", "/etc/passwd", "..%2Frahasia.jpg",
     "tautan.jpg", "tidak-ada.jpg", ""],
)  # fmt: skip
def test_pictures_outside_the_folder_are_nobodys(export, now, tmp_path, where):
    source = export(wxr(picture(9, where), post(1, extra=meta("_thumbnail_id", "9"))))
    (tmp_path / "rahasia.jpg").write_bytes(JPEG)
    (source.file.parent / "tautan.jpg").symlink_to(tmp_path / "rahasia.jpg")
    (item,) = source.fetch({}, now).items
    if item.image_url:
        with pytest.raises(FetchError, match="tidak ada di samping"):
            source.image(item)


@pytest.mark.parametrize(
    "address", ["file:../rahasia.jpg", "file:/etc/passwd", "file:%00", "file:" + "x" * 5000, "file:."]
)
def test_an_address_made_up_by_hand_is_refused_too(export, tmp_path, address):
    source = export(wxr())
    (tmp_path / "rahasia.jpg").write_bytes(JPEG)
    with pytest.raises(FetchError):
        source.image(Item(key="1", url="", title="x", image_url=address))


def test_a_file_that_is_no_picture_or_too_large(export):
    source = export(wxr())
    (source.file.parent / "a.jpg").write_bytes(b"<html>")
    (source.file.parent / "b.jpg").write_bytes(JPEG + bytes(15_000_001))
    for name, words in (("a.jpg", "halaman web"), ("b.jpg", "15 MB")):
        with pytest.raises(FetchError, match=words):
            source.image(Item(key="1", url="", title="x", image_url=f"file:{name}"))
    assert source.image(Item(key="1", url="", title="x")) is None


@pytest.mark.parametrize(
    "text",
    ["", "halo", "<html></html>", "<rss></rss>", b"\xff\xfe\x00", "<?xml version='1.0'?>", "<urlset/>"],
)
def test_what_is_no_export(export, now, text):
    with pytest.raises(FetchError, match="Ekspor"):
        export(text).fetch({}, now)


def test_no_file_no_setting(tmp_path, now):
    with pytest.raises(FetchError, match=r"hilang\.xml"):
        Export(tmp_path / "hilang.xml", Http()).fetch({}, now)
    with pytest.raises(ConfigError):
        Export.from_settings({}, Http())


LAUGHS = '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
) + "]>"  # fmt: skip


@pytest.mark.parametrize("entity", [LAUGHS, '<!DOCTYPE r [<!ENTITY j SYSTEM "file:///etc/passwd">]>'])
def test_entities_are_not_resolved(export, now, entity):
    body = wxr(post(1)).split("?>", 1)[1].replace("<![CDATA[Judul]]>", "A&j;B")
    (item,) = export(entity + body).fetch({}, now).items
    assert "root:" not in item.title
    assert len(item.title) < 20


@settings(deadline=None, max_examples=100)
@given(st.data())
def test_mutated_exports_are_read_or_refused(data):
    body = bytearray(wxr(post(1), picture(9, "a.jpg")).encode())
    bits = [
        b"<",
        b">",
        b"&",
        b"]]>",
        b"<![CDATA[",
        b"\x00",
        b"\xff",
        b"<wp:x>",
        b"</item>",
        b"<item>",
        b"<!--",
        b"<?x?>",
        b"&a;",
    ]
    for _ in range(data.draw(st.integers(1, 8))):
        start = data.draw(st.integers(0, len(body)))
        body[start : start + data.draw(st.integers(0, 30))] = data.draw(
            st.sampled_from(bits) | st.binary(max_size=4)
        )
    source = Export(Path("x.xml"), Http())
    try:
        posts = list(read_posts(bytes(body), "x.xml"))
    except FetchError:
        return
    for item in (source._item(fields, {}) for fields in posts):
        assert item.digest
