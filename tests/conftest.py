"""What every test starts from."""

import logging
import time
from collections.abc import Iterator

import pytest
import structlog

from humasbot import logs
from humasbot.pipeline.seat import SEAT


@pytest.fixture(autouse=True)
def speak_indonesian(monkeypatch: pytest.MonkeyPatch) -> None:
    """The default language, whatever the developer's shell or an earlier test chose."""
    monkeypatch.delenv("HUMASBOT_LANG", raising=False)
    monkeypatch.setattr("humasbot.words._preferred", "id")


@pytest.fixture(autouse=True)
def loud_libraries() -> None:
    """The loggers beneath as they are before the command quietens them, so that a leak into them would show."""
    for name in ("urllib3", "requests", "tweepy", "httpx", "apscheduler"):
        logging.getLogger(name).setLevel(logging.NOTSET)


@pytest.fixture(autouse=True)
def no_seat(monkeypatch: pytest.MonkeyPatch) -> None:
    """A daemon that a test runs in this process does not bind pytest to one core."""
    monkeypatch.setattr(SEAT, "open", lambda: None)


@pytest.fixture(autouse=True)
def doubts_age_as_the_test_travels(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that travels in time means that it passes, not that the wall clock was set."""
    monkeypatch.setattr("humasbot.pipeline.doubts.clock", lambda: time.time())


@pytest.fixture(autouse=True)
def no_log_of_others() -> Iterator[None]:
    """A command that a test ran in this process sets up the log; the next test shall not find it so."""
    yield
    logs._waiting.clear()
    if structlog.is_configured():
        structlog.reset_defaults()


WAITING = ("test_a_drip_is_not_waited_for", "test_a_redirect_is_not_followed")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What of the shipped suite is left to CI: it knows nothing of our marks.

    An answer that is cut is met while publishing every day, and at the other moments there. And what runs on both
    databases runs on SQLite every day.
    """
    for item in items:
        parameters = item.callspec.params if hasattr(item, "callspec") else {}
        if "postgresql" in parameters.values():
            item.add_marker(pytest.mark.slow)
        name = getattr(item, "originalname", "")
        cut = "[cut_after_accept" in item.name and name != "test_fault_while_publishing"
        if name in WAITING or cut:
            item.add_marker(pytest.mark.slow)
