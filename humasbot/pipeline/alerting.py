"""Alerting: what a person must be told goes out through Apprise, to every address of ``[alerts]``.

Apprise only says whether an address took the message; that is enough here, where telling twice is better than never.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from typing import Any
from urllib.parse import unquote, urlsplit

from sqlmodel import Session, select

from humasbot import alerts
from humasbot.database import DatabaseError
from humasbot.errors import Problem, StateError
from humasbot.logs import Quiet
from humasbot.models import Agency, Alert, utc_now
from humasbot.pipeline.crew import Hangs
from humasbot.pipeline.office import Office
from humasbot.pipeline.setup import agency_of
from humasbot.states import sentence
from humasbot.ticking import clock
from humasbot.words import t

log = Quiet("humasbot.alerting")
SEND_SECONDS = 20.0
"""How long one address may take."""
LINES = 20
"""How many alerts one message holds; a flood becomes a few messages, not thousands."""
DOWN_AFTER = timedelta(minutes=2)
"""How long the database must be away before that itself is told, straight to the addresses."""
JOB_AFTER = timedelta(minutes=2)
"""How long a job of the daemon must fail before a person is told; most faults pass by themselves."""
TOKEN = 12
"""A part of an address that is longer than this is taken for a secret of its own."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where alerts go: the reference's ``name`` for people, ``service`` an Apprise object with the address."""

    name: str
    service: Any


def addresses(office: Office) -> tuple[list[Address], list[Problem]]:
    """The addresses of the configuration that can be used, and what is wrong with the others."""
    if not office.config.alerts.urls:
        return [], []
    with warnings.catch_warnings():
        # Apprise looks at all of its services, and some use what newer Pythons deprecate: not ours to mend.
        warnings.simplefilter("ignore", DeprecationWarning)
        return _addresses(office)


def _addresses(office: Office) -> tuple[list[Address], list[Problem]]:
    found, problems = [], []
    try:
        apprise: Any = import_module("apprise")
    except ImportError:
        words = t('perlu paket Apprise; jalankan: pip install "humasbot[alerts]"',
                  'needs the package Apprise; run: pip install "humasbot[alerts]"')  # fmt: skip
        return [], [Problem("[alerts] urls", words)]
    for number, reference in enumerate(office.config.alerts.urls, start=1):
        where = f"[alerts] urls {number}"
        address = office.vault.resolve(reference, where)
        if isinstance(address, Problem):
            problems.append(address)
            continue
        for part in _secret_parts(address):
            office.vault.remember(part)
        service = apprise.Apprise(asset=apprise.AppriseAsset(app_id="humasbot"))
        if service.add(address):
            found.append(Address(_name(reference), service))
        else:
            problems.append(Problem(where, t("bukan alamat Apprise yang sah; lihat docs/ALERTS.md",
                                             "is not a valid Apprise address; see docs/ALERTS.md")))  # fmt: skip
    return found, problems


def _name(reference: Mapping[str, str]) -> str:
    ((_, name),) = reference.items()
    return name


def _secret_parts(address: str) -> list[str]:
    """What of an address may show up alone in a service's message: a token, a password."""
    parts = urlsplit(address)
    pieces = [
        parts.username or "",
        parts.password or "",
        *parts.path.split("/"),
        parts.netloc.rpartition("@")[2],
    ]
    return [piece for piece in map(unquote, pieces) if len(piece) > TOKEN and not piece.isalpha()]


def send_alerts(office: Office) -> int:
    """Compare, and tell what is new; how many alerts reached every address. Never raises."""
    try:
        alerts.watch(office.database, office.config.agency.key)
        office.alarm.well()
        return _send(office)
    except DatabaseError as fault:
        _tell_down(office, str(fault))
    except Exception as fault:
        log.exception("alerts_failed", reason=office.vault.redact(sentence(fault)))
    return 0


def _send(office: Office) -> int:
    now = utc_now()
    with office.database.read() as session:
        if not alerts.is_due(session, _scope(session, office), now):
            return 0
    found, problems = addresses(office)
    for problem in problems:
        log.error("alert_address", reason=office.vault.redact(str(problem)))
    if not found:
        return 0
    reached = 0
    with office.database.write() as session:
        rows = alerts.claim(session, _scope(session, office), now)
    for start in range(0, len(rows), LINES):
        part = rows[start : start + LINES]
        took, faults = _send_part(office, found, part)
        fault = "; ".join(faults)
        with office.database.write() as session:
            alerts.told(session, [row.id or 0 for row in part], took, fault, utc_now())
        reached += 0 if fault else len(part)
    return reached


def _scope(session: Session, office: Office) -> int | None:
    """Whose alerts this process sends: its own agency's, or everybody's where it serves a fleet."""
    if office.only_agency is None:
        return None
    found = session.exec(select(Agency.id).where(Agency.name == office.only_agency)).one_or_none()
    return found or 0


def _send_part(
    office: Office, found: Sequence[Address], rows: Sequence[Alert]
) -> tuple[list[str], list[str]]:
    """Tell *rows* to every address that does not have them all; which took them, and what the others said."""
    took, faults = [], []
    for address in found:
        missing = [row for row in rows if address.name not in row.told_to]
        fault = _notify(office, address, "\n\n".join(row.text for row in missing)) if missing else ""
        if fault:
            faults.append(f"{address.name}: {fault}")
            log.error("alert_not_sent", address=address.name, reason=fault)
        else:
            took.append(address.name)
    return took, faults


