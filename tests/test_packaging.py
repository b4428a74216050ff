"""What people install: the wheel, built and installed as the image does it, with the sources out of the way."""

import email
import json
import os
import re
import shlex
import shutil
import statistics
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from humasbot import __version__
from humasbot.cli.order import COMMANDS

ROOT = Path(__file__).parent.parent
MODULES = {"humasbot": ROOT / "humasbot", "humasbot/content_templates": ROOT / "content_templates"}


def stages() -> list[list[tuple[str, str]]]:
    """The Dockerfile's stages: instructions with their arguments."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    found: list[list[tuple[str, str]]] = []
    for line in filter(str.strip, text.splitlines()):
        instruction, _, rest = line.partition(" ")
        if instruction == "FROM":
            found.append([])
        found[-1].append((instruction, " ".join(rest.split())))
    return found


def one(stage: list[tuple[str, str]], wanted: str) -> str:
    (value,) = [rest for instruction, rest in stage if instruction == wanted]
    return value


# The image, as far as it can be judged without an engine.


def test_the_image_is_pinned_not_root_healthy_and_keeps_its_data() -> None:
    build, final = stages()
    python, _, _ = one(build, "FROM").partition(" AS ")
    assert one(final, "FROM") == python
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", python)
    user = one(final, "USER")
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
    assert f"useradd --uid {user.split(':')[0]} " in one(final, "RUN")
    assert (one(final, "VOLUME"), one(final, "WORKDIR")) == ("/data", "/data")
    assert "libfribidi0" in one(final, "RUN")
    assert json.loads(one(final, "ENTRYPOINT")) == ["humasbot"]
    assert json.loads(one(final, "CMD"))[0] in COMMANDS
    health = json.loads(one(final, "HEALTHCHECK").split(" CMD ")[1])
    assert health == ["humasbot", "health"]
    # The order matters: nothing may be installed once the user has changed.
    order = [instruction for instruction, _ in final]
    assert order.index("RUN") < order.index("USER") < order.index("ENTRYPOINT")


def copies(stage: list[tuple[str, str]]) -> Iterator[tuple[list[str], str]]:
    for instruction, rest in stage:
        assert instruction != "ADD"
        words = rest.split()
        if instruction == "COPY" and not words[0].startswith("--from"):
            yield words[:-1], words[-1]


def test_what_is_copied_is_there_and_nothing_else_is_sent_to_the_builder() -> None:
    sources = {source.removeprefix("./") for names, _ in copies(stages()[0]) for source in names}
    assert all((ROOT / source).exists() for source in sources)
    assert not list(copies(stages()[1]))
    ignored = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    assert ignored[0] == "*"
    assert {line[1:] for line in ignored if line[0] == "!"} == sources
    assert any(fnmatch("humasbot/__pycache__", line) for line in ignored[1:])


def test_the_services_are_sound() -> None:
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    services = found["services"]
    daemon, database = services["daemon"], services["database"]
    assert daemon["command"][0] in COMMANDS
    assert daemon["volumes"] == [f"./kantor:{one(stages()[1], 'VOLUME')}"]
    assert (daemon["read_only"], daemon["cap_drop"]) == (True, ["ALL"])
    assert daemon["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert re.fullmatch(r"postgres:\d+-\w+", database["image"])
    assert database["healthcheck"]["test"][1].startswith("pg_isready --username humasbot")
    assert {volume.split(":")[0] for volume in database["volumes"]} == set(found["volumes"])
    for service in services.values():
        assert service["environment"]["POSTGRES_PASSWORD"].startswith("${POSTGRES_PASSWORD:?")
        assert service["restart"] == "unless-stopped"


# The wheel, installed by the very commands of the Dockerfile.


@dataclass(frozen=True)
class Installed:
    """A wheel and an environment that holds it and what it needs, and nothing of this checkout."""

    wheel: Path
    bin: Path
    elsewhere: Path

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        clean = {"PATH": f"{self.bin}:/usr/bin:/bin", "HOME": "/nonexistent", **environment}
        program = [str(self.bin / command[0]), *command[1:]]
        return subprocess.run(
            program, cwd=self.elsewhere, env=clean, capture_output=True, text=True, timeout=300
        )

    def say(self, *command: str, **environment: str) -> str:
        done = self.run(*command, **environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The Dockerfile's first stage, run here: its absolute paths moved into a folder of the test's own."""
    image = tmp_path_factory.mktemp("image")
    source = image / one(stages()[0], "WORKDIR").strip("/")
    source.mkdir()
    for names, target in copies(stages()[0]):
        for name in names:
            place = source / target / (name if (ROOT / name).is_file() else "")
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, place, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / name, place)
    environment = {
        key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")
    }
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    for instruction, command in stages()[0]:
        if instruction == "ARG":
            name, _, default = command.partition("=")
            environment[name] = default
        if instruction == "RUN":
            moved = re.sub(r"(?<![\w.])/(wheels|opt/humasbot)\b", rf"{image}/\1", command)
            done = subprocess.run(
                moved, shell=True, cwd=source, env=environment, capture_output=True, text=True
            )
            assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    shutil.rmtree(source)
    (wheel,) = (image / "wheels").glob("*.whl")
    elsewhere = image / "elsewhere"
    elsewhere.mkdir()
    return Installed(wheel, image / "opt" / "humasbot" / "bin", elsewhere)


