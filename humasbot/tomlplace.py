"""Where a key stands in a TOML file: ``tomllib`` gives values without lines, people need the line."""

import re
from dataclasses import dataclass, field
from typing import Self

_ONE = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)"""
_DOTTED = rf"({_ONE}(?:\s*\.\s*{_ONE})*)"
_HEADER = re.compile(rf"\s*\[{{1,2}}\s*{_DOTTED}\s*\]{{1,2}}\s*(?:#.*)?$")
_KEY = re.compile(rf"\s*{_DOTTED}\s*=\s*")
_PART = re.compile(r""""((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_-]+)""")


@dataclass(frozen=True, slots=True)
class Lines:
    """The line of every table and key of one file, as far as plain lines show it."""

    file: str = "humasbot.toml"
    known: dict[tuple[str, ...], int] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str, file: str) -> Self:
        """Scan the text of a TOML file named *file*."""
        known: dict[tuple[str, ...], int] = {}
        table: tuple[str, ...] = ()
        quote = ""
        for number, line in enumerate(text.split("\n"), start=1):
            if quote:  # inside a text of several lines nothing is a key
                quote = "" if quote in line else quote
                continue
            if header := _HEADER.match(line):
                path = table = _parts(header[1])
            elif key := _KEY.match(line):
                path = table + _parts(key[1])
                quote = _opened(line[key.end() :])
            else:
                continue
            for depth in range(1, len(path) + 1):
                known.setdefault(path[:depth], number)
        return cls(file, known)

    def place(self, *path: str) -> str:
        """``humasbot.toml:12 [accounts.x] handle``: the nearest known line for *path*, and its dotted name."""
        line = self.line(*path)
        return f"{self.file}:{line} {_name(path)}" if line else f"{self.file} {_name(path)}"

    def line(self, *path: str) -> int:
        """The line (from 1) of *path*, or of the nearest table around it; 0 where none is written."""
        return next((self.known[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self.known), 0)


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple("".join(groups) for groups in _PART.findall(dotted))


def _opened(value: str) -> str:
    """The quotes of a text that begins in this line and does not end in it, else ``""``."""
    quote = value[:3]
    return quote if quote in ('"""', "'''") and quote not in value[3:] else ""


def _name(path: tuple[str, ...]) -> str:
    """``[accounts.x] handle`` for a key inside a table, ``[agency]`` for a table."""
    depth = 2 if path[0] in ("sources", "accounts", "campaigns") else 1
    table, keys = path[:depth], path[depth:]
    return f"[{'.'.join(table)}]" + (f" {'.'.join(keys)}" if keys else "")
