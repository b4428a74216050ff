"""The outbox: the one writer of a Delivery's state.

A claim is committed, with its Attempt, before the platform is called. Work moves in chunks: claimed in one statement,
finished in one transaction. Whoever finds a ``sending`` row whose holder is gone makes it ``uncertain``, never
``queued``.
"""

import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from humasbot import audit, claiming, evidence, finishing, queueing
from humasbot.claiming import Claim, Result
from humasbot.content import Receipt as Published
from humasbot.database import Database
from humasbot.errors import HumasbotError, NotFoundError, StateError
from humasbot.holders import is_dead
from humasbot.lining import line as line
from humasbot.lining import next_due as next_due
from humasbot.logs import Quiet
from humasbot.models import Approval, Attempt, Delivery, Receipt, Variant, utc_now
from humasbot.states import Decision, named
from humasbot.words import t

log = Quiet("humasbot.outbox")
COLLISIONS = 3
"""How often a claim is tried anew when another worker was quicker with an account of it."""


def enqueue(
    session: Session, variant: Variant, approval: Approval, *, priority: int = 0, now: datetime | None = None
) -> Delivery:
    """Make the Delivery of an approved Variant, or queue again the one that was cancelled or refused.

    Only :mod:`humasbot.pipeline.approve` calls this. Raises :class:`~humasbot.errors.StateError` when the Variant is
    already on its way or out.
    """
    now = now or utc_now()
    # Locked and read anew: between a look and an update a worker might have claimed what another approved meanwhile.
    query = select(Delivery).where(Delivery.variant_id == variant.id).with_for_update()
    old = session.exec(query.execution_options(populate_existing=True)).one_or_none()
    if old is not None and old.state not in ("cancelled", "failed"):
        raise StateError(t("sudah disetujui; pengiriman {id} {s}", "already approved; delivery {id} is {s}",
                           id=old.id, s=named(old.state)))  # fmt: skip
    delivery = old or Delivery(
        variant_id=variant.id or 0,
        account_id=variant.account_id,
        approval_id=approval.id or 0,
        key=secrets.token_hex(16),
    )
    delivery.approval_id = approval.id or 0
    delivery.state = "queued"
    delivery.priority = priority
    delivery.due_at = delivery.next_at = variant.due_at
    delivery.not_after = variant.not_after
    delivery.attempts, delivery.looks, delivery.needs_person = 0, 0, False
    delivery.reason, delivery.checkpoint, delivery.changed_at = "", {}, now
    session.add(delivery)
    session.flush()
    known = audit.owners_of(session, {delivery.account_id})
    log.info("queued", **evidence.of(known, delivery.id, delivery.account_id), due=variant.due_at.isoformat())
    return delivery


def enqueue_many(session: Session, approved: Any, now: datetime) -> list[int]:
    """Make the Deliveries of a SELECT of approved Variants, those that have none yet; their numbers.

    Its columns are :data:`humasbot.queueing.COLUMNS`. Only :mod:`humasbot.pipeline.staging` calls this.
    """
    return queueing.enqueue_many(session, approved, now)


def claim(
    database: Database,
    token: str,
    *,
    limit: int,
    lease: timedelta,
    now: datetime | None = None,
    only: Sequence[int] | None = None,
    agency: str | None = None,
    skip: Sequence[int] = (),
) -> list[Claim]:
    """Take up to *limit* due deliveries, at most one per account, in order; write and commit their Attempts.

    *token* begins with the worker's name and is best used for one claim only, so that :func:`take_back` can undo it.
    *only* restricts the claim to these delivery ids, *agency* to one agency's accounts; accounts of *skip* are left
    alone. Times are UTC.
    """
    until, now = (now or database.now()) + lease, now or utc_now()
    if only is None:
        drop_late(database, now)
        only = line(database, limit, now=now, agency=agency, skip=skip)
    if not only:
        return []
    statement = claiming.claim_statement(agency is not None, bool(skip))
    values = claiming.asked(now, agency, skip, only=only, limit=limit, worker=token, lease=until)
    for _ in range(COLLISIONS):
        try:
            with database.write() as session:
                claims = _taken(session, session.execute(statement, values).all(), token, now)
        except IntegrityError:
            # Another worker put a row of the same account in flight between our look and our update: it goes first.
            continue
        for found in claims:
            known = evidence.of(database.owners, found.delivery_id, found.account_id)
            log.info("sending", **known, attempt=found.attempts)
        return claims
    return []


