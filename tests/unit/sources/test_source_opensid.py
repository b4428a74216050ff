"""OpenSID's feed with the faults that it has on real villages' sites."""

from datetime import UTC, datetime

import pytest

from humasbot.errors import FetchError
from humasbot.sources.opensid import OpenSid

# The shape of OpenSID's own template (looked at on 2026-11-22): no XML declaration, CDATA with white space, the picture
# inside, a teaser cut in the middle of "é", the author and the village as they were typed, entities escaped twice.
HEAD = (
    b'<rss\n    version="2.0"\n    xmlns:content="http://purl.org/rss/1.0/modules/content/"\n'
    b'    xmlns:dc="http://purl.org/dc/elements/1.1/">\n<channel>\n<title>Desa Sukamaju & Sukamundur</title>\n'
    b"<link>%s/</link>\n<description>Situs Web Desa Sukamaju &amp; Sukamundur.</description>\n"
    b"<dc:language>id</dc:language>\n"
)


def item(
    site,
    slug,
    title,
    *,
    body="<p>Warga desa bergotong royong &amp; membangun jalan.</p>",
    owner="Admin",
    teaser=None,
):
    link = f"{site.url}/artikel/2024/10/10/{slug}"
    teaser = teaser if teaser is not None else b"Warga desa bergotong royong &amp;amp; membang[...]"
    picture = f'\n<img src="{site.url}/desa/upload/artikel/sedang_1_foto.jpg" />\n'.encode()
    return (
        f"<item>\n<title>{title}</title>\n<link>{link}</link>\n<guid>{link}</guid>\n"
        "<pubDate>Thu, 10 Oct 2024 10:00:00 +0700</pubDate>\n<category>\n<![CDATA[Berita Desa]]>\n</category>\n"
        "<description>\n<![CDATA[\n".encode()
        + picture + teaser + b"\n]]>\n</description>\n<content:encoded>\n<![CDATA[\n" + picture + body.encode()
        + f"\n]]>\n</content:encoded>\n<dc:creator>{owner}</dc:creator>\n</item>\n".encode()
    )  # fmt: skip


def feed_of(site, *items):
    return HEAD % site.url.encode() + b"".join(items) + b"</channel>\n</rss>\n"


def test_a_real_shaped_feed_is_read_whole(site, http, now):
    body = feed_of(
        site,
        item(site, "gotong-royong", "Gotong Royong &amp;amp; Kerja Bakti", owner="Pak Lurah <lurah@desa.id> & staf"),
        item(site, "kafe", "Kaf\u00e9 Desa", teaser="Kaf\u00e9".encode()[:-1] + b"[...]",
             body="<p>Kaf\u00e9 dibuka.</p>"),
    )  # fmt: skip
    site.serve("/feed", body, Content_Type="text/xml")
    found = OpenSid(site.url, http).fetch({}, now)
    first, second = found.items
    assert first.title == "Gotong Royong & Kerja Bakti"
    assert first.text == "Warga desa bergotong royong & membangun jalan."
    assert first.summary == "Warga desa bergotong royong & membang"
    assert first.published == datetime(2024, 10, 10, 3, tzinfo=UTC)
    assert first.image_url == f"{site.url}/desa/upload/artikel/sedang_1_foto.jpg"
    assert first.categories == ("Berita Desa",)
    assert first.author.startswith("Pak Lurah")
    assert (second.title, second.text, second.summary) == ("Kaf\u00e9 Desa", "Kaf\u00e9 dibuka.", "Kaf")


def test_all_fifty_are_read_in_their_order(site, http, now):
    site.serve("/feed", feed_of(site, *(item(site, f"berita-{n}", f"Berita ke {n}") for n in range(50))))
    found = OpenSid(site.url, http).fetch({}, now)
    assert [one.key for one in found.items] == [f"artikel/2024/10/10/berita-{n}" for n in range(50)]


def test_keys_outlive_a_move_of_the_site(site, http, now):
    site.serve("/feed", feed_of(site, item(site, "satu", "Berita satu")))
    site.serve(
        "/index.php/feed",
        feed_of(site, item(site, "satu", "Berita satu")).replace(b"/artikel/", b"/index.php/artikel/"),
    )
    plain = OpenSid(f"{site.url}/feed", http).fetch({}, now).items
    other = OpenSid(f"{site.url}/index.php/feed", http).fetch({}, now).items
    assert [one.key for one in plain] == [one.key for one in other] == ["artikel/2024/10/10/satu"]


def test_the_feed_is_found_at_its_other_places_and_asked_there_again(site, http, now):
    site.serve("/feed.xml", feed_of(site, item(site, "satu", "Berita satu")), ETag='"abc"')
    source = OpenSid(site.url + "/", http)
    first = source.fetch({}, now)
    assert len(first.items) == 1
    before = len(site.asked)
    source.fetch(first.state, now)
    assert [asked.path for asked in site.asked[before:]] == ["/feed.xml"]
    assert site.asked[-1].headers["if-none-match"] == '"abc"'


def test_no_feed_anywhere_is_one_sentence(site, http, now):
    with pytest.raises(FetchError, match="/feed"):
        OpenSid(site.url, http).fetch({}, now)


def test_a_site_in_trouble_is_not_asked_three_times(site, http, now):
    site.serve("/feed", b"", 503)
    with pytest.raises(FetchError) as caught:
        OpenSid(site.url, http).fetch({}, now)
    assert caught.value.temporary
    assert len(site.asked) == 1


def test_the_feed_of_before_2020_is_read_too(site, http, now):
    entries = "".join(
        f"<item><title>Kabar {n}</title><link>{site.url}/index.php/first/artikel/{n}</link><description>\n"
        f"Sukamaju, &lt;p&gt;Warga bermusyawarah ke-{n}.&lt;/p&gt;</description></item>"
        for n in (12, 11)
    )
    body = (
        '<?xml version="1.0" encoding="UTF-8" ?>\n<rss version="2.0"><channel><title>Desa Sukamaju</title>'
        f"<link>{site.url}/</link><language>ID</language><generator>Sistem Informasi Desa</generator></channel>"
        f"{entries}</rss>"
    )
    site.serve("/feed", body, Content_Type="text/xml")
    first, second = OpenSid(site.url, http).fetch({}, now).items
    assert (first.key, first.title, first.language) == ("artikel/12", "Kabar 12", "id")
    assert first.text == "Sukamaju,\n\nWarga bermusyawarah ke-12."
    assert (first.published, second.key) == (None, "artikel/11")
