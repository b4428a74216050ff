"""Ingest's memory against feeds of every habit: each thing once, and nothing taken for another thing."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool
from sqlmodel import Session, select

from humasbot.content import Item
from humasbot.models import Agency, Article, Source, Table
from humasbot.pipeline.identity import like, spellings
from humasbot.pipeline.recording import Reading, record_all
from humasbot.sources.feed_keys import Memory, with_keys
from humasbot.sources.feed_parse import Parsed

Readings = list[list[tuple[Item, int]]]
START = datetime(2026, 1, 1, tzinfo=UTC)
SUBJECTS = ("Vaksinasi rabies", "Jembatan dibuka", "Pasar murah", "Beasiswa kota", "Panen raya", "Banjir surut",
            "Lelang jabatan", "Air bersih", "Perpustakaan keliling", "Sensus pertanian", "Lomba kebersihan",
            "Operasi katarak")  # fmt: skip


@pytest.fixture(scope="module")
def engine() -> Iterator[object]:
    found = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    Table.metadata.create_all(found)
    with Session(found) as session:
        session.add(Agency(id=1, name="kantor"))
        session.flush()
        session.add(Source(id=1, agency_id=1, name="situs", kind="feed", read_at=START))
        session.commit()
    yield found
    found.dispose()


def story(number: int, home: str, dated: bool, version: int) -> Item:
    title = SUBJECTS[number % len(SUBJECTS)] + (" (ralat)" if version else "")
    return Item(
        key="", url=f"{home}/berita/{number}-kabar", title=title,
        text=f"{SUBJECTS[number % len(SUBJECTS)]} diberitakan kantor kami pada hari ke-{number}. Versi {version}.",
        published=START + timedelta(hours=7 * number) if dated else None,
    )  # fmt: skip


@st.composite
def histories(draw: st.DrawFn) -> list[list[tuple[Item, int]]]:
    """Readings of a feed that grows, is edited, changes the worth of its ids and moves to another domain."""
    readings: list[list[tuple[Item, int]]] = []
    newest, home, dated = draw(st.integers(1, 3)), "http://lama.go.id", draw(st.booleans())
    versions: dict[int, int] = {}
    scheme = draw(st.sampled_from(["firm", "place", "changing", "none", "shared", "address"]))
    for step in range(draw(st.integers(2, 5))):
        if draw(st.integers(0, 4)) == 0:
            home = draw(
                st.sampled_from(["https://lama.go.id", "https://www.lama.go.id", "https://baru.go.id"])
            )
        if dated and draw(st.integers(0, 4)) == 0 and scheme != "place":
            scheme = draw(st.sampled_from(["firm", "changing", "none", "address"]))
        shown = list(range(newest, max(0, newest - draw(st.integers(1, 6))), -1))
        if draw(st.booleans()) and home == "http://lama.go.id":
            versions[shown[-1]] = versions.get(shown[-1], 0) + 1
        entries = []
        for place, number in enumerate(shown):
            item = story(number, home, dated, versions.get(number, 0))
            key = {"firm": f"id-{number}", "place": str(place), "changing": f"{step}-{number}", "none": "",
                   "shared": "sama",
                   "address": item.url}[scheme]  # fmt: skip
            entries.append(
                (
                    Item(key=key, url=item.url, title=item.title, text=item.text, published=item.published),
                    number,
                )
            )
        readings.append(entries)
        newest = min(newest + draw(st.integers(0, 3)), len(SUBJECTS) - 1)
    return readings


@settings(max_examples=30, deadline=None)
@given(histories())
def test_every_story_is_one_article_and_every_article_one_story(engine: object, readings: Readings) -> None:
    read_all(engine, readings)


@pytest.mark.slow
@settings(max_examples=1000, deadline=None)
@given(histories())
def test_the_same_many_times(engine: object, readings: Readings) -> None:
    read_all(engine, readings)


def read_all(engine: object, readings: list[list[tuple[Item, int]]]) -> None:
    with Session(engine) as session, session.begin() as transaction:  # type: ignore[call-overload]  # an engine, as object
        source = Source(id=1, agency_id=1, name="situs", kind="feed", read_at=START)
        state: dict[str, str] = {}
        seen: set[int] = set()
        for step, entries in enumerate(readings):
            numbers = {item.text: number for item, number in entries}
            found, _, memory = with_keys(
                Parsed(tuple(item for item, _ in entries), "http://lama.go.id/"), Memory.of(state)
            )
            state = memory.state(found)
            new = record_all(
                session,
                Reading(source, START - timedelta(days=1), START + timedelta(days=step + 9)),
                found[::-1],
            )
            fresh = {numbers[item.text] for item in found} - seen
            seen |= fresh
            articles = session.exec(select(Article.url, Article.text)).all()
            assert len(articles) == len(seen), articles
            assert {article.url.rsplit("/", 1)[1] for article in articles} == {
                f"{number}-kabar" for number in seen
            }
            for article in articles:
                number = int(article.url.rsplit("/", 1)[1].split("-")[0])
                assert article.text.startswith(SUBJECTS[number % len(SUBJECTS)])
            assert new <= len(fresh)
        transaction.rollback()


def test_the_ways_to_write_an_address() -> None:
    ways = spellings("https://www.x.go.id/berita/1/?a=b")
    assert "http://x.go.id/berita/1?a=b" in ways
    assert "https://www.x.go.id/berita/1/?a=b" in ways
    assert all("berita/1" in way for way in ways)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Vaksinasi rabies", "Vaksinasi rabies gratis", True),
        ("Vaksinasi rabies", "Pasar murah di kota", False),
        ("", "", False),
    ],
)
def test_like_titles(one: str, other: str, expected: bool) -> None:
    assert like(one, other) is expected
