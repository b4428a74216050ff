"""Which kind of source a site is, with the evidence, soon."""

import json
import time
import tomllib
from datetime import timedelta

import pytest
from click.testing import CliRunner
from fake_wordpress import FakeWordPress
from feed_texts import entry, rss

from humasbot.cli import cli
from humasbot.errors import FetchError, HumasbotError, InputError
from humasbot.sources.detect import detect, toml_of
from humasbot.sources.registry import source_kind

ARTICLE = (
    "<article><h1>Beranda Dinas</h1><p>"
    + "Selamat datang di situs resmi dinas, tempat warga mencari kabar. " * 5
)
HTML = {"Content_Type": "text/html; charset=utf-8"}


def front(site, head="", body=ARTICLE):
    site.serve(
        "/", f"<html lang=id><head><title>Dinas</title>{head}</head><body>{body}</body></html>", **HTML
    )


def kinds(site, http):
    return [guess.kind for guess in detect(site.url, http)]


def test_wordpress(site, http, now):
    fake = FakeWordPress(site, now)
    fake.publish("Berita satu", when=now - timedelta(hours=2))
    front(
        site,
        f'<meta name="generator" content="WordPress 6.6"><link rel="https://api.w.org/" href="{site.url}/wp-json/">',
    )
    best = detect(site.url, http)[0]
    assert (best.kind, best.settings) == ("wordpress", {"url": site.url})
    assert any("WordPress 6.6" in why for why in best.evidence)
    assert any("2026-11-22" in why for why in best.evidence)


def test_wordpress_whose_rest_is_closed_is_read_by_its_feed(site, http):
    front(
        site,
        '<meta name="generator" content="WordPress 6.6">'
        '<link rel="alternate" type="application/rss+xml" href="/feed/">',
    )
    site.serve("/feed/", rss(entry()))
    best = detect(site.url, http)[0]
    assert (best.kind, best.settings) == ("feed", {"url": f"{site.url}/feed/"})


def test_opensid(site, http):
    front(
        site, body=f'{ARTICLE}<img src="/desa/upload/logo.png"><footer>Dikelola dengan OpenSID 24.10</footer>'
    )
    site.serve("/feed", rss(entry(link=f"{site.url}/artikel/2024/10/10/a")))
    best = detect(site.url, http)[0]
    assert (best.kind, best.settings) == ("opensid", {"url": site.url})


def test_joomla(site, http):
    front(site, '<meta name="generator" content="Joomla! - Open Source Content Management">')
    whole = site.routes["/"]

    def talk(sock, asked):
        if "format=feed" in asked.query:
            site.serve("/umpan", rss(entry()))
            return site.routes["/umpan"](sock, asked)
        return whole(sock, asked)

    site.routes["/"] = talk
    assert kinds(site, http)[0] == "joomla"


def test_drupal(site, http):
    front(site, '<meta name="Generator" content="Drupal 10 (https://www.drupal.org)" />')
    body = {"data": [{"id": "a", "attributes": {"created": "2026-11-20T00:00:00+00:00"}}]}
    site.serve("/jsonapi/node/article", json.dumps(body))
    best = detect(site.url, http)[0]
    assert (best.kind, best.settings) == ("drupal", {"url": site.url})
    assert any("Drupal 10" in why for why in best.evidence)


def test_a_site_of_its_own_make_with_a_sitemap_and_then_the_page(site, http):
    front(site)
    site.serve(
        "/robots.txt", f"User-agent: *\nSitemap: {site.url}/peta.xml\nSitemap: https://lain.go.id/s.xml\n"
    )
    site.serve("/peta.xml", f"<urlset><url><loc>{site.url}/berita/1</loc></url></urlset>")
    guesses = detect(site.url, http)
    assert [guess.kind for guess in guesses] == ["sitemap", "page"]
    assert guesses[0].settings == {"url": f"{site.url}/peta.xml"}
    assert guesses[0].certainty > guesses[1].certainty


def test_an_address_that_is_a_feed_itself(site, http):
    site.serve("/umpan", rss(entry()), Content_Type="application/rss+xml")
    best = detect(f"{site.url}/umpan", http)[0]
    assert (best.kind, best.settings) == ("feed", {"url": f"{site.url}/umpan"})


def test_nothing_there(site, http):
    site.serve("/", "", 404)
    with pytest.raises(FetchError, match="404"):
        detect(site.url, http)
    with pytest.raises(InputError):
        detect("ftp://x", http)
    site.serve("/", "<html></html>", **HTML)
    assert detect(site.url, http) == []


def test_the_lines_are_toml_that_the_kind_accepts(site, http):
    front(site)
    for guess in detect(site.url, http):
        table = tomllib.loads(toml_of(guess, "situs"))["sources"]["situs"]
        kind = table.pop("kind")
        assert source_kind(kind).from_settings(table, http)


def test_the_command_answers_within_a_second(site, now):
    fake = FakeWordPress(site, now)
    fake.publish("Berita satu", when=now - timedelta(hours=2))
    front(site, '<meta name="generator" content="WordPress 6.6">')
    run = CliRunner()
    run.invoke(cli, ["source", "detect", site.url, "--internal", "--json"])
    started = (
        time.process_time()
    )  # what it costs; the time on the wall also counts the neighbours of the test
    found = run.invoke(cli, ["source", "detect", site.url, "--internal", "--json"])
    assert time.process_time() - started < 1
    assert found.exit_code == 0, found.output
    data = json.loads(found.stdout)
    assert data["guesses"][0]["kind"] == "wordpress"
    assert tomllib.loads(data["toml"])["sources"]["situs"]["url"] == site.url


def test_the_command_writes_the_lines_where_they_belong(site, tmp_path):
    front(site)
    site.serve("/feed/", rss(entry()))
    path = tmp_path / "humasbot.toml"
    path.write_text('[agency]\nname = "Dinas"')
    words = ["-c", str(path), "source", "detect", site.url, "--internal", "--write"]
    first = CliRunner().invoke(cli, words)
    assert first.exit_code == 0, first.output
    assert "✓ feed" in first.output
    data = tomllib.loads(path.read_text())
    assert data["sources"]["situs"] == {"kind": "feed", "url": f"{site.url}/feed/"}
    again = CliRunner().invoke(cli, words)
    assert isinstance(again.exception, HumasbotError)
    assert "--name" in str(again.exception)
    assert tomllib.loads(path.read_text()) == data


def test_a_private_address_is_refused_unless_a_person_says_so(site):
    front(site)
    found = CliRunner().invoke(cli, ["source", "detect", site.url])
    assert isinstance(found.exception, InputError)
    assert "--internal" in str(found.exception)
    assert site.asked == []
