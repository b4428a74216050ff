"""The X publisher against its stand-in; ``tests/live/test_x_contract.py`` holds both to X's official contract."""

import json
import logging
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from x_harness import NOW, XHarness, at, error_of, post, standing_still

from humasbot.errors import (
    AuthExpired,
    ConfigError,
    PublishError,
    RateLimited,
    Rejected,
    Retryable,
    Uncertain,
)
from humasbot.platforms.x import PAGE, X
from humasbot.platforms.x_session import BEARER, OAUTH1
from humasbot.testing import Notes, PublisherSuite
from humasbot.testing.standin import Reply
from humasbot.testing.standin_x import XStandIn, problem


@pytest.fixture
def server() -> Iterator[XStandIn]:
    with standing_still() as standin:
        yield standin


class TestXWithKeys(PublisherSuite):
    """OAuth 1.0a: the stand-in verifies the signature of every request."""

    crowd = PAGE + 5

    @pytest.fixture
    def harness(self, server: XStandIn) -> XHarness:
        return XHarness(server, OAUTH1)


class TestXWithToken(PublisherSuite):
    """OAuth 2.0 user token."""

    @pytest.fixture
    def harness(self, server: XStandIn) -> XHarness:
        return XHarness(server, [BEARER])


# --- settings ---------------------------------------------------------------------------------------------------


KEYS = dict.fromkeys(OAUTH1, "rahasia")


@pytest.mark.parametrize(
    ("settings", "named", "unnamed"),
    [
        ({}, [*OAUTH1, BEARER], []),
        ({**KEYS, "access_token": " "}, ["access_token:"], ["consumer_key", BEARER]),
        ({**KEYS, BEARER: "rahasia"}, [BEARER], ["access_token:"]),
        ({BEARER: "rahasia", "base_url": "api.x.com"}, ["base_url"], [BEARER]),
        ({"base_url": "ftp://x.com", "kunci": "a"}, ["kunci"], []),
    ],
)
def test_settings_name_what_is_missing(
    settings: dict[str, str], named: list[str], unnamed: list[str]
) -> None:
    with pytest.raises(ConfigError) as caught:
        X.from_settings(settings)
    assert all(name in str(caught.value) for name in named)
    assert not any(name in str(caught.value) for name in (*unnamed, "rahasia\n"))


@pytest.mark.parametrize("settings", [KEYS, {BEARER: "rahasia"}])
def test_either_set_of_credentials_is_enough_and_leads_to_x(settings: dict[str, str]) -> None:
    assert X.from_settings(settings).session.base == "https://api.x.com"


def test_importing_and_building_loads_neither_tweepy_nor_requests() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from humasbot.platforms.x import X; X.from_settings({'bearer_token': 'a'});"
        "sys.exit(bool({'tweepy', 'requests', 'twitter_text'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- publishing -------------------------------------------------------------------------------------------------


def test_receipt_tells_address_and_moment(server: XStandIn) -> None:
    receipt = at(server).publish(post(), Notes())
    assert receipt.url == f"https://x.com/i/web/status/{receipt.remote_id}"
    assert receipt.published_at == datetime.now(UTC)


def test_only_one_call_publishes_and_it_is_the_last(server: XStandIn) -> None:
    at(server).publish(post(pictures=2), Notes())
    pair = ["POST /2/media/upload", "POST /2/media/metadata"]
    assert server.paths() == [*pair, *pair, "POST /2/tweets"]


@pytest.mark.parametrize(("age", "again"), [(timedelta(hours=22), 0), (timedelta(hours=23, minutes=1), 2)])
def test_uploads_older_than_23_hours_are_done_anew(server: XStandIn, age: timedelta, again: int) -> None:
    notes = Notes()
    server.fault("status", on="POST /2/tweets", status=429)
    error_of(at(server), post(pictures=2), notes)
    server.age(age)
    server.requests.clear()
    with time_machine.travel(datetime.now(UTC) + age, tick=False):
        for upload in server.uploads.values():
            upload["at"] += age
        at(server).publish(post(pictures=2), notes)
    assert server.paths().count("POST /2/media/upload") == again
    assert server.paths().count("POST /2/media/metadata") == again


def test_an_upload_that_x_holds_for_a_shorter_time_is_believed(
    server: XStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("humasbot.testing.standin_x.MEDIA_SECONDS", 600)
    notes = Notes()
    at(server).publish(post(pictures=1), notes)
    until = datetime.fromisoformat(json.loads(notes.values["media:0"])["until"])
    assert timedelta(minutes=9) < until - datetime.now(UTC) < timedelta(minutes=10)


def test_uploads_that_x_forgot_early_are_forgotten_too(server: XStandIn) -> None:
    notes = Notes()
    server.fault("status", on="POST /2/tweets", status=429)
    error_of(at(server), post(pictures=1), notes)
    server.uploads.clear()
    error = error_of(at(server), post(pictures=1), notes)
    assert isinstance(error, Retryable)
    assert not isinstance(error, RateLimited)
    at(server).publish(post(pictures=1), notes)
    assert len(server.accepted) == 1


def test_fresh_uploads_that_x_does_not_want_are_no_reason_to_try_again(server: XStandIn) -> None:
    body = {"errors": [{"message": "Your media IDs are invalid."}], "title": "Invalid Request"}
    server.fault("status", on="POST /2/tweets", status=400, body=body)
    error = error_of(at(server), post(pictures=1))
    assert isinstance(error, Rejected)
    assert "Your media IDs are invalid." in str(error)


def test_a_slow_answer_is_not_waited_for(server: XStandIn) -> None:
    server.fault("late", on="POST /2/tweets", seconds=5)
    error = error_of(at(server, read=0.2), post())
    assert isinstance(error, Uncertain)
    assert at(server).find_existing(post(), NOW) is not None


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("garbage", {}),
        ("short", {}),
        ("lost", {}),
        ("gateway", {"status": 504}),
        ("status", {"status": 201, "body": {"data": {"text": "tanpa id"}}, "done": True}),
        ("status", {"status": 201, "body": [1], "done": True}),
        ("status", {"status": 302, "headers": {"Location": "/2/users/me"}, "done": True}),
        ("status", {"status": 500, "body": ["bukan objek"], "done": True}),
    ],
)
def test_whatever_leaves_doubt_on_the_publishing_call_is_uncertain(
    server: XStandIn, kind: Any, options: dict[str, Any]
) -> None:
    server.fault(kind, on="POST /2/tweets", **options)
    assert isinstance(error_of(at(server), post()), Uncertain)
    assert len(server.accepted) == 1
    assert server.paths() == ["POST /2/tweets"]


