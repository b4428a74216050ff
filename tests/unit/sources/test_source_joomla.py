"""Joomla by its feed and by its REST interface."""

import json
import math
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest
from odd_server import answer

from humasbot.errors import FetchError
from humasbot.sources.joomla import Joomla

TOKEN = "c2hhMjU2OjEyMzphYmNkZWY"


def test_the_feed_of_a_category(site, http, now):
    body = (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Berita</title>'
        f"<link>{site.url}/berita</link><generator>Joomla! - Open Source Content Management</generator><item>"
        f"<title>Panen Raya</title><link>{site.url}/berita/12-panen-raya</link>"
        f'<guid isPermaLink="true">{site.url}/berita/12-panen-raya</guid><description><![CDATA['
        '<p><img src="/images/panen.jpg" alt="Sawah"></p><p>Petani panen raya hari ini.</p>'
        '<p class="feed-readmore"><a href="/berita/12-panen-raya">'
        "Baca Selengkapnya: Panen Raya</a></p>]]></description>"
        "<author>humas@contoh.go.id (Humas Kota)</author><category>Berita</category>"
        "<pubDate>Sat, 21 Nov 2026 08:00:00 +0700</pubDate></item></channel></rss>"
    )
    site.serve("/berita", body, Content_Type="application/rss+xml")
    found = Joomla.from_settings({"url": f"{site.url}/berita"}, http).fetch({}, now)
    (item,) = found.items
    assert parse_qs(site.asked[-1].query) == {"format": ["feed"], "type": ["rss"]}
    assert (item.title, item.text, item.author) == ("Panen Raya", "Petani panen raya hari ini.", "Humas Kota")
    assert (item.image_url, item.image_alt) == (f"{site.url}/images/panen.jpg", "Sawah")


class Rest:
    """Joomla's list of articles as its own view renders it, for one token."""

    def __init__(self, site):
        self.rows = {}
        site.routes["*"] = self.talk

    def add(self, number, title, *, changed, state=1, access=1, up="2026-11-20 01:00:00", down=None):
        self.rows[number] = {
            "type": "articles", "id": str(number),
            "attributes": {
                "id": number, "title": title, "alias": title.lower().replace(" ", "-"), "state": state,
                "access": access,
                "text": f"<p>{title} diresmikan.</p>", "publish_up": up, "publish_down": down, "created": up,
                "modified": changed, "metadesc": "", "created_by_alias": "Humas",
                "images": {"image_intro": "https://x.go.id/i.jpg#joomlaImage://local/i.jpg", "image_intro_alt": "Foto"},
            },
        }  # fmt: skip

    def talk(self, sock, asked):
        if asked.headers.get("x-joomla-token") != TOKEN:
            return answer(
                sock, b'{"errors":[{"title":"Forbidden"}]}', 401, {"Content-Type": "application/vnd.api+json"}
            )
        query = {name: values[-1] for name, values in parse_qs(asked.query).items()}
        last = asked.path.rsplit("/", 1)[-1]
        if last.isdecimal():
            if int(last) not in self.rows:
                return answer(sock, b'{"errors":[{"title":"Resource not found"}]}', 404)
            return answer(sock, json.dumps({"data": self.rows[int(last)]}).encode())
        rows = sorted(self.rows.values(), key=lambda row: row["attributes"]["modified"], reverse=True)
        rows = [row for row in rows if str(row["attributes"]["state"]) == query.get("filter[state]", "1")]
        start, limit = int(query.get("page[offset]", 0)), int(query["page[limit]"])
        if start > len(rows):
            return answer(sock, b'{"errors":[{"title":"Resource not found"}]}', 404)
        if start > len(rows) - limit:
            start = max(0, (math.ceil(len(rows) / limit) - 1) * limit)
        return answer(sock, json.dumps({"data": rows[start : start + limit]}).encode())


@pytest.fixture
def rest(site):
    return Rest(site)


def source(site, http, **settings):
    return Joomla.from_settings({"url": site.url, "token": TOKEN, **settings}, http)


def test_rest_gives_what_is_public_with_its_own_numbers(site, http, now, rest):
    rest.add(1, "Jalan Baru", changed="2026-11-21 02:00:00")
    rest.add(2, "Terjadwal", changed="2026-11-21 02:00:00", up="2026-12-01 00:00:00")
    rest.add(3, "Khusus Pegawai", changed="2026-11-21 02:00:00", access=3)
    rest.add(4, "Sudah Lewat", changed="2026-11-21 02:00:00", down="2026-11-01 00:00:00")
    rest.add(5, "Konsep", changed="2026-11-21 02:00:00", state=0)
    (item,) = source(site, http, link="berita/{id}-{alias}").fetch({}, now).items
    assert (item.key, item.url) == ("1", f"{site.url}/berita/1-jalan-baru")
    assert item.published == datetime(2026, 11, 20, 1, tzinfo=UTC)
    assert (item.image_url, item.image_alt, item.author) == ("https://x.go.id/i.jpg", "Foto", "Humas")
    assert source(site, http).firm_ids
    assert not Joomla(site.url, http).firm_ids


def test_rest_gives_only_what_changed_since(site, http, now, rest):
    for number in range(1, 30):
        rest.add(number, f"Berita lama {number}", changed=f"2026-10-{number:02} 02:00:00")
    first = source(site, http).fetch({}, now)
    assert len(first.items) == 29
    rest.add(3, "Berita lama disunting", changed="2026-11-22 02:30:00")
    second = source(site, http).fetch(first.state, now + timedelta(hours=1))
    assert {item.title for item in second.items} == {"Berita lama disunting", "Berita lama 29"}


def test_rest_is_read_to_its_end_where_every_page_is_full(site, http, now, rest):
    for number in range(1, 41):
        rest.add(number, f"Berita {number}", changed="2026-11-22 02:30:00")
    whole = source(site, http).fetch({"site": site.url, "watermark": "2026-11-21T00:00:00+00:00"}, now)
    assert len(whole.items) == 40


def test_rest_tells_what_is_still_public(site, http, rest):
    rest.add(1, "Ada", changed="2026-11-21 02:00:00")
    rest.add(2, "Ditarik", changed="2026-11-21 02:00:00", state=-2)
    assert source(site, http).still(["1", "2", "9"]) == {"1": True, "2": False, "9": False}
    assert Joomla(site.url, http).still(["1"]) == {}


def test_a_wrong_token_is_told_and_never_shown(site, http, now, rest):
    wrong = Joomla.from_settings({"url": site.url, "token": "rahasia-salah"}, http)
    with pytest.raises(FetchError) as caught:
        wrong.fetch({}, now)
    assert "401" in str(caught.value)
    assert "rahasia-salah" not in str(caught.value) + repr(wrong)


def test_the_token_is_not_carried_to_another_host(site, http, now):
    site.routes["*"] = lambda sock, asked: answer(sock, b"", 302, {"Location": f"{site.url}/lain"})
    with pytest.raises(FetchError):
        source(site, http).fetch({}, now)
    assert len(site.asked) == 1
