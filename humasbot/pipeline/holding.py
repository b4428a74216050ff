"""Holding back: what the gates stop is listed, not lost; what a person decides lets it go, or drops it.

A held Post keeps its Variants; its Approvals are taken back and its queued Deliveries cancelled, so nothing of it can
leave, and ``skipped`` says why. Letting it go is a new Approval with the key it had. The outbox knows nothing of this.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from humasbot import audit
from humasbot.errors import NotFoundError, StateError
from humasbot.logs import Quiet
from humasbot.models import Account, Delivery, Held, Post, Variant, utc_now
from humasbot.pipeline.approve import approve, as_shown, halt, waiting
from humasbot.pipeline.occasions.base import Hold
from humasbot.words import t

log = Quiet("humasbot.hold")
GONE = ("sending", "sent", "uncertain")
"""States of a Delivery that is out, or may be."""


def hold(session: Session, post: Post, why: Hold, *, standing: bool, now: datetime) -> bool:
    """Hold a Post back; *standing* says that a policy approves it once it is let go. Whether it is held now.

    A person who let it go for the same reason before is not asked again. What is on its way already cannot be held;
    it gets no further try.
    """
    if _let_go_before(session, post, why.code):
        return False
    states = _states(session, post)
    approved = "queued" in states.values()
    for variant in session.exec(select(Variant).where(Variant.post_id == post.id)).all():
        if states.get(variant.id or 0) != "sent":
            halt(session, variant, why.reason)
    session.add(
        Held(
            agency_id=post.agency_id, post_id=post.id or 0, code=why.code, key=why.key, reason=why.reason,
            standing=standing or approved, held_at=now,
        )
    )  # fmt: skip
    post.skipped = why.reason
    audit.record(session, "held", f"post:{post.id}", code=why.code, reason=why.reason)
    log.warning("held", post=post.id, code=why.code, reason=why.reason)
    return True


def rename(session: Session, post: Post, why: Hold) -> None:
    """A held Post waits for something else now."""
    held = open_hold(session, post.id or 0)
    if held is not None and (held.code, held.reason) != (why.code, why.reason):
        held.code, held.key, held.reason = why.code, why.key, why.reason
        post.skipped = why.reason


def retire(session: Session, post: Post, why: str, now: datetime) -> bool:
    """Take back a Post that is no longer right, so that its occasion is composed anew; whether that was possible.

    It stays in the lists with its reason, under a name of its own. What of it is out, or may be, keeps it in place.
    """
    if set(_states(session, post).values()) & set(GONE):
        return False
    for variant in session.exec(select(Variant).where(Variant.post_id == post.id)).all():
        halt(session, variant, why)
    held = open_hold(session, post.id or 0)
    if held is not None:
        held.settled_at, held.settled_by, held.decision = now, "humasbot", "moved"
    post.occasion, post.skipped = f"{post.occasion}~{post.id}", why
    audit.record(session, "retired", f"post:{post.id}", reason=why)
    log.warning("retired", post=post.id, reason=why)
    return True


def lift(session: Session, post: Post, *, policy: str, now: datetime) -> None:
    """What it waited for has come: a standing approval holds again, everything else waits for a person."""
    held = open_hold(session, post.id or 0)
    if held is None:
        return
    held.settled_at, held.settled_by, held.decision = now, "humasbot", "confirmed"
    post.skipped = ""
    audit.record(session, "lifted", f"post:{post.id}", code=held.code)
    if held.standing:
        approve_by_policy(session, post, policy, int(post.fields.get("priority", 0)))


def approve_by_policy(session: Session, post: Post, policy: str, priority: int) -> None:
    """Standing approval: every Variant of the Post without a problem; the others wait for a person."""
    for variant, account in _unsaid(session, post):
        if variant.problems:
            log.error("blocked", post=post.id, account=account.name, reason="; ".join(variant.problems))
        else:
            approve(session, variant, actor="humasbot", policy=policy, priority=priority)


def release(
    session: Session, post_id: int, *, actor: str, at: datetime | None = None, now: datetime | None = None,
    shown: Mapping[int, str] | None = None,
) -> list[Delivery]:  # fmt: skip
    """A person lets a held Post go out after all: at its own time, or, where that has passed, *at* or now.

    *shown* gives the hash of each of its Variants as the person saw it, by its number. Raises
    :class:`~humasbot.errors.StateError` when it is not held, is not as shown, or has problems.
    """
    now = now or utc_now()
    post, held = waiting_hold(session, post_id)
    post.skipped = ""
    unsaid = _unsaid(session, post)
    if shown is not None:
        as_shown(unsaid, post_id, shown, every=True)
    variants = [variant for variant, _ in unsaid]
    if faults := [problem for variant in variants for problem in variant.problems]:
        raise StateError(
            t("kiriman {id} belum dapat dilepas: {why}", "post {id} cannot be released yet: {why}", id=post_id,
              why="; ".join(dict.fromkeys(faults)))
        )  # fmt: skip
    due = at or max(post.due_at, now)
    moved = due - post.due_at
    post.due_at = due
    held.settled_at, held.settled_by, held.decision = now, actor, "released"
    made = []
    for variant in variants:
        _shift(variant, moved)
        made.append(approve(session, variant, actor=actor, priority=int(post.fields.get("priority", 0))))
    audit.record(session, "released", f"post:{post_id}", actor=actor, code=held.code, due=due)
    return [delivery for delivery in made if delivery is not None]


def drop(session: Session, post_id: int, *, actor: str, now: datetime | None = None) -> None:
    """A person decides that a held Post is not said at all. Raises :class:`~humasbot.errors.StateError`."""
    post, held = waiting_hold(session, post_id)
    held.settled_at, held.settled_by, held.decision = now or utc_now(), actor, "dropped"
    post.skipped = t("tidak jadi, menurut {a} ({why})", "dropped by {a} ({why})", a=actor, why=held.reason)
    audit.record(session, "dropped", f"post:{post_id}", actor=actor, code=held.code)


def open_hold(session: Session, post_id: int) -> Held | None:
    """What holds a Post back now."""
    query = select(Held).where(Held.post_id == post_id, col(Held.settled_at).is_(None))
    return session.exec(query.order_by(col(Held.id).desc())).first()


def frozen(session: Session, agency_id: int) -> Sequence[tuple[Held, Post]]:
    """Everything that is held back, in the order of its time."""
    found: Sequence[tuple[Held, Post]] = session.exec(
        held_of(agency_id).order_by(col(Post.due_at), col(Post.id))
    ).all()
    return found


def held_of(agency_id: int) -> Any:
    """The query of :func:`frozen`, in no order."""
    return (
        select(Held, Post)
        .join(Post, col(Post.id) == col(Held.post_id))
        .where(Held.agency_id == agency_id, col(Held.settled_at).is_(None))
    )


def _states(session: Session, post: Post) -> dict[int, str]:
    """The state of each Variant's Delivery, where it has one."""
    query = select(Delivery.variant_id, Delivery.state).join(Variant).where(Variant.post_id == post.id)
    return dict(session.exec(query).all())


