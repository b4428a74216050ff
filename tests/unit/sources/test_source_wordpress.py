"""WordPress over REST: nothing lost, nothing told twice, every field as a reader sees it."""

from datetime import UTC, datetime, timedelta

import pytest
from fake_wordpress import FakeWordPress
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odd_server import OddServer

from humasbot.errors import ConfigError, FetchError
from humasbot.net import Http
from humasbot.sources.wordpress import WordPress

MINUTE = timedelta(minutes=1)


@pytest.fixture
def wp(site, now):
    return FakeWordPress(site, now)


@pytest.fixture
def source(wp, http):
    return WordPress.from_settings({"url": wp.url + "/"}, http)


def titles(found):
    return [item.title for item in found.items]


# --- watermark -----------------------------------------------------------------------------------------------------


def test_first_reading_then_only_what_changed(wp, source):
    old = wp.publish("Satu", when=wp.now - timedelta(days=3))
    wp.publish("Dua", when=wp.now - timedelta(days=1))
    wp.now += 30 * MINUTE
    first = source.fetch({}, wp.now)
    assert titles(first) == ["Dua", "Satu"]
    again = source.fetch(first.state, wp.now)
    assert again.items == ()
    assert again.unchanged
    wp.now += 30 * MINUTE
    wp.edit(old, "Satu (diperbarui)")
    wp.publish("Tiga")
    wp.now += 30 * MINUTE
    third = source.fetch(again.state, wp.now)
    assert titles(third) == ["Tiga", "Satu (diperbarui)"]
    assert source.fetch(third.state, wp.now).items == ()


def test_a_scheduled_post_that_goes_live_is_seen_though_its_modified_is_old(wp, source):
    wp.publish("Terbit")
    wp.schedule("Terjadwal", wp.now + timedelta(days=4))
    wp.now += timedelta(hours=1)
    state = source.fetch({}, wp.now).state
    for _ in range(3):  # other posts move the watermark far past the scheduled post's last edit
        wp.now += timedelta(days=1)
        wp.publish(f"Harian {wp.now:%d}")
        wp.now += timedelta(hours=1)
        state = source.fetch(state, wp.now).state
    wp.now += timedelta(days=2)
    found = source.fetch(state, wp.now)
    assert titles(found) == ["Terjadwal"]
    assert source.fetch(found.state, wp.now).items == ()


def test_two_edits_within_one_second_are_both_seen(wp, source):
    number = wp.publish("Awal")
    state = source.fetch({}, wp.now).state
    wp.edit(number, "Akhir")  # the same second
    wp.now += MINUTE / 2
    assert titles(source.fetch(state, wp.now)) == ["Akhir"]


def test_a_site_older_than_modified_after_is_read_just_so(wp, source):
    wp.knows_modified_after = False
    for number in range(60):
        wp.publish(f"Lama {number}", when=wp.now - timedelta(days=100 - number))
    wp.now += timedelta(hours=1)
    state = source.fetch({}, wp.now).state
    wp.publish("Baru")
    wp.now += timedelta(hours=1)
    asked = len(wp.server.asked)
    assert titles(source.fetch(state, wp.now)) == ["Baru"]
    assert len(wp.server.asked) - asked <= 3


def test_paging_is_bounded_and_says_so(wp, source):
    for number in range(45):
        wp.publish(f"Berita {number}", when=wp.now - number * MINUTE)
    wp.now += timedelta(hours=1)
    first = source.fetch({}, wp.now)
    assert len(first.items) == 40
    for number in range(310):
        wp.edit(wp.publish("", when=wp.now - timedelta(days=60)), f"Massal {number}")
    wp.now += timedelta(hours=1)
    asked = len(wp.server.asked)
    second = source.fetch(first.state, wp.now)
    assert len(wp.server.asked) - asked < 20
    assert len(second.items) >= 300
    assert any("300" in warning for warning in second.warnings)


def test_pages_only_when_wished(wp, http, now):
    wp.publish("Pos")
    wp.publish("Halaman", kind="pages")
    wp.now += timedelta(hours=1)
    assert titles(WordPress(wp.url, http).fetch({}, now)) == ["Pos"]
    both = WordPress.from_settings({"url": wp.url, "pages": "ya"}, http).fetch({}, now)
    assert sorted(titles(both)) == ["Halaman", "Pos"]


def test_the_state_of_another_site_is_not_believed(wp, source):
    wp.publish("Satu")
    state = {
        "site": "https://lain.go.id",
        "watermark": "2030-01-01T00:00:00Z",
        "seen": "10@2026-11-22T03:00:00Z",
    }
    assert titles(source.fetch(state, wp.now)) == ["Satu"]


@pytest.mark.parametrize(
    "spoilt", [{"watermark": "x", "seen": "a@b @ 5"}, {"seen": "5"}, {"watermark": ""}, {"way": "jalan lain"}]
)
def test_a_spoilt_state_is_survived(wp, source, spoilt):
    wp.publish("Satu")
    assert titles(source.fetch({"site": wp.url, **spoilt}, wp.now)) == ["Satu"]


