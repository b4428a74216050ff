"""A stranger's platform: built as its own wheel, installed, listed and proved; and the page that tells how is true."""

import json
import os
import re
import shutil
import subprocess
import sys
from inspect import getdoc
from pathlib import Path

import pytest

from humasbot.errors import PublishError
from humasbot.testing import Fault, PublisherSuite, When
from humasbot.testing.rules import KINDS, expected
from humasbot.testing.suite import ADJUSTABLE

STRANGER = Path(__file__).parent / "stranger"
PAGE = Path(__file__).parents[2] / "docs" / "ADDING_A_PLATFORM.md"

SHOW = """
from humasbot.platforms.registry import platform, platforms
import humasbot_radio
assert platforms()["radio"].owners == ("humasbot-radio",)
assert platform("radio") is humasbot_radio.Radio
print(humasbot_radio.__file__)
"""


def run(*command: str, cwd: Path, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, *command], cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_wheel_of_a_stranger_adds_a_platform_that_passes_the_suite(tmp_path: Path) -> None:
    source, site, elsewhere = (tmp_path / name for name in ("source", "site", "elsewhere"))
    shutil.copytree(STRANGER, source, ignore=shutil.ignore_patterns("__pycache__"))
    elsewhere.mkdir()
    shutil.move(source / "test_radio.py", elsewhere)
    pip = ("-m", "pip", "--disable-pip-version-check")
    run(
        *pip, "wheel", "--no-build-isolation", "--no-deps", "--no-index", "-w", ".", str(source), cwd=tmp_path
    )
    (wheel,) = tmp_path.glob("humasbot_radio-1.0-*.whl")
    run(*pip, "install", "--no-deps", "--no-index", "--target", str(site), str(wheel), cwd=tmp_path)

    listed = json.loads(run("-m", "humasbot", "platforms", "--json", cwd=elsewhere, PYTHONPATH=str(site)))
    (radio,) = [row for row in listed if row["name"] == "radio"]
    assert (radio["title"], radio["max_text"], radio["can"]) == (
        "Radio Desa",
        500,
        ["find_existing", "delete"],
    )
    shown = run("-c", SHOW, cwd=elsewhere, PYTHONPATH=str(site))
    assert shown.startswith(str(site))

    outcome = run("-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=elsewhere, PYTHONPATH=str(site))
    passed = re.search(r"(\d+) passed", outcome)
    assert passed is not None
    assert int(passed[1]) > 40
    assert "failed" not in outcome


# The page.


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)


def test_the_example_on_the_page_is_the_one_that_is_tested() -> None:
    files = {name: (STRANGER / name).read_text() for name in ("humasbot_radio.py", "test_radio.py")}
    assert blocks("python")[:2] == list(files.values())
    assert blocks("toml")[0] == (STRANGER / "pyproject.toml").read_text()


def table(heading: str) -> list[list[str]]:
    section = PAGE.read_text().split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def test_the_error_table_names_every_error_a_publisher_may_raise() -> None:
    named = {row[0].strip("`") for row in table("Which error")}
    assert named == {kind.__name__ for kind in KINDS}
    assert all(issubclass(kind, PublishError) for kind in KINDS)


def test_the_table_of_faults_says_what_the_suite_expects() -> None:
    rows = {row[0].strip("`"): tuple(cell.strip("`") for cell in row[2:]) for row in table("Faults")}
    moments = (When.PREPARING, When.PUBLISHING)
    assert rows == {fault.name: tuple(expected(fault, when).__name__ for when in moments) for fault in Fault}


def test_the_page_names_every_test_and_all_that_may_be_set() -> None:
    tests = {
        name: getdoc(getattr(PublisherSuite, name)) for name in dir(PublisherSuite) if name[:5] == "test_"
    }
    promises = {name: (text or "").replace("``", "`") for name, text in tests.items()}
    assert {row[0].strip("`"): row[1] for row in table("What the suite tests")} == promises
    assert {row[0].strip("`") for row in table("What a suite may set")} == ADJUSTABLE
