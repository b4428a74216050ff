"""Receiving what WhatsApp tells: whose numbers there are, and what follows once a doubt is over."""

from collections.abc import Sequence

from sqlmodel import col, select

from humasbot.errors import HumasbotError
from humasbot.logs import Quiet
from humasbot.models import Account, Agency, Delivery
from humasbot.pipeline.office import Office, whose
from humasbot.pipeline.reconcile import look
from humasbot.platforms.whatsapp import WhatsApp
from humasbot.subscribers.inbox import Inbox, Line
from humasbot.subscribers.register import DEFAULT_LIST
from humasbot.words import t

log = Quiet("humasbot.whatsapp")
NEEDED = ("phone_number_id", "app_secret", "verify_token")


def inbox(office: Office) -> Inbox:
    """The receiver of the webhooks of all the office's WhatsApp numbers; of all offices' in a fleet."""
    return Inbox(office.database, lambda: lines(office), lambda keys: settle(office, keys))


def lines(office: Office) -> Sequence[Line]:
    """The WhatsApp accounts that have the secrets of a webhook; of the others the log says what is missing."""
    query = (
        select(Account)
        .join(Agency, col(Agency.id) == col(Account.agency_id))
        .where(Account.platform == WhatsApp.name, Account.active)
        .order_by(col(Account.id))
    )
    if office.only_agency is not None:
        query = query.where(Agency.name == office.only_agency)
    with office.database.read() as session:
        accounts = session.exec(query).all()
    found = []
    for account in accounts:
        values, problems = office.settings_of(WhatsApp, account.settings, whose(account))
        missing = [name for name in NEEDED if not values.get(name)]
        if missing:
            faults = [str(problem) for problem in problems if problem.where in missing]
            words = t("tidak menerima webhook; isi {m}", "takes no webhooks; set {m}", m=", ".join(missing))
            log.warning("no_webhook", account=account.name, reason="; ".join((words, *faults)))
            continue
        found.append(
            Line(
                values["phone_number_id"], account.agency_id, values.get("list", DEFAULT_LIST),
                values["app_secret"], values["verify_token"],
            )
        )  # fmt: skip
    return found


def settle(office: Office, keys: set[str]) -> None:
    """Look at the uncertain Deliveries of *keys* at once: the ledger may know by now. What fails waits for its turn."""
    query = select(Delivery).where(col(Delivery.key).in_(sorted(keys)), Delivery.state == "uncertain")
    with office.database.read() as session:
        rows = session.exec(query).all()
    for row in rows:
        try:
            look(office, row)
        except HumasbotError as fault:
            log.warning("not_looked", delivery=row.id, reason=office.vault.redact(str(fault)))
