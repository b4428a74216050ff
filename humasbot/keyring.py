"""The encrypted store of secrets that rotate: rows in the database, opened by keys that stand elsewhere.

A row is bound to its account and name, so that one put into another's place does not open. Several keys may be given:
the first one closes, every one opens, and :meth:`Keyring.rotate` puts all rows under the first.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlmodel import Session, col, select

from humasbot.database import Database
from humasbot.errors import HumasbotError, Problem
from humasbot.models import Agency, Grant, Secret, utc_now
from humasbot.vault import Vault
from humasbot.words import t

OWN = "oauth."
"""How the names of secrets begin that serve renewal and are no setting of the platform."""
REFRESH, CLIENT_ID, CLIENT_SECRET = f"{OWN}refresh_token", f"{OWN}client_id", f"{OWN}client_secret"


class SecretError(HumasbotError):
    """A stored secret cannot be used: no key, the wrong key, or a damaged row; the message holds none of it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A secret in the clear, in memory only; ``expires_at`` (aware) as the platform says, ``None`` for never."""

    value: str = field(repr=False)
    expires_at: datetime | None = None


class State(NamedTuple):
    """What can be told of an account's stored secrets without opening them.

    ``stamp`` changes whenever one of them does; ``ends`` is when the first of the platform's own stops being taken, as
    far as the platform said.
    """

    stamp: str
    ends: datetime | None


class Whose(NamedTuple):
    """An account by its name, of the agency with that number; 0 is the configuration's own agency."""

    account: str
    agency_id: int = 0


class Keyring:
    """The stored secrets of one agency, or with *fleet* of all of them; safe to share between threads.

    *agency* is the name of the configuration's own. *reference* is where the keys are, ``{"env": …}`` or
    ``{"file": …}``: one or several, parted by white space or commas. They are read anew each time, so that a running
    daemon follows a rotation of the file.
    """

    def __init__(
        self,
        database: Database,
        agency: str,
        reference: Mapping[str, str],
        vault: Vault,
        *,
        fleet: bool = False,
    ) -> None:
        self.database = database
        self.vault = vault
        self._agency = agency
        self._fleet = fleet
        self._reference = dict(reference)

    def __repr__(self) -> str:
        return f"Keyring({self._agency!r})"

    def keys(self) -> dict[str, Any]:
        """The keys by their ids, the one that closes first. Raises :class:`SecretError` naming what is wrong."""
        found = self.vault.resolve(self._reference, "[humasbot] secret_key")
        if isinstance(found, Problem):
            advice = t("buat dengan: humasbot secrets key", "make one with: humasbot secrets key")
            raise SecretError(
                t("kunci penyimpanan rahasia tidak ada ({why}); {do}",
                  "the key of the secret store is missing ({why}); {do}", why=found, do=advice)
            )  # fmt: skip
        ring = {}
        for key in found.replace(",", " ").split():
            self.vault.remember(key)
            ring[key_id(key)] = _opener(key)
        return ring

    def put(self, session: Session, whose: Whose, values: Mapping[str, Kept], *, only: bool = False) -> None:
        """Store *values* of an account within the session's transaction, in the place of those of the same names.

        With *only* they are all that is kept of the account afterwards.
        """
        closing, key = next(iter(self.keys().items()))
        agency, now = self.agency_id(session, whose), utc_now()
        rows = {row.name: row for row in session.exec(self._rows(whose)).all()}
        for gone in [row for name, row in rows.items() if only and name not in values]:
            session.delete(gone)
        for name, kept in values.items():
            self._remember(name, kept.value)
            row = rows.get(name) or Secret(agency_id=agency, account=whose.account, name=name)
            row.ciphertext = _close(key, row, kept.value)
            row.key_id, row.expires_at, row.renewed_at = closing, kept.expires_at, now
            session.add(row)

    def fetch(self, whose: Whose, session: Session | None = None) -> dict[str, Kept]:
        """Every stored secret of an account by name; empty when there is none.

        Raises :class:`SecretError` when one cannot be opened.
        """
        if session is None:
            with self.database.read() as own:
                return self.fetch(whose, own)
        rows = session.exec(self._rows(whose)).all()
        ring = self.keys() if rows else {}
        kept = {row.name: Kept(self._open(ring, row), row.expires_at) for row in rows}
        for name, secret in kept.items():
            self._remember(name, secret.value)
        return kept

    def state(self, whose: Whose) -> State:
        """Whether the stored secrets of an account have changed, and when they end; opens none."""
        rows = self.listed(whose)
        stamp = repr([(row.name, row.key_id, row.renewed_at) for row in rows])
        return State(stamp, earliest(row.expires_at for row in rows if not row.name.startswith(OWN)))

    def listed(self, whose: Whose | None = None) -> list[Secret]:
        """Every row, or those of an account, by account and name; closed, as they are."""
        with self.database.read() as session:
            return list(session.exec(self._rows(whose)).all())

    def forget(self, session: Session, whose: Whose, name: str | None = None) -> int:
        """Delete the stored secrets of an account, or the one of that *name*; how many there were.

        With the last of them goes what the platform granted, so that nothing is renewed any more.
        """
        rows = list(session.exec(self._rows(whose)).all())
        gone = [row for row in rows if name in (None, row.name)]
        for row in gone:
            session.delete(row)
        if len(gone) == len(rows):
            for grant in session.exec(self.grants(whose)).all():
                session.delete(grant)
        return len(gone)

    def rotate(self, session: Session) -> int:
        """Put every row under the first key, in the session's one transaction; how many were under another.

        Raises :class:`SecretError` when a row cannot be opened; the transaction must not be committed then.
        """
        ring = self.keys()
        closing, key = next(iter(ring.items()))
        rows = session.exec(self._rows().where(Secret.key_id != closing).with_for_update(of=Secret)).all()
        for row in rows:
            row.ciphertext = _close(key, row, self._open(ring, row))
            row.key_id = closing
            session.add(row)
        return len(rows)

    def _remember(self, name: str, value: str) -> None:
        if name != CLIENT_ID:  # kept beside the others, but no secret: it stands in every address of consent
            self.vault.remember(value)

    def spoken(self, whose: Whose) -> str:
        """The account as people write it: its name, behind the key of its agency where that is another."""
        if not (self._fleet and whose.agency_id):
            return whose.account
        with self.database.read() as session:
            key = session.exec(select(Agency.name).where(Agency.id == whose.agency_id)).one_or_none()
        return whose.account if key in (None, self._agency) else f"{key}/{whose.account}"

    def _open(self, ring: Mapping[str, Any], row: Secret) -> str:
        return _open(ring, row, lambda: self.spoken(Whose(row.account, row.agency_id)))

    def agency_id(self, session: Session, whose: Whose) -> int:
        """The number of the account's agency. Raises :class:`SecretError` where it has no row yet."""
        if whose.agency_id:
            return whose.agency_id
        number = session.exec(select(Agency.id).where(Agency.name == self._agency)).one_or_none()
        if number is None:
            raise SecretError(t("basis data belum disiapkan; jalankan: humasbot upgrade",
                                "the database is not prepared; run: humasbot upgrade"))  # fmt: skip
        return number

    def grants(self, whose: Whose | None = None) -> Any:
        """The query for the grants, or for that of one account."""
        return self._mine(select(Grant), Grant, whose)

    def _rows(self, whose: Whose | None = None) -> Any:
        query = select(Secret).order_by(col(Secret.agency_id), col(Secret.account), col(Secret.name))
        return self._mine(query, Secret, whose)

    def _mine(self, query: Any, model: type[Secret] | type[Grant], whose: Whose | None) -> Any:
        if whose is not None:
            query = query.where(col(model.account) == whose.account)
            if whose.agency_id:
                return query.where(col(model.agency_id) == whose.agency_id)
        elif self._fleet:
            return query
        own = select(Agency.id).where(Agency.name == self._agency)
        return query.where(col(model.agency_id).in_(own))


