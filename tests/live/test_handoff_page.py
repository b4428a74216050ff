"""The packet of a handoff as Chromium shows it at the width of a phone, and as a person uses it."""

from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from servers.chromium import Chromium

from humasbot.content import Outgoing
from humasbot.errors import Uncertain
from humasbot.platforms.handoff import Handoff
from humasbot.platforms.handoff_targets import TARGETS
from humasbot.testing import Notes, picture

TEXT = "Loket “Dukcapil” buka & gratis <b>Sabtu</b> 🇮🇩\n\n" + "https://contoh.go.id/" + "a" * 90
MEDIA = (picture(0), picture(1, "image/png", (1080, 1920)))


@pytest.fixture(params=list(TARGETS))
def packet(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    (tmp_path / "paket").mkdir()
    settings = {"folder": str(tmp_path / "paket"), "target": str(request.param)}
    settings |= {"web": "https://humas.contoh.go.id/paket", "place": "https://contoh.go.id/saluran"}
    wanted = Outgoing("k", TEXT, datetime.now(UTC), "Loket buka Sabtu", "", MEDIA)
    with pytest.raises(Uncertain):
        Handoff.from_settings(settings).publish(wanted, Notes())
    (found,) = (tmp_path / "paket").glob("2*/index.html")
    return found


def test_it_serves_a_thumb(chromium: Chromium, packet: Path, tmp_path: Path) -> None:
    with chromium.page(360, 740) as page:
        told: list[str] = []
        page.on("console", lambda message: told.append(message.text))
        page.on("pageerror", lambda error: told.append(str(error)))
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.goto(packet.as_uri())
        wide: int = page.evaluate("document.documentElement.scrollWidth")
        small: list[Any] = page.evaluate(
            "[...document.querySelectorAll('button:not([hidden]),a,label')]"
            ".map(e => [e.textContent, e.getBoundingClientRect().height]).filter(([w, h]) => h < 44)"
        )
        loaded: list[bool] = page.evaluate("[...document.images].map(i => i.complete && i.naturalWidth > 0)")
        page.click("[data-copy=teks]")
        copied: str = page.evaluate("navigator.clipboard.readText()")
        page.click("[data-copy=alt1]")
        alt: str = page.evaluate("navigator.clipboard.readText()")
        with page.expect_download() as download:
            page.click("a[download] >> nth=1")
        saved = download.value.path().read_bytes()
        qr: bool = page.is_visible("svg")
        page.screenshot(path=tmp_path / "paket.png", full_page=True)
    assert told == [], "no script or style was refused"
    assert wide <= 360, "nothing has to be moved sideways"
    assert small == [], "everything to be touched is at least 44 pixels high"
    assert loaded == [True, True]
    assert copied == TEXT
    assert alt == MEDIA[1].alt
    assert (download.value.suggested_filename, sha256(saved).hexdigest()) == ("gambar-2.png", MEDIA[1].digest)
    assert not qr, "on the phone itself the code is of no use"


def test_it_shows_the_code_on_a_desk(chromium: Chromium, packet: Path) -> None:
    with chromium.page(1200, 800) as page:
        page.goto(packet.as_uri())
        assert page.is_visible("svg")


def test_an_old_browser_copies_too(chromium: Chromium, packet: Path) -> None:
    with chromium.page(360, 740) as page:
        page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
        page.goto(packet.as_uri())
        page.click("[data-copy=teks]")
        page.wait_for_function("document.querySelector('[data-copy=teks]').textContent.includes('✓')")
        shown: str = page.inner_text("#teks")
    assert shown == TEXT
