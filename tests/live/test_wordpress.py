"""A real WordPress read by our sources: REST, feed and page, through edits, trash, schedules and odd characters."""

import time
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from PIL import Image
from servers.base import run
from servers.wordpress import WordPress as Site

from humasbot.net import Http
from humasbot.sources.export import Export
from humasbot.sources.feed import Feed
from humasbot.sources.images import fetch_image
from humasbot.sources.page import read_page
from humasbot.sources.wordpress import WordPress

TITLE = "Bupati “Resmikan” Pasar & Jalan di Hu'u <3"
SHOWN = TITLE.replace("'", "’")  # WordPress turns apostrophes into quotation marks for readers
BODY = (
    "<!-- wp:paragraph --><p>Dompu – Bupati meresmikan pasar rakyat &amp; jalan desa.</p><!-- /wp:paragraph -->"
    "<!-- wp:list --><ul><li>Pasar</li><li>Jalan</li></ul><!-- /wp:list -->"
    "<!-- wp:paragraph --><p>Warga menyambut gembira 👍 dan berharap pelayanan makin baik ke depannya.</p>"
    "<!-- /wp:paragraph -->"
)


@pytest.fixture
def http():
    return Http(guard=True, allow_hosts=("127.0.0.1",))


@pytest.fixture
def source(wordpress: Site, http):
    return WordPress.from_settings({"url": wordpress.url}, http)


def photo(size=(2600, 1300)):
    data = BytesIO()
    Image.new("RGB", size, "navy").save(data, "JPEG", quality=60)
    return data.getvalue()


def now():
    return datetime.now(UTC)


def by_key(found):
    return {item.key: item for item in found.items}


def test_a_post_is_read_as_a_reader_sees_it(wordpress, source, http):
    written = now() - timedelta(hours=5)
    made = wordpress.create_post(
        TITLE, BODY, image=photo(), alt="Bupati & warga “bergembira”", categories=["Ekonomi & Desa"], date_gmt=written,
        excerpt="Ringkasan <b>singkat</b>.",
    )  # fmt: skip
    item = by_key(source.fetch({}, now()))[str(made["id"])]
    assert item.title == SHOWN
    assert item.url == made["link"]
    assert item.text == (
        "Dompu – Bupati meresmikan pasar rakyat & jalan desa.\n\n- Pasar\n- Jalan\n\n"
        "Warga menyambut gembira 👍 dan berharap pelayanan makin baik ke depannya."
    )
    assert item.summary == "Ringkasan singkat."
    assert item.published == written.replace(microsecond=0)
    assert item.categories == ("Ekonomi & Desa",)
    assert item.image_alt == "Bupati & warga “bergembira”"
    with Image.open(BytesIO(source.image(item) or b"")) as picture:
        assert picture.size[0] <= 2048
        assert abs(picture.size[0] / picture.size[1] - 2) < 0.02
    assert source.image(item) == fetch_image(item.image_url, http)


def test_what_editors_do_between_readings(wordpress, source):
    kept = wordpress.create_post("Tetap saja begini", BODY, date_gmt=now() - timedelta(days=2))["id"]
    edited = wordpress.create_post("Akan disunting", BODY, date_gmt=now() - timedelta(days=40))["id"]
    trashed = wordpress.create_post("Akan dibuang", BODY)["id"]
    first = source.fetch({}, now())
    assert {str(kept), str(edited), str(trashed)} <= set(by_key(first))

    wordpress.update_post(edited, title="Sudah disunting")
    wordpress.trash_post(trashed)
    fresh = wordpress.create_post("Baru terbit", BODY)["id"]
    late = wordpress.create_post("Ditulis mundur", BODY, date_gmt=now() - timedelta(days=3))["id"]
    wordpress.create_post("Masih konsep", BODY, status="draft")
    private = wordpress.create_post("Untuk pegawai", BODY, status="private")["id"]
    locked = wordpress.create_post("Bersandi", BODY)["id"]
    wordpress.update_post(locked, password="rahasia")
    second = source.fetch(first.state, now())
    found = by_key(second)
    assert found[str(edited)].title == "Sudah disunting"
    assert {str(fresh), str(late)} <= set(found)
    assert not {str(trashed), str(private), str(locked)} & set(found)
    assert "Masih konsep" not in {item.title for item in second.items}
    assert any(str(locked) in warning for warning in second.warnings)
    assert str(kept) not in set(found) or found[str(kept)].digest == by_key(first)[str(kept)].digest


