"""Plan: campaigns make Posts, each occasion once; composed ahead so that a person can see them before they leave.

What an occasion is, each kind of campaign knows for itself: :mod:`humasbot.pipeline.occasions`.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from humasbot import claiming
from humasbot.config import CampaignTable
from humasbot.database import DatabaseError
from humasbot.errors import HumasbotError, NotFoundError, StateError
from humasbot.indonesian import long_date
from humasbot.logs import Quiet
from humasbot.models import Agency, Article, Campaign, Post, Variant, utc_now
from humasbot.pipeline import bulk, holding, nearby
from humasbot.pipeline.compose import Composer, Draft, Matter, variant_of
from humasbot.pipeline.gap import may_be_said
from humasbot.pipeline.occasions.base import Kind, Occasion
from humasbot.pipeline.occasions.digest import audience
from humasbot.pipeline.occasions.registry import kind_of
from humasbot.pipeline.office import Office
from humasbot.pipeline.reviewing import review, stopped, stopped_surely
from humasbot.pipeline.setup import accounts_of, agency_of, unsaved
from humasbot.pipeline.telling import tell
from humasbot.pipeline.unplanned import failed, forget, why_not
from humasbot.pipeline.wording import Order
from humasbot.words import t

log = Quiet("humasbot.plan")


def plan(office: Office, now: datetime | None = None) -> int:
    """Make every Post that is due within the planning horizon; return how many. Planning twice is harmless."""
    now = now or utc_now()
    review(office, now)
    with office.database.read() as session:
        agency = agency_of(session, office.config)
        campaigns = session.exec(
            select(Campaign).where(Campaign.agency_id == agency.id, Campaign.active)
        ).all()
    made = 0
    for campaign in campaigns:
        table = office.config.campaigns.get(campaign.name)
        if table is None:
            continue
        try:
            occasions = _occasions(office, campaign, table, now)
        except DatabaseError:
            raise
        except Exception as fault:  # one campaign's fault must not silence the others
            log.exception("not_planned", campaign=campaign.name)
            failed(office, campaign, "", office.vault.redact(f"{type(fault).__name__}: {fault}"), now)
            continue
        forget(office, campaign, "")
        made += sum(_make(office, agency, campaign, table, occasion, now) for occasion in occasions)
    _tell(office, now)
    return made


def _tell(office: Office, now: datetime) -> None:
    try:
        tell(office, now)
    except DatabaseError:
        raise
    except Exception:  # what cannot be told must not stop what was planned
        log.exception("not_told")


def _occasions(office: Office, campaign: Campaign, table: CampaignTable, now: datetime) -> list[Occasion]:
    kind = kind_of(table.occasion)
    kind.review(office, campaign, table, now)
    found = list(kind.due(office, campaign, table, now))
    with office.database.read() as session:
        keys = [occasion.key for occasion in found]
        query = select(Post.occasion).where(Post.campaign_id == campaign.id, col(Post.occasion).in_(keys))
        done = set(session.exec(query).all())
    return [occasion for occasion in found if occasion.key not in done]


def _make(
    office: Office,
    agency: Agency,
    campaign: Campaign,
    table: CampaignTable,
    occasion: Occasion,
    now: datetime,
) -> int:
    kind = kind_of(table.occasion)
    priority = _priority(table, occasion)
    reason, doubt = occasion.skip or _too_late(office, campaign, table, occasion, now), ""
    if not reason and (said := _maybe_said(office, occasion)):
        # An alert that nobody may have heard is not left out in silence: a person decides.
        reason, doubt = ("", said) if priority >= claiming.ALERT else (said, "")
    if reason:
        return _skip(office, agency, campaign, occasion, reason)
    try:
        if table.agencies == "all":
            return _make_for_all(office, agency, campaign, table, occasion, now)
        matter, drafts = composed(office, kind, agency, table, occasion)
        drafts = [draft.noted(doubt) for draft in drafts]
        standing = kind.standing(office, table, occasion) and not doubt
        with office.database.write() as session:
            stop = occasion.hold or stopped_surely(
                office, session, agency, occasion.tone, priority, max(occasion.due, now)
            )
            post = save(office, session, agency, campaign, occasion.key, matter, drafts, occasion.article)
            post.fields = {"tone": occasion.tone, "priority": priority, **occasion.fields}
            if stop is not None:
                holding.hold(session, post, stop, standing=standing, now=now)
            elif standing:
                holding.approve_by_policy(session, post, f"campaign:{campaign.name}", priority)
    except IntegrityError:
        # Another planner was quicker: the occasion has its Post.
        return 0
    except HumasbotError as error:
        log.error("not_planned", campaign=campaign.name, occasion=occasion.key, reason=str(error))
        failed(office, campaign, occasion.key, str(error), now)
        return 0
    except (
        Exception
    ) as fault:  # what nobody foresaw is this occasion's alone, and tried again at the next round
        log.exception("not_planned", campaign=campaign.name, occasion=occasion.key)
        reason = office.vault.redact(f"{type(fault).__name__}: {fault}")
        failed(office, campaign, occasion.key, reason, now)
        return 0
    forget(office, campaign, occasion.key)
    log.info("planned", campaign=campaign.name, post=post.id, occasion=occasion.key, accounts=len(drafts))
    return 1


def _make_for_all(
    office: Office,
    agency: Agency,
    campaign: Campaign,
    table: CampaignTable,
    occasion: Occasion,
    now: datetime,
) -> int:
    """What every agency of a fleet says; how many deliveries. Nobody decides 75,000 one by one.

    What is stopped raises :class:`~humasbot.errors.StateError`: it is told, and tried again until it is too late.
    """
    priority = _priority(table, occasion)
    stop = occasion.hold or stopped(office, occasion.tone, priority, max(occasion.due, now))
    if stop is not None:
        raise StateError(stop.reason)
    kind = kind_of(table.occasion)
    # Each agency has its own hour, and is scattered from there.
    rule = replace(kind.rule(table, occasion), spread=timedelta(0))
    fields = {"tone": occasion.tone, "priority": priority, **occasion.fields}
    matter = kind.matter(office, table, occasion)
    order = Order(campaign, table, occasion.key, priority, matter, rule, agency, fields)
    return bulk.plan_all(office, order, now)


def composed(
    office: Office, kind: Kind, agency: Agency, table: CampaignTable, occasion: Occasion
) -> tuple[Matter, list[Draft]]:
    """What an occasion says on each account of its campaign. Raises :class:`~humasbot.errors.TemplateError`."""
    matter = kind.matter(office, table, occasion)
    with office.database.read() as session:
        accounts = audience(accounts_of(session, agency, table.accounts), table.accounts, table.occasion)
    composer = Composer(office, agency, matter, kind.rule(table, occasion))
    return matter, [composer.draft(account) for account in accounts]


def _too_late(
    office: Office, campaign: Campaign, table: CampaignTable, occasion: Occasion, now: datetime
) -> str:
    """Why it can no longer be said, or nothing; with what had kept it from being composed in time."""
    after = table.late_after
    if (after is None or occasion.due + after >= now) and (occasion.not_after or now) >= now:
        return ""
    late = t("terlambat: waktunya sudah lewat", "late: its time has passed")
    if before := why_not(office, campaign, occasion.key):
        return t("{late}; sebelumnya tidak dapat disusun: {why}", "{late}; it could not be composed before: {why}",
                 late=late, why=before)  # fmt: skip
    return late


def _maybe_said(office: Office, occasion: Occasion) -> str:
    """Why it is better not said by itself, after a backup was restored; or nothing."""
    with office.database.read() as session:
        if not may_be_said(session, occasion.due, occasion.article):
            return ""
    return t("dari masa sebelum pemulihan cadangan; mungkin sudah terbit",
             "from before a backup was restored; it may have been said")  # fmt: skip


def _skip(office: Office, agency: Agency, campaign: Campaign, occasion: Occasion, reason: str) -> int:
    post = Post(
        agency_id=agency.id or 0, campaign_id=campaign.id or 0, occasion=occasion.key,
        title=occasion.title or campaign.name, fields={"tone": occasion.tone, **occasion.fields},
        due_at=occasion.due, skipped=reason,
    )  # fmt: skip
    try:
        with office.database.write() as session:
            session.add(post)
    except IntegrityError:
        return 0
    forget(office, campaign, occasion.key)
    log.warning("skipped", campaign=campaign.name, occasion=occasion.key, reason=reason)
    return 0


def save(
    office: Office,
    session: Session,
    agency: Agency,
    campaign: Campaign,
    occasion: str,
    matter: Matter,
    drafts: Sequence[Draft],
    article: Article | None = None,
) -> Post:
    """Add the Post of an occasion with its Variants.

    An account that has said this subject already, under whichever campaign, gets no second Variant. A unique key of
    the database raises ``IntegrityError`` when the occasion has its Post.
    """
    post = Post(
        agency_id=agency.id or 0,
        campaign_id=campaign.id or 0,
        article_id=article.id if article else None,
        occasion=occasion,
        subject=matter.subject,
        title=matter.title
        or (drafts[0].text.splitlines()[0] if drafts and drafts[0].text else campaign.name),
        due_at=matter.due,
    )
    session.add(post)
    session.flush()
    add_variants(office, session, post, drafts)
    return post


def add_variants(office: Office, session: Session, post: Post, drafts: Sequence[Draft]) -> list[Variant]:
    """Add the Variants of *drafts* to a Post, leaving out accounts that have said the subject already."""
    said = said_by(session, post.subject)
    rows = [variant_of(office, post, draft) for draft in drafts if draft.account.id not in said]
    session.add_all(rows)
    session.flush()
    nearby.note(session, office, rows)
    return rows


def said_by(session: Session, subject: str | None) -> set[int]:
    """The accounts that have a Variant about *subject* already."""
    if not subject:
        return set()
    return set(session.exec(select(Variant.account_id).where(Variant.subject == subject)).all())


def speaking(office: Office, name: str, on: date) -> tuple[CampaignTable, list[Occasion]]:
    """A campaign and what it says on a day. Raises :class:`~humasbot.errors.NotFoundError`."""
    table = office.config.campaigns.get(name)
    if table is None:
        raise NotFoundError(
            t("tidak ada kampanye {n}; yang ada: {all}", "there is no campaign {n}; there are: {all}", n=name,
              all=", ".join(office.config.campaigns) or "-")
        )  # fmt: skip
    if table.occasion == "article":
        raise NotFoundError(
            t("{n} bukan kampanye harian; pratinjau artikel: humasbot announce ALAMAT --dry-run",
              "{n} is not a daily campaign; to preview an article: humasbot announce URL --dry-run", n=name)
        )  # fmt: skip
    found = kind_of(table.occasion).on(office, name, table, on)
    if not found:
        days = t(" (days: {d})", " (days: {d})", d=", ".join(table.days)) if table.days else ""
        raise NotFoundError(t("{n} tidak berbicara pada {d}{days}", "{n} does not speak on {d}{days}",
                              n=name, d=long_date(on), days=days))  # fmt: skip
    return table, found


def preview(office: Office, name: str, on: date) -> list[Draft]:
    """What a campaign would say on a day, for every account of it; nothing is written to the database.

    What keeps one from going out by itself stands in its ``kept_back``.
    """
    table, occasions = speaking(office, name, on)
    agency, known = unsaved(office.config, table.accounts)
    accounts = audience(known, table.accounts, table.occasion)
    kind = kind_of(table.occasion)
    found = []
    for occasion in occasions:
        composer = Composer(office, agency, kind.matter(office, table, occasion), kind.rule(table, occasion))
        why = _kept_back(office, table, occasion)
        found += [replace(composer.draft(account), kept_back=why) for account in accounts]
    return found


def _kept_back(office: Office, table: CampaignTable, occasion: Occasion) -> str:
    """Why it would not go out by itself on its day, if so; a database that is not there yet has decided nothing."""
    if occasion.skip:
        return occasion.skip
    priority = _priority(table, occasion)
    hold = occasion.hold or stopped(office, occasion.tone, priority, occasion.due, tolerant=True)
    return t("ditahan: {why}", "held: {why}", why=hold.reason) if hold else ""


def _priority(table: CampaignTable, occasion: Occasion) -> int:
    return table.priority if occasion.priority is None else occasion.priority


def speak(office: Office, name: str, on: date) -> int | None:
    """Make the Post of a daily campaign for a day, unless it has one; return its number, or ``None``."""
    table, occasions = speaking(office, name, on)
    with office.database.read() as session:
        agency = agency_of(session, office.config)
        campaign = session.exec(
            select(Campaign).where(Campaign.agency_id == agency.id, Campaign.name == name)
        ).one()  # fmt: skip
        keys = [occasion.key for occasion in occasions]
        posts = select(Post.id).where(Post.campaign_id == campaign.id, col(Post.occasion).in_(keys))
        if session.exec(posts).first() is not None:
            return None
    for occasion in occasions:
        _make(office, agency, campaign, table, occasion, utc_now())
    with office.database.read() as session:
        return session.exec(posts).first()
