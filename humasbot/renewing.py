"""Renewing tokens ahead of their end: one process at a time, the new token stored before anybody uses it.

A refresh token that is spent by its first use can be lost in one place only: between the platform's answer and our
commit. So its mark is committed before it is shown. Whoever finds that mark knows that an answer may be missing: the
token is shown once more, since the platform may never have got it, and when it is refused the account waits for a
person, who is told exactly that.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from humasbot import audit
from humasbot.connecting.base import Flow, Granted
from humasbot.connecting.oauth import AppRefused, GrantError, GrantLater, GrantLost, GrantRefused
from humasbot.connecting.registry import flow
from humasbot.errors import AuthExpired, ConfigError, Retryable
from humasbot.holders import is_dead, is_here
from humasbot.keyring import OWN, Kept, Keyring, SecretError, State, Whose, earliest, mark
from humasbot.logs import Quiet
from humasbot.models import Account, Grant, columns, utc_now
from humasbot.states import CLOCK_STEP
from humasbot.words import t

log = Quiet("humasbot.renewing")
LEASE = timedelta(minutes=3)
"""Longer than any answer may take, waiting for the database included."""
WRITE_AGAIN_SECONDS = (0.2, 1, 3, 10, 30)
FIRST_BACKOFF, LONGEST_BACKOFF = timedelta(minutes=1), timedelta(hours=1)
STARTS_WITHIN = 20.0
"""Seconds between the claim and the request; with the longest answer it stays within the lease."""
CLOSE = timedelta(seconds=60)
"""A token with less left is not used any more."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What a person must be told once: ``key`` makes it one thing."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class _Claim:
    """A grant that this process alone renews now. ``doubt``: an earlier answer to the same token is missing."""

    grant_id: int
    whose: Whose
    flow: Flow
    token: str
    spent: str
    doubt: bool
    tries: int
    single_use: bool
    secrets: dict[str, Kept] = field(repr=False)


