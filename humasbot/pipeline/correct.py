"""Correct: a *ralat* of what is public already, on each platform in its native way.

A correction is a Post with Variants of its own, approved and delivered like any other. Each Variant says in its options
which receipt it corrects and how: by an edit where the platform has it and the new words fit the old form, else by a
reply under the old post, else by a new post that links to it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from humasbot import audit
from humasbot.errors import ConfigError, HumasbotError, InputError, StateError
from humasbot.models import Account, Agency, Article, Campaign, Post, Variant, utc_now
from humasbot.pipeline import changes
from humasbot.pipeline.announce import RULE, read_item
from humasbot.pipeline.approve import approve
from humasbot.pipeline.carrying import EDIT, NEW, REPLY, Correcting, correcting
from humasbot.pipeline.compose import Composer, Draft, Matter, Rule
from humasbot.pipeline.office import Office
from humasbot.pipeline.plan import save
from humasbot.pipeline.public import Left, Public, earlier_of, post_of, prefix, standing_of
from humasbot.pipeline.setup import ANNOUNCE, agency_of
from humasbot.platforms.base import supports
from humasbot.platforms.registry import platform
from humasbot.words import t

SAYING = Rule(template="correction", card="announcement", picture="card")
SAYING_PLAIN = Rule(template="correction", picture="none")
CHANGING = Rule(template="corrected", picture="none", counts=False)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the correction says: a person's *text*, or the website's present *words* with what *changed* in them."""

    text: str = ""
    words: Mapping[str, str] | None = None
    changed: str = ""


@dataclass(frozen=True, slots=True)
class Correction:
    """What a correction of a Post would say, before anybody said yes: nothing of it is in the database."""

    post_id: int
    title: str
    occasion: str
    matter: Matter
    drafts: tuple[Draft, ...]
    left: tuple[Left, ...] = ()

    @property
    def problems(self) -> list[str]:
        """Every fault of every draft, with its account."""
        return [f"{draft.account.name}: {problem}" for draft in self.drafts for problem in draft.problems]


def way_of(draft: Draft) -> str:
    """How a draft corrects: ``edit``, ``reply`` or ``new``."""
    about = correcting(draft.options)
    return about.how if about else NEW


def propose(office: Office, post_id: int, wish: Wish, *, now: datetime | None = None) -> Correction:
    """Compose the correction of a Post for every account on which it is public.

    Without text and words the website's present words are read. Raises :class:`~humasbot.errors.NotFoundError`,
    :class:`~humasbot.errors.InputError` where there is nothing to say, :class:`~humasbot.errors.StateError` where
    nothing is public or an earlier correction is still on its way, :class:`~humasbot.errors.FetchError`.
    """
    now = now or utc_now()
    with office.database.read() as session:
        agency = agency_of(session, office.config)
        post = post_of(session, agency, post_id)
        earlier = earlier_of(session, post)
        public, left = standing_of(session, post, earlier)
    if not public:
        raise StateError(
            t("kiriman {id} belum tampil di akun mana pun, jadi tidak ada yang diralat",
              "post {id} is public on no account, so there is nothing to correct", id=post_id)
        )  # fmt: skip
    if not wish.text.strip() and wish.words is None:
        wish = replace(wish, words=_website(office, post))
    if not (wish.text.strip() or (wish.words or {}).get("title", "").strip()):
        raise InputError(t("tulis ralatnya", "write the correction"))
    title = str((wish.words or {}).get("title") or post.title)
    matter = Matter(title=f"Ralat: {title}", due=now, link=_link(post), text=wish.text)
    drafts = tuple(_Author(office, agency, post, wish, matter).draft(one) for one in public)
    words = [(draft.account.id, way_of(draft), draft.text) for draft in drafts]
    digest = sha256(repr((len(earlier), words)).encode()).hexdigest()[:16]
    return Correction(post_id, title, f"{prefix(post)}{digest}", matter, drafts, tuple(left))


