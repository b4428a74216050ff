"""What is shown of the database: plain dictionaries, ready for a table or for JSON; times are aware, UTC."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import literal_column
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from humasbot.database import Database
from humasbot.errors import NotFoundError
from humasbot.history import remembered, timeline
from humasbot.models import (
    Account,
    Agency,
    Approval,
    Article,
    Attempt,
    Campaign,
    Delivery,
    Measurement,
    Post,
    Receipt,
    Source,
    Unplanned,
    Variant,
    columns,
)
from humasbot.states import unsent
from humasbot.words import t

Row = dict[str, Any]
AGAIN = "again"
"""How a failed Delivery is shown whose page its account was told to say once more, and says: it asks for nobody."""


class Views:
    """Reading only: every list that the command and other doors show."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def posts(self, limit: int = 50, *, waiting: bool = False) -> list[Row]:
        """The newest Posts, each with the states of its Variants; with ``waiting`` only those to be approved."""
        with self.database.read() as session:
            query = select(Post, Campaign.name).join(Campaign, col(Campaign.id) == col(Post.campaign_id))
            if waiting:
                query = query.where(col(Post.id).in_(_waiting_posts()))
            rows = session.exec(query.order_by(col(Post.id).desc()).limit(limit)).all()
            states = _states(session, [post.id or 0 for post, _ in rows])
        return [
            {
                "id": post.id,
                "campaign": campaign,
                "title": post.title,
                "due_at": post.due_at,
                "states": states.get(post.id or 0, {}),
                "skipped": post.skipped,
            }
            for post, campaign in rows
        ]

    def post(self, post_id: int) -> Row:
        """One Post with its Variants, approvals, deliveries and receipts."""
        with self.database.read() as session:
            post = _one(session, Post, post_id, t("kiriman", "post"))
            query = (
                select(Variant, Account, Delivery, Receipt)
                .join(Account, col(Account.id) == col(Variant.account_id))
                .join(Delivery, col(Delivery.variant_id) == col(Variant.id), isouter=True)
                .join(Receipt, col(Receipt.delivery_id) == col(Delivery.id), isouter=True)
                .where(Variant.post_id == post_id)
                .order_by(col(Account.name))
            )
            rows = session.exec(query).all()
            again = said_again(session, (delivery for _, _, delivery, _ in rows))
        variants = [_variant(*row, again) for row in rows]
        return {**post.model_dump(), "variants": variants}

    def deliveries(self, limit: int = 50, *, state: str = "", account: str = "") -> list[Row]:
        """The newest Deliveries; of one state or account, if named; :data:`AGAIN` are not among the failed."""
        query = (
            select(Delivery, Account, Variant, Receipt)
            .join(Account, col(Account.id) == col(Delivery.account_id))
            .join(Variant, col(Variant.id) == col(Delivery.variant_id))
            .join(Receipt, col(Receipt.delivery_id) == col(Delivery.id), isouter=True)
        )
        if state:
            query = query.where(Delivery.state == ("failed" if state == AGAIN else state))
        if state in ("failed", AGAIN):
            among = col(Delivery.id).in_(_said_again(Delivery.id))
            query = query.where(among if state == AGAIN else ~among)
        if account:
            query = query.where(Account.name == account)
        with self.database.read() as session:
            rows = session.exec(query.order_by(col(Delivery.id).desc()).limit(limit)).all()
            again = said_again(session, (row[0] for row in rows))
        return [_delivery(*row, again) for row in rows]

    def delivery(self, delivery_id: int) -> Row:
        """One Delivery's whole history: what was approved by whom, every attempt, the receipt, the figures.

        One that is no longer in the database (``gone``) is told as the audit trail remembers it.
        """
        with self.database.read() as session:
            if (old := _remembered(session, delivery_id)) is not None:
                return old
            delivery = _one(session, Delivery, delivery_id, t("pengiriman", "delivery"))
            events = timeline(session, delivery_id, delivery)
            account = session.get_one(Account, delivery.account_id)
            variant = session.get_one(Variant, delivery.variant_id)
            receipt = session.exec(select(Receipt).where(Receipt.delivery_id == delivery_id)).one_or_none()
            approvals = session.exec(select(Approval).where(Approval.variant_id == variant.id)).all()
            attempts = session.exec(
                select(Attempt).where(Attempt.delivery_id == delivery_id).order_by(col(Attempt.id))
            ).all()
            measured = session.exec(
                select(Measurement)
                .where(Measurement.receipt_id == (receipt.id if receipt else None))
                .order_by(col(Measurement.id))
            ).all()
            again = said_again(session, [delivery])
        return {
            **_delivery(delivery, account, variant, receipt, again),
            "key": delivery.key,
            "checkpoint": delivery.checkpoint,
            "text": variant.text,
            "media": variant.media,
            "approvals": [row.model_dump() for row in approvals],
            "tries": [row.model_dump(exclude={"worker"}) for row in attempts],
            "receipt": receipt.model_dump() if receipt else None,
            "measurements": [row.model_dump() for row in measured],
            "timeline": events,
        }

    def accounts(self) -> list[Row]:
        """Every active account, the key of its ``agency``, and whether it may send."""
        with self.database.read() as session:
            rows = session.exec(
                select(Account, Agency.name)
                .join(Agency, col(Agency.id) == col(Account.agency_id))
                .where(Account.active)
                .order_by(Account.name, Agency.name)
            ).all()
            counts = dict(
                session.exec(
                    select(Delivery.account_id, func.count())
                    .where(Delivery.state == "queued")
                    .group_by(col(Delivery.account_id))
                ).all()
            )
        keep = {"id", "name", "platform", "dry_run", "paused_at", "paused_why", "held_until"}
        return [
            {**row.model_dump(include=keep), "agency": agency, "queued": counts.get(row.id or 0, 0)}
            for row, agency in rows
        ]

    def sources(self) -> list[Row]:
        """Every active source: when it was read, what it gave, what went wrong."""
        with self.database.read() as session:
            rows = session.exec(select(Source).where(Source.active).order_by(Source.name)).all()
            counted = session.exec(
                select(Article.source_id, Article.state, func.count()).group_by(
                    col(Article.source_id), col(Article.state)
                )
            ).all()
        articles: dict[int, dict[str, int]] = {}
        for source_id, state, count in counted:
            articles.setdefault(source_id, {})[state] = count
        keep = {"id", "name", "kind", "read_at", "next_at", "failures", "last_error"}
        return [{**row.model_dump(include=keep), "articles": articles.get(row.id or 0, {})} for row in rows]

    def articles(self, limit: int = 50, *, state: str = "") -> list[Row]:
        """The newest Articles; of one state (``held``: waiting for a person), if named."""
        query = select(Article)
        if state:
            query = query.where(Article.state == state)
        with self.database.read() as session:
            rows = session.exec(query.order_by(col(Article.id).desc()).limit(limit)).all()
        return [row.model_dump(exclude={"text"}) for row in rows]

    def campaigns(self) -> list[Row]:
        """Every active campaign, how many Posts it has made, and what it could not plan."""
        unplanned = self.unplanned()
        with self.database.read() as session:
            rows = session.exec(select(Campaign).where(Campaign.active).order_by(Campaign.name)).all()
            counts = dict(
                session.exec(select(Post.campaign_id, func.count()).group_by(col(Post.campaign_id))).all()
            )
        return [
            {
                **row.model_dump(include={"id", "name", "occasion", "settings"}),
                "posts": counts.get(row.id or 0, 0),
                "unplanned": [each for each in unplanned if each["campaign"] == row.name],
            }
            for row in rows
        ]

    def unplanned(self) -> list[Row]:
        """What could not become a Post, and why; ``occasion`` is empty where it is the whole campaign."""
        query = (
            select(Unplanned, Campaign.name)
            .join(Campaign, col(Campaign.id) == col(Unplanned.campaign_id))
            .where(Campaign.active)
            .order_by(col(Unplanned.since))
        )
        keep = {"occasion", "reason", "since", "last_at"}
        with self.database.read() as session:
            return [
                {"campaign": name, **row.model_dump(include=keep)} for row, name in session.exec(query).all()
            ]


