"""``bot.staff``: who may come into the web page. A link is used once, a browser keeps a token, we keep hashes alone.

Tokens have 256 bits, so that none is ever guessed, and each is looked up by its hash: what a wrong one takes tells
nothing about a right one.
"""

import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from humasbot import audit
from humasbot.database import DatabaseError
from humasbot.errors import InputError, NotFoundError, StateError
from humasbot.models import PERSON_ROLES, Agency, Pass, Person, utc_now
from humasbot.pipeline import asked
from humasbot.pipeline.office import Office
from humasbot.words import t

INVITED = timedelta(hours=24)
"""How long a link to come in is good for."""
INSIDE = timedelta(days=30)
"""How long a browser stays in."""
SEEN_EVERY = timedelta(hours=1)
"""How exactly it is known when somebody was last there; nearer would write on every page."""
LONGEST_NAME = 80
_BYTES = 32


@dataclass(frozen=True, slots=True)
class Inside:
    """Who is in: name and role; number, key, title and zone of their agency, and whether it is the office's own."""

    name: str
    role: str
    agency: int
    key: str
    title: str
    zone: ZoneInfo
    own: bool
    until: datetime

    def may(self, role: str) -> bool:
        """Whether they may do what *role* may."""
        return PERSON_ROLES.index(self.role) >= PERSON_ROLES.index(role)


class Staff:
    """The people of the web page. Times are aware, UTC."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def invite(self, name: str, *, role: str = "approver", agency: str = "", actor: str) -> str:
        """A token that lets *name* in once within 24 hours; a person known already gets that role.

        *agency* is an agency's key, by default the office's own. Raises :class:`~humasbot.errors.InputError` for a name
        or role that cannot be, :class:`~humasbot.errors.NotFoundError` for an unknown agency.
        """
        name, actor = _name(name), asked.person(actor)
        if role not in PERSON_ROLES:
            raise InputError(
                t("peran {r} tidak dikenal; pilihannya: {all}", "there is no role {r}; choose from: {all}", r=role,
                  all=", ".join(PERSON_ROLES))
            )  # fmt: skip
        with self._office.database.write() as session:
            row = self._agency(session, agency)
            query = select(Person).where(Person.agency_id == row.id, Person.name == name).with_for_update()
            person = session.exec(query).one_or_none() or Person(
                agency_id=row.id or 0, name=name, role=role, created_by=actor
            )
            if person.revoked_at is not None or person.role != role:
                _end(session, person.id, utc_now())  # what was open before is not what was invited now
            person.role, person.revoked_at, person.revoked_by = role, None, ""
            session.add(person)
            session.flush()
            token = _issue(session, person, "invite", utc_now(), INVITED)
            audit.record(session, "invited", f"person:{person.id}", actor=actor, agency=row.name, name=name,
                         role=role)  # fmt: skip
        return token

    def invited(self, token: str) -> Inside:
        """Whom an unused link lets in. Raises :class:`~humasbot.errors.StateError` when it is of no use."""
        with self._office.database.read() as session:
            return self._inside(session, *_valid(session, token, utc_now()))

    def enter(self, token: str) -> tuple[str, Inside]:
        """Use a link up; the token that the browser keeps, and who it is.

        Raises :class:`~humasbot.errors.StateError` when the link was used, has expired or never was.
        """
        now = utc_now()
        with self._office.database.write() as session:
            invite, person = _valid(session, token, now, lock=True)
            invite.ended_at = now
            kept = _issue(session, person, "session", now, INSIDE)
            inside = self._inside(session, invite, person, until=now + INSIDE)
            audit.record(session, "entered", f"person:{person.id}", actor=person.name, agency=inside.key)
        return kept, inside

    def known(self, token: str) -> Inside | None:
        """Who a browser's token says it is; ``None`` when it says nothing any more."""
        now = utc_now()
        with self._office.database.read() as session:
            found = _found(session, token, "session", now)
            if found is None:
                return None
            inside = self._inside(session, *found)
        if found[0].seen_at is None or found[0].seen_at < now - SEEN_EVERY:
            # While others write it may take too long: nobody is kept out for a note.
            with suppress(DatabaseError), self._office.database.write() as session:
                session.get_one(Pass, found[0].id).seen_at = now
        return inside

    def leave(self, token: str) -> None:
        """A browser's token is worth nothing from now on."""
        with self._office.database.write() as session:
            found = _found(session, token, "session", utc_now())
            if found is not None:
                session.get_one(Pass, found[0].id).ended_at = utc_now()

    def revoke(self, name: str, *, agency: str = "", actor: str) -> int:
        """Put a person out at once, links and browsers alike; how many of them were open.

        Raises :class:`~humasbot.errors.NotFoundError`.
        """
        actor, now = asked.person(actor), utc_now()
        with self._office.database.write() as session:
            row = self._agency(session, agency)
            query = select(Person).where(Person.agency_id == row.id, Person.name == name.strip())
            person = session.exec(query.with_for_update()).one_or_none()
            if person is None:
                raise NotFoundError(
                    t("tidak ada orang bernama {n}; lihat: humasbot web people",
                      "there is nobody named {n}; see: humasbot web people", n=name)
                )  # fmt: skip
            ended = _end(session, person.id, now)
            person.revoked_at, person.revoked_by = now, actor
            audit.record(session, "put_out", f"person:{person.id}", actor=actor, agency=row.name, name=name,
                         ended=ended)  # fmt: skip
        return ended

    def people(self) -> list[dict[str, Any]]:
        """Everybody who was ever invited, by agency and name: role, open browsers, when they were last there."""
        now = utc_now()
        with self._office.database.read() as session:
            rows = session.exec(
                select(Person, Agency.name)
                .join(Agency, col(Agency.id) == col(Person.agency_id))
                .order_by(col(Agency.name), col(Person.name))
            ).all()
            passes = session.exec(select(Pass)).all()
        found = []
        for person, agency in rows:
            own = [each for each in passes if each.person_id == person.id]
            live = [each for each in own if each.ended_at is None and each.expires_at > now]
            seen = [each.seen_at or each.created_at for each in own if each.kind == "session"]
            found.append(
                {"name": person.name, "agency": agency, "role": person.role, "revoked_at": person.revoked_at,
                 "sessions": sum(each.kind == "session" for each in live),
                 "invited": any(each.kind == "invite" for each in live), "seen_at": max(seen, default=None)}
            )  # fmt: skip
        return found

    def _agency(self, session: Session, key: str) -> Agency:
        key = key or self._office.config.agency.key
        row = session.exec(select(Agency).where(Agency.name == key)).one_or_none()
        if row is None:
            raise NotFoundError(t("tidak ada instansi {k}", "there is no agency {k}", k=key))
        return row

    def _inside(self, session: Session, held: Pass, person: Person, until: datetime | None = None) -> Inside:
        agency = session.get_one(Agency, person.agency_id)
        own = agency.name == self._office.config.agency.key
        return Inside(
            name=person.name, role=person.role, agency=person.agency_id, key=agency.name, title=agency.title,
            zone=ZoneInfo(agency.timezone), own=own, until=until or held.expires_at,
        )  # fmt: skip