class Renewal:
    """Renews what a keyring keeps; safe to share between threads and processes."""

    def __init__(self, keyring: Keyring, token: Callable[[], str]) -> None:
        self.keyring = keyring
        self._token = token
        self._owed: list[tuple[_Claim, Granted]] = []
        self._lock = threading.Lock()

    def due(self, now: datetime | None = None) -> list[Whose]:
        """The accounts whose grant is to be renewed now."""
        with self.keyring.database.read() as session:
            query = self.keyring.grants().where(
                col(Grant.renew_at) <= (now or utc_now()), Grant.problem == ""
            )
            return [Whose(grant.account, grant.agency_id) for grant in session.exec(query).all()]

    def renew(self, whose: Whose, *, now: datetime | None = None) -> list[Notice]:
        """Renew one account's grant if its time has come and nobody else is at it; what a person has to be told.

        Raises :class:`~humasbot.database.DatabaseError`; what the platform gave is then written as soon as possible.
        """
        now = now or utc_now()
        self.pay()
        begun = time.monotonic()
        claim = self._claim(whose, now)
        if claim is None:
            return []
        try:
            # The database was slow, or the machine slept: another may have taken over by the time of the answer.
            if time.monotonic() - begun > STARTS_WITHIN:
                raise GrantLater(t("terlalu lama tertunda", "held up for too long"))
            granted = claim.flow.renew(claim.secrets)
        except GrantError as error:
            return self._failed(claim, error, now)
        except BaseException:
            # Nobody knows how far it came: the mark stays, so that the next one knows as little.
            self._leave(claim, now)
            raise
        if granted is None:
            self._later(claim, None, spending="")
            return []
        self._write(claim, granted)
        log.info("renewed", account=whose.account)
        return []

    def pay(self) -> None:
        """Store what platforms gave while the database could not be written. Raises as :meth:`renew`."""
        with self._lock:
            while self._owed:
                claim, granted = self._owed[0]
                with self.keyring.database.write() as session:
                    self._store(session, claim, granted)
                del self._owed[0]

    def fresh(self, whose: Whose, state: State) -> State:
        """Make sure that the account's token can be used now, renewing it where it has run out; its state then.

        Raises :class:`~humasbot.errors.AuthExpired` when only a person can help, and
        :class:`~humasbot.errors.Retryable` while another process renews it or the platform does not answer.
        """
        now = utc_now()
        if state.ends is None or state.ends > now + CLOSE:
            return state
        grant = self._grant(whose)
        if grant is not None and not grant.problem and grant.renew_at is not None:
            self.renew(whose, now=now)
            state, grant = self.keyring.state(whose), self._grant(whose)
        if state.ends is None or state.ends > now:
            return state
        if grant is None or grant.problem or grant.renew_at is None:
            why = grant.problem if grant is not None else ""
            flow_ = grant.flow if grant is not None else ""
            raise AuthExpired(why or ended(self.keyring.spoken(whose), flow_))
        why = f" ({grant.last_error})" if grant.last_error else ""
        raise Retryable(
            t("token akun {a} sedang diperbarui{w}", "the token of the account {a} is being renewed{w}",
              a=self.keyring.spoken(whose), w=why)
        )  # fmt: skip

    def _grant(self, whose: Whose) -> Grant | None:
        with self.keyring.database.read() as session:
            found: Grant | None = session.exec(self.keyring.grants(whose)).one_or_none()
        return found

    def _claim(self, whose: Whose, now: datetime) -> _Claim | None:
        """Take the lock and commit the mark of the token that will be shown, in one transaction."""
        with self.keyring.database.write() as session:
            row = columns(Grant)
            query = self.keyring.grants(whose).where(Grant.problem == "", col(Grant.renew_at).is_not(None))
            grant = session.exec(query.with_for_update(of=Grant, skip_locked=True)).one_or_none()
            if grant is None or _held(grant):
                return None
            taken = self._token()
            try:
                secrets = self.keyring.fetch(whose, session)
                way = flow(grant.flow, grant.settings.get("addresses"))
            except (SecretError, ConfigError) as error:
                log.error("not_renewed", account=whose.account, reason=str(error))
                session.execute(
                    sa.update(row.id.table).where(row.id == grant.id).values(renew_at=now + LONGEST_BACKOFF)
                )
                return None
            shown = way.spends(secrets) if way else ""
            ends = earliest(kept.expires_at for name, kept in secrets.items() if not name.startswith(OWN))
            if (grant.renew_at or now) > now and (ends is None or ends > now + CLOSE):
                return None  # somebody has just renewed it
            if way is None or not shown:
                session.execute(sa.update(row.id.table).where(row.id == grant.id).values(renew_at=None))
                return None
            spent = mark(shown)
            doubt = grant.spending == spent
            values = {"claimed_by": taken, "lease_until": utc_now() + LEASE, "spending": spent}
            session.execute(sa.update(row.id.table).where(row.id == grant.id).values(**values))
            return _Claim(
                grant.id or 0, whose, way, taken, spent, doubt, grant.tries, way.single_use, secrets
            )

    def _write(self, claim: _Claim, granted: Granted) -> None:
        """Store what was granted; a database that is full or locked is tried again, for nobody can ask twice."""
        for pause in (*WRITE_AGAIN_SECONDS, None):
            try:
                with self.keyring.database.write() as session:
                    self._store(session, claim, granted)
                return
            except Exception as error:  # whatever it is: what was granted is not granted twice
                words = self.keyring.vault.redact(f"{type(error).__name__}: {error}")
                log.error("token_not_written", account=claim.whose.account, reason=words)
                if pause is None:
                    with self._lock:
                        self._owed.append((claim, granted))
                    raise
                time.sleep(pause)

    def _store(self, session: Session, claim: _Claim, granted: Granted) -> None:
        grant = session.get(Grant, claim.grant_id, with_for_update=True)
        present = claim.flow.spends(self.keyring.fetch(claim.whose, session))
        if grant is None or not present or mark(present) != claim.spent:
            # Connected anew, or renewed by somebody who took this claim for lost: theirs is the newer one.
            log.warning("token_superseded", account=claim.whose.account)
            return
        self.keyring.put(session, claim.whose, granted.secrets)
        if grant.problem:
            # Somebody took this claim for lost and the token for spent; now it is here after all.
            account = columns(Account)
            session.execute(
                sa.update(account.id.table)
                .where(account.agency_id == grant.agency_id, account.name == claim.whose.account)
                .where(account.paused_why == grant.problem)
                .values(paused_at=None, paused_why="")
            )
        grant.renew_at, grant.tries, grant.spending, grant.problem = granted.renew_at, 0, "", ""
        grant.last_error, grant.claimed_by, grant.lease_until = "", "", None
        session.add(grant)

    def _failed(self, claim: _Claim, error: GrantError, now: datetime) -> list[Notice]:
        words = self.keyring.vault.redact(str(error))
        lost, name = isinstance(error, GrantLost), self.keyring.spoken(claim.whose)
        log.warning("not_renewed", account=claim.whose.account, reason=words, kind=type(error).__name__)
        if isinstance(error, GrantRefused):
            self._dead(claim, _why_dead(claim, name, words))
            return []
        keep = claim.spent if lost or claim.doubt else ""
        wait = min(FIRST_BACKOFF * 2 ** min(claim.tries, 10), LONGEST_BACKOFF)
        self._later(claim, now + wait, spending=keep, why=words)
        if isinstance(error, AppRefused):
            text = t("token akun {a} tidak dapat diperbarui: {w}. Periksa ID dan rahasia aplikasi, lalu: humasbot "
                     "connect {p} --account {a}",
                     "the token of the account {a} cannot be renewed: {w}. Check the app's id and secret, then: "
                     "humasbot connect {p} --account {a}", a=name, p=claim.flow.platform, w=words)  # fmt: skip
            return [Notice(f"renew/{claim.whose.account}/{claim.spent}/app", text)]
        return []

    def _leave(self, claim: _Claim, now: datetime) -> None:
        self._later(claim, now + FIRST_BACKOFF, spending=claim.spent)

    def _later(self, claim: _Claim, when: datetime | None, *, spending: str, why: str = "") -> None:
        row = columns(Grant)
        with self.keyring.database.write() as session:
            session.execute(
                sa.update(row.id.table)
                .where(row.id == claim.grant_id, row.claimed_by == claim.token)
                .values(renew_at=when, tries=row.tries + 1, spending=spending, last_error=why)
                .values(claimed_by="", lease_until=None)
            )

    def _dead(self, claim: _Claim, why: str) -> None:
        """The grant is of no use any more: the account pauses, and why it does is what a person is told."""
        row, account = columns(Grant), columns(Account)
        with self.keyring.database.write() as session:
            present = claim.flow.spends(self.keyring.fetch(claim.whose, session))
            if not present or mark(present) != claim.spent:
                return  # renewed or connected anew meanwhile
            session.execute(
                sa.update(row.id.table)
                .where(row.id == claim.grant_id)
                .values(problem=why, renew_at=None, spending="", claimed_by="", lease_until=None)
            )
            agency = self.keyring.agency_id(session, claim.whose)
            mine = account.agency_id == agency, account.name == claim.whose.account
            paused = session.execute(
                sa.update(account.id.table)
                .where(*mine, account.paused_at.is_(None))
                .values(paused_at=utc_now(), paused_why=why)
                .returning(account.id)
            ).scalars()
            for number in paused.all():
                audit.record(session, "paused", f"account:{number}", account=number, reason=why)
        log.error("grant_dead", account=claim.whose.account, reason=why)


