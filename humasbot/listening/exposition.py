"""Prometheus' text format, version 0.0.4, written by ourselves.

prometheus-client keeps counters inside a process; ours are read off the database at each scrape, so that all of it
that we would use is these few lines. https://prometheus.io/docs/instrumenting/exposition_formats/ (2026-11-22)
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(slots=True)
class Family:
    """One metric: its name, its kind (``gauge``, ``counter``, ``histogram``), one line of help, and its samples."""

    name: str
    kind: str
    help: str
    lines: list[str] = field(default_factory=list)

    def add(self, value: float, suffix: str = "", **labels: str) -> "Family":
        """One sample; of a histogram with its *suffix*."""
        inner = ",".join(f'{name}="{_escape(text)}"' for name, text in labels.items())
        self.lines.append(f"{self.name}{suffix}{'{' + inner + '}' if inner else ''} {_number(value)}")
        return self

    def histogram(self, buckets: Mapping[float, int], count: int, total: float) -> "Family":
        """A histogram: how many were at most each bound, how many there were, and their sum."""
        for bound, number in buckets.items():
            self.add(number, "_bucket", le=_number(bound))
        self.add(count, "_bucket", le="+Inf")
        return self.add(total, "_sum").add(count, "_count")


def text(families: Iterable[Family]) -> str:
    """The whole page."""
    return "".join(
        f"# HELP {one.name} {_escape_help(one.help)}\n# TYPE {one.name} {one.kind}\n"
        + "".join(f"{line}\n" for line in one.lines)
        for one in families
    )


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def _escape_help(words: str) -> str:
    return words.replace("\\", r"\\").replace("\n", r"\n")


def _escape(words: str) -> str:
    return _escape_help(words).replace('"', r"\"")