def _taken(session: Session, rows: Sequence[Any], token: str, now: datetime) -> list[Claim]:
    if not rows:
        return []
    values = {"b_only": [row.id for row in rows], "b_worker": token, "b_now": now}
    made = session.execute(claiming.attempts_statement(), values).all()
    numbers = {row.delivery_id: row.id for row in made}
    return [
        Claim(row.id, row.account_id, row.variant_id, row.approval_id, numbers[row.id], row.key, row.due_at,
              row.attempts, token, row.checkpoint, row.priority, now)
        for row in rows
    ]  # fmt: skip


def take_back(database: Database, tokens: Sequence[str], now: datetime | None = None) -> list[int]:
    """Queue again what was claimed under *tokens*; only for claims whose commit failed, so that nobody got them."""
    now = now or utc_now()
    with database.write() as session:
        rows = session.execute(claiming.take_back_statement(tokens, now)).all()
        for row in rows:
            evidence.happened(session, "taken_back", row)
        mine = select(Attempt).where(col(Attempt.worker).in_(tokens), Attempt.outcome == "")
        for attempt in session.exec(mine).all():
            attempt.finished_at, attempt.outcome = now, "queued"
            attempt.message = t("tidak pernah dikirim", "never sent")
    for row in rows:
        log.warning("queued", **evidence.of(database.owners, row.id, row.account_id))
    return [row.id for row in rows]


def holds(session: Session, claimed: Claim) -> bool:
    """Whether the claim is still ours."""
    return session.exec(_mine(claimed)).one_or_none() is not None


def drop_late(database: Database, now: datetime | None = None) -> None:
    """Cancel what was due too long ago to be said now (a morning greeting at two in the afternoon)."""
    now = now or utc_now()
    with database.read() as session:
        if session.execute(claiming.any_late_statement(), {"b_now": now}).first() is None:
            return
    reason = t("terlambat: waktunya sudah lewat", "late: its time has passed")
    with database.write() as session:
        rows = session.execute(claiming.late_statement(now, reason)).all()
        for row in rows:
            evidence.happened(session, "expired", row, reason, outcome="cancelled")
    for row in rows:
        log.warning("cancelled", **evidence.of(database.owners, row.id, row.account_id), reason=reason)


def save_step(database: Database, claimed: Claim, step: str, value: str, lease: timedelta) -> None:
    """Commit one finished step of a Delivery and extend its lease.

    Raises :class:`~humasbot.errors.StateError` when the claim is no longer ours, so that nothing more is sent.
    """
    with database.write() as session:
        delivery = _owned(session, claimed)
        if delivery is None:
            raise StateError(
                t("pengiriman {id} diambil alih", "delivery {id} was taken over", id=claimed.delivery_id)
            )
        delivery.checkpoint = {**delivery.checkpoint, step: value}
        evidence.happened(session, "step", delivery, step=step, value=value)
        delivery.lease_until = database.now() + lease


def save_ahead(database: Database, delivery_id: int, step: str, value: str) -> None:
    """Commit one step that was done ahead, while the Delivery is still queued; else it is forgotten."""
    with database.write() as session:
        delivery = session.get(Delivery, delivery_id, with_for_update=True)
        if delivery is not None and delivery.state == "queued":
            delivery.checkpoint = {**delivery.checkpoint, step: value}
            evidence.happened(session, "step", delivery, step=step, value=value)


def _mine(claimed: Claim) -> Any:
    return select(Delivery).where(
        Delivery.id == claimed.delivery_id,
        Delivery.state == "sending",
        Delivery.claimed_by == claimed.token,
        Delivery.attempts == claimed.attempts,
    )


def _owned(session: Session, claimed: Claim) -> Delivery | None:
    found: Delivery | None = session.exec(_mine(claimed).with_for_update()).one_or_none()
    return found


def finish(database: Database, results: Iterable[Result], now: datetime | None = None) -> None:
    """Write what came of a chunk of claims, in one transaction.

    A success settles its Delivery even when the claim was meanwhile given up; any other late result is only written
    to its Attempt. One that the database refuses does not take its neighbours with it: it becomes uncertain.
    """
    now = now or utc_now()
    # In one order, so that two who write the same rows wait for each other instead of locking each other out.
    chunk = sorted(results, key=lambda result: result.claim.delivery_id)
    try:
        _finish(database, chunk, now)
    except HumasbotError:
        raise
    except Exception:  # noqa: BLE001 - whatever a stranger's answer does to the driver
        for result in chunk:
            _finish_alone(database, result, now)


