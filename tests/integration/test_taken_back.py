"""What was taken back: a person is told where it still stands, and may say it once more."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from promised import on_sqlite
from sqlmodel import select

from humasbot.app import Humasbot
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
