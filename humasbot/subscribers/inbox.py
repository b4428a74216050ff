"""What WhatsApp tells an office by its webhooks: how far each message came, and who wants no more.

Meta repeats what was not answered, for days and in any order, so the same notification twice is one, and an older one
never undoes a younger. Nothing here sends anything, and nobody becomes active by it: who says MULAI waits as
``pending`` until the office has recorded a consent.
"""

import hmac
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qs

from sqlmodel import Session, col, select

from humasbot.database import Database
from humasbot.logs import Quiet
from humasbot.masking import masked
from humasbot.models import (
    NOTICE_STATES,
    Recipient,
    RecipientNotice,
    RecipientResult,
    utc_now,
)
from humasbot.subscribers.book import CLOCKS_DIFFER
from humasbot.subscribers.hooks import STOPPED, Said, Status, Who, read, signed
from humasbot.subscribers.register import new_seal
from humasbot.words import t

log = Quiet("humasbot.whatsapp")
KEEP_SECONDS = 60.0
"""For so long the accounts and their secrets are believed before they are looked up again."""
LONGEST_CHALLENGE = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One WhatsApp number of an office: Meta's id of it, whose it is, its list, and the two secrets of its webhook."""

    number_id: str
    agency_id: int
    list_name: str
    app_secret: str = field(repr=False)
    verify_token: str = field(repr=False)


class Inbox:
    """Receives the webhooks of all *lines*; *settled* is told the keys of the Deliveries whose doubt may be over."""

    def __init__(
        self,
        database: Database,
        lines: Callable[[], Sequence[Line]],
        settled: Callable[[set[str]], None] | None = None,
    ) -> None:
        self._database = database
        self._find = lines
        self._settled = settled
        self._lines: tuple[float, Sequence[Line]] = (float("-inf"), ())

    def lines(self) -> Sequence[Line]:
        """The numbers, looked up anew now and then."""
        if time.monotonic() - self._lines[0] > KEEP_SECONDS:
            self._lines = (time.monotonic(), self._find())
        return self._lines[1]

    def handshake(self, query: str) -> tuple[int, str]:
        """The answer to Meta's question whether this is the office's address: status, and the words to give back."""
        asked = {name: values[0] for name, values in parse_qs(query[:4000]).items()}
        token = asked.get("hub.verify_token", "").encode()
        known = [
            hmac.compare_digest(line.verify_token.encode(), token)
            for line in self.lines()
            if line.verify_token
        ]
        challenge = asked.get("hub.challenge", "")
        fit = challenge.isascii() and challenge.isprintable() and 0 < len(challenge) <= LONGEST_CHALLENGE
        if asked.get("hub.mode") == "subscribe" and any(known) and fit:
            log.info("subscribed")
            return 200, challenge
        log.warning("refused", reason="hub.verify_token")
        return 403, ""

    def receive(self, signature: str, body: bytes) -> int:
        """Take one notification in and return the status to answer with.

        Raises :class:`~humasbot.database.DatabaseError`, where Meta is to repeat it.
        """
        # Two accounts may share a number; then the first one's list is the one that is asked for.
        fit = [line for line in self.lines() if signed(line.app_secret, signature, body)]
        lines = {line.number_id: line for line in reversed(fit)}
        if not lines:
            log.warning("refused", reason="X-Hub-Signature-256")
            return 403
        try:
            events = read(body, utc_now())
        except ValueError:
            log.warning("unreadable")  # it would not become better by being repeated
            return 200
        ours = [(lines[event.number_id], event) for event in events if event.number_id in lines]
        if not ours:
            return 200
        with self._database.write() as session:
            keys = {key for line, event in ours if (key := _take(session, line, event))}
        if keys and self._settled is not None:
            self._settled(keys)
        return 200


def _take(session: Session, line: Line, event: Status | Said) -> str:
    """Write one event; return the key of the Delivery whose doubt it may end, if any."""
    if isinstance(event, Status):
        return _status(session, line, event)
    if event.meaning == "stop":
        _stop(session, line, event)
    else:
        _start(session, line, event)
    return ""


def _status(session: Session, line: Line, event: Status) -> str:
    found = _message(session, line, event)
    if found is None:
        return ""
    recipient, result = found
    query = select(RecipientNotice).where(
        RecipientNotice.delivery_key == result.delivery_key, RecipientNotice.recipient_id == recipient.id
    )
    row = session.exec(query).one_or_none()
    if row is None:
        row = RecipientNotice(delivery_key=result.delivery_key, recipient_id=recipient.id or 0, state="")
    row.user_id = event.who.user_id or row.user_id
    if not row.state or NOTICE_STATES.index(event.state) > NOTICE_STATES.index(row.state):
        row.remote_id, row.state, row.at = event.remote_id, event.state, event.at
        row.code, row.why = event.code, event.why
    session.add(row)
    session.flush()
    if event.state == "failed" and event.code == STOPPED:
        why = t("WhatsApp: orang ini menghentikan promosi dari kantor ({c})",
                "WhatsApp: this person stopped the office's promotions ({c})", c=event.code)  # fmt: skip
        _leave(_of_number(session, line, recipient.address), event.at, why)
    return result.delivery_key if result.state in ("sending", "later") else ""


