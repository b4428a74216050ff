"""The environment: the ``.env`` beside the configuration, and ``${NAME}`` in an address."""

import os
import re
from pathlib import Path
from urllib.parse import quote

from humasbot.errors import ConfigError, Problem
from humasbot.words import reason, t

_LINE = re.compile(r"(?:export\s+)?([A-Za-z_]\w*)\s*=(.*)", re.ASCII)
_QUOTED = re.compile(r"""\s*(["'])(.*?)\1\s*(?:#.*)?""")
_PLACE = re.compile(r"\$\{(\w+)\}")


def load_env(path: Path) -> None:
    """Put the ``NAME=value`` lines of a ``.env`` file into the environment; what is set there already wins.

    A value may stand in quotes and is taken as it stands; without quotes it ends before `` #``. Raises
    :class:`~humasbot.errors.ConfigError` with every line that cannot be used.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except FileNotFoundError:
        return
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            Problem(str(path), t("tidak terbaca ({why})", "cannot be read ({why})", why=reason(error)))
        ) from None
    problems = []
    for number, line in enumerate(lines, start=1):
        if not (found := _LINE.fullmatch(line.strip())):
            continue
        if "\0" in line:
            problems.append(
                Problem(f"{path}:{number}", t("memuat karakter NUL", "holds a NUL character"))
            )  # fmt: skip
            continue
        quoted = _QUOTED.fullmatch(found[2])
        os.environ.setdefault(found[1], quoted[2] if quoted else re.split(r"\s#", found[2])[0].strip())
    if problems:
        raise ConfigError(*problems)


def expand(text: str) -> str:
    """*text* with every ``${NAME}`` filled in from the environment, so that a password need not stand in a file.

    Between ``://`` and ``@`` of an address the value is escaped as an address wants it: a password is kept in the
    environment as it is.
    """

    def value(place: re.Match[str]) -> str:
        found = os.environ.get(place[1], "")
        login = "://" in text[: place.start()] and "@" in text[place.end() :]
        return quote(found, safe=":") if login else found

    return _PLACE.sub(value, text)


def unset(text: str) -> list[str]:
    """The names in *text*'s ``${NAME}`` places that the environment does not hold, or holds empty."""
    return [name for name in dict.fromkeys(_PLACE.findall(text)) if not os.environ.get(name)]