def new_key() -> str:
    """A new key, as text."""
    return str(_fernet().generate_key().decode())


def key_id(key: str) -> str:
    """The short name of a key, from which the key cannot be guessed."""
    return hashlib.sha256(b"humasbot key " + key.encode()).hexdigest()[:8]


def mark(secret: str) -> str:
    """A mark by which a secret is known again, fit for the database."""
    return hashlib.sha256(b"humasbot mark " + secret.encode()).hexdigest()[:32]


def _fernet() -> Any:
    try:
        from cryptography.fernet import Fernet
    except ImportError:
        raise SecretError(
            t("penyimpanan rahasia memerlukan paket cryptography; pasang: pip install 'humasbot[connect]'",
              "the secret store needs the package cryptography; install: pip install 'humasbot[connect]'")
        ) from None  # fmt: skip
    return Fernet


@lru_cache(maxsize=16)
def _opener(key: str) -> Any:
    kind = _fernet()
    try:
        return kind(key)
    except ValueError:
        raise SecretError(
            t("[humasbot] secret_key memuat kunci yang rusak; buat dengan: humasbot secrets key",
              "[humasbot] secret_key holds a damaged key; make one with: humasbot secrets key")
        ) from None  # fmt: skip


def _close(key: Any, row: Secret, value: str) -> str:
    inner = json.dumps([row.agency_id, row.account, row.name, value])
    return str(key.encrypt(inner.encode()).decode())


def _open(ring: Mapping[str, Any], row: Secret, spoken: Callable[[], str]) -> str:
    """The secret of a row. Raises :class:`SecretError` naming the account, the secret and the key that is missing."""
    from cryptography.fernet import InvalidToken

    key = ring.get(row.key_id)
    if key is None:
        account = spoken()
        where = f"{account}.{row.name}"
        raise SecretError(
            t("{w} terkunci dengan kunci {k}, yang tidak ada di [humasbot] secret_key; kembalikan kunci itu, "
              "atau hubungkan lagi akun {a}",
              "{w} is locked with the key {k}, which [humasbot] secret_key lacks; bring that key back, or connect the "
              "account {a} again", w=where, k=row.key_id, a=account)
        )  # fmt: skip
    try:
        inner = json.loads(key.decrypt(row.ciphertext.encode()))
    except (InvalidToken, ValueError):
        inner = None
    if not isinstance(inner, list) or inner[:3] != [row.agency_id, row.account, row.name]:
        account = spoken()
        where = f"{account}.{row.name}"
        raise SecretError(
            t("{w} rusak di basis data; hubungkan lagi akun {a}",
              "{w} is damaged in the database; connect the account {a} again", w=where, a=account)
        )  # fmt: skip
    return str(inner[3])


def earliest(moments: Iterable[datetime | None]) -> datetime | None:
    """The first of some moments; ``None`` when there is none."""
    return min((moment for moment in moments if moment is not None), default=None)
