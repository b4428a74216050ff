"""Taking a backup while the office works: the database at one moment, then the pictures that it names."""

import re
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from sqlite3 import Error as SqliteError
from sqlite3 import connect

import sqlalchemy as sa

from humasbot import __version__
from humasbot.backup import postgres
from humasbot.backup.archive import MANIFEST, POSTGRESQL, SQLITE, Archive, BackupError, Manifest, Writer, room
from humasbot.config import Config
from humasbot.database import VERSION_TABLE, Database, explained
from humasbot.models import utc_now
from humasbot.snapshot import aside, copy_sqlite, fault_of, unfinished
from humasbot.words import t

_PICTURE = re.compile(r"[0-9a-f]{64}")
DATA = ("audit-heads.jsonl", "subscribers.key")
"""Besides pictures: the heads of the audit trail, and the key of the links by which people unsubscribe."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A backup that was made: where, its length in bytes, and its manifest."""

    path: Path
    size: int
    manifest: Manifest


@dataclass(frozen=True, slots=True)
class _Taken:
    schema: str
    counts: dict[str, int]
    space: str = ""


def save(
    config: Config, database: Database, target: Path, *, media: bool = True, templates: bool = True,
    settings: Path | None = None, replace: bool = False,
) -> Saved:  # fmt: skip
    """Write a backup to *target* while the office works, and read it again to see that it is whole.

    *settings* is the configuration's file: it holds no secrets, and goes along. Raises :class:`BackupError`,
    :class:`~humasbot.database.DatabaseError` and :class:`OSError`; then nothing stands at *target*.
    """
    if target.exists() and not replace:
        raise BackupError(
            t("{f} sudah ada; pilih nama lain, atau tambahkan --force", "{f} is there already; choose another name, or "
              "add --force", f=target)
        )  # fmt: skip
    made_at = utc_now()  # before anything is read: what happens from here on may be missing in it
    with unfinished(target) as part:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            writer = Writer(archive)
            taken = (_sqlite if database.is_sqlite else _postgresql)(database, writer, target.parent)
            damaged = _files(config, writer, media=media, templates=templates, settings=settings)
            kind = "sqlite" if database.is_sqlite else "postgresql"
            manifest = Manifest(
                made_at=made_at, program=__version__, schema=taken.schema, database=kind, agency=config.agency.key,
                counts=taken.counts, files=writer.files, space=taken.space, damaged=damaged,
            )  # fmt: skip
            archive.writestr(MANIFEST, manifest.dump())
        with Archive(part) as written:
            written.verify()
    return Saved(target, target.stat().st_size, manifest)


def _sqlite(database: Database, writer: Writer, folder: Path) -> _Taken:
    path = database.file
    if path is None or not path.exists():
        raise BackupError(
            t(
                "basis data {f} tidak ada; tidak ada yang dicadangkan",
                "there is no database {f} to back up",
                f=path,
            )
        )
    room(folder, 2 * path.stat().st_size)
    with aside(folder) as temporary:
        copy = temporary / SQLITE
        try:
            copy_sqlite(path, copy)
            taken = taken_from(copy)
        except SqliteError as error:
            raise BackupError(
                t("basis data {f} tidak dapat disalin ({why})", "the database {f} cannot be copied ({why})", f=path,
                  why=error)
            ) from None  # fmt: skip
        if why := fault_of(copy):
            raise BackupError(
                t("basis data {f} rusak ({why}); pulihkan dari cadangan sebelumnya",
                  "the database {f} is damaged ({why}); restore an earlier backup", f=path, why=why)
            )  # fmt: skip
        with copy.open("rb") as file:
            writer.put(SQLITE, file)
    return taken


def taken_from(path: Path) -> _Taken:
    """The migration and the number of rows of each of our tables in an SQLite file. Raises :class:`sqlite3.Error`."""
    with closing(connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as copy:
        names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB 'humasbot_*' ORDER BY name"
        tables = [name for (name,) in copy.execute(names)]
        if VERSION_TABLE not in tables:
            raise BackupError(_unprepared())
        count = 'SELECT count(*) FROM "{}"'
        counts = {name: copy.execute(count.format(name)).fetchone()[0] for name in tables}
        (schema,) = copy.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone() or (None,)  # noqa: S608 - our own name
    if schema is None:
        raise BackupError(_unprepared())
    return _Taken(str(schema), counts)


def _unprepared() -> str:
    return t("basis data belum disiapkan; jalankan: humasbot upgrade",
             "the database is not prepared; run: humasbot upgrade")  # fmt: skip


def _postgresql(database: Database, writer: Writer, _folder: Path) -> _Taken:
    postgres.program("pg_dump")
    with explained(database.url), _one_moment(database) as connection:
        space = str(connection.execute(sa.text("SELECT current_schema()")).scalar())
        tables = postgres.tables(connection)
        if VERSION_TABLE not in tables:
            raise BackupError(_unprepared())
        counts = {
            name: int(connection.execute(sa.text(f'SELECT count(*) FROM "{name}"')).scalar() or 0)  # noqa: S608 - as above
            for name in tables
        }
        schema = connection.execute(sa.text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608
        if schema is None:
            raise BackupError(_unprepared())
        snapshot = str(connection.execute(sa.text("SELECT pg_export_snapshot()")).scalar())
        with postgres.dumped(connection, space, snapshot) as dump:
            writer.put(POSTGRESQL, dump, packed=False)  # pg_dump has packed it already
    return _Taken(str(schema), counts, space)


@contextmanager
def _one_moment(database: Database) -> Iterator[sa.Connection]:
    """A transaction that sees one moment, which pg_dump then sees too."""
    with database.engine.connect() as plain:
        connection = plain.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            yield connection


def _files(
    config: Config, writer: Writer, *, media: bool, templates: bool, settings: Path | None
) -> list[str]:
    """Pictures, templates and what else stands beside the database; which pictures are damaged."""
    data = config.path(config.humasbot.data)
    damaged: list[str] = []
    if media:
        # After the database: pictures are only ever added, so that all it names are there by now.
        pictures = (path for path in sorted((data / "media").glob("??/*")) if _PICTURE.fullmatch(path.name))
        damaged = [path.name for path in pictures if not _picture(writer, path)]
    for name in DATA:
        _one(writer, f"data/{name}", data / name)
    if templates:
        folder = config.path(config.humasbot.templates)
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                _one(writer, f"templates/{path.relative_to(folder).as_posix()}", path)
    if settings is not None:
        _one(writer, "humasbot.toml", settings)
    return damaged


def _picture(writer: Writer, path: Path) -> bool:
    """Take a picture along; whether it is still what its name says."""
    with path.open("rb") as file:
        if sha256(file.read()).hexdigest() != path.name:
            return False
        file.seek(0)
        writer.put(f"data/media/{path.name[:2]}/{path.name}", file, packed=False)
    return True


def _one(writer: Writer, name: str, path: Path) -> None:
    try:
        with path.open("rb") as file:
            writer.put(name, file)
    except FileNotFoundError:
        return
