"""What the tests of WhatsApp's webhooks share: notifications as Meta sends them, and an office that receives them."""

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from listed import NOW, paper
from sqlmodel import select

from humasbot.content import Addressee, Answered
from humasbot.models import RecipientNotice
from humasbot.subscribers import Ledger, Register
from humasbot.subscribers.inbox import Inbox, Line

SECRET, TOKEN = "rahasia-aplikasi-meta", "kata-buatan-sendiri"
NUMBER_ID, WAMID = "106540352242922", "wamid.HBgNsatu"
PERSON = "+628111222333"
both = pytest.mark.parametrize(
    "database_url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)], indirect=True
)
MORE = {"unknown": {"deep": [1, None]}, "pricing": {"billable": True}}


def notification(**value: Any) -> dict[str, Any]:
    """One notification as Meta wraps it."""
    metadata = {"display_phone_number": "6281234567890", "phone_number_id": NUMBER_ID}
    whole = {"messaging_product": "whatsapp", "metadata": metadata, **value}
    entry = {"id": "419561257915477", "changes": [{"value": whole, "field": "messages"}]}
    return {"object": "whatsapp_business_account", "entry": [entry]}


def status(state: str, remote_id: str = WAMID, at: Any = NOW, **more: Any) -> dict[str, Any]:
    line = {"id": remote_id, "status": state, "timestamp": str(int(at.timestamp()))}
    return notification(statuses=[{**line, "recipient_id": PERSON.lstrip("+"), **MORE, **more}])


def failed(code: int, words: str, **more: Any) -> dict[str, Any]:
    return status("failed", errors=[{"code": code, "title": words, "error_data": {"details": words}}], **more)


def said(word: str, at: Any = NOW, sender: str | None = PERSON, **more: Any) -> dict[str, Any]:
    message = {"id": "wamid.HBgNmasuk", "timestamp": str(int(at.timestamp())), "type": "text"}
    message |= {"from": sender.lstrip("+")} if sender else {}
    contact = {"profile": {"name": "Siti"}, "wa_id": (sender or "").lstrip("+")}
    return notification(contacts=[contact], messages=[{**message, "text": {"body": word}, **more}])


def sign(body: bytes, secret: str = SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


@pytest.fixture
def settled() -> list[str]:
    return []


@pytest.fixture
def inbox(register: Register, settled: list[str]) -> Inbox:
    with register.database.read() as session:
        line = Line(NUMBER_ID, register.agency_id(session), "utama", SECRET, TOKEN)
    return Inbox(register.database, lambda: [line], settled.extend)


Tell = Callable[..., int]


@pytest.fixture
def tell(inbox: Inbox) -> Tell:
    def send(content: Any, secret: str = SECRET) -> int:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        return inbox.receive(sign(body, secret), body)

    return send


@pytest.fixture
def sent(register: Register) -> Addressee:
    """Somebody to whom a message went out: taken, its id known."""
    row = paper(register, PERSON)
    person = Addressee(row.id or 0, row.address)
    Ledger(register, "whatsapp").record("k", person, Answered("sent", WAMID, tries=1))
    return person


def notices(register: Register) -> list[tuple[str, str]]:
    with register.database.read() as session:
        return [(row.state, row.code) for row in session.exec(select(RecipientNotice)).all()]
