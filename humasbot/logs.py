"""Logging: structlog, pretty for a terminal and JSON for machines; configured only when a door asks for it."""

import logging
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any

from humasbot.vault import Vault

_waiting: list[Callable[[], None]] = []
"""How structlog shall be set up, until the first event: most commands have none, and loading it takes a while."""
_lock = threading.Lock()


def configure(vault: Vault, *, json: bool, level: str = "info") -> None:
    """Send humasbot's events to standard error, secrets struck out. Called by the command and the daemon, never on
    import: inside another program, structlog's and logging's settings stay that program's own.
    """
    _waiting[:] = [lambda: _configure(vault, json=json, level=level)]
    # The libraries beneath log addresses at levels up to WARNING, and an address may hold a token.
    for name in ("urllib3", "requests", "tweepy", "httpx", "apscheduler"):
        logging.getLogger(name).setLevel(logging.ERROR)


def _configure(vault: Vault, *, json: bool, level: str) -> None:
    import structlog

    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr is not None and sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            vault.processor,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        # Without standard error events are told to nobody, rather than mixed into the output.
        logger_factory=structlog.PrintLoggerFactory(sys.stderr)
        if sys.stderr
        else structlog.ReturnLoggerFactory(),
        cache_logger_on_first_use=False,
    )


class Quiet:
    """A logger that never stops the work: what cannot be told (disk full, pipe closed) stays untold.

    Where nobody has configured structlog, events go to the host's own logging, under the logger's name.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, level: str) -> Callable[..., None]:
        def tell(event: str, **values: Any) -> None:
            try:
                if (structlog := _configured()) is not None:
                    getattr(structlog.get_logger(self._name), level)(event, **values)
                else:
                    _to_the_host(self._name, level, event, values)
            except Exception:  # noqa: BLE001 - a claim is committed by now: losing its line is less than losing it
                return

        return tell


def _configured() -> Any:
    """structlog, where we or the host have set it up."""
    if _waiting:
        with _lock:
            for set_up in _waiting:
                set_up()
            _waiting.clear()
    structlog = sys.modules.get("structlog")
    return structlog if structlog is not None and structlog.is_configured() else None


def _to_the_host(name: str, level: str, event: str, values: dict[str, Any]) -> None:
    """One line for ``logging``. No vault stands before the host's handlers, so a fault is told by class and place."""
    number = logging.ERROR if level == "exception" else logging.getLevelNamesMapping()[level.upper()]
    logger = logging.getLogger(name)
    if not logger.isEnabledFor(number):
        return
    fault = sys.exc_info()[1] if values.pop("exc_info", level == "exception") else None
    line = " ".join([event, *(f"{key}={value}" for key, value in values.items())])
    if fault is not None:
        line += (
            f" error={type(fault).__name__}\n" + "".join(traceback.format_tb(fault.__traceback__)).rstrip()
        )
    logger.log(number, "%s", line)
