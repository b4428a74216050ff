"""The web page: a small door on which people approve, decide and stop; no rules here, no scripts.

``app_for(bot)`` is an ASGI application; ``humasbot web serve`` runs it, and a FastAPI or Django host can mount it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from humasbot.app import Humasbot


def app_for(bot: "Humasbot", *, address: str = "") -> "Starlette":
    """The ASGI application of an office.

    *address* is where people open it, by default that of ``[web]``; requests for any other host are refused. Raises
    :class:`~humasbot.errors.ConfigError` when the packages of ``humasbot[web]`` are not installed.
    """
    with needed():
        from humasbot.web.application import build
    return build(bot, address)


@contextmanager
def needed() -> Iterator[None]:
    """Say which packages are missing, where those of the web page are imported."""
    from humasbot.errors import ConfigError
    from humasbot.words import t

    try:
        yield
    except ModuleNotFoundError as fault:
        if (fault.name or "").partition(".")[0] not in ("starlette", "uvicorn"):
            raise
        words = t('perlu paket web; jalankan: pip install "humasbot[web]"',
                  'needs the packages of the web page; run: pip install "humasbot[web]"')  # fmt: skip
        raise ConfigError(words) from None
