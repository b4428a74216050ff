"""The lines for humasbot.toml: they say what was meant, and what was there stays as it was."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from humasbot.connecting.lines import account_lines, add_account

LINES = account_lines("x", "x", {"base_url": "https://a.example"}, ["bearer_token"])
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,12}", fullmatch=True), text, max_size=4))
def test_any_setting_comes_back_from_the_file(settings: dict[str, str]) -> None:
    settings.pop("platform", None)
    settings.pop("rahasia", None)
    read = tomllib.loads(account_lines("akun-1", "mastodon", settings, ["rahasia"]))
    assert read == {"accounts": {"akun-1": {"platform": "mastodon", **settings, "rahasia": {"stored": True}}}}


@pytest.mark.parametrize(
    "before",
    ['[agency]\nname = "Dinas"', '[agency]\nname = "Dinas"\n\n\n', '#\n[accounts.y]\nplatform = "board"\n', ""],
)  # fmt: skip
def test_an_account_is_added_at_the_end(tmp_path: Path, before: str) -> None:
    path = tmp_path / "humasbot.toml"
    path.write_text(before)
    path.chmod(0o640)
    assert add_account(path, "x", LINES)
    assert path.read_text().startswith(before.rstrip("\n"))
    assert tomllib.loads(path.read_text())["accounts"]["x"]["bearer_token"] == {"stored": True}
    assert path.stat().st_mode & 0o777 == 0o640
    assert [file.name for file in tmp_path.iterdir()] == ["humasbot.toml"]


@pytest.mark.parametrize(
    "before",
    ['[accounts.x]\nplatform = "x"\n', "accounts = { y = { platform = 'board' } }\n", "[accounts\n",
     '[accounts]\nx.platform = "x"\n', 'teks = """\n'],
)  # fmt: skip
def test_what_is_there_is_never_changed(tmp_path: Path, before: str) -> None:
    path = tmp_path / "humasbot.toml"
    path.write_text(before)
    assert not add_account(path, "x", LINES)
    assert path.read_text() == before
