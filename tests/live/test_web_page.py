"""The web page as Chromium shows it, on a phone and on a desk, served as it is by the command."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from servers.chromium import Chromium

from humasbot.app import Humasbot
from humasbot.models import utc_now
from humasbot.net import Http

OFFICE = """
[agency]
name = "Pemerintah Kabupaten Contoh Sekali yang Namanya Panjang"
website = "https://contoh.go.id"
[web]
address = "http://127.0.0.1:{port}"
listen = "127.0.0.1:{port}"
[accounts.papan]
platform = "board"
folder = "public"
base_url = "https://papan.contoh.go.id"
[accounts.papan-kedua]
platform = "board"
folder = "kedua"
base_url = "https://kedua.contoh.go.id"
[campaigns.pagi]
occasion = "daily"
at = "00:00"
late = "send"
"""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Humasbot, str]]:
    """An office with a greeting and its card that waits, and the page of it by ``humasbot web serve``."""
    with contextlib.closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (tmp_path / "humasbot.toml").write_text(OFFICE.format(port=port))
    with Humasbot(tmp_path / "humasbot.toml") as bot:
        assert bot.speak("pagi", utc_now().astimezone(bot.config.zone).date())
        server = subprocess.Popen(
            [sys.executable, "-m", "humasbot", "web", "serve"], cwd=tmp_path, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
        try:
            assert server.stdout is not None
            assert f"http://127.0.0.1:{port}" in server.stdout.readline()
            _until_it_answers(port)
            yield bot, f"http://127.0.0.1:{port}"
        finally:
            server.send_signal(signal.SIGTERM)
            assert server.wait(20) in (0, -signal.SIGTERM)


def _until_it_answers(port: int) -> None:
    http = Http()
    for _ in range(100):
        with contextlib.suppress(Exception):
            if http.request("GET", f"http://127.0.0.1:{port}/ikon.svg").status == 200:
                return
        time.sleep(0.05)
    raise AssertionError("the page does not answer")


def faults_of(page: Any) -> dict[str, Any]:
    """What a thumb or an eye would stumble over: too wide, too small, pictures that did not come."""
    wide: int = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    small: list[Any] = page.evaluate(
        "[...document.querySelectorAll('button,a,summary,label.centang,input:not([type=hidden]):not([type=checkbox])')]"
        ".filter(e => e.getClientRects().length).map(e => [e.textContent.trim() || e.name,"
        " e.getBoundingClientRect().height]).filter(([w, h]) => h < 44)"
    )
    page.evaluate("document.querySelectorAll('img').forEach(i => i.loading = 'eager')")
    # By a promise, since the page's own policy forbids what Playwright would wait with.
    page.evaluate("Promise.all([...document.images].map(i => i.decode().catch(() => 0)))")
    broken: int = page.evaluate("[...document.images].filter(i => !i.naturalWidth).length")
    found = {"wide": max(wide, 0), "small": small, "broken": broken}
    return {name: fault for name, fault in found.items() if fault}


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 900)])
def test_she_approves_between_two_meetings(
    chromium: Chromium, served: tuple[Humasbot, str], width: int, height: int, tmp_path: Path
) -> None:
    bot, address = served
    link = f"{address}/masuk/{bot.staff.invite('Ibu Kadis', role='admin', actor='uji')}"
    with chromium.page(width, height) as page:
        told: list[str] = []
        page.on("console", lambda message: told.append(message.text))
        page.on("pageerror", lambda error: told.append(str(error)))
        page.goto(link)
        assert faults_of(page) == {}
        page.click("text=Masuk di perangkat ini")
        assert faults_of(page) == {}
        page.click("a.kartu")
        assert faults_of(page) == {}
        text: str = page.inner_text(".teks")
        assert text == bot.views.post(1)["variants"][0]["text"]
        page.screenshot(path=tmp_path / "kiriman.png")
        page.click("text=Setujui (2 akun)")
        assert "Disetujui. 2 pengiriman masuk antrean." in page.inner_text("main")
        for path in ("/keputusan", "/hari-ini", "/rem", "/rem/berkabung", "/orang", "/kiriman/1"):
            page.goto(address + path)
            assert faults_of(page) == {}, path
        page.goto(f"{address}/rem")
        page.fill("#alasan", "latihan")
        page.click("text=Bekukan sekarang")
        assert re.search("Dibekukan.*Ibu Kadis.*latihan", page.inner_text("main"), re.DOTALL)
        cookies = page.context.cookies()
    assert told == [], "no script or style was refused"
    assert [(one["httpOnly"], one["sameSite"]) for one in cookies] == [(True, "Strict")]
    states = {row["state"] for row in bot.views.deliveries()}
    assert states == {"queued"}
    assert {bot.views.delivery(1)["approvals"][0]["actor"]} == {"Ibu Kadis"}
    assert [row["actor"] for row in bot.freezes()] == ["Ibu Kadis"]


def test_without_a_session_a_browser_sees_only_the_way_in(
    chromium: Chromium, served: tuple[Humasbot, str]
) -> None:
    with chromium.page(390, 844) as page:
        page.goto(f"{served[1]}/kiriman/1")
        assert "Buka tautan undangan" in page.inner_text("main")
        assert faults_of(page) == {}
