"""Whose webhooks count, over the wire, and how a doubt ends by one through the whole core."""

import http.client
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from click.testing import CliRunner
from hooked import NUMBER_ID, PERSON, SECRET, TOKEN, Tell, failed, notices, notification, said, sign, status
from hooked import inbox as inbox
from hooked import sent as sent
from hooked import settled as settled
from hooked import tell as tell
from hypothesis import given
from hypothesis import strategies as st
from listed import NOW, known, paper
from listed import database_url as database_url
from listed import prepared as prepared
from listed import register as register
from sqlmodel import select

from humasbot.app import Humasbot
from humasbot.cli import cli
from humasbot.content import Addressee
from humasbot.models import Delivery, Receipt, utc_now
from humasbot.pipeline import receiving
from humasbot.subscribers import Register
from humasbot.subscribers.hooks import LARGEST, read
from humasbot.subscribers.inbox import Inbox
from humasbot.subscribers.serving import server
from humasbot.testing.standin_whatsapp import TOKEN as WA_TOKEN
from humasbot.testing.standin_whatsapp import WhatsAppStandIn

KEYS = """entry changes value statuses messages metadata id status timestamp text body errors code contacts from
user_preferences recipient_id"""


# Whose word counts


def test_what_is_not_signed_with_our_secret_is_refused(
    register: Register, sent: Addressee, inbox: Inbox, tell: Tell
) -> None:
    assert tell(said("STOP"), "rahasia lain") == 403
    body = json.dumps(said("STOP")).encode()
    for wrong in ("", "sha256=", "sha1=" + "a" * 40, sign(body)[:-1], sign(body + b" "), "sha256=é"):
        assert inbox.receive(wrong, body) == 403
    assert known(register) == [(PERSON, "active")]
    assert inbox.receive(sign(body).upper(), body) == 200


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS.split()),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)


@given(value=JUNK)
def test_nothing_that_is_signed_can_break_the_reader(value: Any) -> None:
    for whole in (value, notification(statuses=value, messages=[value], user_preferences=[value])):
        read(json.dumps(whole).encode(), NOW)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"null", b"[]", b'"x"'])
def test_what_cannot_be_read_is_not_asked_for_again(tell: Tell, body: bytes) -> None:
    assert tell(body) == 200


def test_signs_that_a_database_refuses_break_nothing(register: Register, sent: Addressee, tell: Tell) -> None:
    body = json.dumps(failed(131026, "a\x00b \ud800 c")).encode()
    assert tell(body) == 200
    assert notices(register) == [("failed", "131026")]


# Over the wire


@pytest.fixture
def port(register: Register, inbox: Inbox) -> Iterator[int]:
    with server(register, "127.0.0.1", 0, inbox) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield running.server_port
        running.shutdown()


