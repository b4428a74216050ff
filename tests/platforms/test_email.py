"""E-mail: the suite on a stand-in, letters read as a mail program reads them, and lists through faults and crashes."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import ClassVar

import pytest
from email_kit import CONTACT, DUE, WEB, EmailHarness, many, office, outgoing, person, settings_of, to

from humasbot.content import Addressee, Answered, Outgoing
from humasbot.errors import (
    AuthExpired,
    ConfigError,
    PublishError,
    RateLimited,
    Rejected,
    Retryable,
    StateError,
    Uncertain,
)
from humasbot.platforms.email import Email
from humasbot.platforms.email_letter import Style, letter
from humasbot.testing import Fault, Notes, PublisherSuite, Restarted, picture
from humasbot.testing.people import People
from humasbot.testing.standin_mail import Letter, MailStandIn


class TestEmail(PublisherSuite):
    idempotent: ClassVar = True
    cannot: ClassVar = {
        Fault.SERVER_ERROR_AFTER_ACCEPT: "an SMTP reply of 4xx or 5xx says the letter was not taken (RFC 5321)",
        "test_a_redirect_is_not_followed": "SMTP leads nowhere else (RFC 5321)",
        "test_find_existing_leaves_old_posts_alone": "it asks our own ledger by the delivery's key, not by time",
        "test_find_existing_admits_that_it_cannot_look": "it asks our own ledger, which no network can part from us",
    }

    @pytest.fixture
    def harness(self) -> Iterator[EmailHarness]:
        with MailStandIn() as server:
            yield EmailHarness(server)


@pytest.fixture
def server() -> Iterator[MailStandIn]:
    with MailStandIn() as running:
        yield running


# One letter


def test_a_letter_has_what_a_mail_program_needs(server: MailStandIn) -> None:
    office(server, People(person())).publish(outgoing(media=(picture(0),)), Notes())
    message = server.letters[0].message
    assert str(message["From"]) == "Diskominfo Kota Contoh <humas@contoh.go.id>"
    assert message["To"].addresses[0].display_name == "Siti, “Ibu” Contoh"
    assert (message["Subject"], parsedate_to_datetime(message["Date"])) == ("Loket buka Sabtu", DUE)
    assert message["List-Unsubscribe"] == f"<{WEB}/berhenti/1-{'a' * 40}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Id"] == "<utama.contoh.go.id>"
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/jpeg",
    ]  # fmt: skip
    for kind in ("plain", "html"):
        body = server.letters[0].part(kind)
        assert "Jl. Merdeka 1, Kota Contoh" in body
        assert f"{WEB}/berhenti/1-" in body
    assert '<a href="https://contoh.go.id/loket">' in server.letters[0].part("html")


def test_a_retry_is_the_same_letter_byte_for_byte() -> None:
    style = Style("humas@contoh.go.id", "Kantor", CONTACT, WEB, "utama")
    wanted = outgoing(media=(picture(0), picture(1)))
    first = letter(wanted, person(), style)
    assert first == letter(wanted, person(), style)
    assert first != letter(wanted, person(2), style)
    assert first != letter(replace(wanted, key="lain"), person(), style)
    assert max(map(len, first.split(b"\r\n"))) <= 998
    assert b"\n" not in first.replace(b"\r\n", b"")


def test_what_is_said_cannot_become_markup_or_headers() -> None:
    style = Style("humas@contoh.go.id", "Kantor", "<b>x</b>", WEB, "utama")
    evil = Outgoing("k", "<script>alert(1)</script>", DUE, title="Judul\r\nBcc: korban@contoh.id")
    found = Letter("", letter(evil, Addressee(1, "a@b.id", "A\r\nBcc: c@d.id", "1-a"), style))
    assert found.message["Bcc"] is None
    assert "<script>" not in found.part("html")
    assert "<b>x</b>" not in found.part("html")


@pytest.mark.parametrize(("colour", "ink"), [("#0B3D91", "#ffffff"), ("#FFE680", "#111111")])
def test_the_head_is_readable_on_its_colour(colour: str, ink: str) -> None:
    style = Style("humas@contoh.go.id", "Kantor", CONTACT, WEB, "utama", colour=colour)
    assert f"color:{ink};padding:14px" in Letter("", letter(outgoing(), person(), style)).part("html")


# A list


def test_everybody_gets_it_once_and_a_second_attempt_sends_nothing(server: MailStandIn) -> None:
    people = many(120)
    notes = Notes()
    receipt = office(server, people).publish(outgoing(), notes)
    assert to(server) == [f"warga{n}@contoh.id" for n in range(1, 121)]
    assert len({found.message["Message-ID"] for found in server.letters}) == 120
    assert notes.values == {"people": "100"}
    assert server.connections == 2, "the connection is renewed after a hundred letters"
    again = office(server, people)
    assert again.publish(outgoing(), Notes()).remote_id == receipt.remote_id
    assert len(server.letters) == 120
    found = again.find_existing(outgoing(), DUE)
    assert found is not None
    assert found.remote_id == receipt.remote_id


def test_each_line_is_written_before_the_letter_and_after_its_answer(server: MailStandIn) -> None:
    people = many(2)
    told: list[list[tuple[int, str]]] = []
    server.on_letter = lambda: told.append(list(people.history))
    office(server, people).publish(outgoing(), Notes())
    assert told == [[(1, "sending")], [(1, "sending"), (1, "sent"), (2, "sending")]]


@pytest.mark.parametrize("taken", [True, False])
def test_a_lost_answer_leaves_one_in_doubt_and_the_others_get_theirs(
    server: MailStandIn, taken: bool
) -> None:
    people = many(5)
    sent = office(server, people)
    server.on_letter = lambda: server.fault("END", "", taken=taken) if len(server.letters) == 2 else None
    with pytest.raises(Uncertain, match="4 terkirim, 0 ditolak, 1 tidak diketahui") as caught:
        sent.publish(outgoing(), Notes())
    assert caught.value.person
    assert sorted(set(to(server))) == [f"warga{n}@contoh.id" for n in range(1, 6) if taken or n != 3]
    before = len(server.letters)
    with pytest.raises(Uncertain):
        sent.publish(outgoing(), Notes())
    with pytest.raises(Uncertain):
        sent.find_existing(outgoing(), DUE)
    assert len(server.letters) == before, "in doubt is never sent again by itself"


def test_killed_between_the_servers_yes_and_our_line(server: MailStandIn) -> None:
    class Dying(People):
        def record(self, key: str, addressee: Addressee, answered: Answered) -> None:
            if answered.state == "sent" and addressee.id == 3 and not self.dead:
                self.dead = True
                raise Restarted
            super().record(key, addressee, answered)

        dead = False

    people = Dying(*(person(n) for n in range(1, 7)))
    with pytest.raises(Restarted):
        office(server, people).publish(outgoing(), Notes())
    after = office(server, people)
    assert after.find_existing(outgoing(), DUE) is None, "three people are still to come: sending on is safe"
    with pytest.raises(Uncertain, match="5 terkirim, 0 ditolak, 1 tidak diketahui"):
        after.publish(outgoing(), Notes())
    assert to(server) == [f"warga{n}@contoh.id" for n in range(1, 7)], "each exactly once"


def test_who_leaves_in_the_middle_gets_nothing(server: MailStandIn) -> None:
    people = many(4)
    server.on_letter = lambda: people.drop(person(3), "stopped", "tidak mau lagi")
    office(server, people).publish(outgoing(), Notes())
    assert to(server) == [f"warga{n}@contoh.id" for n in (1, 2, 4)]


def test_an_address_that_is_gone_is_dropped_and_the_others_get_theirs(server: MailStandIn) -> None:
    people = many(3)
    server.unknown = {"warga2@contoh.id"}
    office(server, people).publish(outgoing(), Notes())
    assert people.gone[2][0] == "bounced"
    assert "warga2@" not in people.gone[2][1], "masked: a server's words hold addresses"
    assert to(server) == ["warga1@contoh.id", "warga3@contoh.id"]


def test_later_is_tried_again_and_given_up_in_the_end(server: MailStandIn) -> None:
    people = many(2)
    for attempt in range(8):
        server.fault("RCPT", "451 4.2.1 mailbox busy")
        if attempt < 7:
            with pytest.raises(Retryable, match="1 belum"):
                office(server, people).publish(outgoing(), Notes())
    office(server, people).publish(outgoing(), Notes())
    assert to(server) == ["warga2@contoh.id"]
    assert people.lines["kunci", 1].state == "refused"


def test_a_server_that_puts_everybody_off_is_left_alone(server: MailStandIn) -> None:
    server.fault("RCPT", "451 4.3.0 try later", times=1000)
    with pytest.raises(Retryable):
        office(server, many(40)).publish(outgoing(), Notes())
    assert server.faults[0].times == 990


def test_three_lost_answers_in_a_row_stop_the_run(server: MailStandIn) -> None:
    people = many(40)
    server.fault("END", "", times=1000)
    with pytest.raises(Uncertain, match="3 tidak diketahui, 37 belum") as caught:
        office(server, people).publish(outgoing(), Notes())
    assert not caught.value.person, "the core looks, and goes on behind them by itself"
    assert office(server, people).find_existing(outgoing(), DUE) is None


def test_refused_for_one_after_others_took_it(server: MailStandIn) -> None:
    people = many(3)
    server.on_letter = lambda: server.fault("END", "554 5.7.1 spam") if len(server.letters) == 1 else None
    office(server, people).publish(outgoing(), Notes())
    assert people.lines["kunci", 2].state == "refused"
    assert to(server) == ["warga1@contoh.id", "warga3@contoh.id"]


def test_enough_for_one_connection_is_no_fault(server: MailStandIn) -> None:
    people = many(3)
    server.on_letter = lambda: (
        server.fault("MAIL", "421 4.7.0 too many messages") if len(server.letters) == 1 else None
    )
    office(server, people).publish(outgoing(), Notes())
    assert len(server.letters) == 3
    assert server.connections == 2


def test_a_run_that_is_given_up_ends_between_two_letters(
    server: MailStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    class TakenOver(Notes):
        def save(self, step: str, value: str) -> None:
            raise StateError("diambil alih")

    moments = iter(range(0, 1000, 3))
    monkeypatch.setattr("humasbot.platforms.people.monotonic", lambda: float(next(moments)))
    people = many(9)
    with pytest.raises(StateError):
        office(server, people).publish(outgoing(), TakenOver())
    assert 0 < len(server.letters) < 9
    assert {line.state for line in people.lines.values()} == {"sent"}
    office(server, people).publish(outgoing(), Notes())
    assert to(server) == [f"warga{n}@contoh.id" for n in range(1, 10)]


def test_half_way_it_says_how_far(server: MailStandIn) -> None:
    people = many(3)
    server.on_letter = lambda: server.fault("MAIL", "535 5.7.8 expired") if len(server.letters) == 2 else None
    with pytest.raises(AuthExpired, match="2 terkirim, 0 ditolak, 1 belum"):
        office(server, people).publish(outgoing(), Notes())


def test_nobody_on_the_list_says_what_to_do(server: MailStandIn) -> None:
    with pytest.raises(Rejected, match="humasbot subscribers add"):
        office(server, People()).publish(outgoing(), Notes())
    assert server.connections == 0


@pytest.mark.parametrize(
    ("verb", "reply", "kind"),
    [
        ("MAIL", "550 5.7.1 sender not allowed", AuthExpired),
        ("MAIL", "530 5.7.0 authentication required", AuthExpired),
        ("MAIL", "552 5.3.4 message too big", Rejected),
        ("MAIL", "421 4.3.2 shutting down", RateLimited),
        ("MAIL", "451 4.3.0 local error", Retryable),
        ("MAIL", "", Retryable),
        ("RCPT", "", Retryable),
        ("RCPT", "452 4.5.3 too many recipients", RateLimited),
        ("RCPT", "452 4.2.2 over quota", Retryable),
        ("DATA", "451 4.3.0 queue full", Retryable),
        ("DATA", "554 5.7.1 no", Rejected),
        ("DATA", "", Retryable),
        ("END", "451 4.7.1 greylisted, try again", RateLimited),
        ("END", "451 4.3.0 queue full", Retryable),
        ("END", "999 ?", Uncertain),
        ("AUTH", "454 4.7.0 temporary failure", Retryable),
        ("AUTH", "", Retryable),
        ("HELLO", "", Retryable),
    ],
)
def test_what_each_reply_means(server: MailStandIn, verb: str, reply: str, kind: type[PublishError]) -> None:
    people = People(person())
    server.fault(verb, reply, times=2)
    with pytest.raises(PublishError) as caught:
        office(server, people).publish(outgoing(), Notes())
    assert type(caught.value) is kind, caught.value
    server.faults.clear()
    if kind is not Uncertain:
        office(server, people).publish(outgoing(), Notes())
        assert len(server.letters) == 1


def test_the_letter_that_asks_to_confirm(server: MailStandIn) -> None:
    office(server, People()).ask_to_confirm("baru@contoh.id", "Baru", "5-" + "b" * 40)
    body = server.letters[0].part("plain")
    assert f"{WEB}/konfirmasi/5-{'b' * 40}" in body
    assert server.letters[0].to == "baru@contoh.id"
    server.unknown = {"baru@contoh.id"}
    with pytest.raises(Rejected):
        office(server, People()).ask_to_confirm("baru@contoh.id", "Baru", "5-" + "b" * 40)


# Settings


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"security": "none", "host": "smtp.contoh.go.id"}, "security"),
        ({"security": "ssl"}, "security"),
        ({"port": "99999"}, "port"),
        ({"user": ""}, "user"),
        ({"password": ""}, "password"),
        ({"host": "smtp.contoh.go.id:587", "security": "tls"}, "host"),
        ({"sender": "Humas <humas@contoh.go.id>"}, "sender"),
        ({"reply_to": "x"}, "reply_to"),
        ({"colour": "biru"}, "colour"),
        ({"list": "Warga Kota"}, "list"),
        ({"web": "http://contoh.go.id"}, "web"),
        ({"digest": "daily"}, "digest"),
    ],
)
def test_a_wrong_setting_is_named(server: MailStandIn, change: dict[str, str], where: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Email.from_settings(settings_of(server, **change))
    assert [problem.where for problem in caught.value.problems] == [where]


def test_old_results_do_not_hide_new_people(server: MailStandIn) -> None:
    people = many(1)
    office(server, people).publish(outgoing(), Notes())
    people.addressees[2] = person(2)
    assert office(server, people).find_existing(outgoing(), DUE) is None
    assert people.reached(DUE - timedelta(days=9999)).keys() == {1}
