"""Sitemaps: what is new is read page by page; the rest is left alone."""

import gzip
import json

import pytest

from humasbot.errors import FetchError
from humasbot.sources import sitemap
from humasbot.sources.sitemap import Sitemap
from humasbot.sources.sitemap_xml import read_map

TEXT = "Warga diminta mengikuti petunjuk petugas di lapangan dan menjaga kebersihan lingkungan. " * 4


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    waited = []
    monkeypatch.setattr(sitemap.time, "sleep", waited.append)
    return waited


def page(title, date="2026-11-21T08:00:00+07:00"):
    return (
        f"<html lang=id><head><title>{title} - Situs</title><meta property='article:published_time' content='{date}'>"
        f"</head><body><article><h1>{title}</h1><p>{TEXT}</p></article></body></html>"
    )


def urlset(*entries):
    rows = "".join(f"<url><loc>{url}</loc>{extra}</url>" for url, extra in entries)
    return (
        '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" '
        f'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">{rows}</urlset>'
    )


def changed(date):
    return f"<lastmod>{date}</lastmod>"


def serve(site, pages):
    entries = []
    for path, (title, date) in pages.items():
        site.serve(path, page(title, date), Content_Type="text/html")
        entries.append((site.url + path, changed(date)))
    site.serve("/sitemap.xml", urlset(*entries), Content_Type="application/xml")


def test_first_only_the_young_then_only_the_new_and_the_edited(site, http, now, no_pause):
    pages = {f"/berita/lama-{n}": (f"Berita lama {n}", "2026-01-01T08:00:00+07:00") for n in range(30)}
    pages["/berita/kemarin"] = ("Berita kemarin", "2026-11-21T08:00:00+07:00")
    serve(site, pages)
    source = Sitemap(site.url, http)
    first = source.fetch({}, now)
    assert [item.title for item in first.items] == ["Berita kemarin"]
    again = source.fetch(first.state, now)
    assert (again.items, again.unchanged) == ((), True)

    pages["/berita/baru"] = ("Berita baru", "2026-11-22T09:00:00+07:00")
    pages["/berita/lama-3"] = ("Berita lama disunting", "2026-11-22T09:30:00+07:00")
    serve(site, pages)
    before = len(site.asked)
    second = source.fetch(again.state, now)
    assert {item.title for item in second.items} == {"Berita baru", "Berita lama disunting"}
    paths = [asked.path for asked in site.asked[before:]]
    assert paths.count("/berita/baru") == paths.count("/berita/lama-3") == 1
    assert not any("lama-1" in path for path in paths)
    assert no_pause == [sitemap.PAUSE]


def test_what_does_not_fit_waits_and_nothing_is_lost(site, http, now, monkeypatch):
    serve(site, {"/berita/awal": ("Berita awal", "2026-01-01T08:00:00+07:00")})
    source = Sitemap(site.url, http)
    state = source.fetch({}, now).state
    serve(site, {f"/berita/{n}": (f"Berita nomor {n}", "2026-11-22T08:00:00+07:00") for n in range(40)})
    titles = []
    for _ in range(4):
        found = source.fetch(state, now)
        state = found.state
        titles += [item.title for item in found.items]
    assert sorted(titles) == sorted(f"Berita nomor {n}" for n in range(40))


def test_a_page_that_fails_for_now_is_read_later_one_without_news_never_again(site, http, now):
    serve(site, {"/berita/awal": ("Berita awal", "2026-01-01T08:00:00+07:00")})
    source = Sitemap(site.url, http)
    state = source.fetch({}, now).state
    serve(
        site,
        {
            "/berita/a": ("Berita a", "2026-11-22T08:00:00+07:00"),
            "/foto/b": ("x", "2026-11-22T08:00:00+07:00"),
        },
    )
    site.serve("/berita/a", "", 503)
    site.serve("/foto/b", "<html><body></body></html>", Content_Type="text/html")
    found = source.fetch(state, now)
    assert found.items == ()
    assert len(found.warnings) == 2
    site.serve("/berita/a", page("Berita a"), Content_Type="text/html")
    before = len(site.asked)
    assert [item.title for item in source.fetch(found.state, now).items] == ["Berita a"]
    assert "/foto/b" not in [asked.path for asked in site.asked[before:]]


def test_an_index_of_packed_maps_news_first_other_sites_never(site, http, now):
    index = (
        '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        f"<sitemap><loc>{site.url}/author-sitemap.xml</loc></sitemap>"
        f"<sitemap><loc>{site.url}/post-sitemap.xml.gz</loc></sitemap>"
        "<sitemap><loc>http://169.254.169.254/post.xml</loc></sitemap></sitemapindex>"
    )
    site.serve("/sitemap.xml", index)
    news = (
        "<news:news><news:publication_date>2026-11-22T08:00:00+07:00</news:publication_date><news:title>N</news:title>"
        f"</news:news><image:image><image:loc>{site.url}/f.jpg</image:loc></image:image>"
    )
    body = urlset(
        (f"{site.url}/berita/1", news), ("https://lain.go.id/berita/2", news), (f"{site.url}/", news)
    )
    site.serve("/post-sitemap.xml.gz", gzip.compress(body.encode()))
    site.serve("/berita/1", page("Berita satu", "2026-11-01T08:00:00+07:00"), Content_Type="text/html")
    (item,) = Sitemap(site.url, http).fetch({}, now).items
    assert item.title == "Berita satu"
    assert item.published.isoformat() == "2026-11-22T01:00:00+00:00"
    assert item.image_url == f"{site.url}/f.jpg"
    assert "/author-sitemap.xml" not in [asked.path for asked in site.asked]


def test_only_the_wanted_part_of_a_site(site, http, now):
    serve(
        site,
        {
            "/berita/a": ("Berita a", "2026-11-22T08:00:00+07:00"),
            "/profil/b": ("Profil", "2026-11-22T08:00:00+07:00"),
        },
    )
    found = Sitemap.from_settings({"url": f"{site.url}/sitemap.xml", "path": "/berita/"}, http).fetch({}, now)
    assert [item.title for item in found.items] == ["Berita a"]


@pytest.mark.parametrize("body", [b"", b"<html></html>", b"\x1f\x8brusak", b"<urlset", b"{}", b"\x00" * 50])
def test_what_is_no_sitemap_is_a_sentence(site, http, now, body):
    site.serve("/sitemap.xml", body)
    if body == b"<urlset":
        assert Sitemap(site.url, http).fetch({}, now).items == ()
        return
    with pytest.raises(FetchError, match=r"sitemap|peta situs"):
        Sitemap(site.url, http).fetch({}, now)


@pytest.mark.slow
def test_a_bomb_unpacks_no_further_than_a_sitemap_may_be():
    bomb = gzip.compress(b"<urlset>" + b" " * 80_000_000)
    assert read_map(bomb, "https://x.go.id/sitemap.xml").pages == ()


def test_a_state_that_is_broken_is_an_empty_one(site, http, now):
    serve(site, {"/berita/a": ("Berita a", "2026-11-22T08:00:00+07:00")})
    for seen in ("[", "[1]", json.dumps({"x": 5})):
        found = Sitemap(site.url, http).fetch({"url": f"{site.url}/sitemap.xml", "seen": seen}, now)
        assert [item.title for item in found.items] == ["Berita a"]
