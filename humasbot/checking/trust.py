"""Trust: what stops the sending, what waits for a person, where alerts go, and the newest rows of the audit trail."""

from collections.abc import Iterator
from datetime import timedelta

from sqlmodel import Session, col, select

from humasbot import alerts, audit
from humasbot.checking import people
from humasbot.checking.finding import ERROR, OK, WARNING, Finding
from humasbot.config import Config
from humasbot.database import Database
from humasbot.indonesian import stamp
from humasbot.models import Agency, Audit, utc_now
from humasbot.pipeline.alerting import addresses
from humasbot.pipeline.office import Office
from humasbot.pipeline.stopping import freezes
from humasbot.pipeline.trail import HEADS
from humasbot.words import t

NEWEST = 2000
"""How many rows of the trail are looked at here; all of them: ``humasbot audit verify``."""
SHOWN = 5
LATE = timedelta(hours=1)
"""How long rows of the trail may wait for their seal; the daemon does it within seconds."""


def stored(database: Database, config: Config) -> Iterator[Finding]:
    """What the database tells of freezes, open alerts and the audit trail."""
    with database.read() as session:
        yield from _frozen(session, config)
        yield from _open(session, config)
        yield from people.let_in(session, config)
    heads = audit.Heads(config.path(config.humasbot.data) / HEADS)
    verdict = audit.verify(database, heads, newest=NEWEST)
    yield from _unsealed(database, config)
    if verdict.sound:
        count = verdict.sealed + verdict.unsealed
        sentence = t(
            "jejak audit utuh ({n} baris terbaru)", "the audit trail is whole (newest {n} rows)", n=count
        )
        yield Finding("audit", "chain", OK, sentence)
        return
    why = verdict.problems[0]
    sentence = t("jejak audit tidak utuh: {why}; lihat semuanya: humasbot audit verify",
                 "the audit trail was altered: {why}; see all: humasbot audit verify", why=why)  # fmt: skip
    yield Finding("audit", "chain", ERROR, sentence)


def _unsealed(database: Database, config: Config) -> Iterator[Finding]:
    with database.read() as session:
        query = select(Audit.at).where(col(Audit.seq).is_(None)).order_by(col(Audit.id)).limit(1)
        oldest = session.exec(query).first()
    if oldest is not None and utc_now() - oldest > LATE:
        yield Finding(
            "audit", "unsealed", WARNING,
            t("jejak audit sejak {s} belum disegel; jalankan humasbot daemon, atau: humasbot audit seal",
              "the audit trail is not sealed since {s}; run humasbot daemon, or: humasbot audit seal",
              s=stamp(oldest, config.zone)),
        )  # fmt: skip


def _frozen(session: Session, config: Config) -> Iterator[Finding]:
    for row in freezes(session, config):
        command = "humasbot unfreeze --all" if row.agency_id is None else "humasbot unfreeze"
        yield Finding(
            "freeze", str(row.id), WARNING,
            t("semua kiriman dibekukan sejak {s} oleh {a}: {why}; lepaskan dengan: {c}",
              "all sending is frozen since {s} by {a}: {why}; lift it with: {c}", s=stamp(row.since, config.zone),
              a=row.actor, why=row.reason, c=command),
        )  # fmt: skip


def _open(session: Session, config: Config) -> Iterator[Finding]:
    mine = session.exec(select(Agency.id).where(Agency.name == config.agency.key)).one_or_none()
    rows = alerts.waiting(session, mine or 0)
    for row in rows[:SHOWN]:
        yield Finding("alerts", str(row.id), WARNING, row.text)
    if len(rows) > SHOWN:
        words = t(
            "dan {n} lagi; lihat: humasbot alerts", "and {n} more; see: humasbot alerts", n=len(rows) - SHOWN
        )
        yield Finding("alerts", "more", WARNING, words)


def reached(office: Office) -> Iterator[Finding]:
    """Whether a person would be told: every address of ``[alerts]`` is there and understood; nothing is sent."""
    found, problems = addresses(office)
    for problem in problems:
        yield Finding("alerts", "urls", ERROR, str(problem))
    if found:
        names = ", ".join(address.name for address in found)
        yield Finding("alerts", "urls", OK, t("peringatan disampaikan ke: {n}; coba: humasbot alerts test",
                                              "alerts go to: {n}; try: humasbot alerts test", n=names))  # fmt: skip
    elif not problems:
        yield Finding(
            "alerts", "urls", WARNING,
            t("belum ada alamat peringatan: bila ada yang gagal, tidak seorang pun diberi tahu; tambahkan "
              '[alerts] urls = [{ env = "HUMASBOT_ALERT" }]',
              "there is no address for alerts: if something fails, nobody is told; add "
              '[alerts] urls = [{ env = "HUMASBOT_ALERT" }]'),
        )  # fmt: skip
