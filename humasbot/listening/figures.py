"""The figures of ``/metrics``: a few statements, each answered by a small index, whatever stands in the tables."""

import contextlib
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from humasbot import __version__
from humasbot.database import Database, DatabaseError
from humasbot.listening.exposition import Family, text
from humasbot.listening.results import Results
from humasbot.listening.work import Work
from humasbot.models import (
    Account,
    Agency,
    Alert,
    Approval,
    Article,
    Audit,
    Delivery,
    Freeze,
    Post,
    Proposal,
    Secret,
    Variant,
    columns,
    utc_now,
)

KEEP_SECONDS = 5.0
"""Those who ask more often get the same page, so that nobody can load the database by asking."""
SLOW_SECONDS = 120.0
"""What has to look at whole tables is counted this often at most."""
MOST_TOKENS = 200
"""Of a fleet only the tokens that end soonest are told one by one."""
BEGUN = ("queued", "sending", "uncertain")


class Figures:
    """Reads the figures; one object for each process."""

    def __init__(self, database: Database, work: Work) -> None:
        self._database = database
        self._work = work
        self._results = Results()
        self._page: tuple[float, str] = (float("-inf"), "")
        self._slow: tuple[float, list[tuple[str, int]]] = (float("-inf"), [])
        self._lock = threading.Lock()
        with contextlib.suppress(DatabaseError), database.read() as session:
            self._results.read(session)  # from here on is counted

    def page(self) -> str:
        """The page for Prometheus. Raises :class:`~humasbot.database.DatabaseError`."""
        with self._lock:
            if time.monotonic() - self._page[0] > KEEP_SECONDS:
                began = time.monotonic()
                with self._database.read() as session:
                    families = list(self._families(session, utc_now()))
                took = Family("humasbot_scrape_seconds", "gauge", "How long these figures took to read")
                families += [took.add(time.monotonic() - began), *self._of_the_process()]
                self._page = (time.monotonic(), text(families))
            return self._page[1]

    def _families(self, session: Session, now: datetime) -> Iterator[Family]:
        yield from _queue(session, now)
        yield _waiting(session, self._counted(session))
        yield from self._attempts(session)
        yield from _accounts(session, now)
        yield _tokens(session)
        yield from _trail(session)

    def _attempts(self, session: Session) -> Iterator[Family]:
        tally = self._results.read(session)
        done = Family("humasbot_attempts_total", "counter", "Attempts since this process began, by outcome")
        for (platform, outcome), count in sorted(tally.outcomes.items()):
            done.add(count, platform=platform, outcome=outcome)
        yield done
        late = Family("humasbot_first_attempt_delay_seconds", "histogram",
                      "From the due moment to the first attempt, since this process began")  # fmt: skip
        yield late.histogram(
            {bound: tally.late[bound] for bound in sorted(tally.late)}, tally.count, tally.seconds
        )

    def _counted(self, session: Session) -> list[tuple[str, int]]:
        """What needs a look at whole tables: Variants without an Approval, Articles on hold."""
        if time.monotonic() - self._slow[0] > SLOW_SECONDS:
            self._slow = (time.monotonic(), list(_of_whole_tables(session)))
        return self._slow[1]

    def _of_the_process(self) -> Iterator[Family]:
        done = Family("humasbot_task_last_success_timestamp_seconds", "gauge",
                      "When each job of this process last ended well")  # fmt: skip
        failing = Family(
            "humasbot_task_failing", "gauge", "1 while the last run of a job of this process failed"
        )
        for name, last in sorted(self._work.jobs().items()):
            if last.done_at is not None:
                done.add(last.done_at.timestamp(), task=name)
            failing.add(1 if last.error else 0, task=name)
        yield done
        yield failing
        yield Family("humasbot_info", "gauge", "The program").add(1, version=__version__)


def _count(session: Session, column: Any, *where: Any) -> int:
    return int(
        session.execute(sa.select(sa.func.count()).select_from(column.table).where(*where)).scalar() or 0
    )


def _is(row: Any, state: str) -> Any:
    """Written out, not bound: only so is a partial index seen to fit."""
    return row.state == sa.literal_column(f"'{state}'")


