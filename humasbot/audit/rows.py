"""Reading the trail: rows as plain dictionaries, newest or oldest first, of one subject, agency or act."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlmodel import Session, col, select

from humasbot.models import Audit

Row = dict[str, Any]
CHUNK = 2000


def listed(
    session: Session,
    *,
    subjects: Sequence[str] = (),
    agency: str = "",
    act: str = "",
    actor: str = "",
    newest: int | None = None,
) -> Iterator[Row]:
    """The rows of the trail in the order of their writing; with *newest* only so many, the latest first.

    *subjects*, *agency*, *act* and *actor* narrow them down. Memory stays bounded whatever the trail's length.
    """
    query = select(Audit).order_by(col(Audit.id) if newest is None else col(Audit.id).desc())
    if subjects:
        query = query.where(col(Audit.subject).in_(subjects))
    for column, wanted in ((Audit.agency, agency), (Audit.act, act), (Audit.actor, actor)):
        if wanted:
            query = query.where(col(column) == wanted)
    if newest is not None:
        yield from map(as_dict, session.exec(query.limit(newest)).all())
        return
    last = 0
    while rows := session.exec(query.where(col(Audit.id) > last).limit(CHUNK)).all():
        yield from map(as_dict, rows)
        last = rows[-1].id or 0
        session.expunge_all()


def as_dict(row: Audit) -> Row:
    """One row, its detail decoded; a detail that somebody made unreadable stays as the text that it is."""
    try:
        detail: Any = json.loads(row.detail)
    except ValueError:
        detail = row.detail
    return {**row.model_dump(), "detail": detail}
