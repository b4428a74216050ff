"""The ledger: the :class:`~humasbot.content.Directory` that the core hands to platforms that write to people.

Each line is committed as ``sending`` before the message leaves and gets its answer after it, so a crash in between
leaves exactly those lines in doubt that are in doubt.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from humasbot.content import Addressee, Answered
from humasbot.errors import NotFoundError, StateError
from humasbot.logs import Quiet
from humasbot.masking import masked
from humasbot.models import Delivery, Recipient, RecipientNotice, RecipientResult, utc_now
from humasbot.subscribers.register import Register, token_of
from humasbot.words import t

log = Quiet("humasbot.subscribers")
PAGE = 500


class Ledger:
    """The people of one *kind* (``email`` or ``whatsapp``) of one agency: that of the number, else the register's."""

    def __init__(self, register: Register, kind: str, agency_id: int | None = None) -> None:
        self._register = register
        self._kind = kind
        self._agency_id = agency_id

    def active(self, name: str) -> Iterator[Addressee]:
        """See :class:`~humasbot.content.Directory`; read in pages, so a list of any length needs little memory."""
        last = 0
        while True:
            with self._register.database.read() as session:
                query = (
                    select(Recipient)
                    .where(
                        Recipient.agency_id == self._agency(session),
                        Recipient.kind == self._kind,
                        Recipient.list_name == name,
                        Recipient.state == "active",
                        col(Recipient.consent_at).is_not(None),
                        col(Recipient.id) > last,
                    )
                    .order_by(col(Recipient.id))
                    .limit(PAGE)
                )
                rows = session.exec(query).all()
            for row in rows:
                last = row.id or 0
                yield Addressee(
                    last, row.address, row.name, token_of(self._register, "leave", last, row.seal)
                )
            if len(rows) < PAGE:
                return

    def _agency(self, session: Session) -> int:
        return self._agency_id or self._register.agency_id(session)

    def wants(self, addressee: Addressee) -> bool:
        """See :class:`~humasbot.content.Directory`."""
        with self._register.database.read() as session:
            row = session.get(Recipient, addressee.id)
            return row is not None and row.state == "active" and row.address == addressee.address

    def results(self, key: str) -> Mapping[int, Answered]:
        """See :class:`~humasbot.content.Directory`; what the platform told later counts where its answer is missing."""
        with self._register.database.read() as session:
            rows = session.exec(select(RecipientResult).where(RecipientResult.delivery_key == key)).all()
            told = _notices(session, key)
        return {row.recipient_id: _known(row, told.get(row.recipient_id)) for row in rows}

    def record(self, key: str, addressee: Addressee, answered: Answered) -> None:
        """See :class:`~humasbot.content.Directory`."""
        with self._register.database.write() as session:
            query = select(RecipientResult).where(
                RecipientResult.delivery_key == key, RecipientResult.recipient_id == addressee.id
            )
            row = session.exec(query).one_or_none()
            row = row or RecipientResult(delivery_key=key, recipient_id=addressee.id, state="")
            row.state, row.remote_id, row.note = answered.state, answered.remote_id, answered.note
            row.tries, row.at = answered.tries, utc_now()
            session.add(row)

    def drop(self, addressee: Addressee, state: str, why: str) -> None:
        """See :class:`~humasbot.content.Directory`."""
        with self._register.database.write() as session:
            row = session.get(Recipient, addressee.id, with_for_update=True)
            if row is not None and row.state == "active":
                row.state, row.why, row.changed_at = state, why, utc_now()
        log.warning(state, address=masked(addressee.address), reason=why)

    def reached(self, since: datetime) -> Mapping[int, datetime]:
        """See :class:`~humasbot.content.Directory`; who may have been reached counts as reached."""
        with self._register.database.read() as session:
            query = (
                select(RecipientResult.recipient_id, func.max(RecipientResult.at))
                .join(Recipient, col(Recipient.id) == col(RecipientResult.recipient_id))
                .where(
                    Recipient.agency_id == self._agency(session),
                    Recipient.kind == self._kind,
                    col(RecipientResult.state).in_(("sent", "sending")),
                    col(RecipientResult.at) >= since,
                )
                .group_by(col(RecipientResult.recipient_id))
            )
            return dict(session.exec(query).all())


def results_of(register: Register, delivery_id: int) -> list[tuple[Recipient, RecipientResult]]:
    """What became of each message of a Delivery, by recipient. Raises :class:`~humasbot.errors.NotFoundError`."""
    with register.database.read() as session:
        query = (
            select(Recipient, RecipientResult)
            .join(RecipientResult, col(RecipientResult.recipient_id) == col(Recipient.id))
            .where(
                RecipientResult.delivery_key == _key(session.get(Delivery, delivery_id), delivery_id),
            )
            .order_by(col(Recipient.id))
        )
        return list(session.exec(query).all())


def notices_of(register: Register, delivery_id: int) -> dict[int, RecipientNotice]:
    """What the platform told later of a Delivery's messages, by recipient.

    Raises :class:`~humasbot.errors.NotFoundError`.
    """
    with register.database.read() as session:
        return _notices(session, _key(session.get(Delivery, delivery_id), delivery_id))


def _notices(session: Session, key: str) -> dict[int, RecipientNotice]:
    query = select(RecipientNotice).where(RecipientNotice.delivery_key == key)
    return {row.recipient_id: row for row in session.exec(query).all()}


def _known(row: RecipientResult, told: RecipientNotice | None) -> Answered:
    """The line of one person: whatever reached them was taken, though its answer was lost or a person said it was not.

    What failed after it was taken is over; what is to be sent again, because a person said so, still is.
    """
    state, note = row.state, row.note
    if told is not None and told.state != "failed":
        state = "sent"
    elif told is not None and state != "later":
        state, note = "refused", f"{told.code} {told.why}".strip() or note
    return Answered(state, row.remote_id or (told.remote_id if told else ""), note, row.tries)


def settle(register: Register, delivery_id: int, *, taken: bool, actor: str) -> int:
    """A person says of every message without an answer that it was *taken*, or that it was not; return how many.

    Taken ones are never sent again, the others are sent by the Delivery's next attempt. The next look of the core takes
    it from there. Raises :class:`~humasbot.errors.NotFoundError`, and :class:`~humasbot.errors.StateError` while it is
    being sent.
    """
    with register.database.read() as session:
        delivery = session.get(Delivery, delivery_id)
        if delivery is not None and delivery.state == "sending":
            raise StateError(t("sedang dikirim; tunggu sampai selesai", "it is being sent; wait for its end"))
    rows = [result for _, result in results_of(register, delivery_id) if result.state == "sending"]
    words = t("diputuskan oleh {a}", "decided by {a}", a=actor)
    with register.database.write() as session:
        for seen in rows:
            row = session.get_one(RecipientResult, seen.id, with_for_update=True)
            if row.state == "sending" and row.at == seen.at:
                row.state, row.note = ("sent" if taken else "later"), words
    return len(rows)


def _key(delivery: Delivery | None, number: int) -> str:
    if delivery is None:
        raise NotFoundError(
            t("tidak ada pengiriman nomor {id}", "there is no delivery number {id}", id=number)
        )
    return delivery.key
