"""WhatsApp: the suite with and without a picture, and lists through limits, refusals and crashes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
import time_machine
from whatsapp_kit import WhatsAppHarness, many, person, settings_of

from humasbot.content import Answered, Outgoing
from humasbot.errors import (
    AuthExpired,
    ConfigError,
    PublishError,
    RateLimited,
    Rejected,
    Retryable,
    Uncertain,
)
from humasbot.platforms.whatsapp import WhatsApp
from humasbot.platforms.whatsapp_words import one_line
from humasbot.testing import Notes, PublisherSuite, Restarted, picture
from humasbot.testing.people import People
from humasbot.testing.standin_whatsapp import WhatsAppStandIn, refusal

DUE = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
CANNOT = {
    "test_find_existing_leaves_old_posts_alone": "it asks our own ledger by the delivery's key, not by time",
    "test_find_existing_admits_that_it_cannot_look": "it asks our own ledger, which no network can part from us",
}


class TestWhatsApp(PublisherSuite):
    cannot: ClassVar = CANNOT
    idempotent: ClassVar = True

    @pytest.fixture
    def harness(self) -> Iterator[WhatsAppHarness]:
        with WhatsAppStandIn() as server:
            yield WhatsAppHarness(server)


@pytest.mark.slow
class TestWhatsAppWithPicture(PublisherSuite):
    cannot: ClassVar = CANNOT
    idempotent: ClassVar = True

    @pytest.fixture
    def harness(self) -> Iterator[WhatsAppHarness]:
        with WhatsAppStandIn() as server:
            yield WhatsAppHarness(server, header="image")


@pytest.fixture
def server() -> Iterator[WhatsAppStandIn]:
    with WhatsAppStandIn() as running:
        yield running


def office(server: WhatsAppStandIn, people: People, **more: str) -> WhatsApp:
    made = WhatsApp.from_settings(settings_of(server.url, **more))
    made.directory = people
    return made


def outgoing(text: str = "Loket buka Sabtu.", **more: Any) -> Outgoing:
    return Outgoing("kunci", text, DUE, title="Loket buka", **more)


def to(server: WhatsAppStandIn) -> list[str]:
    return [message["to"] for message in server.accepted]


def test_everybody_gets_the_template_once_with_one_upload(server: WhatsAppStandIn) -> None:
    people = many(12)
    sent = office(server, people, header="image")
    wanted = outgoing(media=(picture(0),))
    receipt = sent.publish(wanted, Notes())
    assert to(server) == [person(n).address for n in range(1, 13)]
    assert len(server.media) == 1
    assert receipt.remote_id == server.accepted[0]["id"]
    assert receipt.url == "https://wa.me/6281234567890"
    assert sent.publish(wanted, Notes()).remote_id == receipt.remote_id
    assert len(server.accepted) == 12
    message = server.requests[-1].json()
    assert message["recipient_type"] == "individual"
    assert message["template"]["language"] == {"policy": "deterministic", "code": "id"}


def test_a_template_of_several_values_is_filled_in_order(server: WhatsAppStandIn) -> None:
    server.body = "{{2}}: {{1}} ({{3}})"
    made = office(server, many(1), body=server.body, parameters="title, agency,link", agency="Diskominfo")
    made.publish(outgoing(link="https://contoh.go.id/1"), Notes())
    assert server.accepted[0]["text"] == "Diskominfo: Loket buka (https://contoh.go.id/1)"
    assert [p.where for p in made.validate(outgoing())] == ["link"], "an empty value is refused"


@pytest.mark.parametrize(
    ("text", "kept"),
    [("a\nb", "a b"), ("a \r\n\n\t b", "a b"), ("a" + " " * 9 + "b", "a    b"), ("a    b", "a    b")],
)
def test_values_stand_on_one_line(text: str, kept: str) -> None:
    assert one_line(text) == kept


def test_what_is_too_long_is_found_with_everything_filled_in(server: WhatsAppStandIn) -> None:
    made = office(server, many(1), body="{{1}} {{2}}", parameters="title,text")
    assert made.validate(Outgoing("k", "x" * 1000, DUE, title="y" * 23)) == []
    assert [p.where for p in made.validate(Outgoing("k", "x" * 1000, DUE, title="y" * 24))] == ["text"]


def test_a_day_has_room_for_so_many_people(server: WhatsAppStandIn) -> None:
    people = many(5)
    with time_machine.travel(DUE, tick=False):
        with pytest.raises(RateLimited) as caught:
            office(server, people, per_day="3").publish(outgoing(), Notes())
        assert len(server.accepted) == 3
        assert caught.value.retry_after == timedelta(hours=24)
    with time_machine.travel(DUE + timedelta(hours=1), tick=False):
        known = Outgoing("lain", "Kabar kedua.", DUE)
        with pytest.raises(RateLimited):
            office(server, people, per_day="3").publish(known, Notes())
        assert to(server)[3:] == to(server)[:3], "who was reached today already costs nothing"
    with time_machine.travel(DUE + timedelta(hours=25, seconds=1), tick=False):
        office(server, people, per_day="3").publish(outgoing(), Notes())
    assert to(server)[6:] == [person(4).address, person(5).address]


@pytest.mark.parametrize("code", [131026, 131049, 130472])
def test_who_cannot_get_it_does_not_keep_it_from_the_others(server: WhatsAppStandIn, code: int) -> None:
    people = many(3)
    server.people[person(2).address] = (code, "Message undeliverable")
    office(server, people).publish(outgoing(), Notes())
    assert to(server) == [person(1).address, person(3).address]
    assert people.lines["kunci", 2].state == "refused"
    assert people.gone == {}


def test_who_told_whatsapp_to_stop_is_written_to_no_more(server: WhatsAppStandIn) -> None:
    people = many(2)
    server.people[person(1).address] = (131050, "User has stopped marketing messages")
    office(server, people).publish(outgoing(), Notes())
    assert people.gone[1][0] == "stopped"
    office(server, people).publish(Outgoing("lain", "Kabar kedua.", DUE), Notes())
    assert to(server) == [person(2).address] * 2


def test_too_many_for_one_person_is_tried_again_later(server: WhatsAppStandIn) -> None:
    people = many(2)
    server.people[person(1).address] = (131056, "Pair rate limit hit")
    with pytest.raises(Retryable, match="1 belum") as caught:
        office(server, people).publish(outgoing(), Notes())
    assert not isinstance(caught.value, RateLimited)
    server.people.clear()
    office(server, people).publish(outgoing(), Notes())
    assert to(server) == [person(2).address, person(1).address]


def test_nobody_without_a_place_on_the_list_gets_anything(server: WhatsAppStandIn) -> None:
    with pytest.raises(Rejected, match="humasbot subscribers add"):
        office(server, People()).publish(outgoing(), Notes())
    assert server.requests == []


def test_who_stops_in_the_middle_gets_nothing(server: WhatsAppStandIn) -> None:
    class Leaving(People):
        def record(self, *line: Any) -> None:
            super().record(*line)
            self.drop(person(3), "stopped", "balas BERHENTI")

    office(server, Leaving(*(person(n) for n in range(1, 5)))).publish(outgoing(), Notes())
    assert to(server) == [person(n).address for n in (1, 2, 4)]


def test_killed_between_whatsapps_yes_and_our_line(server: WhatsAppStandIn) -> None:
    class Dying(People):
        dead = False

        def record(self, key: str, addressee: Any, answered: Answered) -> None:
            if answered.state == "sent" and addressee.id == 2 and not self.dead:
                self.dead = True
                raise Restarted
            super().record(key, addressee, answered)

    people = Dying(*(person(n) for n in range(1, 5)))
    with pytest.raises(Restarted):
        office(server, people).publish(outgoing(), Notes())
    after = office(server, people)
    assert after.find_existing(outgoing(), DUE) is None
    with pytest.raises(Uncertain) as caught:
        after.publish(outgoing(), Notes())
    assert caught.value.person
    assert to(server) == [person(n).address for n in range(1, 5)], "each exactly once"


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        (130429, 400, RateLimited),
        (131048, 400, RateLimited),
        (80007, 400, RateLimited),
        (4, 400, RateLimited),
        (131031, 403, AuthExpired),
        (131042, 400, AuthExpired),
        (10, 403, AuthExpired),
        (200, 403, AuthExpired),
        (190, 401, AuthExpired),
        (131016, 500, Retryable),
        (131057, 500, Retryable),
        (132001, 404, Rejected),
        (132015, 400, Rejected),
        (131008, 400, Rejected),
        (1, 500, Uncertain),
    ],
)
def test_what_each_code_means(
    server: WhatsAppStandIn, code: int, status: int, kind: type[PublishError]
) -> None:
    people = many(1)
    reply = refusal(code, "…", status)
    server.fault("status", on="messages", status=reply.status, body=reply.body)
    with pytest.raises(PublishError) as caught:
        office(server, people).publish(outgoing(), Notes())
    assert type(caught.value) is kind, caught.value
    if kind is not Uncertain:
        office(server, people).publish(outgoing(), Notes())
        assert len(server.accepted) == 1


def test_the_number_must_be_the_offices(server: WhatsAppStandIn) -> None:
    assert office(server, many(1)).verify() == "Diskominfo (+62 812-3456-7890)"
    with pytest.raises(AuthExpired, match="phone"):
        office(server, many(1), phone="+6281111111111").verify()


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"phone_number_id": "x"}, "phone_number_id"),
        ({"phone": "0812"}, "phone"),
        ({"template": "Kabar Baru"}, "template"),
        ({"body": "tanpa tempat"}, "body"),
        ({"body": "{{1}} {{3}}"}, "body"),
        ({"parameters": "text,tanggal", "body": "{{1}} {{2}}"}, "parameters"),
        ({"parameters": "link"}, "parameters"),
        ({"body": "x" * 1030 + "{{1}}"}, "body"),
        ({"language": "Indonesia"}, "language"),
        ({"header": "video"}, "header"),
        ({"per_day": "0"}, "per_day"),
        ({"version": "23"}, "version"),
        ({"token": "a\nb"}, "token"),
    ],
)
def test_a_wrong_setting_is_named(server: WhatsAppStandIn, change: dict[str, str], where: str) -> None:
    with pytest.raises(ConfigError) as caught:
        WhatsApp.from_settings(settings_of(server.url, **change))
    assert [problem.where for problem in caught.value.problems] == [where]