def _finish_alone(database: Database, result: Result, now: datetime) -> None:
    words = t("jawaban platform tidak dapat ditulis", "the platform's answer cannot be written")
    unsure = replace(result, decision=Decision("uncertain", words), receipt=None, status=None)
    for version in (result, unsure):
        try:
            _finish(database, [version], now)
            return
        except HumasbotError:
            raise
        except Exception as fault:  # noqa: BLE001 - as above
            log.error("not_writable", delivery=result.claim.delivery_id, reason=type(fault).__name__)


def _finish(database: Database, results: Sequence[Result], now: datetime) -> None:
    done: list[Result] = []
    unsure_at = database.now() if any(each.decision.state == "uncertain" for each in results) else now
    with database.write() as session:
        plain = [result for result in results if finishing.is_plain(result)]
        ours = finishing.sent(session, plain, now)
        done += ours
        settled = {id(result) for result in ours}
        for result in results:
            if id(result) not in settled:
                done += _finish_one(session, result, now, unsure_at)
    for result in done:
        mine = result.claim
        evidence.tell(database.owners, mine.delivery_id, mine.account_id, result.decision, result.receipt)


def _finish_one(session: Session, result: Result, now: datetime, unsure_at: datetime) -> list[Result]:
    """Write one result; returned if it settled its Delivery."""
    attempt = session.get_one(Attempt, result.claim.attempt_id)
    attempt.finished_at, attempt.status = None if result.hangs else now, result.status
    attempt.outcome, attempt.message = result.decision.state, result.decision.reason
    evidence.attempted(session, attempt, result)
    delivery = _owned(session, result.claim)
    if delivery is not None:
        finishing.apply(session, delivery, result.decision, result.receipt, "publish", now, unsure_at)
        return [result]
    if result.receipt is not None:
        _late(session, result.claim.delivery_id, result.receipt, now)
    return []


def _late(session: Session, delivery_id: int, receipt: Published, now: datetime) -> None:
    """A success that came after its claim was given up: it is public, whatever was believed since."""
    delivery = session.get_one(Delivery, delivery_id, with_for_update=True)
    known = session.exec(select(Receipt).where(Receipt.delivery_id == delivery_id)).one_or_none()
    if known is None:
        words = t("jawaban datang terlambat", "the answer came late")
        finishing.apply(session, delivery, Decision("sent", words), receipt, "publish", now)
        whose = audit.owners_of(session, {delivery.account_id})
        log.warning(
            "sent", **evidence.of(whose, delivery_id, delivery.account_id), url=receipt.url, reason=words
        )
    elif known.found_by in ("publish", "reconcile") and known.remote_id != receipt.remote_id:
        delivery.needs_person = True
        delivery.reason = t("terbit dua kali; hapus salah satunya: {u}", "published twice; delete one of them: {u}",
                            u=receipt.url or receipt.remote_id)  # fmt: skip
        evidence.happened(session, "sent_twice", delivery, delivery.reason, url=receipt.url)
        log.error(
            "sent_twice", delivery=delivery_id, account=delivery.account_id, url=receipt.url, first=known.url
        )


def give_up_lost(database: Database, now: datetime | None = None, ours: Collection[int] = ()) -> list[int]:
    """Make ``uncertain`` every ``sending`` row whose lease ran out or whose holder is surely dead; return their ids.

    Not those of *ours*, which this process is sending now: a wall clock that jumps must not end a call that lives.
    """
    now = now or database.now()
    with database.read() as session:
        rows = session.exec(select(Delivery).where(Delivery.state == "sending").order_by("id")).all()
        lost = [row for row in rows if row.id not in ours and _is_lost(row, now)]
    if not lost:
        return []
    reason = t("proses berhenti saat mengirim; belum diketahui apakah sudah terbit",
               "the process died while sending; it is not known whether it was published")  # fmt: skip
    gone = []
    with database.write() as session:
        for row in lost:
            delivery = session.get_one(Delivery, row.id, with_for_update=True)
            same = (delivery.claimed_by, delivery.attempts) == (row.claimed_by, row.attempts)
            if delivery.state == "sending" and same and _is_lost(delivery, now):
                finishing.apply(session, delivery, Decision("uncertain", reason), None, "", now)
                evidence.happened(session, "lost", row, reason, number=row.attempts, outcome="uncertain")
                gone.append(row)
    for row in gone:
        log.error("uncertain", **evidence.of(database.owners, row.id, row.account_id), reason=reason)
    return [row.id for row in gone if row.id]


