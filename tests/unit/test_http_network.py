"""Faults of the network as each client raises them: on real sockets, what proves that nothing was published?"""

import socket
import ssl
import subprocess
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from rude_server import Server, Treat, reset, say, stay_silent

from humasbot.errors import PublishError, Retryable, Uncertain
from humasbot.net import Http, NetError
from humasbot.platforms.http import from_network

TOKEN = "EAABrahasia"


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HUMASBOT_LANG", raising=False)
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


Asker = Callable[[str, float], Any]
"""Asks the server at a base address to publish, and gives up after so many seconds."""


def through_ours(base: str, seconds: float) -> None:
    Http(connect=seconds, read=seconds).request("POST", f"{base}/", json_body={"text": "halo"})


def through_requests(base: str, seconds: float) -> None:
    with requests.Session() as session:
        session.post(f"{base}/", json={"text": "halo"}, timeout=seconds, params={"access_token": TOKEN})


class Elsewhere(HTTPAdapter):
    """Sends what is meant for tweepy's fixed address to another."""

    def __init__(self, base: str, seconds: float) -> None:
        super().__init__()
        self.base, self.seconds = base, seconds

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]  # the same, shorter
        request.url = self.base + request.path_url
        return super().send(request, **{**options, "timeout": self.seconds})


def through_tweepy(base: str, seconds: float) -> None:
    import tweepy

    client = tweepy.Client(consumer_key="a", consumer_secret="b", access_token=TOKEN, access_token_secret="d")
    with client.session as session:
        session.mount("https://", Elsewhere(base, seconds))
        client.create_tweet(text="halo")


def through_facebook(base: str, seconds: float) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import facebook

    graph = facebook.GraphAPI(TOKEN, timeout=seconds)
    before, facebook.FACEBOOK_GRAPH_URL = facebook.FACEBOOK_GRAPH_URL, f"{base}/"
    try:
        with graph.session:
            graph.put_object("1", "feed", message="halo")
    finally:
        facebook.FACEBOOK_GRAPH_URL = before


ASKERS = (through_ours, through_requests, through_tweepy, through_facebook)


def mistake(ask: Asker, base: str, treat: Treat | None = None) -> Exception:
    with pytest.raises((NetError, requests.RequestException)) as caught:
        ask(base, 0.2 if treat is stay_silent else 10.0)
    return caught.value


Start = Callable[[Treat], int]


@pytest.fixture
def start() -> Iterator[Start]:
    servers: list[Server] = []

    def begin(treat: Treat) -> int:
        servers.append(Server(treat))
        return servers[-1].port

    yield begin
    for server in servers:
        server.close()


AFTER_SENDING = {
    "closed": say(b""),
    "reset": reset,
    "silent": stay_silent,
    "cut": say(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{"),
    "garbage": say(b"\x15\x03\x01\x00\x02\x02\x46\r\n\r\n"),
}


def both(error: Exception) -> tuple[PublishError, PublishError]:
    found = [from_network(error, publishing=publishing, title="X") for publishing in (True, False)]
    for each in found:
        assert str(each).startswith("X: ")
        assert TOKEN not in str(each)
        assert "://127" not in str(each)
        assert "\n" not in str(each)
    return found[0], found[1]


def sure(error: Exception) -> bool:
    """Whether the fault is taken as proof that nothing was published."""
    publishing, before = both(error)
    assert type(before) is Retryable
    assert type(publishing) in (Retryable, Uncertain)
    return type(publishing) is Retryable


@pytest.mark.parametrize("ask", ASKERS)
@pytest.mark.parametrize("treat", AFTER_SENDING.values(), ids=AFTER_SENDING)
def test_once_the_request_was_sent_nothing_is_sure(ask: Asker, treat: Treat, start: Start) -> None:
    assert not sure(mistake(ask, f"http://127.0.0.1:{start(treat)}", treat))


@pytest.mark.parametrize("ask", ASKERS)
def test_where_nobody_listens_nothing_was_published(ask: Asker) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        assert sure(mistake(ask, f"http://127.0.0.1:{bound.getsockname()[1]}"))


@pytest.mark.parametrize("ask", ASKERS)
def test_a_name_that_is_not_known(ask: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert sure(mistake(ask, "http://graph.tidak-ada.example"))


@pytest.mark.parametrize("ask", ASKERS)
def test_a_connection_that_nobody_accepts(ask: Asker) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for sock in waiting:
            sock.setblocking(False)
            sock.connect_ex(full.getsockname())
        try:
            assert sure(mistake(ask, f"http://127.0.0.1:{full.getsockname()[1]}", stay_silent))
        finally:
            for sock in waiting:
                sock.close()


@pytest.mark.parametrize("ask", ASKERS)
@pytest.mark.parametrize(
    "treat",
    [say(b"HTTP/1.1 400 Bad Request\r\n\r\n"), say(b""), reset, stay_silent],
    ids=["plain HTTP", "closed", "reset", "silent"],
)
def test_where_no_tls_comes_about_nothing_was_published(ask: Asker, treat: Treat, start: Start) -> None:
    assert sure(mistake(ask, f"https://127.0.0.1:{start(treat)}", treat))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "both.pem",
         "-out", folder / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    with (folder / "both.pem").open("a") as file:
        file.write((folder / "cert.pem").read_text())
    return folder / "both.pem"


def behind_tls(certificate: Path, treat: Treat) -> Treat:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def secured(sock: socket.socket) -> None:
        with context.wrap_socket(sock, server_side=True) as secure:
            treat(secure)

    return secured


@pytest.mark.parametrize("ask", ASKERS)
def test_a_certificate_that_nobody_vouches_for(ask: Asker, certificate: Path, start: Start) -> None:
    port = start(behind_tls(certificate, say(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")))
    assert sure(mistake(ask, f"https://127.0.0.1:{port}"))


@pytest.mark.parametrize("ask", [through_requests, through_tweepy, through_facebook])
@pytest.mark.parametrize("treat", [say(b""), reset, say(b"\0\0")], ids=["closed", "reset", "garbage"])
def test_once_tls_stands_a_lost_answer_is_doubt_again(
    ask: Asker,
    treat: Treat,
    certificate: Path,
    start: Start,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    port = start(behind_tls(certificate, treat))
    assert not sure(mistake(ask, f"https://127.0.0.1:{port}"))


@pytest.mark.parametrize("ask", [through_ours, through_requests])
@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 407 Authentication\r\n\r\n", b"HTTP/1.1 503 Down\r\n\r\n", b""]
)
def test_a_proxy_that_does_not_let_us_through(
    ask: Asker, answer: bytes, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", f"http://pengguna:{TOKEN}@127.0.0.1:{start(say(answer))}")
    error = mistake(ask, "https://graph.example")
    # A proxy that closes without a word looks like a lost answer to requests; that errs on the safe side.
    assert sure(error) == (bool(answer) or ask is through_ours)


def test_what_is_no_address_at_all_was_sent_nowhere() -> None:
    for base in ("graph.example", "ftp://graph.example", "http://"):
        assert sure(mistake(through_requests, base))
        assert sure(mistake(through_ours, base))


@pytest.mark.parametrize("error", [RuntimeError("x"), ValueError("y"), KeyError("reason"), OSError(5, "I/O")])
def test_a_fault_that_is_nobody_s_is_doubt(error: Exception) -> None:
    assert not sure(error)


def test_a_fault_that_holds_itself_does_not_hang_us() -> None:
    error = requests.ConnectionError()
    error.args = (error,)
    assert not sure(error)
