"""Watch: the pages that our posts link to. One that was taken back, or leads nowhere, becomes a proposal.

A page is believed gone only when it says so itself (404 or 410) twice, ``CONFIRM`` apart, while the site's front
page answers; and when its source does not say otherwise. A site that is down as a whole is nobody's correction.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, or_, select

from humasbot.errors import HumasbotError
from humasbot.logs import Quiet
from humasbot.models import Agency, Article, Delivery, Link, Post, Receipt, Source, Variant, utc_now
from humasbot.net import NetError, TooLarge
from humasbot.pipeline.changes import lost, returned
from humasbot.pipeline.office import Office
from humasbot.sources.address import page_of
from humasbot.states import plain
from humasbot.words import t

log = Quiet("humasbot.watch")
AT_ONCE = 40
"""How many links one round looks at, one after another."""
ASKED_AT_ONCE, CHUNK = 200, 20
"""How many articles sources are asked about in one round, and in one request."""
YOUNG = timedelta(days=14)
YOUNG_EVERY, OLD_EVERY = timedelta(hours=6), timedelta(days=7)
BAD_EVERY = timedelta(days=1)
CONFIRM = timedelta(minutes=30)
PATIENCE = timedelta(days=3)
"""How long a page may fail (no answer, a fault of the server) before its link counts as dead."""
LONGEST_LIFE = timedelta(days=365)
"""Posts older than this are not watched any more."""
PAGE_BYTES = 5_000_000


@dataclass(frozen=True, slots=True)
class Carried:
    """A link that posts carry, when it was last said, and the Article it is, if it came from a source."""

    url: str
    said_at: datetime
    article_id: int | None


@dataclass(frozen=True, slots=True)
class Look:
    """How a page answered: ``there``, ``gone`` (it says so itself), ``home`` (sent to the front page), ``trouble``."""

    verdict: str
    status: int | None = None
    why: str = ""


def watch(office: Office, now: datetime | None = None, most: int = AT_ONCE) -> int:
    """Look at the links of posts whose time has come; return how many were looked at.

    Each round is short and may be broken off at any moment. Two at once do no harm. A process that serves a fleet
    looks after every agency that has a source.
    """
    now = now or utc_now()
    return sum(_watch_over(office, agency_id, now, most) for agency_id in _agencies(office))


def _agencies(office: Office) -> list[int]:
    mine = col(Agency.name) == office.config.agency.key
    if office.only_agency is None:
        mine |= col(Agency.id).in_(select(Source.agency_id).where(Source.active))
    with office.database.read() as session:
        return [
            number or 0
            for number in session.exec(select(Agency.id).where(mine).order_by(col(Agency.id))).all()
        ]


def _watch_over(office: Office, agency_id: int, now: datetime, most: int) -> int:
    _ask_sources(office, agency_id, now)
    with office.database.read() as session:
        due = _due(session, agency_id, now, most)
    alive: dict[str, bool] = {}
    for carried in due:
        seen = look(office, carried.url)
        kind = ""
        if seen.verdict != "there" and _front_answers(office, carried.url, alive):
            kind = _kind(office, carried, seen)
        with office.database.write() as session:
            _record(session, agency_id, carried, seen, kind, now)
    return len(due)


def _due(session: Session, agency_id: int, now: datetime, most: int) -> list[Carried]:
    said = func.max(Receipt.published_at)
    query = (
        select(Variant.link, said, func.max(Post.article_id))
        .join(Post, col(Post.id) == col(Variant.post_id))
        .join(Delivery, col(Delivery.variant_id) == col(Variant.id))
        .join(Receipt, col(Receipt.delivery_id) == col(Delivery.id))
        .join(Link, (col(Link.url) == col(Variant.link)) & (col(Link.agency_id) == agency_id), isouter=True)
        .where(
            Post.agency_id == agency_id,
            col(Variant.link).startswith("http"),
            Delivery.state == "sent",
            col(Receipt.published_at) > now - LONGEST_LIFE,
            or_(col(Link.next_at).is_(None), col(Link.next_at) <= now),
        )
        .group_by(col(Variant.link))
        .order_by(func.min(Link.next_at).nulls_first(), said.desc())
        .limit(most)
    )
    return [Carried(url, moment, article) for url, moment, article in session.exec(query).all()]


def _ask_sources(office: Office, agency_id: int, now: datetime) -> None:
    """Ask each source that can tell which of its announced articles it still lists; look at the others' pages at once.

    One request tells of twenty articles, so that also an old page that was taken back is noticed the same day.
    """
    with office.database.read() as session:
        query = (
            select(Link, Article)
            .join(Post, col(Post.subject) == col(Link.url))
            .join(Article, col(Article.id) == col(Post.article_id))
            .where(
                Link.agency_id == agency_id,
                Post.agency_id == agency_id,
                col(Link.bad_since).is_(None),
                or_(col(Link.asked_at).is_(None), col(Link.asked_at) <= now - YOUNG_EVERY),
                col(Link.next_at) > now,
            )
            .order_by(col(Link.asked_at).nulls_first(), col(Link.id))
            .limit(ASKED_AT_ONCE)
        )
        groups: dict[int, dict[int, str]] = {}
        for link, article in session.exec(query).all():
            groups.setdefault(article.source_id, {})[link.id or 0] = article.key
        wanted = select(Source).where(col(Source.id).in_(groups), Source.active)
        sources = session.exec(wanted).all()
    for source in sources:
        keys = groups[source.id or 0]
        says = _says(office, source, list(keys.values()))
        with office.database.write() as session:
            for link in session.exec(select(Link).where(col(Link.id).in_(keys)).with_for_update()).all():
                link.asked_at = now
                if says.get(keys[link.id or 0]) is False:
                    link.next_at = now


def _says(office: Office, source: Source, keys: list[str]) -> dict[str, bool]:
    """What the source says of each article; nothing where it cannot tell, or does not answer."""
    try:
        reader = office.reader(source)
        return {key: there for start in range(0, len(keys), CHUNK)
                for key, there in reader.still(keys[start : start + CHUNK]).items()}  # fmt: skip
    except HumasbotError as error:
        log.info("source_silent", source=source.name, reason=office.vault.redact(str(error)))
        return {}


def look(office: Office, url: str) -> Look:
    """Ask for one page."""
    try:
        answer = office.http.get(url, headers={"Accept": "text/html, */*;q=0.1"}, max_bytes=PAGE_BYTES)
    except TooLarge:
        return Look("there", 200)
    except NetError as error:
        return Look("trouble", None, str(error))
    if answer.status in (404, 410):
        return Look("gone", answer.status, f"HTTP {answer.status}")
    if answer.status >= 400:
        # A page that wants a login, or that is tired of us, is there.
        there = answer.status in (401, 403, 405, 406, 429, 451)
        return Look("there" if there else "trouble", answer.status, f"HTTP {answer.status}")
    if _is_front(answer.url) and not _is_front(url):
        return Look("home", answer.status, t("dialihkan ke halaman depan", "sent to the front page"))
    return Look("there", answer.status)


def _is_front(url: str) -> bool:
    parts = urlsplit(url)
    return parts.path.strip("/") in ("", "index.php", "index.html") and not parts.query


def _front_answers(office: Office, url: str, alive: dict[str, bool]) -> bool:
    parts = urlsplit(url)
    front = f"{parts.scheme}://{parts.netloc}/"
    if front not in alive:
        alive[front] = look(office, front).verdict == "there"
        if not alive[front]:
            log.warning("site_down", site=front)
    return alive[front]


def _kind(office: Office, carried: Carried, seen: Look) -> str:
    """What a bad answer means, if it stays: the page was withdrawn, or only its address is dead."""
    if seen.verdict == "trouble":
        return "dead_link"
    says = _source_says(office, carried)
    if seen.verdict == "gone":
        return "dead_link" if says else "withdrawn"
    return "withdrawn" if says is False else "dead_link"


def _source_says(office: Office, carried: Carried) -> bool | None:
    """Whether the source still lists the Article; ``None`` where it cannot tell."""
    if carried.article_id is None:
        return None
    with office.database.read() as session:
        article = session.get_one(Article, carried.article_id)
        source = session.get_one(Source, article.source_id)
    return _says(office, source, [article.key]).get(article.key) if source.active else None


def _record(session: Session, agency_id: int, carried: Carried, seen: Look, kind: str, now: datetime) -> None:
    mine = select(Link).where(Link.agency_id == agency_id, Link.url == carried.url)
    link = session.exec(mine.with_for_update()).one_or_none()
    if link is None:
        link = Link(agency_id=agency_id, url=carried.url, checked_at=now, next_at=now)
        try:
            with session.begin_nested():
                session.add(link)
        except IntegrityError:
            return  # another watcher was quicker, and knows the same
    link.status, link.reason, link.checked_at = seen.status, plain(seen.why), now
    if seen.verdict == "there":
        link.bad_since, link.looks = None, 0
        link.next_at = now + (YOUNG_EVERY if now - carried.said_at < YOUNG else OLD_EVERY)
        returned(session, agency_id, carried.url, now)
        return
    if not kind:  # the whole site is down: no doubt about this page begins with that
        link.bad_since, link.looks = None, 0
        link.next_at = now + YOUNG_EVERY
        return
    link.bad_since, link.looks = link.bad_since or now, link.looks + 1
    sure = now - link.bad_since >= (PATIENCE if seen.verdict == "trouble" else CONFIRM) and link.looks > 1
    link.next_at = now + (BAD_EVERY if sure or seen.verdict == "trouble" else CONFIRM)
    if sure:
        _propose(session, agency_id, carried, kind, link, now)


def _propose(
    session: Session, agency_id: int, carried: Carried, kind: str, link: Link, now: datetime
) -> None:
    article = session.get(Article, carried.article_id) if carried.article_id is not None else None
    since = link.bad_since or now
    why = f"{carried.url}: {link.reason}"
    if (
        article is not None
        and kind == "dead_link"
        and article.url
        and page_of(article.url) != page_of(carried.url)
    ):
        why += t("; beritanya sekarang di {url}", "; the article is now at {url}", url=article.url)
    lost(session, agency_id, kind, carried.url, article, since, why, now)
