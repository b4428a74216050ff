"""Fixtures of the live tests: each real counterpart, started once a session when the first test asks for it.

A test whose counterpart is not installed is skipped with the command that installs it; where the environment
has ``CI=true`` it fails instead, so that nothing goes untested unseen. Only the official descriptions beside the
repository (``../shared``) may be absent there, too.
"""

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from servers.base import Absent, Missing
from servers.chromium import Chromium
from servers.mailbox import Mailbox
from servers.mastodon import MastodonMock
from servers.pds import Pds
from servers.postgresql import PostgreSQL
from servers.prism import Prism
from servers.wordpress import WordPress

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder as ``real``."""
    for item in items:
        if _HERE in item.path.parents:
            item.add_marker(pytest.mark.real)


def _skip_or_fail(missing: Missing) -> None:
    if os.environ.get("CI", "").lower() in ("true", "1") and not isinstance(missing, Absent):
        pytest.fail(f"under CI nothing may be missing: {missing}", pytrace=False)
    pytest.skip(str(missing))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    """Skip, or fail under CI, when a fixture found its counterpart missing."""
    try:
        yield
    except Missing as missing:
        _skip_or_fail(missing)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Skip, or fail under CI, when the test itself found something missing."""
    try:
        yield
    except Missing as missing:
        _skip_or_fail(missing)


@pytest.fixture(scope="session")
def pds() -> Iterator[Pds]:
    """A Bluesky server without rate limits; make an account of your own with ``create_account``."""
    with Pds() as server:
        yield server


@pytest.fixture(scope="session")
def wordpress() -> Iterator[WordPress]:
    """A WordPress site; other tests post there too."""
    with WordPress() as server:
        yield server


@pytest.fixture(scope="session")
def _mastodon_for_all() -> Iterator[MastodonMock]:
    with MastodonMock() as server:
        yield server


@pytest.fixture
def mastodon(_mastodon_for_all: MastodonMock) -> MastodonMock:
    """A Mastodon emulator, emptied of posts and faults before each test."""
    _mastodon_for_all.reset()
    return _mastodon_for_all


@pytest.fixture(scope="session")
def prism() -> Iterator[Prism]:
    """Starts Prism servers on demand."""
    with Prism() as servers:
        yield servers


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A PostgreSQL server; take a database of your own with ``new_database``."""
    with PostgreSQL() as server:
        yield server


@pytest.fixture(scope="session")
def _mailbox_for_all() -> Iterator[Mailbox]:
    with Mailbox() as server:
        yield server


@pytest.fixture
def mailbox(_mailbox_for_all: Mailbox) -> Mailbox:
    """A mail server, emptied before each test."""
    _mailbox_for_all.clear()
    return _mailbox_for_all


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """A headless browser."""
    with Chromium() as browser:
        yield browser
