"""Taking a plan: every row is composed and checked before anything is saved."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from humasbot.config import CampaignTable
from humasbot.content import Item
from humasbot.errors import HumasbotError
from humasbot.models import Account, Agency, ImportRow, Post, utc_now
from humasbot.pipeline.announce import RULE, subject_of
from humasbot.pipeline.compose import Composer, Matter, Rule, variant_of
from humasbot.pipeline.imports.doubles import doubled
from humasbot.pipeline.imports.faults import Fault
from humasbot.pipeline.imports.pictures import fetched
from humasbot.pipeline.imports.ready import Ready
from humasbot.pipeline.imports.rows import Reading, Row, headed, parse, timely
from humasbot.pipeline.imports.sheet import read_sheet
from humasbot.pipeline.occasions.digest import audience
from humasbot.pipeline.office import Office
from humasbot.pipeline.reviewing import stopped
from humasbot.pipeline.setup import ANNOUNCE, accounts_of, agency_of, card_there
from humasbot.words import t

LATE = timedelta(hours=12)
"""A plan's row that nobody approved in time is not said on another day."""
GIVEN = ("article", "recurring", "evergreen")
"""Kinds of campaigns that a row may name: the others follow a calendar or a feed, and take back what is not of it."""
NO_CARD, PHOTO = ("tanpa", "none"), ("foto", "photo")
_CARD = re.compile(r"(?:builtin/)?[\w-]+")


@dataclass(frozen=True, slots=True)
class Intake:
    """A plan as it was read: what is sound, what is known already, what is wrong; nothing of it is in the database."""

    name: str
    digest: str
    ready: tuple[Ready, ...] = ()
    known: tuple[int, ...] = ()
    faults: tuple[Fault, ...] = ()
    notes: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a plan: its number (``None`` where nothing was new) and its Posts."""

    number: int | None
    posts: tuple[int, ...] = field(default_factory=tuple)
    held: int = 0


def propose(office: Office, path: Path, *, day_first: bool = False, now: datetime | None = None) -> Intake:
    """Read a plan and compose every row of it; changes nothing in the database.

    Raises :class:`~humasbot.errors.InputError` for a file that cannot be read at all.
    """
    sheet, data = read_sheet(path)
    how = Reading(office.zone, now or utc_now(), day_first)
    places, faults = headed(sheet.header)
    digest = sha256(data).hexdigest()
    if faults:
        return Intake(path.name, digest, faults=tuple(faults))
    faults += sheet.faults
    spoilt = {fault.row for fault in sheet.faults}
    rows: list[Row] = []
    for number, cells in sheet.rows:
        row, wrong = parse(number, cells, sheet.header, places, how)
        faults += [
            each for each in wrong if (each.row, each.column) not in {(f.row, f.column) for f in sheet.faults}
        ]
        if row is not None and number not in spoilt:
            rows.append(row)
    taking = _Taking(office, path.parent)
    with office.database.read() as session:
        known, rows, repeated = _known(session, taking.agency, rows)
    faults += repeated
    ready = []
    for row in rows:
        wrong = timely(row, how)
        one, more = taking.compose(row, how.now)
        faults += [*wrong, *more]
        if one is not None and not wrong:
            ready.append(one)
    ready, repeats = doubled(office, taking.agency, taking.names, ready)
    faults += repeats
    notes = [
        fault
        for each in ready
        for fault in _told(each.row, {taking.names[one.account_id]: one.notes for one in each.variants})
    ]
    return Intake(
        path.name,
        digest,
        tuple(ready),
        tuple(known),
        tuple(sorted(faults, key=lambda each: each.row)),
        tuple(notes),
    )


def _told(row: Row, said: Mapping[str, Sequence[str]]) -> list[Fault]:
    """What is said of a row's text, each sentence once with the accounts that it holds for."""
    accounts: dict[str, list[str]] = {}
    for account, sentences in said.items():
        for sentence in sentences:
            accounts.setdefault(sentence, []).append(account)
    return [row.fault("text", f"{', '.join(names)}: {sentence}") for sentence, names in accounts.items()]


def _known(session: Session, agency: Agency, rows: list[Row]) -> tuple[list[int], list[Row], list[Fault]]:
    """Which rows were taken before, which are new, and which use a key that says something else."""
    query = select(ImportRow.key, ImportRow.digest).where(
        ImportRow.agency_id == agency.id, col(ImportRow.key).in_([row.key for row in rows])
    )
    there: dict[str, str] = dict(session.exec(query).all())
    seen: dict[str, int] = {}
    known, new, faults = [], [], []
    for row in rows:
        if row.key in seen:
            faults.append(
                row.fault("key", t("sama dengan baris {n}", "the same as row {n}", n=seen[row.key]))
            )
        elif row.key not in there:
            new.append(row)
        elif there[row.key] == row.digest:
            known.append(row.number)
        else:
            faults.append(
                row.fault("key", t("kunci ini sudah dipakai baris yang isinya lain; beri kunci baru",
                                   "this key was used by a row that said something else; give a new one"))
            )  # fmt: skip
        seen.setdefault(row.key, row.number)
    return known, new, faults


