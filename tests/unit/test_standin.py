"""The stand-in server misbehaves exactly as its table says."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from humasbot.testing.standin import DONE, Reply, Request, StandIn

BODY = {"id": "1", "text": "x" * 200}


class Board(StandIn):
    def handle(self, request: Request) -> Reply:
        if request.at("POST", "/posts"):
            self.accepted.append(request.json())
            return Reply(201, BODY)
        return Reply(200, {"query": request.query, "parts": sorted(request.parts())})


@pytest.fixture
def board() -> Iterator[Board]:
    with Board() as server:
        yield server


def send(board: Board, read: float = 3.0) -> tuple[int, str] | str:
    try:
        answer = requests.post(board.url + "/posts", json={"a": 1}, timeout=(1, read))
    except requests.RequestException as error:
        return type(error).__name__
    return answer.status_code, answer.text


SEEN: dict[str, Any] = {
    "status": (503, '{"detail": "sibuk"}'),
    "drop": "ConnectionError",
    "lost": "ConnectionError",
    "short": "ChunkedEncodingError",
    "late": "ReadTimeout",
    "drip": (201, " " * 10 + json.dumps(BODY)),
    "slow": "ReadTimeout",
}
STATUS = {"html": 502, "cut": 201, "garbage": 201, "gateway": 502}


@pytest.mark.parametrize("kind", list(DONE))
def test_a_fault_is_seen_as_described_and_only_once(board: Board, kind: Any) -> None:
    board.fault(kind, on="POST /posts", body={"detail": "sibuk"}, seconds=0.5)
    seen = send(board, read=0.2)
    if kind in SEEN:
        assert seen == SEEN[kind]
    else:
        assert seen[0] == STATUS[kind]
        with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
            json.loads(seen[1])
    assert len(board.accepted) == DONE[kind]
    assert send(board) == (201, json.dumps(BODY))


def test_done_may_be_chosen(board: Board) -> None:
    board.fault("lost", done=False)
    board.fault("status", status=201, body=[1], done=True)
    assert send(board) == "ConnectionError"
    assert board.accepted == []
    assert send(board) == (201, "[1]")
    assert board.accepted == [{"a": 1}]


def test_faults_wait_for_their_request_and_last_as_told(board: Board) -> None:
    board.fault("status", on="POST", times=2)
    assert requests.get(board.url + "/x?a=1&a=2&b=", timeout=3).json()["query"] == {
        "a": ["1", "2"],
        "b": [""],
    }
    assert [send(board)[0] for _ in range(3)] == [503, 503, 201]
    assert board.paths("GET") == ["GET /x"]


def test_a_stopped_server_refuses_even_on_open_connections_and_comes_back_at_its_address(
    board: Board,
) -> None:
    with requests.Session() as session:
        assert session.get(board.url, timeout=3).status_code == 200
        board.stop()
        with pytest.raises(requests.ConnectionError):
            session.get(board.url, timeout=3)
        before = board.url
        board.start()
        assert board.url == before
        assert session.get(board.url, timeout=3).status_code == 200


def test_multipart_parts_are_read_whole(board: Board) -> None:
    files = {"media": ("a.jpg", b"\r\n--x\r\n\x00\xff\r\n", "image/jpeg")}
    requests.post(board.url + "/y", files=files, data={"kind": "tweet_image"}, timeout=3)
    assert board.requests[-1].parts() == {"media": files["media"][1], "kind": b"tweet_image"}
