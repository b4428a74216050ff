"""Renewal: ahead of the end, by one process at a time, the new token stored before it is used."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from connecting import Person, addresses, prepared, with_key
from promised import account, on_sqlite, until
from sqlmodel import select

from humasbot.app import Humasbot
from humasbot.connecting.linkedin import LinkedInFlow
from humasbot.connecting.threads import ThreadsFlow
from humasbot.errors import AuthExpired, Retryable
from humasbot.holders import worker_name
from humasbot.keyring import Kept, Whose
from humasbot.models import Alert, Grant, utc_now
from humasbot.renewing import save
from humasbot.testing.standin_oauth import Rules, StandInOAuth

LOCAL = "https://localhost/humasbot"
X = Whose("x")
DUE = timedelta(minutes=95)
"""After three quarters of the two hours that X gives."""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return prepared(tmp_path)
    return str(request.getfixturevalue("postgres").new_database())


@pytest.fixture
def server() -> Iterator[StandInOAuth]:
    with StandInOAuth() as server:
        server.register("app", "rahasia-app", LOCAL)
        yield server


@pytest.fixture
def office(settings: dict[str, Any], tmp_path: Path, server: StandInOAuth) -> dict[str, Any]:
    stored = {"platform": "x", "base_url": server.url, "bearer_token": {"stored": True}}
    return with_key(settings, tmp_path, x=stored)


@pytest.fixture
def bot(office: dict[str, Any], server: StandInOAuth, open_bot: Callable[[Any], Humasbot]) -> Humasbot:
    bot = open_bot(office)
    bot.connect("x", Person("app", "rahasia-app"), addresses=addresses(server.url), redirect=LOCAL)
    server.requests.clear()
    return bot


def kept(bot: Humasbot) -> dict[str, str]:
    return {name: value.value for name, value in bot.office.keyring.fetch(X).items()}


def grant(bot: Humasbot) -> Grant:
    with bot.office.database.read() as session:
        return session.exec(select(Grant)).one()


def change(bot: Humasbot, **values: Any) -> None:
    with bot.office.database.write() as session:
        row = session.exec(select(Grant)).one()
        for name, value in values.items():
            setattr(row, name, value)
        session.add(row)


def alerts(bot: Humasbot, kind: str) -> list[str]:
    with bot.office.database.read() as session:
        return list(session.exec(select(Alert.text).where(Alert.kind == kind)).all())


def spent(server: StandInOAuth) -> int:
    return server.paths().count("POST /token")


def run_out(bot: Humasbot) -> None:
    """The access token's end is past."""
    with bot.office.database.write() as session:
        secrets = bot.office.keyring.fetch(X, session)
        dead = Kept(secrets["bearer_token"].value, utc_now() - timedelta(minutes=1))
        bot.office.keyring.put(session, X, {"bearer_token": dead})


def test_renewed_ahead_of_its_end_and_not_before(bot: Humasbot, server: StandInOAuth) -> None:
    before, now = kept(bot), utc_now()
    assert bot.renew(now + timedelta(minutes=80)) == 0
    assert spent(server) == 0
    assert bot.renew(now + DUE) == 1
    after = kept(bot)
    assert after["bearer_token"] != before["bearer_token"]
    assert after["oauth.refresh_token"] != before["oauth.refresh_token"]
    assert server.refresh[before["oauth.refresh_token"]].used
    assert not server.refresh[after["oauth.refresh_token"]].used
    assert (grant(bot).spending, grant(bot).claimed_by, grant(bot).tries) == ("", "", 0)
    assert bot.renew(now + timedelta(minutes=80)) == 0


def test_the_publisher_takes_the_new_token_at_once(bot: Humasbot, server: StandInOAuth) -> None:
    first = bot.office.publisher(account(bot, "x"), renewed=True)
    server.access.clear()
    bot.renew(utc_now() + DUE)
    second = bot.office.publisher(account(bot, "x"), renewed=True)
    assert second is not first
    assert second.verify() == "@diskominfo"


