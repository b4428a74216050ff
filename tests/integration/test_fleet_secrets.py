"""The encrypted store on a fleet: each agency's account has its own secret, renewed, found and revoked as its own."""

import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from connecting import Person, addresses, prepared, with_key
from sqlmodel import col, select

from humasbot.app import Humasbot
from humasbot.cli import main
from humasbot.errors import AuthExpired, InputError, NotFoundError
from humasbot.keyring import Whose
from humasbot.models import Account, Agency, Alert, Audit, Secret, utc_now
from humasbot.pipeline import roll
from humasbot.pipeline.keeping import forget, rotate
from humasbot.testing.standin_oauth import StandInOAuth

LOCAL = "https://localhost/humasbot"
VILLAGES = ("desa1", "desa2")


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return prepared(tmp_path)


@pytest.fixture
def server() -> Iterator[StandInOAuth]:
    with StandInOAuth() as server:
        server.register("app", "rahasia-app", LOCAL)
        yield server


@pytest.fixture
def bot(settings: dict[str, Any], tmp_path: Path, open_bot: Callable[[dict[str, Any]], Humasbot]) -> Humasbot:
    """Two villages, each with an account ``x``, and the head office with one of that name too."""
    settings["humasbot"]["fleet"] = True
    bot = open_bot(with_key(settings, tmp_path))
    (tmp_path / "agencies.csv").write_text("key,name\ndesa1,Desa Satu\ndesa2,Desa Dua\n")
    (tmp_path / "accounts.csv").write_text(
        "agency,name,platform,bearer_token\n" + "".join(f"{key},x,x,stored\n" for key in VILLAGES)
    )
    roll.call(bot.office, tmp_path / "agencies.csv", tmp_path / "accounts.csv", actor="ani")
    return bot


def connect(bot: Humasbot, server: StandInOAuth, account: str) -> Any:
    person = Person("app", "rahasia-app")
    return bot.connect(
        "x", person, account=account, addresses=addresses(server.url), redirect=LOCAL, actor="siti"
    )


def row(bot: Humasbot, key: str) -> Account:
    with bot.office.database.read() as session:
        number = session.exec(select(Agency.id).where(Agency.name == key)).one()
        return session.exec(select(Account).where(Account.agency_id == number, Account.name == "x")).one()


def kept(bot: Humasbot, key: str) -> dict[str, str]:
    whose = Whose("x", row(bot, key).agency_id)
    return {name: secret.value for name, secret in bot.office.keyring.fetch(whose).items()}


def test_each_agency_connects_sends_renews_and_is_revoked_for_itself(
    bot: Humasbot, server: StandInOAuth
) -> None:
    with pytest.raises(AuthExpired, match="humasbot connect x --account desa1/x"):
        bot.office.publisher(row(bot, "desa1"))
    done = [connect(bot, server, f"{key}/x") for key in VILLAGES]
    assert [(one.account, one.named, one.lines, one.doubt) for one in done] == [
        (f"{key}/x", "@diskominfo", "", "") for key in VILLAGES
    ]
    first, second = (kept(bot, key)["bearer_token"] for key in VILLAGES)
    assert first != second
    assert row(bot, "desa1").settings["bearer_token"] == {"stored": True}
    for key in VILLAGES:
        assert bot.office.publisher(row(bot, key), renewed=True).verify() == "@diskominfo"
    assert bot.renew(utc_now() + timedelta(minutes=95)) == 2
    assert {kept(bot, key)["bearer_token"] for key in VILLAGES}.isdisjoint({first, second})
    renewed = kept(bot, "desa2")
    assert bot.revoke("desa1/x", reason="ponsel hilang", actor="budi").forgotten > 0
    assert kept(bot, "desa1") == {}
    assert (row(bot, "desa1").paused_at is not None, row(bot, "desa2").paused_at) == (True, None)
    assert kept(bot, "desa2") == renewed
    with bot.office.database.read() as session:
        acts = session.exec(
            select(Audit.act, Audit.agency, Audit.actor).where(Audit.actor == "siti").order_by(col(Audit.id))
        ).all()
    assert acts == [(act, key, "siti") for key in VILLAGES for act in ("connected", "configured")]


