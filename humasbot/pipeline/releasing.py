"""Releasing: what was held for a whole fleet is let go for every agency at once, with the keys that it had."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from humasbot import audit, stilling
from humasbot.logs import Quiet
from humasbot.models import Account, Approval, Campaign, Delivery, Held, Post, Variant, utc_now
from humasbot.pipeline.almanac import Almanac
from humasbot.pipeline.approve import hash_of
from humasbot.pipeline.fleetwide import CHUNK, PARTIAL, agencies_posts, campaigns_of, is_fleets
from humasbot.pipeline.holding import waiting_hold
from humasbot.pipeline.office import Office
from humasbot.words import t

log = Quiet("humasbot.hold")


def release_all(
    office: Office,
    post_id: int,
    *,
    actor: str,
    at: datetime | None = None,
    now: datetime | None = None,
) -> list[int]:
    """Let every agency's Post of a held occasion go out: at its own time, or, where that has passed, *at* or now.

    Returns the numbers of the Deliveries. Broken off half way, it is asked for again, and goes on with what is left.
    """
    now = now or utc_now()
    with office.database.write() as session:
        post, held = waiting_hold(session, post_id)
        # From now on it is not held again for this reason; it is settled once all of it is let go.
        held.decision = "confirmed" if actor == "humasbot" else "released"
        campaign = session.get_one(Campaign, post.campaign_id)
        policy = f"campaign:{campaign.name}"  # which had approved it, and does so again
        audit.record(session, "released", f"post:{post_id}", actor=actor, policy=policy, code=held.code)
    moved = at - post.due_at if at is not None else timedelta(0)
    made: list[int] = []
    last = 0
    while True:
        with office.database.write() as session:
            numbers = _group(session, post, held.reason, last)
            if not numbers:
                break
            last = numbers[-1]
            made += _let_go(session, post, held, numbers, moved, actor=actor, policy=policy, now=now)
    with office.database.write() as session:
        post, held = waiting_hold(session, post_id)
        held.settled_at, held.settled_by = now, actor
        post.skipped = t("disusun untuk semua instansi: {n} kiriman", "planned for all agencies: {n} deliveries",
                         n=len(made))  # fmt: skip
        if post.fields.get("fleet") == PARTIAL:  # those that it was not planned for have it coming
            post.occasion = f"{post.occasion}~{post.id}"
    log.warning("released", post=post_id, deliveries=len(made))
    return made


def lift_all(office: Office, book: Almanac, now: datetime) -> None:
    """A daily greeting still to come, whose mourning was ended early, goes out after all."""
    campaigns = campaigns_of(office)
    if not campaigns:
        return
    with office.database.read() as session:
        query = (
            select(Post)
            .join(Held, col(Held.post_id) == col(Post.id))
            .where(col(Post.campaign_id).in_(campaigns), col(Held.settled_at).is_(None), Post.due_at > now)
        )
        held = [post for post in session.exec(query).all() if is_fleets(post)]
    for post in held:
        campaign = campaigns[post.campaign_id]
        day = post.due_at.astimezone(office.zone).date()
        if campaign.occasion == "daily" and book.frozen(str(post.fields.get("tone", "festive")), day) is None:
            release_all(office, post.id or 0, actor="humasbot", now=now)


def _group(session: Session, post: Post, reason: str, last: int) -> list[int]:
    """The next agencies' Posts of the occasion that wait for the same reason."""
    query = select(Post.id).where(*agencies_posts(post), Post.skipped == reason, col(Post.id) > last)
    return [number or 0 for number in session.exec(query.order_by(col(Post.id)).limit(CHUNK // 4)).all()]


def _let_go(
    session: Session,
    head: Post,
    held: Held,
    numbers: list[int],
    moved: timedelta,
    *,
    actor: str,
    policy: str,
    now: datetime,
) -> list[int]:
    """Approve anew what was cancelled of these Posts."""
    posts = {post.id: post for post in session.exec(select(Post).where(col(Post.id).in_(numbers))).all()}
    query = (
        select(Variant, Account)
        .join(Account, col(Account.id) == col(Variant.account_id))
        .join(Delivery, col(Delivery.variant_id) == col(Variant.id))
        .where(
            col(Variant.post_id).in_(numbers), Delivery.state == "cancelled", Delivery.reason == held.reason
        )
    )
    pairs = []
    for variant, account in session.exec(query).all():
        due = max(variant.due_at + moved, now)
        variant.not_after = variant.not_after + (due - variant.due_at) if variant.not_after else None
        variant.due_at = due
        approval = Approval(variant_id=variant.id or 0, hash=hash_of(variant, account), actor=actor, policy=policy,
                            approved_at=now)  # fmt: skip
        pairs.append((variant, approval))
        posts[variant.post_id].due_at = due
    for post in posts.values():
        post.skipped = ""
    session.add_all([approval for _, approval in pairs])
    session.flush()
    again = [stilling.Again(variant.id or 0, approval.id or 0, variant.due_at, variant.not_after)
             for variant, approval in pairs]  # fmt: skip
    made = stilling.requeue_many(session, again, now)
    audit.record(session, "approved", f"post:{head.id}", actor=actor, policy=policy, occasion=head.occasion,
                 deliveries=len(made), first=min(made, default=0), last=max(made, default=0))  # fmt: skip
    return made
