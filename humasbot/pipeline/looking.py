"""Looking before the call: everything that a chunk of claims needs, and whether it may still leave, in one query."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from humasbot import audit
from humasbot.claiming import ALERT, Claim, frozen
from humasbot.database import Database
from humasbot.models import Account, Agency, Approval, Delivery, Variant, columns, utc_now
from humasbot.models.among import among
from humasbot.pipeline.approve import hash_of
from humasbot.pipeline.office import agency_values
from humasbot.pipeline.seen import Said, Seen, Speaker
from humasbot.ticking import clock
from humasbot.words import t


def look(database: Database, claims: Sequence[Claim]) -> dict[int, Seen]:
    """What stands about each claim now, by its delivery; much may have happened since it was taken."""
    at, now = clock(), utc_now()
    with database.read() as session:
        numbers = [claim.delivery_id for claim in claims]
        rows = session.execute(_statement(), {"b_numbers": numbers}).all()
    found = {row.delivery_id: row for row in rows}
    whose = {row.account_id: (row.account_name, row.agency_key, row.platform) for row in rows}
    audit.learn(database.owners, whose)  # the trail of what comes of these need not ask
    return {claim.delivery_id: _seen(found[claim.delivery_id], claim, at, now) for claim in claims}


@cache
def _statement() -> sa.Select[Any]:
    delivery, variant, account = columns(Delivery), columns(Variant), columns(Account)
    approval, agency = columns(Approval), columns(Agency)
    # Not a join: with few rows PostgreSQL would read every approval for each chunk.
    approved = sa.select(approval.hash).where(
        approval.id == delivery.approval_id, approval.voided_at.is_(None)
    )
    return (
        sa.select(
            delivery.id.label("delivery_id"), delivery.state, delivery.claimed_by, delivery.attempts,
            variant.title, variant.text, variant.link, variant.language, variant.media, variant.options,
            variant.due_at, variant.not_after,
            account.id.label("account_id"), account.name.label("account_name"), account.agency_id,
            account.platform, account.settings,
            account.dry_run, account.active, account.paused_at, account.revoked_at,
            approved.scalar_subquery().label("approved"),
            agency.name.label("agency_key"), agency.title.label("agency_title"), agency.timezone,
            agency.language.label("agency_language"), agency.brand, frozen(account.agency_id).label("frozen"),
        )
        .join(variant.id.table, variant.id == delivery.variant_id)
        .join(account.id.table, account.id == variant.account_id)
        .join(agency.id.table, agency.id == account.agency_id)
        .where(among(delivery.id, "b_numbers"))
    )  # fmt: skip


def _seen(row: Any, claim: Claim, at: float, now: datetime) -> Seen:
    said = Said(
        row.title, row.text, row.link, row.language, row.media, row.options, row.due_at, row.not_after
    )
    values = agency_values(row.agency_title, row.timezone, row.agency_language, row.brand)
    speaker = Speaker(
        row.account_id, row.account_name, row.agency_id, row.platform, row.settings, values, row.revoked_at
    )
    approved = row.approved if row.approved == hash_of(said, speaker) else None
    return Seen(at, speaker, said, _held(row, claim, now), approved or "")


def _held(row: Any, claim: Claim, now: datetime) -> str:
    """Why it must not be sent now, or nothing."""
    mine = (row.state, row.claimed_by, row.attempts) == ("sending", claim.token, claim.attempts)
    if not mine:
        return t("diambil alih", "taken over")
    if row.frozen and claim.priority < ALERT:
        return t("semua kiriman dibekukan", "all sending is frozen")
    if row.dry_run or not row.active or row.paused_at is not None:
        return t("akun baru saja dihentikan", "the account was stopped just now")
    if row.not_after is not None and row.not_after < now:
        return t("waktunya sudah lewat", "its time has passed")
    return ""