def _unsaid(session: Session, post: Post) -> list[tuple[Variant, Account]]:
    """The Variants that nobody has approved and nothing of which is out, or may be."""
    session.flush()
    states = _states(session, post)
    rows = waiting(session, post.id)
    return [(variant, account) for variant, account, _ in rows if states.get(variant.id or 0) not in GONE]


def _let_go_before(session: Session, post: Post, code: str) -> bool:
    query = select(Held.id).where(Held.post_id == post.id, Held.code == code, Held.decision == "released")
    return session.exec(query).first() is not None


def waiting_hold(session: Session, post_id: int) -> tuple[Post, Held]:
    """A held Post, locked, and what holds it. Raises :class:`~humasbot.errors.StateError` when nothing does."""
    post = session.get(Post, post_id, with_for_update=True)
    if post is None:
        raise NotFoundError(t("tidak ada kiriman nomor {id}", "there is no post number {id}", id=post_id))
    held = open_hold(session, post_id)
    if held is None:
        raise StateError(
            t("kiriman {id} tidak sedang ditahan; lihat: humasbot frozen",
              "post {id} is not held back; see: humasbot frozen", id=post_id)
        )  # fmt: skip
    return post, held


def _shift(variant: Variant, by: timedelta) -> None:
    if by:
        variant.due_at += by
        variant.not_after = variant.not_after + by if variant.not_after else None
