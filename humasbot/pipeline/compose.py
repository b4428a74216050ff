"""Compose: what is to be said becomes, for each account, exactly what that account will say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from humasbot.config import CampaignTable, duration
from humasbot.content import Limits, Media, Outgoing
from humasbot.errors import AuthExpired, ConfigError, InputError, TemplateError
from humasbot.models import Account, Agency, Post, Variant
from humasbot.pipeline import checks, quotas, tagging
from humasbot.pipeline.office import Office
from humasbot.pipeline.repair import repaired
from humasbot.pipeline.seen import Said
from humasbot.platforms.base import Publisher, Unconnected
from humasbot.platforms.registry import platform
from humasbot.platforms.text import cut, fit
from humasbot.templates import Rendered
from humasbot.words import t

NEEDED_CARD = "announcement"
"""Drawn where a platform takes nothing without a picture and the campaign has no card."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How a Post is worded and pictured: the part of a campaign that composing needs.

    ``counts``: whether it takes a place in the account's quota, which an edit of an earlier post does not.
    ``audience``: for whom the text is measured, or nothing for the office's own default.
    """

    template: str
    card: str = ""
    photo_card: str = ""
    picture: str = "card"
    late_after: timedelta | None = None
    spread: timedelta = timedelta(0)
    counts: bool = True
    audience: str = ""

    @classmethod
    def of(cls, campaign: CampaignTable, template: str = "announcement") -> "Rule":
        """The rule of a campaign as configured; *template* is that of its kind, where it names none."""
        return cls(
            campaign.template or template,
            campaign.card,
            campaign.photo_card,
            campaign.picture,
            campaign.late_after,
            duration(campaign.spread),
            audience=campaign.audience,
        )


@dataclass(frozen=True, slots=True)
class Matter:
    """What is to be said, before it is fitted to any account.

    ``due`` and ``not_after`` are aware; ``subject`` is the canonical address; ``tone`` is a day's, or ``neutral``.
    """

    title: str
    due: datetime
    text: str = ""
    summary: str = ""
    link: str = ""
    subject: str | None = None
    categories: tuple[str, ...] = ()
    published: datetime | None = None
    photo: bytes | None = field(default=None, repr=False)
    photo_alt: str = ""
    photo_credit: str = ""
    not_after: datetime | None = None
    tone: str = "neutral"
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Draft:
    """One account's fitted text and pictures, nothing of it in the database yet."""

    account: Account
    title: str
    text: str
    link: str
    due: datetime
    not_after: datetime | None
    language: str
    subject: str | None
    media: tuple[Media, ...] = ()
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    kept_back: str = ""
    """Why it would not go out by itself, where it was composed for a preview."""

    def noted(self, note: str) -> "Draft":
        """The same with one more note, if there is any."""
        return replace(self, notes=(note, *self.notes)) if note else self

    def outgoing(self, key: str = "preview") -> Outgoing:
        """As the platform will get it."""
        return Outgoing(
            key, self.text, self.due, self.title, self.link, self.media, self.language, self.options
        )


