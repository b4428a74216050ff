"""A long text as a chain of posts on X, Mastodon and Bluesky: whole, in order, once, whatever is lost on the way."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from humasbot.content import Checkpoint, Limits, Outgoing, Receipt
from humasbot.errors import Problem, Rejected, Uncertain
from humasbot.platforms import chain
from humasbot.platforms.base import Publisher
from humasbot.platforms.bluesky import Bluesky
from humasbot.platforms.mastodon import Mastodon
from humasbot.platforms.text import count_x
from humasbot.platforms.x import LINK_POST_USD, POST_USD, X
from humasbot.testing import Notes, Restarted, StandIn, picture
from humasbot.testing.standin_bluesky import BlueskyStandIn
from humasbot.testing.standin_mastodon import MastodonStandIn
from humasbot.testing.standin_x import XStandIn

DUE = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
SENTENCE = "Loket {n} Dinas Dukcapil melayani perekaman KTP di balai kota mulai pukul delapan pagi. "
LONG = "".join(SENTENCE.format(n=n) for n in range(12)).strip()


@dataclass
class Case:
    """One platform: its stand-in, a publisher with chains, the publishing call, and how the chain looks there."""

    server: StandIn
    make: Callable[[], Publisher]
    call: str
    texts: Callable[[], list[str]]
    before: Callable[[], list[str]]
    names: Callable[[], list[str]]


def _x() -> Case:
    server = XStandIn().start()
    settings = {"bearer_token": server.credentials["bearer_token"], "base_url": server.url, "parts": "6"}
    return Case(
        server, lambda: X.from_settings(settings), "POST /2/tweets",
        lambda: [p["text"] for p in server.accepted], lambda: [p["reply_to"] for p in server.accepted],
        lambda: [p["id"] for p in server.accepted],
    )  # fmt: skip


def _mastodon() -> Case:
    server = MastodonStandIn().start()
    settings = {"server": server.url, "token": server.token, "parts": "6"}
    return Case(
        server, lambda: Mastodon.from_settings(settings), "POST /api/v1/statuses",
        lambda: [s["text"] for s in server.accepted], lambda: [s["in_reply_to_id"] or "" for s in server.accepted],
        lambda: [s["id"] for s in server.accepted],
    )  # fmt: skip


def _bluesky() -> Case:
    server = BlueskyStandIn().start()
    settings = {"service": server.url, "handle": server.who, "app_password": server.password, "parts": "6"}
    return Case(
        server, lambda: Bluesky.from_settings(settings), "putRecord",
        lambda: [r["value"]["text"] for r in server.accepted],
        lambda: [r["value"].get("reply", {}).get("parent", {}).get("uri", "") for r in server.accepted],
        lambda: [r["uri"] for r in server.accepted],
    )  # fmt: skip


@pytest.fixture(params=[_x, _mastodon, _bluesky], ids=["x", "mastodon", "bluesky"])
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    made: Case = request.param()
    yield made
    made.server.stop()


def post(text: str = LONG, pictures: int = 1) -> Outgoing:
    return Outgoing("kunci", text, DUE, media=tuple(picture(n) for n in range(pictures)))


def whole(case: Case, receipt: Receipt) -> None:
    """The chain stands there whole, once, each part in answer to the one before."""
    assert " ".join(case.texts()) == LONG
    assert len(case.texts()) > 1
    assert case.before() == ["", *case.names()[:-1]]
    assert receipt.remote_id.split("+") == case.names()


def test_a_long_text_becomes_a_chain(case: Case) -> None:
    publisher = case.make()
    assert publisher.validate(post()) == []
    count = len(case.make().publish(post(), Notes()).remote_id.split("+"))
    assert publisher.remarks(post()) == [f"menjadi {count} kiriman berantai"]
    receipt = publisher.find_existing(post(), datetime.now(UTC) - timedelta(minutes=5))
    assert receipt is not None
    whole(case, receipt)
    publisher.delete(receipt)
    assert case.texts() == []


@pytest.mark.slow
@pytest.mark.parametrize("skipped", [0, 1])
@pytest.mark.parametrize("fault", ["drop", "lost", "gateway"])
def test_a_lost_answer_in_the_middle_goes_on_where_it_was(case: Case, fault: Any, skipped: int) -> None:
    notes = Notes()
    if skipped:  # the first part is out, and its note is the last that was written
        notes.stop_after = _saves_until_first_is_out(case)
        with pytest.raises(Restarted):
            case.make().publish(post(), notes)
        notes.stop_after = None
    case.server.fault(fault, on=case.call)
    with pytest.raises(Uncertain):
        case.make().publish(post(), notes)
    assert case.make().find_existing(post(), datetime.now(UTC) - timedelta(minutes=5)) is None
    whole(case, case.make().publish(post(), notes))


def _saves_until_first_is_out(case: Case) -> int:
    notes = Notes()
    case.make().publish(replace(post(), key="lain"), notes)
    names = list(notes.values)
    for name in reversed(case.names()):
        case.make().delete(Receipt(name, ""))
    first = next(n for n in names if n in ("post:0", "record:0"))
    return names.index(first) + 1


@pytest.mark.slow
def test_killed_after_each_note_it_stands_once(case: Case) -> None:
    notes = Notes()
    case.make().publish(post(), notes)
    for n in range(1, notes.saves + 1):
        for name in reversed(case.names()):
            case.make().delete(Receipt(name, ""))
        stopped = Notes(n)
        outgoing = replace(post(), key=f"kunci-{n}")
        with pytest.raises(Restarted):
            case.make().publish(outgoing, stopped)
        stopped.stop_after = None
        whole(case, case.make().publish(outgoing, stopped))


def test_a_refused_part_takes_the_others_back(case: Case) -> None:
    notes = Notes()
    notes.stop_after = _saves_until_first_is_out(case)
    with pytest.raises(Restarted):
        case.make().publish(post(), notes)
    notes.stop_after = None
    assert len(case.texts()) == 1
    status = 400 if "tweets" in case.call else 422
    case.server.fault(
        "status", on=case.call, status=status, body={"error": "Validation failed", "detail": "no"}
    )
    with pytest.raises(Rejected):
        case.make().publish(post(), notes)
    assert case.texts() == []
    whole(case, case.make().publish(post(), notes))


def test_a_chain_on_x_is_paid_post_by_post() -> None:
    with XStandIn() as server:
        token = {"bearer_token": server.credentials["bearer_token"], "base_url": server.url}
        x = X.from_settings({**token, "parts": "6"})
        text = f"{LONG} Selengkapnya https://contoh.go.id/berita/1"
        count = len(chain.parted(text, X.limits.fits))
        assert x.cost(post(text)) == (count - 1) * POST_USD + LINK_POST_USD


def test_parts_outside_their_range_are_named() -> None:
    problems: list[Problem] = []
    assert [chain.parts_of(value, problems) for value in ("1", "20")] == [1, 20]
    assert problems == []
    for value in ("0", "21", "dua", ""):
        chain.parts_of(value, problems)
    assert len(problems) == 4


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=900))
def test_nothing_is_lost_between_the_parts(text: str) -> None:
    limits = Limits(280, "tests", date(2026, 11, 22), count=count_x)
    parts = chain.parted(text, limits.fits)
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert all(limits.fits(part) for part in parts[:-1])


def test_checkpoint_protocol_is_enough() -> None:
    notes: Checkpoint = Notes()
    ids = chain.publish(
        "Uji", ["a", "b"], notes, send=lambda n, text, before: f"{n}{text}{len(before)}",
        seek=lambda text, since: None, take_back=lambda post: None,
    )  # fmt: skip
    assert ids == ["0a0", "1b1"]
