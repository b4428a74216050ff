"""What the functions about subscribers work with: one agency's lists, the shape of an address, signed tokens."""

import hmac
import os
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from sqlmodel import Session, col, select

from humasbot.database import Database
from humasbot.errors import InputError, NotFoundError
from humasbot.models import RECIPIENT_KINDS, Agency, Recipient
from humasbot.words import reason, t

DEFAULT_LIST = "utama"
LIST_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([a-z0-9-]{1,63}\.)+[a-z][a-z0-9-]{1,62}")
_TOKEN = re.compile(r"([0-9a-f]{1,16})-([0-9a-f]{40})")


@dataclass(frozen=True, slots=True)
class Register:
    """The lists of one agency: its key in the configuration, and the file that holds the key of our signatures.

    That file is made at first need. Where several machines serve one office, they share it with the pictures.
    """

    database: Database
    agency: str
    keyfile: Path

    def agency_id(self, session: Session) -> int:
        """The agency's number."""
        return session.exec(select(Agency.id).where(Agency.name == self.agency)).one() or 0

    def secret(self) -> bytes:
        """The key of our signatures. Raises :class:`~humasbot.errors.InputError` when it cannot be read or made."""
        try:
            return _key(self.keyfile)
        except (OSError, ValueError) as error:
            raise InputError(
                t("kunci langganan {p} tidak dapat dibaca atau dibuat ({why}); periksa folder dan haknya",
                  "the key of the subscriptions {p} can neither be read nor made ({why}); check folder and rights",
                  p=self.keyfile, why=reason(error))
            ) from None  # fmt: skip


def _key(path: Path) -> bytes:
    try:
        found = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{secrets.token_hex(6)}")
        descriptor = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(descriptor)
        try:
            os.link(part, path)  # whoever comes second reads the first one's key
        except FileExistsError:
            pass
        finally:
            part.unlink()
        return _key(path)
    if len(found) != 32:
        raise ValueError("32 bytes")
    return found


def address_of(kind: str, raw: str) -> str:
    """An address as we keep it: e-mail in lower case, a number as ``+628…``.

    Raises :class:`~humasbot.errors.InputError`.
    """
    text = raw.strip().lower()
    if kind == "email":
        if _MAIL.fullmatch(text) and ".." not in text and len(text) <= 254:
            return text
        raise InputError(
            t("bukan alamat surel yang sah; contoh: nama@contoh.go.id",
              "not a valid e-mail address; for example: name@example.org")
        )  # fmt: skip
    if kind == "whatsapp":
        return _number(text)
    raise InputError(
        t("jenis {k} tidak dikenal; pilih {all}", "the kind {k} is not known; choose {all}", k=kind,
          all=", ".join(RECIPIENT_KINDS))
    )  # fmt: skip


def _number(text: str) -> str:
    """As E.164 (ITU-T E.164: at most 15 digits); a number that begins with 0 is Indonesian."""
    digits = re.sub(r"[\s().-]", "", text)
    if digits.startswith("0"):
        digits = "+62" + digits[1:]
    elif digits.startswith("62"):
        digits = "+" + digits
    if re.fullmatch(r"\+[1-9][0-9]{7,14}", digits):
        return digits
    raise InputError(
        t("bukan nomor WhatsApp yang sah; contoh: 0812-3456-7890 atau +6281234567890",
          "not a valid WhatsApp number; for example: +6281234567890")
    )  # fmt: skip


def list_of(name: str) -> str:
    """The name of a list. Raises :class:`~humasbot.errors.InputError`."""
    if LIST_NAME.fullmatch(name):
        return name
    raise InputError(
        t("nama daftar hanya boleh huruf kecil, angka, - dan _",
          "a list's name may hold only lower-case letters, digits, - and _")
    )  # fmt: skip


def token_of(register: Register, purpose: str, number: int, seal: str) -> str:
    """The signed token that lets its holder do *purpose* (``confirm`` or ``leave``) for one recipient, fit for an
    address."""
    return f"{number:x}-{_mark(register.secret(), purpose, number, seal)}"


def holder_of(register: Register, session: Session, purpose: str, token: str) -> Recipient:
    """The recipient that *token* was made for.

    Raises :class:`~humasbot.errors.NotFoundError` for a token that is not ours, or older than the present seal.
    """
    found = _TOKEN.fullmatch(token)
    number = int(found[1], 16) if found else 0
    recipient = session.get(Recipient, number) if 0 < number < 2**63 else None
    seal = recipient.seal if recipient else ""
    right = _mark(register.secret(), purpose, number, seal)
    same = hmac.compare_digest(found[2] if found else "", right)
    if recipient is None or not same:
        raise NotFoundError(
            t("tautan ini tidak berlaku lagi; mintalah yang baru kepada kantor",
              "this link is no longer valid; ask the office for a new one")
        )  # fmt: skip
    return recipient


def _mark(key: bytes, purpose: str, number: int, seal: str) -> str:
    return hmac.new(key, f"{purpose}\n{number}\n{seal}".encode(), sha256).hexdigest()[:40]


def new_seal() -> str:
    """What makes the tokens from now on others than before."""
    return secrets.token_hex(8)


def members(
    register: Register, *, kind: str = "", name: str = "", states: Sequence[str] = ()
) -> list[Recipient]:
    """The recipients of an agency, of one kind, list and some states, if named; by their number."""
    with register.database.read() as session:
        query = select(Recipient).where(Recipient.agency_id == register.agency_id(session))
        if kind:
            query = query.where(Recipient.kind == kind)
        if name:
            query = query.where(Recipient.list_name == name)
        if states:
            query = query.where(col(Recipient.state).in_(states))
        return list(session.exec(query.order_by(col(Recipient.id))).all())
