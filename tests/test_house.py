"""The rules of the house that no linter holds: short files and functions, reasons, nothing left unfinished."""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CODE = {".py", ".mjs", ".js", ".sh", ".html", ".css", ".j2"}
OTHERS = {"LICENSE"}
LONGEST_FILE, LONGEST_FUNCTION = 400, 60
UNFINISHED = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")) + r")\b")


@cache
def files() -> tuple[Path, ...]:
    """Every file of the repository: those that git knows or would add; without git, all but hidden folders."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True
    )
    if listed.returncode == 0:
        paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    else:
        paths = [
            path for path in ROOT.rglob("*") if not any(p[0] == "." for p in path.relative_to(ROOT).parts)
        ]
    return tuple(path for path in paths if path.is_file() and path.name not in OTHERS)


def texts(*suffixes: str) -> Iterator[tuple[str, str]]:
    for path in files():
        if not suffixes or path.suffix in suffixes:
            try:
                yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                assert path.suffix in (".jpg", ".png", ".ttf", ".gif", ".webp", ".pdf"), path


def test_there_is_something_to_judge() -> None:
    names = {name for name, _ in texts()}
    assert {"humasbot/outbox.py", "tests/test_house.py", "scripts/setup-real.sh", "Dockerfile"} <= names
    assert not any(name.startswith(".venv/") for name in names)


def test_no_file_of_code_is_long() -> None:
    long = {name: text.count("\n") for name, text in texts(*CODE) if text.count("\n") > LONGEST_FILE}
    assert long == {}


def test_no_function_is_long() -> None:
    long = {}
    for name, text in texts(".py"):
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    long[f"{name}:{node.lineno} {node.name}"] = lines
    assert long == {}


def test_every_silenced_type_says_why() -> None:
    silent = [
        f"{name}:{number}"
        for name, text in texts(".py")
        for number, line in enumerate(text.splitlines(), start=1)
        if re.search(r"#\s*type:\s*ignore", line)
        and not re.search(r"#\s*type: ignore\[[\w, -]+\]\s+#\s*\S{2,}", line)
        and "re.search" not in line
    ]
    assert silent == []


def test_nothing_is_left_unfinished_in_a_comment() -> None:
    found = [
        f"{name}:{text.count(chr(10), 0, match.start()) + 1} {match[0]}"
        for name, text in texts(".py", ".md", ".sh", ".mjs", ".toml", ".yaml", ".html", ".j2", ".css", "")
        for match in UNFINISHED.finditer(text)
    ]
    assert found == []


@pytest.mark.parametrize("folder", ["humasbot", "workers", "scripts", "benchmarks"])
def test_every_module_says_what_it_is(folder: str) -> None:
    bare = [
        name
        for name, text in texts(".py")
        if name.startswith(f"{folder}/") and not ast.get_docstring(ast.parse(text))
    ]
    assert bare == []
