"""From an answer, or its absence, to an error: statuses, waits, words, addresses."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rude_server import Server, say

from humasbot.errors import AuthExpired, PublishError, RateLimited, Rejected, Retryable, Uncertain
from humasbot.net import Answer, Http
from humasbot.platforms.http import (
    LONGEST_WAIT,
    Api,
    base_address,
    meaning,
    read_error,
    retry_after,
    shorten,
    unreadable,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HUMASBOT_LANG", raising=False)
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


# --- what a status means ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("publishing", [True, False])
def test_every_status(publishing: bool) -> None:
    unsure: type[PublishError] = Uncertain if publishing else Retryable
    wanted: dict[int, type[PublishError] | None] = dict.fromkeys(range(100, 600), unsure)
    wanted |= dict.fromkeys(range(200, 300))
    wanted |= dict.fromkeys(range(400, 500), Rejected)
    wanted |= {401: AuthExpired, 408: unsure, 425: unsure, 429: RateLimited}
    for status, kind in wanted.items():
        error = meaning(status, publishing=publishing, title="X")
        assert type(error) is (kind or type(None))
        if error is not None:
            assert (str(error), error.status) == (f"X: HTTP {status}", status)


def test_the_platform_s_own_words_come_short_and_on_one_line() -> None:
    error = meaning(400, publishing=True, title="X", detail="kata\n  kata " * 100, code="187")
    assert str(error).startswith("X: HTTP 400 – kata kata kata")
    assert str(error).endswith("…")
    assert len(str(error)) < 330
    assert error is not None
    assert error.code == "187"


def test_the_end_of_the_window_is_no_wait_while_the_quota_is_not_used_up() -> None:
    headers = {
        "ratelimit-reset": str(int(datetime.now(UTC).timestamp()) + 3000),
        "ratelimit-remaining": "4999",
    }
    limited, broken = (meaning(s, publishing=False, title="B", headers=headers) for s in (429, 502))
    assert isinstance(limited, RateLimited)
    assert limited.retry_after is not None
    assert timedelta(seconds=2900) < limited.retry_after <= timedelta(seconds=3000)
    assert isinstance(broken, Retryable)
    assert broken.retry_after is None
    told = meaning(503, publishing=False, title="B", headers={"retry-after": "7"})
    assert isinstance(told, Retryable)
    assert told.retry_after == timedelta(seconds=7)


@pytest.mark.parametrize(("publishing", "kind"), [(True, Uncertain), (False, Retryable)])
def test_an_unreadable_success(publishing: bool, kind: type[PublishError]) -> None:
    error = unreadable(publishing=publishing, title="X", status=200)
    assert type(error) is kind
    assert (str(error), error.status) == ("X: jawaban tidak terbaca", 200)


# --- how long to wait ------------------------------------------------------------------------------------------


def at(seconds: float) -> str:
    return str(NOW.timestamp() + seconds)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "120"}, 120),
        ({"retry-after": " 120 "}, 120),
        ({"retry-after": "0"}, 1),
        ({"retry-after": "0.2"}, 1),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "999999999"}, 86_400),
        ({"retry-after": "Sun, 22 Nov 2026 12:05:00 GMT"}, 300),
        ({"retry-after": "Sunday, 22-Nov-26 12:05:00 GMT"}, 300),
        ({"retry-after": "Sun Nov 22 12:05:00 2026"}, 300),
        ({"retry-after": "Sun, 22 Nov 2026 19:05:00 +0700"}, 300),
        ({"retry-after": "Sat, 21 Nov 2026 12:00:00 GMT"}, 1),
        ({"retry-after": "Mon, 22 Nov 2027 12:00:00 GMT"}, 86_400),
        ({"x-rate-limit-reset": at(900)}, 900),
        ({"ratelimit-reset": at(42)}, 42),
        ({"x-ratelimit-reset": "2026-11-22T12:05:00.000Z"}, 300),
        ({"x-ratelimit-reset": "2026-11-22T12:05:00"}, 300),
        ({"x-ratelimit-reset": "2026-11-22T19:05:00+07:00"}, 300),
        ({"ratelimit-reset": "55"}, 55),
        ({"x-rate-limit-reset": at(-60)}, 1),
        ({"retry-after": "", "ratelimit-reset": at(42)}, 42),
        ({"retry-after": "sebentar", "ratelimit-reset": at(42)}, 42),
        ({"retry-after": "5", "x-rate-limit-reset": at(900)}, 5),
        *(({"retry-after": x}, None) for x in ("-5", "nan", "inf", "-inf", "1e400", "besok", "0x10", "{}", "٪", "5,5")),
    ],
)  # fmt: skip
def test_every_way_to_say_when(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, NOW) == (None if seconds is None else timedelta(seconds=seconds))


NUMBERS = st.integers(0, 70) | st.sampled_from([0, 99, 1970, 2026, 9999, 99999, 10**12])
GARBAGE = (
    st.text(max_size=40)
    | st.integers().map(str)
    | st.floats().map(str)
    | st.builds("Sun, {} {} {} {}:{}:{} {}".format, *[NUMBERS, st.sampled_from(["Nov", "Feb", "nov", "11", "Xyz"])],
                *[NUMBERS] * 4, st.sampled_from(["GMT", "UTC", "EST", "+0700", "-9999", "+99999999999999", ""]))
    | st.builds("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}".format, *[NUMBERS] * 6,
                st.sampled_from(["", "Z", "+07:00", "-24:00", ".123456789Z", "+99:99"]))
)  # fmt: skip


@given(
    st.dictionaries(
        st.sampled_from(["retry-after", "x-rate-limit-reset", "ratelimit-reset", "x-ratelimit-reset"]),
        GARBAGE,
    )
)
@settings(max_examples=300, deadline=None)
def test_no_header_breaks_us_or_stops_us_for_more_than_a_day(headers: dict[str, str]) -> None:
    wait = retry_after(headers, NOW)
    assert wait is None or timedelta(seconds=1) <= wait <= LONGEST_WAIT
    error = meaning(429, publishing=True, title="X", headers=headers)
    assert isinstance(error, RateLimited)


@pytest.mark.parametrize(("left", "shared"), [("0", True), ("12", False), (None, False)])
def test_a_quota_of_the_whole_application_is_told_apart_from_an_accounts(
    left: str | None, shared: bool
) -> None:
    headers = {"x-rate-limit-remaining": "0", "retry-after": "60"}
    headers |= {"x-app-limit-24hour-remaining": left} if left is not None else {}
    error = meaning(429, publishing=True, title="X", headers=headers)
    assert isinstance(error, RateLimited)
    assert (error.shared, error.retry_after) == (shared, timedelta(minutes=1))


# --- a JSON platform -------------------------------------------------------------------------------------------


@pytest.fixture
def api() -> Iterator[Callable[[bytes], Api]]:
    """A platform whose server answers everything with these bytes."""
    servers: list[Server] = []

    def begin(answer: bytes) -> Api:
        servers.append(Server(say(answer)))
        return Api(f"http://127.0.0.1:{servers[-1].port}/", "Contoh", Http(connect=10, read=10))

    yield begin
    for server in servers:
        server.close()


def whole(status: int, body: bytes, *headers: bytes) -> bytes:
    lines = (b"HTTP/1.1 %d X" % status, b"Content-Length: %d" % len(body), *headers)
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def test_a_good_answer_is_decoded(api: Callable[[bytes], Api]) -> None:
    assert api(whole(200, b'{"id": "1"}')).call("POST", "/p", publishing=True, json_body={}) == {"id": "1"}
    assert api(whole(204, b"")).call("DELETE", "/p") == {}


@pytest.mark.parametrize(("publishing", "kind"), [(True, Uncertain), (False, Retryable)])
@pytest.mark.parametrize(
    "body", [b"<html>Selamat datang di WiFi kantor</html>", b'{"id": ', b"\xff\xfe", b"[" * 100_000]
)
def test_a_captive_portal_is_no_success(
    api: Callable[[bytes], Api], publishing: bool, kind: type[PublishError], body: bytes
) -> None:
    with pytest.raises(PublishError) as caught:
        api(whole(200, body)).call("POST", "/p", publishing=publishing)
    assert type(caught.value) is kind
    assert str(caught.value) == "Contoh: jawaban tidak terbaca"


def test_a_refusal_carries_words_code_and_wait(api: Callable[[bytes], Api]) -> None:
    body = b'{"error": {"message": "Duplicate status", "code": 506}}'
    with pytest.raises(Rejected, match="Contoh: HTTP 400 – Duplicate status") as refused:
        api(whole(400, body)).call("POST", "/p", publishing=True)
    assert (refused.value.status, refused.value.code) == (400, "506")
    with pytest.raises(RateLimited) as limited:
        api(whole(429, b"", b"Retry-After: 9")).call("POST", "/p", publishing=True)
    assert limited.value.retry_after == timedelta(seconds=9)


@pytest.mark.parametrize(
    ("body", "words", "code"),
    [
        (b'{"error": {"message": "m", "code": 190}}', "m", "190"),
        (b'{"error": {"message": "m"}}', "m", None),
        (b'{"error": "InvalidToken", "message": "m"}', "m", "InvalidToken"),
        (b'{"error": "Validation failed"}', "Validation failed", "Validation failed"),
        (b'{"title": "Forbidden", "detail": "m", "status": 403}', "m", None),
        (b'{"ok": false, "description": "m"}', "m", None),
        (b'{"error": "invalid_grant", "error_description": "m"}', "m", "invalid_grant"),
        (b"{}", "", None),
        (b"[]", "", None),
        (b"null", "", None),
        (b"<html>", "", None),
        (b"", "", None),
        (b"[" * 100_000, "", None),
    ],
)
def test_the_words_of_an_error_in_any_shape(body: bytes, words: str, code: str | None) -> None:
    assert read_error(Answer(400, {}, body, "https://x.example")) == (words, code)
    assert read_error(Answer(200, {}, body, "https://x.example")) == ("", None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error", "message", "code", "detail", "description", "x"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)


@given(JSON)
def test_no_error_body_breaks_us(data: Any) -> None:
    import json

    words, code = read_error(Answer(500, {}, json.dumps(data).encode(), "https://x.example"))
    assert isinstance(words, str)
    assert code is None or isinstance(code, str)


@given(st.text(), st.integers(1, 50))
def test_shorten(text: str, length: int) -> None:
    short = shorten(text, length)
    assert len(short) <= length
    assert short == " ".join(text.split()) or short.endswith("…")


@pytest.mark.parametrize(
    ("written", "whole_"),
    [
        ("sosial.contoh.go.id", "https://sosial.contoh.go.id"),
        (" https://sosial.contoh.go.id/ ", "https://sosial.contoh.go.id"),
        ("HTTPS://x.example:8443/dalam//", "HTTPS://x.example:8443/dalam"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://[::1]:3000", "http://[::1]:3000"),
    ],
)
def test_an_address_is_made_whole(written: str, whole_: str) -> None:
    problems: list[Any] = []
    assert base_address("server", written, problems) == whole_
    assert problems == []


@pytest.mark.parametrize(
    "written",
    ["", "  ", "https://", "http://sosial.contoh.go.id", "ftp://x.example", "https://a:rahasia@x.example", "https://[",
     "https://x.example?token=rahasia", "https://x.example#a", "https://x.example:abc", "https://x.example:99999"],
)  # fmt: skip
def test_an_address_that_cannot_be_used(written: str) -> None:
    problems: list[Any] = []
    base_address("server", written, problems)
    assert [problem.where for problem in problems] == ["server"]
    assert "rahasia" not in str(problems)
