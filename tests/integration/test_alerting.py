"""Alerts: whatever needs a person is told once, to every address, and never stops the work."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from sqlmodel import delete, select
from test_outbox import rows, say

from humasbot import alerts
from humasbot.app import Humasbot
from humasbot.errors import ConfigError, NotFoundError, StateError
from humasbot.models import Account, Agency, Alert, Delivery, Source, utc_now
from humasbot.pipeline import alerting

TOKEN = "rahasia-alamat-1234567"


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """SQLite, which is quick; both where a test says so, because its statements differ."""
    return str(request.getfixturevalue(f"{getattr(request, 'param', 'sqlite')}_url"))


both = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)


class Desk(ThreadingHTTPServer):
    """Where alerts arrive; ``answer`` is the status it gives."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.got: list[dict[str, Any]] = []
        self.answer = 200

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self.server_address[1]}/{TOKEN}"


class Handler(BaseHTTPRequestHandler):
    server: Desk

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.server.answer == 200:
            self.server.got.append(json.loads(body))
        self.send_response(self.server.answer)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def desk() -> Iterator[Desk]:
    server = Desk()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def second(desk: Desk) -> Iterator[Desk]:
    server = Desk()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def office(settings: dict[str, Any], desk: Desk, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setenv("ALERT_A", desk.url)
    settings["alerts"] = {"urls": [{"env": "ALERT_A"}]}
    return settings


@pytest.fixture
def bot(office: dict[str, Any], open_bot: Any) -> Humasbot:
    made: Humasbot = open_bot(office)
    return made


def texts(desk: Desk) -> list[str]:
    return [got["message"] for got in desk.got]


def make_due(bot: Humasbot) -> None:
    """The time until the next try has passed."""
    with bot.office.database.write() as session:
        for row in session.exec(select(Alert)).all():
            row.next_at = utc_now() - timedelta(seconds=1)


def test_each_trouble_is_told_once(bot: Humasbot, desk: Desk, script: Callable[..., None]) -> None:
    say(bot, "Kabar")
    script("satu", "refused")
    script("dua", "auth")
    bot.publish()
    assert bot.alerts.send() == 2
    (text,) = texts(desk)
    assert (
        "Pengiriman 2 (akun satu) gagal: konten ditolak" in text or "Pengiriman 1 (akun satu) gagal" in text
    )
    assert "Akun dua dijeda: token" in text
    assert bot.alerts.send() == 0
    assert len(desk.got) == 1
    assert desk.got[0]["title"] == "humasbot Dinas Kominfo Kota Contoh: perlu perhatian"


def test_uncertain_for_a_person_and_again_after_it_was_sent_again(
    bot: Humasbot, desk: Desk, settings: dict[str, Any]
) -> None:
    with bot.office.database.write() as session:
        for account in session.exec(select(Account)).all():
            account.platform = "forgetful"
    (number,) = say(bot, "Kabar", to=("satu",))
    (bot.config.folder / "satu" / "script").parent.mkdir(exist_ok=True)
    (bot.config.folder / "satu" / "script").write_text("lost_before lost_before")
    bot.publish()
    bot.reconcile()
    bot.alerts.send()
    bot.resolve(number, actor="ani", resend=True)
    bot.alerts.send()
    assert rows(bot, Alert)[0].closed_at is not None
    bot.publish()
    bot.reconcile()
    bot.alerts.send()
    assert [f"Pengiriman {number} (akun satu) belum pasti terbit" in text for text in texts(desk)] == [
        True,
        True,
    ]
    assert len(bot.alerts.open()) == 1


def test_a_paused_account_is_closed_when_it_goes_on_and_told_anew(bot: Humasbot, desk: Desk) -> None:
    for _ in range(2):
        bot.pause("satu", actor="budi")
        bot.alerts.send()
        bot.alerts.done(bot.alerts.open()[0]["id"], actor="ani")
        assert bot.alerts.open() == []
        bot.alerts.send()
        bot.resume("satu", actor="budi")
        bot.alerts.send()
    assert len(desk.got) == 2
    assert {row.closed_by for row in rows(bot, Alert)} == {"ani"}


@both
def test_a_source_is_told_once_it_has_failed_for_hours(bot: Humasbot, desk: Desk) -> None:
    now = utc_now()
    with bot.office.database.write() as session:
        for name, hours, failures in (("lama", 7, 5), ("baru", 2, 5), ("sekali", 7, 1)):
            session.add(
                Source(agency_id=1, name=name, kind="feed", failures=failures, last_error="tidak menjawab",
                       read_at=now - timedelta(hours=hours))
            )  # fmt: skip
    bot.alerts.send()
    assert texts(desk) == ["Sumber lama tidak terbaca sudah 7 jam: tidak menjawab. Periksa: humasbot check"]


def test_a_freeze_is_told(bot: Humasbot, desk: Desk) -> None:
    bot.freeze(reason="gempa", actor="budi", everything=True)
    bot.alerts.send()
    assert texts(desk) == [
        "Semua pengiriman dibekukan oleh budi: gempa. Lepaskan dengan: humasbot unfreeze --all"
    ]


def test_what_others_tell_is_told_once_for_each_key(bot: Humasbot, desk: Desk) -> None:
    assert bot.alerts.tell(kind="gate", key="isbat:2026", text="Tetapkan 1 Ramadan.")
    assert not bot.alerts.tell(kind="gate", key="isbat:2026", text="Tetapkan 1 Ramadan.")
    bot.alerts.send()
    assert texts(desk) == ["Tetapkan 1 Ramadan."]
    assert bot.alerts.settle("isbat:2026") == 1
    assert bot.alerts.tell(kind="gate", key="isbat:2026", text="Tetapkan lagi.")


def test_an_address_that_fails_is_tried_again_later_and_the_other_is_not_told_twice(
    office: dict[str, Any], open_bot: Any, desk: Desk, second: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALERT_B", second.url)
    office["alerts"]["urls"].append({"env": "ALERT_B"})
    bot = open_bot(office)
    second.answer = 503
    bot.alerts.tell(kind="uji", key="a", text="Kabar buruk.")
    assert bot.alerts.send() == 0
    (row,) = rows(bot, Alert)
    assert (row.told_to, row.tries, row.told_at) == (["ALERT_A"], 1, None)
    assert row.last_error.startswith("ALERT_B: ")
    assert TOKEN not in row.last_error
    assert row.next_at > utc_now() + timedelta(seconds=10)
    assert bot.alerts.send() == 0  # not yet
    second.answer = 200
    make_due(bot)
    assert bot.alerts.send() == 1
    assert (texts(desk), texts(second)) == (["Kabar buruk."], ["Kabar buruk."])


def test_the_wait_grows_and_has_an_end(bot: Humasbot) -> None:
    bot.alerts.tell(kind="uji", key="a", text="x")
    waits = []
    for _ in range(12):
        now = utc_now()
        with bot.office.database.write() as session:
            alerts.told(session, [1], [], "mati", now)
        waits.append(rows(bot, Alert)[0].next_at - now)
    assert waits[0] == timedelta(seconds=30)
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(hours=1)


def test_a_flood_becomes_few_messages(bot: Humasbot, desk: Desk) -> None:
    for number in range(45):
        bot.alerts.tell(kind="uji", key=f"k{number}", text=f"Kabar {number}.")
    assert bot.alerts.send() == 45
    assert len(desk.got) == 3
    assert sorted("\n\n".join(texts(desk)).split("\n\n")) == sorted(f"Kabar {n}." for n in range(45))


@both
def test_two_processes_do_not_both_tell(office: dict[str, Any], open_bot: Any, desk: Desk) -> None:
    bots = [open_bot(office) for _ in range(3)]
    for number in range(10):
        bots[0].alerts.tell(kind="uji", key=f"k{number}", text=f"Kabar {number}.")
    threads = [threading.Thread(target=bot.alerts.send) for bot in bots]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted("\n\n".join(texts(desk)).split("\n\n")) == sorted(f"Kabar {n}." for n in range(10))


def test_one_office_does_not_hear_of_another(office: dict[str, Any], open_bot: Any, desk: Desk) -> None:
    mine = open_bot(office)
    other = open_bot({**office, "agency": {"name": "Kantor lain", "key": "lain"}})
    other.pause("satu", actor="budi")
    assert mine.alerts.send() == 0
    assert mine.alerts.open() == []
    with pytest.raises(NotFoundError):
        mine.alerts.done(rows(mine, Alert)[0].id, actor="budi")
    assert other.alerts.send() == 1
    assert desk.got[0]["title"].startswith("humasbot Kantor lain")


def test_a_job_that_keeps_failing_is_told_and_closed_when_it_works(
    bot: Humasbot, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot.alerts.job("plan", "rusak")
    assert rows(bot, Alert) == []
    monkeypatch.setattr(alerting, "JOB_AFTER", timedelta(0))
    for _ in range(3):
        bot.alerts.job("plan", "rusak")
    bot.alerts.send()
    assert texts(desk) == ["Pekerjaan plan gagal terus: rusak. Lihat: humasbot health"]
    bot.alerts.job("plan", "")
    assert bot.alerts.open() == []


def test_without_a_database_that_itself_is_told_once(
    bot: Humasbot, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from humasbot.database import DatabaseError

    def away(*_: Any) -> int:
        raise DatabaseError("basis data tidak menjawab")

    with monkeypatch.context() as broken:
        broken.setattr("humasbot.alerts.watch", away)
        assert bot.alerts.send() == 0
        assert desk.got == []  # perhaps only for a moment
        broken.setattr(alerting, "DOWN_AFTER", timedelta(0))
        for _ in range(3):
            assert bot.alerts.send() == 0
    assert texts(desk) == [
        "Basis data tidak dapat dipakai, jadi tidak ada yang terkirim: basis data tidak menjawab"
    ]
    assert bot.alerts.send() == 0


def test_no_address_is_no_fault_and_a_wrong_one_is_named_without_its_secret(
    settings: dict[str, Any], open_bot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = open_bot(settings)
    bot.alerts.tell(kind="uji", key="a", text="Kabar.")
    assert bot.alerts.send() == 0
    assert len(bot.alerts.open()) == 1
    with pytest.raises(StateError, match="belum ada alamat"):
        bot.alerts.test()
    settings["alerts"] = {"urls": [{"env": "WRONG"}, {"env": "EMPTY"}]}
    monkeypatch.setenv("WRONG", f"tidakada://{TOKEN}")
    outcome = open_bot(settings).alerts.test()
    assert [TOKEN in str(one) for one in outcome] == [False, False]
    assert "bukan alamat Apprise" in outcome[0][1]
    assert "EMPTY" in outcome[1][1]
    settings["alerts"] = {"urls": [f"json://contoh/{TOKEN}"]}
    with pytest.raises(ConfigError) as fault:
        open_bot(settings)
    assert TOKEN not in str(fault.value)


def test_a_service_that_hangs_or_breaks_stops_nothing(bot: Humasbot, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def notify(self, **_: Any) -> None:
            raise RuntimeError(f"meledak dengan {TOKEN}")

    broken = alerting.Address("ALERT_A", Broken())
    alerting.addresses(bot.office)  # the vault learns the secret
    monkeypatch.setattr(alerting, "addresses", lambda office: ([broken], []))
    bot.alerts.tell(kind="uji", key="a", text="Kabar.")
    assert bot.alerts.send() == 0
    (row,) = rows(bot, Alert)
    assert "meledak" in row.last_error
    assert TOKEN not in row.last_error


def test_the_addresses_parts_are_struck_out_too(bot: Humasbot) -> None:
    alerting.addresses(bot.office)
    assert TOKEN not in bot.office.vault.redact(f"POST /{TOKEN} gagal")


@both
def test_more_troubles_than_one_look_takes_are_all_told_in_the_end(
    bot: Humasbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts, "CHUNK", 20)
    with bot.office.database.write() as session:
        agency = session.exec(select(Agency.id)).one()
        session.add_all(
            Account(
                agency_id=agency, name=f"z{n}", platform="scripted", paused_at=utc_now(), paused_why="mati"
            )
            for n in range(48)
        )
    assert [bot.alerts.look() for _ in range(4)] == [20, 20, 8, 0]
    with bot.office.database.write() as session:
        session.execute(delete(Delivery))
        for account in session.exec(select(Account)).all():
            account.paused_at = None
    for _ in range(3):
        bot.alerts.look()
    assert bot.alerts.open() == []
