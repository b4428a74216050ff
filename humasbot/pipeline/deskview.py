"""What lies on a person's desk, read from the database: plain dictionaries; times are aware, UTC."""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, func, or_, select

from humasbot.errors import ConfigError
from humasbot.models import (
    Account,
    Approval,
    Campaign,
    Consent,
    Delivery,
    Held,
    Post,
    Receipt,
    Variant,
    Withdrawal,
    utc_now,
)
from humasbot.pipeline import approve as approving
from humasbot.pipeline import changes, eyes, holding
from humasbot.pipeline.approve import hash_of
from humasbot.pipeline.carrying import correcting
from humasbot.pipeline.quotas import COST
from humasbot.platforms.registry import platform
from humasbot.states import unsent
from humasbot.views import said_again, standing

Row = dict[str, Any]
GONE = ("queued", "sending", "sent", "uncertain")
"""States of a Delivery about whose approval nothing is left to decide."""
UNDONE = ("queued", "sending", "uncertain")
SHOWN = ("id", "title", "text", "link", "due_at", "not_after", "problems", "notes")


def waiting(session: Session, agency: int) -> list[Row]:
    """Every Post that waits for approval, the one due first first, with what tells it from others."""
    rows = approving.waiting(session, agency_id=agency)
    taken = _states(session, [variant.id or 0 for variant, _, _ in rows])
    rows = [row for row in rows if taken.get(row[0].id or 0) not in GONE]
    given = _consents(session, [(variant, account) for variant, account, _ in rows])
    posts: dict[int, Row] = {}
    for variant, account, post in rows:
        row = posts.setdefault(
            post.id or 0,
            {"id": post.id, "title": post.title, "accounts": [], "due_at": variant.due_at, "problems": 0, "notes": 0,
             "picture": None, "consents": [], "corrects": post.fields.get("corrects"), "late": False,
             "text": variant.text},
        )  # fmt: skip
        row["accounts"].append({"name": account.name, "platform": title_of(account)})
        row["problems"] += len(variant.problems)
        row["notes"] = max(row["notes"], len(variant.notes))
        row["picture"] = row["picture"] or next(iter(_pictures(variant)), None)
        row["late"] = row["late"] or _late(variant)
        names = [one.actor for one in given.get(variant.id or 0, [])]
        row["consents"] = list(dict.fromkeys([*row["consents"], *names]))
    return list(posts.values())


def whole(session: Session, post: Post) -> Row:
    """One Post: every Variant as it stands, and the hash of each that is to be decided.

    ``held`` says why it is held back, where it is.
    """
    query: Any = (
        select(Variant, Account, Delivery, Receipt)
        .join(Account, col(Account.id) == col(Variant.account_id))
        .join(Delivery, col(Delivery.variant_id) == col(Variant.id), isouter=True)
        .join(Receipt, col(Receipt.delivery_id) == col(Delivery.id), isouter=True)
        .where(Variant.post_id == post.id)
        .order_by(col(Account.name))
    )
    rows = session.exec(query).all()
    held = holding.open_hold(session, post.id or 0)
    undecided = {variant.id for variant, _, _ in approving.waiting(session, post.id)}
    given = _consents(session, [(variant, account) for variant, account, _, _ in rows])
    said = _approvals(session, [variant.id or 0 for variant, _, _, _ in rows])
    again = said_again(session, (delivery for _, _, delivery, _ in rows))
    variants = []
    for variant, account, delivery, receipt in rows:
        loose = delivery is None or delivery.state not in GONE
        stopped = held is not None and account.active and not variant.refused
        asks = ("held" if held is not None else "waiting") if variant.id in undecided or stopped else ""
        row = _variant(session, variant, account, delivery, receipt, asks if loose else "", again)
        row["approvals"] = said.get(variant.id or 0, [])
        row["consents"] = [one.actor for one in given.get(variant.id or 0, [])]
        variants.append(row)
    return {
        "id": post.id, "title": post.title, "due_at": post.due_at, "skipped": post.skipped,
        "subject": post.subject or "", "corrects": post.fields.get("corrects"),
        "campaign": session.get_one(Campaign, post.campaign_id).name,
        "held": {"code": held.code, "reason": held.reason} if held else None, "variants": variants,
    }  # fmt: skip


