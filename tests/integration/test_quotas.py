"""Quotas and costs: what the platform tells, a post that would break the limit, and what a month of X costs."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from promised import on_sqlite

from humasbot.app import Humasbot
from humasbot.content import Allowance
from humasbot.models import utc_now
from humasbot.pipeline.quotas import Room, forecast, keep
from humasbot.testing.standin_x import XStandIn

DAY = timedelta(days=1)
NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)


def room(total: int, *hours: float, others: int = 0, until: float = 0) -> Room:
    """Our posts were (or will be) so many hours from noon."""
    own = tuple(NOON + timedelta(hours=hour) for hour in hours)
    return Room(total, DAY, own, others, NOON + timedelta(hours=until))


@pytest.mark.parametrize(
    ("given_room", "hours"),
    [
        (room(2, -3), 0.0),
        (room(2, -3, -30), 0.0),
        (room(2, -3, -5), 19.0),
        (room(2, -3, 4), 21.0),  # the one that is planned at 16.00 keeps its place
        (room(1, others=1, until=6), 6.0),
        (room(2, -3, others=1, until=6), 6.0),
    ],
)
def test_the_first_moment_with_room(given_room: Room, hours: float) -> None:
    free = given_room.free_at(NOON)
    assert free is not None
    assert abs(free - (NOON + timedelta(hours=hours))) <= timedelta(seconds=1)


def test_a_quota_of_nothing_has_no_room() -> None:
    assert room(0).free_at(NOON) is None


@given(st.integers(1, 4), st.lists(st.floats(-48, 48), max_size=8), st.integers(0, 3), st.floats(-5, 30))
def test_whatever_is_planned_the_limit_holds(
    total: int, hours: list[float], others: int, until: float
) -> None:
    before = room(total, *hours, others=others, until=until)
    free = before.free_at(NOON)
    assert free is not None
    assert free >= NOON
    after = Room(total, DAY, (*before.own, free), others, before.others_until)
    broken = {at for at in before.own if before.used(at) > total}
    assert after.used(free) <= total
    assert all(after.used(at) <= total for at in before.own if at not in broken and at > free)


def test_a_month_goes_on_as_it_began_and_pays_at_least_what_waits() -> None:
    tenth = datetime(2026, 11, 11, 0, 0, tzinfo=UTC)
    assert forecast(Decimal("2.000"), Decimal(0), tenth) == Decimal("6.000")
    assert forecast(Decimal("2.000"), Decimal("9.000"), tenth) == Decimal("11.000")


@on_sqlite
def test_a_post_that_would_break_the_limit_is_planned_for_later(bot: Humasbot, note: Path) -> None:
    number = {row["name"]: row["id"] for row in bot.views.accounts()}["satu"]
    keep(bot.office, number, [Allowance(5, 5, DAY)])
    drafts = {draft.account.name: draft for draft in bot.propose(str(note)).drafts}
    assert drafts["dua"].due <= utc_now() < drafts["satu"].due <= utc_now() + DAY
    assert any(
        "jatah 5 kiriman dalam 24 jam sudah penuh; dijadwalkan" in each for each in drafts["satu"].notes
    )
    stands = {stand.account: stand for stand in bot.announce(str(note), actor="budi")}
    bot.publish()
    assert {row["account"]: row["state"] for row in bot.views.deliveries()} == {
        "satu": "queued",
        "dua": "sent",
    }
    assert stands["satu"].due_at is not None
    assert stands["satu"].due_at > utc_now()


@on_sqlite
def test_our_own_posts_are_not_counted_twice(bot: Humasbot, note: Path) -> None:
    bot.announce(str(note), actor="budi")
    bot.publish()
    number = {row["name"]: row["id"] for row in bot.views.accounts()}["satu"]
    keep(bot.office, number, [Allowance(1, 2, DAY)], utc_now() + timedelta(seconds=1))
    [shown] = [row for row in bot.quotas() if row["account"] == "satu"]
    assert (shown["quotas"][0]["used"], shown["quotas"][0]["left"]) == (1, 1)


@on_sqlite
def test_what_x_costs_is_known_before_and_counted_after(
    settings: dict[str, Any], open_bot: Any, note: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with XStandIn() as server:
        server.limit_headers = {
            "x-user-limit-24hour-limit": "100",
            "x-user-limit-24hour-remaining": "98",
            "x-user-limit-24hour-reset": str(int((utc_now() + DAY).timestamp())),
        }
        monkeypatch.setenv("T_X", server.credentials["bearer_token"])
        settings["accounts"] = {
            "x": {"platform": "x", "base_url": server.url, "bearer_token": {"env": "T_X"}}
        }
        bot = open_bot(settings)
        [draft] = bot.propose(str(note)).drafts
        assert any(each.startswith("biaya X: US$0.") for each in draft.notes)
        price = draft.options["cost_usd"]
        bot.announce(str(note), actor="budi")
        [shown] = bot.quotas()
        assert (shown["spent_usd"], shown["queued_usd"]) == ("0", price)
        bot.publish()
        bot.ask_quotas()
        [shown] = bot.quotas()
        assert (shown["spent_usd"], shown["queued_usd"]) == (price, "0")
        assert Decimal(shown["month_usd"]) >= Decimal(price)
        assert [(row["what"], row["total"]) for row in shown["quotas"]] == [("posts", 100)]
        assert price in json.dumps(bot.views.post(1)["variants"][0]["notes"])
