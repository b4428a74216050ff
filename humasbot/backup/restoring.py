"""Bringing a backup back: verified whole, in one transaction, and without sending anything twice."""

import contextlib
import json
import sqlite3
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from humasbot import audit, evidence
from humasbot.backup import doubts, postgres
from humasbot.backup.archive import POSTGRESQL, SQLITE, Archive, BackupError, damaged, room
from humasbot.backup.doubts import Gap
from humasbot.backup.saving import taken_from
from humasbot.config import Config
from humasbot.database import APPLICATION, Database, knows
from humasbot.errors import ConfigError
from humasbot.models import Delivery, Restore, utc_now
from humasbot.platforms.registry import platform, platforms
from humasbot.snapshot import aside, copy_sqlite, fault_of, unfinished
from humasbot.words import t

FRESH = timedelta(seconds=20)
"""A daemon writes its heartbeat every second; one that is younger than this still runs."""
WORK = ("post", "delivery", "article", "recipient", "secret")
"""Tables whose rows nobody can make again from the configuration."""
CHUNK = 1000
PARTING_SECONDS = 2.0
"""How long a connection that was just closed may still be listed."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore brought back. ``unknown`` Deliveries are looked for; *kept* names files that were left alone."""

    backup_at: datetime
    counts: Mapping[str, int]
    unknown: int
    frozen: bool
    kept: list[str]
    before: Path | None = None
    """Where the database that stood there was put, on SQLite."""


def restore(
    config: Config, database: Database, source: Path, *, actor: str, force: bool = False, moved: bool = False
) -> Restored:
    """Bring the backup at *source* back into *database*, and the pictures and templates beside it.

    Everything is verified first. What the lost time may have sent becomes uncertain, in the same transaction, and all
    sending is frozen; with *moved* a person vouches for it that nothing was sent after the backup. Raises
    :class:`~humasbot.backup.archive.BackupError` and :class:`~humasbot.database.DatabaseError`; then the database is
    as it was.
    """
    with Archive(source) as archive:
        manifest = archive.manifest
        _suits(archive, database)
        archive.verify()
        now = max(utc_now(), manifest.made_at)
        _nobody_works(config, database, now)
        _is_free(database, force)
        people = {} if moved else _writing_to_people()
        gap = Gap(manifest.made_at, now, actor, archive.digest, config.zone, moved, people)
        kept = _bring_files(config, archive)
        before = (_sqlite if database.is_sqlite else _postgresql)(database, archive, gap)
        kept += _bring_heads(config, archive, now)
    database.close()
    database.migrate()
    unknown = _record(database, gap)
    return Restored(manifest.made_at, manifest.counts, unknown, not moved, kept, before)


def _suits(archive: Archive, database: Database) -> None:
    manifest = archive.manifest
    if not knows(manifest.schema):
        raise BackupError(
            t("cadangan ini dari humasbot yang lebih baru ({v}); perbarui program ini, lalu ulangi",
              "this backup is from a newer humasbot ({v}); update this program and try again", v=manifest.program)
        )  # fmt: skip
    ours = "sqlite" if database.is_sqlite else "postgresql"
    if manifest.database != ours:
        raise BackupError(
            t("cadangan ini dari {a}, sedangkan [humasbot] database adalah {b}; pulihkan ke {a}",
              "this backup is from {a}, but [humasbot] database is {b}; restore it into {a}", a=manifest.database,
              b=ours)
        )  # fmt: skip


def _nobody_works(config: Config, database: Database, now: datetime) -> None:
    """Refuse while a daemon or a worker runs: it would go on with what it has in hand."""
    try:
        beat = json.loads((config.path(config.humasbot.data) / "daemon.json").read_text(encoding="utf-8"))
        runs = abs(now - datetime.fromisoformat(beat["at"]).astimezone(UTC)) < FRESH
    except (OSError, ValueError, KeyError, TypeError):
        runs = False
    if runs or _connected(database):
        raise BackupError(
            t("daemon atau worker masih berjalan; hentikan semuanya dulu (tunggu {s} detik sesudah berhenti mendadak)",
              "a daemon or worker still runs; stop all of them first (wait {s} seconds after a sudden end)",
              s=int(FRESH.total_seconds()))
        )  # fmt: skip


def _connected(database: Database) -> bool:
    """Whether another humasbot, on whatever machine, is connected to PostgreSQL; its parting is waited for."""
    others = sa.text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = :name "
        "AND pid <> pg_backend_pid()"
    )
    end = time.monotonic() + PARTING_SECONDS
    while not database.is_sqlite:
        with database.read() as session:
            if not session.execute(others, {"name": APPLICATION}).scalar():
                break
        if time.monotonic() > end:
            return True
        time.sleep(0.1)
    return False


def _is_free(database: Database, force: bool) -> None:
    """Refuse to replace what somebody may still need."""
    if force or (database.file is not None and not database.file.exists()):
        return
    with database.read() as session:
        there = set(sa.inspect(session.connection()).get_table_names())
        for name in (f"humasbot_{name}" for name in WORK):
            if name in there and session.execute(sa.text(f"SELECT 1 FROM {name} LIMIT 1")).first():  # noqa: S608 - our own names
                raise BackupError(
                    t("basis data tujuan tidak kosong; untuk menggantinya tambahkan --force",
                      "the target database is not empty; to replace it add --force")
                )  # fmt: skip


def _writing_to_people() -> dict[str, str]:
    """The platforms that write to people one by one, and the kind of their recipients."""
    found = {}
    for name in platforms():
        with contextlib.suppress(ConfigError):
            if kind := platform(name).people:
                found[name] = kind
    return found


