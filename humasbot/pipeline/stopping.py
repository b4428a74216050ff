"""Stopping at once: a freeze of everything but alerts, and an account whose credential must be forgotten."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, delete, select

from humasbot import audit
from humasbot.config import Config
from humasbot.errors import ConfigError, InputError, StateError
from humasbot.models import Account, Agency, Freeze, Grant, Secret, utc_now
from humasbot.pipeline.office import Office
from humasbot.pipeline.setup import accounts_of, agency_of, meant
from humasbot.platforms.registry import platform
from humasbot.vault import is_reference
from humasbot.words import t

LONGEST_REASON = 500


def _reason(office: Office, text: str) -> str:
    """Why a person stops something: what they wrote, on one line, without any secret of this office.

    Raises :class:`~humasbot.errors.InputError` when they wrote nothing.
    """
    words = " ".join(str(text).split())[:LONGEST_REASON]
    if not words:
        raise InputError(
            t("sebutkan alasannya, misalnya --reason 'gempa'", "say why, for example --reason 'quake'")
        )
    # Someone in a hurry may paste the very token that leaked; the vault knows it only once it has been read.
    known = [table.settings for table in office.config.accounts.values()]
    known += [table.settings for table in office.config.sources.values()]
    for name, value in (pair for settings in known for pair in settings.items()):
        if is_reference(value):
            office.vault.resolve(value, name)
    return office.vault.redact(words)


def freeze(office: Office, *, everything: bool, reason: str, actor: str) -> Freeze:
    """Let nothing but the alert lane leave, of this agency or of *everything* in this database.

    It holds from the commit on, for every process: each asks again right before every call. One that stands already
    is returned as it is.
    """
    reason = _reason(office, reason)
    with office.database.write() as session:
        agency = agency_of(session, office.config)
        number = None if everything else agency.id
        found: Freeze | None = session.exec(_standing().where(_scope(number))).first()
        if found is not None:
            return found
        row = Freeze(agency_id=number, reason=reason, actor=actor)
        session.add(row)
        session.flush()
        _record(session, "frozen", row, actor, "" if everything else agency.name, reason=reason)
    return row


def unfreeze(office: Office, *, everything: bool, actor: str) -> int:
    """Lift the freeze of this agency, or the one of *everything*; how many were lifted.

    Raises :class:`~humasbot.errors.StateError` when none stands, naming the one that does.
    """
    with office.database.write() as session:
        agency = agency_of(session, office.config)
        rows = session.exec(_standing().where(_scope(None if everything else agency.id))).all()
        if not rows:
            raise StateError(_nothing(session, agency.id, everything))
        for row in rows:
            row.lifted_at, row.lifted_by = utc_now(), actor
            _record(session, "lifted", row, actor, "" if everything else agency.name, reason=row.reason)
    return len(rows)


def _nothing(session: Session, agency_id: int | None, everything: bool) -> str:
    other = session.exec(_standing().where(_scope(agency_id if everything else None))).first()
    if other is None:
        return t("tidak ada pembekuan yang berlaku", "no freeze stands")
    command = "humasbot unfreeze" if everything else "humasbot unfreeze --all"
    return t("pembekuan yang berlaku bukan itu; lepaskan dengan: {c}", "another freeze stands; lift it with: {c}",
             c=command)  # fmt: skip


def _record(session: Session, act: str, row: Freeze, actor: str, agency: str, reason: str) -> None:
    everything = row.agency_id is None
    audit.record(
        session, act, f"freeze:{row.id}", actor=actor, agency=agency, everything=everything, reason=reason
    )


def _standing() -> Any:
    return select(Freeze).where(col(Freeze.lifted_at).is_(None)).with_for_update()


def _scope(agency_id: int | None) -> Any:
    return col(Freeze.agency_id).is_(None) if agency_id is None else col(Freeze.agency_id) == agency_id


def freezes(session: Session, config: Config) -> list[Freeze]:
    """Every freeze that stops this agency now."""
    agency = select(Agency.id).where(Agency.name == config.agency.key).scalar_subquery()
    mine = col(Freeze.agency_id).is_(None) | (col(Freeze.agency_id) == agency)
    query = select(Freeze).where(col(Freeze.lifted_at).is_(None), mine).order_by(col(Freeze.id))
    return list(session.exec(query).all())


@dataclass(frozen=True, slots=True)
class Left:
    """A secret that humasbot cannot delete: the ``setting``, and the ``env`` variable or ``file`` that holds it."""

    setting: str
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Revoked:
    """What became of an account's credential: how many stored secrets were deleted, what is left for a person to
    remove, and where to take it back on the platform (empty where we do not know)."""

    account: str
    platform: str
    forgotten: int
    left: tuple[Left, ...]
    revoke_at: str


def revoke(office: Office, name: str, *, reason: str, actor: str) -> Revoked:
    """Forget an account's credential: it pauses, its stored secrets are deleted, no process uses it any more.

    *name* as :func:`humasbot.pipeline.setup.meant`. Raises :class:`~humasbot.errors.NotFoundError`.
    """
    reason = _reason(office, reason)
    with office.database.write() as session:
        agency, own = meant(session, office.config, name)
        (account,) = accounts_of(session, agency, [own])
        now = utc_now()
        account.paused_at = account.revoked_at = now
        account.paused_why = t("kredensial dicabut oleh {a}: {why}", "credential revoked by {a}: {why}", a=actor,
                               why=reason)  # fmt: skip
        gone = 0
        for model in (Secret, Grant):
            found: Any = session.execute(
                delete(model).where(col(model.agency_id) == agency.id, col(model.account) == own)
            )
            gone += found.rowcount if model is Secret else 0
        session.add(account)
        left = tuple(_left(account.settings))
        audit.record(
            session, "revoked", f"account:{account.id}", actor=actor, account=account.id, reason=reason,
            forgotten=gone, left=[f"{one.setting}: {one.kind} {one.name}" for one in left],
        )  # fmt: skip
    office.forget(account.id or 0)
    title, where = _platform(account)
    return Revoked(name, title, gone, left, where)


def _left(settings: Mapping[str, Any]) -> Iterable[Left]:
    for setting, value in sorted(settings.items()):
        if is_reference(value):
            ((kind, name),) = value.items()
            yield Left(setting, kind, name)


def _platform(account: Account) -> tuple[str, str]:
    """The platform's title, and where a credential is taken back; on the account's own server where that differs."""
    try:
        cls = platform(account.platform)
    except ConfigError:
        return account.platform, ""
    where = cls.revoke_at
    if where.startswith("/"):
        server = next(
            (str(account.settings[key]) for key in ("server", "url", "site") if key in account.settings), ""
        )
        where = f"{server.rstrip('/')}{where}"
    return cls.title, where
