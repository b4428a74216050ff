"""Announce: one thing that is already on the office's website, said everywhere, once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from humasbot.content import Item
from humasbot.errors import HumasbotError, InputError, StateError
from humasbot.models import (
    Account,
    Agency,
    Article,
    Campaign,
    Delivery,
    Post,
    Receipt,
    Source,
    Variant,
    utc_now,
)
from humasbot.pipeline import anew
from humasbot.pipeline.approve import approve
from humasbot.pipeline.compose import Composer, Draft, Matter, Rule
from humasbot.pipeline.occasions.digest import audience
from humasbot.pipeline.office import Office
from humasbot.pipeline.plan import add_variants, said_by, save
from humasbot.pipeline.recording import LONGEST_NAME
from humasbot.pipeline.reviewing import stopped
from humasbot.pipeline.setup import ANNOUNCE, accounts_of, agency_of
from humasbot.sources.junk import junk_reason
from humasbot.words import t

RULE = Rule(template="announcement", card="announcement", photo_card="press")
GRACE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one account stands with a subject: ``state`` is a Delivery's, or ``draft`` or ``dry-run``."""

    account: str
    platform: str
    state: str
    post_id: int
    delivery_id: int | None = None
    url: str = ""
    due_at: datetime | None = None
    reason: str = ""
    next_at: datetime | None = None
    """When it is tried again, of what is queued."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an announcement would say, before anybody said yes: nothing of it is in the database.

    ``again``: also where it was taken back before.
    """

    item: Item
    matter: Matter
    drafts: tuple[Draft, ...]
    standing: tuple[Standing, ...] = ()
    warnings: tuple[str, ...] = ()
    again: bool = False

    @property
    def problems(self) -> list[str]:
        """Every fault of every draft, with its account."""
        return [f"{draft.account.name}: {problem}" for draft in self.drafts for problem in draft.problems]


@dataclass(frozen=True, slots=True)
class Announced:
    """What came of an announcement: its Post, the Deliveries made now, and where every account stands."""

    post_id: int | None
    deliveries: tuple[int, ...] = field(default_factory=tuple)


