"""Staging: what a chunk says is loaded into a temporary table, and becomes rows in four statements."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

from humasbot import outbox
from humasbot.models import Approval, Json, Post, UtcDateTime, Variant, columns
from humasbot.models.base import Big
from humasbot.models.unless import insert_from
from humasbot.pipeline.seen import Said
from humasbot.queueing import defaults_of


@dataclass(frozen=True, slots=True)
class Row:
    """One account's approved words."""

    agency_id: int
    account_id: int
    said: Said
    hash: str
    key: str


STAGE = sa.Table(
    "humasbot_stage",
    sa.MetaData(),
    sa.Column("agency_id", Big),
    sa.Column("account_id", Big),
    sa.Column("title", sa.Text),
    sa.Column("text", sa.Text),
    sa.Column("link", sa.Text),
    sa.Column("language", sa.Text),
    sa.Column("media", Json),
    sa.Column("options", Json),
    sa.Column("due_at", UtcDateTime),
    sa.Column("not_after", UtcDateTime),
    sa.Column("hash", sa.Text),
    sa.Column("key", sa.Text),
    prefixes=["TEMPORARY"],
)


def queue(
    session: Session,
    campaign_id: int,
    occasion: str,
    priority: int,
    rows: Sequence[Row],
    now: datetime,
    fields: Mapping[str, Any] | None = None,
    policy: str = "",
) -> tuple[int, int, int, str]:
    """Make Posts, Variants, Approvals and Deliveries of *rows*, leaving out what is there already.

    *fields* are those of every Post (``tone``, ``priority`` …), by which it is known later what may stop it; *policy*
    names the standing approval. Returns how many deliveries, the first and the last number, and the hash over all
    hashes that were approved.
    """
    connection = session.connection()
    connection.execute(sa.schema.CreateTable(STAGE, if_not_exists=True))
    connection.execute(sa.delete(STAGE))
    _load(connection, rows)
    stage, post, variant, approval = STAGE.c, columns(Post), columns(Variant), columns(Approval)
    name = sa.literal(f"{occasion}@").concat(sa.cast(stage.agency_id, sa.String))
    mine = sa.and_(post.campaign_id == campaign_id, post.occasion == name)
    ours = sa.and_(variant.post_id == post.id, variant.account_id == stage.account_id)
    _insert(
        connection, Post, now,
        {"agency_id": stage.agency_id, "occasion": name, "title": sa.func.min(stage.title),
         "due_at": sa.func.min(stage.due_at), "fields": sa.literal(dict(fields or {}), Json)},
        lambda query: query.group_by(stage.agency_id), campaign_id=campaign_id,
    )  # fmt: skip
    _insert(
        connection, Variant, now,
        {"post_id": post.id, **{key: stage[key] for key in (
            "account_id", "title", "text", "link", "language", "media", "options", "due_at",
            "not_after")}},
        lambda query: query.join(post.id.table, mine),
    )  # fmt: skip
    _insert(
        connection, Approval, now,
        {"variant_id": variant.id, "hash": stage.hash},
        lambda query: query.join(post.id.table, mine).join(variant.id.table, ours).where(
            variant.text == stage.text,
            ~sa.exists().where(columns(Approval).id.table.alias("before").c.variant_id == variant.id),
        ),
        actor="humasbot", policy=policy or f"campaign:{campaign_id}",
    )  # fmt: skip
    approved = (
        sa.select(
            variant.id, stage.account_id, approval.id, stage.key, sa.literal(priority), stage.due_at,
            stage.due_at, stage.not_after,
        )
        .select_from(STAGE)
        .join(post.id.table, mine)
        .join(variant.id.table, ours)
        .join(approval.id.table, sa.and_(approval.variant_id == variant.id, approval.hash == stage.hash))
        .order_by(stage.due_at, stage.agency_id, stage.account_id)
    )  # fmt: skip
    numbers = outbox.enqueue_many(session, approved, now)
    digest = sha256("".join(sorted(row.hash for row in rows)).encode()).hexdigest()
    return len(numbers), min(numbers, default=0), max(numbers, default=0), digest


def _insert(
    connection: sa.Connection,
    model: type[SQLModel],
    now: datetime,
    given: dict[str, Any],
    shape: Any,
    **fixed: Any,
) -> None:
    """Insert from the stage; every other column gets what a new row of the model has."""
    defaults = defaults_of(model, now)
    values = {**defaults, **{key: sa.literal(value) for key, value in fixed.items()}, **given}
    query = shape(sa.select(*values.values()).select_from(STAGE))
    statement = insert_from(connection, columns(model).id.table, list(values), query)
    connection.execute(statement.on_conflict_do_nothing())


def _load(connection: sa.Connection, rows: Sequence[Row]) -> None:
    names = [column.name for column in STAGE.columns]
    if connection.dialect.name == "sqlite":
        if rows:
            connection.execute(
                sa.insert(STAGE), [dict(zip(names, _values(row), strict=True)) for row in rows]
            )
        return
    cursor = connection.connection.cursor()
    with cursor.copy(f"COPY humasbot_stage ({', '.join(names)}) FROM STDIN") as copy:
        for row in rows:
            values = _values(row)
            copy.write_row([json.dumps(each) if isinstance(each, list | dict) else each for each in values])
    cursor.close()


def _values(row: Row) -> list[Any]:
    said = row.said
    return [
        row.agency_id, row.account_id, said.title, said.text, said.link, said.language, said.media,
        dict(said.options), said.due_at.astimezone(UTC),
        said.not_after.astimezone(UTC) if said.not_after else None, row.hash, row.key,
    ]  # fmt: skip
