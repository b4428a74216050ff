"""``bot.days``: the decisions about days that a person takes, made sure of before anything is done."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlmodel import col, select

from humasbot.models import MourningTime, utc_now
from humasbot.occasions.calendar import Occurrence
from humasbot.occasions.findings import Finding
from humasbot.pipeline import asked, checks, deciding, nearby
from humasbot.pipeline.collisions import Collision, collisions
from humasbot.pipeline.deciding import Mourned
from humasbot.pipeline.office import Office
from humasbot.pipeline.setup import agency_of
from humasbot.words import t


class Days:
    """What the calendar asks of people. Days are of the office's own zone; *actor* is who decides."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def waiting(self, now: datetime | None = None) -> list[dict[str, Any]]:
        """Days that wait to be confirmed, mourning, elections and silence, of the days ahead (``[calendar] ahead``)."""
        return deciding.waiting_days(self._office, asked.moment(now))

    def decide(self, key: str, day: date | None = None, *, actor: str) -> tuple[Occurrence, list[int]]:
        """An observance falls on *day*, by default where it was expected; what is planned follows.

        Returns it as it stands now and the numbers of the Posts it touched. Raises
        :class:`~humasbot.errors.NotFoundError`, :class:`~humasbot.errors.InputError`.
        """
        return deciding.decide_day(self._office, key, day, actor=asked.person(actor))

    def start_mourning(
        self,
        reason: str,
        *,
        actor: str,
        first: date | None = None,
        last: date | None = None,
        scope: Sequence[str] = (),
        to: Sequence[str] = ("*",),
    ) -> Mourned:
        """Freeze everything festive, queued or yet to come, and draft a condolence. Raises as :mod:`.deciding` says."""
        return deciding.start_mourning(
            self._office, reason, actor=asked.person(actor), first=first, last=last, scope=scope, accounts=to
        )

    def end_mourning(self, *, actor: str, on: date | None = None) -> list[int]:
        """*on* (default today) is the first day without mourning. Raises :class:`~humasbot.errors.NotFoundError`."""
        return deciding.end_mourning(self._office, actor=asked.person(actor), on=on)

    def frozen(self) -> list[dict[str, Any]]:
        """Every Post that is held back, and why."""
        return deciding.frozen(self._office)

    def release(
        self, post_id: int, *, actor: str, at: datetime | None = None, shown: Mapping[int, str] | None = None
    ) -> list[int]:
        """Let a held Post go out, *at* (aware) or at its own time. Raises :class:`~humasbot.errors.StateError`.

        With *shown*, the hash of each of its Variants as the person saw it, only if it still says just that.
        """
        number = asked.number(post_id, t("kiriman", "post"))
        moment = asked.moment(at)
        return deciding.let_go(self._office, number, actor=asked.person(actor), at=moment, shown=shown)

    def drop(self, post_id: int, *, actor: str) -> None:
        """A held Post is not said. Raises :class:`~humasbot.errors.StateError`."""
        deciding.drop(self._office, asked.number(post_id, t("kiriman", "post")), actor=asked.person(actor))

    def collisions(self, now: datetime | None = None) -> list[Collision]:
        """Campaigns that will speak on the same account at nearly the same time in the coming fortnight."""
        return collisions(self._office, asked.moment(now) or utc_now())

    def neighbours(self, now: datetime | None = None) -> dict[int, list[nearby.Neighbour]]:
        """Posts to come that one account would say within ``[humasbot] apart`` of each other, by their numbers."""
        return nearby.upcoming(self._office, asked.moment(now))

    def lint(self, text: str, *, day: date | None = None) -> list[Finding]:
        """Every fault of a text as the office's rules see it; *day* is when it will be read."""
        return checks.findings(self._office.config, text, day=day)

    def mourning(self, now: datetime | None = None) -> list[dict[str, Any]]:
        """The times of mourning of today that a person declared: reason, first and last day, by whom."""
        today = (asked.moment(now) or utc_now()).astimezone(self._office.zone).date()
        with self._office.database.read() as session:
            query = select(MourningTime).where(
                MourningTime.agency_id == agency_of(session, self._office.config).id,
                MourningTime.first <= today, MourningTime.last >= today,
            )  # fmt: skip
            rows = session.exec(query.order_by(col(MourningTime.id))).all()
        return [row.model_dump(include={"id", "reason", "first", "last", "actor"}) for row in rows]