@pytest.mark.slow
def test_everything_of_the_packages_is_in_the_wheel_and_little_else(installed: Installed) -> None:
    with zipfile.ZipFile(installed.wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
        metadata = email.message_from_bytes(
            archive.read(next(name for name in archive.namelist() if name.endswith("/METADATA")))
        )
        licences = [name for name in archive.namelist() if "/licenses/" in name]
    wanted = {
        f"{inside}/{file.relative_to(folder).as_posix()}"
        for inside, folder in MODULES.items()
        for file in folder.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert names == wanted
    for needed in ("humasbot/py.typed", "humasbot/migrations/env.py", "humasbot/occasions/observances.toml"):
        assert needed in names
    assert any(fnmatch(name, "humasbot/cards/fonts/*.ttf") for name in names)
    assert any(fnmatch(name, "humasbot/content_templates/text/*.j2") for name in names)
    assert {"LICENSE", "Noto-OFL.txt"} <= {name.rpartition("/")[2] for name in licences}
    assert (metadata["Version"], metadata["Requires-Python"]) == (__version__, ">=3.11")
    assert installed.wheel.stat().st_size < 8_000_000


@pytest.mark.slow
def test_the_command_runs_from_the_wheel_and_from_nowhere_else(installed: Installed) -> None:
    assert "announce" in installed.say("humasbot", "--help")
    assert installed.say("humasbot", "--version").split()[-1] == __version__
    place = installed.say("python", "-c", "import humasbot; print(humasbot.__file__)")
    assert Path(place.strip()).is_relative_to(installed.bin.parent)
    assert installed.say("python", "-m", "humasbot", "--version").split()[-1] == __version__
    installed.say("python", "-m", "pip", "check")


@pytest.mark.slow
def test_every_command_and_platform_loads_from_the_wheel(installed: Installed) -> None:
    for name in COMMANDS:
        assert installed.say("humasbot", name, "--help").startswith(f"Pemakaian: humasbot {name}"), name
    rows = json.loads(installed.say("humasbot", "platforms", "--json"))
    assert {row["name"] for row in rows} >= {"board", "bluesky", "facebook", "mastodon", "x"}
    assert [row["error"] for row in rows if "error" in row] == []


@pytest.mark.slow
def test_the_demo_runs_from_the_wheel_and_finds_nothing_new_the_second_time(installed: Installed) -> None:
    first = json.loads(installed.say("humasbot", "demo", "--json"))
    assert (first["published"], first["problems"]) == (8, [])
    assert Path(installed.elsewhere / first["page"]).is_file()
    assert json.loads(installed.say("humasbot", "demo", "--json"))["published"] == 0
    config = {"HUMASBOT_CONFIG": "demo/humasbot.toml"}
    templates = json.loads(installed.say("humasbot", "templates", "--json", **config))
    assert all(Path(row["file"]).is_relative_to(installed.bin.parent) for row in templates)
    health = installed.run("humasbot", "health", **config)
    assert (health.returncode, health.stderr) == (
        1,
        "",
    )  # as the image's health check sees a daemon that is off


@pytest.mark.slow
def test_importing_and_asking_for_help_cost_little(installed: Installed) -> None:
    commands = {
        "nothing": ("python", "-c", "pass"),
        "sqlmodel": ("python", "-c", "import sqlmodel"),
        "humasbot": ("python", "-c", "import humasbot"),
        "help": ("humasbot", "--help"),
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(7):  # in turn, so that a busy machine is unfair to all alike
        for name, command in commands.items():
            started = time.perf_counter()
            installed.say(*command)
            times[name].append(time.perf_counter() - started)
    middle = {name: statistics.median(found) for name, found in times.items()}
    assert middle["humasbot"] <= 1.1 * middle["sqlmodel"], middle
    assert middle["help"] <= 1.25 * middle["sqlmodel"], middle


@pytest.mark.slow
def test_the_commands_of_compose_s_first_lines_parse(installed: Installed) -> None:
    lines = re.findall(r"^# +docker compose run --rm daemon (.+)$", (ROOT / "compose.yaml").read_text(), re.M)
    assert lines
    for line in lines:
        installed.say("humasbot", shlex.split(line)[0], "--help")
