"""Review: what is planned already is judged anew, since people decide about days and mourning comes unannounced."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from humasbot.config import CampaignTable, duration
from humasbot.database import DatabaseError
from humasbot.logs import Quiet
from humasbot.models import Account, Agency, Campaign, Delivery, Held, Post, Variant
from humasbot.occasions.gates import Verdict
from humasbot.pipeline import fleetwide, holding, releasing
from humasbot.pipeline.almanac import Almanac, almanac
from humasbot.pipeline.occasions.base import Hold, Occasion
from humasbot.pipeline.occasions.registry import kind_of
from humasbot.pipeline.office import Office
from humasbot.pipeline.public import UNDECIDED
from humasbot.pipeline.setup import agency_of
from humasbot.words import t

log = Quiet("humasbot.hold")
ALERT = 10
"""The priority of what no gate stops."""
DATED = ("daily", "observance")
"""The kinds whose Posts are about a day of the calendar."""
DOUBTS = ("isbat", "estimate")
"""Holds that a decision about the day ends by itself."""
_DAY = timedelta(days=1)


def review(office: Office, now: datetime) -> list[int]:
    """Hold back, let go or take back whatever the almanac of this moment says; the numbers of the Posts touched."""
    try:
        book = almanac(office)
        own = [*_dated(office, book, now), *_freeze(office, book, now)]
        own += [*_moved(office, now), *fleetwide.hold_all(office, book, now)]
        releasing.lift_all(office, book, now)
        return own
    except DatabaseError:
        raise
    except Exception:  # a fault of the office's file of days must not stop its news; its campaigns tell of it
        log.exception("not_reviewed")
        return []


def stopped(
    office: Office, tone: str, priority: int, moment: datetime, *, tolerant: bool = False
) -> Hold | None:
    """What stops a Post of that tone at *moment*, whatever it is about: mourning, or silence; alerts never.

    *tolerant* as of :func:`~humasbot.pipeline.almanac.almanac`.
    """
    if priority >= ALERT:
        return None
    verdict = almanac(office, tolerant=tolerant).frozen(tone, moment.astimezone(office.zone).date())
    return Hold(verdict.code, verdict.reason) if verdict else None


def stopped_surely(
    office: Office, session: Session, agency: Agency, tone: str, priority: int, moment: datetime
) -> Hold | None:
    """As :func:`stopped`, in the transaction that queues: no mourning of *agency* begins before that has ended.

    The agency's row is locked, as whoever begins a mourning locks it: either sees what the other has written.
    """
    session.get(Agency, agency.id, with_for_update={"key_share": True})
    return stopped(office, tone, priority, moment)


def _dated(office: Office, book: Almanac, now: datetime) -> list[int]:
    """Posts of the calendar that are still to come: is their day still theirs, and may they go out?"""
    touched = []
    for post, campaign in _upcoming(office, now):
        table = office.config.campaigns.get(campaign.name)
        if table is None or table.occasion not in DATED or table.agencies == "all":
            continue
        if table.late_after is not None and post.due_at + table.late_after < now:
            continue  # decided too late: its reason stays
        if post.due_at <= now and post.fields.get("held") not in DOUBTS:
            continue  # what was frozen when its time came is a person's to let go
        there = _again(office, campaign, table, post)
        if not _changes(post, there):
            continue
        with office.database.write() as session:
            fresh = session.get_one(Post, post.id, with_for_update=True)
            held = holding.open_hold(session, post.id or 0)
            if (fresh.skipped and held is None) or not _settle(session, fresh, held, there, campaign, now):
                continue
        touched.append(post.id or 0)
    return touched


def _moved(office: Office, now: datetime) -> list[int]:
    """A fleet's occasions whose day is no longer theirs, since a person decided about it: composed anew everywhere."""
    with office.database.read() as session:
        agency = agency_of(session, office.config)
        waits = select(Held.post_id).where(col(Held.settled_at).is_(None))
        query = (
            select(Post, Campaign)
            .join(Campaign, col(Campaign.id) == col(Post.campaign_id))
            .where(
                Campaign.agency_id == agency.id, Post.agency_id == agency.id, col(Campaign.occasion).in_(DATED),
                Post.due_at > now, ~col(Post.occasion).contains("~"), col(Post.id).not_in(waits),
            )
        )  # fmt: skip
        rows = session.exec(query).all()
    touched = []
    for post, campaign in rows:
        table = office.config.campaigns.get(campaign.name)
        # One that was left out, rather than planned for everybody, has nobody's words yet.
        if table is None or table.agencies != "all" or fleetwide.PLANNED not in post.fields:
            continue
        there = _again(office, campaign, table, post)
        doubted = there is not None and there.hold is not None and there.hold.code in DOUBTS
        if there is None or there.skip or doubted or _about(post.fields) != _about(there.fields):
            anew = t("disusun ulang: harinya berubah", "composed anew: its day changed")
            if fleetwide.retire_all(office, post.id or 0, (there.skip if there else "") or anew, now):
                touched.append(post.id or 0)
    return touched


