"""Measure: later, ask the platforms what they count of our posts; a fault here never touches a delivery."""

from datetime import timedelta

from sqlmodel import col, func, select

from humasbot.logs import Quiet
from humasbot.models import (
    Account,
    Agency,
    Delivery,
    Measurement,
    Receipt,
    Variant,
    Withdrawal,
    columns,
    utc_now,
)
from humasbot.pipeline.carrying import CORRECTION, EDIT
from humasbot.pipeline.office import Office
from humasbot.platforms.base import supports
from humasbot.states import sentence

log = Quiet("humasbot.measure")
EVERY = timedelta(hours=6)
FOR = timedelta(days=7)
CHUNK = 50
ASK_SECONDS = 120.0
LARGEST = 2**31 - 1


def measure_due(office: Office) -> int:
    """Measure what was published in the last week and not asked about for six hours; return how many were counted."""
    now = utc_now()
    # An edit's receipt names the very post that the first receipt names.
    edits = func.coalesce(columns(Variant).options[CORRECTION]["how"].as_string(), "") == EDIT
    gone = select(Withdrawal.receipt_id).where(Withdrawal.state == "gone")
    query = (
        select(Receipt, Account)
        .join(Delivery, col(Delivery.id) == col(Receipt.delivery_id))
        .join(Variant, col(Variant.id) == col(Delivery.variant_id))
        .join(Account, col(Account.id) == col(Delivery.account_id))
        .join(Agency, col(Agency.id) == col(Account.agency_id))
        .where(
            Agency.name == office.config.agency.key,
            col(Account.id).not_in(office.hanging.ids("account")),
            col(Receipt.published_at) > now - FOR,
            (col(Receipt.measured_at).is_(None)) | (col(Receipt.measured_at) < now - EVERY),
            Account.active,
            col(Account.paused_at).is_(None),
            ~edits,
            col(Receipt.id).not_in(gone),
        )
        .order_by(col(Receipt.measured_at).nulls_first(), col(Receipt.id))
        .limit(CHUNK)
    )
    with office.database.read() as session:
        rows = session.exec(query).all()
    return sum(_measure(office, receipt, account) for receipt, account in rows)


def _measure(office: Office, receipt: Receipt, account: Account) -> int:
    from humasbot.content import Receipt as Published

    counted = None
    try:
        publisher = office.publisher(account, renewed=True)
        if supports(publisher, "metrics"):
            known = Published(receipt.remote_id, receipt.url, receipt.published_at)
            counted = office.hanging.call("account", account.id or 0, ASK_SECONDS, publisher.metrics, known)
    except Exception as error:  # noqa: BLE001 - a figure is never worth more than the next one
        log.info("not_measured", account=account.name, reason=sentence(error))
    now = utc_now()
    with office.database.write() as session:
        session.get_one(Receipt, receipt.id).measured_at = now
        if counted is not None:
            session.add(
                Measurement(
                    receipt_id=receipt.id or 0, measured_at=now, views=_figure(counted.views),
                    likes=_figure(counted.likes), shares=_figure(counted.shares), replies=_figure(counted.replies),
                )
            )  # fmt: skip
    return int(counted is not None)


def _figure(value: object) -> int | None:
    return min(value, LARGEST) if isinstance(value, int) and value >= 0 else None
