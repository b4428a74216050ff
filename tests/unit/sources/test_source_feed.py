"""Feeds as offices really serve them: conditional GET, identity, oddities, hostility."""

import json
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from feed_texts import entry, only, parse, rss
from odd_server import answer

from humasbot.errors import FetchError
from humasbot.sources.feed import Feed


@pytest.fixture
def feed(site, http):
    return Feed.from_settings({"url": site.url + "/feed"}, http)


# --- formats -------------------------------------------------------------------------------------------------------


def test_rss_2_with_everything():
    item = only(
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"><channel>'
        "<link>https://dompukab.go.id</link><language>id-ID</language><item>"
        "<title>Panen &#8220;Raya&#8221; &amp;amp; Doa</title><link>https://dompukab.go.id/berita/7?utm_source=rss</link>"
        '<guid isPermaLink="false">https://dompukab.go.id/?p=7</guid><pubDate>Thu, 10 Oct 2024 10:00:00 WIB</pubDate>'
        "<dc:creator><![CDATA[Humas]]></dc:creator><category><![CDATA[Pertanian & Pangan]]></category>"
        "<description><![CDATA[Ringkas.]]></description>"
        "<content:encoded><![CDATA[<p>Penuh satu.</p><p>Dua.</p><img src='/a.jpg' alt='Sawah'>]]></content:encoded>"
        '<media:content url="https://dompukab.go.id/m.jpg" medium="image"/></item></channel></rss>'
    )
    assert item.key == "https://dompukab.go.id/?p=7"
    assert item.url == "https://dompukab.go.id/berita/7"
    assert item.title == "Panen “Raya” & Doa"
    assert item.text == "Penuh satu.\n\nDua."
    assert item.summary == "Ringkas."
    assert item.published == datetime(2024, 10, 10, 3, tzinfo=UTC)
    assert item.author == "Humas"
    assert item.categories == ("Pertanian & Pangan",)
    assert item.image_url == "https://dompukab.go.id/m.jpg"
    assert item.language == "id-ID"


def test_atom_with_relative_links_and_both_kinds_of_text():
    text = (
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://dompukab.go.id/blog/"><title>T</title>'
        '<entry><id>tag:1</id><title type="text">Nilai &lt; 5</title><link href="a" rel="alternate"/>'
        '<link rel="enclosure" type="image/png" href="/i.png"/><published>2024-01-01T00:00:00Z</published>'
        '<updated>2024-01-02T00:00:00+07:00</updated><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">'
        '<p>a &lt; b</p></div></content><summary type="text">1 &lt;b&gt; 2</summary></entry>'
        '<entry><id>tag:2</id><title type="html">A &amp;amp; B</title><link href="b"/>'
        '<updated>2024-01-03T00:00:00Z</updated><content type="text">baris &lt;p&gt; tetap</content></entry></feed>'
    )
    one, two = parse(text).entries
    assert (one.title, one.text, one.summary) == ("Nilai < 5", "a < b", "1 <b> 2")
    assert (one.url, one.image_url) == ("https://dompukab.go.id/blog/a", "https://dompukab.go.id/i.png")
    assert one.published == datetime(2024, 1, 1, tzinfo=UTC)
    assert one.modified == datetime(2024, 1, 1, 17, tzinfo=UTC)
    assert (two.title, two.text) == ("A & B", "baris <p> tetap")
    assert two.published == two.modified == datetime(2024, 1, 3, tzinfo=UTC)


def test_rss_1_and_0_91():
    one = only(
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>t</title></channel>'
        '<item rdf:about="https://x.go.id/1"><title>J</title><link>https://x.go.id/1</link>'
        "<dc:date>2024-01-01T07:00:00+07:00</dc:date></item></rdf:RDF>"
    )
    assert (one.key, one.published) == ("https://x.go.id/1", datetime(2024, 1, 1, tzinfo=UTC))
    old = only(
        '<rss version="0.91"><channel><item><title>J</title><link>https://x.go.id/2</link></item></channel></rss>'
    )
    assert (old.key, old.url, old.published) == ("", "https://x.go.id/2", None)


def test_json_feed():
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "home_page_url": "https://x.go.id/",
        "language": "id",
        "items": [
            {
                "id": 5, "url": "/berita/5?utm_medium=x", "title": "Judul & isi", "content_html": "<p>A &amp; B</p>",
                "summary": "S", "date_published": "2026-01-02T03:04:05+07:00", "authors": [{"name": "Humas"}],
                "tags": ["Umum", 3], "image": "/i.jpg",
            },
            {"id": "6", "content_text": "Nilai < 5 <b>", "author": {"name": "X"}, "tags": "salah"},
            "bukan objek", None,
        ],
    }  # fmt: skip
    one, two = parse(json.dumps(feed)).entries
    assert (one.key, one.url, one.title, one.text) == (
        "5",
        "https://x.go.id/berita/5",
        "Judul & isi",
        "A & B",
    )
    assert (one.author, one.categories, one.image_url) == ("Humas", ("Umum",), "https://x.go.id/i.jpg")
    assert one.published == datetime(2026, 1, 1, 20, 4, 5, tzinfo=UTC)
    assert (two.key, two.text, two.author, two.categories) == ("6", "Nilai < 5 <b>", "X", ())