def _variant(
    session: Session, variant: Variant, account: Account, delivery: Delivery | None, receipt: Receipt | None,
    asks: str, again: Collection[int],
) -> Row:  # fmt: skip
    unsent = "refused" if variant.refused else "dry-run"
    return {
        **variant.model_dump(include=set(SHOWN)),
        "account": account.name,
        "platform": title_of(account),
        "dry_run": account.dry_run,
        "pictures": _pictures(variant),
        "cost": str(variant.options.get(COST, "")),
        "late": _late(variant),
        "hash": hash_of(variant, account) if asks else "",
        "state": asks or (standing(delivery, again) if delivery else unsent),
        "reason": delivery.reason if delivery and not asks else variant.refused,
        "delivery": delivery.id if delivery else None,
        "url": receipt.url if receipt else "",
        "changed": _changed(session, variant),
    }


def uncertain(session: Session, agency: int) -> list[Row]:
    """Every uncertain Delivery, those that wait for a person first."""
    query = _doubts(agency).order_by(col(Delivery.needs_person).desc(), col(Delivery.id))
    return [
        {"id": delivery.id, "post": variant.post_id, "title": variant.title, "text": variant.text,
         "account": account.name, "platform": title_of(account), "since": delivery.unsure_at,
         "needs_person": delivery.needs_person, "reason": delivery.reason}
        for delivery, variant, account in session.exec(query).all()
    ]  # fmt: skip


def to_delete(session: Session, agency: int) -> list[Row]:
    """What was withdrawn and a person has to delete where it stands."""
    query = _standing(agency).order_by(col(Withdrawal.id))
    return [
        {"id": row.id, "post": variant.post_id, "title": variant.title, "account": account.name,
         "platform": title_of(account), "url": receipt.url, "note": row.note, "reason": row.reason}
        for row, receipt, variant, account in session.exec(query).all()
    ]  # fmt: skip


def pending(session: Session, agency: int) -> tuple[int, int]:
    """How many Posts :func:`waiting` gives, and how many decisions of other kinds wait for a person."""
    taken = (
        select(Delivery.id).where(Delivery.variant_id == Variant.id, col(Delivery.state).in_(GONE)).exists()
    )
    posts = _count(session, approving.unanswered(agency).where(~taken), col(Post.id).distinct())
    doubts = _count(session, _doubts(agency).where(Delivery.needs_person), col(Delivery.id))
    held = _count(session, holding.held_of(agency), col(Held.id))
    return posts, doubts + held + _count(session, _standing(agency), col(Withdrawal.id))


def _count(session: Session, query: Any, what: Any) -> int:
    counted = query.with_only_columns(func.count(what), maintain_column_froms=True)
    return int(session.execute(counted).scalar_one())


def _doubts(agency: int) -> Any:
    return (
        select(Delivery, Variant, Account)
        .join(Variant, col(Variant.id) == col(Delivery.variant_id))
        .join(Account, col(Account.id) == col(Delivery.account_id))
        .where(Delivery.state == "uncertain", Account.agency_id == agency)
    )


def _standing(agency: int) -> Any:
    """Withdrawn, and only a person can delete it."""
    columns: tuple[Any, ...] = (Withdrawal, Receipt, Variant, Account)
    return (
        select(*columns)
        .join(Receipt, col(Receipt.id) == col(Withdrawal.receipt_id))
        .join(Delivery, col(Delivery.id) == col(Receipt.delivery_id))
        .join(Variant, col(Variant.id) == col(Delivery.variant_id))
        .join(Account, col(Account.id) == col(Delivery.account_id))
        .where(Withdrawal.state == "person", Account.agency_id == agency)
    )


