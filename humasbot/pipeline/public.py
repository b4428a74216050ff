"""Where a Post is public, with the words it shows there now, and its corrections."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from humasbot.errors import NotFoundError, StateError
from humasbot.models import Account, Agency, Delivery, Post, Receipt, Variant, Withdrawal
from humasbot.pipeline.carrying import EDIT, correcting
from humasbot.words import t

Row = tuple[Variant, Account, Delivery, Receipt | None]
UNDECIDED = ("queued", "sending", "uncertain")


@dataclass(frozen=True, slots=True)
class Public:
    """One account's post as it stands there now: *said* is the Variant whose words it shows."""

    account: Account
    said: Variant
    delivery: int
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Left:
    """An account on which nothing is corrected or withdrawn, and what a person must do there."""

    account: str
    platform: str
    url: str
    advice: str


def post_of(session: Session, agency: Agency, post_id: int) -> Post:
    """An original Post of the agency.

    Raises :class:`~humasbot.errors.NotFoundError`, and :class:`~humasbot.errors.StateError` for a correction.
    """
    post = session.get(Post, post_id)
    if post is None or post.agency_id != agency.id:
        raise NotFoundError(t("tidak ada kiriman nomor {id}", "there is no post number {id}", id=post_id))
    if (first := post.fields.get("corrects")) is not None:
        raise StateError(
            t("kiriman {id} sendiri ralat; ralat kiriman aslinya: humasbot correct {n}",
              "post {id} is itself a correction; correct the original: humasbot correct {n}", id=post_id, n=first)
        )  # fmt: skip
    return post


def prefix(post: Post) -> str:
    """How the occasions of its corrections begin."""
    return f"correct:{post.id}:"


def corrections_of(session: Session, post: Post) -> list[Post]:
    """The corrections of a Post, oldest first."""
    query = select(Post).where(
        Post.agency_id == post.agency_id, col(Post.occasion).startswith(prefix(post), autoescape=True)
    )
    return list(session.exec(query.order_by(col(Post.id))).all())


def earlier_of(session: Session, post: Post) -> list[Post]:
    """The earlier corrections; raises where one of them is not settled, for the later words must come last."""
    found = corrections_of(session, post)
    query = (
        select(Variant.post_id)
        .join(Delivery, col(Delivery.variant_id) == col(Variant.id))
        .where(col(Variant.post_id).in_([each.id for each in found]), col(Delivery.state).in_(UNDECIDED))
    )
    if (open_one := session.exec(query.limit(1)).first()) is not None:
        raise StateError(
            t("ralat sebelumnya (kiriman {n}) belum selesai; lihat: humasbot posts {n}",
              "the correction before it (post {n}) is not done yet; see: humasbot posts {n}", n=open_one)
        )  # fmt: skip
    return found


def standing_of(session: Session, post: Post, earlier: Sequence[Post]) -> tuple[list[Public], list[Left]]:
    """Where the Post is public, with the words it shows there now, and where it is neither public nor finished."""
    query = (
        select(Variant, Account, Delivery, Receipt)
        .join(Account, col(Account.id) == col(Variant.account_id))
        .join(Delivery, col(Delivery.variant_id) == col(Variant.id))
        .join(Receipt, col(Receipt.delivery_id) == col(Delivery.id), isouter=True)
        .where(Variant.post_id == post.id)
        .order_by(col(Account.name))
    )
    edits = _edits(session, earlier)
    rows: list[Row] = list(session.exec(query).all())
    numbers = [receipt.id for _, _, _, receipt in rows if receipt is not None]
    taken = select(Withdrawal.receipt_id).where(col(Withdrawal.receipt_id).in_(numbers))
    back = set(session.exec(taken).all())
    public: list[Public] = []
    left: list[Left] = []
    for variant, account, delivery, receipt in rows:
        withdrawn = receipt is not None and receipt.id in back
        url = receipt.url if receipt is not None else ""
        if receipt is not None and not withdrawn and account.active and not account.dry_run:
            public.append(Public(account, edits.get(delivery.id or 0, variant), delivery.id or 0, receipt))
        elif advice := _advice(delivery, receipt, withdrawn):
            left.append(Left(account.name, account.platform, url, advice))
    return public, left


def _edits(session: Session, earlier: Sequence[Post]) -> dict[int, Variant]:
    """The newest Variant that changed a Delivery's post in its place, by that Delivery."""
    query = (
        select(Variant)
        .join(Delivery, col(Delivery.variant_id) == col(Variant.id))
        .where(col(Variant.post_id).in_([each.id for each in earlier]), Delivery.state == "sent")
        .order_by(col(Variant.id))
    )
    found = {}
    for variant in session.exec(query).all():
        about = correcting(variant.options)
        if about is not None and about.how == EDIT:
            found[about.delivery] = variant
    return found


def _advice(delivery: Delivery, receipt: Receipt | None, withdrawn: bool) -> str:
    if withdrawn:
        return t("sudah ditarik", "was withdrawn")
    if receipt is not None:
        return t(
            "akunnya tidak aktif; ubah sendiri di sana", "its account is not active; change it there yourself"
        )
    if delivery.state == "queued":
        return t("belum terkirim; batalkan dengan humasbot cancel, lalu umumkan lagi",
                 "not sent yet; stop it with humasbot cancel, then announce it again")  # fmt: skip
    if delivery.state in UNDECIDED:
        return t("belum pasti tampil; putuskan dahulu: humasbot resolve {id}",
                 "not sure to be public; settle it first: humasbot resolve {id}", id=delivery.id)  # fmt: skip
    return ""
