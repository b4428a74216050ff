"""The HTTP client against servers that lie, stall and never end: what was surely not sent, and what perhaps."""

import gzip
import shutil
import socket
import ssl
import struct
import subprocess
import threading
import time
import tracemalloc
import zlib

import net_fixtures
import pytest
from odd_server import Asked, OddServer, answer

from humasbot.net import (
    Answer,
    AnswerLost,
    ConnectFailed,
    Http,
    NetError,
    TooLarge,
    safe_url,
)

site, names = net_fixtures.site, net_fixtures.names
no_proxy_of_this_machine = net_fixtures.no_proxy_of_this_machine


# --- how much it takes --------------------------------------------------------------------------------------------


def test_a_declared_size_over_the_cap_is_refused_at_once(site):
    site.routes["/"] = lambda sock, asked: (
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nx"),
        site.closing.wait(20),
    )
    started = time.monotonic()
    with pytest.raises(TooLarge):
        Http().get(site.url + "/")
    assert time.monotonic() - started < 5


def test_an_undeclared_size_over_the_cap_stops_the_reading(site):
    def pour(sock: socket.socket, asked: Asked) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            sock.sendall(b"x" * 65536)

    site.routes["/"] = pour
    with pytest.raises(TooLarge, match="2 MB"):
        Http(max_bytes=2_000_000).get(site.url + "/")
    with pytest.raises(TooLarge, match="1 MB"):
        Http(max_bytes=2_000_000).get(site.url + "/", max_bytes=1_000_000)


