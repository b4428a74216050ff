"""Withdraw: take a Post back wherever the platform lets us, and say where a person has to.

What is to be taken back is written down first, one row for each receipt, so that a crash forgets nothing; a platform
that calls what is gone already done lets the same deletion be made again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from humasbot import audit
from humasbot.content import Receipt as Published
from humasbot.errors import InputError, Retryable, StateError
from humasbot.logs import Quiet
from humasbot.models import Account, Agency, Delivery, Post, Receipt, Variant, Withdrawal, utc_now
from humasbot.pipeline import changes
from humasbot.pipeline.approve import halt
from humasbot.pipeline.carrying import EDIT, correcting
from humasbot.pipeline.office import Office
from humasbot.pipeline.public import UNDECIDED, Left, corrections_of, post_of
from humasbot.pipeline.setup import agency_of
from humasbot.platforms.base import supports
from humasbot.states import sentence
from humasbot.words import t

log = Quiet("humasbot.withdraw")
DELETE_SECONDS = 120.0
AGAIN = timedelta(minutes=10)
GIVE_UP = timedelta(days=1)
"""What cannot be deleted for so long is left to a person."""
CHUNK = 50


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What came of a withdrawal: the accounts where it is gone, where it is not, and how many were stopped in time."""

    gone: tuple[str, ...]
    left: tuple[Left, ...]
    stopped: int


def withdraw(
    office: Office, post_id: int, *, reason: str, actor: str, proposal: int | None = None
) -> Withdrawn:
    """Take a Post and its corrections back as *actor*; done again, it tries again what is left.

    With *proposal* that proposal is taken with it.

    Raises :class:`~humasbot.errors.NotFoundError`, and :class:`~humasbot.errors.InputError` without a reason.
    """
    if not reason.strip():
        raise InputError(t("sebutkan alasannya: --reason", "say why: --reason"))
    with office.database.write() as session:
        agency = agency_of(session, office.config)
        post = post_of(session, agency, post_id)
        posts = [post, *corrections_of(session, post)]
        stopped = sum(_stop(session, each, reason, actor) for each in posts)
        numbers = _note(session, posts, reason, actor)
        audit.record(session, "post_withdrawn", f"post:{post_id}", actor=actor, agency=agency.name, reason=reason,
                     stopped=stopped)  # fmt: skip
        if proposal is not None:
            changes.decide(session, office, proposal, "taken", actor=actor, note=f"#{post_id}")
    for number in numbers:
        _try(office, number)
    with office.database.read() as session:
        gone, left = _state(session, [each.id or 0 for each in posts])
    return Withdrawn(tuple(gone), tuple(left), stopped)


def by_hand(office: Office, post_id: int, account: str, *, actor: str) -> int:
    """A person has deleted the Post and its corrections on *account*; how many posts there were.

    Raises :class:`~humasbot.errors.NotFoundError`, and :class:`~humasbot.errors.StateError` where nothing waits for it.
    """
    now, note = utc_now(), t("dihapus sendiri oleh {a}", "deleted by {a} by hand", a=actor)
    with office.database.write() as session:
        post = post_of(session, agency_of(session, office.config), post_id)
        posts = [post, *corrections_of(session, post)]
        rows = [row for row in _receipts(session, [each.id or 0 for each in posts]) if row[1].name == account]
        done = 0
        for _, _, delivery, receipt in rows:
            mine = select(Withdrawal).where(Withdrawal.receipt_id == receipt.id, Withdrawal.state != "gone")
            for row in session.exec(mine.with_for_update()).all():
                row.note = note
                _deleted(session, row, delivery, actor, note, now)
                done += 1
        if not done:
            raise StateError(
                t("tidak ada yang menunggu dihapus di akun {a} dari kiriman {n}; lihat: humasbot posts {n}",
                  "nothing of post {n} waits to be deleted on the account {a}; see: humasbot posts {n}", a=account,
                  n=post_id)
            )  # fmt: skip
    return done


def again(office: Office, now: datetime | None = None) -> int:
    """Try again what could not be deleted yet and whose time has come; how many were tried."""
    now = now or utc_now()
    query = (
        select(Withdrawal.id)
        .join(Receipt, col(Receipt.id) == col(Withdrawal.receipt_id))
        .join(Delivery, col(Delivery.id) == col(Receipt.delivery_id))
        .join(Account, col(Account.id) == col(Delivery.account_id))
        .join(Agency, col(Agency.id) == col(Account.agency_id))
        .where(
            Withdrawal.state == "open", Withdrawal.next_at <= now, Account.active, col(Account.paused_at).is_(None),
            *([] if office.only_agency is None else [Agency.name == office.only_agency]),
        )
        .order_by(col(Withdrawal.next_at))
        .limit(CHUNK)
    )  # fmt: skip
    with office.database.read() as session:
        numbers = session.exec(query).all()
    for number in numbers:
        _try(office, number or 0)
    return len(numbers)


def _stop(session: Session, post: Post, reason: str, actor: str) -> int:
    """Stop what is not out yet; how many Deliveries."""
    why = t("ditarik oleh {a}: {r}", "withdrawn by {a}: {r}", a=actor, r=reason)
    query = (
        select(Variant)
        .join(Delivery, col(Delivery.variant_id) == col(Variant.id))
        .where(Variant.post_id == post.id, col(Delivery.state).in_(UNDECIDED))
    )
    found = sum(halt(session, variant, why) for variant in session.exec(query).all())
    post.skipped = post.skipped or why
    return found