@pytest.mark.parametrize(
    "body",
    ["", "halo", "<html><body>Masuk</body></html>", "<rss", "{}", "[]", '{"version":1}', "[" * 50_000, '{"version":"https://jsonfeed.org/version/1"',
     "<?xml version='1.0'?><urlset></urlset>", b"%PDF-1.7", b"\x00" * 100, b"\xff\xd8\xff" * 99],
)  # fmt: skip
def test_what_is_no_feed_is_refused(body):
    with pytest.raises(FetchError):
        parse(body)


# --- oddities ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("date", "zone", "expected"),
    [
        ("05 Agustus 2019", "Asia/Jakarta", "2019-08-04T17:00"),
        ("Kam, 10 Okt 2024", "Asia/Makassar", "2024-10-09T16:00"),
        ("Thu, 10 Oct 2024 10:00:00 WIB", "Asia/Jayapura", "2024-10-10T03:00"),
        ("2024-10-10 10:00:00", "Asia/Jayapura", "2024-10-10T01:00"),
        ("Thu, 10 Oct 2024 10:00:00 +0000", "Asia/Jakarta", "2024-10-10T10:00"),
    ],
)
def test_dates_are_read_by_us(date, zone, expected):
    item = only(rss(entry(extra=f"<pubDate>{date}</pubDate>")), zone=ZoneInfo(zone))
    assert item.published == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_opensid_as_its_source_writes_it():
    """No XML declaration, a cut character, an unescaped ampersand in the village's name, the picture in the text."""
    body = (
        b'<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>Desa Maju & Jaya</title>'
        b"<link>https://desa.go.id/</link>"
        b"<item><title>Gotong royong &amp;amp; doa</title><link>https://desa.go.id/artikel/2026/1/gotong</link>"
        b"<guid>https://desa.go.id/artikel/2026/1/gotong</guid><author>Desa Maju & Jaya</author>"
        b'<description>&lt;img src="https://desa.go.id/foto.jpg"&gt; Warga desa '
        b"\xe2\x80\x93 bersama \xe2\x80...</description>"
        b"<pubDate>Fri, 09 Jan 2026 08:00:00 +0700</pubDate></item>"
        b"<item><title>Posyandu</title><link>https://desa.go.id/artikel/2026/1/posyandu</link>"
        b"<description>Balita \xe2\x80\x9csehat\xe2\x80\x9d</description></item></channel></rss>"
    )
    first, second = parse(body).entries
    assert first.title == "Gotong royong & doa"
    assert first.text == "Warga desa – bersama ..."
    assert first.image_url == "https://desa.go.id/foto.jpg"
    assert second.text == "Balita “sehat”"


def test_an_undeclared_prefix_does_not_lose_the_feed():
    items = parse(
        rss(entry(extra='<media:content url="https://x/a.jpg" type="image/jpeg"/>'), entry("Dua"))
    ).entries
    assert [item.title for item in items] == ["Judul berita", "Dua"]
    assert items[0].image_url == "https://x/a.jpg"


def test_named_entities_of_html_and_words_before_the_feed():
    text = "\n\ufeff<br />Warning: x in y<br />" + rss(entry("Hu&rsquo;u&nbsp;&ndash; Dompu"))
    assert only(text).title == "Hu’u – Dompu"


def test_control_characters_do_not_stop_the_parser():
    items = parse(rss(entry("Sa\x0btu\x00"), entry("Dua\x1f"))).entries
    assert [item.title for item in items] == ["Satu", "Dua"]


def test_a_cut_feed_keeps_its_whole_entries():
    whole = rss(entry("Satu"), entry("Dua", body="<p>Isi kedua yang panjang.</p>"))
    parsed = parse(whole[: whole.index("kedua")])
    assert [item.title for item in parsed.entries] == ["Satu"]
    assert parsed.truncated
    assert "terpotong" in parsed.warnings[0]


def test_pictures_embedded_in_the_text_cost_nothing():
    picture = "data:image/png;base64," + "A" * 6_000_000
    started = time.process_time()
    item = only(rss(entry(body=f"<img src='{picture}'><img src='/b.jpg'><p>Isi.</p>")))
    assert (item.image_url, item.text) == ("https://dompukab.go.id/b.jpg", "Isi.")
    assert time.process_time() - started < 4


