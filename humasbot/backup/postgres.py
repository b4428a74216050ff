"""PostgreSQL's own programs: pg_dump for the way out, pg_restore and psql for the way back in one transaction."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa

from humasbot.backup.archive import PIECE, BackupError
from humasbot.database import Database, explained
from humasbot.words import t

_PASSED_ON = {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY",
              "channel_binding": "PGCHANNELBINDING", "gssencmode": "PGGSSENCMODE"}  # fmt: skip


def program(name: str) -> str:
    """Where a program of PostgreSQL's client is. Raises :class:`BackupError` where it is not installed."""
    found = shutil.which(name)
    if found is None:
        raise BackupError(
            t("{n} tidak ada di mesin ini; pasang klien PostgreSQL (Debian: apt install postgresql-client)",
              "{n} is not on this machine; install PostgreSQL's client (Debian: apt install postgresql-client)", n=name)
        )  # fmt: skip
    return found


def environment(connection: sa.Connection) -> dict[str, str]:
    """How those programs reach the same database; the password stands in no list of processes."""
    raw: Any = connection.connection.driver_connection
    info = raw.info
    env = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    env |= {"PGHOST": info.host, "PGPORT": str(info.port), "PGUSER": info.user, "PGDATABASE": info.dbname,
            "PGPASSWORD": info.password, "PGCLIENTENCODING": "UTF8", "LC_MESSAGES": "C"}  # fmt: skip
    given = info.get_parameters()
    env |= {variable: given[name] for name, variable in _PASSED_ON.items() if given.get(name)}
    return {name: value for name, value in env.items() if value}


def tables(connection: sa.Connection) -> list[str]:
    """Our tables in the current schema."""
    query = sa.text(
        "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename LIKE 'humasbot\\_%' "
        "ORDER BY tablename"
    )
    return list(connection.execute(query).scalars())


@contextmanager
def dumped(connection: sa.Connection, space: str, snapshot: str) -> Iterator[IO[bytes]]:
    """What pg_dump writes of our tables as they were at *snapshot*. Raises :class:`BackupError` at its end."""
    command = [program("pg_dump"), "--format=custom", "--no-owner", "--no-privileges", "--no-password",
               f"--snapshot={snapshot}", f'--table="{space}".humasbot_*']  # fmt: skip
    with tempfile.TemporaryFile() as said:
        # Its output comes through a pipe: when this process is killed, it ends too.
        with subprocess.Popen(  # noqa: S603 - a fixed list of words
            command, stdout=subprocess.PIPE, stderr=said, env=environment(connection)
        ) as process:
            assert process.stdout is not None  # noqa: S101 - it is a pipe
            try:
                yield process.stdout
            except BaseException:
                process.kill()
                raise
        if process.returncode:
            raise BackupError(
                t(
                    "pg_dump gagal: {why}",
                    "pg_dump failed: {why}",
                    why=_last_words(said) or process.returncode,
                )
            )


def load(database: Database, dump: Path, before: Sequence[str], after: Sequence[str]) -> None:
    """Run *before*, the dump and *after* in one transaction: all of it holds in the end, or nothing.

    Raises :class:`BackupError`.
    """
    psql, unpack = program("psql"), program("pg_restore")
    with explained(database.url), database.engine.connect() as connection:
        env = environment(connection)
    with tempfile.TemporaryFile() as said, subprocess.Popen(  # noqa: S603 - a fixed list of words
        [psql, "-X", "-q", "-w", "-1", "-v", "ON_ERROR_STOP=1", "-f", "-"],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said, env=env,
    ) as target:  # fmt: skip
        assert target.stdin is not None  # noqa: S101 - it is a pipe
        try:
            target.stdin.write(_script(before))
            _unpack([unpack, "--no-owner", "--no-privileges", "-f", "-", str(dump)], target.stdin)
            target.stdin.write(_script(after))
            target.stdin.close()
            target.wait()
        except BrokenPipeError:  # psql has ended: it says why
            target.wait()
        except BaseException:
            target.kill()  # before the end of its input, so that nothing is committed
            raise
        if target.returncode:
            raise BackupError(
                t("pemulihan gagal, tidak ada yang diubah: {why}", "the restore failed, nothing was changed: {why}",
                  why=_last_words(said) or target.returncode)
            )  # fmt: skip


def _unpack(command: list[str], target: IO[bytes]) -> None:
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(  # noqa: S603 - a fixed list of words
            command, stdout=subprocess.PIPE, stderr=said
        ) as source,
    ):
        assert source.stdout is not None  # noqa: S101 - it is a pipe
        shutil.copyfileobj(source.stdout, target, PIECE)
        if source.wait():
            raise BackupError(t("pg_restore gagal: {why}", "pg_restore failed: {why}", why=_last_words(said)))


def _script(statements: Sequence[str]) -> bytes:
    return "".join(f"\n{statement};\n" for statement in statements).encode()


def _last_words(said: IO[bytes]) -> str:
    """The fault, of what a program said; its programs never show a password."""
    said.seek(0)
    lines = said.read(20_000).decode("utf-8", "replace").splitlines()
    faults = [line for line in lines if "error" in line.lower() or "fatal" in line.lower()] or lines
    return " ".join(" ".join(faults[:2]).split())[:300]