def _upcoming(office: Office, now: datetime) -> list[tuple[Post, Campaign]]:
    waits = select(Held.post_id).where(col(Held.settled_at).is_(None))
    with office.database.read() as session:
        agency = agency_of(session, office.config)
        query = (
            select(Post, Campaign)
            .join(Campaign, col(Campaign.id) == col(Post.campaign_id))
            .where(
                Campaign.agency_id == agency.id,
                Post.agency_id == agency.id,  # those of a fleet's agencies are judged when they are planned
                col(Campaign.occasion).in_(DATED),
                ((col(Post.due_at) > now) & (col(Post.skipped) == ""))
                | ((col(Post.due_at) > now - _DAY) & col(Post.id).in_(waits)),
            )
        )
        held = dict(session.exec(select(Held.post_id, Held.code).where(col(Held.settled_at).is_(None))).all())
        rows = list(session.exec(query).all())
    for post, _ in rows:
        # Told apart without asking again for every Post of every round.
        post.fields = {**post.fields, "held": held.get(post.id or 0, "")}
    return rows


def _again(office: Office, campaign: Campaign, table: CampaignTable, post: Post) -> Occasion | None:
    """What the campaign would say now under the same key."""
    day = post.due_at.astimezone(office.zone).date()
    found = kind_of(table.occasion).on(office, campaign.name, table, day)
    return next((each for each in found if each.key == post.occasion), None)


def _changes(post: Post, there: Occasion | None) -> bool:
    """Whether anything is to be done about a Post: nearly always there is not."""
    if there is None or there.skip or _about(post.fields) != _about(there.fields):
        return True
    return bool((there.hold.code if there.hold else "") != post.fields.get("held", ""))


def _about(fields: object) -> tuple[object, object]:
    return (fields.get("observance"), fields.get("on")) if isinstance(fields, dict) else (None, None)


def _settle(
    session: Session, post: Post, held: Held | None, there: Occasion | None, campaign: Campaign, now: datetime
) -> bool:
    """Do it; whether anything was done."""
    if there is None or there.skip or _about(post.fields) != _about(there.fields):
        anew = t("disusun ulang: harinya berubah", "composed anew: its day changed")
        why = there.skip if there and there.skip else anew
        return holding.retire(session, post, why, now)
    if there.hold is not None and held is None:
        return holding.hold(session, post, there.hold, standing=False, now=now)
    if there.hold is not None:
        holding.rename(session, post, there.hold)
        return True
    if held is not None and (held.code in DOUBTS or campaign.occasion == "daily"):
        holding.lift(session, post, policy=f"campaign:{campaign.name}", now=now)
        return True
    return False


def _freeze(office: Office, book: Almanac, now: datetime) -> list[int]:
    """Whatever else is queued and would go out on a day on which it may not: other campaigns', and by hand."""
    touched = []
    for day, verdict in _stopped_days(office, book, now):
        for post in _queued_for(office, day, now):
            if verdict.code != "silent" and post.fields.get("tone", "neutral") != "festive":
                continue
            with office.database.write() as session:
                fresh = session.get_one(Post, post.id, with_for_update=True)
                why = Hold(verdict.code, verdict.reason)
                if not fresh.skipped and holding.hold(session, fresh, why, standing=False, now=now):
                    touched.append(post.id or 0)
    return touched


def _stopped_days(office: Office, book: Almanac, now: datetime) -> Iterator[tuple[date, Verdict]]:
    """The days up to the planning horizon on which something is stopped; as a rule there is none."""
    first = now.astimezone(office.zone).date()
    last = (now + duration(office.config.humasbot.plan_ahead)).astimezone(office.zone).date()
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        verdict = book.frozen("festive", day)
        if verdict is not None:
            yield day, verdict


def _queued_for(office: Office, day: date, now: datetime) -> list[Post]:
    """Posts with a Delivery that would leave on *day*: due then, or overdue on the day that it is.

    One that is uncertain, or that fails in this moment, is sent again by itself once it is surely not public.
    """
    start = datetime.combine(day, datetime.min.time(), tzinfo=office.zone)
    today = now.astimezone(office.zone).date()
    with office.database.read() as session:
        agency = agency_of(session, office.config)
        query = (
            select(Post)
            .join(Variant, col(Variant.post_id) == col(Post.id))
            .join(Delivery, col(Delivery.variant_id) == col(Variant.id))
            .join(Account, col(Account.id) == col(Delivery.account_id))
            .where(
                Account.agency_id == agency.id,
                col(Delivery.state).in_(UNDECIDED),
                Delivery.priority < ALERT,
                Delivery.due_at < start + _DAY,
                Post.skipped == "",
            )
            .distinct()
        )
        if day > today:
            query = query.where(Delivery.due_at >= start)
        return list(session.exec(query).all())