def _note(session: Session, posts: Sequence[Post], reason: str, actor: str) -> list[int]:
    """Write down every receipt of the Posts that is to be taken back; the numbers of what is not gone yet."""
    rows = _receipts(session, [post.id or 0 for post in posts])
    known = {row.receipt_id: row for row in session.exec(select(Withdrawal).where(
        col(Withdrawal.receipt_id).in_([receipt.id for _, _, _, receipt in rows]))).all()}  # fmt: skip
    found = []
    for variant, _, _, receipt in rows:
        about = correcting(variant.options)
        if about is not None and about.how == EDIT:
            continue  # it is the same post that the first receipt names
        row = known.get(receipt.id or 0) or Withdrawal(receipt_id=receipt.id or 0, reason=reason, actor=actor)
        if row.state != "gone":
            row.state, row.next_at = "open", utc_now()
            session.add(row)
            session.flush()
            found.append(row.id or 0)
    return found


def _receipts(session: Session, posts: Sequence[int]) -> list[tuple[Variant, Account, Delivery, Receipt]]:
    query = (
        select(Variant, Account, Delivery, Receipt)
        .join(Account, col(Account.id) == col(Variant.account_id))
        .join(Delivery, col(Delivery.variant_id) == col(Variant.id))
        .join(Receipt, col(Receipt.delivery_id) == col(Delivery.id))
        .where(col(Variant.post_id).in_(posts))
        .order_by(col(Account.name), col(Variant.id).desc())
    )
    return list(session.exec(query).all())


def _try(office: Office, number: int) -> None:
    """Delete one post on its platform, and write down what came of it."""
    with office.database.read() as session:
        row = session.get_one(Withdrawal, number)
        receipt = session.get_one(Receipt, row.receipt_id)
        delivery = session.get_one(Delivery, receipt.delivery_id)
        account = session.get_one(Account, delivery.account_id)
    now = utc_now()
    state, note = "gone", ""
    try:
        publisher = office.publisher(account, renewed=True)
        if not supports(publisher, "delete"):
            state, note = "person", _by_hand(publisher.title, receipt.url)
        else:
            known = Published(receipt.remote_id, receipt.url, receipt.published_at)
            office.hanging.call("account", account.id or 0, DELETE_SECONDS, publisher.delete, known)
    except Retryable as error:
        state, note = "open", sentence(error)
    except Exception as error:  # noqa: BLE001 - whatever it was, it is not known to be gone
        state, note = "person", t("{why}; hapus sendiri: {url}", "{why}; delete it yourself: {url}",
                                  why=sentence(error), url=receipt.url or receipt.remote_id)  # fmt: skip
    if state == "open" and now - row.created_at > GIVE_UP:
        state = "person"
    with office.database.write() as session:
        row = session.get_one(Withdrawal, number, with_for_update=True)
        if row.state == "gone":
            return
        row.state, row.note, row.tries, row.next_at = (
            state,
            office.vault.redact(note),
            row.tries + 1,
            now + AGAIN,
        )
        row.done_at = now if state == "gone" else None
        audit.record(session, "deleted" if state == "gone" else "not_deleted", f"delivery:{delivery.id}",
                     actor=row.actor, account=account.id, reason=row.reason, note=row.note)  # fmt: skip
    log.warning("withdrawn" if state == "gone" else "not_withdrawn", account=account.name, note=note)


def _by_hand(title: str, url: str) -> str:
    return t("{p} tidak dapat menghapus lewat API; hapus sendiri: {url}",
             "{p} cannot delete by its API; delete it yourself: {url}", p=title, url=url or "–")  # fmt: skip


def _state(session: Session, posts: Sequence[int]) -> tuple[list[str], list[Left]]:
    """Where it is gone, and where it is not, with what a person must do."""
    gone: list[str] = []
    left: list[Left] = []
    for _, account, _, receipt in _receipts(session, posts):
        mine = select(Withdrawal).where(Withdrawal.receipt_id == receipt.id)
        row = session.exec(mine).one_or_none()
        if row is None:
            continue
        if row.state == "gone":
            gone.append(account.name)
            continue
        later = t(" (dicoba lagi nanti)", " (will be tried again)") if row.state == "open" else ""
        left.append(Left(account.name, account.platform, receipt.url, row.note + later))
    query = (
        select(Account, Delivery)
        .join(Delivery, col(Delivery.account_id) == col(Account.id))
        .join(Variant, col(Variant.id) == col(Delivery.variant_id))
        .where(col(Variant.post_id).in_(posts), col(Delivery.state).in_(("sending", "uncertain")))
    )
    for account, delivery in session.exec(query).all():
        advice = t(
            "belum pasti tampil; putuskan dengan humasbot resolve {id}, lalu tarik lagi",
            "not sure to be public; settle it with humasbot resolve {id}, then withdraw again",
            id=delivery.id,
        )
        left.append(Left(account.name, account.platform, "", advice))
    return gone, left


def done_by_hand(office: Office, number: int, *, actor: str) -> None:
    """A person deleted what we could not. Raises :class:`~humasbot.errors.StateError` when nobody was asked to."""
    with office.database.write() as session:
        row = session.get(Withdrawal, number, with_for_update=True)
        if row is None or row.state != "person":
            raise StateError(
                t("penarikan {n} tidak menunggu orang", "withdrawal {n} waits for nobody", n=number)
            )
        receipt = session.get_one(Receipt, row.receipt_id)
        delivery = session.get_one(Delivery, receipt.delivery_id)
        _deleted(session, row, delivery, actor, t("dihapus sendiri", "deleted by hand"), utc_now())


def _deleted(
    session: Session, row: Withdrawal, delivery: Delivery, actor: str, note: str, now: datetime
) -> None:
    """A person has deleted what was to be taken back."""
    row.state, row.done_at = "gone", now
    audit.record(session, "deleted", f"delivery:{delivery.id}", actor=actor, account=delivery.account_id,
                 reason=row.reason, note=note)  # fmt: skip
