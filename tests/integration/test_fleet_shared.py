"""What the machines of a fleet hold in common: quotas that one of them ran into, and whose turn it is."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from fleets import fill, fleet
from promised import once, raises, stage
from sqlmodel import col, select

from humasbot import outbox
from humasbot.app import Humasbot
from humasbot.errors import RateLimited
from humasbot.models import Account, Agency, Delivery

__all__ = ["fleet", "stage"]
pytestmark = pytest.mark.slow


def owners(bot: Humasbot, numbers: list[int]) -> list[str]:
    with bot.office.database.read() as session:
        query = (
            select(Delivery.id, Agency.name)
            .join(Account, col(Account.id) == col(Delivery.account_id))
            .join(Agency, col(Agency.id) == col(Account.agency_id))
            .where(col(Delivery.id).in_(numbers))
        )
        names = dict(session.exec(query).all())
    return [names[number] for number in numbers]


@pytest.mark.parametrize("shared", [False, True], ids=["of an account", "of an application"])
def test_a_quota_that_one_machine_ran_into_holds_on_every_other(
    fleet: Any, stage: Any, settings: dict[str, Any], open_bot: Any, shared: bool
) -> None:
    here = fleet(3)
    with here.office.database.write() as session:
        for account in session.exec(select(Account)).all()[:2]:
            account.quota = "played:app"
    fill(here, 2)
    there: Humasbot = open_bot(settings)
    stage("satu0").publish = once(raises(RateLimited("habis", retry_after=timedelta(hours=1), shared=shared)))
    first = outbox.line(here.office.database, 9)[0]
    assert here.publish(only=[first]) == 1
    assert sorted(owners(there, outbox.line(there.office.database, 9))) == (
        ["desa2"] if shared else ["desa1", "desa2"]
    )
    there.publish()
    posts = [len(stage(f"satu{number}").posts) for number in range(3)]
    assert posts == ([0, 0, 2] if shared else [0, 2, 2])


def test_five_thousand_posts_of_one_agency_keep_nobody_waiting(
    fleet: Any, settings: dict[str, Any], open_bot: Any
) -> None:
    """An announcement of another waits for one post of the flood at most, and its warning for none."""
    bot = fleet(3, names=("satu", "dua", "tiga", "empat", "lima"))
    fill(bot, 1000, "desa0")
    fill(bot, 1, "desa1")
    fill(bot, 1, "desa2", priority=10)
    with bot.office.database.write() as session:
        session.execute(
            sa.text("UPDATE humasbot_delivery SET due_at = (SELECT min(due_at) FROM humasbot_delivery), "
                    "next_at = (SELECT min(due_at) FROM humasbot_delivery)")
        )  # fmt: skip
    for machine in (bot, open_bot(settings)):
        turns = owners(machine, outbox.line(machine.office.database, 15))
        assert turns[:5] == ["desa2"] * 5
        assert sorted(turns[5:7]) == ["desa0", "desa1"]
        assert turns.count("desa0") == turns.count("desa1") == 5


def test_alerts_go_before_announcements_and_these_before_greetings(fleet: Any) -> None:
    bot = fleet(4)
    for priority, agency in ((-5, "desa0"), (0, "desa1"), (5, "desa2"), (10, "desa3")):
        fill(bot, 1, agency, priority=priority)
    assert owners(bot, outbox.line(bot.office.database, 9)) == ["desa3", "desa2", "desa1", "desa0"]
