"""The door for the redirect: on this machine only, for one path, for the right state."""

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from humasbot.connecting.loopback import Loopback
from humasbot.errors import InputError
from humasbot.net import Http

STATE = "keadaan"


@pytest.fixture
def door() -> Iterator[Loopback]:
    with Loopback("http://127.0.0.1:0/humasbot") as door:
        door.state = STATE
        yield door


def get(address: str) -> int:
    return Http().request("GET", address).status


def test_the_right_redirect_arrives(door: Loopback) -> None:
    assert urlsplit(door.redirect).port
    assert door.wait(0) == ""
    assert get(f"{door.redirect}?code=a&state={STATE}") == 200
    assert door.wait(1) == f"{door.redirect}?code=a&state={STATE}"


@pytest.mark.parametrize(
    ("rest", "status"),
    [("?code=a", 400), ("?code=a&state=lain", 400), (f"?code=a&state={STATE}&state={STATE}", 400),
     (f"/lain?code=a&state={STATE}", 404)],
)  # fmt: skip
def test_others_are_turned_away_and_the_wait_goes_on(door: Loopback, rest: str, status: int) -> None:
    assert get(door.redirect + rest) == status
    assert door.wait(0) == ""
    assert get(f"{door.redirect}?code=a&state={STATE}") == 200
    assert door.wait(1)


def test_the_first_answer_counts(door: Loopback) -> None:
    get(f"{door.redirect}?code=pertama&state={STATE}")
    get(f"{door.redirect}?code=kedua&state={STATE}")
    assert "pertama" in door.wait(1)


def test_nothing_is_taken_before_the_state_is_known() -> None:
    with Loopback("http://127.0.0.1:0/humasbot") as door:
        assert get(f"{door.redirect}?code=a&state=") == 400
        assert door.wait(0) == ""


def test_the_page_does_not_repeat_the_code_and_is_not_kept(door: Loopback) -> None:
    answer = Http().request("GET", f"{door.redirect}?code=kode-rahasia&state={STATE}")
    assert b"kode-rahasia" not in answer.body
    assert answer.headers["cache-control"] == "no-store"


def test_it_listens_on_this_machine_only(door: Loopback) -> None:
    elsewhere = ("127.0.0.2", urlsplit(door.redirect).port)
    with socket.socket() as outside:
        outside.settimeout(0.5)
        with pytest.raises(OSError, match=r"refused|unreachable|timed out"):
            outside.connect(elsewhere)


def test_a_port_in_use_is_one_clear_sentence(door: Loopback) -> None:
    with pytest.raises(InputError, match=r"port \d+ sedang dipakai"):
        Loopback(door.redirect)


@pytest.mark.parametrize(
    ("address", "can"),
    [("http://127.0.0.1:8765/humasbot", True), ("http://127.0.0.1:0/x", True), ("https://127.0.0.1:8765/x", False),
     ("http://localhost:8765/x", False), ("https://kantor.example/x", False), ("http://127.0.0.1/x", False),
     ("http://[", False), ("http://127.0.0.1:99999/x", False)],
)  # fmt: skip
def test_what_it_can_listen_for(address: str, can: bool) -> None:
    assert Loopback.can(address) is can
