"""Mail lists, digests and handoffs through the whole core, on the stand-in of a mail server and a folder."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlmodel import col, select

from humasbot.app import Humasbot
from humasbot.errors import ConfigError
from humasbot.models import Alert, Delivery, Post, Receipt, utc_now
from humasbot.pipeline.mailing import ask
from humasbot.platforms.handoff import PROOF
from humasbot.subscribers import confirm, stop, vouch
from humasbot.testing.standin_mail import MailStandIn

JAKARTA = ZoneInfo("Asia/Jakarta")


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """What is of the database itself is proved in ``test_subscribers.py``."""
    return f"sqlite:///{tmp_path / 'test.db'}"


@pytest.fixture
def server() -> Iterator[MailStandIn]:
    with MailStandIn() as running:
        yield running


@pytest.fixture
def office(settings: dict[str, Any], server: MailStandIn, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setenv("SANDI_SUREL", server.password)
    surel = {"platform": "email", "host": "127.0.0.1", "port": str(server.port), "security": "none"}
    surel |= {"user": server.user, "sender": "humas@contoh.go.id", "contact": "Jl. Merdeka 1"}
    password = {"env": "SANDI_SUREL"}
    settings["accounts"] = {"surel": {**surel, "web": "https://langganan.contoh.go.id", "password": password}}
    return settings


def people(bot: Humasbot, amount: int) -> None:
    for n in range(amount):
        vouch(
            bot.office.register,
            "email",
            f"warga{n}@contoh.id",
            at=utc_now(),
            how="loket",
            evidence=f"map {n}",
        )


def only(bot: Humasbot, model: Any) -> Any:
    with bot.office.database.read() as session:
        return session.exec(select(model)).one()


def test_who_left_gets_nothing_of_what_is_queued_already(
    office: dict[str, Any], open_bot: Any, note: Path, server: MailStandIn
) -> None:
    bot: Humasbot = open_bot(office)
    people(bot, 3)
    bot.announce(str(note), actor="budi", at=utc_now() + timedelta(seconds=0.2))
    stop(bot.office.register, address="warga1@contoh.id")
    with time_machine.travel(utc_now() + timedelta(seconds=1)):
        bot.publish()
    assert [letter.to for letter in server.letters] == ["warga0@contoh.id", "warga2@contoh.id"]
    assert only(bot, Delivery).state == "sent"
    assert only(bot, Receipt).url == "https://langganan.contoh.go.id"
    for _ in range(20):
        bot.reconcile()
        bot.publish()
    assert len(server.letters) == 2


def test_a_lost_answer_asks_a_person_and_sends_nobody_a_second(
    office: dict[str, Any], open_bot: Any, note: Path, server: MailStandIn
) -> None:
    bot: Humasbot = open_bot(office)
    people(bot, 3)
    bot.announce(str(note), actor="budi")
    server.fault("END", "", taken=True)
    bot.publish()
    row = only(bot, Delivery)
    assert (row.state, row.needs_person) == ("uncertain", True)
    assert "1 tidak diketahui" in row.reason
    bot.resolve(row.id, actor="budi", resend=True)
    for _ in range(20):
        bot.publish()
        bot.reconcile()
    assert sorted(letter.to for letter in server.letters) == [f"warga{n}@contoh.id" for n in range(3)]
    assert only(bot, Delivery).state == "uncertain", "even then who is in doubt is not written to by itself"


@pytest.mark.slow
def test_the_same_letters_go_on_after_a_dead_password(
    office: dict[str, Any], open_bot: Any, note: Path, server: MailStandIn
) -> None:
    bot: Humasbot = open_bot(office)
    people(bot, 2)
    server.password = "sandi-baru"
    bot.announce(str(note), actor="budi")
    bot.publish()
    assert (only(bot, Delivery).state, server.letters) == ("queued", [])
    server.password = MailStandIn.password
    bot.resume("surel")
    bot.publish()
    assert (only(bot, Delivery).state, len(server.letters)) == ("sent", 2)


def test_double_opt_in_through_the_offices_own_account(
    office: dict[str, Any], open_bot: Any, server: MailStandIn
) -> None:
    bot: Humasbot = open_bot(office)
    ask(bot.office, "baru@contoh.id", how="formulir web")
    _, _, rest = server.letters[0].part("plain").partition("/konfirmasi/")
    assert confirm(bot.office.register, rest.split()[0]).state == "active"
    ask(bot.office, "baru@contoh.id")
    assert len(server.letters) == 1, "who is active is not asked again"


# Digests


@pytest.fixture
def digest(office: dict[str, Any], tmp_path: Path) -> dict[str, Any]:
    office["accounts"]["surel"]["digest"] = "only"
    office["accounts"]["satu"] = {"platform": "scripted", "folder": "satu"}
    at = (utc_now() + timedelta(minutes=2)).astimezone(JAKARTA)
    office["campaigns"]["rangkuman"] = {
        "occasion": "digest", "at": f"{at:%H:%M}", "accounts": ["surel"], "approval": "policy", "picture": "none",
    }  # fmt: skip
    return office


def announce(bot: Humasbot, folder: Path, number: int) -> None:
    """Said on the site's own account, with an address."""
    from humasbot.content import Item
    from humasbot.pipeline import announce as announcing

    url = f"https://contoh.go.id/berita/{number}"
    item = Item(url, url, f"Kabar nomor {number}", f"Isi kabar nomor {number}. Kalimat kedua.")
    announcing.commit(bot.office, announcing.propose(bot.office, item), actor="budi")
    bot.publish()


