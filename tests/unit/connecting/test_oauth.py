"""OAuth's small parts: the pasted redirect, the proof, and what a token endpoint may answer."""

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from humasbot.connecting.oauth import (
    App,
    AppRefused,
    GrantError,
    GrantLater,
    GrantLost,
    GrantRefused,
    Proof,
    authorize_address,
    read_redirect,
    tokens_of,
)
from humasbot.errors import InputError
from humasbot.net import Answer

HERE = "http://127.0.0.1:8765/humasbot"
STATE = "keadaan-yang-tidak-tertebak"
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def back(base: str = HERE, **query: str) -> str:
    return f"{base}?{urlencode({'state': STATE, 'code': 'kode-rahasia', **query})}"


@pytest.mark.parametrize(
    "pasted",
    [
        back(),
        f"  {back()}\n",
        f'"{back()}"',
        f"<{back()}>",
        back() + "#_=_",
        back().replace("?", "?\n"),
        back(scope="tweet.read users.read"),
        back().replace("http://127", "HTTP://127"),
    ],
)
def test_the_code_of_a_pasted_redirect(pasted: str) -> None:
    assert read_redirect(pasted, redirect=HERE, state=STATE) == "kode-rahasia"


@pytest.mark.parametrize(
    ("pasted", "words"),
    [
        ("", "tempel alamat lengkap"),
        ("kode-rahasia", "tempel alamat lengkap"),
        (back().partition("?")[2], "tempel alamat lengkap"),
        (back("http://127.0.0.1:9999/humasbot"), "tempel alamat lengkap"),
        (back("http://127.0.0.1.jahat.example:8765/humasbot"), "tempel alamat lengkap"),
        (back("http://127.0.0.1:8765/lain"), "tempel alamat lengkap"),
        (back("https://127.0.0.1:8765/humasbot"), "tempel alamat lengkap"),
        (f"{HERE}?state={STATE}", "tempel alamat lengkap"),
        (f"{HERE}?state={STATE}&code=", "tempel alamat lengkap"),
        (f"{HERE}?state={STATE}&code=a&code=b", "tempel alamat lengkap"),
        ("http://[::1", "tempel alamat lengkap"),
        (f"{HERE}?code=kode-rahasia", "bukan jawaban dari percobaan ini"),
        (f"{HERE}?code=kode-rahasia&state=lain", "bukan jawaban dari percobaan ini"),
        (f"{HERE}?code=kode-rahasia&state={STATE}&state={STATE}", "bukan jawaban dari percobaan ini"),
        (f"{HERE}?error=access_denied&state={STATE}", "izin ditolak"),
        (f"{HERE}?error=invalid_scope&state={STATE}", r"\(invalid_scope\)"),
        (f"{HERE}?error=%3Cscript%3E&state={STATE}", r"\(\?\)"),
    ],
)
def test_what_is_not_the_redirect_is_refused_and_not_repeated(pasted: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as error:
        read_redirect(pasted, redirect=HERE, state=STATE)
    assert "kode-rahasia" not in str(error.value)
    assert STATE not in str(error.value)


anything = st.text(max_size=120) | st.builds(
    lambda base, query: f"{base}?{query}",
    st.sampled_from([HERE, "http://127.0.0.1:8765", f"{HERE}/", "//", "http://[", "http://x:99999"]),
    st.text(max_size=60)
    | st.dictionaries(st.sampled_from(["code", "state", "error"]), st.text(max_size=30)).map(urlencode),
)  # fmt: skip


@given(anything)
@example(f"{HERE}?{'&'.join(['a=1'] * 60)}")
@example("http://127.0.0.1:8765/humasbot?state=\ud800&code=x")
@settings(max_examples=300, deadline=None)
def test_nothing_pasted_breaks_it_and_nothing_without_the_state_passes(pasted: str) -> None:
    with pytest.raises(InputError):
        read_redirect(pasted, redirect=HERE, state=STATE)


@given(st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=80))
def test_any_code_comes_through_as_it_is(code: str) -> None:
    pasted = f"{HERE}?state={STATE}&code={quote(code, safe='')}"
    assert read_redirect(pasted, redirect=HERE, state=STATE) == code


