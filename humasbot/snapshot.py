"""A copy of an SQLite database while others write to it: whole, at one moment, and never half there."""

import contextlib
import os
import secrets
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

PART, ASIDE = ".part", ".humasbot-"
OLD_SECONDS = 86400.0
"""What is unfinished and older than this was left by a process that died."""


@contextlib.contextmanager
def unfinished(target: Path) -> Iterator[Path]:
    """A name beside *target* to write to; at the end it becomes *target*, durably, or is gone if anything failed.

    What processes that died left there more than a day ago is removed. Raises :class:`OSError`.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    mark = f".{target.name}."
    _tidy(target.parent, mark)
    part = target.with_name(f"{mark}{secrets.token_hex(6)}{PART}")
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield part
        _sync(part)
        part.replace(target)
        with contextlib.suppress(OSError):  # some systems cannot; they keep names their own way
            _sync(target.parent)
    except BaseException:
        for leftover in (part, *(part.with_name(part.name + end) for end in ("-journal", "-wal", "-shm"))):
            leftover.unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def aside(folder: Path) -> Iterator[Path]:
    """A folder of our own within *folder*, for what needs room on the same disk; gone at the end."""
    _tidy(folder, ASIDE)
    with tempfile.TemporaryDirectory(dir=folder, prefix=ASIDE, suffix=PART) as name:
        yield Path(name)


def _tidy(folder: Path, mark: str) -> None:
    """Remove what processes that died left in *folder* under *mark*."""
    for path in folder.iterdir():
        with contextlib.suppress(OSError):
            mine = path.name.startswith(mark) and path.name.endswith(PART)
            if mine and time.time() - path.stat().st_mtime > OLD_SECONDS:
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy the database at *source* to *target* while it is in use; readable by its owner alone.

    In WAL mode, ours, writers need not wait. Raises :class:`sqlite3.Error`, :class:`OSError`.
    """
    there = f"{source.resolve().as_uri()}?mode=ro"
    with (
        unfinished(target) as part,
        contextlib.closing(sqlite3.connect(there, uri=True, timeout=30)) as old,
        contextlib.closing(sqlite3.connect(part)) as new,
    ):
        old.backup(new)  # in one step: in several, every write of another process would begin it anew
        # One file, to be carried away, without the companions of a database in use.
        new.execute("PRAGMA journal_mode=DELETE")


def fault_of(path: Path) -> str:
    """What SQLite finds wrong with the structure of a database file, or nothing."""
    try:
        with contextlib.closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            (answer,) = database.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        return str(error)
    return "" if answer == "ok" else str(answer)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
