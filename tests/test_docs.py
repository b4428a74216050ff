"""What the documentation says is so: commands, options, keys, links, named tests, tables, and the code it shows."""

import ast
import http.server
import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import pytest

from humasbot import __version__, config, states
from humasbot.cli import cli
from humasbot.content import Receipt
from humasbot.errors import PublishError
from humasbot.models import DELIVERY_STATES
from humasbot.pipeline import setup
from humasbot.sections import AlertsTable

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
TABLES = {
    "humasbot": config.General,
    "agency": config.AgencyTable,
    "alerts": AlertsTable,
    "approval": config.ApprovalTable,
    "web": config.WebTable,
    "sources": config.SourceTable,
    "accounts": config.AccountTable,
    "campaigns": config.CampaignTable,
    "calendar": config.CalendarTable,
    "lint": config.LintTable,
}
pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


def blocks(page: Path, *languages: str) -> list[str]:
    """The fenced blocks of those languages, as they would be run: without the indent of a list."""
    found = re.findall(r"^( *)```(\w*)\n(.*?)^ *```", page.read_text(), re.DOTALL | re.MULTILINE)
    return [re.sub(rf"^{indent}", "", text, flags=re.M) for indent, name, text in found if name in languages]


def prose(page: Path) -> str:
    return re.sub(r"^ *```.*?^ *```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)


def parse(command: str) -> None:
    """Parse a command as the shell and click would; raises click's own fault. Nothing is run."""
    words = shlex.split(re.sub(r"\b(NUMBER|NOMOR)\b", "1", command), comments=True)[1:]
    context = cli.make_context("humasbot", words)
    while isinstance(context.command, click.Group):
        given = [*context._protected_args, *context.args]
        if not given:
            return  # the name of a group alone
        name, found, rest = context.command.resolve_command(context, given)
        assert found is not None
        try:
            context = found.make_context(name, rest, parent=context)
        except click.BadParameter as fault:
            if fault.param and isinstance(fault.param.type, click.Path):
                return  # the reader's file
            raise


# Commands.


@pages
def test_every_command_in_a_block_can_be_typed_as_it_stands(page: Path) -> None:
    for block in blocks(page, "sh", "", "ini"):
        for line in block.splitlines():
            if found := re.search(r"(?:^|bin/)(humasbot [-\w].*)", line.strip()):
                parse(found[1])


@pages
def test_every_command_in_a_sentence_exists_with_its_options(page: Path) -> None:
    for command in re.findall(r"`(humasbot [^`]+)`", prose(page)):
        for choice in command.split(" | "):
            whole = choice if choice.startswith("humasbot") else f"{command.split(' --')[0]} {choice}"
            try:
                parse(whole)
            except (click.MissingParameter, click.exceptions.Exit):
                pass  # a sentence may name a command without its arguments; --help ends what it is given to


def test_a_command_that_is_not_there_would_be_found() -> None:
    for wrong in (
        "humasbot umumkan x",
        "humasbot announce x --now",
        "humasbot approve dua",
        "humasbot --quiet run",
    ):
        with pytest.raises(click.UsageError):
            parse(wrong)


@pages
def test_every_target_of_make_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z][-\w]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:`|^)make ([a-z][-\w]*)", page.read_text(), re.MULTILINE))
    assert named <= targets


# Configuration.


@pages
def test_every_key_that_is_named_exists(page: Path) -> None:
    named = re.findall(r"`\[(\w+)[\].](?:\w+\])? (\w+)`", page.read_text())
    for block in blocks(page, "toml"):
        tables = tomllib.loads(block)
        if set(tables) <= set(TABLES):
            for table, content in tables.items():
                inner = content.values() if table in config.TABLES else [content]
                named += [(table, key) for keys in inner for key in keys]
    for table, key in named:
        model = TABLES[table]
        assert key in model.model_fields or model.model_config["extra"] == "allow", f"[{table}] {key}"


def test_the_configuration_in_the_readme_is_sound(tmp_path: Path) -> None:
    (block,) = blocks(ROOT / "README.md", "toml")
    (tmp_path / "humasbot.toml").write_text(block)
    found, problems = config.read(tmp_path / "humasbot.toml")
    assert problems == []
    assert found is not None
    assert setup.faults(found) == []


def test_the_reference_has_every_key_with_its_default() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text()
    for name, model in TABLES.items():
        heading = f"## `[{name}{'.NAME' if name in config.TABLES else ''}]`\n"
        section = text.split(heading)[1].split("\n## ")[0].split("<!--")[0]
        told = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", section, re.MULTILINE))
        assert told == {key: default(field) for key, field in model.model_fields.items()}, heading


def default(field: Any) -> str:
    if field.is_required():
        return "required"
    if field.default is None:
        return "none"
    if isinstance(field.default, dict):
        inner = ", ".join(f"{key} = {json.dumps(value)}" for key, value in field.default.items())
        return f"`{{ {inner} }}`"
    shown = (
        str(field.default).lower()
        if isinstance(field.default, bool)
        else repr(field.default).replace("'", '"')
    )
    return f"`{shown}`"


# Links and names.


def anchors(page: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pages
def test_every_link_leads_somewhere(page: Path) -> None:
    for words, target in re.findall(r"\[([^\]]*)\]\(([^)\s]+)\)", prose(page)):
        assert words.strip(), f"a link or picture without words: {target}"
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), target
        assert not anchor or anchor in anchors(file), target


@cache
def functions(file: Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.FunctionDef)}


@pages
def test_every_file_and_test_that_is_named_exists(page: Path) -> None:
    folders = "humasbot|tests|scripts|docs|workers|benchmarks|content_templates"
    for path, test in re.findall(rf"`((?:{folders})/[\w./-]*)(?:::(\w+))?`", page.read_text()):
        if "NAME" in path:
            continue
        assert (ROOT / path).exists(), path
        assert not test or test in functions(ROOT / path), test


def test_pictures_are_small() -> None:
    for picture in (ROOT / "docs" / "images").iterdir():
        assert picture.stat().st_size <= 200_000, picture.name


# What the code itself tells.


@pytest.fixture(scope="module")
def make_docs() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_docs", ROOT / "scripts" / "make_docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_generated_parts_are_what_the_code_says(make_docs: ModuleType) -> None:
    found = [page.relative_to(ROOT).as_posix() for page in make_docs.stale()]
    assert found == [], "run: python scripts/make_docs.py"


def rows(page: Path, part: str) -> list[list[str]]:
    text = page.read_text().split(f"<!-- begin {part} -->")[1].split(f"<!-- end {part} -->")[0]
    lines = [line.strip("|").split(" | ") for line in text.strip().splitlines()]
    return [[cell.strip() for cell in line] for line in lines[2:]]


def test_the_floors_are_those_of_the_contract_and_hold_every_room() -> None:
    told: dict[int, set[str]] = {}
    for number, room, about in rows(ROOT / "docs" / "DESIGN.md", "floors"):
        told.setdefault(int(number), set()).add(room.strip("`"))
        assert about, room
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (wanted,) = [contract["layers"] for contract in contracts if contract["type"] == "layers"]
    assert [told[number] for number in sorted(told, reverse=True)] == [
        set(re.findall(r"\w+", w)) for w in wanted
    ]
    modules = {path.stem for path in (ROOT / "humasbot").glob("*.py")}
    packages = {path.parent.name for path in (ROOT / "humasbot").glob("*/__init__.py")}
    assert set().union(*told.values()) == (modules | packages) - {"__init__"}


