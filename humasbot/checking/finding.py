"""One line of ``humasbot check``."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from humasbot.errors import ConfigError, HumasbotError
from humasbot.words import t

OK, WARNING, ERROR = "ok", "warning", "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found about one thing.

    ``area`` is the part (``config``, ``database``, ``disk``, ``fonts``, ``clock``, ``account``, ``source``,
    ``template``, ``freeze``, ``alerts``, ``audit``, ``web``, ``daemon``), ``name`` which one of it, ``level`` ``ok``,
    ``warning`` or ``error``; ``message`` is the whole sentence: what is wrong and how to mend it.
    """

    area: str
    name: str
    level: str
    message: str


def guarded(area: str, name: str, work: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """The findings of *work*; whatever it raises becomes a finding of its own, never a traceback."""
    try:
        yield from work()
    except ConfigError as error:
        for problem in error.problems:
            yield Finding(area, name, ERROR, str(problem))
    except HumasbotError as error:
        yield Finding(area, name, ERROR, " ".join(str(error).split()))
    except Exception as error:  # noqa: BLE001 - a check must tell everything, and never break off the others
        what = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        sentence = t(
            "pemeriksaan ini gagal ({w}); laporkan sebagai kesalahan humasbot",
            "this check failed ({w}); report it as a fault of humasbot",
            w=what,
        )
        yield Finding(area, name, ERROR, sentence)