def bomb(size: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = bytes(1_000_000)
    return b"".join(packer.compress(block) for _ in range(size // len(block))) + packer.flush()


def test_a_decompression_bomb_stops_at_the_cap(site):
    site.serve("/", bomb(300_000_000), Content_Encoding="gzip")
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            Http(max_bytes=5_000_000).get(site.url + "/")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 30_000_000


@pytest.mark.slow
def test_a_gigabyte_bomb_of_two_layers_stops_at_the_cap(site):
    site.serve("/", gzip.compress(bomb(1_000_000_000)), Content_Encoding="gzip, gzip")
    with pytest.raises(TooLarge):
        Http(max_bytes=5_000_000).get(site.url + "/")


# --- how long it waits --------------------------------------------------------------------------------------------


def drip(site: OddServer, start: bytes, piece: bytes):
    def handler(sock: socket.socket, asked: Asked) -> None:
        sock.sendall(start)
        while not site.closing.wait(0.05):
            sock.sendall(piece)

    return handler


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"),
        (b"HTTP/1.1 200 OK\r\nX-Long: ", b"x"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n", b"T: x\r\n"),
    ],
)
def test_a_slow_drip_ends_at_the_total_time(site, start, piece):
    site.routes["/"] = drip(site, start, piece)
    started = time.monotonic()
    with pytest.raises(AnswerLost):
        Http(read=5, total=0.6).get(site.url + "/")
    assert time.monotonic() - started < 3


def test_a_silent_server_ends_at_the_read_time(site):
    site.routes["/"] = lambda sock, asked: site.closing.wait(20)
    started = time.monotonic()
    with pytest.raises(AnswerLost):
        Http(read=0.3).get(site.url + "/")
    assert time.monotonic() - started < 3


def test_silence_too_ends_at_the_total_time(site):
    def handler(sock: socket.socket, asked: Asked) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx")
        site.closing.wait(20)

    site.routes["/"] = handler
    started = time.monotonic()
    with pytest.raises(AnswerLost):
        Http(read=15, total=0.4).get(site.url + "/")
    assert time.monotonic() - started < 3


def test_a_kept_connection_starts_each_answer_with_a_fresh_total_time(site):
    def keep(sock: socket.socket, asked: Asked) -> None:
        for _ in range(4):
            time.sleep(0.25)
            sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            sock.recv(4096)

    site.routes["/"] = keep
    http = Http(total=0.7)
    assert [http.get(site.url + "/").body for _ in range(4)] == [b"ok"] * 4
    assert len(site.asked) == 1  # one connection all along


def test_headers_and_a_small_body_leave_in_one_piece():
    pieces: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"

        def serve() -> None:
            sock, _ = server.accept()
            with sock:
                for size in (10, 300_000):
                    pieces.append(sock.recv(1_000_000))
                    while len(pieces[-1]) < size:
                        pieces[-1] += sock.recv(1_000_000)
                    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

        serving = threading.Thread(target=serve)
        serving.start()
        http = Http()
        answers = [http.request("POST", url, body=body).body for body in (b"kecil", b"x" * 300_000)]
        serving.join(10)
    assert answers == [b"ok", b"ok"]
    small, large = pieces
    assert small.endswith(b"\r\n\r\nkecil")
    assert large.endswith(b"\r\n\r\n" + b"x" * 300_000)


def test_a_large_upload_over_a_slow_line_arrives(site):
    """The line takes longer for the whole body than any single timeout; each piece moves in time."""
    size = 6_000_000

    def sip(sock: socket.socket, asked: Asked) -> None:
        got = 0
        while got < size:
            got += len(sock.recv(65536))
            time.sleep(0.008)
        answer(sock, str(got).encode())

    site.routes["/"] = sip
    site._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    started = time.monotonic()
    got = Http(connect=0.3, read=2).request("POST", site.url + "/", body=bytes(size))
    assert got.body == str(size).encode()
    assert time.monotonic() - started > 0.6


def test_an_upload_that_nobody_reads_ends(site):
    site._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    site.routes["/"] = lambda sock, asked: site.closing.wait(20)
    started = time.monotonic()
    with pytest.raises(AnswerLost):
        Http(connect=1, read=0.5).request("POST", site.url + "/", body=bytes(30_000_000))
    assert time.monotonic() - started < 5


# --- surely not, or perhaps -----------------------------------------------------------------------------------------


def test_a_refused_connection_is_no_connection():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(ConnectFailed, match="ditolak"):
        Http().get(f"http://127.0.0.1:{port}/")


def test_an_unknown_name_is_no_connection(names):
    names["tidak-ada.example"] = []
    for guard in (True, False):
        with pytest.raises(ConnectFailed, match="DNS"):
            Http(guard=guard).get("http://tidak-ada.example/")


def test_the_next_address_is_tried_when_the_first_refuses(site, names, monkeypatch):
    monkeypatch.setattr("humasbot.wire.is_public", lambda address: True)
    names["dua.example"] = ["127.0.0.2", "127.0.0.1"]
    site.serve("/", "ok")
    assert Http(guard=True).get(f"http://dua.example:{site.port}/").body == b"ok"
    assert site.asked[0].headers["host"] == f"dua.example:{site.port}"


def test_no_tls_where_tls_is_asked_is_no_connection():
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def speak_plainly() -> None:
            sock, _ = listener.accept()
            sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        threading.Thread(target=speak_plainly, daemon=True).start()
        with pytest.raises(ConnectFailed):
            Http(connect=2).get(f"https://127.0.0.1:{listener.getsockname()[1]}/")


def reset(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def test_a_reset_within_the_tls_handshake_is_no_connection():
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up() -> None:
            sock, _ = listener.accept()
            sock.recv(1)
            reset(sock)

        threading.Thread(target=hang_up, daemon=True).start()
        with pytest.raises(ConnectFailed):
            Http(read=2).get(f"https://127.0.0.1:{listener.getsockname()[1]}/")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate of this test")
def test_a_certificate_nobody_vouches_for_is_no_connection(tmp_path):
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
         "/CN=localhost", "-days", "2", "-keyout", key, "-out", cert],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            sock, _ = listener.accept()
            try:
                context.wrap_socket(sock, server_side=True)
            except OSError:
                sock.close()

        threading.Thread(target=greet, daemon=True).start()
        with pytest.raises(ConnectFailed, match="sertifikat"):
            Http(read=5).get(f"https://localhost:{listener.getsockname()[1]}/")


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"HTTP/1.1 2",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd",
        b"\x16\x03\x01 not http at all\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
    ],
)
@pytest.mark.parametrize("end", [reset, lambda sock: sock.close()], ids=["reset", "close"])
def test_after_the_request_is_sent_a_fault_leaves_doubt(site, start, end):
    def handler(sock: socket.socket, asked: Asked) -> None:
        sock.sendall(start)
        end(sock)

    site.routes["/"] = handler
    with pytest.raises(AnswerLost):
        Http(read=2).request("POST", site.url + "/", body=b"once")
    assert len(site.asked) == 1  # and is never sent again


def test_no_fault_names_the_path_or_query(site):
    site.serve("/", "", 302, Location="http://127.0.0.1:1/kunci-rahasia?token=rahasia")
    with pytest.raises(NetError) as caught:
        Http().get(site.url + "/")
    assert "rahasia" not in str(caught.value)


# --- what comes back ------------------------------------------------------------------------------------------------


def test_headers_that_come_twice_are_all_kept(site):
    site.routes["/"] = lambda sock, asked: sock.sendall(
        b"HTTP/1.1 200 OK\r\nLink: <a>; rel=x\r\nLINK: <b>; rel=y\r\nContent-Length: 0\r\n\r\n"
    )
    assert Http().get(site.url + "/").headers["link"] == "<a>; rel=x, <b>; rel=y"


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", b"[" * 100_000, b"1" * 5000])
def test_what_is_not_json_is_a_value_error(body):
    with pytest.raises(ValueError, match=r"."):
        Answer(200, {}, body, "").json()


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://u:p@a.example:8443/x?token=1#f", "https://a.example:8443/x"),
        ("https://a.example", "https://a.example"),
        ("http://[", "(alamat tidak sah)"),
        ("http://a:b/", "(alamat tidak sah)"),
    ],
)
def test_an_address_for_a_log_holds_no_secret(url, shown):
    assert safe_url(url) == shown
