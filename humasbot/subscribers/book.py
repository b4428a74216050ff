"""The five things that happen to a subscription: asked for, confirmed, vouched for, stopped, bounced.

E-mail is asked twice (double opt-in): an address becomes active only once the link in the letter that we sent to it was
used. A consent that an office has on paper is *vouched* for, with what shows it. Whoever stopped comes back only by a
consent that is younger than the stop.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from humasbot.errors import InputError, NotFoundError, StateError
from humasbot.logs import Quiet
from humasbot.masking import masked
from humasbot.models import Recipient, utc_now
from humasbot.subscribers.register import (
    DEFAULT_LIST,
    Register,
    address_of,
    holder_of,
    list_of,
    new_seal,
    token_of,
)
from humasbot.words import t

log = Quiet("humasbot.subscribers")
LINK_LASTS = timedelta(days=7)
"""How long the link of a confirmation letter can be used."""
CLOCKS_DIFFER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of a wish to subscribe: the recipient, and the token for the letter that asks to confirm it.

    The token is empty where nothing has to be confirmed: who is active already.
    """

    recipient: Recipient
    token: str


def subscribe(
    register: Register, address: str, *, name: str = "", list_name: str = DEFAULT_LIST, how: str = ""
) -> Asked:
    """Somebody asked for the e-mail list: they are ``pending`` until the token was used. *how* says by which way.

    Raises :class:`~humasbot.errors.InputError`.
    """
    address, list_name = address_of("email", address), list_of(list_name)
    now = utc_now()
    with register.database.write() as session:
        recipient = _row(session, register, "email", list_name, address)
        if recipient.state == "active":
            return Asked(recipient, "")
        recipient.state, recipient.seal, recipient.asked_at = "pending", new_seal(), now
        recipient.name, recipient.consent_how = name.strip() or recipient.name, how.strip()
        recipient.consent_at, recipient.consent_evidence, recipient.why = None, "", ""
        recipient.changed_at = now
        session.add(recipient)
        session.flush()
        token = token_of(register, "confirm", recipient.id or 0, recipient.seal)
    log.info("asked", list=list_name, address=masked(address))
    return Asked(recipient, token)


def confirm(register: Register, token: str) -> Recipient:
    """The link of the letter was used. Using it again changes nothing.

    Raises :class:`~humasbot.errors.NotFoundError` for a token that is no longer valid, and
    :class:`~humasbot.errors.StateError` for one that is older than a week.
    """
    now = utc_now()
    with register.database.write() as session:
        recipient = holder_of(register, session, "confirm", token)
        if recipient.state == "active":
            return recipient
        if recipient.state != "pending" or now - (recipient.asked_at or now) > LINK_LASTS:
            raise StateError(
                t("tautan ini sudah lewat waktunya; daftarlah sekali lagi",
                  "this link has expired; subscribe once more")
            )  # fmt: skip
        recipient.state, recipient.consent_at, recipient.changed_at = "active", now, now
        way = recipient.consent_how or t("permintaan langganan", "a wish to subscribe")
        recipient.consent_how = t("{w}, dikonfirmasi lewat surel", "{w}, confirmed by e-mail", w=way)
        recipient.consent_evidence = t(
            "tautan konfirmasi yang dikirim ke alamat itu pada {at} dipakai pada {now}",
            "the link that was sent to that address at {at} was used at {now}",
            at=(recipient.asked_at or now).isoformat(timespec="seconds"), now=now.isoformat(timespec="seconds"),
        )  # fmt: skip
    log.info("confirmed", list=recipient.list_name, address=masked(recipient.address))
    return recipient


def vouch(
    register: Register,
    kind: str,
    address: str,
    *,
    at: datetime,
    how: str,
    evidence: str,
    name: str = "",
    list_name: str = DEFAULT_LIST,
) -> Recipient:
    """Record a consent that the office holds itself: when (aware), how, and what shows it; active at once.

    Raises :class:`~humasbot.errors.InputError`, and :class:`~humasbot.errors.StateError` for somebody who stopped after
    that consent.
    """
    with register.database.write() as session:
        found = vouched(session, register, kind, address, at=at, how=how, evidence=evidence, name=name,
                        list_name=list_name)  # fmt: skip
    log.info("vouched", list=found.list_name, address=masked(found.address))
    return found


