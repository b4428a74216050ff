"""Which entry is which, over several readings of feeds that change their ids, addresses and order."""

from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from humasbot.content import Item
from humasbot.errors import FetchError
from humasbot.sources.dates import WIB
from humasbot.sources.feed_keys import Memory, with_keys
from humasbot.sources.feed_parse import Parsed, parse_feed

HOME = "https://x.go.id/"
START = datetime(2026, 1, 1, tzinfo=UTC)


def read(state, *entries):
    items, _, memory = with_keys(Parsed(tuple(entries), HOME), Memory.of(state))
    return {item.title: item.key for item in items}, memory.state(items)


def entry(number, key, path=None):
    return Item(key=key, url=f"{HOME}{path or f'berita/{number}'}", title=f"Berita {number}", text=f"Isi {number}.",
                published=START + timedelta(hours=number))  # fmt: skip


def test_ids_that_are_places_in_the_list_are_found_out_and_never_believed_again():
    first, state = read({}, entry(2, "1"), entry(1, "2"))
    second, state = read(state, entry(3, "1"), entry(2, "2"), entry(1, "3"))
    assert state["ids"] == "shaky"
    assert second["Berita 3"] == f"{HOME}berita/3"
    assert {second["Berita 2"], second["Berita 1"]} == {first["Berita 2"], first["Berita 1"]}
    third, state = read(state, entry(4, "1"), entry(3, "2"), entry(2, "3"))
    assert third["Berita 4"] == f"{HOME}berita/4"
    assert third["Berita 3"] == second["Berita 3"]
    assert third["Berita 2"] == second["Berita 2"]


def test_a_guid_that_changes_each_time_keeps_its_first_key():
    first, state = read({}, entry(1, "acak-a"))
    for guid in ("acak-b", "acak-c", ""):
        again, state = read(state, entry(1, guid))
        assert again == first
    assert "ids" not in state


@st.composite
def histories(draw):
    """Readings of one feed that grows: what its ids are worth, and which entries each reading shows."""
    scheme = draw(st.sampled_from(["firm", "place", "changing", "none", "shared", "address"]))
    readings, newest = [], draw(st.integers(1, 5))
    for step in range(draw(st.integers(2, 5))):
        shown = list(range(newest, max(0, newest - draw(st.integers(1, 6))), -1))
        entries = []
        for place, number in enumerate(shown):
            key = {"firm": f"id-{number}", "place": str(place), "changing": f"{step}-{number}", "none": "",
                   "shared": "sama",
                   "address": f"{HOME}berita/{number}"}[scheme]  # fmt: skip
            entries.append(entry(number, key))
        readings.append(entries)
        newest += draw(st.integers(0, 3))
    return scheme, readings


@settings(max_examples=80, deadline=None)
@given(histories())
def test_no_two_entries_ever_share_a_key_within_a_reading_and_known_pages_keep_theirs(history):
    scheme, readings = history
    state, keys = {}, {}
    for entries in readings:
        found, state = read(state, *entries)
        assert len(found) == len(entries)
        assert len(set(found.values())) == len(found)
        for title, key in found.items():
            if scheme not in (
                "place",
                "shared",
            ):  # what these are is settled by ingest, which knows the old words
                assert keys.setdefault(title, key) == key
                assert all(other == title for other, taken in keys.items() if taken == key)


NAMES = st.text(alphabet="abcdefghijklmnopqrstuvwxyz '\"\u00e9\u201c", min_size=3, max_size=30)


@st.composite
def feeds(draw):
    """Well-formed RSS of entries that are all different, and what each one is."""
    count = draw(st.integers(1, 8))
    return [(number, f"{draw(NAMES).strip()} {number}") for number in range(count)]


def rss(stories, cut=None, noise=b""):
    from html import escape

    rows = "".join(
        f"<item><guid isPermaLink='false'>k{number}</guid><title>{escape(title)}</title><link>{HOME}b/{number}</link>"
        f"<description>Isi nomor {number}.</description>"
        f"<pubDate>Thu, {number + 1:02} Jan 2026 10:00:00 WIB</pubDate></item>"
        for number, title in stories
    )
    body = f'<rss version="2.0"><channel><link>{HOME}</link>{rows}</channel></rss>'.encode()
    if cut is not None:
        place = int(cut * len(body))
        body = body[:place] + noise
    return body


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(feeds(), st.none() | st.floats(0, 1), st.binary(max_size=8).filter(lambda noise: b"item" not in noise))
def test_a_feed_cut_anywhere_gives_no_entry_another_ones_parts(stories, cut, noise):
    """What is read of a broken feed is right, or it is not read at all."""
    try:
        parsed = parse_feed(rss(stories, cut, noise), HOME, WIB)
    except FetchError:
        assert cut is not None
        return
    if cut is None:
        assert len(parsed.entries) == len(stories)
    titles = {f"k{number}": " ".join(title.split()) for number, title in stories}
    for item in parsed.entries:
        number = item.key.removeprefix("k")
        assert item.url == f"{HOME}b/{number}"
        assert item.text == f"Isi nomor {number}."
        assert item.published == datetime(2026, 1, int(number) + 1, 3, tzinfo=UTC)
        assert item.title == titles[item.key]