def test_a_digest_tells_each_piece_of_news_once(
    digest: dict[str, Any], open_bot: Any, tmp_path: Path, server: MailStandIn
) -> None:
    bot: Humasbot = open_bot(digest)
    people(bot, 2)
    announce(bot, tmp_path, 1)
    announce(bot, tmp_path, 2)
    assert server.letters == [], "an account of digests gets no single announcement"
    assert bot.plan() == 0, "not before its moment"
    with time_machine.travel(utc_now() + timedelta(minutes=3)):
        assert bot.plan() == 1
        assert bot.plan() == 0
        bot.publish()
        announce(bot, tmp_path, 3)
    first = server.letters[0]
    assert str(first.message["Subject"]).startswith("Rangkuman ")
    text = first.part("plain")
    assert "1. Kabar nomor 1" in text
    assert "https://contoh.go.id/berita/2" in text
    assert len(server.letters) == 2
    with time_machine.travel(utc_now() + timedelta(days=1, minutes=3)):
        assert bot.plan() == 1
        bot.publish()
    second = server.letters[-1].part("plain")
    assert "Kabar nomor 3" in second
    assert "Kabar nomor 2" not in second
    with time_machine.travel(utc_now() + timedelta(days=2, minutes=3)):
        bot.plan()
        bot.publish()
    assert len(server.letters) == 4
    with bot.office.database.read() as session:
        last = session.exec(select(Post).order_by(col(Post.id).desc())).first()
    assert last is not None
    assert last.skipped == "tidak ada kabar sejak rangkuman terakhir"


@pytest.mark.slow
def test_a_weekly_digest_comes_on_its_day_and_tells_the_whole_week(
    digest: dict[str, Any], open_bot: Any, tmp_path: Path, server: MailStandIn
) -> None:
    start = utc_now()
    days = ("senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu")
    its_day = start + timedelta(days=2)
    digest["campaigns"]["rangkuman"]["days"] = [days[its_day.astimezone(JAKARTA).weekday()]]
    bot: Humasbot = open_bot(digest)
    people(bot, 1)
    told = []
    for day in range(10):
        with time_machine.travel(start + timedelta(days=day)):
            announce(bot, tmp_path, day)
        with time_machine.travel(start + timedelta(days=day, minutes=3)):
            bot.plan()
            bot.publish()
        told.append(len(server.letters))
    assert told == [0, 0, 1, 1, 1, 1, 1, 1, 1, 2]
    first, second = (letter.part("plain") for letter in server.letters)
    assert [n for n in range(10) if f"Kabar nomor {n}" in first] == [0, 1, 2]
    assert [n for n in range(10) if f"Kabar nomor {n}" in second] == [3, 4, 5, 6, 7, 8, 9]


