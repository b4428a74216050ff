"""Drupal's JSON:API as its core module answers it."""

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from odd_server import answer

from humasbot.errors import FetchError
from humasbot.sources.drupal import Drupal

KIND = {"Content-Type": "application/vnd.api+json"}


def iso(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%S+00:00")


class Site:
    """The listing of one content type; refuses an unknown ``include`` as Drupal does."""

    def __init__(self, server):
        self.server = server
        self.nodes = {}
        self.fields = {"field_image", "field_tags"}
        self.per_page = 50
        server.routes["*"] = self.talk

    def add(self, number, title, *, created, changed=None, alias=""):
        self.nodes[f"uuid-{number}"] = {
            "type": "node--article", "id": f"uuid-{number}",
            "attributes": {
                "drupal_internal__nid": number, "title": title, "status": True, "created": iso(created),
                "changed": iso(changed or created), "langcode": "id", "path": {"alias": alias, "pid": 1},
                "body": {"value": f"{title} isi", "processed": f"<p>{title} diresmikan.</p>", "summary": ""},
            },
            "relationships": {
                "field_image": {"data": {"type": "file--file", "id": f"f{number}", "meta": {"alt": "Foto pasar"}}},
                "field_tags": {"data": [{"type": "taxonomy_term--tags", "id": "t1"}]},
            },
        }  # fmt: skip

    def talk(self, sock, asked):
        query = parse_qs(asked.query)
        if asked.path != "/jsonapi/node/article":
            return answer(sock, b'{"errors":[{"status":"404"}]}', 404, KIND)
        include = set(filter(None, query.get("include", [""])[0].split(",")))
        if include - self.fields:
            return answer(sock, b'{"errors":[{"status":"400"}]}', 400, KIND)
        nodes = list(self.nodes.values())
        if wanted := query.get("filter[ids][condition][value][]"):
            nodes = [node for node in nodes if node["id"] in wanted]
        key = query.get("sort", ["-created"])[0].lstrip("-")
        nodes.sort(key=lambda node: node["attributes"][key], reverse=True)
        start = int(query.get("page[offset]", ["0"])[0])
        size = min(self.per_page, int(query.get("page[limit]", ["50"])[0]))
        document = {"jsonapi": {"version": "1.0"}, "data": nodes[start : start + size], "links": {}}
        if "field_image" in include:
            document["included"] = [
                {"type": "file--file", "id": f"f{node['attributes']['drupal_internal__nid']}",
                 "attributes": {"uri": {"value": "public://p.jpg", "url": "/sites/default/files/p.jpg"}}}
                for node in nodes
            ] + [{"type": "taxonomy_term--tags", "id": "t1", "attributes": {"name": "Ekonomi &amp; Desa"}}]  # fmt: skip
        if start + size < len(nodes):
            more = urlsplit(asked.target)._replace(
                query=f"sort=-{key}&page[offset]={start + size}&page[limit]={size}"
            )
            document["links"]["next"] = {"href": self.server.url + more.geturl()}
        return answer(sock, json.dumps(document).encode(), 200, KIND)


@pytest.fixture
def drupal(site):
    return Site(site)


def test_a_node_with_picture_and_category(site, http, now, drupal):
    drupal.add(7, "Pasar Rakyat", created=now - timedelta(hours=3), alias="/berita/pasar-rakyat")
    source = Drupal.from_settings({"url": site.url, "categories": "field_tags"}, http)
    (item,) = source.fetch({}, now).items
    assert (item.key, item.url) == ("uuid-7", f"{site.url}/berita/pasar-rakyat")
    assert (item.title, item.text) == ("Pasar Rakyat", "Pasar Rakyat diresmikan.")
    assert item.published == datetime(2026, 11, 22, 0, tzinfo=UTC)
    assert (item.image_url, item.image_alt) == (f"{site.url}/sites/default/files/p.jpg", "Foto pasar")
    assert (item.categories, item.language) == (("Ekonomi & Desa",), "id")
    assert site.asked[-1].headers["accept"] == "application/vnd.api+json"
    assert "2026" in source.check()


def test_a_site_without_the_picture_field_is_read_without_it(site, http, now, drupal):
    drupal.fields = set()
    drupal.add(7, "Pasar Rakyat", created=now)
    (item,) = Drupal(site.url, http).fetch({}, now).items
    assert (item.url, item.image_url) == (f"{site.url}/node/7", "")


def test_edits_are_found_over_several_pages_and_old_ones_are_left(site, http, now, drupal):
    drupal.per_page = 5
    for number in range(20):
        drupal.add(number, f"Berita {number}", created=now - timedelta(days=30, hours=number))
    first = Drupal(site.url, http).fetch({}, now - timedelta(days=2))
    assert len(first.items) == 5
    for number in range(12):
        drupal.add(
            number,
            f"Suntingan {number}",
            created=now - timedelta(days=30),
            changed=now - timedelta(minutes=number),
        )
    second = Drupal(site.url, http).fetch(first.state, now)
    assert {item.title for item in second.items if item.title.startswith("Suntingan")} == {
        f"Suntingan {number}" for number in range(12)
    }
    assert all(item.modified and item.modified >= now - timedelta(days=30, hours=1) for item in second.items)


def test_what_is_still_listed(site, http, now, drupal):
    drupal.add(1, "Ada", created=now)
    assert Drupal(site.url, http).still(["uuid-1", "uuid-2"]) == {"uuid-1": True, "uuid-2": False}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"<html>bukan</html>", 200),
        (b"{}", 200),
        (b"[1]", 200),
        (b"x", 403),
        (b"x", 500),
        (b'{"data":' + b"[" * 90_000, 200),
    ],
)
def test_whatever_else_comes_is_a_sentence(site, http, now, body, status):
    site.routes["*"] = lambda sock, asked: answer(sock, body, status)
    with pytest.raises(FetchError, match=r"127\.0\.0\.1"):
        Drupal(site.url, http).fetch({}, now)


def test_odd_fields_do_no_harm(site, http, now):
    odd = [{"id": 3}, {"id": "a", "attributes": {"title": ["x"], "body": None, "path": 7, "created": 5}}, "x", None,
           {"id": "b", "attributes": [], "relationships": {"field_image": {"data": "x"}}}]  # fmt: skip
    site.routes["*"] = lambda sock, asked: answer(
        sock, json.dumps({"data": odd, "links": {"next": 5}}).encode()
    )
    found = Drupal(site.url, http).fetch({}, now)
    assert [item.key for item in found.items] == ["3", "a", "b"]
    assert all(item.title == "" for item in found.items)


@pytest.mark.parametrize(
    "elsewhere", ["http://169.254.169.254/jsonapi/", "https://proxied.go.id/jsonapi/node/article"]
)
def test_the_next_page_is_asked_of_this_site_only(site, http, now, elsewhere):
    def talk(sock, asked):
        first = "page[offset]" not in parse_qs(asked.query)
        links = {"next": {"href": f"{elsewhere}?page%5Boffset%5D=50&page%5Blimit%5D=50"}} if first else {}
        answer(sock, json.dumps({"data": [{"id": "a" if first else "b"}], "links": links}).encode())

    site.routes["*"] = talk
    mark = (now - timedelta(days=1)).isoformat()
    found = Drupal(site.url, http).fetch({"site": f"{site.url}/jsonapi/node/article", "watermark": mark}, now)
    assert {item.key for item in found.items} == {"a", "b"}
    assert [parse_qs(asked.query).get("page[offset]") for asked in site.asked] == [None, ["50"]]
