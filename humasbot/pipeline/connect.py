"""Connect: a person's consent, tried on the platform, stored encrypted; before that nothing is changed."""

from collections.abc import Mapping
from dataclasses import dataclass

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
from humasbot.pipeline.keeping import told
from humasbot.pipeline.office import FROM_AGENCY, Office
from humasbot.pipeline.setup import accounts_of, agency_of
from humasbot.platforms.base import Publisher
from humasbot.platforms.registry import platform
from humasbot.renewing import save
from humasbot.vault import is_stored
from humasbot.words import t


@dataclass(frozen=True, slots=True)
class Connected:
    """What came of it: the account's name, who it is on the platform, and the ``lines`` for ``humasbot.toml``.

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

    *addresses* replace the platform's own, *redirect* the address to which it sends the person back. *via* names
    another way than the platform's first: ``paste``, or ``instagram-login``. Raises
    :class:`~humasbot.errors.ConfigError` for an unknown platform, :class:`~humasbot.errors.InputError`,
    :class:`~humasbot.keyring.SecretError`, :class:`~humasbot.connecting.oauth.GrantError` and
    :class:`~humasbot.errors.PublishError`; nothing is stored then.
    """
    cls, name = platform(kind), account or kind
    known = _known(office, name, kind)
    office.keyring.keys()  # told before the person goes to any trouble
    way = _way(cls, via, addresses)
    granted = way.connect(talk, known, redirect)
    for secret in granted.secrets.values():
        office.vault.remember(secret.value)
    named, doubt = _tried(office, cls, way, name, granted)
    with office.database.write() as session:
        save(session, office.keyring, Whose(name), granted, way.way, named, way.changed)
        told(office, session, "connected", name, actor, platform=kind, named=named, via=way.way)
    return _done(office, cls, name, granted, named, doubt)


def _way(cls: type[Publisher], via: str, addresses: Mapping[str, str] | None) -> Flow:
    found = None if via == "paste" else flow(via or cls.name, addresses)
    if found is None and via in ("", "paste"):
        return Paste(cls, frozenset(FROM_AGENCY))
    if found is None or found.platform != cls.name:
        raise InputError(
            t("{p} tidak dapat dihubungkan lewat {v}", "{p} cannot be connected via {v}", p=cls.title, v=via)
        )
    return found


def _known(office: Office, name: str, kind: str) -> dict[str, str]:
    """The plain settings of an account that is configured already."""
    if not NAME.fullmatch(name):
        raise InputError(t("nama akun hanya boleh huruf kecil, angka, - dan _",
                           "an account's name may hold only lower-case letters, digits, - and _"))  # fmt: skip
    table = office.config.accounts.get(name)
    if table is None:
        return {}
    if table.platform != kind:
        raise InputError(
            t("akun {a} di humasbot.toml adalah akun {p}; pilih nama lain dengan --account",
              "the account {a} in humasbot.toml is on {p}; choose another name with --account", a=name,
              p=table.platform)
        )  # fmt: skip
    return {key: str(value) for key, value in table.settings.items() if not isinstance(value, dict)}


def _tried(office: Office, cls: type[Publisher], way: Flow, name: str, granted: Granted) -> tuple[str, str]:
    """Who the credential belongs to, as the platform itself says, or why it could not be asked just now."""
    table = office.config.accounts.get(name)
    given = {key: value for key, value in (table.settings if table else {}).items() if not is_stored(value)}
    given = {key: value for key, value in given.items() if key not in granted.secrets}
    values, _ = office.settings_of(cls, {**given, **granted.settings}, Whose(name))
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
    office: Office, cls: type[Publisher], name: str, granted: Granted, named: str, doubt: str
) -> Connected:
    secrets = [key for key in granted.secrets if not key.startswith(OWN)]
    lines = account_lines(name, cls.name, granted.settings, secrets)
    with office.database.read() as session:
        rows = accounts_of(session, agency_of(session, office.config))
        paused = any(row.name == name and row.paused_at is not None for row in rows)
    return Connected(name, named, lines, doubt, name in office.config.accounts, paused)