def day(session: Session, agency: int, start: datetime, end: datetime, *, backlog: bool) -> list[Row]:
    """Every Post of which something was due from *start* until before *end*, in the order of its time.

    With *backlog* what was due earlier and is not done yet is among them.
    """
    undone = col(Delivery.state).in_(UNDONE) & (col(Delivery.due_at) < end)
    due = or_(
        (col(Delivery.id).is_(None)) & (col(Variant.due_at) >= start) & (col(Variant.due_at) < end),
        (col(Delivery.due_at) >= start) & (col(Delivery.due_at) < end),
        *([undone] if backlog else []),
    )
    columns: tuple[Any, ...] = (Post, Variant, Account, Delivery, Receipt)
    query: Any = (
        select(*columns)
        .join(Variant, col(Variant.post_id) == col(Post.id))
        .join(Account, col(Account.id) == col(Variant.account_id))
        .join(Delivery, col(Delivery.variant_id) == col(Variant.id), isouter=True)
        .join(Receipt, col(Receipt.delivery_id) == col(Delivery.id), isouter=True)
        .where(Post.agency_id == agency, due)
        .order_by(col(Variant.due_at), col(Post.id), col(Account.name))
    )
    silent = select(Post).where(
        Post.agency_id == agency, Post.skipped != "", col(Post.due_at) >= start, col(Post.due_at) < end
    )  # fmt: skip
    posts = {post.id: _heading(post) for post in session.exec(silent).all()}
    rows = session.exec(query).all()
    again = said_again(session, (delivery for _, _, _, delivery, _ in rows))
    for post, variant, account, delivery, receipt in rows:
        state = standing(delivery, again) if delivery else unsent(variant.refused, dry_run=account.dry_run)
        stands = posts.setdefault(post.id, _heading(post))
        if state in ("waiting", "cancelled", "dry-run", "refused") and post.skipped:
            continue  # its reason is the Post's
        stands["variants"].append(
            {"account": account.name, "platform": title_of(account), "state": state,
             "due_at": delivery.due_at if delivery else variant.due_at, "url": receipt.url if receipt else "",
             "reason": delivery.reason if delivery else variant.refused,
             "at": receipt.published_at if receipt else None}
        )  # fmt: skip
    return sorted(posts.values(), key=lambda row: (row["due_at"], row["id"]))


def title_of(account: Account) -> str:
    """The platform's name for people."""
    try:
        return platform(account.platform).title
    except ConfigError:
        return account.platform


def cost_of(variants: Sequence[Row]) -> Decimal:
    """What Variants cost together, in US dollars."""
    return sum((Decimal(row["cost"]) for row in variants if row["cost"]), Decimal(0))


def _heading(post: Post) -> Row:
    keep = ("id", "title", "due_at", "skipped")
    return {**{key: getattr(post, key) for key in keep}, "variants": []}


def _pictures(variant: Variant) -> list[Row]:
    keep = ("alt", "width", "height", "digest")
    return [
        {"variant": variant.id, "place": place, **{key: each[key] for key in keep}}
        for place, each in enumerate(variant.media)
    ]


def _late(variant: Variant) -> bool:
    return variant.not_after is not None and variant.not_after < utc_now()


def _states(session: Session, variants: Sequence[int]) -> dict[int, str]:
    query = select(Delivery.variant_id, Delivery.state).where(col(Delivery.variant_id).in_(variants))
    return dict(session.exec(query).all())


def _consents(session: Session, rows: Sequence[tuple[Variant, Account]]) -> dict[int, list[Consent]]:
    """The first of two yeses, by Variant: those to what it says now."""
    by_number = {variant.id or 0: (variant, account) for variant, account in rows}
    found: dict[int, list[Consent]] = {}
    for one in eyes.given(session, list(by_number)):
        if one.hash == hash_of(*by_number[one.variant_id]):
            found.setdefault(one.variant_id, []).append(one)
    return found


def _approvals(session: Session, variants: Sequence[int]) -> dict[int, list[Row]]:
    query = select(Approval).where(col(Approval.variant_id).in_(variants), col(Approval.voided_at).is_(None))
    found: dict[int, list[Row]] = {}
    for one in session.exec(query.order_by(col(Approval.id))).all():
        row = {"actor": one.actor, "policy": one.policy, "at": one.approved_at}
        found.setdefault(one.variant_id, []).append(row)
    return found


def _changed(session: Session, variant: Variant) -> str:
    """Of a correction: what it changes of the words that stand there, line by line."""
    about = correcting(variant.options)
    delivery = session.get(Delivery, about.delivery) if about is not None else None
    if delivery is None:
        return ""
    before = session.get_one(Variant, delivery.variant_id)
    return changes.difference({"text": before.text}, {"text": variant.text})
