"""A Delivery's whole history as one timeline, read off the audit trail; it is still there when the Post is gone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from humasbot.audit import as_dict, listed
from humasbot.models import Approval, Attempt, Audit, Delivery

Row = dict[str, Any]
ENDS = ("sent", "failed", "cancelled")
FREEZES = ("freeze:", "freeze;")
"""The subjects of freezes lie between these two, as texts are sorted."""


def timeline(session: Session, delivery_id: int, delivery: Delivery | None = None) -> list[Row]:
    """Everything that happened to a Delivery, oldest first.

    Each entry has ``at`` (aware, UTC; of an attempt its beginning), ``act``, ``actor``, ``subject``, ``number`` in the
    trail, ``sealed`` and ``detail``. What stopped its account or everything meanwhile is among them.
    """
    own = [_entry(row) for row in listed(session, subjects=[f"delivery:{delivery_id}"])]
    if delivery is not None:
        own = own or _attempts(session, delivery)
        if not any(entry["act"] == "approved" for entry in own):
            own = [*_approvals(session, delivery), *own]
    if delivery is not None and delivery.state == "sending":
        own += _under_way(session, delivery_id)
    if not own:
        return []
    until = max(entry["at"] for entry in own) if _ended(own) else None
    account = delivery.account_id if delivery is not None else None
    around = _around(session, account, own, until)
    # Sorted by time alone, and stably: what was written within one microsecond keeps its order.
    return sorted([*own, *around], key=lambda entry: entry["at"])


def _entry(row: Row) -> Row:
    detail = row["detail"] if isinstance(row["detail"], dict) else {"reason": row["detail"]}
    moment = row["at"]
    if row["act"] == "attempt" and (started := _moment(detail.get("started"))):
        moment = started
    return {
        "at": moment,
        "act": row["act"],
        "actor": row["actor"],
        "subject": row["subject"],
        "number": row["id"],
        "sealed": row["seq"] is not None,
        "detail": detail,
    }


def _moment(value: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        return None


def _under_way(session: Session, delivery_id: int) -> list[Row]:
    """The attempt that is running: it is in the trail only once it has ended."""
    query = select(Attempt).where(Attempt.delivery_id == delivery_id, Attempt.outcome == "")
    return [
        {"at": attempt.started_at, "act": "sending", "actor": "humasbot", "subject": f"delivery:{delivery_id}",
         "number": None, "sealed": False, "detail": {"number": attempt.number, "worker": attempt.worker}}
        for attempt in session.exec(query.order_by(col(Attempt.id).desc()).limit(1)).all()
    ]  # fmt: skip


def _approvals(session: Session, delivery: Delivery) -> list[Row]:
    """Its approvals as their table has them: planned for a whole fleet, they are one act in the trail."""
    query = select(Approval).where(Approval.variant_id == delivery.variant_id).order_by(col(Approval.id))
    return [
        _off_the_trail(
            delivery, row.approved_at, "approved", row.actor, {"hash": row.hash, "policy": row.policy}
        )
        for row in session.exec(query).all()
    ]


def _attempts(session: Session, delivery: Delivery) -> list[Row]:
    """The attempts of a Delivery of the time before there was a trail."""
    query = select(Attempt).where(Attempt.delivery_id == delivery.id, Attempt.outcome != "")
    return [
        _off_the_trail(
            delivery, row.started_at, "attempt", "humasbot",
            {"number": row.number, "outcome": row.outcome, "reason": row.message, "status": row.status,
             "started": row.started_at.isoformat(),
             "finished": row.finished_at.isoformat() if row.finished_at else None},
        )
        for row in session.exec(query.order_by(col(Attempt.id))).all()
    ]  # fmt: skip


def _off_the_trail(delivery: Delivery, at: datetime, act: str, actor: str, detail: Row) -> Row:
    subject = f"delivery:{delivery.id}"
    return {
        "at": at, "act": act, "actor": actor, "subject": subject, "number": None, "sealed": False, "detail": detail,
    }  # fmt: skip


def _ended(own: Sequence[Row]) -> bool:
    return own[-1]["detail"].get("outcome") in ENDS


def _account_of(own: Sequence[Row]) -> str:
    return next((str(entry["detail"]["account"]) for entry in own if "account" in entry["detail"]), "")


def _around(session: Session, account: int | None, own: Sequence[Row], until: datetime | None) -> list[Row]:
    """What was done meanwhile to the account, and every freeze that stopped it."""
    numbers = [entry["number"] for entry in own if entry["number"] is not None]
    agency = session.exec(select(Audit.agency).where(col(Audit.id).in_(numbers[:1]))).first() or ""
    frozen = (
        (col(Audit.subject) >= FREEZES[0])
        & (col(Audit.subject) < FREEZES[1])
        & col(Audit.agency).in_(("", agency))
    )
    query = select(Audit).where(
        col(Audit.at) >= own[0]["at"], frozen | (col(Audit.subject) == f"account:{account}")
    )
    if until is not None:
        query = query.where(col(Audit.at) <= until)
    return [_entry(as_dict(row)) for row in session.exec(query.order_by(col(Audit.id))).all()]


def remembered(session: Session, delivery_id: int) -> Row | None:
    """A Delivery that is no longer in the database, as the trail remembers it; ``None`` when it never was."""
    entries = timeline(session, delivery_id)
    if not entries:
        return None
    approved: Row = next((e["detail"] for e in reversed(entries) if e["act"] == "approved"), {})
    states = [e["detail"]["outcome"] for e in entries if "outcome" in e["detail"]]
    urls = [e["detail"]["url"] for e in entries if "url" in e["detail"]]
    return {
        "id": delivery_id,
        "gone": True,
        "state": states[-1] if states else "queued",
        "account": _account_of(entries),
        "post_id": approved.get("post"),
        "title": approved.get("title", ""),
        "text": approved.get("text", ""),
        "media": approved.get("media", []),
        "due_at": _moment(approved.get("due")),
        "url": urls[-1] if urls else "",
        "timeline": entries,
    }
