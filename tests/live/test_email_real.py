"""E-mail on maildev, a real mail server: lists through SIGKILL, double opt-in, and the letter as a phone shows it."""

import multiprocessing
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from killed_mail import die_behind
from servers.chromium import Chromium
from servers.mailbox import Mailbox

from humasbot.app import Humasbot
from humasbot.cli import cli
from humasbot.content import Addressee, Outgoing
from humasbot.models import Delivery, utc_now
from humasbot.platforms.email import Email
from humasbot.subscribers import vouch
from humasbot.testing import Notes, picture
from humasbot.testing.people import People

CONFIG = """
[humasbot]
settle = "0s"

[agency]
name = "Dinas Kominfo Kota Tirta Asri"
sign_off = "— Diskominfo"

[accounts.surel]
platform = "email"
host = "127.0.0.1"
port = "{port}"
security = "none"
sender = "humas@tirtaasri.go.id"
contact = "Jl. Merdeka 1, Tirta Asri"
web = "https://langganan.tirtaasri.go.id"
"""
AMOUNT = 30


@pytest.fixture
def folder(tmp_path: Path, mailbox: Mailbox) -> Path:
    (tmp_path / "humasbot.toml").write_text(CONFIG.format(port=mailbox.smtp_port))
    (tmp_path / "kabar.md").write_text("# Loket Sabtu\n\nPerekaman KTP dilayani pada Sabtu pukul 08.00.\n")
    return tmp_path


@pytest.fixture
def bot(folder: Path) -> Iterator[Humasbot]:
    with Humasbot(folder / "humasbot.toml") as opened:
        yield opened


def subscribed(bot: Humasbot, amount: int) -> None:
    for n in range(amount):
        vouch(
            bot.office.register,
            "email",
            f"warga{n}@contoh.id",
            at=utc_now(),
            how="formulir",
            evidence=f"map {n}",
        )


def state(bot: Humasbot, number: int) -> tuple[str, bool]:
    with bot.office.database.read() as session:
        row = session.get_one(Delivery, number)
        return row.state, row.needs_person


def command(folder: Path, *words: str) -> str:
    done = CliRunner().invoke(
        cli, ["-c", str(folder / "humasbot.toml"), *words], obj={}, catch_exceptions=False
    )
    assert done.exit_code == 0, done.output
    return done.output


def taken(mailbox: Mailbox) -> Counter[str]:
    return Counter(letter["to"][0]["address"] for letter in mailbox.letters())


def test_a_list_gets_an_announcement_once(bot: Humasbot, folder: Path, mailbox: Mailbox) -> None:
    subscribed(bot, 5)
    (standing,) = bot.announce(str(folder / "kabar.md"), actor="budi")
    bot.publish()
    assert state(bot, standing.delivery_id or 0) == ("sent", False)
    assert taken(mailbox) == {f"warga{n}@contoh.id": 1 for n in range(5)}
    letter = mailbox.letters()[0]
    assert letter["subject"] == "Loket Sabtu"
    assert "Perekaman KTP dilayani" in letter["text"]
    (card,) = letter["attachments"]
    assert f"Content-ID: <{card['contentId']}>" in mailbox.source(letter["id"]).decode()
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in mailbox.source(letter["id"])


@pytest.mark.parametrize("number", [1, 7, AMOUNT])
def test_killed_between_yes_and_line_nobody_gets_it_twice(
    bot: Humasbot, folder: Path, mailbox: Mailbox, number: int
) -> None:
    subscribed(bot, AMOUNT)
    (standing,) = bot.announce(str(folder / "kabar.md"), actor="budi")
    child = multiprocessing.get_context("spawn").Process(target=die_behind, args=(str(folder), number))
    child.start()
    child.join(60)
    assert child.exitcode == -9
    assert sum(taken(mailbox).values()) == number
    delivery = standing.delivery_id or 0
    bot.reconcile()
    if number < AMOUNT:
        assert state(bot, delivery)[0] == "queued", (
            "others are to come, and nobody of them has it: it goes on"
        )
        bot.publish()
    assert state(bot, delivery) == ("uncertain", True)
    for _ in range(3):
        bot.reconcile()
        bot.publish()
    assert taken(mailbox) == {f"warga{n}@contoh.id": 1 for n in range(AMOUNT)}
    told = command(folder, "subscribers", "results", str(delivery), "--taken", "--json")
    assert told.count('"state": "sent"') == AMOUNT
    assert state(bot, delivery) == ("sent", False)


def test_a_person_may_have_the_one_in_doubt_written_to_again(
    bot: Humasbot, folder: Path, mailbox: Mailbox
) -> None:
    subscribed(bot, 3)
    (standing,) = bot.announce(str(folder / "kabar.md"), actor="budi")
    child = multiprocessing.get_context("spawn").Process(target=die_behind, args=(str(folder), 3))
    child.start()
    child.join(60)
    bot.reconcile()
    command(folder, "subscribers", "results", str(standing.delivery_id), "--again")
    bot.publish()
    assert state(bot, standing.delivery_id or 0) == ("sent", False)
    assert taken(mailbox)["warga2@contoh.id"] == 2, "as a person decided"
    ids = [re.search(rb"Message-ID: (\S+)", mailbox.source(letter["id"])) for letter in mailbox.letters()]
    assert len({found[1] for found in ids if found}) == 3, "the same letter, by its Message-ID"


def test_double_opt_in_by_real_letters(bot: Humasbot, folder: Path, mailbox: Mailbox) -> None:
    command(folder, "subscribers", "add", "baru@contoh.id", "--how", "formulir web")
    (letter,) = mailbox.letters()
    found = re.search(r"https://langganan\.tirtaasri\.go\.id/konfirmasi/(\S+)", letter["text"])
    assert found
    assert '"state": "active"' in command(folder, "subscribers", "confirm", found[1], "--json")


def test_a_letter_as_it_is_shown(chromium: Chromium, mailbox: Mailbox, tmp_path: Path) -> None:
    settings = {
        "host": "127.0.0.1",
        "port": str(mailbox.smtp_port),
        "security": "none",
        "sender": "humas@contoh.go.id",
    }
    settings |= {"contact": "Jl. Merdeka 1", "web": "https://langganan.contoh.go.id", "agency": "Diskominfo"}
    made = Email.from_settings(settings)
    made.directory = People(Addressee(1, "a@contoh.id", "Ani", "1-a"))
    text = "Loket buka Sabtu.\n\nhttps://contoh.go.id/loket"
    wanted = Outgoing("k", text, datetime.now(UTC), "Loket buka", media=(picture(0), picture(1)))
    made.publish(wanted, Notes())
    letter = mailbox.letters()[0]
    with chromium.page(390, 844) as page:
        page.goto(f"{mailbox.url}/email/{letter['id']}/html")
        shown: list[Any] = page.evaluate(
            "[...document.images].map(i => [i.complete && i.naturalWidth, i.alt, i.getBoundingClientRect().width])"
        )
        wide: int = page.evaluate("document.documentElement.scrollWidth")
        page.screenshot(path=tmp_path / "surat.png", full_page=True)
    assert [(width, alt) for width, alt, _ in shown] == [(640, media.alt) for media in wanted.media]
    assert all(200 < drawn <= 390 for _, _, drawn in shown)
    assert wide <= 390, "nothing has to be moved sideways on a phone"