class Composer:
    """Composes the Drafts of one Matter; a card that several accounts share is drawn once."""

    def __init__(
        self,
        office: Office,
        agency: Agency,
        matter: Matter,
        rule: Rule,
        publisher: Callable[[Account], Publisher] | None = None,
    ) -> None:
        """*publisher* gives what knows an account's limits, by default the account's own."""
        self.office = office
        self._publisher = publisher or self._own
        self.agency = agency
        self.matter = matter
        self.rule = rule
        self._cards: dict[Any, Media | str] = {}
        self._told: dict[Any, list[str]] = {}

    @property
    def has_cards(self) -> bool:
        """Whether a card was drawn: it bears this agency's name and colours, and is no other's."""
        return bool(self._cards)

    def draft(self, account: Account) -> Draft:
        """Fit the Matter to *account*; whatever stands in the way is listed in ``problems``.

        Raises :class:`~humasbot.errors.TemplateError` when a template is wrong.
        """
        matter = self.matter
        empty = Draft(
            account=account,
            title=matter.title,
            text="",
            link=matter.link,
            due=matter.due + scatter(self.rule.spread, matter.due.isoformat(), account.id or 0),
            not_after=_latest(matter, self.rule),
            language=self.agency.language,
            subject=matter.subject,
        )
        try:
            publisher = self._publisher(account)
        except ConfigError as error:
            return replace(empty, problems=tuple(str(problem) for problem in error.problems))
        rendered = self.office.templates.render(
            self.rule.template, self._context(account), platform=account.platform, account=account.name
        )
        return self._fitted(empty, rendered, publisher)

    def _fitted(self, empty: Draft, rendered: Rendered, publisher: Publisher) -> Draft:
        problems: list[str] = []
        notes: list[str] = []
        text = ""
        try:
            fitted = fit(rendered.head, rendered.body, rendered.tail, publisher.limits)
            text = fitted.text
            if fitted.shortened:
                notes.append(t("teks dipendekkan agar muat", "text shortened to fit"))
        except InputError as error:
            problems.append(str(error))
        try:
            media = self._media(rendered, publisher.limits, notes)
        except TemplateError as error:
            media = ()
            problems.append(str(error))
        draft = replace(empty, text=text, media=media, notes=tuple(notes))
        if text:
            problems += [str(problem) for problem in publisher.validate(draft.outgoing())]
            wrong, remarks = self._linted(draft)
            problems, notes = [*problems, *wrong], [*notes, *remarks]
            if self.rule.counts:
                asked = quotas.terms(
                    self.office, draft.account.id, publisher, draft.outgoing(), draft.not_after
                )
                draft = replace(draft, due=asked.due, options={**draft.options, **asked.options})
                notes += asked.notes
                problems += [asked.problem] if asked.problem else []
        return replace(draft, problems=tuple(dict.fromkeys(problems)), notes=tuple(dict.fromkeys(notes)))

    def _linted(self, draft: Draft) -> tuple[list[str], list[str]]:
        """What the linter says of the text as it will stand: problems and notes."""
        matter = self.matter
        found = checks.findings(
            self.office.config,
            draft.text if draft.title in draft.text else f"{draft.title}\n\n{draft.text}",
            day=draft.due.astimezone(self.office.zone).date(),
            alts=[media.alt for media in draft.media],
            link=matter.link,
            news=f"{matter.title}\n{matter.text}" if matter.text else None,
            dated=matter.published is not None,
            language=draft.language,
            audience=self.rule.audience,
        )
        return checks.sentences(found)

    def _own(self, account: Account) -> Publisher:
        """The publisher, or for want of its secret a stand-in that knows the same limits."""
        try:
            publisher = self.office.publisher(account)
            if not account.dry_run:
                publisher.learn()
            return publisher
        except AuthExpired:
            return self.office.stand_in(account)
        except ConfigError:
            cls = platform(account.platform)
            if account.dry_run and hasattr(cls, "limits"):
                return Unconnected(cls)
            raise

    def _context(self, account: Account) -> dict[str, Any]:
        matter, brand = self.matter, self.agency.brand
        zone = self.office.zone
        return {
            "title": matter.title,
            "text": matter.text,
            "summary": matter.summary,
            "link": matter.link,
            "categories": list(matter.categories),
            "date": matter.due.astimezone(zone),
            "published": (matter.published or matter.due).astimezone(zone),
            "agency": {
                "name": self.agency.title,
                "short": brand.get("short") or self.agency.title,
                "sign_off": brand.get("sign_off", ""),
                "website": brand.get("website", ""),
                "handles": brand.get("handles", []),
            },
            "account": {"name": account.name, "platform": account.platform},
            **self._tagged(account.platform),
            **matter.extra,
        }

    def _tagged(self, kind: str) -> dict[str, Any]:
        """What the office's tables add, and whose picture it is where one is shown."""
        matter, config = self.matter, self.office.config
        shown = matter.photo is not None and self.rule.picture != "none"
        return {
            "hashtags": tagging.hashtags(config, kind, matter.categories),
            "mentions": tagging.handles(config, kind),
            "mentioned": tagging.mentioned(config, kind, f"{matter.title}\n{matter.summary}\n{matter.text}"),
            "photo_credit": tagging.credit(matter.photo_credit, matter.photo_alt, matter.photo)
            if shown
            else "",
        }

    def _media(self, rendered: Rendered, limits: Limits, notes: list[str]) -> tuple[Media, ...]:
        if not limits.max_media or (self.rule.picture == "none" and not limits.needs_media):
            return ()
        found: Media | str | None = None
        if self.rule.picture == "card" and (self.rule.card or self.rule.photo_card):
            found = self._card(rendered.card, limits, notes)
        elif self.rule.picture != "none" and self.matter.photo is not None:
            found = self._photo(limits, notes)
        if isinstance(found, str):
            notes.append(found)
        if not isinstance(found, Media) and limits.needs_media:
            found = self._card(rendered.card, limits, notes, needed=True)
        return (found,) if isinstance(found, Media) else ()

    def _card(
        self, fields: Mapping[str, str], limits: Limits, notes: list[str], *, needed: bool = False
    ) -> Media | str:
        """The card; *needed*: the platform takes nothing without a picture, so one is drawn unasked."""
        if needed:
            missing = t("digambarkan kartu: platform ini selalu perlu gambar",
                        "a card is drawn: this platform always needs a picture")  # fmt: skip
            notes.append(missing)
            title = {"headline": self.matter.title or next(iter(fields.values()), "")}
            fields = {**title, **{name: text for name, text in fields.items() if text}}
        mime = "image/jpeg" if "image/jpeg" in limits.media_types else limits.media_types[0]
        key = (tuple(sorted(fields.items())), limits.card_size, mime, limits.max_media_bytes, limits.max_alt)
        if key not in self._cards:
            told: list[str] = []
            self._cards[key] = self._draw(fields, limits, mime, told)
            self._told[key] = told
        notes += self._told[key]
        return self._cards[key]

    def _draw(self, fields: Mapping[str, str], limits: Limits, mime: str, told: list[str]) -> Media | str:
        """Draw the card; a photo that cannot be used is left out, a card that cannot be drawn is a note.

        Raises :class:`~humasbot.errors.TemplateError` when the card's template is wrong.
        """
        photo, failure = self.matter.photo, ""
        tries = [(self.rule.photo_card or self.rule.card, photo)] if photo is not None else []
        for template, picture in (*tries, (self.rule.card or NEEDED_CARD, None)):
            try:
                drawn = self._drawn(template or NEEDED_CARD, fields, picture, limits, mime)
            except InputError as error:
                failure = failure or str(error)
                continue
            if failure:
                told.append(t("kartu tanpa foto: {why}", "the card is without the photo: {why}", why=failure))
            return drawn
        return t("tanpa kartu: {why}", "without a card: {why}", why=failure)

    def _drawn(
        self, template: str, fields: Mapping[str, str], photo: bytes | None, limits: Limits, mime: str
    ) -> Media:
        renderer = self.office.renderer(self.agency)
        # A field may have words of its own for one card: "press_date" stands before "date" on the card "press".
        own = template.rpartition("/")[2].replace("-", "_")
        declared = renderer.template(template).fields
        found = {name: fields.get(f"{own}_{name}") or fields.get(name) for name in declared}
        given = {name: text for name, text in found.items() if text}
        card = renderer.draw(
            template, given, size=limits.card_size, photo=photo, mime=mime, max_bytes=limits.max_media_bytes
        )
        alt = card.alt
        if photo is not None and (shown := self.matter.photo_alt.strip(" .")):
            alt += t(" Foto: {x}.", " Photo: {x}.", x=shown)
        return Media(card.data, card.mime, _alt(alt, limits), card.width, card.height)

    def _photo(self, limits: Limits, notes: list[str]) -> Media | str:
        alt = self.matter.photo_alt or t("Foto: {x}", "Photo: {x}", x=self.matter.title)
        try:
            photo = repaired(self.matter.photo or b"", limits)
        except InputError as error:
            return t("tanpa foto: {why}", "without the photo: {why}", why=error)
        notes += photo.notes
        return Media(photo.data, photo.mime, _alt(alt, limits), photo.width, photo.height)


