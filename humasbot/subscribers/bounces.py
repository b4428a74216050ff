"""Letters that came back: delivery status notifications (RFC 3464) from a mailbox folder, as files or as mbox.

What counts is our own Message-ID in the part of our letter that the report carries: it is not to be guessed, so a
forged report takes nobody off a list. Neither does a delay, or a failure that may pass (4.x.x, a full mailbox).
"""

import mailbox
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from pathlib import Path

from humasbot.errors import InputError
from humasbot.masking import masked
from humasbot.subscribers.book import bounce
from humasbot.subscribers.register import Register
from humasbot.words import reason, t

_ID = re.compile(r"<[0-9a-f]{24}\.[0-9a-f]{12}@[^\s<>]+>")
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
FULL = {"2.2", "2.1", "3.1"}
"""Full, disabled or out of room: it may pass (RFC 3463, section 3)."""
LARGEST = 30_000_000


@dataclass(frozen=True, slots=True)
class Returned:
    """One report: whom it is about as it says itself, our Message-ID in it, the status and whether it is for good."""

    address: str
    message_id: str
    status: str
    final: bool


@dataclass(frozen=True, slots=True)
class Told:
    """What came of one report: ``bounced``, ``passing``, ``foreign`` (not ours) or ``no-report``; address masked."""

    where: str
    what: str
    address: str = ""
    status: str = ""


def read_report(data: bytes) -> list[Returned]:
    """What a message reports; empty when it is no delivery status notification."""
    message = message_from_bytes(data)
    if message.get_content_type() != "multipart/report":
        return []
    groups: list[Message] = []
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status" and isinstance(part.get_payload(), list):
            groups += [group for group in part.get_payload() if isinstance(group, Message)]
    found = _ID.findall(data.decode("latin-1").replace("\r\n ", "").replace("\n ", ""))
    own = found[-1] if found else ""
    return [_returned(group, own) for group in groups if group.get("Final-Recipient")]


def _returned(group: Message, own: str) -> Returned:
    address = str(group["Final-Recipient"]).partition(";")[2].strip() or str(group["Final-Recipient"]).strip()
    status = _STATUS.search(str(group.get("Status", "")))
    code = status[0] if status else ""
    hard = bool(status) and code.startswith("5.") and code.partition(".")[2] not in FULL
    failed = str(group.get("Action", "")).strip().lower() == "failed"
    return Returned(address.lower(), own, code, failed and hard)


def take_in(register: Register, paths: Iterable[Path]) -> list[Told]:
    """Read the reports of files, of folders (Maildir too) and of mbox files; take off who is gone for good.

    Raises :class:`~humasbot.errors.InputError` when a path cannot be read. Reading one twice changes nothing.
    """
    return [told for where, data in _messages(paths) for told in _take(register, where, data)]


def _take(register: Register, where: str, data: bytes) -> Iterator[Told]:
    reports = read_report(data)
    if not reports:
        yield Told(where, "no-report")
    for report in reports:
        shown = masked(report.address)
        if not report.final:
            yield Told(where, "passing", shown, report.status)
            continue
        why = t("surat kembali ({s})", "the letter came back ({s})", s=report.status)
        known = bounce(register, report.message_id, why)
        yield Told(
            where, "bounced" if known else "foreign", masked(known.address) if known else shown, report.status
        )


def _messages(paths: Iterable[Path]) -> Iterator[tuple[str, bytes]]:
    for path in paths:
        try:
            files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
            for file in files:
                if file.stat().st_size > LARGEST:
                    raise InputError(t("{p} terlalu besar", "{p} is too large", p=file))
                data = file.read_bytes()
                yield from _mbox(file) if data.startswith(b"From ") else [(str(file), data)]
        except OSError as error:
            raise InputError(
                t("{p} tidak terbaca ({why})", "{p} cannot be read ({why})", p=path, why=reason(error))
            ) from None


def _mbox(file: Path) -> Iterator[tuple[str, bytes]]:
    box = mailbox.mbox(file, create=False)
    try:
        for key in box.iterkeys():
            yield f"{file}#{key}", box.get_bytes(key)
    finally:
        box.close()