def php(wordpress: Site, code: str, *arguments: str) -> str:
    """Run PHP inside the site and return what it prints."""
    environment = {
        "HUMASBOT_WP_URL": wordpress.url,
        "HUMASBOT_WP_SOCKET": str(wordpress.folder / "database" / "socket"),
    }
    command = ["php", "-r", code, *arguments]
    return run(command, log=wordpress.log, folder=wordpress.folder / "site", environment=environment)


LET_DAYS_PASS = r"""
require 'wp-load.php';
[$id, $date, $modified] = array_slice($argv, 1);
$wpdb->update($wpdb->posts, [
    'post_date' => get_date_from_gmt($date), 'post_date_gmt' => $date,
    'post_modified' => get_date_from_gmt($modified), 'post_modified_gmt' => $modified,
], ['ID' => $id]);
clean_post_cache((int) $id);
check_and_publish_future_post((int) $id);  // what WordPress's cron calls at the planned moment
clean_post_cache((int) $id);
echo get_post($id)->post_status, ' ', get_post($id)->post_modified_gmt;
"""


def test_a_draft_scheduled_days_ago_is_seen_when_it_goes_live(wordpress, source):
    """Scheduled three days ago for a minute ago: its ``modified`` is far behind what we have read since."""
    draft = wordpress.create_post("Pengumuman terjadwal", BODY, status="draft")["id"]
    tomorrow = (now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S")
    assert wordpress.update_post(draft, status="future", date_gmt=tomorrow)["status"] == "future"
    wordpress.create_post("Berita sesudah penjadwalan", BODY)
    state = source.fetch({}, now()).state
    assert str(draft) not in by_key(source.fetch(state, now()))

    due, planned = now() - timedelta(minutes=1), now() - timedelta(days=3)
    stamps = [moment.strftime("%Y-%m-%d %H:%M:%S") for moment in (due, planned)]
    told = php(wordpress, LET_DAYS_PASS, str(draft), *stamps)
    assert told == f"publish {stamps[1]}"  # WordPress itself leaves ``modified`` alone

    found = source.fetch(state, now())
    assert by_key(found)[str(draft)].published == due.replace(microsecond=0)
    assert str(draft) not in by_key(source.fetch(found.state, now()))


def test_old_settled_posts_are_told_once(wordpress, source):
    """The overlap re-reads what changed minutes ago; what is older is not told again."""
    first = source.fetch({}, now())
    later = now() + timedelta(minutes=30)
    state = first.state
    for _ in range(2):
        found = source.fetch(state, later)
        state = found.state
    told = set(by_key(source.fetch(state, later)))
    young = {
        item.key for item in first.items if item.modified and item.modified > now() - timedelta(minutes=2)
    }
    assert told <= young


def test_without_pretty_addresses(wordpress, http):
    made = wordpress.create_post("Lewat rest_route", BODY)
    source = WordPress(wordpress.url, http)
    listed, answer = source.rest.list_page(
        "posts", {"include": made["id"], "_fields": "id,title"}, way="route"
    )
    assert [raw["id"] for raw in listed] == [made["id"]]
    assert "rest_route" in answer.url


def test_pages_when_wished(wordpress, http):
    page = (
        wordpress.rest("POST", "wp/v2/pages", data={"title": "Profil", "content": BODY, "status": "publish"})
        .good()
        .json()
    )
    assert str(page["id"]) not in by_key(WordPress(wordpress.url, http).fetch({}, now()))
    with_pages = WordPress(wordpress.url, http, pages=True).fetch({}, now())
    assert by_key(with_pages)[str(page["id"])].title == "Profil"


def test_check(source):
    assert "REST terbuka" in source.check()


def test_its_feed_with_a_conditional_get(wordpress, http):
    made = wordpress.create_post(TITLE, BODY, categories=["Umum"])
    feed = Feed.from_settings({"url": wordpress.url + "/feed/"}, http)
    first = feed.fetch({}, now())
    item = next(item for item in first.items if item.url == made["link"])
    assert item.title == SHOWN.removesuffix(
        " <3"
    )  # WordPress takes whatever looks like a tag out of its feed's titles
    assert "Dompu – Bupati meresmikan pasar rakyat & jalan desa." in item.text
    assert item.categories == ("Umum",)
    assert item.published == datetime.fromisoformat(made["date_gmt"] + "+00:00")
    assert first.state["etag"].startswith('"')
    assert feed.fetch(first.state, now()).unchanged
    time.sleep(1.1)  # the feed's ETag is its last change, to the second
    another = wordpress.create_post("Sesudahnya", BODY)
    second = feed.fetch(first.state, now())
    assert second.items[0].url == another["link"]
    assert next(i for i in second.items if i.url == made["link"]).key == item.key


def test_its_atom_feed(wordpress, http):
    made = wordpress.create_post("Lewat Atom", BODY)
    found = Feed(wordpress.url + "/feed/atom/", http).fetch({}, now())
    item = next(item for item in found.items if item.url == made["link"])
    assert item.title == "Lewat Atom"
    assert item.language


@pytest.mark.parametrize("tail", ["", "?utm_source=wa&fbclid=abc", "#komentar"])
def test_one_page_by_its_address(wordpress, http, tail):
    made = wordpress.create_post(TITLE, BODY, image=photo((800, 400)), alt="Pita digunting")
    item = read_page(made["link"] + tail, http)
    assert item.key == str(made["id"])
    assert item.url == made["link"]
    assert item.title == SHOWN
    assert item.image_alt == "Pita digunting"
    assert item.published == datetime.fromisoformat(made["date_gmt"] + "+00:00")


def test_one_page_by_its_short_address(wordpress, http):
    made = wordpress.create_post("Alamat pendek", BODY)
    item = read_page(f"{wordpress.url}/?p={made['id']}", http)
    assert (item.key, item.url) == (str(made["id"]), made["link"])


EXPORT = r"""
require 'wp-load.php';
require_once ABSPATH . 'wp-admin/includes/export.php';
export_wp(['content' => 'all']);
"""


def test_its_own_export_read_from_disk(wordpress, source, http, tmp_path):
    made = wordpress.create_post(
        TITLE,
        BODY,
        image=photo((900, 450)),
        alt="Pita & gunting",
        categories=["Umum & Lainnya"],
        excerpt="Ringkas.",
    )
    draft = wordpress.create_post("Konsep tidak ikut", BODY, status="draft")["id"]
    file = tmp_path / "ekspor.xml"
    file.write_text(php(wordpress, EXPORT), encoding="utf-8")
    export = Export.from_settings({"file": str(file)}, http)
    found = by_key(export.fetch({}, now()))
    assert str(draft) not in found
    item, live = found[str(made["id"])], by_key(source.fetch({}, now()))[str(made["id"])]
    assert item.title == TITLE  # the export holds what the editor typed
    assert (item.url, item.text, item.summary) == (live.url, live.text, live.summary)
    assert (item.published, item.modified, item.categories) == (
        live.published,
        live.modified,
        live.categories,
    )
    assert item.image_alt == "Pita & gunting"
    assert export.image(item) == source.image(live)