def test_a_token_that_ran_out_is_renewed_before_it_is_used(bot: Humasbot, server: StandInOAuth) -> None:
    """A daemon that slept for hours sends at once, instead of pausing the account."""
    run_out(bot)
    server.access.clear()
    assert bot.office.publisher(account(bot, "x"), renewed=True).verify() == "@diskominfo"
    assert spent(server) == 1


def test_many_at_once_spend_each_token_once(
    bot: Humasbot, office: dict[str, Any], server: StandInOAuth, open_bot: Callable[[Any], Humasbot]
) -> None:
    bots = [bot, open_bot(office), open_bot(office)]
    for turn in range(1, 6):
        moment = grant(bot).renew_at
        assert moment is not None
        barrier = threading.Barrier(len(bots))

        def work(one: Humasbot, barrier: threading.Barrier = barrier, moment: datetime = moment) -> None:
            barrier.wait()
            one.renew(moment)

        threads = [threading.Thread(target=work, args=(one,)) for one in bots]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (spent(server), server.spent_again) == (turn, 0)
    assert kept(bot)["oauth.refresh_token"] in server.refresh
    assert account(bot, "x").paused_at is None


@on_sqlite
def test_while_another_renews_it_nobody_else_asks(bot: Humasbot, server: StandInOAuth) -> None:
    run_out(bot)
    change(bot, claimed_by=worker_name(), lease_until=utc_now() + timedelta(minutes=1))
    with pytest.raises(Retryable, match="sedang diperbarui"):
        bot.office.publisher(account(bot, "x"), renewed=True)
    assert spent(server) == 0


@on_sqlite
@pytest.mark.parametrize("how", ["lease over", "holder dead"])
def test_a_claim_without_a_holder_is_taken_over(bot: Humasbot, server: StandInOAuth, how: str) -> None:
    boot, space, *_ = worker_name().split("/")
    holder = worker_name() if how == "lease over" else f"{boot}/{space}/4194304/1/ab"
    minutes = -1 if how == "lease over" else 200
    change(bot, claimed_by=holder, lease_until=utc_now() + timedelta(minutes=minutes))
    bot.renew(utc_now() + DUE)
    assert spent(server) == 1
    assert grant(bot).problem == ""


@on_sqlite
def test_a_token_that_ran_out_while_the_platform_is_away_waits_and_says_why(
    bot: Humasbot, server: StandInOAuth
) -> None:
    run_out(bot)
    server.stop()
    with pytest.raises(Retryable, match=r"sedang diperbarui \(X: .*terhubung"):
        bot.office.publisher(account(bot, "x"), renewed=True)


@on_sqlite
@pytest.mark.parametrize(("minutes", "asked"), [(-1, 0), (-3, 1)])
def test_another_machines_clock_may_be_behind(
    bot: Humasbot, server: StandInOAuth, minutes: int, asked: int
) -> None:
    elsewhere = "0c4f/4026531836/77/123/ab/cd"
    change(bot, claimed_by=elsewhere, lease_until=utc_now() + timedelta(minutes=minutes))
    bot.renew(utc_now() + DUE)
    assert spent(server) == asked


# --- what the platform answers -----------------------------------------------------------------------------------


@on_sqlite
def test_a_lost_answer_costs_the_token_and_says_so_plainly(bot: Humasbot, server: StandInOAuth) -> None:
    server.fault("lost", on="POST /token")
    now = utc_now() + DUE
    bot.renew(now)
    assert grant(bot).spending != ""
    assert account(bot, "x").paused_at is None, "perhaps the platform never got it"
    bot.renew(now + timedelta(minutes=5))
    why = account(bot, "x").paused_why
    assert why.startswith("token akun x hilang: refresh token sekali pakai sudah terpakai")
    assert why.endswith("hubungkan lagi: humasbot connect x --account x")
    assert grant(bot).problem == why
    assert bot.renew(now + timedelta(days=1)) == 0, "what is dead is not asked for again"
    run_out(bot)
    with pytest.raises(AuthExpired, match="token akun x hilang"):
        bot.office.publisher(account(bot, "x"), renewed=True)


