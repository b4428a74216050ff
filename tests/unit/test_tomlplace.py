"""The line of a key: the right one, or none, never one that a person would look at in vain."""

import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from humasbot.tomlplace import Lines

FILE = """\
judul = 1 # [accounts.palsu]
[agency]
name = "Dinas"
sign_off = \'\'\'
[accounts.palsu]
name = "bukan kunci"
\'\'\'
website = "https://x.example/?a=b"   # = tetap satu kunci

  [ accounts . "mas.to" ]   # catatan
platform="mastodon"
'token' = { env = "TOKEN" }
[accounts]
x.platform = "x"
x.token.env = "X"
short = \'\'\'satu baris\'\'\'
after = 1
[[campaigns]]
occasion = "daily"
days = [
  "senin",   # a = b
]
late = "skip"
"""


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("judul",), "humas.toml:1 [judul]"),
        (("agency",), "humas.toml:2 [agency]"),
        (("agency", "name"), "humas.toml:3 [agency] name"),
        (("agency", "website"), "humas.toml:8 [agency] website"),
        (("agency", "handles"), "humas.toml:2 [agency] handles"),
        (("accounts", "mas.to", "platform"), "humas.toml:11 [accounts.mas.to] platform"),
        (("accounts", "mas.to", "token", "env"), "humas.toml:12 [accounts.mas.to] token.env"),
        (("accounts", "x"), "humas.toml:14 [accounts.x]"),
        (("accounts", "x", "token"), "humas.toml:15 [accounts.x] token"),
        (("accounts", "x", "tokn"), "humas.toml:14 [accounts.x] tokn"),
        (("accounts", "after"), "humas.toml:17 [accounts.after]"),
        (("accounts", "palsu"), "humas.toml:10 [accounts.palsu]"),
        (("campaigns", "days", "1"), "humas.toml:20 [campaigns.days] 1"),
        (("campaigns", "late"), "humas.toml:23 [campaigns.late]"),
        (("sources", "situs"), "humas.toml [sources.situs]"),
    ],
)
def test_the_nearest_line(path: tuple[str, ...], place: str) -> None:
    assert Lines.of(FILE, "humas.toml").place(*path) == place


def test_the_number_of_the_line_alone() -> None:
    lines = Lines.of('a = 1\n[x."y z"]\nb = """\nc = 3\n"""\nd.e = 2\n', "f.toml")
    found = [lines.line(*path) for path in (("a",), ("x", "y z"), ("x", "y z", "b"), ("x", "y z", "d", "e"))]
    assert found == [1, 2, 3, 6]
    assert (lines.line("x", "y z", "c"), lines.line("nowhere")) == (2, 0)


def test_without_a_file_there_is_no_line() -> None:
    assert Lines().place("accounts", "x", "token") == "humasbot.toml [accounts.x] token"


@pytest.mark.parametrize("end", ["\r\n", "\n\n", " \u2028 # x\n", " # \x0c\n"])
def test_lines_are_counted_as_toml_counts_them(end: str) -> None:
    known = Lines.of(f"a = 1{end}b = 2{end}c = 3\n", "x").known
    step = end.count("\n")
    assert known == {("a",): 1, ("b",): 1 + step, ("c",): 1 + 2 * step}


LINES = st.lists(
    st.sampled_from(
        ["[agency]", 'name = "X"', "[accounts.a]", 'platform = "x"', "[[accounts]]", '[accounts."b.c"]', "x = [", "]",
         'y = """', '"""', "a.b.c = 1", "'k' = { z = 1 }", "at = 06:00:00", "# komentar", "", "[campaigns]",
         'pagi = { occasion = "daily" }', "\u2028", "n = 1e999", "d = 9999-99-99", "\x00"]
    )
    | st.text(max_size=20),
    max_size=12,
)  # fmt: skip


def exists(data: Any, path: tuple[str, ...]) -> bool:
    for part in path:
        if isinstance(data, list):
            return True  # of an array of tables any may be meant
        if not isinstance(data, dict) or part not in data:
            return False
        data = data[part]
    return True


@given(LINES)
@settings(max_examples=300, deadline=None)
def test_every_known_key_is_one_of_the_file(lines: list[str]) -> None:
    text = "\n".join(lines)
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError):
        data = None
    known = Lines.of(text, "x.toml").known
    assert all(1 <= number <= len(lines) + text.count("\n") for number in known.values())
    if data is not None:
        assert [path for path in known if not exists(data, path)] == []
