"""Our receiver of webhooks behind Meta's official OpenAPI description of them, which Prism holds what we are sent to.

So the shapes that the tests of the receiver use are those that Meta describes, and its answer is one that Meta takes.
"""

import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from wsgiref.simple_server import make_server

import pytest
from servers.base import Answer, call
from servers.prism import WHATSAPP, Prism, PrismServer

from humasbot.app import Humasbot
from humasbot.content import Addressee, Answered
from humasbot.subscribers import Ledger, Register, vouch
from humasbot.subscribers.hooks import Said, read
from humasbot.subscribers.inbox import Inbox, Line
from humasbot.subscribers.web import application

SECRET, NUMBER_ID = "rahasia-aplikasi-meta", "106540352242922"
PERSON, WAMID = "+6281234567890", "wamid.HBgNNjI4MTIzNDU2Nzg5MBUCABEYEjQ"
METADATA = {"display_phone_number": "6281100000000", "phone_number_id": NUMBER_ID}


@dataclass
class Receiver:
    register: Register
    ledger: Ledger
    url: str
    settled: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    folder = tmp_path_factory.mktemp("wa")
    config = {"humasbot": {"database": f"sqlite:///{folder / 'test.db'}"}, "agency": {"name": "Kantor"}}
    bot = Humasbot(config, folder=folder)
    register = bot.office.register
    with register.database.read() as session:
        line = Line(NUMBER_ID, register.agency_id(session), "utama", SECRET, "kata")
    made = Receiver(register, Ledger(register, "whatsapp"), "")
    inner = application(register, Inbox(register.database, lambda: [line], made.settled.extend))

    def served(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        # The description has the path /whatsapp/webhooks.
        return inner({**environ, "PATH_INFO": environ["PATH_INFO"].removesuffix("/webhooks")}, start)

    with make_server("127.0.0.1", 0, served) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        made.url = f"http://127.0.0.1:{server.server_port}"
        yield made
        server.shutdown()
    bot.close()


@pytest.fixture(scope="module")
def contract(prism: Prism, receiver: Receiver) -> PrismServer:
    return prism.proxy(WHATSAPP, receiver.url)


def tell(contract: PrismServer, **value: Any) -> Answer:
    whole = {"messaging_product": "whatsapp", "metadata": METADATA, **value}
    changes = [{"value": whole, "field": "messages"}]
    payload = {
        "object": "whatsapp_business_account",
        "entry": [{"id": "419561257915477", "changes": changes}],
    }
    # As Prism writes it on: the signature is that of the bytes.
    body = json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()
    signature = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    # The whole description says "bearerAuth"; Meta sends none to us, so it is for Prism alone.
    headers = {
        "Content-Type": "application/json",
        "X-Hub-Signature-256": signature,
        "Authorization": "Bearer x",
    }
    return call("POST", f"{contract.url}/whatsapp/webhooks", body=body, headers=headers)


def stamp() -> str:
    return str(int(datetime.now(UTC).timestamp()))


def status(state: str, **more: Any) -> dict[str, Any]:
    return {"id": WAMID, "status": state, "timestamp": stamp(), "recipient_id": PERSON.lstrip("+"), **more}


def consents(receiver: Receiver) -> Addressee:
    now = datetime.now(UTC)
    row = vouch(receiver.register, "whatsapp", PERSON, at=now, how="loket", evidence="map 1")
    return Addressee(row.id or 0, PERSON)


def test_statuses_as_meta_describes_them_are_taken(contract: PrismServer, receiver: Receiver) -> None:
    person = consents(receiver)
    receiver.ledger.record("k", person, Answered("sending", tries=1))
    pricing = {"billable": True, "pricing_model": "PMP", "category": "marketing"}
    answer = tell(contract, statuses=[status("sent", biz_opaque_callback_data="k", pricing=pricing)])
    assert answer.status == 200, answer.body
    assert receiver.settled == ["k"]
    assert receiver.ledger.results("k")[person.id].state == "sent"
    wrong = {"code": 131026, "title": "Message undeliverable", "message": "x", "href": "https://a.id"}
    assert tell(contract, statuses=[status("failed", errors=[wrong])]).status == 200
    assert receiver.ledger.results("k")[person.id].state == "refused"


STOP: dict[str, dict[str, Any]] = {
    "Text Message": {"text": {"body": "BERHENTI"}},
    "Button Message": {"button": {"payload": "x", "text": "Berhenti"}},
    "Interactive Button Reply Message": {
        "interactive": {"type": "button_reply", "button_reply": {"id": "x", "title": "STOP"}}
    },
}


def test_metas_own_examples_are_read_and_a_stop_in_them_is_found() -> None:
    """The description's schemas of what comes in clash by name with those of what goes out, its examples do not."""
    yaml = pytest.importorskip("yaml")
    whole = yaml.load(WHATSAPP.path().read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    content = whole["paths"]["/whatsapp/webhooks"]["post"]["requestBody"]["content"]["application/json"]
    examples = {name: example["value"] for name, example in content["examples"].items()}
    assert set(STOP) <= set(examples)
    now = datetime.now(UTC)
    for name, value in examples.items():
        read(json.dumps(value, default=str).encode(), now)
        if name not in STOP:
            continue
        message = value["entry"][0]["changes"][0]["value"]["messages"][0]
        assert set(STOP[name]) <= set(message), f"{name} has another shape now"
        message |= STOP[name]
        (found,) = read(json.dumps(value, default=str).encode(), now)
        assert isinstance(found, Said)
        assert (found.meaning, found.who.address) == ("stop", f"+{message['from']}")
        assert found.number_id == NUMBER_ID


def test_the_contract_bites(contract: PrismServer, receiver: Receiver) -> None:
    """A shape that Meta does not describe would not even reach us: so those above are described."""
    assert tell(contract, statuses=[{"status": "sent"}]).status == 422