@pytest.mark.slow
@on_sqlite
@pytest.mark.parametrize(
    ("kind", "status"),
    [("drop", None), ("slow", None), ("status", 503), ("status", 429), ("html", 502), ("html", 403)],
)
def test_what_the_platform_never_carried_out_is_made_up_for(
    bot: Humasbot, server: StandInOAuth, kind: Any, status: int | None
) -> None:
    server.fault(kind, on="POST /token", status=status, seconds=0.1)
    now = utc_now() + DUE
    bot.renew(now)
    bot.renew(now + timedelta(minutes=5))
    assert (grant(bot).problem, grant(bot).spending, server.spent_again) == ("", "", 0)
    assert not server.refresh[kept(bot)["oauth.refresh_token"]].used


@pytest.mark.slow
@on_sqlite
@pytest.mark.parametrize("kind", ["lost", "cut", "short", "garbage", "gateway"])
def test_every_way_to_lose_an_answer_ends_with_a_person(
    bot: Humasbot, server: StandInOAuth, kind: Any
) -> None:
    server.fault(kind, on="POST /token")
    now = utc_now() + DUE
    bot.renew(now)
    bot.renew(now + timedelta(minutes=5))
    assert "sekali pakai sudah terpakai" in account(bot, "x").paused_why
    assert server.spent_again == 1


@on_sqlite
def test_a_server_that_is_away_costs_nothing(bot: Humasbot, server: StandInOAuth) -> None:
    server.stop()
    now = utc_now() + DUE
    bot.renew(now)
    assert (grant(bot).spending, grant(bot).tries) == ("", 1)
    server.start()
    bot.renew(now + timedelta(minutes=5))
    assert (grant(bot).tries, grant(bot).problem) == (0, "")


@on_sqlite
def test_withdrawn_consent_pauses_and_connecting_again_mends_it(bot: Humasbot, server: StandInOAuth) -> None:
    server.revoke()
    bot.renew(utc_now() + DUE)
    assert "tidak mau memperbarui token akun x" in account(bot, "x").paused_why
    bot.connect("x", Person("app", "rahasia-app"), addresses=addresses(server.url), redirect=LOCAL)
    assert (grant(bot).problem, grant(bot).spending) == ("", "")
    bot.resume("x")
    assert bot.office.publisher(account(bot, "x"), renewed=True).verify() == "@diskominfo"


@on_sqlite
def test_a_changed_app_secret_is_told_once_and_stops_nothing(bot: Humasbot, server: StandInOAuth) -> None:
    server.clients["app"].secret = "diganti"
    now = utc_now() + DUE
    bot.renew(now)
    bot.renew(now + timedelta(hours=2))
    (told,) = alerts(bot, "renew")
    assert "Periksa ID dan rahasia aplikasi" in told
    assert account(bot, "x").paused_at is None
    server.clients["app"].secret = "rahasia-app"
    bot.renew(now + timedelta(hours=4))
    assert grant(bot).tries == 0


@on_sqlite
def test_a_late_answer_is_stored_even_when_the_token_was_taken_for_lost(
    bot: Humasbot, office: dict[str, Any], server: StandInOAuth, open_bot: Callable[[Any], Humasbot]
) -> None:
    other, now = open_bot(office), utc_now() + DUE
    server.fault("late", on="POST /token", seconds=1.5)
    slow = threading.Thread(target=lambda: bot.renew(now))
    slow.start()
    until(lambda: spent(server))
    assert grant(bot).spending != "", "written before the token is shown, for whoever comes after a crash"
    change(bot, lease_until=utc_now() - timedelta(seconds=1))
    other.renew(now)
    assert account(bot, "x").paused_at is not None
    slow.join()
    assert not server.refresh[kept(bot)["oauth.refresh_token"]].used
    assert (grant(bot).problem, account(bot, "x").paused_at) == ("", None)