class _Author:
    """Words one correction for one account after the other."""

    def __init__(self, office: Office, agency: Agency, post: Post, wish: Wish, matter: Matter) -> None:
        self.office, self.agency, self.post, self.wish, self.matter = office, agency, post, wish, matter
        words = wish.words or {}
        self.words = (
            wish.text.strip() or wish.changed.strip() or str(words.get("summary") or words.get("text", ""))
        )

    def draft(self, public: Public) -> Draft:
        """The first of edit, reply and new post that the account's platform can do with these words."""
        try:
            publisher = self.office.publisher(public.account)
        except HumasbotError as error:
            empty = self._said(public, NEW)
            faults = error.problems if isinstance(error, ConfigError) else (error,)
            return replace(empty, problems=tuple(str(fault) for fault in faults))
        numbered = bool(public.receipt.remote_id) and not public.receipt.remote_id.startswith(
            ("http:", "https:")
        )
        if numbered and supports(publisher, "edit"):
            draft = self._changed(public)
            receipt = Correcting(EDIT, public.delivery, public.receipt.remote_id, public.receipt.url).receipt
            if not draft.problems and not publisher.validate_edit(receipt, draft.outgoing()):
                return draft
        return self._said(public, REPLY if numbered and supports(publisher, "reply") else NEW)

    def _said(self, public: Public, how: str) -> Draft:
        """A text of its own, as a reply or a new post."""
        # What went to people one by one has no address that others could open.
        shown = public.receipt.url.startswith("http") and not platform(public.account.platform).people
        original = public.receipt.url if shown else ""
        extra = {"correction": self.words, "original": original, "how": how}
        rule = SAYING if how == NEW else SAYING_PLAIN
        if how == NEW and not self._needs_media(public.account):
            rule = SAYING_PLAIN
        draft = Composer(self.office, self.agency, replace(self.matter, extra=extra), rule).draft(
            public.account
        )
        return self._about(draft, public, how)

    def _changed(self, public: Public) -> Draft:
        """The old text with the correction before it, or the website's words in the old form; its pictures stay."""
        title, text = public.said.title, public.said.text
        if not self.wish.text.strip() and self.wish.words is not None:
            fresh = self._fresh(public.account)
            title, text = fresh.title, fresh.text
        body, tail = _parted(text, public.said.link)
        extra = {"correction": self.wish.text.strip(), "said": body, "said_tail": tail}
        matter = replace(self.matter, title=title, link=public.said.link, extra=extra)
        draft = Composer(self.office, self.agency, matter, CHANGING).draft(public.account)
        media = tuple(self.office.media.load(reference) for reference in public.said.media)
        return self._about(replace(draft, media=media), public, EDIT)

    def _fresh(self, account: Account) -> Draft:
        words = self.wish.words or {}
        with self.office.database.read() as session:
            campaign = session.get_one(Campaign, self.post.campaign_id)
        table = self.office.config.campaigns.get(campaign.name)
        rule = replace(Rule.of(table) if table is not None else RULE, picture="none")
        matter = Matter(
            title=str(words.get("title", "")), text=str(words.get("text", "")), summary=str(words.get("summary", "")),
            link=_link(self.post), due=self.matter.due,
        )  # fmt: skip
        return Composer(self.office, self.agency, matter, rule).draft(account)

    def _about(self, draft: Draft, public: Public, how: str) -> Draft:
        about = Correcting(how, public.delivery, public.receipt.remote_id, public.receipt.url)
        note = {
            EDIT: t(
                "ralat: kiriman lama diubah di tempatnya", "correction: the old post is changed in its place"
            ),
            REPLY: t("ralat: balasan di bawah kiriman lama", "correction: a reply under the old post"),
            NEW: t(
                "ralat: kiriman baru yang menautkan kiriman lama",
                "correction: a new post that links to the old",
            ),
        }[how]
        options = {**draft.options, **about.options()}
        return replace(draft, subject=None, not_after=None, options=options).noted(note)

    def _needs_media(self, account: Account) -> bool:
        return self.office.publisher(account).limits.needs_media if account.active else False