def vouched(
    session: Session,
    register: Register,
    kind: str,
    address: str,
    *,
    at: datetime,
    how: str,
    evidence: str,
    name: str = "",
    list_name: str = DEFAULT_LIST,
) -> Recipient:
    """As :func:`vouch`, within a transaction of many."""
    address, list_name = address_of(kind, address), list_of(list_name)
    if at.tzinfo is None or at > utc_now() + CLOCKS_DIFFER:
        raise InputError(
            t("waktu persetujuan harus berzona dan tidak di masa depan",
              "the time of the consent needs a zone and must not be in the future")
        )  # fmt: skip
    if not how.strip() or not evidence.strip():
        raise InputError(
            t("persetujuan wajib dicatat: caranya (how) dan buktinya (evidence)",
              "the consent must be recorded: how it was given, and the evidence of it")
        )  # fmt: skip
    recipient = _row(session, register, kind, list_name, address)
    left = recipient.state in ("stopped", "bounced") or (recipient.state == "pending" and recipient.why)
    if left and at <= recipient.changed_at:
        raise StateError(
            t("{a} berhenti pada {on} ({why}); hanya persetujuan yang lebih baru dapat mengembalikannya",
              "{a} left on {on} ({why}); only a younger consent brings it back", a=masked(address),
              on=f"{recipient.changed_at:%Y-%m-%d %H:%M} UTC", why=recipient.why or recipient.state)
        )  # fmt: skip
    recipient.name = name.strip() or recipient.name
    if recipient.state != "active":
        recipient.state, recipient.seal, recipient.why = "active", new_seal(), ""
        recipient.consent_at, recipient.consent_how = at, how.strip()
        recipient.consent_evidence, recipient.changed_at = evidence.strip(), utc_now()
    session.add(recipient)
    session.flush()
    return recipient


def stop(
    register: Register,
    *,
    token: str = "",
    address: str = "",
    kind: str = "",
    list_name: str = "",
    why: str = "",
) -> list[Recipient]:
    """Write to them no more, from this moment on, whatever is queued already.

    By the *token* of a message it is that list; by *address* every list of it, or one kind and list. Stopping twice is
    as good as once. Raises :class:`~humasbot.errors.NotFoundError`.
    """
    now = utc_now()
    with register.database.write() as session:
        if token:
            rows = [holder_of(register, session, "leave", token)]
        else:
            rows = _of_address(session, register, address, kind, list_name)
        for row in rows:
            if row.state != "stopped":
                row.state, row.changed_at = "stopped", now
                row.why = why.strip() or t("berhenti berlangganan", "unsubscribed")
    for row in rows:
        log.info("stopped", list=row.list_name, address=masked(row.address))
    return rows


def bounce(register: Register, remote_id: str, why: str) -> Recipient | None:
    """A letter of ours came back for good: its address is written to no more.

    *remote_id* is our Message-ID, which nobody can guess: a forged report takes nobody off a list. ``None`` when the
    letter is not ours.
    """
    from humasbot.models import RecipientResult

    now = utc_now()
    with register.database.write() as session:
        query = (
            select(Recipient, RecipientResult)
            .join(RecipientResult, col(RecipientResult.recipient_id) == col(Recipient.id))
            .where(RecipientResult.remote_id == remote_id)
        )
        found = session.exec(query).first()
        if found is None or not remote_id:
            return None
        recipient, result = found
        result.note = why
        if recipient.state == "active":
            recipient.state, recipient.changed_at, recipient.why = "bounced", now, why
    log.warning("bounced", list=recipient.list_name, address=masked(recipient.address), reason=why)
    return recipient


def _row(session: Session, register: Register, kind: str, list_name: str, address: str) -> Recipient:
    agency = register.agency_id(session)
    query = select(Recipient).where(
        Recipient.agency_id == agency,
        Recipient.kind == kind,
        Recipient.list_name == list_name,
        Recipient.address == address,
    )
    found = session.exec(query.with_for_update()).one_or_none()
    return found or Recipient(agency_id=agency, kind=kind, list_name=list_name, address=address)


def _of_address(
    session: Session, register: Register, address: str, kind: str, list_name: str
) -> list[Recipient]:
    kind = kind or ("email" if "@" in address else "whatsapp")
    query = select(Recipient).where(
        Recipient.agency_id == register.agency_id(session),
        Recipient.kind == kind,
        Recipient.address == address_of(kind, address),
    )
    if list_name:
        query = query.where(Recipient.list_name == list_name)
    rows = list(session.exec(query.with_for_update()).all())
    if not rows:
        raise NotFoundError(
            t("{a} tidak ada di daftar mana pun", "{a} is on no list", a=masked(address.strip()))
        )
    return rows
