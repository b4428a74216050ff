"""Approve: a person's or a policy's yes to the hash of a Variant and its time. Only here Deliveries are made."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC
from hashlib import sha256
from typing import Any

from sqlmodel import Session, col, select

from humasbot import audit, outbox
from humasbot.database import Database
from humasbot.errors import InputError, NotFoundError, StateError
from humasbot.models import Account, Approval, Delivery, Post, Variant, utc_now
from humasbot.pipeline import eyes
from humasbot.pipeline.seen import Said, Speaker
from humasbot.words import t

Waiting = tuple[Variant, Account, Post]
_sorted = json.JSONEncoder(sort_keys=True, ensure_ascii=False).encode


def hash_of(variant: Variant | Said, account: Account | Speaker) -> str:
    """SHA-256 of all that an approval covers: account, words, link, pictures with alt texts, and the times."""
    covered = {
        "account": [account.id, account.agency_id, account.platform],
        "title": variant.title,
        "text": variant.text,
        "link": variant.link,
        "language": variant.language,
        "media": [[media["digest"], media["mime"], media["alt"]] for media in variant.media],
        "options": variant.options,
        "due": variant.due_at.astimezone(UTC).isoformat(),
        "not_after": variant.not_after.astimezone(UTC).isoformat() if variant.not_after else None,
    }
    return sha256(_sorted(covered).encode()).hexdigest()


def approve(
    session: Session, variant: Variant, *, actor: str, policy: str = "", priority: int = 0
) -> Delivery | None:
    """Approve one Variant and queue its Delivery; ``None`` for an account in dry run, or while others must say yes too.

    *actor* is who said yes; *policy* names the rule when it was a standing approval, which needs nobody else. Raises
    :class:`~humasbot.errors.StateError` when the Variant has problems, was refused or is on its way already.
    """
    if variant.problems:
        raise StateError(
            t("varian {id} belum dapat disetujui: {why}", "variant {id} cannot be approved yet: {why}", id=variant.id,
              why="; ".join(variant.problems))
        )  # fmt: skip
    if variant.refused:
        raise StateError(f"{variant.refused} (#{variant.post_id})")
    account = session.get_one(Account, variant.account_id)
    digest = hash_of(variant, account)
    said = eyes.Yes((actor,)) if policy else eyes.say(session, variant, account, digest, actor)
    if not said.enough:
        return None
    approval = Approval(variant_id=variant.id or 0, hash=digest, actor=" + ".join(said.names), policy=policy)
    session.add(approval)
    session.flush()
    eyes.count(said, approval)
    if account.dry_run:
        _record(session, "approved", f"variant:{variant.id}", variant, approval)
        return None
    delivery = outbox.enqueue(session, variant, approval, priority=priority)
    _record(session, "approved", f"delivery:{delivery.id}", variant, approval)
    return delivery


def _record(session: Session, act: str, subject: str, variant: Variant, approval: Approval) -> None:
    """All that was approved goes into the trail: it must still be told when the Post itself is gone."""
    audit.record(
        session, act, subject, actor=approval.actor, account=variant.account_id, policy=approval.policy,
        approval=approval.id, hash=approval.hash, post=variant.post_id, variant=variant.id, due=variant.due_at,
        not_after=variant.not_after, title=variant.title, text=variant.text, link=variant.link,
        media=[{key: media[key] for key in ("digest", "mime", "alt")} for media in variant.media],
    )  # fmt: skip


def standing(session: Session, approval_id: int, variant: Variant) -> bool:
    """Whether the approval still covers the Variant as it stands now."""
    approval = session.get(Approval, approval_id)
    account = session.get_one(Account, variant.account_id)
    return approval is not None and approval.voided_at is None and approval.hash == hash_of(variant, account)


def waiting(session: Session, post_id: int | None = None, agency_id: int | None = None) -> list[Waiting]:
    """Every Variant of an active account that waits for a person's yes or no, oldest first; of one Post or Agency, if
    named."""
    query = unanswered(agency_id)
    if post_id is not None:
        query = query.where(Variant.post_id == post_id)
    return list(session.exec(query.order_by(col(Variant.due_at), col(Variant.id))).all())


def unanswered(agency_id: int | None = None) -> Any:
    """The query of :func:`waiting`, in no order."""
    approved = select(Approval.variant_id).where(col(Approval.voided_at).is_(None))
    query = (
        select(Variant, Account, Post)
        .join(Account, col(Account.id) == col(Variant.account_id))
        .join(Post, col(Post.id) == col(Variant.post_id))
        .where(col(Variant.id).not_in(approved), Variant.refused == "", Post.skipped == "", Account.active)
    )
    return query if agency_id is None else query.where(Post.agency_id == agency_id)


def approve_post(
    session: Session, post_id: int, *, actor: str, priority: int = 0, shown: Mapping[int, str] | None = None
) -> list[Delivery]:
    """Approve every waiting Variant of a Post that has no problem, or those that were *shown*; all or none.

    *shown* gives the hash of each Variant as the person saw it, by its number. Raises
    :class:`~humasbot.errors.StateError` listing every Variant that stands in the way, or when one is not as shown.
    """
    post = _locked(session, post_id)
    rows = _to_decide(session, post, shown)
    late = [
        (variant, account)
        for variant, account, _ in rows
        if variant.not_after and variant.not_after < utc_now()
    ]
    if late:
        raise StateError(
            t("kiriman {id} sudah lewat waktunya; susun ulang dengan waktu baru",
              "the time of post {id} has passed; compose it anew", id=post_id)
        )  # fmt: skip
    faults = [
        f"{account.name}: {'; '.join(variant.problems)}" for variant, account, _ in rows if variant.problems
    ]
    if faults:
        raise StateError(
            t("kiriman {id} belum dapat disetujui – {why}", "post {id} cannot be approved yet – {why}", id=post_id,
              why=" | ".join(faults))
        )  # fmt: skip
    priority = priority or int(post.fields.get("priority") or 0)
    made = [approve(session, variant, actor=actor, priority=priority) for variant, _, _ in rows]
    return [delivery for delivery in made if delivery is not None]


def refuse_post(
    session: Session, post_id: int, *, actor: str, reason: str, shown: Mapping[int, str] | None = None
) -> int:
    """Say no to every waiting Variant of a Post, or to those that were *shown*; how many. It stands.

    Raises :class:`~humasbot.errors.StateError` as :func:`approve_post` does, and
    :class:`~humasbot.errors.InputError` without a reason.
    """
    words = " ".join(reason.split())
    if not words:
        raise InputError(t("sebutkan alasan penolakannya", "say why it is refused"))
    post = _locked(session, post_id)
    rows = _to_decide(session, post, shown)
    why = t("ditolak oleh {a}: {r}", "refused by {a}: {r}", a=actor, r=words)
    for variant, account, _ in rows:
        variant.refused = why
        audit.record(session, "refused", f"variant:{variant.id}", actor=actor, account=account.id, post=post_id,
                     hash=hash_of(variant, account), reason=words)  # fmt: skip
    session.flush()
    mine = select(Variant.id).where(Variant.post_id == post_id)
    others = select(Approval.id).where(col(Approval.variant_id).in_(mine), col(Approval.voided_at).is_(None))
    if not waiting(session, post_id) and session.exec(others.limit(1)).first() is None:
        post.skipped = why
    return len(rows)


def _to_decide(session: Session, post: Post, shown: Mapping[int, str] | None) -> Sequence[Waiting]:
    """The Variants that a yes or a no is about; raises where there is none, or one is not as it was shown."""
    rows, post_id = waiting(session, post.id), post.id or 0
    if not rows and post.skipped:
        raise StateError(
            t("kiriman {id} tidak dapat disetujui: {why} Yang ditahan dilepas dengan: humasbot frozen release {id}",
              "post {id} cannot be approved: {why} What is held is let go with: humasbot frozen release {id}",
              id=post_id, why=post.skipped)
        )  # fmt: skip
    if not rows:
        raise StateError(
            t("kiriman {id} tidak menunggu persetujuan", "post {id} waits for no approval", id=post_id)
        )
    return rows if shown is None else as_shown(rows, post_id, shown)


def as_shown(
    rows: Sequence[Any], post_id: int, shown: Mapping[int, str], *, every: bool = False
) -> list[Any]:
    """Those of *rows* (Variant, Account and more) that were shown: *shown* has the hash of each, by its number.

    With *every*, all of them must have been. Raises :class:`~humasbot.errors.StateError` where one of them is not as it
    was, or there no more.
    """
    found = {row[0].id: row for row in rows}
    missing = not shown or (every and len(shown) != len(found))
    if missing or any(
        number not in found or hash_of(*found[number][:2]) != digest for number, digest in shown.items()
    ):
        raise StateError(
            t("kiriman {id} berubah atau sudah diputuskan sejak ditampilkan, jadi keputusan ini tidak dicatat; "
              "lihat lagi sebelum memutuskan",
              "post {id} was changed or decided since it was shown, so this decision is not recorded; look again first",
              id=post_id)
        )  # fmt: skip
    return [found[number] for number in shown]


def _locked(session: Session, post_id: int) -> Post:
    """The Post, held against everybody else who would decide about it at the same moment."""
    post = session.get(Post, post_id, with_for_update=True)
    if post is None:
        raise NotFoundError(t("tidak ada kiriman nomor {id}", "there is no post number {id}", id=post_id))
    return post


def void(session: Session, variant: Variant, why: str) -> None:
    """Take every approval of a Variant back; its queued Delivery is cancelled.

    Raises :class:`~humasbot.errors.StateError` when it is already on its way or out.
    """
    delivery = session.exec(select(Delivery).where(Delivery.variant_id == variant.id)).one_or_none()
    if delivery is not None and delivery.state not in ("cancelled", "failed"):
        outbox.cancel(session, delivery, why)
    _withdraw(session, variant, why)


def _withdraw(session: Session, variant: Variant, why: str) -> None:
    approvals = select(Approval).where(Approval.variant_id == variant.id, col(Approval.voided_at).is_(None))
    delivery = select(Delivery.id).where(Delivery.variant_id == variant.id)
    number = session.exec(delivery).one_or_none()
    subject = f"delivery:{number}" if number else f"variant:{variant.id}"
    for approval in session.exec(approvals).all():
        approval.voided_at, approval.voided_why = utc_now(), why
        audit.record(session, "voided", subject, account=variant.account_id, approval=approval.id,
                     hash=approval.hash, reason=why)  # fmt: skip


def cancel_post(database: Database, post_id: int, *, actor: str) -> int:
    """Stop every queued Delivery of a Post and refuse what still waits for approval; return how many Variants.

    Raises :class:`~humasbot.errors.StateError` when nothing of it can be stopped any more.
    """
    why = t("dibatalkan oleh {a}", "cancelled by {a}", a=actor)
    with database.write() as session:
        post = _locked(session, post_id)
        query = (
            select(Variant)
            .join(Delivery, col(Delivery.variant_id) == col(Variant.id))
            .where(Variant.post_id == post_id, col(Delivery.state).in_(("queued", "sending", "uncertain")))
        )
        stopped = sum(halt(session, variant, why) for variant in session.exec(query).all())
        refused = len(waiting(session, post_id)) if not stopped else 0
        if not stopped and not refused:
            raise StateError(
                t("kiriman {id}: tidak ada yang masih antre atau menunggu, jadi tidak ada yang dapat dibatalkan",
                  "post {id}: nothing of it is queued or waiting, so nothing can be cancelled", id=post_id)
            )  # fmt: skip
        post.skipped = why
        audit.record(session, "withdrawn", f"post:{post_id}", actor=actor, stopped=stopped, refused=refused)
    return stopped + refused


def halt(session: Session, variant: Variant, why: str) -> bool:
    """Void it if it is queued; what is on its way already gets no further try. Whether it is stopped."""
    try:
        void(session, variant, why)
    except StateError:
        _withdraw(session, variant, why)
        return False
    return True
