"""Accounts that will not be able to send what is due: found a week, a day and an hour before, each told once."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import exists
from sqlmodel import Session, col, func, or_, select

from humasbot.errors import ConfigError
from humasbot.indonesian import long_moment
from humasbot.keyring import OWN, SecretError, earliest
from humasbot.models import Account, Agency, Delivery, Grant, Secret, Variant, columns, utc_now
from humasbot.pipeline.occasions.daily import daily_moments
from humasbot.pipeline.office import Office, whose
from humasbot.platforms.registry import platform
from humasbot.renewing import ended
from humasbot.words import t

WINDOWS = ((timedelta(hours=1), "1h"), (timedelta(days=1), "1d"), (timedelta(days=7), "7d"))
AHEAD = WINDOWS[-1][0]
FAILING = 3
"""So many renewals have to fail in a row before they count."""


class Told(NamedTuple):
    """What a person is told: the ``key`` makes it one thing, of the agency with that number."""

    key: str
    text: str
    agency_id: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why an account cannot send, from when on, and a word that is another for another cause."""

    account: str
    cause: str
    since: datetime
    why: str


def expiring(office: Office, now: datetime | None = None) -> list[Told]:
    """What to tell a person: for each account that cannot send what is due within a week, a key and a sentence.

    The key is the same for the same cause within the same window (7 days, 1 day, 1 hour), so that each is told once.
    *now* is aware.
    """
    now = now or utc_now()
    with office.database.read() as session:
        found = []
        for account in _sending(office, session, now):
            trouble = trouble_of(office, session, account, now)
            if trouble is None:
                continue
            due = _next_due(office, session, account, max(now, trouble.since), now + AHEAD)
            window = next((name for length, name in WINDOWS if due is not None and due - now <= length), None)
            if due is not None and window is not None:
                words = _words(office, trouble, office.keyring.spoken(whose(account)), due)
                found.append(Told(f"{prefix(trouble)}{window}", words, account.agency_id))
    return found


def _sending(office: Office, session: Session, now: datetime) -> Sequence[Account]:
    """The accounts that are meant to send; of a fleet those only of which the database knows that they cannot."""
    query = select(Account).where(Account.active, col(Account.dry_run).is_(False)).order_by(col(Account.id))
    if office.only_agency is not None:
        query = query.join(Agency, col(Agency.id) == col(Account.agency_id)).where(
            Agency.name == office.only_agency
        )
        return session.exec(query).all()
    account, secret, grant = columns(Account), columns(Secret), columns(Grant)
    ending = exists().where(
        secret.agency_id == account.agency_id,
        secret.account == account.name,
        secret.expires_at <= now + AHEAD,
    )
    dead = exists().where(
        grant.agency_id == account.agency_id, grant.account == account.name, grant.problem != ""
    )
    return session.exec(query.where(or_(col(Account.paused_at).is_not(None), ending, dead))).all()


def prefix(trouble: Trouble) -> str:
    """How the keys of one account and cause begin."""
    return f"expiring/{trouble.account}/{trouble.cause}/"


def trouble_of(office: Office, session: Session, account: Account, now: datetime) -> Trouble | None:
    """Why *account* cannot send, now or later; ``None`` while nothing is known against it."""
    if account.paused_at is not None:
        return Trouble(account.name, f"paused:{account.paused_at:%Y%m%d%H%M%S}", now, account.paused_why)
    if words := _missing(office, account):
        return Trouble(account.name, f"secret:{_short(words)}", now, words)
    grant: Grant | None = session.exec(office.keyring.grants(whose(account))).one_or_none()
    if grant is not None and grant.problem:
        return Trouble(account.name, f"dead:{_short(grant.problem)}", now, grant.problem)
    ends = _ends(office, account, grant)
    if ends is None or ends > now + AHEAD:
        return None
    words = ended(office.keyring.spoken(whose(account)), account.platform)
    return Trouble(account.name, f"ends:{ends:%Y%m%d%H%M%S}", ends, words)


def _missing(office: Office, account: Account) -> str:
    """What is wrong with the account's secrets, or with its platform itself."""
    try:
        _, missing = office.settings_of(platform(account.platform), account.settings, whose(account))
    except ConfigError as error:  # a plugin that was uninstalled, say
        return str(error)
    return "; ".join(str(problem) for problem in missing)


def _ends(office: Office, account: Account, grant: Grant | None) -> datetime | None:
    """When the account's token ends for good: its own end, or where it renews itself that of what renews it."""
    try:
        kept = office.keyring.fetch(whose(account))
    except SecretError:
        return None
    own = [secret.expires_at for name, secret in kept.items() if name.startswith(OWN)]
    others = [secret.expires_at for name, secret in kept.items() if not name.startswith(OWN)]
    renews = grant is not None and grant.renew_at is not None and grant.tries < FAILING
    return earliest(own if renews else others)


def _next_due(
    office: Office, session: Session, account: Account, first: datetime, last: datetime
) -> datetime | None:
    """When the account is to say something next between two moments, planned already or not."""
    query = (
        select(func.min(Variant.due_at))
        .join(Delivery, col(Delivery.variant_id) == col(Variant.id), isouter=True)
        .where(
            Variant.account_id == account.id,
            col(Variant.due_at) >= first,
            col(Variant.due_at) <= last,
            or_(col(Delivery.id).is_(None), Delivery.state == "queued"),
        )
    )
    planned = session.exec(query).one()
    return earliest([planned, *_habitual(office, account.name, first, last)])


def _habitual(office: Office, account: str, first: datetime, last: datetime) -> Iterator[datetime]:
    if office.only_agency is None:
        return  # the configuration's campaigns are its own agency's
    zone = office.zone
    for table in office.config.campaigns.values():
        if table.occasion == "daily" and table.at and {"*", account} & set(table.accounts):
            days = first.astimezone(zone).date(), last.astimezone(zone).date()
            yield from (moment for moment in daily_moments(table, zone, *days) if first <= moment <= last)


def _words(office: Office, trouble: Trouble, account: str, due: datetime) -> str:
    return t(
        "akun {a} tidak akan dapat mengirim kiriman {d}: {why}",
        "the account {a} will not be able to send what is due {d}: {why}",
        a=account,
        d=long_moment(due, office.zone),
        why=office.vault.redact(trouble.why),
    )


def _short(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()[:12]
