"""Connecting, against a server that takes nothing on trust: what goes wrong leaves nothing behind."""
# ruff: noqa: F811

from collections.abc import Callable
from typing import Any

import pytest
from connecting import Person
from test_connect import LOCAL, bot, connect, database_url, grants, kept, server  # noqa: F401

from humasbot.app import Humasbot
from humasbot.connecting.oauth import AppRefused, GrantRefused
from humasbot.errors import AuthExpired, ConfigError, InputError
from humasbot.keyring import SecretError
from humasbot.testing.standin_oauth import StandInOAuth


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda found: found.replace("state=", "state=x"), "bukan jawaban dari percobaan ini"),
        (lambda found: found.replace("localhost", "jahat.example"), "tempel alamat lengkap"),
        (lambda found: "", "tempel alamat lengkap"),
    ],
)
def test_another_redirect_stores_nothing(
    bot: Humasbot, server: StandInOAuth, spoil: Callable[[str], str], words: str
) -> None:
    server.register("app", "", LOCAL)
    person = Person("app", "", spoil=spoil)
    with pytest.raises(InputError, match=words):
        connect(bot, server, person, redirect=LOCAL)
    assert len(person.opened) == 5, "a slip of the hand may be mended"
    assert bot.office.keyring.listed() == []
    assert "POST /token" not in server.paths()


def test_a_slip_of_the_hand_can_be_mended(bot: Humasbot, server: StandInOAuth) -> None:
    server.register("app", "", LOCAL)
    slips = iter(["https://localhost/lain", "", None])
    person = Person("app", "", spoil=lambda found: found if (slip := next(slips)) is None else slip)
    assert connect(bot, server, person, redirect=LOCAL).named == "@diskominfo"


def test_a_code_serves_once(bot: Humasbot, server: StandInOAuth) -> None:
    server.register("app", "", LOCAL)
    person = Person("app", "")
    server.fault("lost", on="POST /token")
    with pytest.raises(Exception, match="tidak sampai"):
        connect(bot, server, person, redirect=LOCAL)
    assert bot.office.keyring.listed() == []
    (code,) = server.codes.values()
    assert code.used


def test_consent_refused(bot: Humasbot, server: StandInOAuth) -> None:
    server.rules.refuses = "access_denied"
    server.register("app", "", LOCAL)
    with pytest.raises(InputError, match="izin ditolak"):
        connect(bot, server, Person("app", "", *[""] * 9), redirect=LOCAL)


def test_a_wrong_app_secret(bot: Humasbot, server: StandInOAuth) -> None:
    server.register("app", "benar", LOCAL)
    with pytest.raises(AppRefused) as error:
        connect(bot, server, Person("app", "salah-sekali"), redirect=LOCAL)
    assert "salah-sekali" not in str(error.value)


def test_rights_that_were_not_granted_are_all_named(bot: Humasbot, server: StandInOAuth) -> None:
    server.rules.grants = "tweet.read users.read offline.access"
    server.register("app", "", LOCAL)
    with pytest.raises(InputError, match=r"hak tweet\.write, media\.write"):
        connect(bot, server, Person("app", ""), redirect=LOCAL)
    assert bot.office.keyring.listed() == []


def test_another_verifier_is_refused_by_the_server(
    bot: Humasbot, server: StandInOAuth, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Proves that the stand-in holds PKCE, on which the other tests lean."""
    from humasbot.connecting import oauth

    server.register("app", "", LOCAL)
    monkeypatch.setattr(oauth.Proof, "challenge", "x" * 43)
    with pytest.raises(GrantRefused):
        connect(bot, server, Person("app", ""), redirect=LOCAL)


def test_a_token_that_the_platform_does_not_know_stores_nothing(bot: Humasbot, server: StandInOAuth) -> None:
    server.register("app", "", LOCAL)
    server.fault("status", on="/2/users/me", status=401, body={"title": "Unauthorized"})
    with pytest.raises(AuthExpired):
        connect(bot, server, Person("app", ""), redirect=LOCAL)
    assert bot.office.keyring.listed() == []


def test_a_platform_that_is_busy_afterwards_does_not_waste_the_consent(
    bot: Humasbot, server: StandInOAuth
) -> None:
    server.register("app", "", LOCAL)
    server.fault("html", on="/2/users/me")
    done = connect(bot, server, Person("app", ""), redirect=LOCAL)
    assert "HTTP 502" in done.doubt
    assert kept(bot, "x")["bearer_token"] in server.access


def test_without_a_key_the_person_is_told_before_anything(
    settings: dict[str, Any], open_bot: Any, server: StandInOAuth
) -> None:
    person = Person()
    with pytest.raises(SecretError, match="humasbot secrets key"):
        connect(open_bot(settings), server, person)
    assert person.said == person.opened == []
    assert server.requests == []


@pytest.mark.parametrize(
    "redirect", ["http://kantor.example/humasbot", "ftp://a.example", "humasbot", "https://a:b@c/"]
)
def test_a_redirect_that_would_show_the_code_to_the_whole_road_is_refused(
    bot: Humasbot, server: StandInOAuth, redirect: str
) -> None:
    with pytest.raises(InputError, match="alamat balik harus https"):
        connect(bot, server, Person(), redirect=redirect)


def test_names_that_clash_are_told_before_anything(bot: Humasbot, server: StandInOAuth) -> None:
    with pytest.raises(InputError, match="adalah akun scripted"):
        connect(bot, server, Person(), account="satu")
    with pytest.raises(InputError, match="huruf kecil"):
        connect(bot, server, Person(), account="Akun Besar")
    with pytest.raises(ConfigError, match="tidak ada platform bernama"):
        bot.connect("tidakada", Person())
    with pytest.raises(ConfigError, match="bukan alamat X"):
        bot.connect("x", Person(), addresses={"lain": "https://a.example"})
    with pytest.raises(ConfigError, match="bukan alamat server"):
        bot.connect("x", Person(), addresses={"token": "http://a.example/token"})
    with pytest.raises(InputError, match="tidak dapat dihubungkan lewat"):
        bot.connect("x", Person(), via="mastodon")
