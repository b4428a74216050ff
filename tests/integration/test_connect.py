"""Connecting, against a server that takes nothing on trust: each flow, what goes wrong, and that nothing leaks."""

import json
import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from connecting import Person, addresses, prepared, with_key
from promised import account
from sqlmodel import col, select

from humasbot.app import Humasbot
from humasbot.errors import ConfigError, InputError
from humasbot.keyring import Whose
from humasbot.models import Audit, Grant, utc_now
from humasbot.pipeline.keeping import forget, rotate
from humasbot.testing.standin_oauth import Rules, StandInOAuth

LOCAL = "https://localhost/humasbot"


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return prepared(tmp_path)


@pytest.fixture
def server() -> Iterator[StandInOAuth]:
    with StandInOAuth() as server:
        yield server


@pytest.fixture
def bot(settings: dict[str, Any], tmp_path: Path, open_bot: Callable[[dict[str, Any]], Humasbot]) -> Humasbot:
    return open_bot(with_key(settings, tmp_path))


def connect(bot: Humasbot, server: StandInOAuth, person: Person, platform: str = "x", **more: Any) -> Any:
    places = {} if platform == "mastodon" else addresses(server.url)
    return bot.connect(platform, person, addresses=places, **more)


def kept(bot: Humasbot, name: str) -> dict[str, str]:
    return {key: value.value for key, value in bot.office.keyring.fetch(Whose(name)).items()}


def grants(bot: Humasbot) -> list[Grant]:
    with bot.office.database.read() as session:
        return list(session.exec(select(Grant)).all())


@pytest.mark.parametrize("secret", ["", "rahasia dengan: tanda/%"])
def test_x_as_a_public_and_as_a_confidential_app(bot: Humasbot, server: StandInOAuth, secret: str) -> None:
    server.register("app", secret, LOCAL)
    person = Person("app", secret)
    done = connect(bot, server, person, account="x-kantor", redirect=LOCAL)
    assert done.named == "@diskominfo"
    assert done.lines == (
        f'[accounts.x-kantor]\nplatform = "x"\nbase_url = "{server.url}"\nbearer_token = {{ stored = true }}\n'
    )
    secrets = kept(bot, "x-kantor")
    assert secrets["bearer_token"] in server.access
    assert secrets["oauth.refresh_token"] in server.refresh
    assert ("oauth.client_secret" in secrets) == bool(secret)
    query = parse_qs(urlsplit(person.opened[0]).query)
    assert query["scope"] == ["tweet.read tweet.write users.read media.write offline.access"]
    (grant,) = grants(bot)
    assert (grant.flow, grant.named, grant.problem, grant.spending) == ("x", "@diskominfo", "", "")
    assert grant.renew_at is not None


def test_the_connected_account_sends_with_the_stored_token(
    settings: dict[str, Any], tmp_path: Path, bot: Humasbot, server: StandInOAuth, open_bot: Any
) -> None:
    server.register("app", "", LOCAL)
    connect(bot, server, Person("app", ""), redirect=LOCAL)
    settings["accounts"]["x"] = {
        "platform": "x", "base_url": server.url, "bearer_token": {"stored": True},
    }  # fmt: skip
    second = open_bot(settings)
    publisher = second.office.publisher(account(second, "x"), renewed=True)
    assert publisher.verify() == "@diskominfo"
    assert kept(bot, "x")["bearer_token"] not in json.dumps(account(second, "x").settings)


def test_mastodon_registers_itself_and_takes_any_port(bot: Humasbot, server: StandInOAuth) -> None:
    server.rules.expires_in = None
    server.rules.refresh = False
    person = Person(server.url)
    done = connect(bot, server, person, "mastodon")
    assert done.named.startswith("@diskominfo@127.0.0.1:")
    assert f'server = "{server.url}"' in done.lines
    assert "token = { stored = true }" in done.lines
    (client,) = server.clients.values()
    assert urlsplit(client.redirects[0]).hostname == "127.0.0.1"
    assert grants(bot)[0].renew_at is None


def test_mastodon_grants_whole_rights_too(bot: Humasbot, server: StandInOAuth) -> None:
    server.rules.grants = "read write"
    assert connect(bot, server, Person(server.url), "mastodon").named


@pytest.mark.parametrize("refresh", [True, False])
def test_linkedin_lets_choose_a_page_and_renews_only_what_it_can(
    bot: Humasbot, server: StandInOAuth, refresh: bool
) -> None:
    server.rules.need_pkce = server.rules.single_use = False
    server.rules.refresh = refresh
    server.world.pages = {"101": "Diskominfo", "202": "Dinkes"}
    server.register("app", "s", LOCAL)
    person = Person("app", "s", choice=1)
    flow = _flow("linkedin", server)
    granted = flow.connect(person, {}, LOCAL)
    assert granted.settings["organization"] == "202"
    assert "Dinkes (202)" in person.said
    assert (granted.renew_at is not None) == refresh
    assert ("oauth.refresh_token" in granted.secrets) == refresh
    assert "code_challenge" not in person.opened[0]


