"""What was taken back: a person is told where it still stands, and may say it once more."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from browsing import Browser
from promised import on_sqlite
from sqlmodel import select

from humasbot.app import Humasbot
from humasbot.cli.common import state_word
from humasbot.errors import StateError
from humasbot.models import Account, Delivery, Recipient, RecipientResult, Variant, utc_now

pytestmark = on_sqlite
Public = Callable[[str], list[dict[str, Any]]]


@pytest.fixture
def settings(settings: dict[str, Any]) -> dict[str, Any]:
    """A board, which can delete, and a letter, which nobody can call back."""
    settings["accounts"] = {
        "papan": {"platform": "board", "folder": "papan", "base_url": "https://papan.example.go.id"},
        "surat": {"platform": "scripted", "folder": "surat"},
    }
    return settings


def sent(bot: Humasbot) -> list[str]:
    query = (
        select(Account.name).join(Delivery, Delivery.account_id == Account.id).where(Delivery.state == "sent")
    )
    with bot.office.database.read() as session:
        return sorted(session.exec(query).all())


def open_alerts(bot: Humasbot) -> list[str]:
    bot.alerts.look()
    return [alert["text"] for alert in bot.alerts.open() if alert["kind"] == "withdrawal"]


def test_a_withdrawn_page_is_announced_again_only_where_it_is_gone_and_a_person_says_so(
    bot: Humasbot, note: Path, public: Public
) -> None:
    first = bot.announce(str(note), actor="budi")[0].post_id
    bot.publish()
    bot.withdraw(first, reason="Salah tanggal.", actor="ani")
    # By itself nothing is said again: not by announcing, whoever does it.
    assert {stand.post_id for stand in bot.announce(str(note), actor="budi")} == {first}
    assert any("--again" in words and "papan" in words for words in bot.propose(str(note)).warnings)
    bot.publish()
    assert sent(bot) == ["papan", "surat"]
    stands = {stand.account: stand for stand in bot.announce(str(note), actor="citra", again=True)}
    assert (stands["papan"].state, stands["surat"].post_id) == ("queued", first)
    assert stands["papan"].post_id != first
    bot.publish()
    assert sent(bot) == ["papan", "papan", "surat"]
    assert len(public("surat")) == 1
    with bot.office.database.read() as session:
        [old] = session.exec(select(Variant).where(Variant.post_id == first, Variant.subject == None)).all()  # noqa: E711
        assert session.get_one(Account, old.account_id).name == "papan"
    # And no second time.
    bot.announce(str(note), actor="citra", again=True)
    bot.publish()
    assert sent(bot) == ["papan", "papan", "surat"]
    assert [row["actor"] for row in bot.trail.rows(act="said_anew")] == ["citra"]


def test_what_a_platform_refused_is_announced_again_by_a_persons_word_only(
    bot: Humasbot, note: Path, public: Public
) -> None:
    (bot.config.folder / "surat").mkdir(exist_ok=True)
    (bot.config.folder / "surat" / "script").write_text("refused")
    first = bot.announce(str(note), actor="budi")[0].post_id
    bot.publish()
    assert sent(bot) == ["papan"]
    bot.announce(str(note), actor="budi")
    bot.publish()
    assert sent(bot) == ["papan"], "nobody said --again"
    assert any("gagal di surat" in words for words in bot.propose(str(note)).warnings)
    stands = {stand.account: stand for stand in bot.announce(str(note), actor="citra", again=True)}
    assert (stands["papan"].post_id, stands["surat"].state) == (first, "queued")
    bot.publish()
    assert sent(bot) == ["papan", "surat"]
    assert len(public("surat")) == 1
    with bot.office.database.read() as session:
        assert not any(row.needs_person for row in session.exec(select(Delivery)).all())


def test_what_failed_and_was_announced_again_asks_for_nobody_and_is_not_forgotten(
    bot: Humasbot, note: Path, script: Callable[..., None]
) -> None:
    def shown(post: int, state: str) -> list[Any]:
        """How the old Delivery stands in each list, and on the page."""
        own = next(row for row in bot.views.post(post)["variants"] if row["account"] == "surat")
        number = own["delivery_id"]
        browser = Browser(bot).enter("Ibu Kadis", "viewer")
        assert (state_word(state) in browser.open(f"/kiriman/{post}").words) is True
        counted = browser.open("/hari-ini").tree.xpath("//main//p[1]/span/text()")
        assert f"1 {state_word(state)}" in counted
        return [
            own["state"], bot.views.delivery(number)["state"], next(iter(bot.views.deliveries(state=state)))["id"],
            {row["id"]: row["state"] for row in bot.views.deliveries()}[number],
            {row["id"]: row["states"] for row in bot.views.posts()}[post],
        ]  # fmt: skip

    script("surat", "refused")
    first = bot.announce(str(note), actor="budi")[0].post_id
    bot.publish()
    (number,) = [row["id"] for row in bot.views.deliveries(account="surat")]
    both = {"sent": 1, "failed": 1}
    assert shown(first, "failed") == ["failed", "failed", number, "failed", both]
    bot.alerts.look()
    assert len(bot.alerts.open()) == 1

    bot.announce(str(note), actor="citra", again=True)
    assert bot.views.deliveries(state="failed") == []
    after = ["again", "again", number, "again", {"sent": 1, "again": 1}]
    assert shown(first, "again") == after
    script("surat", "refused")
    bot.publish()  # refused once more: now it is the newer one that asks, and nothing of it has gone out
    assert [row["id"] > number for row in bot.views.deliveries(state="failed")] == [True, False]
    assert [row["needs_person"] for row in bot.views.deliveries(state="failed")] == [True, False]
    bot.announce(str(note), actor="citra", again=True)
    bot.publish()
    assert sent(bot) == ["papan", "surat"]
    assert bot.views.deliveries(state="failed") == []
    assert len(bot.views.deliveries(state="again")) == 2
    bot.alerts.look()
    assert bot.alerts.open() == []
    # What happened stays told: in the Delivery's own history, and in the trail.
    old = bot.views.delivery(number)
    assert [row["outcome"] for row in old["tries"]] == ["failed"]
    assert "failed" in [entry["detail"].get("outcome") for entry in old["timeline"]]
    assert [row["actor"] for row in bot.trail.rows(act="said_anew")] == ["citra", "citra"]
    with bot.office.database.read() as session:
        assert session.get_one(Delivery, number).state == "failed"


def test_a_list_of_which_somebody_has_it_is_never_written_to_anew(bot: Humasbot, note: Path) -> None:
    (bot.config.folder / "surat").mkdir(exist_ok=True)
    (bot.config.folder / "surat" / "script").write_text("refused")
    bot.announce(str(note), actor="budi")
    bot.publish()
    with bot.office.database.write() as session:
        key = session.exec(select(Delivery.key).where(Delivery.state == "failed")).one()
        person = Recipient(
            agency_id=session.exec(select(Account.agency_id)).first(),
            kind="email", list_name="utama", address="a@contoh.id", state="pending",
        )  # fmt: skip
        session.add(person)
        session.flush()
        session.add(RecipientResult(delivery_key=key, recipient_id=person.id, state="sent"))
    assert not any("--again" in words for words in bot.propose(str(note)).warnings)
    stands = {stand.account: stand for stand in bot.announce(str(note), actor="citra", again=True)}
    assert stands["surat"].state == "failed"


@pytest.mark.slow
def test_what_was_stopped_in_time_is_announced_again(bot: Humasbot, note: Path) -> None:
    first = bot.announce(str(note), actor="budi", at=utc_now() + timedelta(hours=1))[0].post_id
    bot.cancel(first, actor="ani")
    assert {stand.state for stand in bot.announce(str(note), actor="budi")} == {"cancelled"}
    bot.announce(str(note), actor="budi", again=True)
    bot.publish()
    assert sent(bot) == ["papan", "surat"]


def test_a_person_is_told_where_it_still_stands_until_it_is_gone(bot: Humasbot, note: Path) -> None:
    post = bot.announce(str(note), actor="budi")[0].post_id
    bot.publish()
    bot.withdraw(post, reason="Salah tanggal.", actor="ani")
    [told] = open_alerts(bot)
    assert "surat" in told
    assert "hapus sendiri" in told
    assert f"humasbot withdraw {post} --done surat" in told
    assert bot.withdrawn(post, "surat", actor="ani") == 1
    assert open_alerts(bot) == []
    with pytest.raises(StateError, match="tidak ada yang menunggu"):
        bot.withdrawn(post, "surat", actor="ani")
    assert {stand.state for stand in bot.announce(str(note), actor="ani", again=True)} == {"queued"}
