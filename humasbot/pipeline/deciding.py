"""What a person decides about days: when an observance falls, that the place mourns, what of the frozen goes out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import col, select

from humasbot import audit
from humasbot.config import CampaignTable
from humasbot.errors import InputError, NotFoundError
from humasbot.indonesian import long_date
from humasbot.models import Account, Agency, Campaign, DayDecision, MourningTime, Post, utc_now
from humasbot.occasions.calendar import Calendar, Occurrence
from humasbot.occasions.greeting import condole
from humasbot.occasions.regions import code_of
from humasbot.occasions.spans import Mourning, Window
from humasbot.pipeline import fleetwide, holding, releasing
from humasbot.pipeline.almanac import Almanac, almanac
from humasbot.pipeline.compose import Composer, Matter, Rule
from humasbot.pipeline.occasions.digest import audience
from humasbot.pipeline.office import Office
from humasbot.pipeline.plan import save
from humasbot.pipeline.reviewing import review
from humasbot.pipeline.setup import ANNOUNCE, accounts_of, agency_of
from humasbot.words import t

NEAR = timedelta(days=6)
"""How far a decision may lie from the computed day: the calendar takes no other for the same occurrence."""
DAYS_OF_MOURNING = 3
"""Days, the first included, where nobody says until when; the command says it aloud."""
_PLAIN = CampaignTable(occasion="daily")


@dataclass(frozen=True, slots=True)
class Mourned:
    """What came of a mourning: its number and days, the Posts frozen by it, and the condolence that waits."""

    number: int
    first: date
    last: date
    frozen: tuple[int, ...]
    condolence: int | None


def decide_day(
    office: Office, key: str, day: date | None, *, actor: str, now: datetime | None = None
) -> tuple[Occurrence, list[int]]:
    """Record on which day the coming occurrence of an observance falls, and judge anew what is planned.

    Without *day* the expected one is confirmed. Returns the occurrence as it stands now, and the Posts it touched.
    Raises :class:`~humasbot.errors.NotFoundError` for an unknown observance, :class:`~humasbot.errors.InputError` for a
    day that is too far from the expected one.
    """
    now = now or utc_now()
    today = now.astimezone(office.zone).date()
    calendar = almanac(office).calendar
    expected = _expected(calendar, key, day or today)
    day = day or expected
    if abs(day - expected) > NEAR:
        raise InputError(
            t("{k} diperkirakan {e}; {d} terlalu jauh dari itu, periksa tanggalnya",
              "{k} is expected on {e}; {d} is too far from it, check the date", k=key, e=long_date(expected),
              d=long_date(day))
        )  # fmt: skip
    with office.database.write() as session:
        agency = agency_of(session, office.config)
        session.add(
            DayDecision(agency_id=agency.id or 0, observance=key, day=day, actor=actor, decided_at=now)
        )
        audit.record(session, "day_decided", f"observance:{key}", actor=actor, agency=agency.name,
                     day=day.isoformat(), expected=expected.isoformat())  # fmt: skip
    touched = review(office, now)
    found = next((each for each in almanac(office).calendar.on(day) if each.key == key), None)
    if found is None:
        raise InputError(t("{k} tidak ada pada {d}", "there is no {k} on {d}", k=key, d=long_date(day)))
    return found, touched


def _expected(calendar: Calendar, key: str, near: date) -> date:
    """The occurrence of an observance nearest to a day."""
    if key not in calendar.catalogue.observances:
        raise NotFoundError(
            t("tidak ada hari {k}; kuncinya terlihat di: humasbot gates, atau humasbot calendar TAHUN --json",
              "there is no observance {k}; see its key in: humasbot gates, or humasbot calendar YEAR --json", k=key)
        )  # fmt: skip
    days = [day for year in range(near.year - 1, near.year + 2) for day in calendar.dates(key, year)]
    if not days:
        raise InputError(
            t("{k} belum punya tanggal di data kalender", "{k} has no date in the calendar's data", k=key)
        )
    return min(days, key=lambda each: abs(each - near))


def waiting_days(office: Office, now: datetime | None = None) -> list[dict[str, Any]]:
    """What a person should know of the days ahead: days to be confirmed, mourning, windows; nearest first."""
    now = now or utc_now()
    book = almanac(office)
    today = now.astimezone(office.zone).date()
    last = today + timedelta(days=office.config.calendar.ahead)
    rows = [
        {"day": each.day, "until": each.day, "code": "isbat" if each.observance.isbat else "estimate", "key": each.key,
         "name": each.label, "reason": book.judge(each, each.day).reason or each.note}
        for each in book.calendar.pending(today, office.config.calendar.ahead)
    ]  # fmt: skip
    spans: list[tuple[str, Mourning | Window]] = [
        ("mourning", span) for year in {today.year, last.year} for span in book.mourning(date(year, 1, 1))
    ]
    spans += [
        (window.effect, window)
        for year in {today.year, last.year}
        for window in book.windows(date(year, 1, 1))
    ]
    place = code_of(book.place)
    for code, span in dict.fromkeys(spans):
        first = max(span.first, today)
        if first <= min(span.last, last) and span.holds(first, place):
            rows.append({"day": span.first, "until": span.last, "code": code, "key": "", "name": span.name,
                         "reason": span.basis})  # fmt: skip
    return sorted(rows, key=lambda row: (row["day"], row["code"]))


def start_mourning(
    office: Office,
    reason: str,
    *,
    actor: str,
    first: date | None = None,
    last: date | None = None,
    scope: Sequence[str] = (),
    accounts: Sequence[str] = ("*",),
    now: datetime | None = None,
) -> Mourned:
    """Freeze everything festive from *first* (default today) to *last*, and draft a condolence for a person to approve.

    Raises :class:`~humasbot.errors.InputError` for a time that ends before it begins or an unknown place.
    """
    now = now or utc_now()
    first = first or now.astimezone(office.zone).date()
    last = last or first + timedelta(days=DAYS_OF_MOURNING - 1)
    if last < first or not reason.strip():
        raise InputError(
            t("masa berkabung perlu sebab, dan akhirnya tidak sebelum awalnya",
              "a mourning needs a reason, and must not end before it begins")
        )  # fmt: skip
    codes = [code_of(place) for place in scope]
    with office.database.write() as session:
        agency = agency_of(session, office.config)
        # Whoever plans for a whole fleet locks it, too: nothing festive is queued behind our back.
        session.refresh(agency, with_for_update={"key_share": True})
        row = MourningTime(
            agency_id=agency.id or 0, reason=reason.strip(), first=first, last=last, scope=codes, actor=actor,
            started_at=now,
        )  # fmt: skip
        session.add(row)
        session.flush()
        audit.record(session, "mourning_started", f"mourning:{row.id}", actor=actor, agency=agency.name,
                     reason=row.reason, first=first.isoformat(), last=last.isoformat())  # fmt: skip
    frozen = review(office, now)
    span = Mourning(row.reason, first, last, tuple(codes))
    condolence = _condolence(office, almanac(office), row.id or 0, span, accounts, now)
    return Mourned(row.id or 0, first, last, tuple(frozen), condolence)


def _condolence(
    office: Office, book: Almanac, number: int, span: Mourning, to: Sequence[str], now: datetime
) -> int | None:
    """Words of sympathy, composed for every account and approved by nobody; nothing where the office has no account."""
    day = max(span.first, now.astimezone(office.zone).date())
    voice = book.voice(_PLAIN)
    greeting = condole(span, day, voice, stock=book.stock)
    matter = Matter(title=greeting.head, due=now, tone="solemn", extra={"greeting": greeting, "day": day})
    with office.database.read() as session:
        agency = agency_of(session, office.config)
        accounts: list[Account] = audience(accounts_of(session, agency, list(to)), to, ANNOUNCE)
    if not accounts:
        return None
    composer = Composer(office, agency, matter, Rule(template="builtin/greeting", card=greeting.card))
    drafts = [composer.draft(account) for account in accounts]
    with office.database.write() as session:
        campaign = session.exec(
            select(Campaign).where(Campaign.agency_id == agency.id, Campaign.name == ANNOUNCE)
        ).one()  # fmt: skip
        post = save(office, session, agency, campaign, f"condolence:{number}", matter, drafts)
        post.fields = {"tone": "solemn"}
        return post.id


def end_mourning(
    office: Office, *, actor: str, on: date | None = None, now: datetime | None = None
) -> list[int]:
    """End every mourning of this day; *on* (default today) is the first day without. Returns their numbers.

    What it froze stays listed: each is let go or dropped by a person. Raises
    :class:`~humasbot.errors.NotFoundError` when there is none.
    """
    now = now or utc_now()
    on = on or now.astimezone(office.zone).date()
    with office.database.write() as session:
        agency = agency_of(session, office.config)
        query = select(MourningTime).where(
            MourningTime.agency_id == agency.id, col(MourningTime.last) >= on, col(MourningTime.ended_at).is_(None)
        )  # fmt: skip
        rows = session.exec(query).all()
        if not rows:
            raise NotFoundError(t("tidak ada masa berkabung yang berjalan", "no mourning is going on"))
        for row in rows:
            row.last, row.ended_at, row.ended_by = on - timedelta(days=1), now, actor
            audit.record(session, "mourning_ended", f"mourning:{row.id}", actor=actor, agency=agency.name)
    review(office, now)
    return [row.id or 0 for row in rows]


def frozen(office: Office) -> list[dict[str, Any]]:
    """Everything that is held back, by its time: number, when, what, why, and since when."""
    with office.database.read() as session:
        agency: Agency = agency_of(session, office.config)
        rows: list[dict[str, Any]] = []
        for held, post in holding.frozen(session, agency.id or 0):
            campaign = session.get_one(Campaign, post.campaign_id)
            rows.append(
                {"post": post.id, "campaign": campaign.name, "title": post.title, "due_at": post.due_at,
                 "code": held.code, "key": held.key, "reason": held.reason, "held_at": held.held_at}
            )  # fmt: skip
        return rows


def let_go(
    office: Office, post_id: int, *, actor: str, at: datetime | None = None,
    shown: Mapping[int, str] | None = None,
) -> list[int]:  # fmt: skip
    """A person lets a held Post go out after all; the numbers of its Deliveries. See :func:`holding.release`.

    The Post of a fleet's occasion lets every agency's go: :func:`humasbot.pipeline.releasing.release_all`.
    """
    with office.database.read() as session:
        post = session.get(Post, post_id)
    if post is not None and fleetwide.is_fleets(post):
        return releasing.release_all(office, post_id, actor=actor, at=at)
    with office.database.write() as session:
        made = holding.release(session, post_id, actor=actor, at=at, shown=shown)
        return [delivery.id or 0 for delivery in made]


def drop(office: Office, post_id: int, *, actor: str) -> None:
    """A person decides that a held Post is not said. See :func:`holding.drop`."""
    with office.database.write() as session:
        holding.drop(session, post_id, actor=actor)
