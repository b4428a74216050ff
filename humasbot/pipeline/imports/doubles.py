"""Rows that say what is said already: told, unless the plan says that it is meant."""

from collections.abc import Mapping, Sequence

from sqlmodel import col, select

from humasbot.models import Agency, Post, Variant
from humasbot.pipeline.imports.faults import Fault
from humasbot.pipeline.imports.ready import Ready
from humasbot.pipeline.office import Office
from humasbot.words import t

_Mark = tuple[int, str, str]


def doubled(
    office: Office, agency: Agency, names: Mapping[int, str], ready: Sequence[Ready]
) -> tuple[list[Ready], list[Fault]]:
    """Rows that say on an account what is said there already, in the database or further up in the sheet."""
    said = _said(office, agency, ready)
    sound, faults = [], []
    for each in ready:
        double = {
            names[variant.account_id]: said[mark]
            for variant in each.variants
            for mark in _marks(variant, again=each.row.again)
            if mark in said
        }
        if double:
            where = ", ".join(f"{name} ({what})" for name, what in double.items())
            faults.append(
                each.row.fault("link" if each.row.link else "text",
                               t("sudah ada di {w}; bila memang diulang, isi kolom ulang dengan ya",
                                 "is there already on {w}; if it is meant to be repeated, write yes under again",
                                 w=where))
            )  # fmt: skip
            continue
        sound.append(each)
        place = t("baris {r}", "row {r}", r=each.row.number)
        said |= {mark: place for variant in each.variants for mark in _marks(variant, again=False)}
    return sound, faults


def _marks(variant: Variant, *, again: bool) -> list[_Mark]:
    """By what a Variant is known to be said already on its account."""
    if again:
        return []
    found = [(variant.account_id, "text", variant.text)]
    return [*found, (variant.account_id, "subject", variant.subject)] if variant.subject else found


def _said(office: Office, agency: Agency, ready: Sequence[Ready]) -> dict[_Mark, str]:
    """What the agency's accounts say already of all this, and in which Post."""
    texts = {variant.text for each in ready for variant in each.variants}
    subjects = {variant.subject for each in ready for variant in each.variants if variant.subject}
    found: dict[_Mark, str] = {}
    with office.database.read() as session:
        for column, values in ((Variant.text, texts), (Variant.subject, subjects)):
            query = (
                select(Variant)
                .join(Post, col(Post.id) == col(Variant.post_id))
                .where(Post.agency_id == agency.id, col(column).in_(sorted(values)))
            )
            # A subject is an account's once and for all; a text only while its Post stands.
            query = query.where(Post.skipped == "") if column is Variant.text else query
            for variant in session.exec(query).all():
                number = t("kiriman {n}", "post {n}", n=variant.post_id)
                found |= dict.fromkeys(_marks(variant, again=False), number)
    return found
