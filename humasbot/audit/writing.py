"""Writing the trail: acts are gathered while a transaction runs and inserted together just before it is committed."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from humasbot.models import Account, Agency, Audit, columns, utc_now
from humasbot.models.among import among
from humasbot.states import plain

_GATHERED = "humasbot_audit"
REDACT = "redact"
"""The key of ``session.info`` under which the database keeps what strikes secrets out of a text."""
OWNERS = "owners"
"""The key under which it keeps whose account is which."""
MOST_OWNERS = 20_000
Owner = tuple[str, str, str]
"""Of an account: its name, its agency's key, its platform."""
SHORT = 480
"""Characters of a row's detail: nothing in it was cut short, as the long words of a platform are."""
SHORTEST = 4
"""What is shorter cannot hold a secret that the vault would strike out."""


_compact = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode
_plain = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True, slots=True)
class Act:
    """One act that waits for its transaction's commit."""

    act: str
    subject: str
    actor: str
    agency: str
    account: int | None
    at: datetime
    detail: Mapping[str, Any] = field(default_factory=dict)


def record(
    session: Session,
    act: str,
    subject: str,
    *,
    actor: str = "humasbot",
    account: int | None = None,
    agency: str = "",
    at: datetime | None = None,
    **detail: Any,
) -> None:
    """Remember one act; it is written when the session's transaction is committed, and only then.

    *subject* is what it is about, as ``"delivery:12"``. *account* is an Account's number: its name and its agency's
    key are added. *detail* may hold texts, numbers, times (aware), lists and mappings; what is empty is left out, and
    secrets are struck out.
    """
    acts: list[Act] | None = session.info.get(_GATHERED)
    if acts is None:
        acts = session.info[_GATHERED] = []
        sa.event.listen(session, "before_commit", _write)
        sa.event.listen(session, "after_soft_rollback", _forget)
    known = {key: value for key, value in detail.items() if value not in (None, "", [], {})}
    acts.append(Act(act, subject, actor, agency, account, at or utc_now(), known))


def _write(session: Session) -> None:
    """Insert what was gathered in one statement; within a savepoint it waits for the transaction around it."""
    acts: list[Act] = session.info[_GATHERED]
    if not acts or session.in_nested_transaction():
        return
    owners = owners_of(session, {act.account for act in acts if act.account is not None})
    redact = session.info.get(REDACT, str)
    rows = [_row(act, owners, redact) for act in acts]
    acts.clear()
    session.execute(sa.insert(columns(Audit).id.table), rows)


def _forget(session: Session, ended: Any) -> None:
    if not ended.nested:
        session.info[_GATHERED].clear()


def owners_of(session: Session, accounts: set[int]) -> Mapping[int, Owner]:
    """Each account's name, its agency's key and its platform; none ever changes, so what was asked once is kept."""
    known: dict[int, Owner] = session.info.setdefault(OWNERS, {})
    # A copy: other threads empty what is kept when it has grown too large.
    found = {number: owner for number in accounts if (owner := known.get(number)) is not None}
    if missing := accounts - found.keys():
        query = (
            select(Account.id, Account.name, Agency.name, Account.platform)
            .join(Agency, col(Agency.id) == col(Account.agency_id))
            .where(among(col(Account.id), "b_accounts"))
        )
        rows = session.execute(query, {"b_accounts": list(missing)}).all()
        asked = {number or 0: (name, agency, platform) for number, name, agency, platform in rows}
        learn(known, asked)
        found.update(asked)
    return found


def learn(known: dict[int, Owner], owners: Mapping[int, Owner]) -> None:
    """Keep whose accounts these are in *known*, which is :attr:`~humasbot.database.Database.owners`."""
    if len(known) > MOST_OWNERS:
        known.clear()
    known.update(owners)


def _row(act: Act, owners: Mapping[int, Owner], redact: Callable[[str], str]) -> dict[str, Any]:
    name, agency, _ = owners.get(act.account or 0, ("", act.agency, ""))
    detail = {**({"account": name} if name else {}), **act.detail}
    row = {
        "at": act.at.astimezone(UTC),
        "actor": clean(act.actor, redact),
        "act": act.act,
        "agency": agency,
        "subject": act.subject,
        "detail": _as_json(detail, redact),
    }
    return {**row, "digest": digest_of(row)}


def _as_json(detail: Mapping[str, Any], redact: Callable[[str], str]) -> str:
    """Canonical JSON without secrets. What is short and holds none is seen to hold none as a whole: that is most."""
    text = _compact(clean(detail, _as_it_is))
    if len(text) <= SHORT and redact(text) == text:
        return text
    # Value by value: a secret may be cut at the end of a long one, and what is struck out must not break the JSON.
    return _compact(clean(detail, redact))


def _as_it_is(text: str) -> str:
    return text


def digest_of(row: Mapping[str, Any]) -> str:
    """SHA-256 over the content of a row of the trail: when, who, what, whose, about what, and every detail."""
    moment = row["at"].astimezone(UTC).isoformat(timespec="microseconds")
    parts = [moment, *(row[key] for key in ("actor", "act", "agency", "subject", "detail"))]
    return sha256(_plain(parts).encode("utf-8", "surrogatepass")).hexdigest()


def clean(value: Any, redact: Callable[[str], str]) -> Any:
    """*value* as JSON can hold it and every database takes it, secrets struck out."""
    if isinstance(value, str):
        text = value if value.isascii() and "\0" not in value else plain(value)
        return redact(text) if len(text) >= SHORTEST else text
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Mapping):
        return {str(clean(str(key), redact)): clean(inner, redact) for key, inner in value.items()}
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, bytes):
        return [clean(inner, redact) for inner in value]
    return clean(str(value), redact)