def _one(session: Session, model: type[Any], number: int, what: str) -> Any:
    row = session.get(model, number) if 0 < number < 2**31 else None  # PostgreSQL keeps numbers in 32 bits
    if row is None:
        raise NotFoundError(t("tidak ada {w} nomor {id}", "there is no {w} number {id}", w=what, id=number))
    return row


def _remembered(session: Session, delivery_id: int) -> Row | None:
    there = 0 < delivery_id < 2**31 and session.get(Delivery, delivery_id) is not None
    return None if there else remembered(session, delivery_id)


def _waiting_posts() -> Any:
    variant, approval, post = columns(Variant), columns(Approval), columns(Post)
    approved = select(approval.variant_id).where(approval.voided_at.is_(None))
    return (
        select(variant.post_id)
        .join(post.id.table, post.id == variant.post_id)
        .where(variant.id.not_in(approved), variant.refused == "", post.skipped == "")
    )


def _states(session: Session, post_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """How many Variants of each Post are in which state; ``waiting``, ``refused``, ``dry-run`` have no Delivery."""
    # Written out: PostgreSQL sees two expressions with a value of their own each as two.
    no = col(Variant.refused) != literal_column("''")
    what: tuple[Any, ...] = (Variant.post_id, Delivery.state, Account.dry_run, no, func.count())
    query: Any = (
        select(*what)
        .join(Account, col(Account.id) == col(Variant.account_id))
        .join(Delivery, col(Delivery.variant_id) == col(Variant.id), isouter=True)
        .where(col(Variant.post_id).in_(post_ids))
        .group_by(col(Variant.post_id), col(Delivery.state), col(Account.dry_run), no)
    )
    found: dict[int, dict[str, int]] = {}
    for post_id, state, dry_run, refused, count in session.exec(query).all():
        states = found.setdefault(post_id, {})
        name = state or unsent(refused, dry_run=dry_run)
        states[name] = states.get(name, 0) + count
    failed = [post_id for post_id, states in found.items() if "failed" in states]
    over = _said_again(Variant.post_id, func.count()).where(col(Variant.post_id).in_(failed))
    for post_id, count in session.exec(over.group_by(col(Variant.post_id))).all() if failed else ():
        left = {"failed": found[post_id].pop("failed") - count, AGAIN: count}
        found[post_id] |= {name: number for name, number in left.items() if number}
    return found


def said_again(session: Session, deliveries: Iterable[Delivery | None]) -> set[int]:
    """The numbers of those to be shown as :data:`AGAIN`."""
    failed = [each.id for each in deliveries if each is not None and each.state == "failed"]
    query = _said_again(Delivery.id).where(col(Delivery.id).in_(failed))
    return set(session.exec(query).all()) if failed else set()


def _said_again(*what: Any) -> Any:
    """Of failed Deliveries whose page a newer one of the same account has said, or is about to."""
    newer, theirs = aliased(Variant), aliased(Delivery)
    return (
        select(*what)
        .select_from(Delivery)
        .join(Variant, col(Variant.id) == col(Delivery.variant_id))
        .join(Post, col(Post.id) == col(Variant.post_id))
        .join(newer, (col(newer.account_id) == Variant.account_id) & (col(newer.subject) == Post.subject))
        .join(theirs, col(theirs.variant_id) == newer.id)
        .where(
            Delivery.state == "failed",
            col(newer.id) > col(Variant.id),
            col(theirs.state).in_(("queued", "sending", "uncertain", "sent")),
        )
    )


def standing(delivery: Delivery, again: Collection[int]) -> str:
    """The state of a Delivery as it is shown, *again* as of :func:`said_again`."""
    return AGAIN if delivery.id in again else delivery.state


def _variant(
    variant: Variant, account: Account, delivery: Delivery | None, receipt: Receipt | None, again: Collection[int]
) -> Row:  # fmt: skip
    return {
        **variant.model_dump(
            include={"id", "text", "link", "media", "due_at", "not_after", "problems", "notes"}
        ),
        "account": account.name,
        "platform": account.platform,
        "dry_run": account.dry_run,
        "delivery_id": delivery.id if delivery else None,
        "state": standing(delivery, again) if delivery else unsent(variant.refused, dry_run=account.dry_run),
        "reason": delivery.reason if delivery else variant.refused,
        "url": receipt.url if receipt else "",
    }


def _delivery(
    delivery: Delivery, account: Account, variant: Variant, receipt: Receipt | None, again: Collection[int]
) -> Row:
    keep = {
        "id",
        "due_at",
        "next_at",
        "not_after",
        "attempts",
        "looks",
        "needs_person",
        "reason",
        "changed_at",
    }
    return {
        **delivery.model_dump(include=keep),
        "state": standing(delivery, again),
        "post_id": variant.post_id,
        "account": account.name,
        "platform": account.platform,
        "title": variant.title,
        "url": receipt.url if receipt else "",
    }
