"""Anew: what was taken back, or refused, may be said again, by a person's decision only.

An account says a page once: its Variant holds the page's address, and no other may. Where it is surely not public any
more, whoever announces the page ``again`` takes the address from that Variant; its history stays.
"""

from collections.abc import Collection

from sqlmodel import Session, col, or_, select, update

from humasbot import audit
from humasbot.models import (
    Account,
    Agency,
    Campaign,
    Delivery,
    Held,
    Post,
    Receipt,
    RecipientResult,
    Variant,
    Withdrawal,
)
from humasbot.pipeline.setup import ANNOUNCE


def taken_back(session: Session, agency: Agency, subject: str) -> dict[int, Variant]:
    """The Variants about *subject* of which surely nothing is public and nothing will be, by their account's number.

    Deleted again after it was out, or stopped before it was, and not merely held back; or refused by the platform.
    A list of people of whom one has it, or may have it, is never free: a new Delivery would write to that one again.
    """
    held = select(Held.post_id).where(col(Held.settled_at).is_(None))
    somebody = (
        select(RecipientResult.id)
        .where(
            RecipientResult.delivery_key == Delivery.key,
            col(RecipientResult.state).in_(("sending", "sent")),
        )
        .exists()
    )
    query = (
        select(Variant)
        .join(Post, col(Post.id) == col(Variant.post_id))
        .join(Account, col(Account.id) == col(Variant.account_id))
        .join(Delivery, col(Delivery.variant_id) == col(Variant.id), isouter=True)
        .join(Receipt, col(Receipt.delivery_id) == col(Delivery.id), isouter=True)
        .join(Withdrawal, col(Withdrawal.receipt_id) == col(Receipt.id), isouter=True)
        .where(
            Account.agency_id == agency.id,
            Variant.subject == subject,
            ~somebody,
            or_(
                Withdrawal.state == "gone",
                (col(Post.skipped) != "")
                & col(Post.id).not_in(held)
                & (col(Delivery.id).is_(None) | col(Delivery.state).in_(("cancelled", "failed"))),
                col(Delivery.state) == "failed",
            ),
        )
    )
    return {variant.account_id: variant for variant in session.exec(query).all()}


def open_up(session: Session, agency: Agency, subject: str, accounts: Collection[int], *, actor: str) -> None:
    """Let these accounts say *subject* once more, where it was taken back."""
    freed = [each for number, each in taken_back(session, agency, subject).items() if number in accounts]
    for variant in freed:
        variant.subject = None
        audit.record(session, "said_anew", f"variant:{variant.id}", actor=actor, account=variant.account_id,
                     post=variant.post_id, about=subject)  # fmt: skip
        session.execute(
            update(Delivery)
            .where(col(Delivery.variant_id) == variant.id, col(Delivery.state) == "failed")
            .values(needs_person=False)
        )
    if not freed:
        return
    query = (
        select(Post)
        .join(Campaign, col(Campaign.id) == col(Post.campaign_id))
        .where(Campaign.agency_id == agency.id, Campaign.name == ANNOUNCE, Post.occasion == subject)
    )
    for post in session.exec(query.with_for_update(of=Post)).all():
        post.occasion = f"{subject}~{post.id}"
    session.flush()