@on_sqlite
def test_an_answer_to_a_grant_that_was_replaced_meanwhile_is_dropped(
    bot: Humasbot, office: dict[str, Any], server: StandInOAuth, open_bot: Callable[[Any], Humasbot]
) -> None:
    other = open_bot(office)
    server.fault("late", on="POST /token", seconds=1.0)
    slow = threading.Thread(target=lambda: bot.renew(utc_now() + DUE))
    slow.start()
    until(lambda: spent(server))
    other.connect("x", Person("app", "rahasia-app"), addresses=addresses(server.url), redirect=LOCAL)
    newer = kept(other)
    slow.join()
    assert kept(bot) == newer


# --- what our own side does --------------------------------------------------------------------------------------


@on_sqlite
def test_a_database_that_cannot_be_written_loses_no_token(
    bot: Humasbot, server: StandInOAuth, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("humasbot.renewing.WRITE_AGAIN_SECONDS", (0.01, 0.01))
    with bot.office.database.write() as session:
        session.execute(sa.text(
            "CREATE TRIGGER penuh BEFORE UPDATE ON humasbot_secret BEGIN SELECT RAISE(ABORT, 'disk is full'); END"
        ))  # fmt: skip
    now, before = utc_now() + DUE, kept(bot)
    bot.renew(now)
    assert kept(bot) == before
    with bot.office.database.write() as session:
        session.execute(sa.text("DROP TRIGGER penuh"))
    bot.renew(utc_now())
    assert not server.refresh[kept(bot)["oauth.refresh_token"]].used
    assert (spent(server), server.spent_again, grant(bot).problem) == (1, 0, "")


@on_sqlite
def test_no_secret_in_database_log_or_sentence(
    bot: Humasbot, server: StandInOAuth, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    secrets = set(kept(bot).values()) - {"app"}
    with caplog.at_level("DEBUG"):
        bot.renew(utc_now() + DUE)
        secrets |= set(kept(bot).values()) - {"app"}
        server.revoke()
        bot.renew(utc_now() + 2 * DUE)
    written = b"".join(path.read_bytes() for path in tmp_path.glob("test.db*")).decode("latin-1")
    told = json.dumps(
        [caplog.text, account(bot, "x").paused_why, grant(bot).problem, repr(bot.office.renewal)]
    )
    assert {secret for secret in secrets if secret in written or secret in told} == set()


@on_sqlite
def test_long_lived_tokens_are_renewed_by_showing_themselves(
    settings: dict[str, Any], tmp_path: Path, open_bot: Callable[[Any], Humasbot], server: StandInOAuth
) -> None:
    server.rules = Rules(need_pkce=False, refresh=False, expires_in=5_184_000)
    bot, flow = open_bot(with_key(settings, tmp_path)), ThreadsFlow(addresses(server.url))
    granted = flow.connect(Person("app", "rahasia-app"), {}, "")
    with bot.office.database.write() as session:
        save(session, bot.office.keyring, Whose("threads"), granted, flow.way, "", flow.changed)
    before = bot.office.keyring.fetch(Whose("threads"))["token"]
    assert bot.renew(utc_now() + timedelta(days=40)) == 0
    assert bot.renew(utc_now() + timedelta(days=51)) == 1
    after = bot.office.keyring.fetch(Whose("threads"))["token"]
    assert after.value != before.value
    assert "GET /refresh_access_token" in server.paths()


def test_linkedin_shows_its_refresh_token_again_and_keeps_its_end(server: StandInOAuth) -> None:
    server.rules = Rules(
        need_pkce=False, single_use=False, expires_in=5_184_000, refresh_expires_in=31_536_000
    )
    flow = LinkedInFlow(addresses(server.url))
    granted = flow.connect(Person("app", "rahasia-app"), {}, LOCAL)
    first = granted.secrets["oauth.refresh_token"]
    again = flow.renew(granted.secrets)
    assert again is not None
    assert again.secrets["oauth.refresh_token"].value == first.value
    assert again.secrets["token"].value != granted.secrets["token"].value
