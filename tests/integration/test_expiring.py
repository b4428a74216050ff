"""Accounts that will not be able to send: found in time, told once, in `check` and to a person."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from connecting import prepared, with_key
from promised import account
from sqlmodel import select

from humasbot.app import Humasbot
from humasbot.checking import check
from humasbot.connecting.base import Granted
from humasbot.keyring import Kept, Whose
from humasbot.models import Account, Agency, Alert, Grant, Post, Variant, utc_now
from humasbot.pipeline.expiring import expiring
from humasbot.renewing import save

Opener = Callable[[dict[str, Any]], Humasbot]


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return prepared(tmp_path)


@pytest.fixture
def office(settings: dict[str, Any], tmp_path: Path) -> dict[str, Any]:
    del settings["accounts"]["dua"]
    return with_key(
        settings, tmp_path, satu={"platform": "scripted", "folder": "satu", "token": {"stored": True}}
    )


@pytest.fixture
def bot(office: dict[str, Any], open_bot: Opener) -> Humasbot:
    bot = open_bot(office)
    grant(bot)
    return bot


def grant(
    bot: Humasbot, ends: datetime | None = None, renew_at: datetime | None = None, **more: Kept
) -> None:
    granted = Granted({}, {"token": Kept("token-skrip", ends), **more}, renew_at)
    with bot.office.database.write() as session:
        save(session, bot.office.keyring, Whose("satu"), granted, "x", "", {})


def announced(bot: Humasbot, note: Path, at: datetime) -> None:
    bot.announce(str(note), actor="t", at=at)


def told(bot: Humasbot, now: datetime) -> list[tuple[str, str]]:
    return [(one.key.rpartition("/")[2], one.text) for one in expiring(bot.office, now)]


def alerts(bot: Humasbot, *, live: bool = True) -> list[str]:
    with bot.office.database.read() as session:
        query = select(Alert.key).where(Alert.kind == "expiring", Alert.live == live).order_by(Alert.id)  # type: ignore[arg-type]  # SQLModel types a column as its value
        return [key.rpartition("/")[2].partition("#")[0] for key in session.exec(query).all()]


def test_an_account_that_is_well_is_not_told_of(bot: Humasbot, note: Path) -> None:
    announced(bot, note, utc_now() + timedelta(hours=2))
    assert told(bot, utc_now()) == []


@pytest.mark.parametrize(
    ("ahead", "window"),
    [(timedelta(days=8), None), (timedelta(days=6), "7d"), (timedelta(hours=23), "1d"), (timedelta(minutes=59), "1h")],
)  # fmt: skip
def test_a_paused_account_by_what_is_due(
    bot: Humasbot, note: Path, ahead: timedelta, window: str | None
) -> None:
    now = utc_now()
    announced(bot, note, now + ahead)
    bot.pause("satu", actor="budi")
    found = told(bot, now)
    assert [key for key, _ in found] == ([window] if window else [])
    if window:
        assert "akun satu tidak akan dapat mengirim kiriman" in found[0][1]
        assert "dijeda oleh budi" in found[0][1]


def test_each_window_is_told_once_and_settled_when_it_is_mended(bot: Humasbot, note: Path) -> None:
    now = utc_now()
    announced(bot, note, now + timedelta(days=6))
    bot.pause("satu", actor="budi")
    for hours in (0, 1, 121, 122, 143, 143.4):
        bot.renew(now + timedelta(hours=hours))
        bot.renew(now + timedelta(hours=hours))
    assert alerts(bot) == ["7d", "1d", "1h"]
    bot.resume("satu")
    bot.renew(now + timedelta(hours=143.5))
    assert alerts(bot) == []
    assert alerts(bot, live=False) == ["7d", "1d", "1h"]


def test_a_token_that_ends_before_what_is_due(bot: Humasbot, note: Path) -> None:
    now = utc_now()
    announced(bot, note, now + timedelta(hours=20))
    grant(bot, ends=now + timedelta(hours=30))
    assert told(bot, now) == [], "it still sends that one"
    grant(bot, ends=now + timedelta(hours=10))
    ((window, words),) = told(bot, now)
    assert window == "1d"
    assert words.endswith("hubungkan lagi: humasbot connect scripted --account satu")


def test_what_renews_itself_is_no_trouble_until_that_fails(bot: Humasbot, note: Path) -> None:
    now = utc_now()
    announced(bot, note, now + timedelta(hours=20))
    grant(bot, ends=now + timedelta(hours=1), renew_at=now + timedelta(minutes=30))
    assert told(bot, now) == []
    with bot.office.database.write() as session:
        row = session.exec(select(Grant)).one()
        row.tries = 3
        session.add(row)
    assert [window for window, _ in told(bot, now)] == ["1d"]


def test_what_renews_it_has_an_end_too(bot: Humasbot, note: Path) -> None:
    now = utc_now()
    announced(bot, note, now + timedelta(hours=20))
    refresh = Kept("segar", now + timedelta(hours=5))
    grant(bot, now + timedelta(hours=1), now + timedelta(minutes=30), **{"oauth.refresh_token": refresh})
    assert [window for window, _ in told(bot, now)] == ["1d"]


def test_a_lost_key_is_told_without_the_key(bot: Humasbot, note: Path, tmp_path: Path) -> None:
    announced(bot, note, utc_now() + timedelta(minutes=30))
    key = (tmp_path / "kunci").read_text()
    (tmp_path / "kunci").unlink()
    ((window, words),) = told(bot, utc_now())
    assert window == "1h"
    assert "kunci penyimpanan rahasia tidak ada" in words
    assert key not in words


def test_a_platform_that_is_gone_is_told_and_stops_nothing(bot: Humasbot, note: Path) -> None:
    announced(bot, note, utc_now() + timedelta(minutes=30))
    with bot.office.database.write() as session:
        row = session.exec(select(Account).where(Account.name == "satu")).one()
        row.platform = "hilang"
        session.add(row)
    ((window, words),) = told(bot, utc_now())
    assert (window, "tidak ada platform bernama hilang" in words) == ("1h", True)
    bot.renew()
    assert alerts(bot) == ["1h"]


def test_what_a_daily_campaign_will_say_counts(office: dict[str, Any], open_bot: Opener) -> None:
    office["campaigns"]["pagi"] = {"occasion": "daily", "template": "greeting", "at": "06:00"}
    bot = open_bot(office)
    grant(bot)
    bot.pause("satu", actor="budi")
    ((window, _),) = told(bot, utc_now())
    assert window in ("1d", "1h")


def test_dry_runs_and_what_is_sent_do_not_count(office: dict[str, Any], open_bot: Opener, note: Path) -> None:
    bot = open_bot(office)
    grant(bot)
    announced(bot, note, utc_now())
    bot.publish()
    bot.pause("satu", actor="budi")
    assert told(bot, utc_now() - timedelta(minutes=30)) == []
    office["accounts"]["satu"]["dry_run"] = True
    assert told(open_bot(office), utc_now()) == []


def test_a_fleet_looks_at_every_agencys_accounts(
    office: dict[str, Any], open_bot: Opener, note: Path
) -> None:
    office["humasbot"]["fleet"] = True
    bot = open_bot(office)
    with bot.office.database.write() as session:
        other = Agency(name="desa", title="Desa Contoh")
        session.add(other)
        session.flush()
        village = Whose("satu", other.id or 0)
        row = Account(
            agency_id=village.agency_id, name="satu", platform="scripted",
            settings={"folder": "desa", "token": {"stored": True}},
        )  # fmt: skip
        session.add(row)
        session.flush()
        now = utc_now()
        ends = Granted({}, {"token": Kept("token-desa", now + timedelta(hours=2))})
        save(session, bot.office.keyring, village, ends, "x", "", {})
        post = Post(agency_id=village.agency_id, campaign_id=1, occasion="uji", due_at=now)
        session.add(post)
        session.flush()
        due = Variant(post_id=post.id or 0, account_id=row.id or 0, due_at=now + timedelta(hours=3))
        session.add(due)
    grant(bot)
    publisher: Any = bot.office.publisher(row, renewed=True)
    assert publisher.token == "token-desa"
    (found,) = expiring(bot.office, now)
    assert (found.agency_id, found.key.rpartition("/")[2]) == (village.agency_id, "1d")
    bot.renew(now)
    assert alerts(bot) == ["1d"]


# --- humasbot check ----------------------------------------------------------------------------------------------

CONFIG = """
[humasbot]
secret_key = { file = "kunci" }
database = "sqlite:///test.db"
[agency]
name = "Dinas Kominfo Kota Contoh"
[accounts.satu]
platform = "scripted"
folder = "satu"
token = { stored = true }
"""


def findings(folder: Path) -> list[tuple[str, str]]:
    path = folder / "humasbot.toml"
    path.write_text(CONFIG)
    found = check(path, offline=True)
    return [(one.level, one.message) for one in found if one.area == "account"]


def test_check_of_an_account_that_is_not_connected_yet(tmp_path: Path) -> None:
    ((level, words),) = findings(tmp_path)
    assert level == "error"
    assert "belum tersimpan; jalankan: humasbot connect scripted --account satu" in words
    assert not (tmp_path / "test.db").exists(), "a check leaves nothing behind"


def test_check_of_a_connected_account(bot: Humasbot, tmp_path: Path) -> None:
    assert findings(tmp_path) == [("ok", "rahasia ada (belum dicoba ke Scripted)")]


@pytest.mark.parametrize(
    ("days", "renews", "level", "words"),
    [
        (3, False, "warning", "tidak dapat diperbarui sendiri"),
        (-1, False, "error", "sudah habis masa berlakunya"),
        (-1, True, "warning", "diperbarui sendiri begitu daemon berjalan"),
        (3, True, "ok", "rahasia ada"),
        (30, False, "ok", "rahasia ada"),
    ],
)
def test_check_says_how_long_a_token_lives(
    bot: Humasbot, tmp_path: Path, days: int, renews: bool, level: str, words: str
) -> None:
    ends = utc_now() + timedelta(days=days)
    grant(bot, ends, ends if renews else None)
    ((found, said),) = findings(tmp_path)
    assert (found, words in said) == (level, True), said


def test_check_names_what_is_due_on_a_dead_account(bot: Humasbot, tmp_path: Path, note: Path) -> None:
    announced(bot, note, utc_now() + timedelta(hours=3))
    with bot.office.database.write() as session:
        row = session.exec(select(Grant)).one()
        row.problem = "token akun satu hilang"
        session.add(row)
    found = findings(tmp_path)
    assert ("error", "token akun satu hilang") in found
    assert any(level == "warning" and "tidak akan dapat mengirim" in words for level, words in found)
    assert account(bot, "satu").paused_at is None
