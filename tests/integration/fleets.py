"""What the tests of a fleet share: many agencies on stages of the test, and their queues full."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import select

from humasbot.app import Humasbot
from humasbot.models import Account, Agency, utc_now
from humasbot.pipeline import staging
from humasbot.pipeline.approve import hash_of
from humasbot.pipeline.seen import Said


@pytest.fixture
def fleet(settings: dict[str, Any], open_bot: Any, tmp_path: Path) -> Callable[..., Humasbot]:
    """A fleet of agencies ``desa0`` …, each with the accounts *names* on a stage of the test."""

    def make(count: int, names: tuple[str, ...] = ("satu",), **campaign: Any) -> Humasbot:
        settings["humasbot"] |= {"fleet": True, "templates": str(tmp_path / "templates")}
        settings["accounts"] = {}
        if campaign:
            settings["campaigns"]["pagi"] = {
                "occasion": "daily", "approval": "policy", "agencies": "all", "picture": "none", "at": "00:00",
                "template": "pagi", **campaign,
            }  # fmt: skip
        bot: Humasbot = open_bot(settings)
        with bot.office.database.write() as session:
            for number in range(count):
                agency = Agency(
                    name=f"desa{number}", title=f"Desa {number}", brand={"sign_off": f"Pemdes {number}"}
                )
                session.add(agency)
                session.flush()
                for name in names:
                    where = {"stage": f"{tmp_path}/{name}{number}"}
                    session.add(
                        Account(agency_id=agency.id or 0, name=name, platform="played", settings=where)
                    )
        return bot

    return make


def fill(bot: Humasbot, count: int = 1, agency: str = "", priority: int = 0) -> list[int]:
    """Queue *count* deliveries for each account (of one agency); their numbers, in the order of their making."""
    query = select(Account).join(Agency, Agency.id == Account.agency_id).order_by(Account.id)
    with bot.office.database.write() as session:
        accounts = session.exec(query.where(Agency.name == agency) if agency else query).all()
        campaign = session.execute(sa.text("SELECT min(id) FROM humasbot_campaign")).scalar() or 0
        now = utc_now()
        made: list[int] = []
        for number in range(count):
            rows = []
            for account in accounts:
                said = Said("Kabar", f"Kabar nomor {number}", "", "id", [], {}, now, None)
                key = f"{account.id}-{number}-{priority}"
                rows.append(
                    staging.Row(account.agency_id, account.id or 0, said, hash_of(said, account), key)
                )
            staging.queue(session, campaign, f"{priority}:{number}", priority, rows, now)
        made += session.execute(sa.text("SELECT id FROM humasbot_delivery ORDER BY id")).scalars()
    return made
