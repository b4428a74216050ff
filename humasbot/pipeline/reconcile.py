"""Reconcile: what nobody knows is looked for on the platform; found is sent, surely absent is queued, else a person."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import literal_column
from sqlmodel import Session, col, select

from humasbot import outbox
from humasbot.claiming import ALERT
from humasbot.config import duration
from humasbot.content import Receipt
from humasbot.errors import AuthExpired, StateError, Uncertain, Unsupported
from humasbot.holders import is_dead
from humasbot.models import Account, Agency, Attempt, Delivery, Variant, utc_now
from humasbot.models import Receipt as Known
from humasbot.pipeline import withdraw
from humasbot.pipeline.carrying import can_look, look_for
from humasbot.pipeline.compose import outgoing_of
from humasbot.pipeline.crew import Crew
from humasbot.pipeline.gap import restored_at
from humasbot.pipeline.office import Office
from humasbot.states import Decision, after_look, whole
from humasbot.words import t

CLOCK_SKEW = timedelta(minutes=75)
"""How wrong our clock may have been when we sent: an hour (a zone or summer time set wrongly) and some minutes."""
CHUNK = 100
LOOK_SECONDS = 120.0
"""How long one look may take."""


def reconcile(office: Office) -> int:
    """Give up dead workers' claims, then look for every uncertain Delivery whose time has come; return how many."""
    for number in outbox.give_up_lost(office.database, ours=frozenset(office.calls)):
        office.doubts.begin(number)
    outbox.mend(office.database)
    query = (
        select(Delivery)
        .join(Account, col(Account.id) == col(Delivery.account_id))
        .join(Agency, col(Agency.id) == col(Account.agency_id))
        .where(
            col(Delivery.state)
            == literal_column("'uncertain'"),  # written out: so the partial index is seen to fit
            col(Delivery.next_at) <= utc_now(),
            *([] if office.only_agency is None else [Agency.name == office.only_agency]),
            col(Account.id).not_in(office.hanging.ids("account")),
        )
        .order_by(col(Delivery.next_at))
        .limit(CHUNK)
    )
    with office.database.read() as session:
        rows = session.exec(query).all()
    if rows:
        # Side by side, so that a platform that does not answer keeps no other waiting; each look has its end.
        crew = Crew(min(len(rows), office.config.humasbot.threads), "humasbot-look")
        looks = [crew.submit(look, office, row) for row in rows]
        crew.shutdown(wait=False)
        for done in looks:
            done.result()
    withdraw.again(office)
    return len(rows)


def look(office: Office, delivery: Delivery) -> Decision:
    """Look once for an uncertain Delivery on its platform, write what follows, and return it."""
    outcome = _find(office, delivery)
    settings = office.config.humasbot
    now = office.database.now()
    decision = after_look(
        outcome,
        looks=delivery.looks + 1,
        age=office.doubts.age(delivery.id or 0, now - (delivery.unsure_at or now)),
        settle=duration(settings.settle),
        give_up=duration(settings.give_up),
        attempts=_unsure(office, delivery),
    )
    if decision.state == "queued" and _is_doubted_alert(office, delivery):
        words = t("peringatan dari masa sebelum cadangan dipulihkan: tidak tampak di platform, dan tidak dikirim ulang "
                  "sendiri; bila masih perlu: humasbot resolve {id} --resend",
                  "an alert of the time before a backup was restored: not seen on the platform, and not sent again by "
                  "itself; where it is still needed: humasbot resolve {id} --resend", id=delivery.id)  # fmt: skip
        decision = Decision("uncertain", words, delay=duration(settings.give_up), person=True)
    decision = replace(decision, reason=office.vault.redact(decision.reason))
    receipt = outcome if isinstance(outcome, Receipt) else None
    outbox.looked(office.database, delivery, decision, receipt)
    return decision


def _is_doubted_alert(office: Office, delivery: Delivery) -> bool:
    """Whether it is an alert last tried before a restore: what freezes everything else until a person has looked, stops
    no alert."""
    if delivery.priority < ALERT:
        return False
    with office.database.read() as session:
        until = restored_at(session)
        if until is None:
            return False
        since = select(Attempt.id).where(Attempt.delivery_id == delivery.id, col(Attempt.started_at) > until)
        return session.exec(since.limit(1)).first() is None


