"""Saving a plan: every sound row as a Post that waits for approval, in one transaction."""

from hashlib import sha256

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from humasbot import audit
from humasbot.errors import StateError
from humasbot.models import Campaign, Import, ImportRow, Post, utc_now
from humasbot.pipeline import holding, nearby
from humasbot.pipeline.imports.taking import Intake, Taken
from humasbot.pipeline.office import Office
from humasbot.pipeline.setup import agency_of
from humasbot.words import t


def commit(office: Office, intake: Intake, *, actor: str, skip_faulty: bool = False) -> Taken:
    """Save every sound row as a Post that waits for approval: one transaction.

    Raises :class:`~humasbot.errors.StateError` where something is faulty, unless *skip_faulty*, and where another
    import took the same rows meanwhile.
    """
    if intake.faults and not skip_faulty:
        raise StateError(
            t("{n} kesalahan; tidak ada yang diambil. Perbaiki dahulu, atau pakai --skip-faulty",
              "{n} faults; nothing was taken. Mend them first, or use --skip-faulty", n=len(intake.faults))
        )  # fmt: skip
    if not intake.ready:
        return Taken(None)
    try:
        with office.database.write() as session:
            return _saved(office, session, intake, actor)
    except IntegrityError:
        raise StateError(
            t("rencana ini diambil juga oleh proses lain pada saat yang sama; ulangi",
              "another process took rows of this plan at the same moment; run it again")
        ) from None  # fmt: skip


def _saved(office: Office, session: Session, intake: Intake, actor: str) -> Taken:
    agency = agency_of(session, office.config)
    campaigns = dict(
        session.exec(select(Campaign.name, Campaign.id).where(Campaign.agency_id == agency.id)).all()
    )
    plan = Import(
        agency_id=agency.id or 0, name=intake.name, digest=intake.digest, rows=len(intake.ready), actor=actor
    )
    session.add(plan)
    session.flush()
    posts = []
    for each in intake.ready:
        row = each.row
        post = Post(
            agency_id=agency.id or 0, campaign_id=campaigns[each.campaign] or 0, subject=each.matter.subject,
            occasion=f"import:{sha256(row.key.encode()).hexdigest()[:40]}", due_at=row.due,
            title=row.title or row.text.splitlines()[0][:200],
            fields={"tone": each.matter.tone, "priority": each.priority, "import": plan.id, "row": row.number},
        )  # fmt: skip
        session.add(post)
        session.flush()
        for variant in each.variants:
            variant.post_id = post.id or 0
            session.add(variant)
        session.add(
            ImportRow(import_id=plan.id or 0, agency_id=agency.id or 0, row=row.number, key=row.key,
                      digest=row.digest, post_id=post.id or 0)
        )  # fmt: skip
        session.flush()
        nearby.note(session, office, list(each.variants))
        if each.stop is not None:
            holding.hold(session, post, each.stop, standing=False, now=utc_now())
        posts.append(post.id or 0)
    audit.record(
        session, "imported", f"import:{plan.id}", actor=actor, name=plan.name, digest=plan.digest, rows=len(posts),
        first=posts[0], last=posts[-1],
    )  # fmt: skip
    return Taken(plan.id, tuple(posts), sum(each.stop is not None for each in intake.ready))
