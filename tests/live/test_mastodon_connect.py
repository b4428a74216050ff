"""Connecting to mastodon-mock: its own registration, its own page of consent, its own token; then a post with it."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from servers.base import _http
from servers.mastodon import MastodonMock

from humasbot.app import Humasbot
from humasbot.connecting.lines import add_account
from humasbot.connecting.loopback import Loopback
from humasbot.keyring import Whose, new_key
from humasbot.net import Http

pytestmark = pytest.mark.real
CONFIG = """
[humasbot]
secret_key = { file = "kunci" }
settle = "0s"

[agency]
name = "Dinas Kominfo Kota Contoh"
"""


class Person:
    """Picks the account on the page of consent, as a browser would, and is led back to our door."""

    def __init__(self, server: str) -> None:
        self.server = server

    def say(self, line: str) -> None:
        pass

    def ask(self, question: str, *, hidden: bool = False, default: str = "", needed: bool = True) -> str:
        return self.server

    def choose(self, question: str, options: Sequence[str]) -> int:
        return 0

    def open(self, address: str, listener: Loopback | None) -> str:
        assert listener is not None
        page = Http().request("GET", address)
        assert page.status == 200
        name = re.search(rb'name="username" value="([^"]+)"', page.body)
        assert name
        form = {key: values[0] for key, values in parse_qs(urlsplit(address).query).items()}
        reply = _http.request(
            "POST", f"{self.server}/oauth/authorize", fields={**form, "username": name[1].decode()},
            encode_multipart=False, redirect=False,
        )  # fmt: skip
        assert reply.status == 302
        assert Http().request("GET", reply.headers["Location"]).status == 200
        return listener.wait(5)


@pytest.fixture
def bot(tmp_path: Path, mastodon: MastodonMock) -> Iterator[Humasbot]:
    (tmp_path / "kunci").write_text(new_key())
    (tmp_path / "humasbot.toml").write_text(CONFIG)
    with Humasbot(tmp_path / "humasbot.toml") as bot:
        yield bot


def test_connect_then_say_something(bot: Humasbot, mastodon: MastodonMock, tmp_path: Path) -> None:
    mastodon.reset()
    done = bot.connect("mastodon", Person(mastodon.url), account="masto")
    assert done.named.endswith(f"@{urlsplit(mastodon.url).netloc}")
    token = bot.office.keyring.fetch(Whose("masto"))["token"].value
    assert token != mastodon.token
    assert add_account(tmp_path / "humasbot.toml", "masto", done.lines)
    note = tmp_path / "kabar.md"
    note.write_text("# Layanan KTP buka Sabtu\n\nPerekaman KTP dilayani Sabtu pukul 08.00 WIB.\n")
    with Humasbot(tmp_path / "humasbot.toml") as again:
        again.announce(str(note), actor="t")
        assert again.publish() == 1
        with again.office.database.read() as session:
            assert (
                session.connection().exec_driver_sql("SELECT state FROM humasbot_delivery").scalar() == "sent"
            )
    written = b"".join(path.read_bytes() for path in tmp_path.glob("humasbot.db*"))
    assert token.encode() not in written
