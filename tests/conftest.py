"""What every test starts from."""

import logging

import pytest


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