# --- what X's answers mean --------------------------------------------------------------------------------------


def answered(server: XStandIn, reply: Reply, on: str = "POST /2/tweets", **headers: str) -> PublishError:
    server.fault("status", on=on, status=reply.status, body=reply.body, headers=headers)
    return error_of(at(server), post(pictures=1))


FORBIDDEN = [
    ("You are not allowed to create a Tweet with duplicate content.", "about:blank", Uncertain),
    ("You are not permitted to perform this action.", "about:blank", AuthExpired),
    (
        "Your client app is not configured with the appropriate oauth1 app permissions",
        "oauth1-permissions",
        AuthExpired,
    ),
    (
        "Authenticating with OAuth 2.0 Application-Only is forbidden",
        "unsupported-authentication",
        AuthExpired,
    ),
    ("Your account is suspended and is not permitted to access this feature", "about:blank", AuthExpired),
    ("To protect our users your account has been temporarily locked", "about:blank", AuthExpired),
    ("Forbidden", "about:blank", AuthExpired),
    ("User is over daily status update limit.", "about:blank", RateLimited),
    ("Your Tweet text is too long.", "about:blank", Rejected),
]


@pytest.mark.parametrize(("words", "kind", "expected"), FORBIDDEN)
def test_a_403_is_told_apart_by_its_words(
    server: XStandIn, words: str, kind: str, expected: type[PublishError]
) -> None:
    error = answered(server, problem(403, "Forbidden", words, kind))
    assert type(error) is expected
    assert words in str(error)
    assert error.status == 403
    assert error.code == (None if kind == "about:blank" else kind)


def test_a_403_while_preparing_is_about_the_credential(server: XStandIn) -> None:
    error = answered(server, problem(403, "Forbidden", "media.write is missing"), on="POST /2/media/upload")
    assert type(error) is AuthExpired


def test_no_credits_left_pauses_the_account_and_says_where_to_top_up(server: XStandIn) -> None:
    error = answered(server, problem(402, "Payment Required", "no credits", "credits"))
    assert type(error) is AuthExpired
    assert "console.x.com" in str(error)


def test_the_longer_of_two_quotas_is_waited_for(server: XStandIn) -> None:
    now = int(datetime.now(UTC).timestamp())
    headers = {
        "x-rate-limit-reset": str(now + 600),
        "x-user-limit-24hour-remaining": "0",
        "x-user-limit-24hour-reset": str(now + 7200),
    }
    error = answered(server, problem(429, "Too Many Requests", "Too Many Requests"), **headers)
    assert isinstance(error, RateLimited)
    assert error.retry_after == timedelta(hours=2)


def test_our_own_lost_answer_shows_as_a_duplicate_and_is_found(server: XStandIn) -> None:
    server.fault("lost", on="POST /2/tweets")
    assert isinstance(error_of(at(server), post()), Uncertain)
    again = error_of(at(server), post())
    assert isinstance(again, Uncertain)
    assert "duplicate" in str(again)
    found = at(server).find_existing(post(), NOW)
    assert found is not None
    assert found.remote_id == server.accepted[0]["id"]


@pytest.mark.parametrize("names", [OAUTH1, [BEARER]])
def test_not_even_loud_logging_of_the_libraries_shows_a_secret(
    server: XStandIn, names: Sequence[str], caplog: pytest.LogCaptureFixture
) -> None:
    harness = XHarness(server, names)
    caplog.set_level(logging.DEBUG)
    harness.publisher().publish(post(pictures=1), Notes())
    server.fault("status", on="POST /2/tweets", status=401)
    error = error_of(harness.publisher(), post("lain"))
    seen = caplog.text + repr(error) + repr(vars(error)) + "".join(map(repr, caplog.records))
    assert "urllib3" in caplog.text
    assert not any(secret in seen for secret in harness.secrets)


def test_a_wrong_secret_is_refused_by_the_stand_in(server: XStandIn) -> None:
    settings = {**{name: server.credentials[name] for name in OAUTH1}, "base_url": server.url}
    x = X.from_settings({**settings, "access_token_secret": "salah"})
    assert isinstance(error_of(x, post(pictures=1)), AuthExpired)
    assert server.paths() == ["POST /2/media/upload"]