def _notify(office: Office, address: Address, text: str) -> str:
    """Send one message; why it failed, or nothing."""
    title = t("humasbot {a}: perlu perhatian", "humasbot {a}: needs attention", a=office.config.agency.name)
    number = hash(address.name)
    try:
        answer = office.hanging.call(
            "alert", number, SEND_SECONDS + 5, _call(address, title, office.vault.redact(text))
        )
    except Hangs as hangs:
        return str(hangs)
    except Exception as fault:  # noqa: BLE001 - whatever a service does, the alert is tried again
        return office.vault.redact(sentence(fault))
    if answer:
        return ""
    words = "; ".join(str(entry.message) for entry in answer.logs() if entry.level in ("WARNING", "ERROR"))
    return office.vault.redact(words)[:300] or t("ditolak tanpa alasan", "refused without a reason")


def _call(address: Address, title: str, text: str) -> Callable[[], Any]:
    def call() -> Any:
        return address.service.notify(body=text, title=title, notify_type="warning", body_format="text",
                                      timeout=SEND_SECONDS)  # fmt: skip

    return call


def _tell_down(office: Office, reason: str) -> None:
    """The database is away: after a while people are told of that straight, once, since nothing can be written."""
    if not office.alarm.ill(DOWN_AFTER):
        return
    text = t("Basis data tidak dapat dipakai, jadi tidak ada yang terkirim: {why}",
             "The database cannot be used, so nothing is sent: {why}", why=reason)  # fmt: skip
    log.error("database_down", reason=reason)
    for address in addresses(office)[0]:
        if fault := _notify(office, address, text):
            log.error("alert_not_sent", address=address.name, reason=fault)


def try_out(office: Office) -> list[tuple[str, str]]:
    """Send one message to every address: its name, and why it failed or nothing.

    Raises :class:`~humasbot.errors.StateError` where there is no address.
    """
    found, problems = addresses(office)
    if not found and not problems:
        raise StateError(
            t('belum ada alamat; tambahkan [alerts] urls = [{ env = "HUMASBOT_ALERT" }]; lihat docs/ALERTS.md',
              'there is no address; add [alerts] urls = [{ env = "HUMASBOT_ALERT" }]; see docs/ALERTS.md')
        )  # fmt: skip
    text = t(
        "Ini percobaan: peringatan humasbot sampai di sini.",
        "This is a test: alerts of humasbot arrive here.",
    )
    outcome = [(problem.where, problem.message) for problem in problems]
    return outcome + [(address.name, _notify(office, address, text)) for address in found]


def tell(office: Office, *, kind: str, key: str, text: str, everybody: bool = False) -> bool:
    """Tell a person of this office (or, *everybody*, of the whole database) once for each *key*; whether it is new."""
    with office.database.write() as session:
        number = None if everybody else agency_of(session, office.config).id
        return alerts.tell(session, agency_id=number, kind=kind, key=key, text=office.vault.redact(text))


def settle(office: Office, key: str, *, everybody: bool = False) -> int:
    """What was told under *key* is over; how many alerts were closed."""
    with office.database.read() as session:
        number = None if everybody else agency_of(session, office.config).id
        if not alerts.is_live(session, agency_id=number, key=key):
            return 0
    with office.database.write() as session:
        return alerts.settle(session, agency_id=number, key=key)


class Alerts:
    """The alerts of one office, as its doors use them."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._failing: dict[str, float] = {}
        self._well: set[str] = set()

    def job(self, name: str, error: str) -> None:
        """A job of the daemon has ended, with *error* if it failed; told when that lasts, closed when it works again.

        Never raises: where the database is away, :meth:`send` tells that.
        """
        try:
            if not error:
                self._failing.pop(name, None)
                if name not in self._well:
                    settle(self._office, f"job:{name}")
                    self._well.add(name)
            elif clock() - self._failing.setdefault(name, clock()) >= JOB_AFTER.total_seconds():
                self._well.discard(name)
                text = t("Pekerjaan {j} gagal terus: {why}. Lihat: humasbot health",
                         "The job {j} keeps failing: {why}. See: humasbot health", j=name, why=error)  # fmt: skip
                tell(self._office, kind="job", key=f"job:{name}", text=text)
        except Exception as fault:
            log.exception("alerts_failed", reason=self._office.vault.redact(sentence(fault)))

    def send(self) -> int:
        """Tell whatever is new to every address; how many alerts reached them all. Never raises."""
        return send_alerts(self._office)

    def look(self) -> int:
        """Compare what is wrong in the database with what was told, without telling anybody; how many are new."""
        return alerts.watch(self._office.database, self._office.config.agency.key)

    def test(self) -> list[tuple[str, str]]:
        """Send a test to every address: its name, and why it failed or nothing.

        Raises :class:`~humasbot.errors.StateError` where there is no address.
        """
        return try_out(self._office)

    def open(self, limit: int = 100) -> list[dict[str, Any]]:
        """What still waits for a person, the newest first."""
        with self._office.database.read() as session:
            rows = alerts.waiting(session, _scope(session, self._office), limit=limit)
        keep = {"id", "kind", "key", "text", "created_at", "told_at", "tries", "told_to", "last_error"}
        return [row.model_dump(include=keep) for row in rows]

    def done(self, number: int, *, actor: str) -> None:
        """A person has seen to it. Raises :class:`~humasbot.errors.NotFoundError`."""
        with self._office.database.write() as session:
            alerts.done(session, number, _scope(session, self._office), actor)

    def tell(self, *, kind: str, key: str, text: str) -> bool:
        """Tell a person, once for each *key*; whether it is new."""
        return tell(self._office, kind=kind, key=key, text=text)

    def settle(self, key: str) -> int:
        """What was told under *key* is over; how many alerts were closed."""
        return settle(self._office, key)
