"""The first sight of a source with very many articles: in parts, and broken off half way it announces nothing old."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from humasbot.app import Humasbot
from humasbot.content import Found, Item
from humasbot.models import Article, Source, utc_now
from humasbot.pipeline import recording
from humasbot.pipeline.ingest import ingest


class Reader:
    """A source that holds *items*, the newest first."""

    firm_ids = False
    every = None

    def __init__(self, items: Sequence[Item]) -> None:
        self.items = items

    def fetch(self, state: dict[str, str], now: Any) -> Found:
        return Found(items=tuple(self.items), state={"seen": "yes"})


class PowerCut(BaseException):
    """Nobody catches it."""


@pytest.fixture
def bot(settings: dict[str, Any], open_bot: Any, monkeypatch: pytest.MonkeyPatch) -> Humasbot:
    settings["sources"] = {"situs": {"kind": "feed", "url": "https://contoh.go.id/feed"}}
    monkeypatch.setattr(recording, "PART", 10)
    monkeypatch.setattr("humasbot.pipeline.ingest.PART", 10)
    bot: Humasbot = open_bot(settings)
    return bot


def items(count: int, *, undated: bool = False) -> list[Item]:
    now = utc_now()
    return [
        Item(
            key=f"id-{n}",
            url=f"https://contoh.go.id/berita/{n}",
            title=f"Kabar nomor {n} dari kantor",
            text=f"Isi kabar nomor {n}, cukup panjang untuk sebuah berita.",
            published=None if undated else now - timedelta(hours=1 + 20 * n),
        )
        for n in range(count)
    ]  # newest first, two of them young


def source(bot: Humasbot) -> Source:
    with bot.office.database.read() as session:
        return session.exec(select(Source)).one()


def articles(bot: Humasbot) -> dict[str, str]:
    with bot.office.database.read() as session:
        return {row.key: row.state for row in session.exec(select(Article)).all()}


@pytest.mark.parametrize("undated", [False, True])
def test_broken_off_half_way_it_goes_on_by_the_same_rules(
    bot: Humasbot, monkeypatch: pytest.MonkeyPatch, undated: bool
) -> None:
    held = items(35, undated=undated)
    monkeypatch.setattr(bot.office, "reader", lambda source: Reader(held))
    write, turns = recording._write, []

    def cut(*args: Any) -> int:
        turns.append(1)
        if len(turns) == 3:
            raise PowerCut
        return write(*args)

    monkeypatch.setattr(recording, "_write", cut)
    with pytest.raises(PowerCut):
        ingest(bot.office, source(bot))
    assert len(articles(bot)) == 20
    assert set(articles(bot).values()) == {"known"}
    assert (source(bot).read_at, source(bot).state) == (None, {})
    assert ingest(bot.office, source(bot)) == (0 if undated else 2)
    found = articles(bot)
    assert len(found) == 35
    assert {key for key, state in found.items() if state == "new"} == (set() if undated else {"id-0", "id-1"})
    assert source(bot).state == {"seen": "yes"}
    # And once more: nothing is new.
    assert ingest(bot.office, source(bot)) == 0
    assert len(articles(bot)) == 35


def test_a_flood_of_many_parts_is_held_before_any_of_it_may_be_said(
    bot: Humasbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.office, "reader", lambda source: Reader(items(1)))
    ingest(bot.office, source(bot))
    now = utc_now()
    rebuilt = [
        Item(
            f"baru-{n}",
            f"https://contoh.go.id/b/{n}",
            f"Judul baru {n} {n * 7919}",
            f"Isi {n}.",
            published=now,
        )
        for n in range(60)
    ]
    monkeypatch.setattr(bot.office, "reader", lambda source: Reader(rebuilt))
    states = []
    write = recording._write

    def look(*args: Any) -> int:
        done = write(*args)
        states.append(done)
        return done

    monkeypatch.setattr(recording, "_write", look)
    assert ingest(bot.office, source(bot)) == 0
    assert set(states) == {0}
    assert sorted(set(articles(bot).values())) == ["held", "new"]


def test_one_id_for_two_things_in_one_reading_makes_two(
    bot: Humasbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = items(2)
    same = Item("id-0", other.url, other.title, other.text, published=other.published)
    monkeypatch.setattr(bot.office, "reader", lambda source: Reader([one, same]))
    assert ingest(bot.office, source(bot)) == 2
    assert len(articles(bot)) == 2


@pytest.mark.slow
def test_twenty_thousand_are_seen_within_seconds(
    settings: dict[str, Any], open_bot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CPU time, so that a busy machine does not decide."""
    import time

    settings["sources"] = {"situs": {"kind": "feed", "url": "https://contoh.go.id/feed"}}
    bot = open_bot(settings)
    held = items(5000)
    monkeypatch.setattr(bot.office, "reader", lambda source: Reader(held))
    started = time.process_time()
    assert ingest(bot.office, source(bot)) == 2
    assert time.process_time() - started < 5  # a quarter of what 20,000 may take
