"""On which line of a TOML file a key is written; the standard parser does not tell."""

import re
from pathlib import Path

Key = tuple[str, ...]
_TABLE = re.compile(r"\s*\[\[?\s*(?P<path>[^\]]+?)\s*\]\]?\s*(?:#.*)?\Z")
_KEY = re.compile(
    r"\s*(?P<key>(?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*'))*)\s*="
)
_PART = re.compile(r"\"([^\"]*)\"|'([^']*)'|([A-Za-z0-9_-]+)")


class Lines:
    """The lines of one file's tables and keys, counted from 1."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self._lines: dict[Key, int] = {}
        table: Key = ()
        quote = ""
        for number, line in enumerate(text.splitlines(), 1):
            if quote:
                if quote in line:
                    quote = ""
                continue
            if match := _TABLE.match(line):
                table = _parts(match["path"])
                self._lines.setdefault(table, number)
            elif match := _KEY.match(line):
                key = (*table, *_parts(match["key"]))
                for i in range(len(table) + 1, len(key) + 1):
                    self._lines.setdefault(key[:i], number)
                value = line[match.end() :]
                quote = next((q for q in ('"""', "'''") if value.count(q) == 1), "")

    def of(self, *key: str) -> int:
        """The line of *key*, or of the nearest table around it; 0 where none is written."""
        for i in range(len(key), 0, -1):
            if key[:i] in self._lines:
                return self._lines[key[:i]]
        return 0


def _parts(path: str) -> Key:
    return tuple(next(part for part in match if part) for match in _PART.findall(path))
