"""Changes of what was said: an edited, withdrawn or lost page becomes a proposal that a person decides."""

import difflib
import re
from collections.abc import Collection
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, or_, select

from humasbot import audit
from humasbot.errors import NotFoundError, StateError
from humasbot.logs import Quiet
from humasbot.models import Agency, Article, Delivery, Post, Proposal, Variant, utc_now
from humasbot.pipeline.office import Office
from humasbot.words import t

log = Quiet("humasbot.changes")
SAID = ("queued", "sending", "sent", "uncertain")
"""States of a Delivery that is public, may be, or will be without anybody asking again."""
LONGEST_DIFF = 6000
_COUNTER = re.compile(
    r"(?:dibaca|dilihat|views?|hits?|pengunjung|pembaca|reads?)\s*:?\s*[\d.,]+(?:\s*(?:kali|x|orang|times))?"
    r"|[\d.,]+\s*(?:kali dibaca|kali dilihat|views?|hits?|x dibaca)",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


def words_of(article: Article) -> dict[str, str]:
    """What an Article says, as a proposal keeps it."""
    return {"title": article.title, "text": article.text, "summary": article.summary, "url": article.url}


def same_words(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two versions say the same to a reader: white space and counters of visits mean nothing."""
    return all(_plain(one.get(key, "")) == _plain(other.get(key, "")) for key in ("title", "text", "summary"))


def _plain(text: str) -> str:
    return " ".join(_COUNTER.sub("", text).split())


def difference(before: dict[str, Any], after: dict[str, Any]) -> str:
    """What changed, sentence by sentence: lines that begin with ``-`` went, lines that begin with ``+`` came."""
    lines: list[str] = []
    for key in ("title", "text", "summary"):
        old, new = (_sentences(version.get(key, "")) for version in (before, after))
        if key == "summary" and before.get("text", "") != after.get("text", ""):
            continue  # the summary follows the text
        changed = difflib.unified_diff(old, new, lineterm="", n=0)
        lines += [
            f"{line[0]} {line[1:]}" for line in changed if line[:3] not in ("---", "+++") and line[0] in "+-"
        ]
    shown = "\n".join(lines)
    return shown if len(shown) <= LONGEST_DIFF else shown[:LONGEST_DIFF].rsplit("\n", 1)[0] + "\n…"


def _sentences(text: str) -> list[str]:
    return [part.strip() for part in _SENTENCE.split(text) if part.strip()]


def posts_about(
    session: Session, agency_id: int, article_id: int | None, subjects: Collection[str]
) -> list[int]:
    """The numbers of the Posts that say an Article or one of the addresses *subjects*, and are out or on their way."""
    query = (
        select(Post.id)
        .join(Variant, col(Variant.post_id) == col(Post.id))
        .join(Delivery, col(Delivery.variant_id) == col(Variant.id))
        .where(Post.agency_id == agency_id, col(Delivery.state).in_(SAID), _about(article_id, subjects))
        .distinct()
    )
    return sorted(number for number in session.exec(query).all() if number is not None)


def _note_waiting(
    session: Session, agency_id: int, article_id: int | None, subjects: Collection[str]
) -> None:
    """Tell whoever is to approve what was composed before an edit that it is not what the website says now."""
    query = (
        select(Variant)
        .join(Post, col(Post.id) == col(Variant.post_id))
        .join(Delivery, col(Delivery.variant_id) == col(Variant.id), isouter=True)
        .where(Post.agency_id == agency_id, _about(article_id, subjects), col(Delivery.id).is_(None))
    )
    note = t("beritanya disunting di situs sesudah ini disusun; periksa dahulu",
             "the article was edited on the site after this was composed; look at it first")  # fmt: skip
    for variant in session.exec(query).all():
        if note not in variant.notes:
            variant.notes = [*variant.notes, note]


def _about(article_id: int | None, subjects: Collection[str]) -> ColumnElement[bool]:
    return or_(
        col(Post.subject).in_([subject for subject in subjects if subject]),
        col(Post.article_id) == (article_id or 0),
    )


def edited(
    session: Session, agency_id: int, article: Article, before: dict[str, str], last: datetime | None, now: datetime
) -> Proposal | None:  # fmt: skip
    """Propose the edit of an Article that was announced; ``None`` if it was not, or reads the same as what was said.

    *before* is what the Article said until now, *last* when it had changed before. An edit replaces the open proposal
    of the edit before it, and shows the whole difference from what was said.
    """
    after = words_of(article)
    posts = posts_about(session, agency_id, article.id, {before["url"], after["url"]})
    if same_words(before, after):
        return None
    _note_waiting(session, agency_id, article.id, {before["url"], after["url"]})
    if not posts:
        return None
    mine = select(Proposal).where(Proposal.article_id == article.id, Proposal.kind == "edit")
    earlier = session.exec(mine.order_by(col(Proposal.id).desc()).limit(1).with_for_update()).one_or_none()
    said: dict[str, Any] = before
    if earlier is not None and earlier.state == "open":
        said = earlier.before
        close(earlier, now, t("diganti oleh suntingan berikutnya", "replaced by the next edit"))
        if same_words(said, after):
            earlier.note = t("situs kembali seperti semula", "the site is again as it was")
            return None
    digest = digest_of("edit", article.id, said["title"], said["text"], after["title"], after["text"],
                       after["summary"], last.isoformat() if last else "")  # fmt: skip
    return propose(
        session,
        Proposal(
            agency_id=agency_id, article_id=article.id, kind="edit", subject=_subject(session, posts, said["url"]),
            title=article.title,
            posts=posts, before=said, after=after, diff=difference(said, after), digest=digest, created_at=now,
        ),
    )  # fmt: skip


def _subject(session: Session, posts: list[int], otherwise: str) -> str:
    """The address as the posts say it, which may be an older one than the article's."""
    return next(
        (post.subject for post in (session.get(Post, number) for number in posts) if post and post.subject),
        otherwise,
    )


def lost(
    session: Session, agency_id: int, kind: str, url: str, article: Article | None, since: datetime, why: str,
    now: datetime,
) -> Proposal | None:  # fmt: skip
    """Propose what is to become of posts whose page is gone since *since*: ``withdrawn`` or ``dead_link``."""
    number = article.id if article else None
    posts = posts_about(session, agency_id, number, {url})
    if not posts:
        return None
    title = article.title if article else session.get_one(Post, posts[0]).title
    return propose(
        session,
        Proposal(
            agency_id=agency_id, article_id=number, kind=kind, subject=url, title=title, posts=posts, diff=why,
            before=words_of(article) if article else {"url": url},
            digest=digest_of(kind, number or url, url, since.isoformat()), created_at=now,
        ),
    )  # fmt: skip


def returned(session: Session, agency_id: int, url: str, now: datetime) -> int:
    """The page is there again: dismiss what was open about its loss; how many proposals."""
    query = select(Proposal).where(
        Proposal.agency_id == agency_id, Proposal.state == "open", col(Proposal.kind) != "edit",
        Proposal.subject == url,
    )  # fmt: skip
    rows = session.exec(query).all()
    for row in rows:
        close(row, now, t("halamannya ada lagi", "its page is there again"))
    return len(rows)


def digest_of(*parts: object) -> str:
    """The name of one change."""
    return sha256("\x1f".join(map(str, parts)).encode()).hexdigest()


def propose(session: Session, proposal: Proposal) -> Proposal | None:
    """Add a proposal for a person to decide; ``None`` where the very same was made before."""
    try:
        with session.begin_nested():
            session.add(proposal)
    except IntegrityError:
        return None  # proposed already
    log.warning("proposed", proposal=proposal.id, kind=proposal.kind, subject=proposal.subject)
    return proposal


def close(proposal: Proposal, now: datetime, note: str) -> None:
    """Dismiss a proposal that later events settled."""
    proposal.state, proposal.decided_at, proposal.decided_by, proposal.note = (
        "dismissed",
        now,
        "humasbot",
        note,
    )


# What a person sees and decides.


def listed(office: Office, state: str = "open", limit: int = 50) -> list[dict[str, Any]]:
    """The newest proposals of a state (``""`` for all), without their texts."""
    with office.database.read() as session:
        query = select(Proposal).where(Proposal.agency_id == _agency(office, session))
        if state:
            query = query.where(Proposal.state == state)
        rows = session.exec(query.order_by(col(Proposal.id).desc()).limit(limit)).all()
    return [row.model_dump(exclude={"before", "after", "digest", "agency_id"}) for row in rows]


def shown(office: Office, number: int) -> dict[str, Any]:
    """One proposal whole. Raises :class:`~humasbot.errors.NotFoundError`."""
    with office.database.read() as session:
        return _one(office, session, number).model_dump(exclude={"digest", "agency_id"})


def decide(
    session: Session, office: Office, number: int, state: str, *, actor: str, note: str = ""
) -> Proposal:
    """Take or dismiss an open proposal as *actor*, within the caller's transaction.

    Raises :class:`~humasbot.errors.NotFoundError`, and :class:`~humasbot.errors.StateError` when it is decided.
    """
    row = _one(office, session, number, lock=True)
    if row.state != "open":
        raise StateError(
            t(
                "usul {n} sudah diputuskan oleh {a}",
                "proposal {n} is decided already, by {a}",
                n=number,
                a=row.decided_by,
            )
        )
    row.state, row.decided_at, row.decided_by, row.note = state, utc_now(), actor, note
    audit.record(
        session,
        state,
        f"proposal:{number}",
        actor=actor,
        agency=office.config.agency.key,
        kind=row.kind,
        note=note,
    )
    return row


def dismiss(office: Office, number: int, *, actor: str, note: str = "") -> None:
    """A person says that nothing needs to be done. Raises as :func:`decide`."""
    with office.database.write() as session:
        decide(session, office, number, "dismissed", actor=actor, note=note)


def _agency(office: Office, session: Session) -> int:
    return session.exec(select(Agency.id).where(Agency.name == office.config.agency.key)).one() or 0


def _one(office: Office, session: Session, number: int, *, lock: bool = False) -> Proposal:
    row = session.get(Proposal, number, with_for_update=lock or None)
    if row is None or row.agency_id != _agency(office, session):
        raise NotFoundError(t("tidak ada usul nomor {n}", "there is no proposal number {n}", n=number))
    return row
