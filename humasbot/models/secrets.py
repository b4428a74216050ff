"""Secrets that rotate: kept encrypted, with what is needed to renew them."""

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from humasbot.models.base import Table, json_of, long_text, moment, number, ref


class Secret(Table, table=True):
    """One secret of an account, encrypted. ``name`` is the platform's setting, or ``oauth.…`` where it serves renewal.

    The account is known by its name, because it is connected before it stands in the configuration. ``key_id`` names
    the key that opens ``ciphertext``; ``expires_at`` is when the platform stops taking the secret, if it says so.
    """

    __tablename__ = "humasbot_secret"
    __table_args__ = (UniqueConstraint("agency_id", "account", "name"),)
    id: int | None = number()
    agency_id: int = ref("agency.id")
    account: str
    name: str
    ciphertext: str = long_text()
    key_id: str = ""
    expires_at: datetime | None = moment(nullable=True)
    renewed_at: datetime = moment()


class Grant(Table, table=True):
    """What a platform granted to an account, and the lock under which it is renewed.

    ``flow`` is how it was connected and ``settings`` the addresses for it, no secrets. ``renew_at`` is when to renew
    next, ``None`` where that is of no use. ``claimed_by`` renews it until ``lease_until``; ``spending`` is the mark of
    the token that was shown to the platform and whose answer is not written yet. ``problem`` says why it is dead,
    ``last_error`` why the last renewal was put off.
    """

    __tablename__ = "humasbot_grant"
    __table_args__ = (UniqueConstraint("agency_id", "account"),)
    id: int | None = number()
    agency_id: int = ref("agency.id")
    account: str
    flow: str
    settings: dict[str, Any] = json_of(dict)
    named: str = long_text()
    renew_at: datetime | None = moment(nullable=True, index=True)
    tries: int = 0
    spending: str = Field(default="")
    problem: str = long_text()
    last_error: str = long_text()
    claimed_by: str = Field(default="")
    lease_until: datetime | None = moment(nullable=True)
    granted_at: datetime = moment()