def _sqlite(database: Database, archive: Archive, gap: Gap) -> Path | None:
    """Prepare the file aside, then copy it over the target in one transaction of SQLite's."""
    path = database.file
    if path is None:
        raise BackupError(
            t("basis data di memori tidak dapat dipulihkan", "a database in memory cannot be restored")
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    room(path.parent, 3 * archive.manifest.files[SQLITE]["bytes"])
    before = None
    if path.exists():
        before = path.with_name(f"{path.name}.before-restore-{gap.now:%Y%m%dT%H%M%SZ}")
    try:
        with aside(path.parent) as folder:
            copy = folder / SQLITE
            archive.extract(SQLITE, copy)
            if (why := fault_of(copy)) or taken_from(copy).counts != archive.manifest.counts:
                raise damaged(why or t("jumlah barisnya berbeda", "the numbers of rows differ"))
            with contextlib.closing(sqlite3.connect(copy)) as file:
                for statement in doubts.statements(gap, sqlite=True):
                    file.execute(statement)
                file.commit()
            database.close()
            if before is not None:
                _put_aside(path, before)
            # Not renamed over it: whoever has the old file open would go on with it unseen.
            with (
                contextlib.closing(sqlite3.connect(copy)) as file,
                contextlib.closing(sqlite3.connect(path)) as target,
            ):
                file.backup(target)
    except sqlite3.Error as error:
        raise BackupError(
            t(
                "basis data {f} tidak dapat ditulis ({why})",
                "the database {f} cannot be written ({why})",
                f=path,
                why=error,
            )
        ) from None
    return before


def _put_aside(path: Path, before: Path) -> None:
    """Keep what stands there: a copy, or where SQLite cannot read it the very files."""
    try:
        if why := fault_of(path):
            raise sqlite3.DatabaseError(why)
        copy_sqlite(path, before)
    except sqlite3.DatabaseError:
        for end in ("", "-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                path.with_name(path.name + end).replace(before.with_name(before.name + end))


def _postgresql(database: Database, archive: Archive, gap: Gap) -> None:
    manifest = archive.manifest
    with database.read() as session:
        connection = session.connection()
        space = str(connection.execute(sa.text("SELECT current_schema()")).scalar())
        old = postgres.tables(connection)
    if space != manifest.space:
        raise BackupError(
            t("cadangan ini dari skema {a}, sedangkan basis data tujuan memakai {b}; samakan search_path",
              "this backup is from the schema {a}, but the target uses {b}; make search_path the same",
              a=manifest.space, b=space)
        )  # fmt: skip
    drop = [f'DROP TABLE IF EXISTS "{space}"."{name}" CASCADE' for name in old]
    checks = doubts.same_counts(manifest.counts, space)
    with tempfile.TemporaryDirectory(prefix="humasbot-") as folder:
        dump = Path(folder) / POSTGRESQL
        room(dump.parent, 2 * manifest.files[POSTGRESQL]["bytes"])
        archive.extract(POSTGRESQL, dump)
        postgres.load(database, dump, drop, [*checks, *doubts.statements(gap, sqlite=False, space=space)])


def _bring_files(config: Config, archive: Archive) -> list[str]:
    """Put back what is missing beside the database; the names of those that stand there with other contents."""
    homes = {"data": config.path(config.humasbot.data), "templates": config.path(config.humasbot.templates)}
    kept = []
    for name, entry in archive.manifest.files.items():
        top, _, rest = name.partition("/")
        if top not in homes or not rest or name == "data/audit-heads.jsonl":
            continue
        target = homes[top] / rest
        if target.exists():
            if (
                not name.startswith("data/media/")
                and sha256(target.read_bytes()).hexdigest() != entry["sha256"]
            ):
                kept.append(name)
            elif not _is_whole(target, entry):
                _bring(archive, name, target)
        else:
            _bring(archive, name, target)
    return kept


def _is_whole(path: Path, entry: Mapping[str, Any]) -> bool:
    return sha256(path.read_bytes()).hexdigest() == str(entry["sha256"])


def _bring(archive: Archive, name: str, target: Path) -> None:
    with unfinished(target) as part:
        archive.extract(name, part)
        # Pictures are read by other machines as other users; what else there is stays its owner's.
        part.chmod(0o600 if name == "data/subscribers.key" else 0o644)


def _bring_heads(config: Config, archive: Archive, now: datetime) -> list[str]:
    """The heads of the trail that was brought back; those of the lost one are kept beside them as evidence."""
    name, path = "data/audit-heads.jsonl", config.path(config.humasbot.data) / "audit-heads.jsonl"
    kept = []
    if path.exists():
        old = path.with_name(f"audit-heads.before-restore-{now:%Y%m%dT%H%M%SZ}.jsonl")
        path.replace(old)
        kept.append(f"data/{old.name}")
    if name in archive.manifest.files:
        _bring(archive, name, path)
        path.chmod(0o600)
    return kept


def _record(database: Database, gap: Gap) -> int:
    """Tell the audit trail of the restore, and of every Delivery that it made uncertain."""
    unsure = (Delivery.state == "uncertain", Delivery.changed_at == gap.now)
    last = count = 0
    while True:
        query = select(Delivery.id, Delivery.account_id).where(*unsure, col(Delivery.id) > last)
        with database.write() as session:
            rows = session.exec(query.order_by(col(Delivery.id)).limit(CHUNK)).all()
            for row in rows:
                evidence.happened(session, "restored", row, gap.why, outcome="uncertain")
        if not rows:
            break
        last, count = rows[-1][0] or 0, count + len(rows)
    with database.write() as session:
        number = session.exec(select(Restore.id).order_by(col(Restore.id).desc()).limit(1)).one()
        audit.record(session, "restored", f"restore:{number}", actor=gap.actor, backup_at=gap.backup_at,
                     digest=gap.digest, unknown=count, moved=gap.moved)  # fmt: skip
    return count