@pytest.mark.parametrize(
    ("extra", "body", "expected"),
    [
        ('<enclosure url="/e.jpg" type="image/jpeg"/>', "", "https://dompukab.go.id/e.jpg"),
        ('<enclosure url="/e.mp3" type="audio/mpeg"/>', "<img src=/i.jpg>", "https://dompukab.go.id/i.jpg"),
        ("", "<img src='https://s.w.org/images/core/emoji/x.png'><img src=i.jpg>", "https://dompukab.go.id/berita/i.jpg"),
        ('<media:thumbnail url="https://x/t"/>', "", "https://x/t"),
        ("", "tanpa", ""),
    ],
)  # fmt: skip
def test_where_the_picture_is_found(extra, body, expected):
    assert only(rss(entry(body=body, extra=extra))).image_url == expected


def test_only_the_first_two_hundred_entries():
    parsed = parse(rss(*(entry(f"Berita {n}", f"https://x.go.id/{n}") for n in range(250))))
    assert len(parsed.entries) == 200
    assert "250" in parsed.warnings[0]


# --- identity --------------------------------------------------------------------------------------------------------


def guid(value):
    return f'<guid isPermaLink="false">{value}</guid>'


def read(site, feed, now, text, state=None):
    site.serve("/feed", text, Content_Type="application/rss+xml")
    return feed.fetch(state or {}, now)


def keys(found):
    return {item.title: item.key for item in found.items}


def test_ids_addresses_and_hashes(site, feed, now):
    found = read(
        site, feed, now,
        rss(
            entry("Berid", "https://x.go.id/1", extra=guid("abc")),
            entry("Tanpa id", "https://x.go.id/2?utm_source=f"),
            entry("Tanpa alamat", ""),
            entry("Ke beranda", "https://dompukab.go.id/"),
            entry("Ke beranda juga", "https://dompukab.go.id/"),
        ),
    )  # fmt: skip
    found_keys = keys(found)
    assert found_keys["Berid"] == "abc"
    assert found_keys["Tanpa id"] == "https://x.go.id/2"
    hashes = [found_keys[title] for title in ("Tanpa alamat", "Ke beranda", "Ke beranda juga")]
    assert all(key.startswith("sha256:") for key in hashes)
    assert len(set(found_keys.values())) == 5


def test_an_id_that_all_share_is_no_id(site, feed, now):
    found = read(
        site, feed, now, rss(*(entry(f"B{n}", f"https://x.go.id/{n}", extra=guid("situs")) for n in range(3)))
    )
    assert keys(found) == {f"B{n}": f"https://x.go.id/{n}" for n in range(3)}


def test_double_entries_are_left_out(site, feed, now):
    found = read(
        site, feed, now,
        rss(
            entry("Satu", "https://x.go.id/1", extra=guid("1")),
            entry("Satu", "https://x.go.id/1", extra=guid("1")),
            entry("Satu lama", "https://x.go.id/1/", extra=guid("1")),
            entry("Satu", "https://x.go.id/1", extra=guid("9")),
            entry("Dua", "https://x.go.id/2", extra=guid("2")),
        ),
    )  # fmt: skip
    assert keys(found) == {"Satu": "1", "Dua": "2"}
    assert len(found.warnings) == 3


def test_an_id_that_changes_at_every_reading_keeps_its_key(site, feed, now):
    first = read(site, feed, now, rss(entry("A", "http://www.x.go.id/a", extra=guid("t1"))))
    second = read(
        site, feed, now,
        rss(entry("B", "https://x.go.id/b", extra=guid("t2")), entry("A", "https://x.go.id/a/", extra=guid("t3"))),
        first.state,
    )  # fmt: skip
    assert keys(second) == {"A": "t1", "B": "t2"}
    third = read(site, feed, now, rss(entry("A", "https://x.go.id/a", extra=guid("t9"))), second.state)
    assert keys(third) == {"A": "t1"}


def test_a_new_address_with_the_same_id_keeps_its_key(site, feed, now):
    first = read(site, feed, now, rss(entry("A", "https://x.go.id/lama", extra=guid("7"))))
    second = read(site, feed, now, rss(entry("A", "https://x.go.id/baru", extra=guid("7"))), first.state)
    assert keys(second) == {"A": "7"}


def test_a_gigantic_id_is_shortened(site, feed, now):
    (item,) = read(site, feed, now, rss(entry("A", extra=guid("g" * 5000)))).items
    assert len(item.key) < 100