def read_item(office: Office, where: str, *, stdin: str | None = None) -> Item:
    """The announcement at an address, in a Markdown file, or (``-``) in *stdin*.

    Raises :class:`~humasbot.errors.InputError` or :class:`~humasbot.errors.FetchError`.
    """
    from pathlib import Path

    from humasbot.sources.page import read_markdown, read_page

    if where.startswith(("http://", "https://")):
        return read_page(where, office.http, office.zone)
    if where == "-":
        return read_markdown(stdin or "", "-", office.zone)
    try:
        return read_markdown(Path(where).read_text(encoding="utf-8-sig"), where, office.zone)
    except FileNotFoundError:
        raise InputError(
            t(
                "{w} bukan alamat (http…) dan bukan berkas yang ada",
                "{w} is neither an address (http…) nor a file",
                w=where,
            )
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or t("bukan teks UTF-8", "not UTF-8 text")
        raise InputError(
            t("{w} tidak terbaca: {why}", "{w} cannot be read: {why}", w=where, why=why)
        ) from None


def subject_of(item: Item) -> str:
    """What the announcement is about: its canonical address, else the hash of its words."""
    if len(item.url.encode()) > LONGEST_NAME:
        return f"url:{sha256(item.url.encode()).hexdigest()}"
    return item.url or f"text:{sha256(item.digest.encode()).hexdigest()[:32]}"


def propose(
    office: Office,
    item: Item,
    *,
    to: Sequence[str] = ("*",),
    at: datetime | None = None,
    photo: bytes | None = None,
    again: bool = False,
) -> Proposal:
    """Compose the announcement for the accounts of those names; those that said it already only tell where they stand.

    *at* (aware) is when it goes out, default now; *again* also where it was taken back before. Raises
    :class:`~humasbot.errors.InputError` for a past or naive time and for a page with nothing to say.
    """
    due = _moment(at)
    if not (item.title.strip() or item.text.strip()):
        raise InputError(
            t("halaman itu tidak memuat judul maupun teks", "that page holds neither a title nor text")
        )
    subject = subject_of(item)
    with office.database.read() as session:
        agency = agency_of(session, office.config)
        accounts = audience(accounts_of(session, agency, list(to)), to, ANNOUNCE)
        stands = standing(session, agency, subject)
        back = anew.taken_back(session, agency, subject).keys() & {account.id for account in accounts}
        said = said_by(session, subject) - (back if again else set())
    if not accounts:
        raise InputError(
            t("belum ada akun; tambahkan [accounts.*]", "there is no account yet; add [accounts.*]")
        )
    warnings = []
    if reason := junk_reason(item):
        warnings.append(reason)
    # Whoever announces by hand decides; but not without having read that the place mourns, or keeps silence.
    if stop := stopped(office, "festive", 0, due):
        warnings.append(stop.reason)
    if back and not again:
        names = ", ".join(account.name for account in accounts if account.id in back)
        warnings.append(
            t("pernah ditarik, dibatalkan, atau gagal di {a}; untuk mengumumkannya lagi di sana tambahkan --again",
              "was withdrawn, stopped or failed on {a}; to announce it there once more add --again", a=names)
        )  # fmt: skip
    if photo is None and item.image_url:
        photo = _photo(office, item.image_url, warnings)
    matter = Matter(
        title=item.title, due=due, text=item.text, summary=item.summary, link=item.url, subject=subject,
        categories=item.categories, published=item.published, photo=photo, photo_alt=item.image_alt,
        photo_credit=item.image_credit,
    )  # fmt: skip
    composer = Composer(office, agency, matter, RULE)
    drafts = tuple(composer.draft(account) for account in accounts if account.id not in said)
    return Proposal(item, matter, drafts, tuple(stands), tuple(warnings), again)


def _moment(at: datetime | None) -> datetime:
    now = utc_now()
    if at is None:
        return now
    if at.tzinfo is None:
        raise InputError(
            t("waktu tanpa zona; beri zona, misalnya ZoneInfo('Asia/Jakarta')",
              "a time without a zone; give one, such as ZoneInfo('Asia/Jakarta')")
        )  # fmt: skip
    if at < now - GRACE:
        raise InputError(
            t("waktu {at} sudah lewat", "the time {at} has passed", at=at.isoformat(timespec="minutes"))
        )
    return at


def _photo(office: Office, url: str, warnings: list[str]) -> bytes | None:
    try:
        return office.fetch_image(url)
    except HumasbotError as error:
        warnings.append(t("tanpa foto: {why}", "without the photo: {why}", why=error))
        return None


def commit(office: Office, proposal: Proposal, *, actor: str) -> Announced:
    """Record and approve what was proposed: one transaction, all or nothing.

    *actor* is who said yes. What another process announced meanwhile is left out. Raises
    :class:`~humasbot.errors.StateError` when a draft has problems.
    """
    if proposal.problems:
        raise StateError("; ".join(proposal.problems))
    if not proposal.drafts:
        return Announced(proposal.standing[0].post_id if proposal.standing else None)
    for again in (True, True, False):
        try:
            with office.database.write() as session:
                agency = agency_of(session, office.config)
                if proposal.again:
                    accounts = {draft.account.id or 0 for draft in proposal.drafts}
                    anew.open_up(session, agency, proposal.matter.subject or "", accounts, actor=actor)
                variants, post_id = _add(office, session, agency, proposal)
                made = [approve(session, variant, actor=actor) for variant in variants]
            break
        except IntegrityError:
            # Another process said it on one of these accounts a moment ago; the others must hear it all the same.
            if not again:
                raise
    return Announced(post_id, tuple(delivery.id or 0 for delivery in made if delivery is not None))


def _add(office: Office, session: Session, agency: Agency, proposal: Proposal) -> tuple[list[Variant], int]:
    campaign = session.exec(
        select(Campaign).where(Campaign.agency_id == agency.id, Campaign.name == ANNOUNCE)
    ).one()  # fmt: skip
    subject = proposal.matter.subject or ""
    query = select(Post).where(Post.campaign_id == campaign.id, Post.occasion == subject)
    post = session.exec(query).one_or_none()
    if post is not None:
        return add_variants(office, session, post, proposal.drafts), post.id or 0
    article = session.exec(
        select(Article)
        .join(Source, col(Source.id) == col(Article.source_id))
        .where(Source.agency_id == agency.id, Article.url == subject)
        .order_by(col(Article.id))
        .limit(1)
    ).one_or_none()
    post = save(office, session, agency, campaign, subject, proposal.matter, proposal.drafts, article)
    return list(session.exec(select(Variant).where(Variant.post_id == post.id)).all()), post.id or 0


def standing(session: Session, agency: Agency, subject: str) -> list[Standing]:
    """Where every account of the agency stands with a subject, under whichever campaign it was said."""
    query = (
        select(Variant, Account, Delivery, Receipt)
        .join(Account, col(Account.id) == col(Variant.account_id))
        .join(Delivery, col(Delivery.variant_id) == col(Variant.id), isouter=True)
        .join(Receipt, col(Receipt.delivery_id) == col(Delivery.id), isouter=True)
        .where(Account.agency_id == agency.id, Variant.subject == subject)
        .order_by(col(Account.name))
    )
    return [_standing(*row) for row in session.exec(query).all()]


def _standing(
    variant: Variant, account: Account, delivery: Delivery | None, receipt: Receipt | None
) -> Standing:
    return Standing(
        account=account.name,
        platform=account.platform,
        state=delivery.state if delivery else "dry-run" if account.dry_run else "draft",
        post_id=variant.post_id,
        delivery_id=delivery.id if delivery else None,
        url=receipt.url if receipt else "",
        due_at=delivery.due_at if delivery else variant.due_at,
        reason=delivery.reason if delivery else "; ".join(variant.problems),
        next_at=delivery.next_at if delivery and delivery.state == "queued" else None,
    )
