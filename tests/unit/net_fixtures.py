"""What the tests of the HTTP client share: a server, an environment without proxies, a resolver of our own."""

import socket

import pytest
from odd_server import OddServer


@pytest.fixture
def site():
    server = OddServer()
    yield server
    server.close()


@pytest.fixture(autouse=True)
def no_proxy_of_this_machine(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def names(monkeypatch):
    """A resolver that knows only what the test tells it; everything else of the client stays as it is."""
    book: dict[str, list[str]] = {}
    real = socket.getaddrinfo

    def resolve(host, port, *args, **kwargs):
        if host not in book:
            return real(host, port, *args, **kwargs)
        if not book[host]:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        found = []
        for address in book[host]:
            found += real(address, port, *args, **kwargs)
        return found

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return book