def ask(port: int, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    found = (answer.status, answer.read().decode())
    connection.close()
    return found


def test_meta_verifies_the_address_and_tells_on_the_same_port(
    register: Register, sent: Addressee, port: int
) -> None:
    question = f"hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={TOKEN}"
    assert ask(port, "GET", f"/langganan/whatsapp?{question}") == (200, "1158201444")
    assert ask(port, "GET", f"/whatsapp?{question}x") == (403, "")
    assert ask(port, "GET", f"/whatsapp?{question.replace('subscribe', 'unsubscribe')}") == (403, "")
    assert ask(port, "GET", "/whatsapp?hub.mode=subscribe&hub.challenge=1&hub.verify_token=") == (403, "")
    assert ask(port, "PUT", "/whatsapp") == (405, "")
    body = json.dumps(said("STOP")).encode()
    assert ask(port, "POST", "/whatsapp", body) == (403, "")
    assert ask(port, "POST", "/whatsapp/", body, X_Hub_Signature_256=sign(body)) == (200, "")
    assert known(register) == [(PERSON, "stopped")]
    assert ask(port, "GET", "/")[0] == 200


def test_a_flood_is_refused_before_it_is_read(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.putrequest("POST", "/whatsapp")
    connection.putheader("Content-Length", str(LARGEST + 1))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


def test_meta_is_to_repeat_what_could_not_be_written(
    register: Register, sent: Addressee, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = json.dumps(status("read")).encode()
    with monkeypatch.context() as broken:
        broken.setattr(type(register.database), "write", lambda self: (_ for _ in ()).throw(OSError("disk")))
        assert ask(port, "POST", "/whatsapp", body, X_Hub_Signature_256=sign(body)) == (503, "")
    assert ask(port, "POST", "/whatsapp", body, X_Hub_Signature_256=sign(body)) == (200, "")
    assert notices(register) == [("read", "")]


# Through the whole core


def test_a_lost_answer_ends_by_the_status_without_a_person_and_without_a_second_message(
    settings: dict[str, Any], open_bot: Any, note: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("WA_TOKEN", WA_TOKEN), ("WA_SECRET", SECRET), ("WA_KATA", TOKEN)):
        monkeypatch.setenv(name, value)
    with WhatsAppStandIn() as meta:
        account = {"platform": "whatsapp", "phone_number_id": NUMBER_ID, "phone": "+6281234567890"}
        secrets = {"token": {"env": "WA_TOKEN"}, "app_secret": {"env": "WA_SECRET"}}
        words = {"template": "pengumuman", "body": meta.body, "base_url": meta.url}
        settings["accounts"] = {"wa": {**account, **secrets, **words, "verify_token": {"env": "WA_KATA"}}}
        bot: Humasbot = open_bot(settings)
        paper(bot.office.register, PERSON)
        meta.fault("lost", on="messages")
        bot.announce(str(note), actor="budi", at=utc_now() + timedelta(seconds=0.05))
        with time_machine.travel(utc_now() + timedelta(seconds=1)):
            bot.publish()
        with bot.office.database.read() as session:
            assert session.exec(select(Delivery)).one().state == "uncertain"
        (message,) = meta.accepted
        told = receiving.inbox(bot.office)
        assert [line.number_id for line in told.lines()] == [NUMBER_ID]
        body = json.dumps(status("sent", message["id"], biz_opaque_callback_data=message["told"])).encode()
        assert told.receive(sign(body), body) == 200
        with bot.office.database.read() as session:
            row = session.exec(select(Delivery)).one()
            assert row.state == "sent"
            assert session.exec(select(Receipt)).one().remote_id == message["id"]
        for _ in range(20):
            bot.reconcile()
            bot.publish()
            assert told.receive(sign(body), body) == 200
        assert len(meta.accepted) == 1
        number = row.id
        bot.close()
    toml = tmp_path / "humasbot.toml"
    database = settings["humasbot"]["database"]
    toml.write_text(f'[humasbot]\ndatabase = "{database}"\n[agency]\nname = "Diskominfo"\n')
    asked = ["-c", str(toml), "subscribers", "results", str(number)]
    (line,) = json.loads(CliRunner().invoke(cli, [*asked, "--json"], obj={}).output)
    assert (line["told"]["state"], line["address"]) == ("sent", "+6281•••333")
    assert "terkirim" in CliRunner().invoke(cli, asked, obj={}).output


def test_an_account_without_the_secrets_takes_no_webhooks(
    settings: dict[str, Any], open_bot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WA_TOKEN", WA_TOKEN)
    account = {"platform": "whatsapp", "phone_number_id": NUMBER_ID, "phone": "+6281234567890"}
    words = {"template": "pengumuman", "body": WhatsAppStandIn.body, "token": {"env": "WA_TOKEN"}}
    settings["accounts"] = {
        "wa": {**account, **words},
        "dua": {**account, **words, "app_secret": {"env": "TIDAK_ADA"}, "verify_token": {"env": "WA_TOKEN"}},
    }
    told = receiving.inbox(open_bot(settings).office)
    assert told.lines() == []
    body = json.dumps(said("STOP")).encode()
    assert told.receive(sign(body, ""), body) == 403, "an empty secret signs for nobody"
    assert told.handshake("hub.mode=subscribe&hub.challenge=1&hub.verify_token=")[0] == 403
