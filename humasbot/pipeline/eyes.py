"""How many people must say yes: where an agency wants two, the first yes is remembered and the second one counts.

Each yes is to the hash of a Variant, so that a change makes it worthless by itself. Standing approvals need nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from humasbot import audit
from humasbot.errors import StateError
from humasbot.models import Account, Agency, Approval, Consent, Variant
from humasbot.words import t


@dataclass(frozen=True, slots=True)
class Yes:
    """Who said yes to what a Variant says now, and whether that is ``enough``."""

    names: tuple[str, ...]
    enough: bool = True
    rows: Sequence[Consent] = field(default=(), repr=False)


def say(session: Session, variant: Variant, account: Account, digest: str, actor: str) -> Yes:
    """*actor* says yes to *digest*. Raises :class:`~humasbot.errors.StateError` where the same person said so."""
    needed = session.get_one(Agency, account.agency_id).eyes
    if needed < 2:
        return Yes((actor,))
    before = [row for row in given(session, [variant.id or 0]) if row.hash == digest]
    if any(_same(row.actor, actor) for row in before):
        raise StateError(
            t("{a} sudah menyetujui kiriman {p}; persetujuan kedua harus dari orang lain",
              "{a} has approved post {p} already; the second yes must be another person's", a=actor, p=variant.post_id)
        )  # fmt: skip
    row = Consent(variant_id=variant.id or 0, hash=digest, actor=actor)
    session.add(row)
    rows = [*before, row]
    names = tuple(each.actor for each in rows)
    if len(rows) < needed:
        audit.record(session, "consented", f"variant:{variant.id}", actor=actor, account=account.id,
                     post=variant.post_id, hash=digest, needed=needed)  # fmt: skip
        return Yes(names, enough=False)
    return Yes(names, rows=rows)


def count(said: Yes, approval: Approval) -> None:
    """These consents made that Approval, and make no other."""
    for row in said.rows:
        row.approval_id = approval.id


def given(session: Session, variants: Sequence[int]) -> list[Consent]:
    """The consents about these Variants that have not counted yet, in their order; some may be to older words."""
    query = select(Consent).where(col(Consent.variant_id).in_(variants), col(Consent.approval_id).is_(None))
    return list(session.exec(query.order_by(col(Consent.id))).all())


def _same(one: str, other: str) -> bool:
    """Whether two names are one person's: the command says ``cli:`` before the name of the account on the machine."""
    return one.removeprefix("cli:").casefold() == other.removeprefix("cli:").casefold()
