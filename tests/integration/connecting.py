"""What the tests of connecting share: a person with a browser, and an office with a key."""

import atexit
import shutil
import tempfile
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from humasbot.connecting.loopback import Loopback
from humasbot.database import Database
from humasbot.keyring import new_key
from humasbot.net import Http


class Person:
    """Answers questions in order, opens addresses, and brings back what they lead to: by the door, or pasted.

    ``spoil`` changes what is pasted; ``said`` is all that was shown.
    """

    def __init__(
        self,
        *answers: str,
        paste: bool = False,
        choice: int = 0,
        spoil: Callable[[str], str] = lambda found: found,
    ) -> None:
        self.answers = list(answers)
        self.paste = paste
        self.choice = choice
        self.spoil = spoil
        self.said: list[str] = []
        self.opened: list[str] = []

    def say(self, line: str) -> None:
        self.said.append(line)

    def ask(self, question: str, *, hidden: bool = False, default: str = "", needed: bool = True) -> str:
        self.said.append(question)
        return self.answers.pop(0) or default

    def choose(self, question: str, options: Sequence[str]) -> int:
        self.said += options
        return self.choice

    def open(self, address: str, listener: Loopback | None) -> str:
        self.opened.append(address)
        answer = Http().request("GET", address)
        found = self.spoil(answer.headers.get("location", ""))
        if listener is None or self.paste:
            return found
        assert urlsplit(found).port == urlsplit(listener.redirect).port
        assert Http().request("GET", found).status == 200
        return listener.wait(5)


@cache
def _template() -> Path:
    """A database with its tables, made once: most of the time of these tests would go into making them."""
    path = Path(tempfile.mkdtemp(prefix="humasbot-template-")) / "kosong.db"
    atexit.register(shutil.rmtree, path.parent, ignore_errors=True)
    database = Database(f"sqlite:///{path}")
    database.migrate()
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path


def prepared(folder: Path) -> str:
    """The address of an SQLite database of its own in *folder*, with its tables."""
    shutil.copy(_template(), folder / "test.db")
    return f"sqlite:///{folder / 'test.db'}"


def with_key(settings: dict[str, Any], folder: Path, **accounts: dict[str, Any]) -> dict[str, Any]:
    """The configuration with a key of its own and those accounts."""
    path = folder / "kunci"
    if not path.exists():
        path.write_text(new_key())
    settings["humasbot"]["secret_key"] = {"file": "kunci"}
    settings["accounts"] |= accounts
    return settings


def addresses(url: str) -> dict[str, str]:
    """The stand-in's addresses, by their names in a flow."""
    return {"authorize": f"{url}/authorize", "token": f"{url}/token", "api": url}