def test_what_is_dead_is_told_with_the_agency_and_the_command_that_mends_it(
    bot: Humasbot, server: StandInOAuth
) -> None:
    connect(bot, server, "desa2/x")
    server.refresh.clear()
    bot.renew(utc_now() + timedelta(minutes=95))
    village = row(bot, "desa2")
    assert "humasbot connect x --account desa2/x" in village.paused_why
    bot.alerts.look()
    with bot.office.database.read() as session:
        told = session.exec(select(Alert.text).where(Alert.agency_id == village.agency_id)).all()
    assert any(text.endswith("humasbot accounts resume desa2/x") for text in told), told
    connect(bot, server, "desa2/x")
    bot.resume("desa2/x", actor="budi")
    assert row(bot, "desa2").paused_at is None
    assert bot.office.publisher(row(bot, "desa2"), renewed=True).verify() == "@diskominfo"


def test_secrets_are_set_listed_turned_and_forgotten_by_agency(
    bot: Humasbot, tmp_path: Path, server: StandInOAuth
) -> None:
    for key in VILLAGES:
        bot.keep(f"{key}/x", "bearer_token", f"token-{key}", actor="siti")
    assert rotate(bot.office, actor="siti")[0] == 2
    assert [kept(bot, key) for key in VILLAGES] == [{"bearer_token": f"token-{key}"} for key in VILLAGES]
    assert forget(bot.office, "desa1/x", actor="siti") == 1
    assert [kept(bot, key) for key in VILLAGES] == [{}, {"bearer_token": "token-desa2"}]
    with pytest.raises(InputError, match="bukan rahasia"):
        bot.keep("desa1/x", "base_url", "x", actor="siti")
    with pytest.raises(NotFoundError, match="tidak ada instansi desa9"):
        bot.keep("desa9/x", "bearer_token", "x", actor="siti")
    with pytest.raises(NotFoundError, match="tidak ada instansi desa9"):
        connect(bot, server, "desa9/x")


def test_one_office_alone_reaches_no_other(
    settings: dict[str, Any], bot: Humasbot, open_bot: Callable[[dict[str, Any]], Humasbot]
) -> None:
    alone = open_bot({**settings, "humasbot": {**settings["humasbot"], "fleet": False}})
    for act in (
        lambda: alone.keep("desa1/x", "bearer_token", "x"),
        lambda: alone.revoke("desa1/x", reason="bocor", actor="budi"),
        lambda: alone.pause("desa1/x", actor="budi"),
    ):
        with pytest.raises(NotFoundError, match="tidak ada instansi desa1"):
            act()
    alone.keep("utama/kanal", "token", "rahasia")
    with alone.office.database.read() as session:
        assert [row.account for row in session.exec(select(Secret)).all()] == ["kanal"]


def test_the_commands_name_an_account_of_another_agency(
    bot: Humasbot,
    tmp_path: Path,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "humasbot.toml").write_text(
        f'[humasbot]\ndatabase = "{database_url}"\nfleet = true\nsecret_key = {{ file = "kunci" }}\n'
        '[agency]\nname = "Dinas Kominfo Kota Contoh"\n'
    )

    def said(*words: str, typed: str = "") -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        with pytest.raises(SystemExit) as ended:
            main(["-c", str(tmp_path / "humasbot.toml"), *words])
        out, err = capfd.readouterr()
        assert not ended.value.code, err
        return out

    shown = said("secrets", "set", "desa1/x", "bearer_token", typed="rahasia-satu\n")
    assert 'accounts.csv tulis "stored"' in shown
    listed = said("secrets", "list", "--json")
    assert '"desa1/x"' in listed
    assert "rahasia-satu" not in listed
    assert "desa2/x" in said("accounts", "pause", "desa2/x")
    assert "Akun desa1/x dijeda; 1 rahasia" in said("revoke", "desa1/x", "--reason", "bocor")