class _Taking:
    """What composing the rows of one plan shares."""

    def __init__(self, office: Office, folder: Path) -> None:
        self.office = office
        self.folder = folder
        with office.database.read() as session:
            self.agency = agency_of(session, office.config)
            self.accounts = accounts_of(session, self.agency)
        self.names = {account.id or 0: account.name for account in self.accounts}

    def compose(self, row: Row, now: datetime) -> tuple[Ready | None, list[Fault]]:
        """The row's Variants, or every fault of it."""
        office = self.office
        faults = self._named(row)
        table = office.config.campaigns.get(row.campaign)
        photo = None
        if row.image:
            try:
                photo = fetched(office, row.image, self.folder)
            except HumasbotError as error:
                faults.append(row.fault("image", str(error)))
        if faults:
            return None, faults
        tone = row.tone or (table.tone if table else "neutral")
        matter = self._matter(row, photo, tone)
        composer = Composer(office, self.agency, matter, _rule(row, table))
        try:
            drafts = [composer.draft(account) for account in self._spoken(row, table)]
        except HumasbotError as error:
            return None, [row.fault("campaign" if row.campaign else "text", str(error))]
        wrong = _told(row, {draft.account.name: draft.problems for draft in drafts})
        if wrong:
            return None, wrong
        # Kept by their hash at once: five hundred rows of pictures would not fit into memory.
        variants = tuple(variant_of(office, Post(id=0, occasion=""), draft) for draft in drafts)
        priority = table.priority if table else 0
        stop = stopped(office, tone, priority, max(row.due, now))
        return Ready(row, row.campaign or ANNOUNCE, matter, variants, priority, stop), []

    def _matter(self, row: Row, photo: bytes | None, tone: str) -> Matter:
        subject = subject_of(Item(key="", url=row.link, title="")) if row.link and not row.again else None
        return Matter(
            title=row.title, due=row.due, text=row.text, summary=row.text, link=row.link, subject=subject,
            categories=row.categories, photo=photo, photo_alt=row.alt, not_after=row.due + LATE, tone=tone,
        )  # fmt: skip

    def _named(self, row: Row) -> list[Fault]:
        """The accounts, the campaign and the card that a row names and that are not there."""
        config, faults = self.office.config, []
        if missing := [name for name in row.accounts if name not in self.names.values()]:
            faults.append(
                row.fault("accounts", t("tidak ada akun {m}; yang ada: {all}",
                                        "there is no account {m}; there are: {all}",
                                        m=", ".join(missing), all=", ".join(self.names.values()) or "-"))
            )  # fmt: skip
        table = config.campaigns.get(row.campaign)
        if row.campaign and table is None:
            faults.append(
                row.fault("campaign", t("tidak ada kampanye {c}; yang ada: {all}",
                                        "there is no campaign {c}; there are: {all}", c=row.campaign,
                                        all=", ".join(config.campaigns) or "-"))
            )  # fmt: skip
        if table is not None and (table.occasion not in GIVEN or table.agencies == "all"):
            faults.append(
                row.fault("campaign", t("kampanye {c} menyusun kirimannya sendiri; kosongkan, atau pilih yang lain",
                                        "the campaign {c} makes its own posts; leave it empty, or choose another",
                                        c=row.campaign))
            )  # fmt: skip
        if (
            row.card
            and row.card not in (*NO_CARD, *PHOTO)
            and not (_CARD.fullmatch(row.card) and card_there(config, row.card))
        ):
            faults.append(
                row.fault("card", t("tidak ada templat kartu {c}; lihat: humasbot cards gallery",
                                    "there is no card template {c}; see: humasbot cards gallery", c=row.card))
            )  # fmt: skip
        if row.card in PHOTO and not row.image:
            faults.append(
                row.fault(
                    "image", t("wajib diisi bila kartunya foto", "is required where the card is a photo")
                )
            )
        return faults

    def _spoken(self, row: Row, table: CampaignTable | None) -> list[Account]:
        names = row.accounts or (tuple(table.accounts) if table else ("*",))
        wanted = [account for account in self.accounts if "*" in names or account.name in names]
        return audience(wanted, names, ANNOUNCE)


def _rule(row: Row, table: CampaignTable | None) -> Rule:
    rule = Rule.of(table) if table else RULE
    changes: dict[str, Any] = {}
    if row.card in NO_CARD:
        changes = {"picture": "none"}
    elif row.card in PHOTO:
        changes = {"picture": "photo"}
    elif row.card:
        changes = {"picture": "card", "card": row.card, "photo_card": row.card}
    return replace(rule, **changes)