def scatter(spread: timedelta, key: str, account_id: int) -> timedelta:
    """How much later than others an account speaks: the same at every planning, spread evenly."""
    if not spread:
        return timedelta(0)
    part = int.from_bytes(sha256(f"{key}:{account_id}".encode()).digest()[:4], "big")
    return timedelta(seconds=int(spread.total_seconds() * part / 2**32))


def _latest(matter: Matter, rule: Rule) -> datetime | None:
    """When it is too late to say it: what the matter itself says, and what the campaign allows; the earlier."""
    bounds = [matter.not_after, matter.due + rule.late_after if rule.late_after else None]
    return min((bound for bound in bounds if bound is not None), default=None)


def _alt(text: str, limits: Limits) -> str:
    """An alt text within the platform's bound, cut where a sentence or word ends."""
    return text if len(text) <= limits.max_alt else cut(text, lambda part: len(part) <= limits.max_alt)


def variant_of(office: Office, post: Post, draft: Draft) -> Variant:
    """The row of a Draft, its pictures kept by hash. Not yet added to a session."""
    return Variant(
        post_id=post.id or 0,
        account_id=draft.account.id or 0,
        subject=draft.subject,
        title=draft.title,
        text=draft.text,
        link=draft.link,
        language=draft.language,
        media=[office.media.keep(media) for media in draft.media],
        options=dict(draft.options),
        due_at=draft.due,
        not_after=draft.not_after,
        problems=list(draft.problems),
        notes=list(draft.notes),
    )


def outgoing_of(office: Office, variant: Variant | Said, key: str) -> Outgoing:
    """What goes to the platform for an approved Variant. Raises :class:`~humasbot.media.MediaLost`."""
    return Outgoing(
        key=key,
        text=variant.text,
        due=variant.due_at,
        title=variant.title,
        link=variant.link,
        media=tuple(office.media.load(reference) for reference in variant.media),
        language=variant.language,
        options=variant.options,
    )