def _flow(name: str, server: StandInOAuth) -> Any:
    from humasbot.connecting.registry import flow_class

    cls = flow_class(name)
    assert cls is not None
    return cls(addresses(server.url))


def test_facebook_takes_the_pages_own_token(bot: Humasbot, server: StandInOAuth) -> None:
    server.rules.need_pkce = False
    server.world.pages = {"101": "Diskominfo", "202": "Dinkes"}
    server.register("app", "s", LOCAL)
    done = connect(bot, server, Person("app", "s", choice=1), "facebook")
    assert done.named == "Dinkes"
    assert 'page_id = "202"' in done.lines
    assert kept(bot, "facebook")["token"].startswith("halaman-202-")
    assert grants(bot)[0].renew_at is None, "a page's token has no end"


def test_a_facebook_right_that_was_not_ticked_is_named(bot: Humasbot, server: StandInOAuth) -> None:
    server.rules.need_pkce = False
    server.rules.grants = "pages_show_list,pages_read_engagement"
    server.register("app", "s", LOCAL)
    with pytest.raises(InputError, match="pages_manage_posts"):
        connect(bot, server, Person("app", "s"), "facebook")
    assert bot.office.keyring.listed() == []


def test_instagram_is_found_by_its_page(server: StandInOAuth) -> None:
    server.rules.need_pkce = False
    server.world.pages = {"101": "Diskominfo", "202": "Dinkes"}
    server.world.instagram = {"202": "17841:dinkes"}
    server.register("app", "s", LOCAL)
    granted = _flow("instagram", server).connect(Person("app", "s"), {}, "")
    assert granted.settings["user_id"] == "17841"
    server.world.instagram = {}
    with pytest.raises(InputError, match="tidak ada akun Instagram profesional"):
        _flow("instagram", server).connect(Person("app", "s"), {}, "")


def test_threads_exchanges_for_a_long_life(server: StandInOAuth) -> None:
    server.rules = Rules(need_pkce=False, refresh=False, expires_in=5_184_000)
    server.register("app", "s", LOCAL)
    granted = _flow("threads", server).connect(Person("app", "s"), {}, "")
    assert granted.settings["user_id"] == "77"
    ends = granted.secrets["token"].expires_at
    assert ends is not None
    assert granted.renew_at is not None
    assert (ends - granted.renew_at).days == 10
    assert "GET /access_token" in server.paths()


META = Rules(need_pkce=False, refresh=False, expires_in=5_184_000)


@pytest.mark.parametrize(
    ("platform", "via", "who", "lines"),
    [
        ("linkedin", "", "Diskominfo Kota Contoh", ['organization = "101"']),
        ("threads", "", "@diskominfo", ['user_id = "77"']),
        ("instagram", "instagram-login", "@diskominfo", ['user_id = "77"']),
        ("instagram", "", "@dinkes", ['user_id = "17841"']),
    ],
)
def test_from_consent_to_the_platforms_own_answer(
    settings: dict[str, Any], tmp_path: Path, open_bot: Any, server: StandInOAuth, platform: str, via: str, who: str,
    lines: list[str],
) -> None:  # fmt: skip
    """Each on the publisher that will speak, with the pictures' host that the configuration has."""
    (tmp_path / "gambar").mkdir()
    host = {"media_folder": "gambar", "media_url": "https://kantor.example/gambar", "media_check": "off"}
    if platform == "instagram":
        settings["accounts"]["instagram"] = {
            "platform": platform, "user_id": "1", "token": {"stored": True}, **host,
        }  # fmt: skip
    bot = open_bot(with_key(settings, tmp_path))
    server.rules, server.world.instagram = META, {"101": "17841:dinkes"}
    server.register("app", "s", LOCAL)
    done = connect(bot, server, Person("app", "s"), platform, via=via, redirect=LOCAL)
    assert (done.named, done.doubt) == (who, "")
    assert [line for line in lines if line not in done.lines] == []
    assert (grants(bot)[0].renew_at is not None) == (platform == "threads" or bool(via))
    if via:
        assert bot.renew(utc_now() + timedelta(days=51)) == 1
        assert grants(bot)[0].tries == 0


def test_instagram_without_a_host_for_pictures_keeps_the_consent(bot: Humasbot, server: StandInOAuth) -> None:
    server.rules, server.world.instagram = META, {"101": "17841:dinkes"}
    server.register("app", "s", LOCAL)
    done = connect(bot, server, Person("app", "s"), "instagram", redirect=LOCAL)
    assert "media_folder" in done.doubt
    assert kept(bot, "instagram")["token"].startswith("halaman-101-")


