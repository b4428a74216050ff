"""``occasion = "digest"``: one Post about everything the office said since the last digest, daily or on some days.

A digest is a Post like any other: made once for each moment, composed, approved and delivered like the rest, whichever
account it goes to. It is made *at* its moment, not ahead, because only then it is known what was said until then. What
turned out only later to have been said (an uncertain delivery that was found) is in the next one: each digest keeps the
list of what it told, and none tells it again.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from sqlmodel import Session, col, select

from humasbot.config import CampaignTable, Config
from humasbot.indonesian import long_date
from humasbot.models import Account, Article, Campaign, Delivery, Post, Receipt, Variant
from humasbot.pipeline.occasions.base import Fault, Kind, Occasion, needed
from humasbot.pipeline.occasions.daily import daily_moments
from humasbot.pipeline.office import Office
from humasbot.words import t

LOOK_BACK = timedelta(days=1)
"""A digest that could not be made for longer is left out; the next one tells what it would have told."""
FOUND_LATE = timedelta(days=3)
"""For so long what was said before the last digest is still looked for: an uncertain delivery may be found late."""
REMEMBERED = 30
"""How many digests back are asked what they told."""
MOST = 50
ONLY = "only"


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that was said: ``subject`` is its canonical address."""

    subject: str
    title: str
    link: str
    summary: str = ""


class Digest(Kind):
    """What was said since the last one."""

    name: ClassVar[str] = "digest"
    template: ClassVar[str] = "digest"

    def due(
        self, office: Office, campaign: Campaign, table: CampaignTable, now: datetime
    ) -> Iterable[Occasion]:
        """The digests whose moment came within the last day, newest last."""
        zone = office.zone
        start = max(now - LOOK_BACK, campaign.created_at)
        for moment in daily_moments(table, zone, start.astimezone(zone).date(), now.astimezone(zone).date()):
            if start <= moment <= now:
                yield self._digest(office, campaign, moment)

    def on(self, office: Office, name: str, table: CampaignTable, day: date) -> list[Occasion]:
        """What the digest of that day would tell, as far as it is known now."""
        with office.database.read() as session:
            campaign = session.exec(select(Campaign).where(Campaign.name == name)).first()
        moments = daily_moments(table, office.zone, day, day)
        return [self._digest(office, campaign, moment) for moment in moments] if campaign else []

    def sample(self, office: Office, name: str, table: CampaignTable, now: datetime) -> Occasion:
        """A digest of two."""
        link = "https://contoh.go.id/berita"
        two = [
            Told(f"{link}/{n}", f"Contoh kabar nomor {n}", f"{link}/{n}", "Isi singkatnya.") for n in (1, 2)
        ]
        return occasion_of(two, now.astimezone(office.zone))

    def faults(self, config: Config, name: str, table: CampaignTable) -> Iterator[Fault]:
        """A time of day."""
        yield from needed(table, "at")

    def _digest(self, office: Office, campaign: Campaign, moment: datetime) -> Occasion:
        with office.database.read() as session:
            before = _before(session, campaign, moment)
            since = (before[0].due_at if before else campaign.created_at) - FOUND_LATE
            told = {subject for post in before for subject in post.fields.get("told", ())}
            found = said(session, campaign.agency_id, max(since, campaign.created_at - LOOK_BACK), moment)
        return occasion_of([one for one in found if one.subject not in told], moment)


def occasion_of(told: Sequence[Told], moment: datetime) -> Occasion:
    """The digest of *told* at *moment* (in the office's zone); nothing to tell is a reason to say nothing."""
    items: list[Mapping[str, Any]] = [
        {"title": one.title, "link": one.link, "summary": one.summary} for one in told[:MOST]
    ]
    return Occasion(
        key=f"digest:{moment:%Y-%m-%d}",
        due=moment,
        title=t("Rangkuman {d}", "Digest of {d}", d=long_date(moment)),
        skip="" if items else t("tidak ada kabar sejak rangkuman terakhir", "no news since the last digest"),
        fields={"told": [one.subject for one in told[:MOST]]},
        data={"items": items},
    )


def _before(session: Session, campaign: Campaign, moment: datetime) -> Sequence[Post]:
    """The digests before this one, the newest first."""
    query = (
        select(Post)
        .where(Post.campaign_id == campaign.id, col(Post.due_at) < moment)
        .order_by(col(Post.due_at).desc())
        .limit(REMEMBERED)
    )
    return session.exec(query).all()


def said(session: Session, agency_id: int, since: datetime, until: datetime) -> list[Told]:
    """What stands somewhere with an address of its own, said after *since* until *until*; each page once."""
    query = (
        select(Post, Variant.link, Article.summary)
        .join(Variant, col(Variant.post_id) == col(Post.id))
        .join(Delivery, col(Delivery.variant_id) == col(Variant.id))
        .join(Receipt, col(Receipt.delivery_id) == col(Delivery.id))
        .join(Campaign, col(Campaign.id) == col(Post.campaign_id))
        .join(Article, col(Article.id) == col(Post.article_id), isouter=True)
        .where(
            Post.agency_id == agency_id,
            Campaign.occasion != Digest.name,
            col(Post.subject).is_not(None),
            Variant.link != "",
            col(Receipt.published_at) > since,
            col(Receipt.published_at) <= until,
        )
        .order_by(col(Receipt.published_at), col(Post.id))
    )
    found: dict[str, Told] = {}
    for post, link, summary in session.exec(query).all():
        found.setdefault(post.subject or "", Told(post.subject or "", post.title, link, summary or ""))
    return list(found.values())


def audience(accounts: Sequence[Account], names: Sequence[str], occasion: str) -> list[Account]:
    """Who of *accounts* is meant: one with ``digest = "only"`` gets digests, and else only what names it.

    *names* are those of the campaign or the announcement (``*`` is all).
    """
    return [
        account
        for account in accounts
        if account.settings.get("digest") != ONLY or account.name in names or occasion == Digest.name
    ]
