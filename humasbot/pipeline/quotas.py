"""Quotas and costs: what the platforms say is left, when there is room for one more, and what a month will cost.

A platform counts what everybody sends for the account, we know only what we send. So its own count is kept with the
moment at which it was read, and what of it is not ours is taken to last for the whole window.
"""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from humasbot.content import Allowance, Outgoing
from humasbot.indonesian import long_moment
from humasbot.logs import Quiet
from humasbot.models import Account, Agency, Delivery, Quota, Receipt, Variant, utc_now
from humasbot.pipeline.office import Office
from humasbot.platforms.base import Publisher, supports
from humasbot.states import sentence
from humasbot.words import t

log = Quiet("humasbot.quota")
EVERY = timedelta(hours=1)
ASK_SECONDS = 30.0
POSTS = "posts"
COST = "cost_usd"
"""The key of a Variant's options that holds what its post costs, in US dollars, as text; the approval covers it."""
LEAST_WINDOW = timedelta(hours=1)
"""A shorter window is over before a person could plan around it; a rate limit holds the account then."""
MOST_STEPS = 1000


@dataclass(frozen=True, slots=True)
class Room:
    """An account's quota of posts: the moments of our *own*, how many are not ours, and until when."""

    total: int
    window: timedelta
    own: tuple[datetime, ...]
    others: int
    others_until: datetime

    def used(self, at: datetime) -> int:
        """How many posts lie in the window that ends at *at*."""
        mine = sum(at - self.window < moment <= at for moment in self.own)
        return mine + (self.others if at < self.others_until else 0)

    def free_at(self, due: datetime) -> datetime | None:
        """The first moment from *due* on that has room for one more; ``None`` where there never is any."""
        if self.total < 1:
            return None
        second = timedelta(seconds=1)
        ends = sorted({*(moment + self.window + second for moment in self.own), self.others_until})
        for at in (due, *(end for end in ends if end > due))[:MOST_STEPS]:
            # A later post that is planned already must keep its own place, too.
            later = [moment for moment in self.own if at < moment <= at + self.window]
            if self.used(at) < self.total and all(self.used(moment) < self.total for moment in later):
                return at
        return None


def keep(office: Office, account_id: int, told: Sequence[Allowance], now: datetime | None = None) -> None:
    """Remember what the platform told of an account's quotas."""
    now = now or utc_now()
    with office.database.write() as session:
        for one in told:
            query = select(Quota).where(Quota.account_id == account_id, Quota.what == one.what)
            row = session.exec(query.with_for_update()).one_or_none()
            row = row or Quota(account_id=account_id, what=one.what, used=0, total=0, seconds=0)
            row.used, row.total, row.seconds = one.used, one.total, int(one.window.total_seconds())
            row.resets_at, row.read_at = one.resets, now
            session.add(row)


def ask_due(office: Office, now: datetime | None = None) -> int:
    """Ask the platforms that tell of their quotas, each account once an hour; how many told something."""
    now = now or utc_now()
    query = (
        select(Account)
        .join(Agency, col(Agency.id) == col(Account.agency_id))
        .where(
            Agency.name == office.config.agency.key, Account.active, col(Account.paused_at).is_(None),
            col(Account.dry_run).is_(False), col(Account.id).not_in(office.hanging.ids("account")),
        )
    )  # fmt: skip
    with office.database.read() as session:
        accounts = session.exec(query).all()
        fresh = set(session.exec(select(Quota.account_id).where(Quota.read_at > now - EVERY)).all())
    told = 0
    for account in accounts:
        if account.id in fresh:
            continue
        try:
            publisher = office.publisher(account, renewed=True)
            if not supports(publisher, "allowances"):
                continue
            found = office.hanging.call("account", account.id or 0, ASK_SECONDS, publisher.allowances)
        except Exception as error:  # noqa: BLE001 - a figure is never worth more than the next one
            log.info("not_told", account=account.name, reason=office.vault.redact(sentence(error)))
            continue
        if found:
            keep(office, account.id or 0, found, now)
            told += 1
    return told


