"""``bot.desk(agency)``: what a person of one agency sees and decides, wherever they do it.

Whatever is to be decided comes with the hash of what is shown, and a decision names these hashes again: so nobody says
yes to words that they have not seen. What belongs to another agency is not there at all.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session, select

from humasbot.content import Media
from humasbot.errors import NotFoundError
from humasbot.models import Account, Delivery, Held, Post, Variant
from humasbot.pipeline import approve as approving
from humasbot.pipeline import asked, deciding, deskview, holding, reconcile, withdraw
from humasbot.pipeline.deskview import Row
from humasbot.pipeline.office import Office
from humasbot.words import t


class Desk:
    """Of the agency of that number. Times are aware, UTC; *actor* is who decides.

    Every decision raises :class:`~humasbot.errors.NotFoundError` for what is not this agency's, and
    :class:`~humasbot.errors.StateError` for what cannot be decided (any more), or not as it was shown.
    """

    def __init__(self, office: Office, agency: int) -> None:
        self._office, self._agency = office, agency

    def waiting(self) -> list[Row]:
        """Every Post that waits for approval, the one due first first, with what tells it from others."""
        with self._office.database.read() as session:
            return deskview.waiting(session, self._agency)

    def post(self, number: int) -> Row:
        """One Post whole, with the hash of each Variant that is to be decided."""
        with self._office.database.read() as session:
            return deskview.whole(session, self._post(session, number))

    def picture(self, variant: int, place: int) -> Media:
        """A picture of a Variant, as it would be sent. Raises :class:`~humasbot.errors.NotFoundError`."""
        with self._office.database.read() as session:
            row = session.get(Variant, variant) if 0 < variant <= asked.HIGHEST else None
            own = row is not None and session.get_one(Post, row.post_id).agency_id == self._agency
        if row is None or not own or not 0 <= place < len(row.media):
            raise NotFoundError(t("tidak ada gambar itu", "there is no such picture"))
        return self._office.media.load(row.media[place])

    def day(self, start: datetime, end: datetime, *, backlog: bool = False) -> list[Row]:
        """Every Post of which something was due in that time; see :func:`humasbot.pipeline.deskview.day`."""
        with self._office.database.read() as session:
            return deskview.day(session, self._agency, start, end, backlog=backlog)

    def uncertain(self) -> list[Row]:
        """Every uncertain Delivery, those that wait for a person first."""
        with self._office.database.read() as session:
            return deskview.uncertain(session, self._agency)

    def frozen(self) -> list[Row]:
        """Every Post that is held back, whole, with what holds it."""
        with self._office.database.read() as session:
            rows: list[tuple[Held, Post]] = list(holding.frozen(session, self._agency))
            return [{**deskview.whole(session, post), "held_at": held.held_at} for held, post in rows]

    def to_delete(self) -> list[Row]:
        """What was withdrawn and a person has to delete where it stands."""
        with self._office.database.read() as session:
            return deskview.to_delete(session, self._agency)

    def pending(self) -> tuple[int, int]:
        """How many Posts wait for approval, and how many decisions of other kinds wait for a person."""
        with self._office.database.read() as session:
            return deskview.pending(session, self._agency)

    # Decisions

    def approve(self, number: int, shown: Mapping[int, str], *, actor: str) -> list[Delivery]:
        """Say yes to the Variants that were *shown* (the hash of each by its number), all or none.

        What it returns is queued now; a yes that waits for a second one, or is for a dry run, returns nothing.
        """
        with self._office.database.write() as session:
            post = self._post(session, number)
            return approving.approve_post(session, post.id or 0, actor=asked.person(actor), shown=shown)

    def refuse(self, number: int, shown: Mapping[int, str], *, reason: str, actor: str) -> int:
        """Say no to the Variants that were *shown*; how many. Raises :class:`~humasbot.errors.InputError` too."""
        with self._office.database.write() as session:
            post = self._post(session, number)
            return approving.refuse_post(
                session, post.id or 0, actor=asked.person(actor), reason=reason, shown=shown
            )

    def cancel(self, number: int, *, actor: str) -> int:
        """Stop what of a Post is still queued; how many Variants."""
        self._mine(number)
        return approving.cancel_post(self._office.database, number, actor=asked.person(actor))

    def release(
        self, number: int, shown: Mapping[int, str], *, actor: str, at: datetime | None = None
    ) -> list[int]:
        """Let a held Post go out as it was *shown*, at its own time or *at*; the numbers of its Deliveries."""
        with self._office.database.read() as session:
            post = self._post(session, number)
            # A Post without words of its own stands for those of a fleet's agencies.
            worded = session.exec(select(Variant.id).where(Variant.post_id == post.id).limit(1)).first()
        seen = None if worded is None else shown
        return deciding.let_go(
            self._office, number, actor=asked.person(actor), at=asked.moment(at), shown=seen
        )

    def drop(self, number: int, *, actor: str) -> None:
        """A held Post is not said."""
        self._mine(number)
        deciding.drop(self._office, number, actor=asked.person(actor))

    def resolve(
        self, number: int, *, actor: str, exists: str = "", resend: bool = False, drop: bool = False
    ) -> None:
        """Settle an uncertain Delivery, as :meth:`humasbot.app.Humasbot.resolve` does."""
        exists = asked.address(exists) if exists else ""
        with self._office.database.read() as session:
            row = session.get(Delivery, number) if 0 < number <= asked.HIGHEST else None
            mine = row is not None and session.get_one(Account, row.account_id).agency_id == self._agency
        if not mine:
            raise NotFoundError(
                t("tidak ada pengiriman nomor {id}", "there is no delivery number {id}", id=number)
            )
        reconcile.resolve(
            self._office, number, actor=asked.person(actor), exists=exists, resend=resend, drop=drop
        )

    def deleted(self, number: int, *, actor: str) -> None:
        """A person has deleted what was withdrawn where it stood."""
        if number not in [row["id"] for row in self.to_delete()]:
            raise NotFoundError(
                t("tidak ada penarikan nomor {id} yang menunggu orang",
                  "there is no withdrawal number {id} that waits for a person", id=number)
            )  # fmt: skip
        withdraw.done_by_hand(self._office, number, actor=asked.person(actor))

    def _mine(self, number: int) -> None:
        with self._office.database.read() as session:
            self._post(session, number)

    def _post(self, session: Session, number: int) -> Post:
        post = session.get(Post, number) if 0 < number <= asked.HIGHEST else None
        if post is None or post.agency_id != self._agency:
            raise NotFoundError(t("tidak ada kiriman nomor {id}", "there is no post number {id}", id=number))
        return post
