"""An archive for the records: everything that was said in a time, with who approved it and what came of it.

A ZIP of JSON lines, one file for each kind, and the pictures, with the SHA-256 of every file. It needs no program of
ours to be read in twenty years.
"""

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from humasbot import __version__
from humasbot.audit import listed
from humasbot.backup.archive import BackupError, Writer
from humasbot.database import Database
from humasbot.media import MediaStore
from humasbot.models import (
    Account,
    Agency,
    Approval,
    Article,
    Attempt,
    Delivery,
    Measurement,
    Post,
    Receipt,
    Variant,
    utc_now,
)
from humasbot.snapshot import unfinished
from humasbot.words import t

CHUNK = 200
CONTENTS = "contents.json"


@dataclass(frozen=True, slots=True)
class Exported:
    """What an archive holds: its rows by kind, its pictures, and those that could not be read any more."""

    path: Path
    counts: dict[str, int]
    missing: list[str]


def export(
    database: Database, media: MediaStore, target: Path, *, start: datetime, end: datetime,
    agency: str | None = None, replace: bool = False,
) -> Exported:  # fmt: skip
    """Write the archive of all Posts (of one *agency*, by its key) due from *start* until before *end* (aware).

    Raises :class:`~humasbot.backup.archive.BackupError` and :class:`OSError`; then nothing stands there.
    """
    if target.exists() and not replace:
        raise BackupError(
            t("{f} sudah ada; pilih nama lain, atau tambahkan --force", "{f} is there already; choose another name, or "
              "add --force", f=target)
        )  # fmt: skip
    with unfinished(target) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        writer, rows = Writer(archive), _Rows()
        with database.read() as session:
            for posts in _posts(session, start, end, agency):
                _gather(session, posts, rows)
        for name, file in rows.files.items():
            file.seek(0)
            writer.put(f"{name}.jsonl", file)
        missing = [digest for digest in sorted(rows.digests) if not _picture(writer, media, digest)]
        contents = {
            "program": f"humasbot {__version__}", "made_at": utc_now().isoformat(), "from": start.isoformat(),
            "until": end.isoformat(), "counts": rows.counts, "missing_pictures": missing, "files": writer.files,
        }  # fmt: skip
        archive.writestr(CONTENTS, json.dumps(contents, ensure_ascii=False, indent=1))
    return Exported(target, rows.counts, missing)


class _Rows:
    """JSON lines by kind, gathered on disk."""

    def __init__(self) -> None:
        import tempfile

        self.files: dict[str, Any] = {}
        self.counts: dict[str, int] = {}
        self.digests: set[str] = set()
        self._new = tempfile.TemporaryFile

    def add(self, kind: str, row: dict[str, Any]) -> None:
        if kind not in self.files:
            self.files[kind] = self._new()
        line = json.dumps(row, ensure_ascii=False, sort_keys=True, default=_plain)
        self.files[kind].write(line.encode("utf-8", "replace") + b"\n")
        self.counts[kind] = self.counts.get(kind, 0) + 1


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


def _posts(session: Session, start: datetime, end: datetime, agency: str | None) -> Iterator[list[Post]]:
    last = 0
    mine = [] if agency is None else [col(Post.agency_id).in_(select(Agency.id).where(Agency.name == agency))]
    while True:
        query = select(Post).where(col(Post.id) > last, Post.due_at >= start, Post.due_at < end, *mine)
        found = list(session.exec(query.order_by(col(Post.id)).limit(CHUNK)).all())
        if not found:
            return
        last = found[-1].id or 0
        yield found


def _gather(session: Session, posts: list[Post], rows: _Rows) -> None:
    """A chunk of Posts with everything that belongs to them."""
    agencies = {
        row.id: row.name for row in _of(session, Agency, Agency.id, [post.agency_id for post in posts])
    }
    for post in posts:
        rows.add("posts", {**post.model_dump(), "agency": agencies.get(post.agency_id, "")})
    for article in _of(session, Article, Article.id, [post.article_id for post in posts if post.article_id]):
        rows.add("articles", article.model_dump())
    variants = _of(session, Variant, Variant.post_id, [post.id for post in posts])
    accounts = {
        row.id: row for row in _of(session, Account, Account.id, [one.account_id for one in variants])
    }
    for variant in variants:
        account = accounts[variant.account_id]
        rows.add("variants", {**variant.model_dump(), "account": account.name, "platform": account.platform})
        rows.digests |= {str(one["digest"]) for one in variant.media if "digest" in one}
    numbers = [one.id for one in variants]
    for approval in _of(session, Approval, Approval.variant_id, numbers):
        rows.add("approvals", approval.model_dump())
    deliveries = _of(session, Delivery, Delivery.variant_id, numbers)
    for delivery in deliveries:
        rows.add("deliveries", delivery.model_dump(exclude={"claimed_by", "lease_until", "checkpoint"}))
    sent = [one.id for one in deliveries]
    for attempt in _of(session, Attempt, Attempt.delivery_id, sent):
        rows.add("attempts", attempt.model_dump(exclude={"worker"}))
    receipts = _of(session, Receipt, Receipt.delivery_id, sent)
    for receipt in receipts:
        rows.add("receipts", receipt.model_dump())
    for measured in _of(session, Measurement, Measurement.receipt_id, [one.id for one in receipts]):
        rows.add("measurements", measured.model_dump())
    for start in range(0, len(sent), 500):
        for row in listed(session, subjects=[f"delivery:{number}" for number in sent[start : start + 500]]):
            rows.add("timeline", row)


def _of(session: Session, model: type[Any], column: Any, numbers: list[Any]) -> list[Any]:
    """The rows whose *column* is one of *numbers*, in the order of their own numbers."""
    found: list[Any] = []
    unique = sorted(set(numbers))
    for start in range(0, len(unique), 500):
        chosen = col(column).in_(unique[start : start + 500])
        found += session.exec(select(model).where(chosen).order_by(model.id)).all()
    return found


def _picture(writer: Writer, media: MediaStore, digest: str) -> bool:
    path = media.path(digest)
    try:
        data = path.read_bytes()
    except OSError:
        return False
    if sha256(data).hexdigest() != digest:
        return False
    writer.put(f"pictures/{digest}", io.BytesIO(data), packed=False)
    return True