def room_of(session: Session, account_id: int, now: datetime) -> Room | None:
    """The account's quota of posts, with what is sent and planned; ``None`` where the platform told of none."""
    row = session.exec(
        select(Quota).where(Quota.account_id == account_id, Quota.what == POSTS)
    ).one_or_none()  # fmt: skip
    window = timedelta(seconds=row.seconds) if row is not None else timedelta(0)
    if row is None or window < LEAST_WINDOW:
        return None
    query = (
        select(Delivery.state, Delivery.due_at, Receipt.published_at)
        .join(Receipt, col(Receipt.delivery_id) == col(Delivery.id), isouter=True)
        .where(
            Delivery.account_id == account_id,
            col(Delivery.state).in_(("queued", "sending", "uncertain", "sent")),
            (col(Receipt.published_at) > now - window * 2) | col(Receipt.id).is_(None),
        )
    )
    sent: Sequence[tuple[str, datetime, datetime | None]] = session.exec(query).all()
    own = [max(due, now) if published is None else published for _, due, published in sent]
    ours = sum(row.read_at - window < moment <= row.read_at for moment in own)
    until = row.resets_at if row.resets_at and row.resets_at > row.read_at else row.read_at + window
    return Room(row.total, window, tuple(own), max(row.used - ours, 0), until)


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a post may leave: when, what should be known of it, what stands in the way, and its options."""

    due: datetime
    notes: tuple[str, ...] = ()
    problem: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


def terms(
    office: Office,
    account_id: int | None,
    publisher: Publisher,
    outgoing: Outgoing,
    not_after: datetime | None = None,
    now: datetime | None = None,
) -> Terms:
    """The cost of *outgoing*, how it will stand there, and the first moment for which the account's quota has room.

    *account_id* is ``None`` or negative for one that is not in the database (a preview).
    """
    notes = list(publisher.remarks(outgoing))
    options: dict[str, Any] = {}
    if price := publisher.cost(outgoing):
        options[COST] = str(price)
        notes.append(t("biaya {p}: US${x}", "cost on {p}: US${x}", p=publisher.title, x=price))
    plain = Terms(outgoing.due, tuple(notes), "", options)
    if account_id is None or account_id < 0:
        return plain
    where = placed(office, account_id, outgoing.due, not_after, now)
    return replace(plain, due=where.due, notes=(*plain.notes, *where.notes), problem=where.problem)


def placed(
    office: Office, account_id: int, due: datetime, not_after: datetime | None, now: datetime | None = None
) -> Terms:
    """The first moment from *due* for which the account's quota has room, or why there is none in time."""
    with office.database.read() as session:
        room = room_of(session, account_id, now or utc_now())
    return Terms(due) if room is None else _put_off(office, Terms(due), room, not_after)


def _put_off(office: Office, asked: Terms, room: Room, not_after: datetime | None) -> Terms:
    free = room.free_at(asked.due)
    if free == asked.due:
        return asked
    hours = f"{room.window.total_seconds() / 3600:g}"
    full = t("jatah {n} kiriman dalam {h} jam sudah penuh", "the quota of {n} posts in {h} hours is full",
             n=room.total, h=hours)  # fmt: skip
    if free is None or (not_after is not None and free > not_after):
        late = t("{full}, dan tidak ada tempat sebelum batas waktunya", "{full}, and there is no room in time",
                 full=full)  # fmt: skip
        return replace(asked, problem=late)
    words = t(
        "{full}; dijadwalkan {at}", "{full}; planned for {at}", full=full, at=long_moment(free, office.zone)
    )
    return replace(asked, due=free, notes=(*asked.notes, words))


def listed(office: Office, now: datetime | None = None) -> list[dict[str, Any]]:
    """Every active account with its quotas, and what this month costs: spent, queued, and to be expected."""
    now = now or utc_now()
    with office.database.read() as session:
        query = (
            select(Account)
            .join(Agency, col(Agency.id) == col(Account.agency_id))
            .where(Agency.name == office.config.agency.key, Account.active)
            .order_by(Account.name)
        )
        return [_shown(office, session, account, now) for account in session.exec(query).all()]


def _shown(office: Office, session: Session, account: Account, now: datetime) -> dict[str, Any]:
    quotas = session.exec(select(Quota).where(Quota.account_id == account.id).order_by(Quota.what)).all()
    spent, queued = _money(session, account.id or 0, _month(office, now))
    rows = []
    for row in quotas:
        room = room_of(session, account.id or 0, now) if row.what == POSTS else None
        used = room.used(now) if room is not None else row.used
        rows.append(
            {"what": row.what, "used": used, "total": row.total, "left": max(row.total - used, 0),
             "hours": row.seconds / 3600, "resets_at": row.resets_at, "read_at": row.read_at}
        )  # fmt: skip
    return {
        "account": account.name,
        "platform": account.platform,
        "quotas": rows,
        "spent_usd": str(spent),
        "queued_usd": str(queued),
        "month_usd": str(forecast(spent, queued, now.astimezone(office.zone))),
    }


def _month(office: Office, now: datetime) -> datetime:
    return now.astimezone(office.zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _money(session: Session, account_id: int, since: datetime) -> tuple[Decimal, Decimal]:
    """What the account's posts of this month cost: those that are out, and those that wait."""
    query = (
        select(Delivery.state, Variant.options)
        .join(Variant, col(Variant.id) == col(Delivery.variant_id))
        .join(Receipt, col(Receipt.delivery_id) == col(Delivery.id), isouter=True)
        .where(
            Delivery.account_id == account_id,
            (col(Receipt.published_at) >= since)
            | (
                col(Receipt.published_at).is_(None)
                & col(Delivery.state).in_(("queued", "sending", "uncertain"))
            ),
        )
    )
    sums = {True: Decimal(0), False: Decimal(0)}
    for state, options in session.exec(query).all():
        sums[state == "sent"] += Decimal(str((options or {}).get(COST, "0")))
    return sums[True], sums[False]


def forecast(spent: Decimal, queued: Decimal, now: datetime) -> Decimal:
    """What the month of *now* (local) will cost: as many posts a day as until now, and at least those that wait."""
    days = monthrange(now.year, now.month)[1]
    gone = Decimal(now.day - 1) + Decimal(now.hour * 60 + now.minute + 1) / 1440
    pace = spent / max(gone, Decimal(1)) * (days - gone)
    return (spent + max(pace, queued)).quantize(Decimal("0.001"))
