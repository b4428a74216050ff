"""Tidying: pictures that were lent to a platform and stayed behind are removed, also where nothing is sent any more."""

from datetime import datetime

from sqlmodel import Session, col, select

from humasbot.logs import Quiet
from humasbot.models import Account, Agency
from humasbot.pipeline.office import Office, whose
from humasbot.platforms.hosting import SETTINGS, MediaHost, host_from
from humasbot.states import sentence

log = Quiet("humasbot.tidying")
PAGE = 500
SWEEP_SECONDS = 120.0
PLACES = ("media_folder", "s3_endpoint", "s3_bucket")
"""The settings that say where a host's pictures lie."""


def sweep(office: Office, now: datetime | None = None) -> int:
    """Remove what is left of lent pictures on every host, each once however many accounts share it; how many.

    A fault of one host is its own: it is told in the log, and tried again.
    """
    seen: set[tuple[str, ...]] = set()
    removed = last = 0
    while True:
        with office.database.read() as session:
            accounts = _page(session, office, last)
        if not accounts:
            return removed
        last = accounts[-1].id or 0
        for account in accounts:
            place = tuple(str(account.settings.get(name, "")) for name in PLACES)
            if any(place) and place not in seen and (found := _sweep(office, account, now)) is not None:
                seen.add(place)
                removed += found


def _page(session: Session, office: Office, last: int) -> list[Account]:
    query = (
        select(Account)
        .join(Agency, col(Agency.id) == col(Account.agency_id))
        .where(
            Account.active,
            col(Account.id) > last,
            col(Account.id).not_in(office.hanging.ids("account")),
            *([] if office.only_agency is None else [Agency.name == office.only_agency]),
        )
        .order_by(col(Account.id))
        .limit(PAGE)
    )
    return list(session.exec(query).all())


def _sweep(office: Office, account: Account, now: datetime | None) -> int | None:
    """How many were removed; ``None`` where the host could not be asked by this account."""
    try:
        host = _host(office, account)
        if host is None:
            return None
        gone = office.hanging.call("account", account.id or 0, SWEEP_SECONDS, host.sweep, now)
    except Exception as error:  # noqa: BLE001 - tidying up keeps nothing else from its work
        log.warning("not_swept", account=account.name, reason=office.vault.redact(sentence(error)))
        return None
    if gone:
        log.info("swept", account=account.name, pictures=gone)
    return gone


def _host(office: Office, account: Account) -> MediaHost | None:
    """The host of an account by its settings alone: its token may be dead, and is not needed."""
    from humasbot.platforms.registry import platform

    values, _ = office.settings_of(platform(account.platform), account.settings, whose(account))
    return host_from({each.name: values.get(each.name, "").strip() or each.default for each in SETTINGS}, [])
