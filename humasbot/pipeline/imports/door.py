"""Imports as doors use them: a plan proposed, taken, listed; and which of its Posts still wait."""

from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import col, func, select

from humasbot.errors import NotFoundError
from humasbot.models import Import, ImportRow
from humasbot.pipeline import asked
from humasbot.pipeline.approve import waiting
from humasbot.pipeline.imports import saving, taking
from humasbot.pipeline.imports.taking import Intake, Taken
from humasbot.pipeline.office import Office
from humasbot.pipeline.setup import agency_of
from humasbot.words import t


class Imports:
    """The plans of an office."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def propose(self, path: str | Path, *, day_first: bool = False, now: datetime | None = None) -> Intake:
        """What taking the plan at *path* would make, with every fault; changes nothing in the database.

        Raises :class:`~humasbot.errors.InputError` for a file that cannot be read at all.
        """
        return taking.propose(self._office, Path(path), day_first=day_first, now=asked.moment(now))

    def commit(self, intake: Intake, *, actor: str, skip_faulty: bool = False) -> Taken:
        """Make the Posts of a plan, waiting for approval. Raises :class:`~humasbot.errors.StateError`."""
        return saving.commit(self._office, intake, actor=asked.person(actor), skip_faulty=skip_faulty)

    def listed(self, limit: int = 50) -> list[dict[str, Any]]:
        """The newest plans that were taken."""
        with self._office.database.read() as session:
            agency = agency_of(session, self._office.config)
            query = (
                select(Import)
                .where(Import.agency_id == agency.id)
                .order_by(col(Import.id).desc())
                .limit(limit)
            )
            plans = session.exec(query).all()
            counts = dict(
                session.exec(
                    select(ImportRow.import_id, func.count())
                    .where(col(ImportRow.import_id).in_([plan.id for plan in plans]))
                    .group_by(col(ImportRow.import_id))
                ).all()
            )
        return [{**plan.model_dump(), "posts": counts.get(plan.id or 0, 0)} for plan in plans]

    def waiting(self, number: int) -> list[int]:
        """The Posts of a plan that wait for approval, in the order of its rows.

        Raises :class:`~humasbot.errors.NotFoundError`.
        """
        number = asked.number(number, t("impor", "import"))
        with self._office.database.read() as session:
            agency = agency_of(session, self._office.config)
            plan = session.get(Import, number)
            if plan is None or plan.agency_id != agency.id:
                raise NotFoundError(
                    t("tidak ada impor nomor {n}; lihat: humasbot import --list",
                      "there is no import number {n}; see: humasbot import --list", n=number)
                )  # fmt: skip
            query = (
                select(ImportRow.post_id).where(ImportRow.import_id == number).order_by(col(ImportRow.row))
            )
            return [post for post in session.exec(query).all() if waiting(session, post)]
