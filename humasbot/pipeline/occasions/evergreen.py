"""``occasion = "evergreen"``: pieces of a stock that stay true, one at a time, none again within ``again_after``."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import ClassVar

from sqlmodel import col, select

from humasbot.config import CampaignTable, Config, duration
from humasbot.content import Item
from humasbot.errors import InputError
from humasbot.logs import Quiet
from humasbot.models import Campaign, Post
from humasbot.pipeline.compose import Matter
from humasbot.pipeline.occasions.base import Fault, Occasion, needed
from humasbot.pipeline.occasions.recurring import Recurring, rule_faults
from humasbot.pipeline.office import Office
from humasbot.words import t

log = Quiet("humasbot.plan")


class Evergreen(Recurring):
    """A folder of Markdown files, each an announcement that may be said again after a while."""

    name: ClassVar[str] = "evergreen"
    template: ClassVar[str] = "announcement"

    def due(
        self, office: Office, campaign: Campaign, table: CampaignTable, now: datetime
    ) -> Iterable[Occasion]:
        """Each time gets the piece that was said longest ago; one without any is skipped with its reason."""
        done, said = _said(office, campaign)
        pieces = _pieces(office.config, table)
        for occasion in super().due(office, campaign, table, now):
            if occasion.key in done:
                continue
            name = choose(pieces, said, occasion.due, table)
            if name is None:
                yield Occasion(occasion.key, occasion.due, title=campaign.name, skip=_none_left(table))
                continue
            said[name] = occasion.due
            yield self._with(occasion, name)

    def on(self, office: Office, name: str, table: CampaignTable, day: date) -> list[Occasion]:
        """Which piece it will be depends on what is said until then; the first of the stock stands for it."""
        pieces = _pieces(office.config, table)
        return [self._with(each, pieces[0]) for each in super().on(office, name, table, day) if pieces]

    def sample(self, office: Office, name: str, table: CampaignTable, now: datetime) -> Occasion | None:
        """The first piece of the stock."""
        pieces = _pieces(office.config, table)
        found = super().sample(office, name, table, now)
        return self._with(found, pieces[0]) if found and pieces else None

    def _with(self, occasion: Occasion, name: str) -> Occasion:
        return Occasion(
            occasion.key,
            occasion.due,
            title=name,
            tone=occasion.tone,
            fields={**occasion.fields, "piece": name},
        )

    def matter(self, office: Office, table: CampaignTable, occasion: Occasion) -> Matter:
        """The piece as an announcement; it has no subject, since it may be said again."""
        item = _read(office, _folder(office.config, table) / str(occasion.fields["piece"]))
        return Matter(
            title=item.title, due=occasion.due, text=item.text, summary=item.summary, link=item.url,
            categories=item.categories, published=item.published, tone=occasion.tone,
        )  # fmt: skip

    def faults(self, config: Config, name: str, table: CampaignTable) -> Iterator[Fault]:
        """A time and a folder with something in it."""
        yield from (fault for key in ("at", "stock") for fault in needed(table, key))
        yield from rule_faults(table)
        if table.stock and not _pieces(config, table):
            yield (
                "stock",
                t("folder {f} tidak ada atau tidak berisi berkas .md",
                  "the folder {f} does not exist or holds no .md file", f=table.stock),
            )  # fmt: skip


def choose(
    pieces: list[str], said: dict[str, datetime], moment: datetime, table: CampaignTable
) -> str | None:
    """The piece said longest ago, not within ``again_after``; those never said first, in an order of their own."""
    wait = duration(table.again_after)
    free = [name for name in pieces if name not in said or moment - said[name] >= wait]
    new = sorted((name for name in free if name not in said), key=lambda name: sha256(name.encode()).digest())
    old = sorted((name for name in free if name in said), key=lambda name: (said[name], name))
    return next(iter([*new, *old]), None)


def _said(office: Office, campaign: Campaign) -> tuple[set[str], dict[str, datetime]]:
    """The keys that have their Post, and when each piece was said last, or is to be said."""
    query = select(Post).where(Post.campaign_id == campaign.id).order_by(col(Post.due_at))
    with office.database.read() as session:
        rows = session.exec(query).all()
    last = {str(row.fields["piece"]): row.due_at for row in rows if "piece" in row.fields and not row.skipped}
    return {row.occasion for row in rows}, last


def _folder(config: Config, table: CampaignTable) -> Path:
    return config.path(table.stock)


def _pieces(config: Config, table: CampaignTable) -> list[str]:
    return sorted(file.name for file in _folder(config, table).glob("*.md")) if table.stock else []


def _read(office: Office, path: Path) -> Item:
    from humasbot.sources.page import read_markdown

    try:
        return read_markdown(path.read_text(encoding="utf-8-sig"), str(path), office.zone)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            t("{p} tidak terbaca: {why}", "{p} cannot be read: {why}", p=path, why=type(error).__name__)
        ) from None


def _none_left(table: CampaignTable) -> str:
    return t("stok habis: semua sudah dipakai dalam {n}", "the stock is used up: all were said within {n}",
             n=table.again_after)  # fmt: skip
