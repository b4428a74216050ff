"""A local site of oddities for every test of the sources, and a client that may talk to it."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from odd_server import OddServer

from humasbot.net import Http


@pytest.fixture(scope="module", autouse=True)
def no_proxy_of_this_machine():
    with pytest.MonkeyPatch.context() as patch:
        for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
            patch.delenv(name, raising=False)
            patch.delenv(name.upper(), raising=False)
        yield


@pytest.fixture
def site():
    server = OddServer()
    yield server
    server.close()


@pytest.fixture
def http():
    return Http(guard=True, allow_hosts=("127.0.0.1",), read=5, total=10)


@pytest.fixture
def now():
    return datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
