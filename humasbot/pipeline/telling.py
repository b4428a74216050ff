"""What the calendar and the planner must tell a person, told once and closed by itself when it is settled."""

from collections.abc import Iterator
from datetime import datetime

from sqlmodel import col, select

from humasbot import alerts
from humasbot.indonesian import long_date
from humasbot.models import Alert, Approval, Campaign, Held, Post, Unplanned, Variant
from humasbot.pipeline.almanac import almanac
from humasbot.pipeline.occasions.registry import kind_of
from humasbot.pipeline.occasions.urgent import Urgent
from humasbot.pipeline.office import Office
from humasbot.pipeline.setup import agency_of
from humasbot.words import t

KINDS = ("gate", "held", "unplanned", "urgent")
URGENT = ("earthquake", "warning")
_ASKED = ("election", "silent", "stock")
"""Holds that nobody began by hand, so that nobody may know of them; a day that waits is told long before its Post."""


def tell(office: Office, now: datetime) -> None:
    """Days that wait for a person, Posts that are held, occasions that cannot be planned."""
    wanted = _wanted(office, now)
    with office.database.read() as session:
        agency = agency_of(session, office.config)
        live = select(Alert).where(
            Alert.agency_id == (agency.id or 0), col(Alert.kind).in_(KINDS), col(Alert.live)
        )
        known = {row.key for row in session.exec(live).all()}
    if known == set(wanted):
        return
    with office.database.write() as session:
        for key in known - set(wanted):
            alerts.settle(session, agency_id=agency.id, key=key)
        for key in sorted(set(wanted) - known):
            kind, text = wanted[key]
            alerts.tell(session, agency_id=agency.id, kind=kind, key=key, text=text)


def _wanted(office: Office, now: datetime) -> dict[str, tuple[str, str]]:
    """What is to be told now: its key, its kind and a sentence."""
    found = {}
    today = now.astimezone(office.zone).date()
    for each in almanac(office).calendar.pending(today, office.config.calendar.ahead):
        found[f"gate:{each.key}:{each.day}"] = ("gate", t(
            "{n} diperkirakan {d} dan menunggu ketetapan. Tetapkan: humasbot gate confirm {k}, atau geser: "
            "humasbot gate shift {k} TANGGAL",
            "{n} is expected on {d} and waits for a decision. Confirm it: humasbot gate confirm {k}, or move it: "
            "humasbot gate shift {k} DATE", n=each.label, d=long_date(each.day), k=each.key,
        ))  # fmt: skip
    with office.database.read() as session:
        agency = agency_of(session, office.config)
        held = select(Held, Post).join(Post, col(Post.id) == col(Held.post_id)).where(
            Held.agency_id == agency.id, col(Held.settled_at).is_(None), col(Held.code).in_(_ASKED)
        )  # fmt: skip
        for hold, post in session.exec(held).all():
            found[f"held:{hold.id}"] = ("held", t(
                "Kiriman {p} ditahan: {why} Putuskan: humasbot frozen release {p}, atau: humasbot frozen drop {p}",
                "Post {p} is held back: {why} Decide: humasbot frozen release {p}, or: humasbot frozen drop {p}",
                p=post.id, why=hold.reason,
            ))  # fmt: skip
        failed = (
            select(Unplanned, Campaign)
            .join(Campaign, col(Campaign.id) == col(Unplanned.campaign_id))
            .where(Campaign.agency_id == agency.id, Campaign.active)
        )
        for row, campaign in session.exec(failed).all():
            found[f"unplanned:{row.id}"] = ("unplanned", t(
                "Kampanye {c} tidak dapat menyusun {o}: {why}. Periksa: humasbot check",
                "The campaign {c} cannot compose {o}: {why}. Look: humasbot check",
                c=campaign.name, o=row.occasion or t("apa pun", "anything"), why=row.reason,
            ))  # fmt: skip
    return found | dict(_urgent(office, now))


def _urgent(office: Office, now: datetime) -> Iterator[tuple[str, tuple[str, str]]]:
    """Alerts that wait for a person while they are still true, and templates that their standing approval left."""
    for name, table in office.config.campaigns.items():
        kind = kind_of(table.occasion) if table.occasion in URGENT else None
        if (
            isinstance(kind, Urgent)
            and table.approval == "policy"
            and table.pinned != kind.pin(office.config, table)
        ):
            yield f"pin:{name}", ("urgent", t(
                'Templat kampanye {c} berubah, jadi peringatannya menunggu orang. Baca templatnya, lalu tulis: '
                'pinned = "{p}"',
                'The template of the campaign {c} changed, so its alerts wait for a person. Read it, then write: '
                'pinned = "{p}"', c=name, p=kind.pin(office.config, table),
            ))  # fmt: skip
    page = office.config.web.address
    approved = select(Approval.variant_id).where(col(Approval.voided_at).is_(None))
    query = (
        select(Post)
        .join(Variant, col(Variant.post_id) == col(Post.id))
        .join(Campaign, col(Campaign.id) == col(Post.campaign_id))
        .where(
            col(Campaign.occasion).in_(URGENT), Post.skipped == "", col(Variant.not_after) > now,
            col(Variant.id).not_in(approved), Variant.refused == "",
        )
        .distinct()
    )  # fmt: skip
    with office.database.read() as session:
        mine = query.where(Post.agency_id == agency_of(session, office.config).id)
        for post in session.exec(mine).all():
            yield f"urgent:{post.id}", ("urgent", t(
                "Peringatan menunggu persetujuan: {w}. Setujui: {how}",
                "An alert waits for approval: {w}. Approve it: {how}", w=post.title,
                how=f"{page}/kiriman/{post.id}" if page else f"humasbot approve {post.id}",
            ))  # fmt: skip