def _name(name: str) -> str:
    tidy = " ".join(str(name).split())
    # A colon marks who sits at the command, and humasbot acts for standing rules: neither may be somebody's name.
    taken = ":" in tidy or tidy.casefold() == "humasbot"
    if not tidy or len(tidy) > LONGEST_NAME or not tidy.isprintable() or taken:
        raise InputError(
            t("nama harus 1 sampai {n} karakter, tanpa titik dua, dan bukan humasbot",
              "a name has 1 to {n} characters, no colon, and is not humasbot", n=LONGEST_NAME)
        )  # fmt: skip
    return tidy


def _digest(token: str) -> str:
    return sha256(token.encode(errors="replace")).hexdigest()


def _issue(session: Session, person: Person, kind: str, now: datetime, good: timedelta) -> str:
    token = secrets.token_urlsafe(_BYTES)
    session.add(
        Pass(
            person_id=person.id or 0,
            kind=kind,
            digest=_digest(token),
            created_at=now,
            expires_at=now + good,
        )
    )
    return token


def _found(
    session: Session, token: str, kind: str, now: datetime, *, lock: bool = False
) -> tuple[Pass, Person] | None:
    query = (
        select(Pass, Person)
        .join(Person, col(Person.id) == col(Pass.person_id))
        .where(
            Pass.digest == _digest(token), Pass.kind == kind, col(Pass.ended_at).is_(None), Pass.expires_at > now,
            col(Person.revoked_at).is_(None),
        )
    )  # fmt: skip
    row = session.exec(query.with_for_update() if lock else query).one_or_none()
    return (row[0], row[1]) if row is not None else None


def _valid(session: Session, token: str, now: datetime, *, lock: bool = False) -> tuple[Pass, Person]:
    found = _found(session, token, "invite", now, lock=lock)
    if found is None:
        raise StateError(
            t("Tautan ini sudah dipakai atau sudah lewat 24 jam. Minta tautan baru kepada admin.",
              "This link was used or is older than 24 hours. Ask the admin for a new one.")
        )  # fmt: skip
    return found


def _end(session: Session, person_id: int | None, now: datetime) -> int:
    """End whatever lets a person in; how many of them would still have done so."""
    query = select(Pass).where(Pass.person_id == person_id, col(Pass.ended_at).is_(None))
    rows = session.exec(query).all()
    for row in rows:
        row.ended_at = now
    return sum(row.expires_at > now for row in rows)