def _queue(session: Session, now: datetime) -> Iterator[Family]:
    row = columns(Delivery)
    depth = Family("humasbot_deliveries", "gauge", "Deliveries on their way, by state")
    for state in BEGUN:
        depth.add(_count(session, row.id, _is(row, state)), state=state)
    yield depth
    due = _count(session, row.id, _is(row, "queued"), row.next_at <= now)
    yield Family("humasbot_deliveries_due", "gauge", "Queued deliveries whose time has come").add(due)
    late = Family("humasbot_lateness_seconds", "gauge",
                  "For how long the delivery that waits longest could have left; paused accounts apart")  # fmt: skip
    oldest = session.execute(_oldest(now)).scalar()
    yield late.add(max(0.0, (now - oldest).total_seconds()) if oldest else 0)


def _oldest(now: datetime) -> Any:
    """The first moment in the queue of an account that may speak: a walk along the index that ends at its first hit."""
    row, account = columns(Delivery), columns(Account)
    may = (
        account.active.is_(True), account.dry_run.is_(False), account.paused_at.is_(None),
        sa.or_(account.held_until.is_(None), account.held_until <= now),
    )  # fmt: skip
    return (
        sa.select(row.next_at)
        .join(account.id.table, account.id == row.account_id)
        .where(_is(row, "queued"), row.next_at <= now, *may)
        .order_by(row.next_at)
        .limit(1)
    )


def _waiting(session: Session, counted: list[tuple[str, int]]) -> Family:
    delivery, alert, proposal = columns(Delivery), columns(Alert), columns(Proposal)
    waiting = Family("humasbot_waiting_for_person", "gauge", "What waits for a person, by kind")
    waiting.add(_count(session, delivery.id, delivery.needs_person), kind="delivery")
    waiting.add(_count(session, alert.id, alert.live, alert.closed_at.is_(None)), kind="alert")
    waiting.add(_count(session, proposal.id, proposal.state == "open"), kind="proposal")
    for kind, number in counted:
        waiting.add(number, kind=kind)
    return waiting


def _of_whole_tables(session: Session) -> Iterator[tuple[str, int]]:
    variant, approval, post, article = (columns(model) for model in (Variant, Approval, Post, Article))
    yes = sa.exists().where(approval.variant_id == variant.id, approval.voided_at.is_(None))
    query = (
        sa.select(sa.func.count())
        .select_from(variant.id.table)
        .join(post.id.table, post.id == variant.post_id)
        .where(post.skipped == "", variant.refused == "", ~yes)
    )
    yield "approval", int(session.execute(query).scalar() or 0)
    yield "article", _count(session, article.id, article.state == "held")


def _accounts(session: Session, now: datetime) -> Iterator[Family]:
    account, freeze = columns(Account), columns(Freeze)
    for name, words, which in (
        ("paused", "Active accounts that wait for a person, by platform", account.paused_at.is_not(None)),
        ("rate_limited", "Active accounts on hold by their platform, by platform", account.held_until > now),
    ):
        family = Family(f"humasbot_accounts_{name}", "gauge", words)
        query = sa.select(account.platform, sa.func.count()).where(which, account.active)
        for platform, number in session.execute(query.group_by(account.platform).order_by(account.platform)):
            family.add(number, platform=platform)
        yield family
    number = _count(session, freeze.id, freeze.lifted_at.is_(None))
    yield Family("humasbot_freezes", "gauge", "Freezes that hold now").add(number)


def _tokens(session: Session) -> Family:
    secret, agency = columns(Secret), columns(Agency)
    ends = sa.func.min(secret.expires_at, type_=secret.expires_at.type)
    query = (
        sa.select(agency.name, secret.account, ends)
        .join(agency.id.table, agency.id == secret.agency_id)
        .where(secret.expires_at.is_not(None))
        .group_by(agency.name, secret.account)
        .order_by(ends)
        .limit(MOST_TOKENS)
    )
    family = Family("humasbot_token_expires_timestamp_seconds", "gauge",
                    "When the first token of an account ends, unless it is renewed; the soonest")  # fmt: skip
    for name, account, at in session.execute(query):
        family.add(at.timestamp(), agency=name, account=account)
    return family


def _trail(session: Session) -> Iterator[Family]:
    row = columns(Audit)
    sealed = int(session.execute(sa.select(sa.func.max(row.seq))).scalar() or 0)
    yield Family("humasbot_audit_sealed_rows", "gauge", "Rows of the audit trail in the chain").add(sealed)
    waits = _count(session, row.id, row.seq.is_(None))
    yield Family("humasbot_audit_unsealed_rows", "gauge", "Rows that wait to be sealed").add(waits)