@pytest.mark.slow
def test_an_account_of_digests_is_written_to_when_it_is_named(
    digest: dict[str, Any], open_bot: Any, note: Path, server: MailStandIn
) -> None:
    bot: Humasbot = open_bot(digest)
    people(bot, 1)
    bot.announce(str(note), actor="budi", to=["surel"])
    bot.publish()
    assert len(server.letters) == 1


def test_a_digest_needs_its_time(digest: dict[str, Any], open_bot: Any) -> None:
    del digest["campaigns"]["rangkuman"]["at"]
    with pytest.raises(ConfigError, match="at"):
        open_bot(digest)


# Handoff


@pytest.fixture
def hands(settings: dict[str, Any], tmp_path: Path) -> dict[str, Any]:
    settings["accounts"] = {
        "saluran": {"platform": "handoff", "folder": "paket", "target": "whatsapp-channel"}
    }
    (tmp_path / "paket").mkdir()
    return settings


def packets(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / "paket").iterdir() if not path.name.startswith("."))


def test_a_packet_waits_for_its_proof_and_the_archive_is_whole(
    hands: dict[str, Any], open_bot: Any, note: Path, tmp_path: Path
) -> None:
    bot: Humasbot = open_bot(hands)
    bot.announce(str(note), actor="budi")
    bot.publish()
    row = only(bot, Delivery)
    assert (row.state, row.needs_person) == ("uncertain", True)
    for _ in range(20):
        bot.reconcile()
        bot.publish()
    (packet,) = packets(tmp_path)
    assert json.loads((packet / "paket.json").read_text())["target"] == "whatsapp-channel"
    (packet / PROOF).write_text("https://whatsapp.com/channel/0029Va/7")
    with time_machine.travel(utc_now() + timedelta(hours=4)):
        bot.reconcile()
    assert only(bot, Delivery).state == "sent"
    receipt = only(bot, Receipt)
    assert (receipt.url, receipt.found_by) == ("https://whatsapp.com/channel/0029Va/7", "reconcile")


def test_a_person_tells_the_proof_by_command(
    hands: dict[str, Any], open_bot: Any, note: Path, tmp_path: Path
) -> None:
    bot: Humasbot = open_bot(hands)
    bot.announce(str(note), actor="budi")
    bot.publish()
    row = only(bot, Delivery)
    bot.resolve(row.id, actor="budi", exists="https://whatsapp.com/channel/0029Va/8")
    assert (only(bot, Delivery).state, only(bot, Receipt).found_by) == ("sent", "budi")
    assert len(packets(tmp_path)) == 1


def test_a_person_is_told_of_a_packet_and_once_more_when_it_waits_too_long(
    hands: dict[str, Any], open_bot: Any, note: Path
) -> None:
    bot: Humasbot = open_bot(hands)
    bot.announce(str(note), actor="budi")
    bot.publish()

    def told(hours: int) -> list[str]:
        with time_machine.travel(utc_now() + timedelta(hours=hours)):
            bot.reconcile()
            bot.alerts.send()
            with bot.office.database.read() as session:
                return [alert.text for alert in session.exec(select(Alert).order_by(col(Alert.id))).all()]

    (first,) = told(0)
    assert "menunggu Anda. Serah tangan WhatsApp (Saluran): buka " in first
    assert f"humasbot resolve {only(bot, Delivery).id} --exists TAUTAN" in first
    assert first.count("humasbot resolve") == 1
    _, again = told(4)
    assert "menunggu Anda. PENGINGAT, sudah 240 menit – Serah tangan" in again
    assert len(told(8)) == 2, "one reminder, not one for each look"


@pytest.mark.slow
def test_a_packet_that_a_person_wants_again_is_the_same(
    hands: dict[str, Any], open_bot: Any, note: Path, tmp_path: Path
) -> None:
    bot: Humasbot = open_bot(hands)
    bot.announce(str(note), actor="budi")
    bot.publish()
    row = only(bot, Delivery)
    (packets(tmp_path)[0] / "index.html").unlink()
    bot.resolve(row.id, actor="budi", resend=True)
    bot.publish()
    (packet,) = packets(tmp_path)
    assert (packet / "index.html").is_file()
    assert only(bot, Delivery).state == "uncertain"