def test_newest_first_and_undated_behind_what_they_follow(site, feed, now):
    def dated(title, day):
        return entry(title, f"https://x.go.id/{title}", extra=f"<pubDate>{day} Mei 2026</pubDate>")

    undated = entry("tanpa", "https://x.go.id/t")
    found = read(site, feed, now, rss(dated("lama", 1), dated("baru", 9), undated, dated("tengah", 5)))
    assert [item.title for item in found.items] == ["baru", "tanpa", "tengah", "lama"]


def test_a_presigned_picture_is_noted(site, feed, now):
    picture = "https://s3.x/a.jpg?X-Amz-Expires=60&amp;X-Amz-Signature=rahasia"
    found = read(site, feed, now, rss(entry(extra=f'<enclosure url="{picture}" type="image/jpeg"/>')))
    assert found.items[0].image_url.endswith("X-Amz-Signature=rahasia")
    assert "segera" in found.warnings[0]
    assert "rahasia" not in found.warnings[0]


# --- asking politely -----------------------------------------------------------------------------------------------


def conditional(site, **headers):
    def handler(sock, asked):
        conditions = asked.headers.get("if-none-match"), asked.headers.get("if-modified-since")
        status = 304 if any(conditions) else 200
        body = b"" if status == 304 else rss(entry()).encode()
        answer(sock, body, status, {name.replace("_", "-"): value for name, value in headers.items()})

    site.routes["/feed"] = handler


def test_nothing_new_is_asked_for_with_both_validators(site, feed, now):
    conditional(site, ETag='"abc"', Last_Modified="Sat, 21 Nov 2026 10:00:00 GMT")
    first = feed.fetch({}, now)
    assert len(first.items) == 1
    second = feed.fetch(first.state, now + timedelta(minutes=5))
    assert second.unchanged
    assert second.items == ()
    assert second.state == first.state
    assert site.asked[1].headers["if-none-match"] == '"abc"'
    assert site.asked[1].headers["if-modified-since"] == "Sat, 21 Nov 2026 10:00:00 GMT"


@pytest.mark.parametrize("etag", ['W/"abc"', "abc", '"a\tb"', '""', '"' + "x" * 500 + '"'])
def test_an_etag_that_is_not_strong_is_not_used(site, feed, now, etag):
    conditional(site, ETag=etag, Last_Modified="kapan-kapan")
    state = feed.fetch({}, now).state
    assert len(feed.fetch(state, now).items) == 1
    assert "if-none-match" not in site.asked[1].headers
    assert "if-modified-since" not in site.asked[1].headers


def test_once_a_day_the_whole_feed_is_read(site, feed, now):
    conditional(site, ETag='"abc"')
    state = feed.fetch({}, now).state
    assert feed.fetch(state, now + timedelta(hours=23)).unchanged
    assert len(feed.fetch(state, now + timedelta(hours=25)).items) == 1


def test_the_state_of_another_address_is_not_used(site, feed, now):
    conditional(site, ETag='"abc"')
    state = {**feed.fetch({}, now).state, "url": "https://lain.go.id/feed"}
    assert len(feed.fetch(state, now).items) == 1


@pytest.mark.parametrize(
    "spoilt", [{"keys": "["}, {"keys": "3"}, {"read": "x", "etag": '"a"'}, {"keys": "[" * 99_999}]
)
def test_a_spoilt_state_is_survived(site, feed, now, spoilt):
    conditional(site, ETag='"abc"')
    assert len(feed.fetch({"url": feed.url, **spoilt}, now).items) == 1


def test_not_changed_without_being_asked_is_a_fault(site, feed, now):
    site.serve("/feed", "", 304)
    with pytest.raises(FetchError):
        feed.fetch({}, now)


@pytest.mark.parametrize(
    ("status", "temporary"), [(404, False), (410, False), (403, False), (429, True), (503, True)]
)
def test_refusals(site, feed, now, status, temporary):
    site.serve("/feed", "x", status)
    with pytest.raises(FetchError, match=str(status)) as caught:
        feed.fetch({}, now)
    assert caught.value.temporary is temporary


def test_a_feed_beyond_sixty_megabytes_is_refused(site, feed, now):
    site.serve("/feed", b"<rss>" + b" " * 60_000_000)
    with pytest.raises(FetchError, match="60 MB"):
        feed.fetch({}, now)


def test_a_web_page_instead_of_a_feed_points_to_the_feed(site, feed, now):
    site.serve(
        "/feed",
        '<html><head><link rel="alternate" type="application/rss+xml" href="/umpan.xml"></head></html>',
    )
    with pytest.raises(FetchError, match=r"/umpan\.xml"):
        feed.fetch({}, now)


def test_check_says_what_was_found(site, feed):
    site.serve("/feed", rss(entry(extra="<pubDate>5 Mei 2026</pubDate>"), entry("Dua", "https://x.go.id/2")))
    assert "2 entri" in feed.check()
    assert "2026-05-05" in feed.check()
