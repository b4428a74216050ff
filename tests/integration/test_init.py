"""``humasbot init``: the files it writes load for every platform, and nothing that is there is lost."""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from humasbot import app, starting
from humasbot.cli import cli, main
from humasbot.pipeline.office import Office
from humasbot.pipeline.setup import unsaved
from humasbot.platforms.registry import platform, platforms


@dataclass(frozen=True)
class Done:
    """What a command left: its exit code and what it printed."""

    code: int
    out: str
    err: str


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Done]:
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> Done:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        out, err = capfd.readouterr()
        return Done(int(ended.value.code or 0), out, err)

    return call


@pytest.mark.parametrize("name", sorted(platforms()))
def test_the_file_for_every_platform_loads(name: str, tmp_path: Path) -> None:
    said = starting.answers("Dinas Kominfo", "Diskominfo", "wita", "kominfo.example.go.id", [name])
    starting.write(tmp_path, said)
    config = app.load(tmp_path / "humasbot.toml")
    assert config.agency.timezone == "Asia/Makassar"
    assert list(config.accounts) == [name]
    assert set(config.campaigns) == {"pagi", "berita"}
    # Its settings are of the right shape too, not only present.
    office = Office(config)
    office.stand_in(unsaved(config, ["*"])[1][0])
    example = (tmp_path / ".env.example").read_text()
    for setting in platform(name).settings:
        if setting.secret:
            assert f"{starting.variable(name, setting)}=" in example


def test_all_platforms_together_and_no_website(tmp_path: Path) -> None:
    starting.write(tmp_path, starting.answers("Kantor", "", "WIB", "", list(platforms())))
    config = app.load(tmp_path / "humasbot.toml")
    assert list(config.accounts) == list(platforms())
    assert set(config.campaigns) == {"pagi"}
    assert config.sources == {}


@given(name=st.text(min_size=1, max_size=80), short=st.text(max_size=30))
def test_whatever_a_person_types_becomes_sound_toml(name: str, short: str) -> None:
    tidy = " ".join(name.split())
    if not tidy:
        return
    said = starting.answers(name, short, "WIT", "https://dinas.example.go.id/", ["board", "x"])
    table = tomllib.loads(starting.config_text(said))
    assert table["agency"]["name"] == tidy
    assert table["agency"]["short"] == (" ".join(short.split()) or tidy)
    assert table["sources"]["website"]["url"] == "https://dinas.example.go.id"


def test_nothing_is_overwritten_without_force(tmp_path: Path, run: Callable[..., Done]) -> None:
    office = tmp_path / "humasbot.toml"
    office.write_text("# punya saya\n")
    refused = run("init", "--yes", "--name", "Lain")
    assert refused.code == 1
    assert "--force" in refused.err
    assert office.read_text() == "# punya saya\n"
    assert run("init", "--yes", "--name", "Lain", "--force").code == 0
    assert 'name = "Lain"' in office.read_text()


def test_a_gitignore_is_added_to_never_replaced(tmp_path: Path, run: Callable[..., Done]) -> None:
    (tmp_path / ".gitignore").write_text("*.bak\n.env")
    assert run("init", "--yes", "--name", "Kantor").code == 0
    lines = (tmp_path / ".gitignore").read_text().splitlines()
    assert lines[:2] == ["*.bak", ".env"]
    assert lines.count(".env") == 1
    assert "humasbot.db" in lines


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--yes"], "nama kantor wajib diisi"),
        (["--yes", "--name", "A", "--zone", "GMT"], "zona GMT tidak dikenal"),
        (["--yes", "--name", "A", "--website", "ftp://a.b"], "bukan alamat web"),
        (["--yes", "--name", "A", "--website", "dua kata"], "bukan alamat web"),
        (["--yes", "--name", "A", "--platform", "twiter"], "tidak ada platform bernama twiter"),
    ],
)
def test_a_bad_answer_is_one_sentence_and_writes_nothing(
    arguments: list[str], why: str, tmp_path: Path, run: Callable[..., Done]
) -> None:
    done = run("init", *arguments)
    assert done.code != 0
    assert why in done.err
    assert done.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_the_questions_are_asked_in_order(tmp_path: Path) -> None:
    answers = "Dinas Sosial\nDinsos\nwit\nhttps://dinsos.example.go.id\nbluesky, mastodon\n"
    done = CliRunner().invoke(cli, ["init", "--folder", str(tmp_path / "baru")], input=answers)
    assert done.exit_code == 0, done.output
    config = app.load(tmp_path / "baru" / "humasbot.toml")
    assert (config.agency.name, config.agency.short) == ("Dinas Sosial", "Dinsos")
    assert config.agency.timezone == "Asia/Jayapura"
    assert list(config.accounts) == ["bluesky", "mastodon"]
    assert "cp .env.example .env" in done.output


def test_no_answer_changes_nothing(
    tmp_path: Path, run: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", open("/dev/null"))  # noqa: SIM115 - closed with the test
    assert run("init").code == 130
    assert list(tmp_path.iterdir()) == []