def test_the_states_are_those_of_the_code() -> None:
    page = ROOT / "docs" / "DESIGN.md"
    drawing = next(block for block in blocks(page, "") if "queued" in block)
    assert set(DELIVERY_STATES) <= set(re.findall(r"\w+", drawing))
    told = {row[0].split("`")[1]: row[1] for row in rows(page, "attempts") if row[0].startswith("`")}
    kinds = [kind for kind in subclasses(PublishError) if kind.__module__ == "humasbot.errors"]
    wanted = {kind.__name__: states.after_attempt(kind("x"), states.MAX_ATTEMPTS).state for kind in kinds}
    assert told == wanted | {"Receipt": states.after_attempt(Receipt("1", ""), 1).state}
    assert {row[1] for part in ("attempts", "looks") for row in rows(page, part)} <= set(DELIVERY_STATES)


def subclasses(kind: type) -> Iterator[type]:
    for each in kind.__subclasses__():
        yield each
        yield from subclasses(each)


def test_the_changelog_knows_this_version() -> None:
    heads = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert heads[:2] == ["Unreleased", project["version"]]
    assert __version__ == project["version"]


# The programs in the README.

PAGE = """<!doctype html><html lang="id"><head><title>Layanan KTP buka Sabtu</title>
<meta property="og:title" content="Layanan KTP buka Sabtu"></head><body><article><h1>Layanan KTP buka Sabtu</h1>
<p>Perekaman KTP elektronik dilayani pada hari Sabtu, pukul 08.00 sampai 12.00 WIB, di kantor kecamatan.</p>
<p>Warga cukup membawa kartu keluarga. Layanan ini tidak dipungut biaya, dan hasilnya dapat diambil hari Senin.</p>
</article></body></html>"""
OFFICE = """
[humasbot]
allow_hosts = ["127.0.0.1"]
[agency]
name = "Dinas Kependudukan"
[accounts.papan]
platform = "board"
folder = "public"
base_url = "https://papan.example.go.id"
"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """A website of one page; the office's configuration lies in ``tmp_path``."""
    (tmp_path / "site" / "berita" / "ktp").mkdir(parents=True)
    (tmp_path / "site" / "berita" / "ktp" / "index.html").write_text(PAGE)
    (tmp_path / "humasbot.toml").write_text(OFFICE)

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "site"))
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def program(number: int, after: str, folder: Path) -> list[str]:
    """Run a Python block of the README, and then *after*, in a process of its own; what it printed."""
    code = blocks(ROOT / "README.md", "python")[number]
    lines = [line for line in code.splitlines() if line.strip() and not line.startswith(("from", "import"))]
    assert len(lines) <= 10
    environment = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{after}"], cwd=folder, env=environment, capture_output=True, text=True
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.slow
def test_the_fastapi_program_announces_once(tmp_path: Path, site: str) -> None:
    after = f"""
from fastapi.testclient import TestClient
with TestClient(app) as client:
    for page in ("http://{site}/berita/ktp/", "http://{site}/berita/ktp/", "/etc/hostname"):
        answer = client.post("/announce", params={{"page": page}})
        print(answer.status_code, answer.json() if answer.is_success else "")
bot.close()
"""
    assert program(0, after, tmp_path) == ["200 {'papan': 'queued'}", "200 {'papan': 'sent'}", "422 "]
    assert len(list((tmp_path / "public" / "kiriman").glob("*.html"))) == 1


@pytest.mark.slow
def test_the_django_program_announces_a_page_of_its_own_site(tmp_path: Path, site: str) -> None:
    after = f"""
from types import SimpleNamespace
import django
from django.conf import settings
from django.test import RequestFactory
settings.configure(ALLOWED_HOSTS=["127.0.0.1"], SECRET_KEY="uji", LOGIN_URL="/masuk/", ROOT_URLCONF="__main__",
                   INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes"])
urlpatterns = []
django.setup()
for known in (True, False):
    request = RequestFactory().post("/umumkan/ktp/", headers={{"host": "{site}"}})
    request.user = SimpleNamespace(is_authenticated=known, get_username=lambda: "sari")
    answer = announce(request, "ktp")
    print(answer.status_code, answer.content.decode())
print(bot.views.delivery(1)["approvals"][0]["actor"])
bot.close()
"""
    assert program(1, after, tmp_path) == ['200 {"papan": "queued"}', "302 ", "sari"]