def _is_lost(delivery: Delivery, now: datetime) -> bool:
    return (delivery.lease_until or now) <= now or is_dead(delivery.claimed_by)


def mend(database: Database, now: datetime | None = None) -> None:
    """Forget what a clock that ran ahead wrote, and mark for a person what is stranded on an account that is gone."""
    now = now or utc_now()
    reason = t("akunnya tidak ada lagi di konfigurasi, atau uji coba saja",
               "its account is no longer in the configuration, or a dry run only")  # fmt: skip
    with database.write() as session:
        for statement in claiming.wrong_clock_statements(now):
            session.execute(statement)
        stranded = session.execute(claiming.stranded_statement(now, reason)).all()
        for row in stranded:
            evidence.happened(session, "stranded", row, reason)
            log.error("stranded", **evidence.of(database.owners, row.id, row.account_id), reason=reason)


def looked(
    database: Database,
    seen: Delivery,
    decision: Decision,
    receipt: Published | None,
    now: datetime | None = None,
) -> None:
    """Write what a look for an uncertain Delivery gave.

    A Delivery that was settled, sent again or looked for by another worker since *seen* was read stays as it is.
    """
    now = now or utc_now()
    with database.write() as session:
        delivery = session.get_one(Delivery, seen.id, with_for_update=True)
        same = (delivery.looks, delivery.unsure_at) == (seen.looks, seen.unsure_at)
        if delivery.state != "uncertain" or not same:
            return
        delivery.looks += 1
        finishing.apply(session, delivery, decision, receipt, "reconcile", now)
        evidence.decided(session, "look", delivery, decision, receipt, number=delivery.looks)
    evidence.tell(database.owners, seen.id, seen.account_id, decision, receipt)


def resolve(
    database: Database, delivery_id: int, decision: Decision, receipt: Published | None, actor: str
) -> None:
    """A person settles an uncertain Delivery: it exists, it is sent again, or it is given up.

    Raises :class:`~humasbot.errors.StateError` when it is not uncertain.
    """
    with database.write() as session:
        delivery = get(session, delivery_id)
        if delivery.state != "uncertain":
            raise StateError(
                t("pengiriman {id} {s}, bukan belum pasti; tidak ada yang perlu diputuskan",
                  "delivery {id} is {s}, not in doubt; there is nothing to decide", id=delivery_id,
                  s=named(delivery.state))
            )  # fmt: skip
        finishing.apply(session, delivery, decision, receipt, actor, utc_now())
        evidence.decided(session, "resolved", delivery, decision, receipt, actor=actor)
        account_id = delivery.account_id
    evidence.tell(database.owners, delivery_id, account_id, decision, receipt)


def cancel(session: Session, delivery: Delivery, reason: str, now: datetime | None = None) -> None:
    """Stop a queued Delivery. Raises :class:`~humasbot.errors.StateError` in any other state."""
    number = delivery.id or 0
    changed = session.execute(claiming.cancel_statement(number, now or utc_now(), reason)).all()
    session.refresh(delivery)
    if not changed:
        raise StateError(
            t("pengiriman {id} {s}; hanya yang masih antre dapat dibatalkan",
              "delivery {id} is {s}; only a queued one can be cancelled", id=delivery.id, s=named(delivery.state))
        )  # fmt: skip
    evidence.happened(session, "cancelled", delivery, reason, outcome="cancelled")
    known = audit.owners_of(session, {delivery.account_id})
    log.warning("cancelled", **evidence.of(known, delivery.id, delivery.account_id), reason=reason)


def get(session: Session, delivery_id: int) -> Delivery:
    """The Delivery of that number, locked. Raises :class:`~humasbot.errors.NotFoundError`."""
    delivery = session.get(Delivery, delivery_id, with_for_update=True)
    if delivery is None:
        raise NotFoundError(
            t("tidak ada pengiriman nomor {id}", "there is no delivery number {id}", id=delivery_id)
        )
    return delivery
