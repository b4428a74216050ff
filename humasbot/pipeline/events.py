"""The agenda as a person sees it: the coming events with the Posts of each, and what they fill into a report."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, select

from humasbot import audit
from humasbot.errors import InputError, NotFoundError
from humasbot.models import Happening, Post, Source
from humasbot.pipeline.office import Office
from humasbot.pipeline.setup import agency_of
from humasbot.words import t

BEHIND = timedelta(days=7)
NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
LONGEST = 2000


def listed(office: Office, now: datetime, limit: int = 50) -> list[dict[str, Any]]:
    """The events of the last week and the coming time, each with its Posts by stage."""
    with office.database.read() as session:
        agency = agency_of(session, office.config)
        query = (
            select(Happening)
            .join(Source, col(Source.id) == col(Happening.source_id))
            .where(Source.agency_id == agency.id, Happening.kind == "agenda", col(Happening.ends_at) > now - BEHIND)
            .order_by(col(Happening.begins_at))
            .limit(limit)
        )  # fmt: skip
        rows = session.exec(query).all()
        posts = session.exec(
            select(Post).where(Post.agency_id == agency.id, col(Post.occasion).startswith("agenda:"))
        ).all()
    by_key: dict[str, dict[str, int]] = {}
    for post in posts:
        stage = str(post.fields.get("stage", ""))
        if "~" not in post.occasion and post.id is not None:
            by_key.setdefault(str(post.fields.get("happening", "")), {})[stage] = post.id
    return [
        {
            "number": row.id, "title": row.facts.get("title", ""), "place": row.facts.get("place", ""),
            "begins": row.begins_at, "ends": row.ends_at, "over": row.over_at is not None, "filled": row.filled,
            "posts": by_key.get(row.key, {}),
        }
        for row in rows
        if row.facts
    ]  # fmt: skip


def fill(office: Office, number: int, facts: Mapping[str, str], *, actor: str, now: datetime) -> None:
    """Add what a report waits for (``hasil``, ``hadir``, ``kutipan``); its draft is composed anew at the next round.

    Raises :class:`~humasbot.errors.NotFoundError`, and :class:`~humasbot.errors.InputError` for a name that none is.
    """
    if wrong := [name for name in facts if not NAME.fullmatch(name)]:
        raise InputError(
            t("{n} bukan nama isian; pakai huruf kecil, misalnya hasil, hadir, kutipan",
              "{n} is no name; use small letters, such as hasil, hadir, kutipan", n=", ".join(wrong))
        )  # fmt: skip
    with office.database.write() as session:
        row = session.get(Happening, number, with_for_update=True)
        agency = agency_of(session, office.config)
        source = session.get(Source, row.source_id) if row else None
        if (
            row is None
            or source is None
            or source.agency_id != agency.id
            or row.kind != "agenda"
            or not row.facts
        ):
            raise NotFoundError(
                t("tidak ada acara nomor {n}; lihat: humasbot agenda",
                  "there is no event number {n}; see: humasbot agenda", n=number)
            )  # fmt: skip
        given = {name: text.strip()[:LONGEST] for name, text in facts.items()}
        row.filled = {name: text for name, text in {**row.filled, **given}.items() if text}
        row.changed_at = now
        audit.record(
            session, "filled", f"happening:{number}", actor=actor, agency=agency.name, names=sorted(facts)
        )
