"""What WhatsApp tells by its webhooks: how far a message came, and who wants no more."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hooked import PERSON, WAMID, Tell, both, failed, notices, notification, said, status
from hooked import inbox as inbox
from hooked import sent as sent
from hooked import settled as settled
from hooked import tell as tell
from listed import NOW, known, paper
from listed import database_url as database_url
from listed import prepared as prepared
from listed import register as register

from humasbot.content import Addressee, Answered
from humasbot.errors import StateError
from humasbot.models import Recipient
from humasbot.subscribers import Ledger, Register, members, vouch
from humasbot.subscribers.hooks import Said, meaning_of, read


def only(register: Register) -> Recipient:
    (row,) = members(register)
    return row


# How far a message came


@both
def test_the_furthest_state_stays_whatever_the_order_and_the_number_of_repeats(
    register: Register, sent: Addressee, tell: Tell
) -> None:
    for state, kept in (("sent", "sent"), ("read", "read"), ("delivered", "read"), ("read", "read")):
        assert tell(status(state)) == 200
        assert notices(register) == [(kept, "")]
    assert Ledger(register, "whatsapp").results("k")[sent.id].state == "sent"


def test_what_failed_after_it_was_taken_is_refused_unless_another_device_has_it(
    register: Register, sent: Addressee, tell: Tell
) -> None:
    assert tell(failed(131026, "Message undeliverable")) == 200
    answered = Ledger(register, "whatsapp").results("k")[sent.id]
    assert (answered.state, answered.note) == ("refused", "131026 Message undeliverable")
    assert known(register) == [(PERSON, "active")]
    tell(status("delivered"))
    assert Ledger(register, "whatsapp").results("k")[sent.id].state == "sent"


def test_who_stopped_promotions_is_written_to_no_more_on_any_list(
    register: Register, sent: Addressee, tell: Tell
) -> None:
    paper(register, PERSON, list_name="darurat")
    tell(failed(131050, "User has stopped marketing messages"))
    assert known(register) == [(PERSON, "stopped")] * 2
    assert not Ledger(register, "whatsapp").wants(sent)


def test_a_status_settles_a_message_whose_answer_was_lost(
    register: Register, tell: Tell, settled: list[str]
) -> None:
    row = paper(register, PERSON)
    person, ledger = Addressee(row.id or 0, row.address), Ledger(register, "whatsapp")
    ledger.record("k", person, Answered("sending", tries=1))
    tell(status("sent", biz_opaque_callback_data="lain"))
    assert ledger.results("k")[person.id].state == "sending"
    tell(status("sent", biz_opaque_callback_data="k"))
    assert ledger.results("k")[person.id] == Answered("sent", WAMID, "", 1)
    assert settled == ["k"]
    ledger.record("k", person, Answered("sending", "", "the answer did not arrive", 1))
    assert ledger.results("k")[person.id].state == "sent", "the lost answer is noticed after the status came"
    tell(failed(131026, "Message undeliverable"))
    assert ledger.results("k")[person.id].state == "refused", "known by its id from the status before"


def test_what_a_person_sends_again_is_sent_again_though_the_first_one_failed(
    register: Register, tell: Tell
) -> None:
    row = paper(register, PERSON)
    person, ledger = Addressee(row.id or 0, row.address), Ledger(register, "whatsapp")
    ledger.record("k", person, Answered("later", tries=1))
    tell(failed(131026, "Message undeliverable", biz_opaque_callback_data="k"))
    assert ledger.results("k")[person.id].state == "later"
    tell(status("delivered", biz_opaque_callback_data="k"))
    assert ledger.results("k")[person.id].state == "sent", "and not at all where it arrived after all"


def test_messages_of_others_leave_no_trace(register: Register, sent: Addressee, tell: Tell) -> None:
    assert tell(status("read", remote_id="wamid.orang-lain")) == 200
    foreign = status("read")
    foreign["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"] = "999"
    assert tell(foreign) == 200
    assert notices(register) == []


# Who wants no more


@pytest.mark.parametrize(
    "text",
    [
        "BERHENTI",
        "berhenti",
        " Berhenti. ",
        "STOP!!!",
        "S T O P",
        "ber-henti",
        "Unsub",
        "KELUAR 🙏",
        "\ufeffSTOP\u200b",
        "ＳＴＯＰ",
        "Stop berlangganan",
        "stop promotions",
    ],
)
def test_a_word_to_stop_is_known_however_it_is_typed(text: str) -> None:
    assert meaning_of(text) == "stop"


@pytest.mark.parametrize(
    "text",
    ["", "jangan berhenti", "Halte bus stop mana?", "stop" * 40, "berhentilah", "ok", "🙏", "keluarga"],
)
def test_other_words_mean_nothing(text: str) -> None:
    assert meaning_of(text) == ""


@both
def test_a_reply_to_stop_ends_it_at_once_with_the_words_as_evidence(register: Register, tell: Tell) -> None:
    paper(register, PERSON)
    paper(register, PERSON, list_name="darurat")
    assert tell(said("Berhenti!")) == 200
    assert [row.state for row in members(register)] == ["stopped", "stopped"]
    row = members(register)[0]
    assert '"Berhenti!"' in row.why
    assert "wamid.HBgNmasuk" in row.why
    tell(said("Berhenti!"))
    assert members(register)[0] == row, "the same words again change nothing"
    with pytest.raises(StateError):
        paper(register, PERSON)


@pytest.mark.parametrize(
    "message",
    [
        {"type": "button", "text": None, "button": {"payload": "x", "text": "Berhenti"}},
        {"type": "button", "text": None, "button": {"payload": "STOP", "text": "Tidak, terima kasih"}},
        {"type": "interactive", "text": None, "interactive": {"button_reply": {"id": "1", "title": "Stop"}}},
    ],
)
def test_a_button_is_as_good_as_a_word(register: Register, tell: Tell, message: dict[str, Any]) -> None:
    paper(register, PERSON)
    tell(said("", **message))
    assert known(register) == [(PERSON, "stopped")]


def test_the_stop_in_whatsapps_settings_counts_and_the_resume_only_asks(
    register: Register, tell: Tell
) -> None:
    paper(register, PERSON)

    def preference(value: str, at: Any) -> dict[str, Any]:
        one = {"wa_id": PERSON.lstrip("+"), "category": "marketing_messages", "value": value}
        return notification(user_preferences=[{**one, "timestamp": int(at.timestamp())}])

    tell(preference("stop", NOW - timedelta(minutes=2)))
    assert known(register) == [(PERSON, "stopped")]
    tell(preference("resume", NOW - timedelta(minutes=1)))
    assert known(register) == [(PERSON, "pending")]


def test_a_number_that_whatsapp_withholds_is_known_by_its_name_or_by_the_message_answered(
    register: Register, sent: Addressee, tell: Tell
) -> None:
    tell(said("STOP", sender=None))
    assert known(register) == [(PERSON, "active")], "nobody can tell who that was"
    tell(said("STOP", sender=None, context={"id": WAMID}))
    assert known(register) == [(PERSON, "stopped")]
    vouch(register, "whatsapp", PERSON, at=NOW + timedelta(seconds=1), how="loket", evidence="map 8")
    tell(status("read", recipient_user_id="ID.13491208655302741918"))
    late = NOW + timedelta(seconds=2)
    body = json.dumps(said("STOP", late, None, from_user_id="ID.13491208655302741918")).encode()
    (found,) = read(body, late)
    assert isinstance(found, Said)
    assert found.who.user_id == "ID.13491208655302741918"
    tell(body)
    assert known(register) == [(PERSON, "stopped")]


def test_an_old_stop_that_comes_late_undoes_no_younger_consent(register: Register, tell: Tell) -> None:
    paper(register, PERSON, at=NOW - timedelta(days=1))
    tell(said("STOP", NOW - timedelta(days=3)))
    assert known(register) == [(PERSON, "active")]
    tell(said("STOP", NOW - timedelta(hours=3)))
    assert known(register) == [(PERSON, "stopped")]
    assert only(register).changed_at == (NOW - timedelta(hours=3)).replace(microsecond=0)


def test_the_word_to_start_asks_and_is_no_consent(register: Register, tell: Tell) -> None:
    tell(said("MULAI", NOW - timedelta(hours=5)))
    row = only(register)
    assert (row.state, row.consent_at, row.list_name) == ("pending", None, "utama")
    assert list(Ledger(register, "whatsapp").active("utama")) == []
    paper(register, PERSON, at=NOW - timedelta(hours=4))
    tell(said("MULAI"))
    assert known(register) == [(PERSON, "active")]
    tell(said("STOP", NOW - timedelta(hours=2)))
    tell(said("MULAI", NOW - timedelta(hours=3)))
    assert known(register) == [(PERSON, "stopped")], "an older wish does not bring them back"
    tell(said("MULAI", NOW - timedelta(hours=1)))
    assert known(register) == [(PERSON, "pending")]
    with pytest.raises(StateError):
        paper(register, PERSON, at=NOW - timedelta(hours=4))
    tell(said("STOP", NOW - timedelta(hours=2)))
    assert known(register) == [(PERSON, "pending")], "the stop before the wish, once more"
    assert paper(register, PERSON, at=NOW).state == "active"


def test_words_of_strangers_and_other_words_are_kept_nowhere(
    register: Register, tell: Tell, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tell(said("STOP")) == 200
    assert tell(said("Pak, KTP saya hilang, NIK 3175 …")) == 200
    assert members(register) == []
    told = caplog.text + capsys.readouterr().err
    assert PERSON not in told
    assert "KTP" not in told
