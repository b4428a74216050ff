"""What the outbox tells of each thing that happens to a Delivery: to the audit trail, and to the log."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from sqlmodel import Session

from humasbot import audit
from humasbot.claiming import Result
from humasbot.content import Receipt
from humasbot.logs import Quiet
from humasbot.states import Decision

log = Quiet("humasbot.outbox")


class Tried(Protocol):
    """What is told of an Attempt: the row itself, or its values."""

    @property
    def delivery_id(self) -> int:
        """Whose attempt it is."""
        ...

    @property
    def number(self) -> int:
        """Which attempt it is, from 1."""
        ...

    @property
    def started_at(self) -> datetime:
        """When it began (UTC)."""
        ...

    @property
    def finished_at(self) -> datetime | None:
        """When it ended (UTC); ``None`` while it is open."""
        ...

    @property
    def outcome(self) -> str:
        """The state it led to."""
        ...

    @property
    def status(self) -> int | None:
        """The platform's status, if it gave one."""
        ...

    @property
    def message(self) -> str:
        """What is told of it."""
        ...


def attempted(session: Session, attempt: Tried, result: Result) -> None:
    """One try and what came of it; *attempt* has been filled in."""
    receipt = result.receipt
    audit.record(
        session, "attempt", f"delivery:{attempt.delivery_id}", account=result.claim.account_id,
        number=attempt.number, started=attempt.started_at, finished=attempt.finished_at, outcome=attempt.outcome,
        reason=attempt.message, status=attempt.status, approval=result.claim.approval_id, hash=result.approved,
        remote_id=receipt.remote_id if receipt else "", url=receipt.url if receipt else "",
    )  # fmt: skip


def decided(
    session: Session, act: str, delivery: Any, decision: Decision, receipt: Receipt | None = None, **more: Any
) -> None:
    """A look, a person's decision, a claim given up: what state it led to, and why. *delivery* is the row itself."""
    url = receipt.url if receipt else ""
    happened(session, act, delivery, decision.reason, outcome=decision.state, url=url, **more)


def happened(session: Session, act: str, delivery: Any, reason: str = "", **more: Any) -> None:
    """Anything else; *delivery* is the Delivery, or a row with its ``id`` and ``account_id``."""
    audit.record(session, act, f"delivery:{delivery.id}", account=delivery.account_id, reason=reason, **more)


def of(known: Mapping[int, tuple[str, str, str]], delivery_id: int | None, account_id: int) -> dict[str, Any]:
    """What every event about a Delivery says: its number, its account's number and name, and the platform.

    *known* is :attr:`~humasbot.database.Database.owners`, which has every account that the trail has written about.
    """
    values: dict[str, Any] = {"delivery": delivery_id, "account": account_id}
    if owner := known.get(account_id):
        values["name"], _, values["platform"] = owner
    return values


def tell(
    known: Mapping[int, tuple[str, str, str]],
    delivery_id: int | None,
    account_id: int,
    decision: Decision,
    receipt: Receipt | None,
) -> None:
    """Log what a Delivery has become, once it is committed."""
    level = {"sent": "info", "queued": "warning"}.get(decision.state, "error")
    values = of(known, delivery_id, account_id)
    if receipt is not None:
        values["url"] = receipt.url
    if decision.reason:
        values["reason"] = decision.reason
    getattr(log, level)(decision.state, **values)
