"""The main job on real servers: a WordPress post becomes a Bluesky post, once, whatever is killed on the way."""

import multiprocessing
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from killed import publish_once
from PIL import Image, ImageDraw
from relay import Relay
from servers.pds import Pds, PdsAccount
from servers.wordpress import WordPress

from humasbot.app import Humasbot
from humasbot.testing.standin import Reply, Request

CONFIG = """
[humasbot]
allow_hosts = ["127.0.0.1"]
settle = "1s"

[agency]
name = "Dinas Kominfo Kota Tirta Asri"
short = "Diskominfo"
sign_off = "— Diskominfo Tirta Asri"

[sources.situs]
kind = "wordpress"
url = "{site}"

[accounts.bluesky]
platform = "bluesky"
service = "{service}"
handle = "{handle}"
app_password = {{ file = "sandi" }}

[campaigns.berita]
occasion = "article"
source = "situs"
template = "announcement"
card = "announcement"
approval = "policy"
"""
HTML = "<p>Pompa Kali Asri dinyalakan sejak pukul 05.00 WIB &amp; genangan surut. Warga diminta tetap waspada.</p>"


def photo() -> bytes:
    image = Image.new("RGB", (1600, 1000), "#5b8fb9")
    ImageDraw.Draw(image).rectangle((0, 620, 1600, 1000), fill="#2f5d3a")
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


@pytest.fixture
def account(pds: Pds) -> PdsAccount:
    return pds.create_account(f"dinas{time.monotonic_ns() % 10**9}")


@pytest.fixture
def office(tmp_path: Path, account: PdsAccount, pds: Pds, wordpress: WordPress) -> Iterator[Humasbot]:
    with open_office(tmp_path, account, pds.url, wordpress.url) as bot:
        yield bot


def open_office(folder: Path, account: PdsAccount, service: str, site: str) -> Humasbot:
    text = CONFIG.format(site=site, service=service, handle=account.handle)
    (folder / "humasbot.toml").write_text(text)
    (folder / "sandi").write_text(account.app_password)
    return Humasbot(folder / "humasbot.toml")


def test_announced_page_reaches_bluesky_byte_for_byte(
    office: Humasbot, account: PdsAccount, pds: Pds, wordpress: WordPress
) -> None:
    page = wordpress.create_post(
        "Pompa banjir Kali Asri beroperasi &amp; siaga 🚒", HTML, image=photo(), alt="Pompa di tepi kali",
        categories=["Berita"],
    )  # fmt: skip
    (stand,) = office.announce(page["link"], actor="budi")
    office.publish()
    (record,) = pds.posts(account.did)
    value, approved = record["value"], office.views.delivery(stand.delivery_id or 0)
    assert value["text"] == approved["text"]
    assert value["text"].startswith("Pompa banjir Kali Asri beroperasi & siaga 🚒")
    facets = [(f["index"]["byteStart"], f["index"]["byteEnd"], f["features"][0]) for f in value["facets"]]
    links = [
        (value["text"].encode()[a:b].decode(), feature["uri"]) for a, b, feature in facets if "uri" in feature
    ]
    assert links == [(page["link"], page["link"])]
    (picture,) = value["embed"]["images"]
    assert picture["alt"] == approved["media"][0]["alt"]
    sent = pds.blob(account.did, picture["image"]["ref"]["$link"])
    assert sent == office.office.media.get(approved["media"][0]["digest"])
    assert approved["url"].endswith(record["uri"].rpartition("/")[2])


def test_announced_twice_stands_once(
    office: Humasbot, account: PdsAccount, pds: Pds, wordpress: WordPress
) -> None:
    page = wordpress.create_post("Jadwal vaksinasi rabies gratis", HTML)
    office.announce(page["link"], actor="budi")
    office.publish()
    (stand,) = office.announce(page["link"], actor="budi")
    office.publish()
    assert stand.state == "sent"
    assert len(pds.posts(account.did)) == 1