def _held(grant: Grant) -> bool:
    """Whether another process is renewing it: it lives, as far as can be told, and its lease is not over.

    A process on another machine may have another clock, so its lease lasts a little longer.
    """
    if not grant.claimed_by or grant.lease_until is None:
        return False
    margin = timedelta(0) if is_here(grant.claimed_by) else CLOCK_STEP
    return grant.lease_until + margin > utc_now() and not is_dead(grant.claimed_by)


def _why_dead(claim: _Claim, name: str, words: str) -> str:
    again = t("hubungkan lagi: humasbot connect {p} --account {a}",
              "connect it again: humasbot connect {p} --account {a}", p=claim.flow.platform, a=name)  # fmt: skip
    if claim.doubt and claim.single_use:
        return t("token akun {a} hilang: refresh token sekali pakai sudah terpakai, tetapi proses atau jaringan putus "
                 "sebelum token barunya tersimpan ({w}); {do}",
                 "the token of the account {a} is lost: its single-use refresh token was spent, but the process or the "
                 "network broke off before the new token was stored ({w}); {do}",
                 a=name, w=words, do=again)  # fmt: skip
    return t("{p} tidak mau memperbarui token akun {a} ({w}), mungkin izinnya dicabut atau terlalu lama tidak dipakai; "
             "{do}",
             "{p} will not renew the token of the account {a} ({w}), perhaps consent was withdrawn or it was "
             "unused for too long; {do}", p=claim.flow.title, a=name, w=words, do=again)  # fmt: skip


def ended(account: str, platform: str) -> str:
    """The sentence for a token that has run out and cannot be renewed by itself."""
    return t("token akun {a} sudah habis masa berlakunya; hubungkan lagi: humasbot connect {p} --account {a}",
             "the token of the account {a} has run out; connect it again: humasbot connect {p} --account {a}",
             a=account, p=platform or "PLATFORM")  # fmt: skip


def save(
    session: Session,
    keyring: Keyring,
    whose: Whose,
    granted: Granted,
    way: str,
    named: str,
    addresses: dict[str, str],
) -> None:
    """Store a new grant in the place of the account's former one, within the session's transaction."""
    agency = keyring.agency_id(session, whose)
    former = session.exec(
        select(Grant).where(Grant.agency_id == agency, Grant.account == whose.account).with_for_update()
    ).one_or_none()
    grant = former or Grant(agency_id=agency, account=whose.account, flow=way)
    grant.flow, grant.named, grant.settings = way, named, {"addresses": addresses}
    grant.renew_at, grant.tries, grant.spending, grant.problem = granted.renew_at, 0, "", ""
    grant.last_error, grant.claimed_by, grant.lease_until, grant.granted_at = "", "", None, utc_now()
    session.add(grant)
    keyring.put(session, whose, granted.secrets, only=True)
