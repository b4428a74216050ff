"""Inside another program that has not configured structlog, events go to that program's own logging."""

import logging
import sys
from collections.abc import Iterator

import pytest
import structlog

from humasbot.logs import Quiet


@pytest.fixture(autouse=True)
def no_structlog() -> Iterator[None]:
    """As in a program that knows nothing of structlog; another test may have configured it here."""
    before = structlog.get_config() if structlog.is_configured() else None
    structlog.reset_defaults()
    yield
    if before is not None:
        structlog.configure(**before)


def test_an_event_is_one_line_of_the_hosts_log(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    log = Quiet("humasbot.outbox")
    log.debug("claimed", delivery=7)
    log.info("sent", delivery=7, url="https://contoh.go.id/100%")
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("humasbot.outbox", "INFO")
    assert record.getMessage() == "sent delivery=7 url=https://contoh.go.id/100%"
    assert capsys.readouterr() == ("", "")


def test_a_fault_is_told_by_class_and_place_but_not_by_its_words(caplog: pytest.LogCaptureFixture) -> None:
    log = Quiet("humasbot.publish")
    try:
        raise KeyError("token=rahasia-sekali")
    except KeyError:
        log.exception("unforeseen", delivery=7)
        log.warning("again", exc_info=True)
    text = caplog.text
    assert "unforeseen delivery=7 error=KeyError" in text
    assert "again error=KeyError" in text
    assert f'File "{__file__}"' in text
    assert "rahasia-sekali" not in text.replace('raise KeyError("token=rahasia-sekali")', "")


def test_a_log_that_cannot_be_written_does_not_stop_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(logging.Logger, "log", full)
    monkeypatch.setattr(sys, "stderr", None)
    Quiet("humasbot.outbox").error("uncertain", delivery=7)
