"""What a person must be told: derived from the state of the database, so that nothing is forgotten by a crash.

An alert is told once for each key. It closes by itself when what it was about is settled, or when a person says so.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from humasbot.database import Database
from humasbot.errors import REMINDERS, NotFoundError
from humasbot.models import (
    Account,
    Agency,
    Alert,
    Delivery,
    Freeze,
    Post,
    Receipt,
    Source,
    UtcDateTime,
    Variant,
    Withdrawal,
    columns,
    utc_now,
)
from humasbot.models.unless import insert
from humasbot.states import plain
from humasbot.words import t

SILENT_SOURCE = timedelta(hours=6)
"""A source that could not be read for so long is worth a person's time; a site that is down for an hour is not."""
CHUNK = 500
LEASE = timedelta(minutes=5)
"""How long the alerts that one process is sending are left alone by the others."""
LONGEST_WAIT = timedelta(hours=1)
FIRST_WAIT = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong now; ``agency_id`` is 0 for what concerns the whole database."""

    agency_id: int
    kind: str
    key: str
    text: str


def tell(session: Session, *, agency_id: int | None, kind: str, key: str, text: str) -> bool:
    """Tell a person, once for each *key* of an agency (``None``: of the whole database); whether it is new.

    *text* is one whole sentence: what, where, how to mend it; secrets are struck out by the caller.
    """
    return bool(_insert(session, [Trouble(agency_id or 0, kind, key, text)]))


def settle(session: Session, *, agency_id: int | None, key: str, by: str = "humasbot") -> int:
    """Close what was told under *key* and forget the key, so that it is told again should it come back."""
    return _close(session, _live(session, agency_id, key), by)


def is_live(session: Session, *, agency_id: int | None, key: str) -> bool:
    """Whether what was told under *key* still lasts."""
    return bool(_live(session, agency_id, key))


def _live(session: Session, agency_id: int | None, key: str) -> list[int]:
    row = columns(Alert)
    same = (row.agency_id == (agency_id or 0), row.key == key, row.live)
    return list(session.execute(sa.select(row.id).where(*same)).scalars().all())


def _insert(session: Session, troubles: Sequence[Trouble]) -> list[int]:
    if not troubles:
        return []
    now = utc_now()
    table = columns(Alert).id.table
    values = [
        {"agency_id": one.agency_id, "kind": one.kind, "key": one.key[:300], "text": plain(one.text), "tries": 0,
         "created_at": now, "next_at": now, "told_to": [], "closed_by": "", "last_error": "", "live": True}
        for one in troubles
    ]  # fmt: skip
    statement = insert(session.get_bind(), table).values(values)
    statement = statement.on_conflict_do_nothing(index_elements=["agency_id", "key"]).returning(table.c.id)
    return list(session.execute(statement).scalars().all())


def _close(session: Session, numbers: Sequence[int], by: str) -> int:
    """Close alerts and free their keys for the next time."""
    row = columns(Alert)
    for start in range(0, len(numbers), CHUNK):
        chosen = row.id.in_(numbers[start : start + CHUNK])
        session.execute(sa.update(row.id.table).where(chosen).values(_ended(by)))
    return len(numbers)


def _ended(by: str) -> dict[str, Any]:
    row = columns(Alert)
    return {
        "live": False,
        "key": row.key + "#" + sa.cast(row.id, sa.Text),
        "closed_by": sa.case((row.closed_at.is_(None), by), else_=row.closed_by),
        "closed_at": sa.func.coalesce(row.closed_at, utc_now()),
    }


def watch(database: Database, own: str, now: datetime | None = None) -> int:
    """Compare what is wrong in the database with what was told: new alerts are made, settled ones closed.

    An account of another agency than *own* (a key) is named as the commands want it, ``desa7/facebook``. Returns how
    many are new.
    """
    now = now or utc_now()
    made = 0
    for kind, wrong in _wrong(now, own).items():
        row, mine = columns(Alert), wrong.subquery()
        live = sa.and_(row.kind == kind, row.live)
        new = sa.select(mine).where(
            ~sa.exists().where(row.kind == kind, row.key == mine.c.key, row.agency_id == mine.c.agency_id)
        )
        gone = sa.select(row.id).where(
            live, ~sa.exists().where(mine.c.key == row.key, mine.c.agency_id == row.agency_id)
        )
        with database.read() as session:
            found = session.execute(new.limit(CHUNK)).all()
            over = session.execute(gone.limit(CHUNK)).scalars().all()
        if found or over:
            with database.write() as session:
                _close(session, over, "humasbot")
                troubles = [Trouble(one.agency_id, kind, one.key, _WORDS[kind](one, now)) for one in found]
                made += sum(
                    len(_insert(session, troubles[at : at + 50])) for at in range(0, len(troubles), 50)
                )
    return made


def _wrong(now: datetime, own: str) -> dict[str, sa.Select[Any]]:
    """What is wrong in the database, by kind: whose, the key, and what the sentence needs."""
    delivery, account, source, freeze = (columns(model) for model in (Delivery, Account, Source, Freeze))
    agency = columns(Agency)
    name = sa.case((agency.name == own, account.name), else_=agency.name + "/" + account.name).label("name")
    number = sa.cast(delivery.id, sa.Text)
    # State and attempt belong to the key: sent again and uncertain again is news.
    attempt = (
        sa.literal("delivery:") + number + ":" + delivery.state + ":" + sa.cast(delivery.attempts, sa.Text)
    )
    reminded = sa.or_(*(delivery.reason.startswith(word) for word in REMINDERS))
    attempt += sa.case((reminded, ":again"), else_="")
    read = sa.func.coalesce(source.read_at, source.created_at)
    return {
        "delivery": sa.select(account.agency_id, attempt.label("key"), delivery.id, delivery.state,
                              delivery.reason.label("why"), name)
        .join(account.id.table, account.id == delivery.account_id)
        .join(agency.id.table, agency.id == account.agency_id)
        .where(delivery.needs_person),
        "account": sa.select(account.agency_id, _key("account", account.id), name,
                             account.paused_why.label("why"))
        .join(agency.id.table, agency.id == account.agency_id)
        .where(account.active, account.paused_at.is_not(None)),
        "source": sa.select(source.agency_id, _key("source", source.id), source.name, source.last_error.label("why"),
                            sa.type_coerce(read, UtcDateTime()).label("since"))
        .where(source.active, source.failures > 1, read <= sa.bindparam(None, now - SILENT_SOURCE, UtcDateTime())),
        "freeze": sa.select(sa.func.coalesce(freeze.agency_id, 0).label("agency_id"), _key("freeze", freeze.id),
                            freeze.reason.label("why"), freeze.actor.label("name"))
        .where(freeze.lifted_at.is_(None)),
        "withdrawal": _withdrawals(),
    }  # fmt: skip


def _withdrawals() -> sa.Select[Any]:
    """What is to be taken back and only a person can: of which Post, on which account, where."""
    row, receipt, delivery, variant, account, post = (
        columns(model) for model in (Withdrawal, Receipt, Delivery, Variant, Account, Post)
    )
    first = sa.func.coalesce(
        post.fields["corrects"].as_integer(), post.id
    )  # a correction goes with what it corrects
    return (
        sa.select(account.agency_id, _key("withdrawal", row.id), account.name, row.note.label("why"),
                  first.label("post_id"))
        .join(receipt.id.table, receipt.id == row.receipt_id)
        .join(delivery.id.table, delivery.id == receipt.delivery_id)
        .join(variant.id.table, variant.id == delivery.variant_id)
        .join(account.id.table, account.id == delivery.account_id)
        .join(post.id.table, post.id == variant.post_id)
        .where(row.state == "person")
    )  # fmt: skip


def _key(kind: str, number: Any) -> Any:
    return (sa.literal(f"{kind}:") + sa.cast(number, sa.Text)).label("key")


_DELIVERY = {
    "uncertain": (
        "Pengiriman {n} (akun {a}) belum pasti terbit: {why}. Periksa sendiri, lalu: humasbot resolve {n}",
        "Delivery {n} (account {a}) may or may not be public: {why}. Look yourself, then: humasbot resolve {n}",
    ),
    "failed": (
        "Pengiriman {n} (akun {a}) gagal: {why}. Perbaiki, lalu: humasbot announce ALAMAT --again",
        "Delivery {n} (account {a}) failed: {why}. Mend it, then: humasbot announce ADDRESS --again",
    ),
    "sent": ("Pengiriman {n} (akun {a}): {why}", "Delivery {n} (account {a}): {why}"),
    "queued": (
        "Pengiriman {n} (akun {a}) tertahan: {why}. Lihat: humasbot deliveries {n}",
        "Delivery {n} (account {a}) is held up: {why}. See: humasbot deliveries {n}",
    ),
}


def _delivery_words(row: Any, _now: datetime) -> str:
    why = re.sub("(humasbot resolve) (NOMOR|NUMBER)", rf"\g<1> {row.id}", row.why)
    if why != row.why:  # it says itself what to do, and only could not know the number
        return t("Pengiriman {n} (akun {a}) menunggu Anda. {why}", "Delivery {n} (account {a}) waits for you. {why}",
                 n=row.id, a=row.name, why=why)  # fmt: skip
    return t(*_DELIVERY.get(row.state, _DELIVERY["queued"]), n=row.id, a=row.name, why=row.why)


def _account_words(row: Any, _now: datetime) -> str:
    return t("Akun {a} dijeda: {why}. Setelah dibereskan: humasbot accounts resume {a}",
             "The account {a} is paused: {why}. Once it is mended: humasbot accounts resume {a}",
             a=row.name, why=row.why)  # fmt: skip


def _source_words(row: Any, now: datetime) -> str:
    hours = int((now - row.since).total_seconds() // 3600)
    return t("Sumber {s} tidak terbaca sudah {h} jam: {why}. Periksa: humasbot check",
             "The source {s} could not be read for {h} hours: {why}. Look: humasbot check",
             s=row.name, h=hours, why=row.why)  # fmt: skip


def _freeze_words(row: Any, _now: datetime) -> str:
    command = "humasbot unfreeze" if row.agency_id else "humasbot unfreeze --all"
    return t("Semua pengiriman dibekukan oleh {a}: {why}. Lepaskan dengan: {c}",
             "All sending is frozen by {a}: {why}. Lift it with: {c}", a=row.name, why=row.why, c=command)  # fmt: skip


def _withdrawal_words(row: Any, _now: datetime) -> str:
    return t("Kiriman {n} belum ditarik di akun {a}: {why}. Sesudah dihapus: humasbot withdraw {n} --done {a}",
             "Post {n} is not withdrawn on the account {a}: {why}. Once deleted: humasbot withdraw {n} --done {a}",
             n=row.post_id, a=row.name, why=row.why)  # fmt: skip


_WORDS = {
    "delivery": _delivery_words,
    "account": _account_words,
    "source": _source_words,
    "freeze": _freeze_words,
    "withdrawal": _withdrawal_words,
}


def waiting(session: Session, agency_id: int | None, *, limit: int = 100) -> list[Alert]:
    """What is open for an agency and for the whole database, the newest first; ``None``: for all agencies."""
    query = (
        select(Alert)
        .where(col(Alert.live), col(Alert.closed_at).is_(None))
        .order_by(col(Alert.id).desc())
        .limit(limit)
    )
    if agency_id is not None:
        query = query.where(col(Alert.agency_id).in_((0, agency_id)))
    return list(session.exec(query).all())


def claim(session: Session, agency_id: int | None, now: datetime, *, limit: int = 200) -> list[Alert]:
    """The open alerts of an agency (``None``: of all) that were not told yet and whose time has come.

    They are left alone by other processes for :data:`LEASE`.
    """
    rows = list(session.exec(_due(agency_id, now).limit(limit).with_for_update(skip_locked=True)).all())
    for row in rows:
        row.next_at = now + LEASE
    return rows


def is_due(session: Session, agency_id: int | None, now: datetime) -> bool:
    """Whether :func:`claim` would find anything; asked without a lock."""
    return session.exec(_due(agency_id, now).limit(1)).first() is not None


def _due(agency_id: int | None, now: datetime) -> Any:
    query = (
        select(Alert)
        .where(
            col(Alert.live),
            col(Alert.closed_at).is_(None),
            col(Alert.told_at).is_(None),
            col(Alert.next_at) <= now,
        )
        .order_by(col(Alert.id))
    )
    return query if agency_id is None else query.where(col(Alert.agency_id).in_((0, agency_id)))


def told(
    session: Session, numbers: Sequence[int], addresses: Sequence[str], fault: str, now: datetime
) -> None:
    """Write what came of sending: *addresses* have them now; with a *fault* the others are tried again later."""
    for row in session.exec(select(Alert).where(col(Alert.id).in_(numbers)).with_for_update()).all():
        row.told_to = sorted({*row.told_to, *addresses})
        row.last_error = fault
        if fault:
            row.tries += 1
            row.next_at = now + min(FIRST_WAIT * 2 ** min(row.tries - 1, 10), LONGEST_WAIT)
        else:
            row.told_at = now


def done(session: Session, number: int, agency_id: int | None, actor: str) -> None:
    """A person has seen to it. Raises :class:`~humasbot.errors.NotFoundError`."""
    row = session.get(Alert, number, with_for_update=True)
    if row is None or (agency_id is not None and row.agency_id not in (0, agency_id)):
        raise NotFoundError(t("tidak ada peringatan nomor {n}", "there is no alert number {n}", n=number))
    if row.closed_at is None:
        row.closed_at, row.closed_by = utc_now(), actor