def _message(session: Session, line: Line, event: Status) -> tuple[Recipient, RecipientResult] | None:
    """Whom the message went to: by its id, from the answer or an earlier status, or by the key that we sent along."""
    query = (
        select(Recipient, RecipientResult)
        .join(RecipientResult, col(RecipientResult.recipient_id) == col(Recipient.id))
        .where(Recipient.agency_id == line.agency_id, Recipient.kind == "whatsapp")
        .with_for_update()
    )
    found = session.exec(query.where(RecipientResult.remote_id == event.remote_id)).first()
    if found is None and event.key and event.who.address:
        ours = (RecipientResult.delivery_key == event.key, Recipient.address == event.who.address)
        found = session.exec(query.where(*ours)).first()
    if found is None:  # a status that failed does not always give our key back
        told = select(RecipientNotice).where(RecipientNotice.remote_id == event.remote_id)
        if (row := session.exec(told).first()) is not None:
            theirs = (RecipientResult.delivery_key == row.delivery_key, Recipient.id == row.recipient_id)
            found = session.exec(query.where(*theirs)).first()
    return found


def _people(session: Session, line: Line, who: Who, answers: str = "") -> list[Recipient]:
    """The rows of a person: by the number; where WhatsApp withholds it, by its own name or the message answered."""
    if who.address:
        return _of_number(session, line, who.address)
    query = (
        select(Recipient.address)
        .join(RecipientResult, col(RecipientResult.recipient_id) == col(Recipient.id))
        .join(
            RecipientNotice,
            (col(RecipientNotice.recipient_id) == col(Recipient.id))
            & (col(RecipientNotice.delivery_key) == col(RecipientResult.delivery_key)),
            isouter=True,
        )
        .where(Recipient.agency_id == line.agency_id, Recipient.kind == "whatsapp")
    )
    address = None
    if who.user_id:
        address = session.exec(query.where(RecipientNotice.user_id == who.user_id)).first()
    if address is None and answers:
        address = session.exec(query.where(RecipientResult.remote_id == answers)).first()
    return _of_number(session, line, address) if address else []


def _of_number(session: Session, line: Line, address: str) -> list[Recipient]:
    query = select(Recipient).where(
        Recipient.agency_id == line.agency_id, Recipient.kind == "whatsapp", Recipient.address == address
    )
    return list(session.exec(query.with_for_update()).all())


def _stop(session: Session, line: Line, said: Said) -> None:
    at = said.at.isoformat(timespec="seconds")
    if said.word:
        why = t('membalas "{w}" di WhatsApp pada {at} ({id})', 'answered "{w}" on WhatsApp at {at} ({id})',
                w=said.word, at=at, id=said.remote_id or "–")  # fmt: skip
    else:
        why = t("menghentikan promosi di setelan WhatsApp pada {at}",
                "stopped promotions in WhatsApp's settings at {at}", at=at)  # fmt: skip
    rows = _people(session, line, said.who, said.answers)
    if not rows:
        log.warning("stop_of_a_stranger", address=masked(said.who.address) if said.who.address else "–")
    _leave(rows, said.at, why)


def _leave(rows: Sequence[Recipient], at: datetime, why: str) -> None:
    """Write to them no more, on every list, unless a consent is younger than what they said."""
    for row in rows:
        younger = row.state == "active" and row.consent_at is not None and row.consent_at > at + CLOCKS_DIFFER
        if row.state == "pending" and row.asked_at is not None and row.asked_at > at:
            row.why, row.changed_at = why, at  # they came back since, and still need a consent of today
        elif row.state != "stopped" and not younger:
            row.state, row.why, row.changed_at = "stopped", why, at
            log.info("stopped", list=row.list_name, address=masked(row.address))


def _start(session: Session, line: Line, said: Said) -> None:
    """Somebody asks for the list: ``pending``, for the office to see. A stop is remembered with its time.

    So only a consent that is younger than the stop makes them active, as without these words.
    """
    if not said.who.address:
        return
    rows = _of_number(session, line, said.who.address)
    row = next((row for row in rows if row.list_name == line.list_name), None)
    if row is not None and (row.state == "active" or (row.state != "pending" and said.at <= row.changed_at)):
        return
    if row is None:
        row = Recipient(
            agency_id=line.agency_id, kind="whatsapp", list_name=line.list_name, address=said.who.address
        )
    row.state, row.seal, row.asked_at = "pending", new_seal(), said.at
    row.consent_how = t("meminta lewat WhatsApp", "asked by WhatsApp")
    row.consent_at, row.consent_evidence = None, ""
    session.add(row)
    session.flush()
    log.info("asked", list=row.list_name, address=masked(row.address))