operations = st.lists(
    st.tuples(
        st.sampled_from(["publish", "backdate", "edit", "schedule", "trash", "wait", "read"]),
        st.integers(0, 400),
    ),
    max_size=25,
)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(operations)
def test_every_public_state_of_every_post_is_told_and_settled_ones_once(steps):
    """Whatever editors do, between any two readings: what the last reading told equals what the site shows."""
    server = OddServer()
    try:
        wp = FakeWordPress(server, datetime(2026, 11, 22, 3, tzinfo=UTC))
        source = WordPress(wp.url, Http())
        told: dict[str, str] = {}
        times: dict[tuple[str, str], int] = {}
        state: dict[str, str] = {}
        for number, (what, argument) in enumerate([*steps, ("wait", 5), ("read", 0)]):
            live = [post.id for post in wp.posts.values() if post.kind == "posts"]
            if what == "publish":
                wp.publish(f"Judul {number}")
            elif what == "backdate":
                wp.publish(f"Mundur {number}", when=wp.now - argument * MINUTE)
            elif what == "schedule":
                wp.schedule(f"Terjadwal {number}", wp.now + argument * MINUTE)
            elif what == "edit" and live:
                wp.edit(live[argument % len(live)], f"Suntingan {number}")
            elif what == "trash" and live:
                wp.trash(live[argument % len(live)])
            elif what == "wait":
                wp.now += argument * MINUTE
            elif what == "read":
                found = source.fetch(state, wp.now)
                state = dict(found.state)
                for item in found.items:
                    told[item.key] = item.title
                    times[item.key, item.title] = times.get((item.key, item.title), 0) + 1
        shown = {
            str(post.id): post.title
            for post in wp.posts.values()
            if post.date <= wp.now and post.kind == "posts"
        }
        assert {key: told.get(key) for key in shown} == shown
        wp.now += 2 * MINUTE
        settled = source.fetch(source.fetch(state, wp.now).state, wp.now)
        assert settled.items == ()
    finally:
        server.close()


# --- ways in, and refusals -----------------------------------------------------------------------------------------


def test_without_pretty_addresses_the_other_way_is_found_and_remembered(wp, source):
    wp.pretty = False
    wp.publish("Satu")
    first = source.fetch({}, wp.now)
    assert titles(first) == ["Satu"]
    asked = len(wp.server.asked)
    source.fetch(first.state, wp.now)
    assert all("rest_route" in request.target for request in wp.server.asked[asked:])


def test_words_before_the_json_are_forgiven(wp, source):
    wp.before_json = b"\xef\xbb\xbf<br />\n<b>Notice</b>: Undefined index: x in [plugin] on line 3<br />\n"
    wp.publish("Satu")
    assert titles(source.fetch({}, wp.now)) == ["Satu"]


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_closed_interface_says_so_and_what_to_do(site, http, now, status):
    site.serve("*", '{"code":"rest_forbidden"}', status)
    with pytest.raises(FetchError, match='kind = "feed"') as caught:
        WordPress(site.url, http).fetch({}, now)
    assert not caught.value.temporary
    assert str(status) in str(caught.value)


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_site_in_trouble_is_asked_again_later(site, http, now, status):
    site.serve("*", "maaf", status)
    with pytest.raises(FetchError) as caught:
        WordPress(site.url, http).fetch({}, now)
    assert caught.value.temporary
    assert len(site.asked) == 1


@pytest.mark.parametrize(
    "body", ["", "<html>", "{}", "[1]", '[{"id":"x"}]', "[" * 100_000, '[{"id":true}]', "null"]
)
def test_what_is_not_a_list_of_posts_is_refused(site, http, now, body):
    site.serve("*", body, 200)
    with pytest.raises(FetchError):
        WordPress(site.url, http).fetch({}, now)


def test_a_gigantic_answer_is_refused(site, http, now):
    site.serve("*", b"[" + b" " * 21_000_000 + b"]")
    with pytest.raises(FetchError, match="20 MB") as caught:
        WordPress(site.url, http).fetch({}, now)
    assert not caught.value.temporary


def test_inner_addresses_are_refused(wp, now):
    with pytest.raises(FetchError, match="allow_hosts"):
        WordPress(wp.url, Http(guard=True)).fetch({}, now)


def test_check_says_what_was_found(wp, source):
    assert "belum ada pos" in source.check()
    wp.publish("Satu")
    assert "2026-11-22" in source.check()


@pytest.mark.parametrize(
    ("given", "where"),
    [({}, "url"), ({"url": "x.go.id"}, "url"), ({"url": "https://x", "timezone": "WIB/X"}, "timezone"),
     ({"url": "https://x", "ulr": "y"}, "ulr")],
)  # fmt: skip
def test_settings_that_cannot_be(given, where, http):
    with pytest.raises(ConfigError) as caught:
        WordPress.from_settings(given, http)
    assert [problem.where for problem in caught.value.problems] == [where]


def test_a_post_with_a_password_is_left_out(wp, source):
    wp.publish("Rahasia", content={"rendered": "", "protected": True})
    wp.publish("Terbuka")
    found = source.fetch({}, wp.now)
    assert titles(found) == ["Terbuka"]
    assert "sandi" in found.warnings[0]