def commit(
    office: Office, corrections: Sequence[Correction], *, actor: str, proposal: int | None = None
) -> dict[int, tuple[int, ...]]:
    """Record and approve corrections as *actor*, in one transaction: by each new Post's number, its Deliveries.

    With *proposal* that proposal is taken with it. Raises :class:`~humasbot.errors.StateError` when a draft has
    problems, or the same correction was made a moment ago.
    """
    if problems := [problem for correction in corrections for problem in correction.problems]:
        raise StateError("; ".join(problems))
    made: dict[int, tuple[int, ...]] = {}
    try:
        with office.database.write() as session:
            agency = agency_of(session, office.config)
            for correction in corrections:
                post = _saved(office, session, agency, correction, actor)
                variants = session.exec(select(Variant).where(Variant.post_id == post.id)).all()
                queued = [approve(session, variant, actor=actor) for variant in variants]
                made[post.id or 0] = tuple(delivery.id or 0 for delivery in queued if delivery is not None)
            if proposal is not None:
                note = ", ".join(f"#{number}" for number in made)
                changes.decide(session, office, proposal, "taken", actor=actor, note=note)
    except IntegrityError:
        raise StateError(t("ralat yang sama sudah dibuat", "the same correction was made already")) from None
    return made


def of_proposal(office: Office, number: int) -> list[Correction]:
    """The corrections that an open proposal of kind ``edit`` asks for, one for each of its Posts that is public."""
    found = changes.shown(office, number)
    if found["state"] != "open" or found["kind"] != "edit":
        raise StateError(
            t("usul {n} bukan suntingan yang terbuka; lihat: humasbot proposals show {n}",
              "proposal {n} is no open edit; see: humasbot proposals show {n}", n=number)
        )  # fmt: skip
    came = [line.removeprefix("+ ") for line in found["diff"].splitlines() if line.startswith("+ ")]
    wish = Wish(words=found["after"], changed=" ".join(came))
    return [propose(office, post, wish) for post in found["posts"]]


def _saved(office: Office, session: Session, agency: Agency, correction: Correction, actor: str) -> Post:
    original = session.get_one(Post, correction.post_id, with_for_update=True)
    earlier_of(session, original)
    campaign = session.exec(
        select(Campaign).where(Campaign.agency_id == agency.id, Campaign.name == ANNOUNCE)
    ).one()  # fmt: skip
    post = save(office, session, agency, campaign, correction.occasion, correction.matter, correction.drafts)
    post.fields = {"tone": "neutral", "corrects": correction.post_id}
    ways = {draft.account.name: way_of(draft) for draft in correction.drafts}
    audit.record(session, "corrected", f"post:{correction.post_id}", actor=actor, agency=agency.name,
                 correction=post.id, ways=ways)  # fmt: skip
    return post


def _website(office: Office, post: Post) -> dict[str, Any]:
    """What the website says now: as the source was last read, else as the page stands there."""
    if post.article_id is not None:
        with office.database.read() as session:
            return changes.words_of(session.get_one(Article, post.article_id))
    if not (post.subject or "").startswith(("http://", "https://")):
        raise InputError(
            t("kiriman {id} tidak berasal dari halaman situs; tulis ralatnya dengan --text",
              "post {id} is not from a page of the website; write the correction with --text", id=post.id)
        )  # fmt: skip
    item = read_item(office, post.subject or "")
    return {"title": item.title, "text": item.text, "summary": item.summary, "url": item.url}


def _link(post: Post) -> str:
    subject = post.subject or ""
    return subject if subject.startswith(("http://", "https://")) else ""


def _parted(text: str, link: str) -> tuple[str, str]:
    """A text before and from the paragraph that holds its link: what may be cut, and what must stay."""
    paragraphs = text.split("\n\n")
    for number, paragraph in enumerate(paragraphs):
        if number and link and link in paragraph:
            return "\n\n".join(paragraphs[:number]), "\n\n".join(paragraphs[number:])
    return text, ""
