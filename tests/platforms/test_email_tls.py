"""TLS towards a mail server, on aiosmtpd: nothing is said before the certificate was checked."""

import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from humasbot.content import Addressee, Outgoing
from humasbot.errors import AuthExpired
from humasbot.platforms.email import Email
from humasbot.testing import Notes, picture
from humasbot.testing.people import People

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Key and certificate of localhost, signed by itself: an office's own CA."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "kunci.pem").write_bytes(pem)
    (folder / "sertifikat.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return folder / "kunci.pem", folder / "sertifikat.pem"


class Keeps:
    """What aiosmtpd hands letters to."""

    def __init__(self) -> None:
        self.letters: list[bytes] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.letters.append(envelope.content)
        return "250 taken"


def place(running: Any) -> tuple[str, int]:
    return ("127.0.0.1", running.server.sockets[0].getsockname()[1])


@pytest.fixture
def serve() -> Iterator[Callable[..., tuple[Keeps, int]]]:
    from aiosmtpd.controller import Controller

    started: list[Any] = []

    def start(**options: Any) -> tuple[Keeps, int]:
        handler = Keeps()
        running: Any = Controller(handler, hostname="127.0.0.1", port=0, **options)
        # By itself it would call at the port that it was given, which is any.
        running._trigger_server = lambda: socket.create_connection(place(running)).close()
        running.start()
        started.append(running)
        return handler, place(running)[1]

    yield start
    for running in started:
        running.stop()


def office(port: int, security: str, **more: str) -> Email:
    given = {"host": "localhost", "port": str(port), "security": security, "sender": "humas@contoh.go.id"}
    given |= {"contact": "Jl. Merdeka 1", "web": "https://langganan.contoh.go.id"}
    made = Email.from_settings({**given, **more})
    made.directory = People(Addressee(1, "a@contoh.id", "Ani", "1-a"))
    return made


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_the_certificate_is_checked_before_anything_is_said(
    security: str, certificate: tuple[Path, Path], serve: Callable[..., tuple[Keeps, int]]
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate[1], certificate[0])
    tls = (
        {"ssl_context": context} if security == "tls" else {"tls_context": context, "require_starttls": True}
    )
    handler, port = serve(**tls)
    wanted = Outgoing("k", "Kabar.\n.titik di awal baris\n", NOW, media=(picture(0),))
    with pytest.raises(AuthExpired, match="sertifikat"):
        office(port, security).publish(wanted, Notes())
    assert handler.letters == []
    office(port, security, ca=str(certificate[1])).publish(wanted, Notes())
    assert len(handler.letters) == 1
    assert b"\r\n.titik di awal baris\r\n" in handler.letters[0], "a dot at a line's start survives"


def test_no_letter_and_no_password_without_encryption(serve: Callable[..., tuple[Keeps, int]]) -> None:
    handler, port = serve()
    with pytest.raises(AuthExpired, match="STARTTLS"):
        office(port, "starttls", user="humas", password="rahasia").publish(Outgoing("k", "x", NOW), Notes())
    assert handler.letters == []
