"""`humasbot connect` and `humasbot secrets` as an admin meets them: processes, a terminal, files."""
# ruff: noqa: F811

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from commanding import Run, call  # noqa: F401
from promised import until

from humasbot.app import Humasbot
from humasbot.keyring import Whose, key_id, new_key
from humasbot.net import Http
from humasbot.pipeline.keeping import rotate
from humasbot.testing.standin_oauth import StandInOAuth

CONFIG = """
[humasbot]
secret_key = { file = "kunci" }

[agency]
name = "Dinas Kominfo Kota Contoh"
"""
TOKEN = "token-yang-tidak-boleh-terlihat"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "humasbot.toml").write_text(CONFIG)
    return tmp_path


@pytest.fixture
def server() -> Iterator[StandInOAuth]:
    with StandInOAuth() as server:
        server.rules.expires_in, server.rules.refresh = None, False
        yield server


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch, call: Run) -> Run:
    """The command, in the folder."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "200")
    for name in (
        "HUMASBOT_SECRET_KEY",
        "LAIN",
    ):  # set first, so that whatever a command puts there is taken back
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    return call


def keys(folder: Path) -> list[str]:
    return (folder / "kunci").read_text().split()


def test_a_key_in_a_file_then_a_secret_then_a_rotation(folder: Path, run: Run) -> None:
    made = run("secrets", "key")
    assert made.returncode == 0, made.stderr
    assert (folder / "kunci").stat().st_mode & 0o777 == 0o600
    (key,) = keys(folder)
    assert key not in made.stdout + made.stderr
    again = run("secrets", "key")
    assert (again.returncode, "sudah ada kunci" in again.stderr) == (1, True)
    assert keys(folder) == [key]

    stored = run("secrets", "set", "kanal", "token", stdin=f"{TOKEN}\n")
    assert "token = { stored = true }" in stored.stdout
    turned = run("secrets", "rotate")
    assert "1 rahasia kini memakai kunci baru" in turned.stdout
    new, old = keys(folder)
    assert (old, new != key) == (key, True)
    shown = run("secrets", "list", "--json")
    (row,) = json.loads(shown.stdout)
    assert (row["account"], row["name"], row["key_id"]) == ("kanal", "token", key_id(new))
    said = "".join(one.stdout + one.stderr for one in (made, again, stored, turned, shown))
    assert TOKEN not in said
    assert not any(one in said for one in (key, new))

    gone = run("secrets", "forget", "kanal", "--yes")
    assert "1 rahasia dihapus" in gone.stdout


def test_a_key_in_the_environment_is_made_in_env_and_turned_by_hand(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "humasbot.toml").write_text('[agency]\nname = "Dinas"\n')
    (folder / ".env").write_text("LAIN=1\nHUMASBOT_SECRET_KEY=\n")
    assert run("secrets", "key").returncode == 0
    other, line = (folder / ".env").read_text().splitlines()
    assert other == "LAIN=1"
    old = line.removeprefix("HUMASBOT_SECRET_KEY=")
    monkeypatch.delenv("HUMASBOT_SECRET_KEY")
    assert (folder / ".env").stat().st_mode & 0o777 == 0o600
    run("secrets", "set", "kanal", "token", stdin=TOKEN)
    refused = run("secrets", "rotate")
    assert (refused.returncode, "HUMASBOT_SECRET_KEY=BARU,LAMA" in refused.stderr) == (1, True)
    new = run("secrets", "key", "--print").stdout.strip()
    turned = run("secrets", "rotate", HUMASBOT_SECRET_KEY=f"{new},{old}")
    assert "1 rahasia kini" in turned.stdout
    assert run("secrets", "list", HUMASBOT_SECRET_KEY=new).returncode == 0


@pytest.mark.parametrize(("name", "value"), [("token", ""), ("token", "   "), ("BUKAN NAMA", "x")])
def test_what_cannot_be_stored_is_one_clear_sentence(folder: Path, run: Run, name: str, value: str) -> None:
    (folder / "kunci").write_text(new_key())
    account = "kanal" if name == "token" else name
    done = run("secrets", "set", account, "token", stdin=value)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


def test_connect_without_a_key_says_how_to_get_one(run: Run, server: StandInOAuth) -> None:
    done = run("connect", "mastodon", stdin=f"{server.url}\n")
    assert done.returncode == 1
    assert done.stderr.strip().endswith("buat dengan: humasbot secrets key")


def answered(server: StandInOAuth, screen: str) -> str:
    """What the browser is led to when the person agrees."""
    address = re.search(rf"{server.url}/oauth/authorize\S+", screen)
    assert address, screen
    return Http().request("GET", address[0]).headers["location"]


class Screen:
    """The command at a real terminal."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.process, self.master = pty.fork()
        if self.process == 0:
            os.chdir(folder)
            os.environ["TERM"] = "dumb"
            os.execv(sys.executable, [sys.executable, "-m", "humasbot", *arguments])
        self.text = ""

    def shows(self, words: str) -> bool:
        while select.select([self.master], [], [], 0)[0]:
            try:
                self.text += os.read(self.master, 65536).decode(errors="replace").replace("\r\n", "\n")
            except OSError:  # the other end is closed
                break
        return words in self.text

    def type(self, line: str) -> None:
        os.write(self.master, f"{line}\n".encode())

    def close(self) -> None:
        try:
            os.kill(self.process, signal.SIGKILL)
            os.waitpid(self.process, 0)
        except (ProcessLookupError, ChildProcessError):
            pass
        os.close(self.master)


