"""Stilling: many Deliveries taken out of the queue in one statement, and put back there by new approvals.

Part of the outbox, which alone writes a Delivery's state: what it does for one, this does for thousands.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import sqlalchemy as sa
from sqlmodel import Session

from humasbot import evidence
from humasbot.models import Delivery, Json, UtcDateTime, columns
from humasbot.models.among import among


@dataclass(frozen=True, slots=True)
class Again:
    """A Variant that was approved anew: its Approval, and the moments (aware) of its Delivery."""

    variant_id: int
    approval_id: int
    due: datetime
    not_after: datetime | None


def cancel_many(session: Session, variants: Sequence[int], reason: str, now: datetime) -> int:
    """Stop the queued Deliveries of these Variants; how many. What is on its way stays as it is."""
    values = {"b_variants": list(variants), "b_now": now, "b_reason": reason}
    rows = session.execute(_cancel(), values).all()
    for row in rows:
        evidence.happened(session, "cancelled", row, reason, outcome="cancelled")
    return len(rows)


def requeue_many(session: Session, approved: Sequence[Again], now: datetime) -> list[int]:
    """Queue again the cancelled Deliveries of Variants that were approved anew, with the keys they had; their numbers.

    Only :mod:`humasbot.pipeline.releasing` calls this.
    """
    if not approved:
        return []
    session.connection().execute(
        _requeue(),
        [{"b_variant": one.variant_id, "b_approval": one.approval_id, "b_due": one.due, "b_until": one.not_after,
          "b_now": now} for one in approved],
    )  # fmt: skip
    row = columns(Delivery)
    query = sa.select(row.id, row.account_id).where(
        among(row.variant_id, "b_variants"), row.state == "queued", row.changed_at == now
    )
    rows = session.execute(query, {"b_variants": [one.variant_id for one in approved]}).all()
    return [found.id for found in rows]


@cache
def _cancel() -> sa.Update:
    row = columns(Delivery)
    return (
        sa.update(row.id.table)
        .where(among(row.variant_id, "b_variants"), row.state == sa.literal_column("'queued'"))
        .values(
            state="cancelled",
            reason=sa.bindparam("b_reason"),
            changed_at=sa.bindparam("b_now", type_=UtcDateTime),
        )
        .returning(row.id, row.account_id)
    )


@cache
def _requeue() -> sa.Update:
    row, due = columns(Delivery), sa.bindparam("b_due", type_=UtcDateTime)
    return (
        sa.update(row.id.table)
        .where(row.variant_id == sa.bindparam("b_variant"), row.state == "cancelled")
        .values(
            approval_id=sa.bindparam("b_approval"), state="queued", due_at=due, next_at=due, attempts=0, looks=0,
            not_after=sa.bindparam("b_until", type_=UtcDateTime), needs_person=False, reason="",
            checkpoint=sa.literal({}, Json), changed_at=sa.bindparam("b_now", type_=UtcDateTime),
        )
    )  # fmt: skip
