"""The two languages: chosen by the environment, and every sentence of the program whole in both."""

import ast
import string
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import humasbot
from humasbot.words import language, t

SOURCE = Path(humasbot.__file__).parent


@pytest.mark.parametrize(
    ("value", "chosen"),
    [
        (None, "id"), ("", "id"), ("id", "id"), ("en", "en"), ("EN", "en"), ("en_GB.UTF-8", "en"), ("fr", "id"),
        ("C", "id"),
    ],
)  # fmt: skip
def test_the_environment_chooses(monkeypatch: pytest.MonkeyPatch, value: str | None, chosen: str) -> None:
    monkeypatch.delenv("HUMASBOT_LANG", raising=False)
    if value is not None:
        monkeypatch.setenv("HUMASBOT_LANG", value)
    assert language() == chosen
    assert t("akun {a}", "account {a}", a="x") == {"id": "akun x", "en": "account x"}[chosen]


def test_values_are_data() -> None:
    assert t("{a}", "{a}", a="{b} {0} {a.__class__}") == "{b} {0} {a.__class__}"
    assert t('pakai { env = "NAMA" }', 'use { env = "NAME" }').startswith(("pakai {", "use {"))
    assert t("{indonesian}{english}", "{indonesian}{english}", indonesian=1, english=2) == "12"


# --- every sentence that the program can say -------------------------------------------------------------------


@dataclass(frozen=True)
class Said:
    """One call of ``t`` in the source."""

    place: str
    sentences: tuple[str, str]
    values: frozenset[str]


def calls() -> Iterator[Said]:
    for file in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "t"):
                continue
            texts = [
                arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
            ]
            if len(texts) != 2 or any(word.arg is None for word in node.keywords):
                continue  # put together from variables; what calls it is checked elsewhere
            place = f"{file.relative_to(SOURCE)}:{node.lineno}"
            yield Said(place, (texts[0], texts[1]), frozenset(word.arg for word in node.keywords if word.arg))


SAID = list(calls())


def places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def test_there_is_something_to_check() -> None:
    assert len(SAID) > 200


def test_every_place_in_a_sentence_has_its_value_and_every_value_its_place() -> None:
    wrong = []
    for said in SAID:
        if not said.values:
            continue  # a sentence without values is said as it stands
        first, second = (places(sentence) for sentence in said.sentences)
        if not (first <= said.values and second <= said.values and first | second == said.values):
            wrong.append((said.place, sorted(said.values), said.sentences))
    assert wrong == []


def test_a_sentence_without_values_has_no_place_that_waits_for_one() -> None:
    wrong = [
        (said.place, sentence)
        for said in SAID
        for sentence in said.sentences
        if not said.values and ("{{" in sentence or _waits(sentence))
    ]
    assert wrong == []


def _waits(sentence: str) -> bool:
    try:
        return any(name.isidentifier() for name in places(sentence)) and "${" not in sentence
    except ValueError:
        return False


def test_every_sentence_is_said_in_both_languages() -> None:
    wrong = [
        (said.place, said.sentences)
        for said in SAID
        if not all(sentence.strip() for sentence in said.sentences)
        or any(sentence != sentence.strip() for sentence in said.sentences)
        != all(sentence != sentence.strip() for sentence in said.sentences)
    ]
    assert wrong == []


def test_no_sentence_is_worded_when_the_program_is_imported() -> None:
    """Such a one would stay in the language of that moment, whatever a host sets afterwards."""
    early = []
    for file in sorted(SOURCE.rglob("*.py")):
        if file.is_relative_to(SOURCE / "cli"):
            continue  # a command lives in one language; click wants its help texts at once
        tree = ast.parse(file.read_text(encoding="utf-8"))
        lazy = {
            inner
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            for inner in ast.walk(node)
        }
        early += [
            f"{file.relative_to(SOURCE)}:{node.lineno}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "t"
            and node not in lazy
        ]
    assert early == []
