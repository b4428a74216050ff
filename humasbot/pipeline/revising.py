"""Revising: what changes before it left is composed anew; what changes after it is out asks for a person."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from humasbot.logs import Quiet
from humasbot.models import Campaign, Happening, Post, Proposal, Variant
from humasbot.pipeline import holding
from humasbot.pipeline.approve import halt
from humasbot.pipeline.changes import close, difference, digest_of, propose
from humasbot.pipeline.happenings import of_key
from humasbot.pipeline.office import Office
from humasbot.words import t

log = Quiet("humasbot.revise")
LOOK_BACK = timedelta(days=8)
Words = Mapping[str, str]


def revise(
    office: Office,
    campaign: Campaign,
    source: str,
    now: datetime,
    words_of: Callable[[Post, Happening], Words],
) -> int:
    """Judge the recent and coming Posts of a campaign by what their happenings are now; how many were touched.

    *words_of* says what a Post would say now, in plain words; they are compared with those it was made of.
    """
    touched = 0
    for post in _recent(office, campaign, now):
        key = str(post.fields.get("happening", ""))
        row = of_key(office, source, key) if key else None
        if row is None or post.fields.get("over"):
            continue
        if row.over_at is not None:
            if row.over_at < row.ends_at:
                touched += _settle(office, post, None, now)
        elif (words := dict(words_of(post, row))) != post.fields.get("words"):
            touched += _settle(office, post, words, now)
    return touched


def _recent(office: Office, campaign: Campaign, now: datetime) -> list[Post]:
    with office.database.read() as session:
        query = select(Post).where(
            Post.campaign_id == campaign.id,
            col(Post.due_at) > now - LOOK_BACK,
            ~col(Post.occasion).contains("~"),
        )
        return list(session.exec(query).all())


def _settle(office: Office, post: Post, words: dict[str, str] | None, now: datetime) -> int:
    """Do what a change asks for; without *words* it was called off."""
    with office.database.write() as session:
        fresh = session.get_one(Post, post.id, with_for_update=True)
        if fresh.skipped and holding.open_hold(session, fresh.id or 0) is None and _variants(session, fresh):
            return 0  # a person stopped it, and that stands
        _end(session, fresh, now) if words is None else _change(session, fresh, words, now)
    return 1


def _variants(session: Session, post: Post) -> list[Variant]:
    return list(session.exec(select(Variant).where(Variant.post_id == post.id)).all())


def _end(session: Session, post: Post, now: datetime) -> None:
    """What it was about was called off, or has become private."""
    why = t("dibatalkan di sumbernya", "called off at its source")
    if holding.retire(session, post, why, now):
        return
    _halt(session, post, why)
    before = _said(post)
    _propose(session, post, "withdrawn", before, {}, why, now)
    post.fields = {**post.fields, "over": True}


def _change(session: Session, post: Post, words: dict[str, str], now: datetime) -> None:
    why = t("disusun ulang: sumbernya berubah", "composed anew: its source changed")
    if holding.retire(session, post, why, now):
        return
    _halt(session, post, why)
    before = _replaced(session, post, now) or _said(post)
    if before != words:
        _propose(session, post, "edit", before, words, difference(before, words), now)
    post.fields = {**post.fields, "words": words}


def _replaced(session: Session, post: Post, now: datetime) -> dict[str, Any]:
    """What the Post says, where a proposal about it is open still: that one is closed, for it is out of date."""
    query = select(Proposal).where(
        Proposal.agency_id == post.agency_id, Proposal.state == "open", Proposal.kind == "edit",
        Proposal.subject == str(post.fields.get("happening", "")),
    )  # fmt: skip
    for row in session.exec(query).all():
        if row.posts == [post.id]:
            close(row, now, t("diganti oleh perubahan berikutnya", "replaced by the next change"))
            return dict(row.before)
    return {}


def _halt(session: Session, post: Post, why: str) -> None:
    for variant in _variants(session, post):
        halt(session, variant, why)


def _said(post: Post) -> dict[str, Any]:
    words = post.fields.get("words")
    return dict(words) if isinstance(words, dict) else {"title": post.title, "text": ""}


def _propose(
    session: Session,
    post: Post,
    kind: str,
    before: dict[str, Any],
    after: dict[str, Any],
    shown: str,
    now: datetime,
) -> None:
    subject = str(post.fields.get("happening", ""))
    propose(
        session,
        Proposal(
            agency_id=post.agency_id, kind=kind, subject=subject, title=post.title, posts=[post.id or 0],
            before=before, after=after, diff=shown, created_at=now,
            digest=digest_of(kind, post.id, before, after, now.isoformat()),
        ),
    )  # fmt: skip
