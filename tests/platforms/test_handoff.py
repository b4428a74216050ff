"""Handoff: the suite with a person at hand, the packet as a phone's browser reads it, and the waiting for the proof."""

import json
import os
import re
import time
from datetime import UTC, datetime
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from threading import Lock
from typing import Any, ClassVar

import pytest

from humasbot.content import Outgoing
from humasbot.errors import ConfigError, Uncertain
from humasbot.platforms.handoff import LAID, PROOF, Handoff
from humasbot.platforms.handoff_page import qr_svg
from humasbot.platforms.handoff_targets import TARGETS
from humasbot.platforms.ink import ink_on
from humasbot.qr import modules
from humasbot.testing import Fault, Harness, Notes, PublisherSuite, Seen, When, picture

DUE = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)


class Packet(HTMLParser):
    """The page as a browser reads it."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.text = ""
        self.alts: list[str] = []
        self.links: list[dict[str, str]] = []
        self.outside: list[str] = []
        self._inside = False
        self.source = (folder / "index.html").read_text(encoding="utf-8")
        self.feed(self.source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        self._inside = named.get("id") == "teks" or self._inside
        if tag == "img":
            self.alts.append(named["alt"])
        if "download" in named:
            self.links.append(named)
        for name in ("src", "href"):
            if not named.get(name, "data:").startswith("data:"):
                self.outside.append(named[name])

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "pre"

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.text += data


class Person:
    """Opens each packet, posts what stands there in the app, and pastes the link; or forgets one of these."""

    def __init__(self) -> None:
        self.channel: list[Seen] = []
        self.forgets: list[str] = []
        self.hands = Lock()

    def __call__(self, packet: Path) -> None:
        with self.hands:
            self.work(packet)

    def work(self, packet: Path) -> None:
        if (packet / PROOF).exists():
            return
        forgets = self.forgets.pop() if self.forgets else ""
        if forgets == "everything":
            return
        page = Packet(packet)
        number = len(self.channel) + 1
        url = f"https://whatsapp.com/channel/0029Va/{number}"
        pictures = tuple(sha256((packet / link["download"]).read_bytes()).hexdigest() for link in page.links)
        self.channel.append(Seen(url, page.text.removeprefix("\n"), None, pictures, tuple(page.alts), url))
        if forgets != "the link":
            words = "sudah ya, Bu" if forgets == "what a link is" else f"Ini tautannya: {url}\n"
            (packet / PROOF).write_text(words)


class HandoffHarness(Harness):
    platform = Handoff
    wait = None

    def __init__(self, folder: Path, target: str) -> None:
        folder.mkdir()
        self.folder = folder
        self.settings = {"folder": str(folder), "target": target}
        self.person = Person()

    def publisher(self) -> Handoff:
        made = Handoff.from_settings(self.settings)
        made.handed_over = self.person
        return made

    def posts(self) -> list[Seen]:
        return self.person.channel

    def uploads(self) -> int:
        return 0

    def fault(self, kind: Fault, when: When) -> None:
        forgotten = {
            Fault.ANSWER_LOST_BEFORE_ACCEPT: "everything",
            Fault.ANSWER_LOST_AFTER_ACCEPT: "the link",
            Fault.GARBAGE_AFTER_ACCEPT: "what a link is",
        }
        if kind is Fault.REFUSE_CONNECTION:
            self.folder.rename(self.folder.with_name("jauh"))
            self.folder.write_text("a file where the folder should be")
        else:
            self.person.forgets.append(forgotten[kind])

    def heal(self) -> None:
        self.person.forgets.clear()
        if self.folder.is_file():
            self.folder.unlink()
            self.folder.with_name("jauh").rename(self.folder)


CANNOT = {
    Fault.RATE_LIMIT: "a folder has no quota",
    Fault.AUTH_DEAD: "a folder has no credential",
    Fault.REFUSED: "a folder takes every packet",
    Fault.SERVER_ERROR_AFTER_ACCEPT: "nothing answers with a status",
    "answer_lost_before_accept while looking": "a folder is read without a network",
    "garbage_after_accept while looking": "what is garbage is the proof, met while publishing",
    Fault.CUT_AFTER_ACCEPT: "half of a pasted link is a link, which only a person can tell",
    "test_a_drip_is_not_waited_for": "a file is there or it is not; it does not drip",
    "test_a_redirect_is_not_followed": "a folder leads nowhere",
    "test_find_existing_leaves_old_posts_alone": "a packet is found by the delivery's key, not by time",
}


class TestHandoff(PublisherSuite):
    cannot: ClassVar = CANNOT
    idempotent: ClassVar = True

    @pytest.fixture
    def harness(self, tmp_path: Path) -> HandoffHarness:
        return HandoffHarness(tmp_path / "paket", "whatsapp-channel")


@pytest.mark.slow
class TestHandoffOfPictures(PublisherSuite):
    cannot: ClassVar = CANNOT
    idempotent: ClassVar = True

    @pytest.fixture
    def harness(self, tmp_path: Path) -> HandoffHarness:
        return HandoffHarness(tmp_path / "paket", "instagram-story")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "paket").mkdir()
    return tmp_path / "paket"


def office(folder: Path, target: str = "whatsapp-channel", **more: str) -> Handoff:
    return Handoff.from_settings({"folder": str(folder), "target": target, **more})


def outgoing(**more: Any) -> Outgoing:
    given = {"title": "Loket buka Sabtu & Minggu", "link": "https://contoh.go.id/loket"}
    return Outgoing("kunci", "Loket buka.\n\n<b>Gratis</b> & cepat.", DUE, **{**given, **more})


def laid(folder: Path, made: Handoff, wanted: Outgoing) -> Packet:
    with pytest.raises(Uncertain) as caught:
        made.publish(wanted, Notes())
    assert caught.value.person
    (packet,) = (path for path in folder.iterdir() if path.name != LAID)
    return Packet(packet)


def test_a_packet_is_whole_and_needs_no_network(folder: Path) -> None:
    made = office(folder, web="https://humas.contoh.go.id/paket", place="https://whatsapp.com/channel/0029Va")
    page = laid(folder, made, outgoing(media=(picture(0), picture(1, "image/png"))))
    assert re.fullmatch(r"2026-11-23-loket-buka-sabtu-minggu-[0-9a-f]{10}", page.folder.name), (
        "the day at the office"
    )
    assert sorted(path.name for path in page.folder.iterdir()) == [
        "gambar-1.jpg", "gambar-2.png", "index.html", "paket.json", "qr.svg", "teks.txt",
    ]  # fmt: skip
    assert page.text.removeprefix("\n") == (page.folder / "teks.txt").read_text() == outgoing().text
    assert page.outside == ["https://whatsapp.com/channel/0029Va"], "what the page loads, it holds itself"
    assert [link["download"] for link in page.links] == ["gambar-1.jpg", "gambar-2.png"]
    assert "Senin, 23 November 2026 06.30 WIB" in page.source
    about = json.loads((page.folder / "paket.json").read_text())
    assert (about["target"], about["pictures"][1]["file"]) == ("whatsapp-channel", "gambar-2.png")
    svg = qr_svg(f"https://humas.contoh.go.id/paket/{page.folder.name}/")
    assert svg in page.source
    assert svg == (page.folder / "qr.svg").read_text()


def test_the_qr_has_every_module_and_its_quiet_zone() -> None:
    rows = modules("https://contoh.go.id/p/")
    cells = set(re.findall(r"M(\d+) (\d+)h1v1h-1z", qr_svg("https://contoh.go.id/p/")))
    assert cells == {
        (str(c + 4), str(r + 4)) for r, line in enumerate(rows) for c, dark in enumerate(line) if dark
    }


@pytest.mark.parametrize("target", list(TARGETS))
def test_each_target_has_its_steps_and_size(folder: Path, target: str) -> None:
    made = office(folder, target)
    page = laid(folder, made, outgoing(media=(picture(0),)))
    assert all(step.replace("&", "&amp;") in page.source for step in TARGETS[target].guide())
    assert made.limits.card_size == TARGETS[target].card_size


def test_it_waits_for_a_person_and_finds_the_link(folder: Path) -> None:
    made = office(folder)
    page = laid(folder, made, outgoing())
    with pytest.raises(Uncertain, match=r"bukti\.txt") as caught:
        made.find_existing(outgoing(), DUE)
    assert caught.value.person
    (page.folder / PROOF).write_text("\ufeff https://whatsapp.com/channel/0029Va/12. \n")
    found = made.find_existing(outgoing(), DUE)
    assert found is not None
    assert found.url == "https://whatsapp.com/channel/0029Va/12"
    assert made.publish(outgoing(), Notes()) == found


def test_it_reminds_after_a_while(folder: Path) -> None:
    made = office(folder, remind="30")
    page = laid(folder, made, outgoing())
    before = time.time() - 31 * 60
    os.utime(page.folder / "index.html", (before, before))
    with pytest.raises(Uncertain, match="PENGINGAT, sudah 31 menit"):
        made.find_existing(outgoing(), DUE)


def test_who_posts_it_is_named_to_those_who_are_told_and_in_the_packet(folder: Path) -> None:
    publisher = office(folder, person="Siti <Humas>")
    with pytest.raises(Uncertain, match=r"Serah tangan WhatsApp \(Saluran\), Siti <Humas>: buka "):
        publisher.publish(outgoing(), Notes())
    page = next(folder.glob("2*/index.html")).read_text()
    assert "<p>Petugas: Siti &lt;Humas&gt;</p>" in page


def test_a_packet_that_is_gone_was_not_never_there(folder: Path) -> None:
    made = office(folder)
    page = laid(folder, made, outgoing())
    page.folder.rename(folder.parent / "arsip")
    with pytest.raises(Uncertain, match="sudah diterbitkan"):
        made.find_existing(outgoing(), DUE)


def test_a_crash_before_the_packet_lies_there_leaves_nothing_to_post(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(self: Path, target: Path) -> None:
        raise KeyboardInterrupt

    made = office(folder)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", dies)
        with pytest.raises(KeyboardInterrupt):
            made.publish(outgoing(), Notes())
    assert made.find_existing(outgoing(), DUE) is None
    assert [path.name for path in folder.iterdir()] == [LAID]
    laid(folder, made, outgoing())


def test_what_is_said_cannot_become_markup(folder: Path) -> None:
    evil = outgoing(title="</title><script>alert(1)</script>", media=(picture(0),))
    page = laid(folder, office(folder, agency='"><img src=x>'), evil)
    assert page.source.count("<script>") == 1
    assert "script-src 'sha256-" in page.source
    assert "<img src=x>" not in page.source


@pytest.mark.parametrize(
    ("colour", "ink"), [("#0B3D91", "#ffffff"), ("#F2B705", "#111111"), ("#777777", "#111111")]
)
def test_ink_is_what_reads_better(colour: str, ink: str) -> None:
    assert ink_on(colour) == ink


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"target": "koran"}, "target"),
        ({"web": "ftp://x"}, "web"),
        ({"web": "https://contoh.go.id/" + "a" * 130}, "web"),
        ({"place": "javascript:alert(1)"}, "place"),
        ({"remind": "nanti"}, "remind"),
        ({"colour": "biru"}, "colour"),
        ({"zone": "Jakarta"}, "zone"),
    ],
)
def test_a_wrong_setting_is_named(folder: Path, change: dict[str, str], where: str) -> None:
    with pytest.raises(ConfigError) as caught:
        office(folder, **change)
    assert [problem.where for problem in caught.value.problems] == [where]
