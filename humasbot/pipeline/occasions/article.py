"""``occasion = "article"``: every new Article of a source."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count, repeat
from typing import ClassVar

from sqlmodel import col, select

from humasbot.config import CampaignTable, Config
from humasbot.errors import HumasbotError
from humasbot.logs import Quiet
from humasbot.models import Article, Campaign, Post, Source
from humasbot.pipeline.compose import Matter
from humasbot.pipeline.occasions.base import Fault, Kind, Occasion, needed
from humasbot.pipeline.office import Office
from humasbot.pipeline.setup import agency_of
from humasbot.words import t

log = Quiet("humasbot.plan")


def free_slots(office: Office, table: CampaignTable, now: datetime) -> Iterator[datetime]:
    """The coming times of the campaign's slots (aware) at which no other Post of the office is due."""
    with office.database.read() as session:
        agency = agency_of(session, office.config)
        query = select(Post.due_at).where(
            Post.agency_id == agency.id, col(Post.due_at) > now, Post.skipped == ""
        )
        taken = set(session.exec(query).all())
    today = now.astimezone(office.zone)
    for offset in count():
        for slot in sorted(table.slots):
            hour, minute = (int(part) for part in slot.split(":"))
            day = today + timedelta(days=offset)
            moment = day.replace(hour=hour, minute=minute, second=0, microsecond=0)
            if moment > now and moment.astimezone(UTC) not in taken:
                yield moment


class Articles(Kind):
    """What the website says is said everywhere."""

    name: ClassVar[str] = "article"

    def due(
        self, office: Office, campaign: Campaign, table: CampaignTable, now: datetime
    ) -> Iterable[Occasion]:
        """Every new Article of the campaign's categories, oldest first."""
        done = select(Post.article_id).where(
            Post.campaign_id == campaign.id, col(Post.article_id).is_not(None)
        )
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
        wanted = [
            article
            for article in articles
            if not table.categories or set(table.categories) & set(article.categories)
        ]
        moments = free_slots(office, table, now) if table.slots else repeat(now)
        for article, moment in zip(wanted, moments, strict=False):
            yield Occasion(f"article:{article.id}", moment, article, title=article.title, tone=table.tone)

    def matter(self, office: Office, table: CampaignTable, occasion: Occasion) -> Matter:
        """The Article itself; its picture is fetched, and left out with a note in the log if it cannot be."""
        article = occasion.article
        if article is None:
            return super().matter(office, table, occasion)
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
            due=occasion.due,
            text=article.text,
            summary=article.summary,
            link=article.url,
            subject=article.url or None,
            categories=tuple(article.categories),
            published=article.published_at,
            photo=photo,
            photo_alt=article.image_alt,
            photo_credit=article.image_credit,
            tone=occasion.tone,
        )

    def faults(self, config: Config, name: str, table: CampaignTable) -> Iterator[Fault]:
        """A source that is there."""
        yield from needed(table, "source")
        if table.source and table.source not in config.sources:
            yield (
                "source",
                t("sumber {s} tidak ada; yang ada: {all}", "there is no source {s}; there are: {all}", s=table.source,
                  all=", ".join(config.sources) or "-"),
            )  # fmt: skip
