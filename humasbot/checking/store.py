"""The database: whether it opens, fits this program and can be written; and what it remembers of trouble."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlmodel import col, func, select

from humasbot.checking import trust
from humasbot.checking.finding import OK, WARNING, Finding
from humasbot.config import Config
from humasbot.database import Database
from humasbot.models import Account, Agency, Attempt, Delivery, Post, Source
from humasbot.words import t


class Store:
    """The findings about the database, and what later checks want to know of it: ``ready`` or not, ``newest``
    row, paused accounts."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.ready = False
        self.newest: datetime | None = None
        self.paused: dict[str, str] = {}
        self.failing: dict[str, str] = {}

    def check(self) -> Iterator[Finding]:
        """Open the database, if there is one yet, and look."""
        url = make_url(self.config.database_url) if "://" in self.config.database_url else None
        if (
            url is not None
            and url.get_backend_name() == "sqlite"
            and url.database not in (None, "", ":memory:")
        ):
            file = Path(str(url.database))
            if not file.exists():
                sentence = t("{f} belum ada; dibuat saat pertama dipakai", "{f} is not there yet; made at first use",
                             f=file.name)  # fmt: skip
                yield Finding("database", "open", OK, sentence)
                return
        database = Database(self.config.database_url)
        try:
            yield from self._look(database)
        finally:
            database.close()

    def _look(self, database: Database) -> Iterator[Finding]:
        current, needed = database.version()
        if current is None:
            yield Finding("database", "version", OK, t("kosong; tabel dibuat saat pertama dipakai",
                                                       "empty; the tables are made at first use"))  # fmt: skip
            return
        if current != needed:
            # Tells a newer database from an older one, each with its own advice.
            database.ready()
        yield Finding("database", "version", OK, t("terbuka, versi {v}", "opens, version {v}", v=current))
        with database.write() as session:
            # Changes no row, but needs the right to change one.
            session.execute(sa.update(Agency).where(sa.false()).values(title=Agency.title))
        yield Finding("database", "write", OK, t("dapat ditulis", "can be written"))
        self.ready = True
        self._remember(database)
        with database.read() as session:
            unsure = session.exec(
                select(func.count())
                .select_from(Delivery)
                .where(Delivery.state == "uncertain", Delivery.needs_person)
            ).one()
        if unsure:
            yield Finding(
                "database", "uncertain", WARNING,
                t("{n} pengiriman belum pasti menunggu keputusan; lihat: humasbot deliveries --uncertain",
                  "{n} uncertain deliveries wait for a decision; see: humasbot deliveries --uncertain", n=unsure),
            )  # fmt: skip

        yield from trust.stored(database, self.config)

    def _remember(self, database: Database) -> None:
        with database.read() as session:
            moments = [
                session.exec(select(func.max(column))).one()
                for column in (Post.created_at, Delivery.changed_at, Attempt.started_at, Source.read_at)
            ]
            for account in session.exec(
                select(Account).where(Account.active, col(Account.paused_at).is_not(None))
            ).all():
                self.paused[account.name] = account.paused_why
            for source in session.exec(select(Source).where(Source.active, Source.failures > 0)).all():
                self.failing[source.name] = source.last_error
        self.newest = max((moment for moment in moments if moment is not None), default=None)
