"""WhatsApp's webhooks as it sends them, read into what concerns an office: what became of a message, and who said what.

Pages of developers.facebook.com/documentation/business-messaging/whatsapp (updated 2026-05-21, read 2026-11-22):
webhooks/create-webhook-endpoint, webhooks/reference/messages/status, …/text, …/button, webhooks/reference/
user_preferences, business-scoped-user-ids. Whatever else a notification holds is left alone; no other words of a
person are kept.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from unicodedata import normalize

from humasbot.errors import InputError
from humasbot.models import NOTICE_STATES
from humasbot.subscribers.register import address_of

LARGEST = 4_000_000
"""Bytes of a notification; Meta's have at most 3 MB (third parties say so; Meta's own page was not seen)."""
RESENT_FOR = timedelta(days=8)
"""Meta repeats for up to 7 days what was not answered with 200 (third parties say so; Meta's own page was not seen)."""
STOPPED = "131050"
"""This person told WhatsApp to get no more of our promotions (support/error-codes, read 2026-11-22)."""
LONGEST_WORD = 60
STOP_WORDS = frozenset(
    {
        "batalberlangganan",
        "batallangganan",
        "berhenti",
        "berhentiberlangganan",
        "berhentilangganan",
        "hentikan",
        "hentikanpromosi",
        "keluar",
        "stop",
        "stopberlangganan",
        "stoplangganan",
        "stoppromosi",
        "stoppromotions",
        "unreg",
        "unsub",
        "unsubscribe",
    }
)
"""As :func:`bare` leaves them; each must be the whole message."""
START_WORDS = frozenset({"berlangganan", "daftar", "langganan", "mulai", "start"})


@dataclass(frozen=True, slots=True)
class Who:
    """A person as WhatsApp names them: the number as ``+628…`` unless it is withheld, and WhatsApp's own name."""

    address: str = field(default="", repr=False)
    user_id: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Status:
    """How far one message came: ``state`` is one of :data:`~humasbot.models.NOTICE_STATES`.

    ``key`` is the Delivery's, which we sent along; ``at`` is WhatsApp's time (aware, UTC).
    """

    number_id: str
    who: Who
    remote_id: str
    state: str
    at: datetime
    key: str = ""
    code: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """That a person said ``stop`` or ``start``: by which word, or in WhatsApp's settings (``word`` is empty then).

    ``answers`` is the id of our message that they answered, if WhatsApp tells; ``at`` is WhatsApp's time (aware, UTC).
    """

    number_id: str
    who: Who
    meaning: str
    word: str
    at: datetime
    remote_id: str = ""
    answers: str = ""


def signed(secret: str, signature: str, body: bytes) -> bool:
    """Whether *signature* (the header ``X-Hub-Signature-256``) is that of *body* as it came, made with the *secret*."""
    right = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(right.encode(), signature.strip().lower().encode("utf-8", "replace"))


def bare(text: str) -> str:
    """The letters and digits of *text* alone, in lower case: "Ber-henti !" is "berhenti"."""
    return "".join(sign for sign in normalize("NFKC", text[: LONGEST_WORD * 2]).casefold() if sign.isalnum())


def meaning_of(text: str) -> str:
    """``stop`` or ``start`` where *text* is such a word and nothing else; else empty."""
    if len(text) > LONGEST_WORD:
        return ""
    word = bare(text)
    return "stop" if word in STOP_WORDS else "start" if word in START_WORDS else ""


def read(body: bytes, now: datetime) -> list[Status | Said]:
    """What a notification tells, in its order; *now* is used where it gives no credible time.

    Raises :class:`ValueError` for what is no JSON; anything in it that is not as described is passed over.
    """
    try:
        whole = json.loads(body)
    except RecursionError:
        raise ValueError("nested too deep") from None
    found: list[Status | Said] = []
    for entry in _dicts(whole, "entry"):
        for change in _dicts(entry, "changes"):
            value = change.get("value")
            if isinstance(value, dict):
                found += _of_value(value, now)
    return found


def _of_value(value: Mapping[str, Any], now: datetime) -> Iterator[Status | Said]:
    number_id = _text(value.get("metadata"), "phone_number_id")
    contacts = _dicts(value, "contacts")
    only = _text(contacts[0], "user_id") if len(contacts) == 1 else ""
    for one in _dicts(value, "statuses"):
        state, who = _text(one, "status"), _who(one, "recipient_id", "recipient_user_id", only)
        if state not in NOTICE_STATES or not _text(one, "id"):
            continue
        error = next(iter(_dicts(one, "errors")), {})
        words = _text(error.get("error_data"), "details") or _text(error, "message") or _text(error, "title")
        yield Status(
            number_id, who, _text(one, "id"), state, _moment(one, now), _text(one, "biz_opaque_callback_data"),
            _text(error, "code"), " ".join(words.split())[:300],
        )  # fmt: skip
    for one in _dicts(value, "messages"):
        who = _who(one, "from", "from_user_id", only)
        yield from _said(number_id, who, one, _moment(one, now))
    for one in _dicts(value, "user_preferences"):
        meaning = {"stop": "stop", "resume": "start"}.get(_text(one, "value"), "")
        if meaning and _text(one, "category") == "marketing_messages":
            yield Said(number_id, _who(one, "wa_id", "user_id", only), meaning, "", _moment(one, now))


def _said(number_id: str, who: Who, message: Mapping[str, Any], at: datetime) -> Iterator[Said]:
    words = [found for way in _WORDS for found in [way(message)] if found]
    for word in words:
        if meaning := meaning_of(word):
            answers = _text(message.get("context"), "id")
            yield Said(number_id, who, meaning, word.strip(), at, _text(message, "id"), answers)
            return


def _inner(message: Mapping[str, Any], *path: str) -> str:
    value: Any = message
    for name in path[:-1]:
        value = value.get(name) if isinstance(value, Mapping) else None
    return _text(value, path[-1])


_WORDS: tuple[Callable[[Mapping[str, Any]], str], ...] = (
    lambda message: _inner(message, "text", "body"),
    lambda message: _inner(message, "button", "text"),
    lambda message: _inner(message, "button", "payload"),
    lambda message: _inner(message, "interactive", "button_reply", "title"),
    lambda message: _inner(message, "interactive", "button_reply", "id"),
)
"""Where a message's word stands: typed, or on a button of a template or of a message."""


def _who(one: Mapping[str, Any], number: str, name: str, only: str) -> Who:
    digits = _text(one, number)
    try:
        address = address_of("whatsapp", f"+{digits.lstrip('+')}") if digits else ""
    except InputError:
        address = ""
    return Who(address, _text(one, name) or only)


def _moment(one: Mapping[str, Any], now: datetime) -> datetime:
    """The time that WhatsApp names, unless it lies in the future or is older than anything that it would repeat."""
    try:
        at = datetime.fromtimestamp(int(_text(one, "timestamp")), UTC)
    except (ValueError, OverflowError, OSError):
        return now
    return at if now - RESENT_FOR <= at <= now else now


def _dicts(value: Any, name: str) -> list[dict[str, Any]]:
    found = value.get(name) if isinstance(value, Mapping) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _text(value: Any, name: str) -> str:
    found = value.get(name) if isinstance(value, Mapping) else None
    if isinstance(found, bool) or not isinstance(found, str | int):
        return ""
    # A surrogate or a NUL would be refused by the database, and then the whole notification.
    return str(found).encode("utf-8", "replace").decode().replace("\x00", "")[:2000]
