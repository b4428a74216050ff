"""The commands of the web page, and what the command says where two people must say yes."""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from click.testing import CliRunner

from humasbot.app import Humasbot
from humasbot.cli import cli
from humasbot.errors import ConfigError, InputError, NotFoundError

OFFICE = """
[agency]
name = "Dinas Contoh"
[web]
address = "https://humas.contoh.go.id/halaman/"
[approval]
eyes = 2
[accounts.satu]
platform = "scripted"
folder = "satu"
"""


@pytest.fixture
def folder(tmp_path: Path, migrated: Path, note: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copyfile(migrated, tmp_path / "humasbot.db")
    (tmp_path / "humasbot.toml").write_text(OFFICE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str, user: str = "kabid") -> Any:
    return CliRunner(env={"SUDO_USER": user}).invoke(cli, list(words), obj={})


def test_invited_listed_and_put_out(folder: Path) -> None:
    made = json.loads(run("web", "invite", "Rina  Wahyuni", "--json").output)
    base, _, token = made["link"].rpartition("/masuk/")
    assert base == "https://humas.contoh.go.id/halaman"
    assert made["role"] == "approver"
    with Humasbot(folder / "humasbot.toml") as bot:
        kept, inside = bot.staff.enter(token)
        assert inside.name == "Rina Wahyuni"
        assert bot.staff.known(kept) is not None
        (row,) = json.loads(run("web", "people", "--json").output)
        assert (row["role"], row["sessions"], row["invited"]) == ("approver", 1, False)
        again = bot.staff.invite("Rina Wahyuni", role="viewer", actor="uji")
        assert bot.staff.known(kept) is None, "another role is another invitation"
        assert json.loads(run("web", "revoke", "Rina Wahyuni", "--json").output)["ended"] == 1
        with pytest.raises(Exception, match="sudah dipakai"):
            bot.staff.enter(again)
    assert token not in run("web", "people").output
    assert token not in (folder / "humasbot.db").read_bytes().decode("latin-1")


def test_names_and_roles_that_cannot_be(folder: Path) -> None:
    with Humasbot(folder / "humasbot.toml") as bot:
        for name in ("", " ", "cli:budi", "humasbot", "Humasbot", "a\nb\x00", "x" * 81):
            with pytest.raises(InputError):
                bot.staff.invite(name, actor="uji")
        with pytest.raises(InputError):
            bot.staff.invite("Budi", role="raja", actor="uji")
        with pytest.raises(NotFoundError):
            bot.staff.invite("Budi", agency="tidak-ada", actor="uji")
        with pytest.raises(NotFoundError):
            bot.staff.revoke("Budi", actor="uji")
        assert bot.staff.people() == []


@pytest.mark.slow
def test_the_command_tells_that_another_must_say_yes(folder: Path) -> None:
    first = run("announce", "kabar.md", "--yes")
    assert "satu orang lain masih harus menyetujui" in first.output
    assert "Sudah pernah diumumkan" not in first.output
    second = run("approve", "1", user="kadis")
    assert "1 pengiriman masuk antrean" in second.output


def test_faults_of_the_addresses_are_told() -> None:
    from humasbot.app import load

    for web in ({"address": "humas.go.id"}, {"address": "ftp://x"}, {"listen": "x"}, {"listen": "a:99999"}):
        with pytest.raises(ConfigError, match="web"):
            load({"agency": {"name": "x"}, "web": web})
    assert (
        load({"agency": {"name": "x"}, "web": {"address": "https://a.go.id/"}}).web.address
        == "https://a.go.id"
    )


@pytest.mark.slow
def test_the_check_tells_who_is_missing_and_what_is_open(folder: Path) -> None:
    def findings() -> dict[str, str]:
        rows = json.loads(run("check", "--offline", "--json").output)["checks"]
        return {row["name"]: row["level"] for row in rows if row["area"] == "web"}

    with Humasbot(folder / "humasbot.toml") as bot:
        bot.staff.invite("Kabid", actor="uji")
        assert findings() == {"eyes": "warning", "people": "ok"}
        bot.staff.invite("Kadis", role="admin", actor="uji")
        assert findings() == {"people": "ok"}
        text = (folder / "humasbot.toml").read_text()
        (folder / "humasbot.toml").write_text(text.replace("https://", "http://"))
        assert findings() == {"address": "error"}
        bot.staff.revoke("Kadis", actor="uji")
        bot.staff.revoke("Kabid", actor="uji")
        assert findings() == {"eyes": "warning"}


@pytest.mark.parametrize("package", ["starlette", "uvicorn"])
def test_without_its_packages_it_says_which_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    monkeypatch.setattr(uvicorn, "run", lambda *_, **__: pytest.fail("it was served"))
    for name in list(sys.modules):
        if name.startswith("humasbot.web."):
            monkeypatch.delitem(sys.modules, name)
        if name.partition(".")[0] == package:
            monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, package, None)
    told = run("web", "serve", "--listen", "127.0.0.1:0")
    assert isinstance(told.exception, ConfigError)
    assert 'pip install "humasbot[web]"' in str(told.exception)
