"""Connect: a person's consent, tried on the platform, stored encrypted; before that nothing is changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, select

from humasbot import audit
from humasbot.config import NAME
from humasbot.connecting.base import Flow, Granted, Talk
from humasbot.connecting.lines import account_lines
from humasbot.connecting.paste import Paste
from humasbot.connecting.registry import flow
from humasbot.errors import (
    AuthExpired,
    ConfigError,
    InputError,
    PublishError,
    Rejected,
    Unsupported,
)
from humasbot.keyring import OWN, Whose
from humasbot.models import Account
from humasbot.pipeline.keeping import platform_of, told
from humasbot.pipeline.office import FROM_AGENCY, Office, agency_values, quota_of
from humasbot.pipeline.setup import meant
from humasbot.platforms.base import Publisher
from humasbot.platforms.registry import platform
from humasbot.renewing import save
from humasbot.vault import is_stored
from humasbot.words import t


@dataclass(frozen=True, slots=True)
class Connected:
    """What came of it: the account's name, who it is on the platform, and the ``lines`` for ``humasbot.toml``.

    There are none for an account of another agency than the configuration's: that one has a row and no file.
    ``doubt`` says why it could not be tried, if so; ``configured`` whether the configuration has the account already,
    ``paused`` whether it waits for a person.
    """

    account: str
    named: str
    lines: str
    doubt: str = ""
    configured: bool = False
    paused: bool = False


def connect(
    office: Office,
    talk: Talk,
    kind: str,
    *,
    account: str = "",
    addresses: Mapping[str, str] | None = None,
    redirect: str = "",
    via: str = "",
    actor: str = "",
) -> Connected:
    """Walk a person through connecting an account on the platform *kind*, named *account* (default: as the platform).

    On a fleet ``desa7/facebook`` is that account of the agency with the key ``desa7``.
    *addresses* replace the platform's own, *redirect* the address to which it sends the person back. *via* names
    another way than the platform's first: ``paste``, or ``instagram-login``. Raises
    :class:`~humasbot.errors.ConfigError` for an unknown platform, :class:`~humasbot.errors.InputError`,
    :class:`~humasbot.keyring.SecretError`, :class:`~humasbot.connecting.oauth.GrantError` and
    :class:`~humasbot.errors.PublishError`; nothing is stored then.
    """
    cls, who = platform(kind), account or kind
    mine = _mine(office, who, kind)
    office.keyring.keys()  # told before the person goes to any trouble
    way = _way(cls, via, addresses)
    plain = {key: str(value) for key, value in mine.settings.items() if not isinstance(value, dict)}
    granted = way.connect(talk, plain, redirect)
    for secret in granted.secrets.values():
        office.vault.remember(secret.value)
    named, doubt = _tried(office, cls, way, mine, granted)
    with office.database.write() as session:
        save(session, office.keyring, mine.whose, granted, way.way, named, way.changed)
        told(
            session, "connected", mine.key, mine.whose.account, actor, platform=kind, named=named, via=way.way
        )
        if mine.other is not None:
            _enrol(session, mine, cls, granted, actor)
    return _done(office, cls, mine, who, granted, named, doubt)


def _way(cls: type[Publisher], via: str, addresses: Mapping[str, str] | None) -> Flow:
    found = None if via == "paste" else flow(via or cls.name, addresses)
    if found is None and via in ("", "paste"):
        return Paste(cls, frozenset(FROM_AGENCY))
    if found is None or found.platform != cls.name:
        raise InputError(
            t("{p} tidak dapat dihubungkan lewat {v}", "{p} cannot be connected via {v}", p=cls.title, v=via)
        )
    return found


@dataclass(frozen=True, slots=True)
class _Mine:
    """The account that is being connected, as far as it is known: whose, of the agency with that ``key``, its settings.

    ``other`` are the values of its agency where that is not the configuration's own: then its settings stand in its
    row and not in ``humasbot.toml``.
    """

    whose: Whose
    key: str
    settings: Mapping[str, Any]
    other: Mapping[str, str] | None


def _mine(office: Office, who: str, kind: str) -> _Mine:
    """Raises :class:`~humasbot.errors.InputError`, and :class:`~humasbot.errors.NotFoundError` for the agency."""
    if not NAME.fullmatch(who.rpartition("/")[2]):
        raise InputError(t("nama akun hanya boleh huruf kecil, angka, - dan _",
                           "an account's name may hold only lower-case letters, digits, - and _"))  # fmt: skip
    with office.database.read() as session:
        agency, name = meant(session, office.config, who)
        platform_ = platform_of(office, session, agency, name)
        if platform_ not in ("", kind):
            raise InputError(
                t("akun {a} adalah akun {p}; pilih nama lain dengan --account",
                  "the account {a} is on {p}; choose another name with --account", a=who, p=platform_)
            )  # fmt: skip
        whose = Whose(name, agency.id or 0)
        if agency.name == office.config.agency.key:
            table = office.config.accounts.get(name)
            return _Mine(whose, agency.name, table.settings if table else {}, None)
        row = _row(session, whose)
        values = agency_values(agency.title, agency.timezone, agency.language, agency.brand)
        return _Mine(whose, agency.name, row.settings if row else {}, values)


def _row(session: Session, whose: Whose) -> Account | None:
    query = select(Account).where(Account.agency_id == whose.agency_id, Account.name == whose.account)
    return session.exec(query).one_or_none()


def _enrol(session: Session, mine: _Mine, cls: type[Publisher], granted: Granted, actor: str) -> None:
    """Write into the account's row what the configuration's own agency has in its file."""
    stored = {key: {"stored": True} for key in granted.secrets if not key.startswith(OWN)}
    settings = {**mine.settings, **granted.settings, **stored}
    row = _row(session, mine.whose) or Account(
        agency_id=mine.whose.agency_id, name=mine.whose.account, platform=cls.name
    )
    row.settings, row.quota = settings, quota_of(cls.name, settings)
    session.add(row)
    session.flush()
    audit.record(
        session, "configured", f"account:{row.id}", actor=actor or "?", agency=mine.key, account=row.id,
        platform=cls.name, settings=settings,
    )  # fmt: skip


def _tried(office: Office, cls: type[Publisher], way: Flow, mine: _Mine, granted: Granted) -> tuple[str, str]:
    """Who the credential belongs to, as the platform itself says, or why it could not be asked just now."""
    given = {key: value for key, value in mine.settings.items() if not is_stored(value)}
    given = {key: value for key, value in given.items() if key not in granted.secrets}
    values, _ = office.settings_of(cls, {**given, **granted.settings}, mine.whose, mine.other)
    own = {key: kept.value for key, kept in granted.secrets.items() if not key.startswith(OWN)}
    try:
        return cls.from_settings({**values, **own}).verify(), ""
    except Unsupported:
        return "", ""
    except ConfigError as error:
        if isinstance(way, Paste):
            raise
        return "", str(error)  # other settings are missing: consent was not in vain
    except (AuthExpired, Rejected):
        raise
    except PublishError as error:
        return "", office.vault.redact(str(error))


def _done(
    office: Office, cls: type[Publisher], mine: _Mine, who: str, granted: Granted, named: str, doubt: str
) -> Connected:
    name = mine.whose.account
    secrets = [key for key in granted.secrets if not key.startswith(OWN)]
    with office.database.read() as session:
        row = _row(session, mine.whose)
    paused = row is not None and row.active and row.paused_at is not None
    if mine.other is not None:
        return Connected(who, named, "", doubt, configured=True, paused=paused)
    lines = account_lines(name, cls.name, granted.settings, secrets)
    return Connected(name, named, lines, doubt, name in office.config.accounts, paused)
