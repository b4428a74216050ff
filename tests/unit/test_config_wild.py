"""Addresses of databases in ``humasbot.toml``, and whatever else a person or a program may put there."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from humasbot.config import parse, read
from humasbot.database import Database

AGENCY = '[agency]\nname = "Dinas Kominfo"\n'


@pytest.fixture(autouse=True)
def plain_environment() -> Iterator[None]:
    """Indonesian sentences, and whatever a ``.env`` of a test sets is gone after it."""
    before = dict(os.environ)
    for name in ("HUMASBOT_LANG", "RAHASIA", "SANDI", "ALAMAT"):
        os.environ.pop(name, None)
    yield
    for name in set(os.environ) - set(before):
        del os.environ[name]
    os.environ.update(before)


def one(folder: Path, content: str) -> str:
    (folder / "humasbot.toml").write_text(content, encoding="utf-8")
    (problem,) = read(folder / "humasbot.toml")[1]
    return str(problem)


# --- addresses and paths ---------------------------------------------------------------------------------------


def database(value: str, folder: Path = Path("/srv/humas")) -> str:
    config, problems = parse({"humasbot": {"database": value}, "agency": {"name": "X"}}, folder)
    assert not problems
    assert config is not None
    return config.database_url


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("sqlite:///humas.db", "sqlite:////srv/humas/humas.db"),
        ("sqlite:///data/humas.db", "sqlite:////srv/humas/data/humas.db"),
        ("sqlite+pysqlite:///humas.db", "sqlite+pysqlite:////srv/humas/humas.db"),
        ("sqlite:////var/lib/humas.db", "sqlite:////var/lib/humas.db"),
        ("postgresql+psycopg://humas@db/humas", "postgresql+psycopg://humas@db/humas"),
        ("postgresql+psycopg://humas@[::1]:5432/humas", "postgresql+psycopg://humas@[::1]:5432/humas"),
        ("bukan alamat", "bukan alamat"),
    ],
)
def test_a_relative_file_is_seen_from_the_folder_of_the_configuration(written: str, meant: str) -> None:
    assert database(written) == meant


@pytest.mark.parametrize(
    "name", ["dinas kominfo", "100% humas", "%20", "apa?kabar=1", "#humas", "Größe…", "a+b&c"]
)
def test_the_database_stands_in_the_very_folder_whatever_its_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    place = Database(database("sqlite:///humas.db", tmp_path / name))
    with place.read() as session:
        session.connection()
    place.close()
    assert (tmp_path / name / "humas.db").is_file()
    assert [found.name for found in tmp_path.iterdir()] == [name]


def test_a_password_comes_from_the_environment_as_it_is() -> None:
    os.environ["SANDI"] = "p@ss:w/ord%41"
    url = Database(database("postgresql+psycopg://humas:${SANDI}@db/humas")).engine.url
    assert (url.username, url.password, url.host, url.database) == ("humas", "p@ss:w/ord%41", "db", "humas")
    os.environ["ALAMAT"] = "postgresql+psycopg://humas:p%40ss@db/humas"
    assert Database(database("${ALAMAT}")).engine.url.password == "p@ss"


def test_an_unset_variable_is_a_fault_with_its_line(tmp_path: Path) -> None:
    os.environ["SANDI"] = ""
    content = AGENCY + '[humasbot]\ndatabase = "postgresql://humas:${SANDI}@${TUAN_RUMAH}/humas"\n'
    assert one(tmp_path, content) == (
        "humasbot.toml:4 [humasbot] database: variabel lingkungan SANDI, TUAN_RUMAH kosong; "
        "isi di .env atau di layanan"
    )


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://humas:s3cret-kata@db/humas",
        "postgresql://humas:s3cret-${SANDI}@db/humas",
        "postgresql:///humas?host=/run&user=humas&password=s3cret-kata",
    ],
)
def test_a_password_in_the_file_is_refused_and_not_repeated(tmp_path: Path, address: str) -> None:
    os.environ["SANDI"] = "x"
    fault = one(tmp_path, AGENCY + f'[humasbot]\ndatabase = "{address}"\n')
    assert fault.startswith("humasbot.toml:4 [humasbot] database: kata sandi tidak boleh ditulis di sini")
    assert "s3cret" not in fault


def test_paths_start_at_the_folder_of_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "humasbot.toml").write_text(AGENCY)
    config, _ = read(tmp_path / "humasbot.toml")
    assert config is not None
    assert config.path("data/x") == tmp_path / "data/x"
    assert config.path("/var/x") == Path("/var/x")


def test_a_relative_configuration_file_gives_whole_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "humasbot.toml").write_text(AGENCY)
    monkeypatch.chdir(tmp_path)
    config, _ = read(Path("humasbot.toml"))
    monkeypatch.chdir("/")
    assert config is not None
    assert config.path("data") == tmp_path / "data"


# --- whatever a person or a program may give -------------------------------------------------------------------

KEYS = st.sampled_from(
    ["humasbot", "agency", "sources", "accounts", "campaigns", "name", "timezone", "primary", "platform", "kind",
     "occasion", "template", "at", "days", "late", "threads", "lease", "fresh", "database", "language", "settings",
     "model_config", "__class__", "a"]
) | st.text(max_size=8) | st.integers() | st.booleans() | st.none()  # fmt: skip
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=12)
    | st.sampled_from(
        ["daily", "article", "06:00", "1d", "skip", "#000000", "Asia/Jakarta", "\ud800", "${X}"]
    )
    | st.binary(max_size=4)
    | st.dates()
    | st.datetimes()
    | st.times(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(["a", "pagi", "X", "bukan nama", "a.b"]) | st.integers()
TABLES = st.fixed_dictionaries(
    {},
    optional={
        "humasbot": VALUES,
        "agency": VALUES,
        "sources": st.dictionaries(NAMES, VALUES, max_size=2) | VALUES,
        "accounts": st.dictionaries(NAMES, VALUES, max_size=2) | VALUES,
        "campaigns": st.dictionaries(NAMES, VALUES, max_size=2) | VALUES,
    },
)

PYDANTIC = ("Input should", "String should", "List should", "Keys should", "Extra inputs", "Field required")


@given(TABLES | st.dictionaries(KEYS, VALUES, max_size=5))
@settings(max_examples=400, deadline=None)
def test_no_mapping_is_worse_than_faults(data: Any) -> None:
    config, problems = parse(data, Path("/srv"))
    assert config is not None or problems
    for problem in problems:
        assert problem.where.startswith("humasbot.toml [")
        assert problem.message
        assert not any(words in problem.message for words in PYDANTIC)
    if config is not None:
        assert config.zone
        assert config.database_url


def test_numbers_that_python_will_not_print() -> None:
    enormous = 10**5000
    data = {"agency": {"name": enormous}, "humasbot": {"threads": enormous, "language": enormous}}
    _, problems = parse(data, Path("/srv"))
    assert [problem.message for problem in problems] == [
        "nilai ini tidak dikenal; pilihannya: 'id', 'en'",
        "paling banyak 256",
        "harus berupa teks dalam tanda kutip",
    ]


LINES = st.lists(
    st.sampled_from(
        ["[agency]", 'name = "X"', "[accounts.a]", 'platform = "x"', "[[accounts]]", '[accounts."b.c"]', "x = [", "]",
         'y = """', '"""', "a.b.c = 1", "'k' = { z = 1 }", "at = 06:00:00", "# komentar", "", "[campaigns]",
         'pagi = { occasion = "daily" }', "\u2028", '"\\u0000" = 1', "n = 1e999", "d = 9999-99-99", "\x00"]
    )
    | st.text(max_size=20),
    max_size=12,
)  # fmt: skip


@given(LINES)
@settings(max_examples=300, deadline=None)
def test_no_text_is_worse_than_faults(tmp_path_factory: pytest.TempPathFactory, lines: list[str]) -> None:
    file = tmp_path_factory.getbasetemp() / "wild.toml"
    file.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))
    config, problems = read(file)
    assert config is not None or problems
