"""The lines of ``humasbot.toml`` for a connected account, and adding them without touching what is there."""

import json
import os
import tempfile
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path


def account_lines(name: str, platform: str, settings: Mapping[str, str], secrets: Iterable[str]) -> str:
    """The table ``[accounts.NAME]`` with plain *settings*; *secrets* are named only, as stored."""
    lines = [f"[accounts.{name}]", f"platform = {_text(platform)}"]
    lines += [f"{key} = {_text(value)}" for key, value in settings.items()]
    lines += [f"{key} = {{ stored = true }}" for key in secrets]
    return "\n".join(lines) + "\n"


def add_account(path: Path, name: str, lines: str) -> bool:
    """Add *lines* at the end of the file unless it has an account of that name; whether they were added.

    The file is replaced in one step, with the rights it had. Raises ``OSError`` when it cannot be written.
    """
    before = path.read_text(encoding="utf-8")
    after = before.rstrip("\n") + "\n\n" + lines
    try:
        had = tomllib.loads(before.removeprefix("\ufeff"))
        has = tomllib.loads(after.removeprefix("\ufeff"))
    except ValueError:  # accounts written in a way that nothing can be added to
        return False
    if name in had.get("accounts", {}) or has != {**had, "accounts": has.get("accounts", {})}:
        return False
    descriptor, spare = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(after)
            file.flush()
            os.fsync(file.fileno())
        Path(spare).chmod(path.stat().st_mode & 0o777)
        Path(spare).replace(path)
    except BaseException:
        Path(spare).unlink(missing_ok=True)
        raise
    return True


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