def test_the_address_holds_state_and_challenge_but_not_the_verifier() -> None:
    proof = Proof.fresh()
    address = authorize_address(
        "https://x.example/authorize", App("id", "rahasia-app"), HERE, "a b", proof, pkce=True
    )
    query = parse_qs(urlsplit(address).query)
    digest = hashlib.sha256(proof.verifier.encode()).digest()
    assert query["code_challenge"] == [base64.urlsafe_b64encode(digest).rstrip(b"=").decode()]
    assert query["code_challenge_method"] == ["S256"]
    assert query["redirect_uri"] == [HERE]
    assert query["scope"] == ["a b"]
    assert proof.verifier not in address
    assert "rahasia-app" not in address
    assert 43 <= len(proof.verifier) <= 128, "RFC 7636 section 4.1"
    assert len(Proof.fresh().state) >= 32
    assert Proof.fresh() != Proof.fresh()
    assert proof.state not in repr(proof) + repr(App("id", "rahasia-app"))


def answer(status: int, body: Any) -> Answer:
    return Answer(status, {}, body if isinstance(body, bytes) else json.dumps(body).encode(), "")


def test_what_a_token_endpoint_grants() -> None:
    granted = tokens_of(
        answer(200, {"access_token": "a", "refresh_token": "r", "expires_in": 7200, "scope": "x,y z"}),
        NOW,
        "X",
    )
    assert (granted.access, granted.refresh) == ("a", "r")
    assert granted.expires_at == NOW + timedelta(hours=2)
    assert granted.scopes == {"x", "y", "z"}
    assert "'a'" not in repr(granted)
    wrapped = tokens_of(answer(200, {"data": [{"access_token": "a", "permissions": ["p", "q"]}]}), NOW, "IG")
    assert (wrapped.access, wrapped.scopes) == ("a", {"p", "q"})


@pytest.mark.parametrize(
    ("seconds", "ends"),
    [("3600", NOW + timedelta(hours=1)), (0, None), (-5, None), (True, None), (None, None), ("besok", None),
     (1.5, None), (10**30, NOW + timedelta(days=3650))],
)  # fmt: skip
def test_an_end_that_cannot_be_is_none(seconds: Any, ends: datetime | None) -> None:
    assert tokens_of(answer(200, {"access_token": "a", "expires_in": seconds}), NOW, "X").expires_at == ends


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, {"error": "invalid_grant"}, GrantRefused),
        (400, {"error": "invalid_request", "error_description": "Value for the token was invalid."}, GrantRefused),
        (401, {"error": "invalid_client"}, AppRefused),
        (403, {"error": "unauthorized_client"}, AppRefused),
        (400, {"error": {"code": 190, "message": "Session has expired"}}, GrantRefused),
        (400, {"error": {"code": 101, "message": "Error validating application"}}, AppRefused),
        (400, {"error": {"code": 4, "message": "Application request limit reached"}}, GrantLater),
        (429, {"error": "slow_down"}, GrantLater),
        (403, b"<html>blocked</html>", GrantLater),
        (500, {"error": "server_error"}, GrantLost),
        (400, {"error": "temporarily_unavailable"}, GrantLater),
        (500, {}, GrantLost),
        (502, b"<html>bad gateway</html>", GrantLost),
        (200, b"<html>captive portal</html>", GrantLost),
        (200, b'{"access_token": "abc', GrantLost),
        (200, {"token_type": "bearer"}, GrantLost),
        (200, {"access_token": 7}, GrantLost),
        (200, {"error": "invalid_grant"}, GrantRefused),
        (302, b"", GrantLater),
    ],
)  # fmt: skip
def test_what_each_answer_means(status: int, body: Any, kind: type[GrantError]) -> None:
    with pytest.raises(GrantError) as error:
        tokens_of(answer(status, body), NOW, "X")
    assert type(error.value) is kind
