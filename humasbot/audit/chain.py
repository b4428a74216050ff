"""The chain: each sealed row holds the hash of the one before it, and the chain's head is also kept in a file.

One sealer works at a time. A row is sealed a few seconds after it was committed, so that those who send need not
stand in line for it.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from humasbot.audit.writing import digest_of
from humasbot.database import Database
from humasbot.models import Audit, columns, utc_now
from humasbot.words import t

CHUNK = 2000
START = "0" * 64
"""What the first row has for the hash of the one before it."""
LOCK = "humasbot_audit"


class Heads:
    """The file in which every head of the chain is written down, outside the database: one JSON line each.

    Without it a trail whose end was cut off would look whole. Copies on other machines make it stronger.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, seq: int, value: str) -> None:
        """Append a head, unless it is the last one written; it is on the disk when this returns."""
        tail = self._tail()
        if _head(tail) == (seq, value):
            return
        line = json.dumps({"seq": seq, "hash": value, "at": utc_now().isoformat(timespec="seconds")})
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            torn = tail and not tail.endswith(b"\n")  # the disk was full, or the machine stopped
            os.write(descriptor, f"{chr(10) if torn else ''}{line}\n".encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _tail(self) -> bytes:
        """The last line, with its end."""
        try:
            with self.path.open("rb") as file:
                file.seek(max(0, self.path.stat().st_size - 200))
                return b"".join(file.read().splitlines(keepends=True)[-1:])
        except FileNotFoundError:
            return b""

    def read(self) -> tuple[dict[int, str], list[str]]:
        """Every head that was written down, by its number, and what is wrong with the file itself."""
        heads: dict[int, str] = {}
        faults = []
        lines = self.path.read_bytes().splitlines() if self.path.exists() else []
        for place, line in enumerate(lines, start=1):
            head = _head(line)
            if head is None and line.startswith(b'{"seq"') and not line.endswith(b"}"):
                continue  # the machine stopped while it was written
            if head is None or heads.setdefault(*head) != head[1]:
                faults.append(
                    t("{f}:{n} diubah atau rusak", "{f}:{n} was changed or is damaged", f=self.path.name, n=place)
                )  # fmt: skip
        return heads, faults


def _head(line: bytes) -> tuple[int, str] | None:
    try:
        found = json.loads(line)
        return int(found["seq"]), str(found["hash"])
    except (ValueError, KeyError, TypeError):
        return None


def seal(database: Database, heads: Heads) -> int:
    """Seal every row that is not yet in the chain, and write the head down; how many rows.

    Where another process is sealing, nothing is done. Raises :class:`~humasbot.database.DatabaseError`, and
    ``OSError`` when the file of heads cannot be written.
    """
    sealed = 0
    while True:
        with database.write() as session:
            if not _alone(session, database):
                return sealed
            seq, last = head_of(session)
            links = list(_links(session, seq, last))
            if links:
                _fill(session, database, links)
                seq, last = links[-1]["seq"], links[-1]["hash"]
        if seq:
            heads.write(seq, last)
        sealed += len(links)
        if len(links) < CHUNK:
            return sealed


def _alone(session: Session, database: Database) -> bool:
    """Whether this is the only sealer; SQLite's write lock says so already."""
    if database.is_sqlite:
        return True
    lock = sa.text("SELECT pg_try_advisory_xact_lock(hashtext(:name))")
    return bool(session.execute(lock, {"name": LOCK}).scalar_one())


def head_of(session: Session) -> tuple[int, str]:
    """Number and hash of the last sealed row; 0 and :data:`START` before the first."""
    query = select(Audit.seq, Audit.hash).where(col(Audit.seq).is_not(None)).order_by(col(Audit.seq).desc())
    found = session.exec(query.limit(1)).first()
    return (found[0] or 0, found[1]) if found else (0, START)


def _links(session: Session, seq: int, last: str) -> Iterator[dict[str, Any]]:
    query = (
        select(Audit.id, Audit.digest).where(col(Audit.seq).is_(None)).order_by(col(Audit.id)).limit(CHUNK)
    )
    for number, digest in session.exec(query).all():
        seq += 1
        link = _hash(seq, last, number or 0, digest)
        yield {"id": number, "seq": seq, "previous": last, "hash": link}
        last = link


_FILL = sa.text("UPDATE humasbot_audit SET seq = :seq, previous = :previous, hash = :hash WHERE id = :id")
_FILL_ALL = sa.text(
    "UPDATE humasbot_audit SET seq = new.seq, previous = new.previous, hash = new.hash "
    "FROM unnest(CAST(:id AS bigint[]), CAST(:seq AS bigint[]), CAST(:previous AS text[]), CAST(:hash AS text[])) "
    "AS new(id, seq, previous, hash) WHERE humasbot_audit.id = new.id"
)
"""All at once on PostgreSQL, where each statement is a way to the server."""


def _fill(session: Session, database: Database, links: list[dict[str, Any]]) -> None:
    if database.is_sqlite:
        session.execute(_FILL, links)
    else:
        session.execute(_FILL_ALL, {name: [link[name] for link in links] for name in links[0]})


def _hash(seq: int, previous: str, number: int, digest: str) -> str:
    return sha256(f"{seq}|{previous}|{number}|{digest}".encode()).hexdigest()


@dataclass(slots=True)
class Verdict:
    """What :func:`verify` found: how many rows are sealed and how many are not yet, the head, and the faults."""

    sealed: int = 0
    unsealed: int = 0
    head: str = START
    problems: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether nothing was changed, removed, put in or put in another order."""
        return not self.problems


def verify(database: Database, heads: Heads, *, most: int = 20, newest: int | None = None) -> Verdict:
    """Read the whole trail and tell every fault of it, at most so many; the first one is the first bad row.

    With *newest* only the last so many sealed rows are read, and those not sealed yet. Memory stays
    bounded. Nothing is mended: a trail that mends itself would be worth nothing.
    """
    verdict = Verdict()
    known, verdict.problems = heads.read()
    with database.read() as session:
        start = 0 if newest is None else max(0, head_of(session)[0] - newest)
        for problem in _walk(session, verdict, known, start):
            verdict.problems.append(problem)
            if len(verdict.problems) >= most:
                return verdict
        verdict.problems += _loose(session, verdict)
        if database.is_sqlite:
            verdict.problems += _gaps(session)
    return verdict


def _walk(session: Session, verdict: Verdict, heads: dict[int, str], start: int) -> Iterator[str]:
    """Follow the chain from behind the row *start*; after a fault it goes on from what the row itself says."""
    seq = start
    for row in _chunks(session, after=start):
        if start and not verdict.sealed:
            verdict.head = row["previous"]
        if row["seq"] != seq + 1:
            yield t("baris {a} sampai {b} hilang", "rows {a} to {b} are missing", a=seq + 1, b=row["seq"] - 1)
            verdict.head = row["previous"]
        seq = row["seq"]
        yield from _faults(row, verdict.head, heads.get(seq))
        verdict.head, verdict.sealed = row["hash"], verdict.sealed + 1
    if beyond := [number for number in heads if number > seq]:
        yield t("ujungnya terpotong: baris {a} sampai {b} tercatat di {f}, tetapi tidak ada lagi",
                "its end was cut off: rows {a} to {b} are written down in the file of heads, but are gone",
                a=seq + 1, b=max(beyond), f="audit-heads.jsonl")  # fmt: skip


def _faults(row: dict[str, Any], previous: str, head: str | None) -> Iterator[str]:
    name = t("baris {s} (nomor {n})", "row {s} (number {n})", s=row["seq"], n=row["id"])
    if row["fault"] or digest_of(row) != row["digest"]:
        yield t("{r} diubah isinya", "the content of {r} was changed", r=name)
    elif row["previous"] != previous:
        yield t("{r} tidak menyambung ke baris sebelumnya: urutan diubah atau baris disisipkan",
                "{r} does not follow the row before it: the order was changed or a row put in", r=name)  # fmt: skip
    elif _hash(row["seq"], row["previous"], row["id"], row["digest"]) != row["hash"]:
        yield t("mata rantai {r} diubah", "the link of {r} was changed", r=name)
    elif head not in (None, row["hash"]):
        yield t("{r} lain dari yang tercatat di luar basis data: rantai ditulis ulang",
                "{r} is not what was noted outside the database: the chain was written anew", r=name)  # fmt: skip


def _chunks(session: Session, *, sealed: bool = True, after: int | None = None) -> Iterator[dict[str, Any]]:
    row = columns(Audit)
    key = row.seq if sealed else row.id
    where = row.seq.is_not(None) if sealed else row.seq.is_(None)
    last: Any = after or None
    while True:
        query = sa.select(row.id, key).where(where).order_by(key).limit(CHUNK)
        numbers = session.execute(query if last is None else query.where(key > last)).all()
        if not numbers:
            return
        yield from _read(session, [number for number, _ in numbers], key)
        last = numbers[-1][1]


def _read(session: Session, numbers: list[int], key: Any) -> Iterator[dict[str, Any]]:
    """The rows of those numbers; one that cannot even be read is told as changed."""
    table = columns(Audit).id.table
    query = sa.select(table).order_by(key)
    try:
        rows = session.execute(query.where(table.c.id.in_(numbers))).mappings().all()
        yield from ({**row, "fault": False} for row in rows)
    except (ValueError, TypeError):
        for number in numbers:
            try:
                found = session.execute(query.where(table.c.id == number)).mappings().one()
                yield {**found, "fault": False}
            except (ValueError, TypeError):
                links = sa.select(table.c.id, table.c.seq, table.c.previous, table.c.hash)
                broken = session.execute(links.where(table.c.id == number)).mappings().one()
                yield {**broken, "fault": True}


def _loose(session: Session, verdict: Verdict) -> Iterator[str]:
    """What is not sealed yet can still be told as changed by its own digest."""
    for row in _chunks(session, sealed=False):
        verdict.unsealed += 1
        if row["fault"] or digest_of(row) != row["digest"]:
            yield t("baris nomor {n} (belum disegel) diubah isinya", "the content of row number {n} (not sealed yet) "
                    "was changed", n=row["id"])  # fmt: skip


def _gaps(session: Session) -> Iterator[str]:
    """On SQLite numbers are given without a gap and never again, so that one that is missing was deleted."""
    given = session.execute(
        sa.text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": str(Audit.__tablename__)}
    ).scalar()
    count, first, newest = session.exec(select(func.count(), func.min(Audit.id), func.max(Audit.id))).one()
    expected = int(given or 0)
    if count != expected or (count and (first, newest) != (1, expected)):
        yield t("{n} baris dihapus atau disisipkan: {a} pernah ditulis, {b} ada",
                "{n} rows were deleted or put in: {a} were written, {b} are there",
                n=abs(expected - count) or 1, a=expected, b=count)  # fmt: skip
