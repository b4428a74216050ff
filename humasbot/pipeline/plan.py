"""Plan: campaigns make Posts, each occasion once; composed ahead so that a person can see them before they leave."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from humasbot.config import DAYS, CampaignTable, duration
from humasbot.database import DatabaseError
from humasbot.errors import HumasbotError, NotFoundError
from humasbot.logs import Quiet
from humasbot.models import Account, Agency, Article, Campaign, Post, Source, Variant, utc_now
from humasbot.pipeline.approve import approve
from humasbot.pipeline.compose import Composer, Draft, Matter, Rule, variant_of
from humasbot.pipeline.office import Office
from humasbot.pipeline.setup import accounts_of, agency_of, unsaved
from humasbot.words import t

log = Quiet("humasbot.plan")
LOOK_BACK = timedelta(days=1)


def plan(office: Office, now: datetime | None = None) -> int:
    """Make every Post that is due within the planning horizon; return how many. Planning twice is harmless."""
    now = now or utc_now()
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
        except Exception:  # one campaign's fault must not silence the others
            log.exception("not_planned", campaign=campaign.name)
            continue
        made += sum(_make(office, agency, campaign, table, occasion, now) for occasion in occasions)
    return made


def _occasions(office: Office, campaign: Campaign, table: CampaignTable, now: datetime) -> list["Occasion"]:
    found = list(
        _daily(office, campaign, table, now)
        if table.occasion == "daily"
        else _articles(office, campaign, table, now)
    )
    with office.database.read() as session:
        keys = [occasion.key for occasion in found]
        query = select(Post.occasion).where(Post.campaign_id == campaign.id, col(Post.occasion).in_(keys))
        done = set(session.exec(query).all())
    return [occasion for occasion in found if occasion.key not in done]


class Occasion:
    """One reason to say something: its key within the campaign, the moment, and the Article if there is one."""

    def __init__(self, key: str, due: datetime, article: Article | None = None) -> None:
        self.key = key
        self.due = due
        self.article = article


def daily_moments(table: CampaignTable, zone: ZoneInfo, first: date, last: date) -> Iterator[datetime]:
    """Every moment (aware, in *zone*) at which a daily campaign speaks, from the day *first* to *last*."""
    hour, minute = (int(part) for part in (table.at or "00:00").split(":"))
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        if not table.days or DAYS[day.weekday()] in table.days:
            yield datetime.combine(day, time(hour, minute), tzinfo=zone)


def _daily(office: Office, campaign: Campaign, table: CampaignTable, now: datetime) -> Iterator[Occasion]:
    start = max(now - LOOK_BACK, campaign.created_at)
    end = now + duration(office.config.humasbot.plan_ahead)
    zone = office.zone
    for moment in daily_moments(table, zone, start.astimezone(zone).date(), end.astimezone(zone).date()):
        if start <= moment <= end:
            yield Occasion(f"day:{moment:%Y-%m-%d}", moment)


def _articles(office: Office, campaign: Campaign, table: CampaignTable, now: datetime) -> Iterator[Occasion]:
    done = select(Post.article_id).where(Post.campaign_id == campaign.id, col(Post.article_id).is_not(None))
    query = (
        select(Article)
        .join(Source, col(Source.id) == col(Article.source_id))
        .where(
            Source.agency_id == campaign.agency_id,
            Source.name == table.source,
            Article.state == "new",
            col(Article.first_seen_at) >= campaign.created_at,
            col(Article.id).not_in(done),
        )
        .order_by(col(Article.published_at), col(Article.id))
    )
    with office.database.read() as session:
        articles = session.exec(query).all()
    for article in articles:
        if not table.categories or set(table.categories) & set(article.categories):
            yield Occasion(f"article:{article.id}", now, article)


def _make(
    office: Office,
    agency: Agency,
    campaign: Campaign,
    table: CampaignTable,
    occasion: Occasion,
    now: datetime,
) -> int:
    rule = Rule.of(table)
    if rule.late_after is not None and occasion.due + rule.late_after < now:
        return _skip(
            office,
            agency,
            campaign,
            occasion,
            t("terlambat: waktunya sudah lewat", "late: its time has passed"),
        )
    try:
        matter = matter_of(office, occasion)
        with office.database.read() as session:
            accounts = accounts_of(session, agency, table.accounts)
        composer = Composer(office, agency, matter, rule)
        drafts = [composer.draft(account) for account in accounts]
        with office.database.write() as session:
            post = save(office, session, agency, campaign, occasion.key, matter, drafts, occasion.article)
            if table.approval == "policy":
                approve_by_policy(session, post, f"campaign:{campaign.name}", table.priority)
    except IntegrityError:
        # Another planner was quicker: the occasion has its Post.
        return 0
    except HumasbotError as error:
        log.error("not_planned", campaign=campaign.name, occasion=occasion.key, reason=str(error))
        return 0
    except Exception:  # what nobody foresaw is this occasion's alone, and tried again at the next round
        log.exception("not_planned", campaign=campaign.name, occasion=occasion.key)
        return 0
    log.info("planned", campaign=campaign.name, post=post.id, occasion=occasion.key, accounts=len(drafts))
    return 1


def _skip(office: Office, agency: Agency, campaign: Campaign, occasion: Occasion, reason: str) -> int:
    post = Post(
        agency_id=agency.id or 0, campaign_id=campaign.id or 0, occasion=occasion.key, title=campaign.name,
        due_at=occasion.due, skipped=reason,
    )  # fmt: skip
    try:
        with office.database.write() as session:
            session.add(post)
    except IntegrityError:
        return 0
    log.warning("skipped", campaign=campaign.name, occasion=occasion.key, reason=reason)
    return 0


def matter_of(office: Office, occasion: Occasion) -> Matter:
    """What an occasion gives to say."""
    article = occasion.article
    if article is None:
        return Matter(title="", due=occasion.due)
    return article_matter(office, article, occasion.due)


def article_matter(office: Office, article: Article, due: datetime) -> Matter:
    """What an Article gives to say; its picture is fetched, and left out with a note in the log if it cannot be."""
    photo = None
    if article.image_url:
        try:
            with office.database.read() as session:
                source = session.get_one(Source, article.source_id)
            photo = office.image(source, article)
        except HumasbotError as error:
            log.warning("no_photo", article=article.id, reason=str(error))
    return Matter(
        title=article.title,
        due=due,
        text=article.text,
        summary=article.summary,
        link=article.url,
        subject=article.url or None,
        categories=tuple(article.categories),
        published=article.published_at,
        photo=photo,
        photo_alt=article.image_alt,
    )


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
    return rows


def said_by(session: Session, subject: str | None) -> set[int]:
    """The accounts that have a Variant about *subject* already."""
    if not subject:
        return set()
    return set(session.exec(select(Variant.account_id).where(Variant.subject == subject)).all())


def approve_by_policy(session: Session, post: Post, policy: str, priority: int) -> None:
    """Standing approval: every Variant of the Post without a problem; the others wait for a person."""
    for variant in session.exec(select(Variant).where(Variant.post_id == post.id)).all():
        if variant.problems:
            account = session.get_one(Account, variant.account_id)
            log.error("blocked", post=post.id, account=account.name, reason="; ".join(variant.problems))
        else:
            approve(session, variant, actor="humasbot", policy=policy, priority=priority)


def daily(office: Office, name: str, on: date) -> tuple[CampaignTable, Occasion]:
    """A daily campaign and its occasion on a day. Raises :class:`~humasbot.errors.NotFoundError`."""
    table = office.config.campaigns.get(name)
    if table is None:
        raise NotFoundError(
            t("tidak ada kampanye {n}; yang ada: {all}", "there is no campaign {n}; there are: {all}", n=name,
              all=", ".join(office.config.campaigns) or "-")
        )  # fmt: skip
    if table.occasion != "daily":
        raise NotFoundError(
            t("{n} bukan kampanye harian; pratinjau artikel: humasbot announce ALAMAT --dry-run",
              "{n} is not a daily campaign; to preview an article: humasbot announce URL --dry-run", n=name)
        )  # fmt: skip
    moments = list(daily_moments(table, office.zone, on, on))
    if not moments:
        raise NotFoundError(t("{n} tidak berbicara pada hari itu", "{n} does not speak on that day", n=name))
    return table, Occasion(f"day:{on}", moments[0])


def preview(office: Office, name: str, on: date) -> list[Draft]:
    """What a daily campaign would say on a day, for every account of it; the database is not touched."""
    table, occasion = daily(office, name, on)
    agency, accounts = unsaved(office.config, table.accounts)
    composer = Composer(office, agency, matter_of(office, occasion), Rule.of(table))
    return [composer.draft(account) for account in accounts]


def speak(office: Office, name: str, on: date) -> int | None:
    """Make the Post of a daily campaign for a day, unless it has one; return its number, or ``None``."""
    table, occasion = daily(office, name, on)
    with office.database.read() as session:
        agency = agency_of(session, office.config)
        campaign = session.exec(
            select(Campaign).where(Campaign.agency_id == agency.id, Campaign.name == name)
        ).one()  # fmt: skip
        posts = select(Post.id).where(Post.campaign_id == campaign.id, Post.occasion == occasion.key)
        if session.exec(posts).one_or_none() is not None:
            return None
    _make(office, agency, campaign, table, occasion, utc_now())
    with office.database.read() as session:
        return session.exec(posts).one_or_none()
