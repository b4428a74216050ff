"""One announcement, everywhere, once."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from test_outbox import states

from humasbot.app import Humasbot
from humasbot.errors import InputError, NotFoundError
from humasbot.models import utc_now


def test_announced_twice_stands_once(bot: Humasbot, note: Path, public: Callable[[str], list[Any]]) -> None:
    first = bot.announce(str(note), actor="budi")
    bot.publish()
    second = bot.announce(str(note), actor="budi")
    bot.publish()
    assert [stand.state for stand in first] == ["queued", "queued"]
    assert [stand.state for stand in second] == ["sent", "sent"]
    assert [stand.url for stand in second] == [public("dua")[0]["url"], public("satu")[0]["url"]]
    assert len(public("satu")) == len(public("dua")) == 1


def test_to_one_account_then_to_the_rest(
    bot: Humasbot, note: Path, public: Callable[[str], list[Any]]
) -> None:
    bot.announce(str(note), actor="budi", to=["satu"])
    bot.publish()
    assert (len(public("satu")), len(public("dua"))) == (1, 0)
    bot.announce(str(note), actor="budi")
    bot.publish()
    assert (len(public("satu")), len(public("dua"))) == (1, 1)
    assert {stand.post_id for stand in bot.announce(str(note), actor="budi")} == {1}


def test_proposal_changes_nothing(bot: Humasbot, note: Path) -> None:
    proposal = bot.propose(str(note))
    assert [draft.account.name for draft in proposal.drafts] == ["dua", "satu"]
    assert "Layanan KTP buka hari Sabtu" in proposal.drafts[0].text
    assert proposal.drafts[0].media[0].alt
    assert bot.views.posts() == []


def test_at_a_later_time_waits(bot: Humasbot, note: Path, public: Callable[[str], list[Any]]) -> None:
    bot.announce(str(note), actor="budi", at=utc_now() + timedelta(hours=2))
    assert bot.publish() == 0
    assert states(bot) == ["queued", "queued"]
    assert public("satu") == []


@pytest.mark.parametrize(
    ("at", "word"),
    [(datetime(2026, 12, 1, 7), "zona"), (datetime(2020, 1, 1, tzinfo=ZoneInfo("Asia/Jakarta")), "lewat")],
)
def test_naive_and_past_times_are_refused(bot: Humasbot, note: Path, at: datetime, word: str) -> None:
    with pytest.raises(InputError, match=word):
        bot.propose(str(note), at=at)


def test_unknown_account_is_named_with_those_there_are(bot: Humasbot, note: Path) -> None:
    with pytest.raises(NotFoundError, match=r"tiga.*dua, satu"):
        bot.propose(str(note), to=["satu", "tiga"])


def test_long_announcement_is_fitted_and_says_so(bot: Humasbot, tmp_path: Path) -> None:
    page = tmp_path / "panjang.md"
    page.write_text("# Laporan banjir\n\n" + "Air setinggi lutut merendam permukiman di bantaran kali. " * 40)
    (draft, _) = bot.propose(str(page)).drafts
    assert len(draft.text) <= 300
    assert draft.text.endswith("— Diskominfo")


def test_sign_off_too_long_blocks_before_anything_is_made(settings: Any, open_bot: Any, note: Path) -> None:
    settings["agency"]["sign_off"] = "Tanda tangan yang terlalu panjang " * 20
    bot = open_bot(settings)
    proposal = bot.propose(str(note))
    assert all(problem.startswith(("satu:", "dua:")) for problem in proposal.problems)
    assert len(proposal.problems) == 2
    with pytest.raises(Exception, match="satu"):
        bot.commit(proposal, actor="budi")
    assert bot.views.posts() == []


def test_two_at_once_make_one_post(bot: Humasbot, note: Path, public: Callable[[str], list[Any]]) -> None:
    first, second = bot.propose(str(note)), bot.propose(str(note))
    assert len(bot.commit(first, actor="budi").deliveries) == 2
    assert bot.commit(second, actor="ani").deliveries == ()
    bot.publish()
    assert len(public("satu")) == len(public("dua")) == 1


def test_approval_records_who_and_what(bot: Humasbot, note: Path) -> None:
    bot.announce(str(note), actor="budi")
    (approval,) = bot.views.delivery(1)["approvals"]
    assert approval["actor"] == "budi"
    assert len(approval["hash"]) == 64


def test_views_are_json(bot: Humasbot, note: Path) -> None:
    bot.announce(str(note), actor="budi")
    bot.publish()
    shown = [
        bot.views.posts(),
        bot.views.post(1),
        bot.views.deliveries(),
        bot.views.delivery(1),
        bot.views.accounts(),
    ]
    assert json.loads(json.dumps(shown, default=str))[1]["variants"][0]["state"] == "sent"