def _find(office: Office, delivery: Delivery) -> Receipt | BaseException | None:
    try:
        with office.database.read() as session:
            account = session.get_one(Account, delivery.account_id)
            variant = session.get_one(Variant, delivery.variant_id)
            since = _since(session, delivery)
            hanging = _still_hangs(session, delivery)
        publisher = office.publisher(account, renewed=True)
        outgoing = outgoing_of(office, variant, delivery.key)
        if not can_look(publisher, outgoing):
            return Unsupported(
                t("{p} tidak dapat mencari kiriman; periksa sendiri lalu: humasbot resolve {id}",
                  "{p} cannot look for a post; look yourself, then: humasbot resolve {id}", p=publisher.title,
                  id=delivery.id)
            )  # fmt: skip
        found = office.hanging.call(
            "account", account.id or 0, LOOK_SECONDS, look_for, publisher, outgoing, since
        )
        if found is None:
            return _held_back() if hanging else None
        return _ours(office, delivery, found)
    except AuthExpired as error:
        office.forget(delivery.account_id)
        return error
    except Exception as error:  # noqa: BLE001 - any fault while looking means that we still do not know
        return error


def _since(session: Session, delivery: Delivery) -> datetime:
    """From when on our post may stand there."""
    query = select(Attempt).where(Attempt.delivery_id == delivery.id).order_by(col(Attempt.id)).limit(1)
    started = session.exec(query).one().started_at
    now = utc_now()
    if started > now:  # our clock ran ahead then, nobody knows by how much
        started = min(delivery.created_at, now - timedelta(days=1))
    return started - CLOCK_SKEW


def _still_hangs(session: Session, delivery: Delivery) -> bool:
    """Whether a call for it that never came back may still be under way: then absent now is not absent for good."""
    query = select(Attempt).where(
        Attempt.delivery_id == delivery.id, Attempt.outcome == "uncertain", col(Attempt.finished_at).is_(None)
    )
    return any(not is_dead(attempt.worker) for attempt in session.exec(query).all())


def _held_back() -> Uncertain:
    return Uncertain(
        t("belum terlihat, tetapi panggilan yang menggantung masih dapat menerbitkannya; mulai ulang daemon",
          "not seen, but a call that hangs may publish it yet; restart the daemon")
    )  # fmt: skip


def _ours(office: Office, delivery: Delivery, answer: object) -> Receipt | BaseException:
    """What was found, unless it is known as another delivery's: two posts may have the same words."""
    found = whole(answer)
    if found is None:
        return Uncertain(t("jawaban pencarian tidak terbaca", "the answer of the look cannot be read"))
    query = (
        select(Known.delivery_id)
        .join(Delivery, col(Delivery.id) == col(Known.delivery_id))
        .where(Delivery.account_id == delivery.account_id, Known.remote_id == found.remote_id)
    )
    with office.database.read() as session:
        other = session.exec(query).first()
    if other is None or other == delivery.id:
        return found
    return Uncertain(
        t("yang ditemukan adalah pengiriman {n} yang sama katanya; periksa sendiri: humasbot resolve {id}",
          "what was found is delivery {n} of the same words; look yourself: humasbot resolve {id}", n=other,
          id=delivery.id)
    )  # fmt: skip


def _unsure(office: Office, delivery: Delivery) -> int:
    """How often it was sent without our learning what came of it."""
    query = select(Attempt.id).where(
        Attempt.delivery_id == delivery.id, col(Attempt.outcome).in_(("uncertain", ""))
    )
    with office.database.read() as session:
        return len(session.exec(query).all())


def resolve(
    office: Office,
    delivery_id: int,
    *,
    actor: str,
    exists: str = "",
    resend: bool = False,
    drop: bool = False,
) -> None:
    """A person settles an uncertain Delivery: it *exists* at that address, is sent again, or is dropped.

    Raises :class:`~humasbot.errors.StateError` unless exactly one of the three is asked for.
    """
    if sum((bool(exists), resend, drop)) != 1:
        raise StateError(
            t(
                "pilih satu: --exists ALAMAT, --resend, atau --drop",
                "choose one: --exists URL, --resend or --drop",
            )
        )
    receipt = Receipt(remote_id=exists, url=exists) if exists else None
    words = t("diputuskan oleh {a}", "decided by {a}", a=actor)
    state = "sent" if exists else "queued" if resend else "failed"
    outbox.resolve(office.database, delivery_id, Decision(state, words), receipt, actor)