@pytest.mark.slow
@pytest.mark.parametrize("way", ["the door", "pasted"])
def test_connect_at_a_terminal(folder: Path, server: StandInOAuth, way: str) -> None:
    """The redirect arrives at our door by itself; from another computer's browser it is pasted."""
    (folder / "kunci").write_text(new_key())
    with closing(Screen(folder, "connect", "mastodon", "--account", "masto", "--write")) as screen:
        until(lambda: screen.shows("Alamat server"))
        screen.type(server.url)
        until(lambda: screen.shows("Tempel alamat lengkap"))
        found = answered(server, screen.text)
        if way == "the door":
            assert Http().request("GET", found).status == 200
        else:
            screen.type("https://salah.example/")
            until(lambda: screen.shows("tempel alamat lengkap yang dimulai dengan http://127.0.0.1"))
            screen.type(found)
        until(lambda: screen.shows("[accounts.masto]"))
        until(lambda: screen.shows("token = { stored = true }"))
        assert "Akun masto terhubung: @diskominfo@127.0.0.1" in screen.text
        assert not any(token in screen.text for token in server.access)
    with Humasbot(folder / "humasbot.toml") as bot:
        assert bot.config.accounts["masto"].settings["server"] == server.url
        assert bot.office.keyring.fetch(Whose("masto"))["token"].value in server.access


@pytest.mark.slow
def test_connect_behind_a_pipe(folder: Path, server: StandInOAuth) -> None:
    (folder / "kunci").write_text(new_key())
    command = [sys.executable, "-m", "humasbot", "connect", "mastodon"]
    process = subprocess.Popen(
        command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{server.url}\n".encode())
    process.stdin.flush()
    screen = b""
    end = time.monotonic() + 60
    while b"code_challenge_method=S256" not in screen and time.monotonic() < end:
        screen += os.read(process.stdout.fileno(), 65536)
    out, err = process.communicate(f"{answered(server, screen.decode())}\n".encode(), timeout=60)
    assert process.returncode == 0, err
    assert "Tambahkan ke humasbot.toml:" in out.decode()
    assert "[accounts" not in (folder / "humasbot.toml").read_text()


def test_nobody_answers(folder: Path, run: Run) -> None:
    (folder / "kunci").write_text(new_key())
    done = run("connect", "telegram", stdin="")
    assert done.returncode in (1, 130)
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_rotation_killed_at_any_moment_loses_nothing(folder: Path) -> None:
    (folder / "kunci").write_text(new_key())
    values: dict[str, str] = {}
    with Humasbot(folder / "humasbot.toml") as bot:
        for number in range(60):
            values[f"akun-{number}"] = f"{TOKEN}-{number}"
            bot.keep(f"akun-{number}", "token", values[f"akun-{number}"])
        for turn in range(12):
            process = subprocess.Popen(
                [sys.executable, "-m", "humasbot", "secrets", "rotate"], cwd=folder,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            time.sleep(0.4 + turn * 0.12)
            process.kill()
            process.wait()
            found: dict[str, Any] = {
                name: bot.office.keyring.fetch(Whose(name))["token"].value for name in values
            }
            assert found == values
        rotate(bot.office)
        (folder / "kunci").write_text(keys(folder)[0])
        assert bot.office.keyring.fetch(Whose("akun-59"))["token"].value == values["akun-59"]