def test_campaign_walks_from_the_website_by_itself(
    office: Humasbot, account: PdsAccount, pds: Pds, wordpress: WordPress
) -> None:
    page = wordpress.create_post("Perbaikan pipa PDAM wilayah utara", HTML)
    old = wordpress.create_post(
        "Arsip lama dari tahun lalu", HTML, date_gmt=datetime(2025, 1, 5, 2, tzinfo=UTC)
    )
    assert office.ingest() >= 1
    office.plan()
    office.publish()
    texts = [record["value"]["text"] for record in pds.posts(account.did)]
    assert sum(page["link"] in text for text in texts) == 1
    assert not any(old["link"] in text for text in texts)
    (stand,) = office.announce(page["link"], actor="budi")
    assert stand.state == "sent"


def test_the_command_from_outside(
    tmp_path: Path, account: PdsAccount, pds: Pds, wordpress: WordPress
) -> None:
    page = wordpress.create_post("Pemadaman listrik terencana Minggu", HTML)
    open_office(tmp_path, account, pds.url, wordpress.url).close()
    command = [sys.executable, "-m", "humasbot", "announce", page["link"], "--yes"]
    for words in ("terkirim", "Sudah pernah diumumkan"):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert words in done.stdout
        assert account.app_password not in done.stdout + done.stderr
    assert len(pds.posts(account.did)) == 1


class Window(Relay):
    """Says when the real server has accepted a post, and keeps its answer back for a moment."""

    def __init__(self, upstream: str, chance: random.Random) -> None:
        super().__init__(upstream)
        self.accepted = threading.Event()
        self.chance = chance

    def handle(self, request: Request) -> Reply:
        reply = super().handle(request)
        if request.at("POST", r".*/com\.atproto\.repo\.putRecord") and reply.status == 200:
            self.accepted.set()
            time.sleep(self.chance.uniform(0, 0.05))
        return reply


@pytest.mark.parametrize("moment", ["after acceptance", "anywhere"])
def test_killed_fifty_times_stands_once_each_time(
    tmp_path: Path, account: PdsAccount, pds: Pds, wordpress: WordPress, moment: str
) -> None:
    """50 kills between the server's acceptance and our write, and 15 at any time of the run."""
    chance = random.Random(20261122)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["killed", "humasbot.platforms.bluesky", "trafilatura"])
    cut, usual = 0, 0.0
    rounds = 51 if moment == "after acceptance" else 16
    with Window(pds.url, chance) as window, open_office(tmp_path, account, window.url, wordpress.url) as bot:
        for number in range(rounds):
            note = tmp_path / f"kabar{number}.md"
            note.write_text(
                f"# Kabar nomor {number} untuk warga\n\nIsi kabar nomor {number}, mohon dibaca.\n"
            )
            (stand,) = bot.announce(str(note), actor="budi")
            window.accepted.clear()
            child = context.Process(target=publish_once, args=(str(tmp_path),))
            began = time.monotonic()
            child.start()
            if number == 0:
                # The first one runs to its end and tells how long the others have.
                child.join()
                usual = time.monotonic() - began
            elif moment == "after acceptance":
                assert window.accepted.wait(30)
                time.sleep(chance.uniform(0, 0.06))
            else:
                child.join(timeout=chance.uniform(0, usual))
            child.kill()
            child.join()
            cut += _state(bot, stand.delivery_id) == "sending"
            _settle(bot, stand.delivery_id)
            assert len(pds.posts(account.did)) == number + 1
    texts = [record["value"]["text"].splitlines()[0] for record in pds.posts(account.did)]
    assert sorted(texts) == sorted(f"Kabar nomor {n} untuk warga" for n in range(rounds))
    assert cut > 0, "no kill fell between the claim and the receipt"


def _state(bot: Humasbot, number: int | None) -> Any:
    return bot.views.delivery(number or 0)["state"]


def _settle(bot: Humasbot, number: int | None) -> None:
    """What a restarted daemon does, until it is done."""
    end = time.monotonic() + 180
    while _state(bot, number) != "sent":
        assert time.monotonic() < end, bot.views.delivery(number or 0)
        bot.publish()
        bot.reconcile()