def test_secrets_in_threads_addresses_are_struck_out_of_debug_logs(
    server: StandInOAuth, caplog: pytest.LogCaptureFixture
) -> None:
    server.rules = Rules(need_pkce=False, refresh=False, expires_in=5_184_000)
    server.register("app", "rahasia-app", LOCAL)
    with caplog.at_level(logging.DEBUG):
        granted = _flow("threads", server).connect(Person("app", "rahasia-app"), {}, "")
    assert "access_token=…" in caplog.text
    assert "rahasia-app" not in caplog.text
    assert granted.secrets["token"].value not in caplog.text


# --- pasting -----------------------------------------------------------------------------------------------------


def test_any_platform_can_be_connected_by_pasting(
    settings: dict[str, Any], bot: Humasbot, tmp_path: Path, open_bot: Any
) -> None:
    done = bot.connect("scripted", Person(str(tmp_path / "tiga"), "token-skrip"), account="tiga")
    assert done.named == "scripted"
    assert "token = { stored = true }" in done.lines
    assert "token-skrip" not in done.lines
    settings["accounts"]["tiga"] = {"platform": "scripted", "folder": "tiga", "token": {"stored": True}}
    second = open_bot(settings)
    publisher: Any = second.office.publisher(account(second, "tiga"))
    assert publisher.token == "token-skrip"


def test_connecting_again_leaves_nothing_of_the_former_grant(
    settings: dict[str, Any], tmp_path: Path, open_bot: Any, server: StandInOAuth
) -> None:
    stored = {"platform": "x", "base_url": server.url, "bearer_token": {"stored": True}}
    bot = open_bot(with_key(settings, tmp_path, x=stored))
    server.register("app", "s", LOCAL)
    connect(bot, server, Person("app", "s"), redirect=LOCAL)
    token = kept(bot, "x")["bearer_token"]
    done = bot.connect("x", Person("", "", "", "", token), via="paste")
    assert (done.named, done.doubt, done.configured) == ("@diskominfo", "", True)
    assert kept(bot, "x") == {"bearer_token": token}
    (grant,) = grants(bot)
    assert grant.renew_at is None


def test_the_trail_says_who_did_what_with_which_secret_and_never_the_secret(
    bot: Humasbot, server: StandInOAuth
) -> None:
    server.register("app", "s", LOCAL)
    connect(bot, server, Person("app", "s"), redirect=LOCAL, actor="budi")
    bot.keep("kanal", "token", "token-rahasia", actor="siti")
    rotate(bot.office, actor="siti")
    forget(bot.office, "kanal", actor="siti")
    with bot.office.database.read() as session:
        rows = session.exec(
            select(Audit).where(col(Audit.subject).startswith("secrets:")).order_by(col(Audit.id))
        ).all()
    assert [(row.actor, row.act, row.subject) for row in rows] == [
        ("budi", "connected", "secrets:x"),
        ("siti", "secret_kept", "secrets:kanal"),
        ("siti", "key_changed", "secrets:*"),
        ("siti", "secrets_forgotten", "secrets:kanal"),
    ]
    assert "token-rahasia" not in "".join(row.detail for row in rows)


def test_a_stored_reference_is_for_secrets_only(settings: dict[str, Any], tmp_path: Path) -> None:
    settings["accounts"]["satu"]["folder"] = {"stored": True}
    with pytest.raises(ConfigError, match="bukan rahasia"):
        Humasbot(settings, folder=tmp_path)


def test_a_secret_that_is_not_there_pauses_its_account_alone(
    settings: dict[str, Any], tmp_path: Path, open_bot: Any, note: Path, public: Any
) -> None:
    settings["accounts"]["satu"]["token"] = {"stored": True}
    bot = open_bot(with_key(settings, tmp_path))
    bot.announce(str(note), actor="t")
    bot.publish()
    assert account(bot, "satu").paused_why.endswith(
        "belum tersimpan; jalankan: humasbot connect scripted --account satu"
    )
    assert account(bot, "dua").paused_at is None
    assert len(public("dua")) == 1


def test_a_wrong_key_pauses_the_account_alone_with_one_clear_sentence(
    settings: dict[str, Any], tmp_path: Path, open_bot: Any, note: Path, public: Any
) -> None:
    settings["accounts"]["satu"]["token"] = {"stored": True}
    bot = open_bot(with_key(settings, tmp_path))
    bot.keep("satu", "token", "token-rahasia-sekali")
    (tmp_path / "kunci").unlink()
    with_key(settings, tmp_path)
    bot.announce(str(note), actor="t")
    bot.publish()
    assert "satu.token terkunci dengan kunci" in account(bot, "satu").paused_why
    assert len(public("dua")) == 1
