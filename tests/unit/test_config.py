"""``humasbot.toml``: every fault at once, each with its line, and nothing that a person writes ends in a traceback."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from humasbot import config as configuration
from humasbot.config import Config, duration, parse, read

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


def faults(folder: Path, content: str | bytes) -> list[str]:
    file = folder / "humasbot.toml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return [str(problem) for problem in read(file)[1]]


def one(folder: Path, content: str | bytes) -> str:
    (only,) = faults(folder, content)
    return only


def sound(folder: Path, content: str) -> Config:
    (folder / "humasbot.toml").write_text(content, encoding="utf-8")
    config, problems = read(folder / "humasbot.toml")
    assert problems == []
    assert config is not None
    return config


# --- every fault at once, with its line ------------------------------------------------------------------------


def test_every_fault_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    content = """\
[humasbot]
lease = "sepuluh menit"
threads = 0
data_folder = "x"
database = "sqlite:///humas.db"

[agency]
name = ""
timezone = "WIB"
primary = "biru"

[sources.situs]
fresh = "2 hari"

[accounts.Humas_X]
platform = "x"

[accounts.fb]
dry_run = "ya"

[campaigns.pagi]
occasion = "hourly"
template = "greeting"
at = "25:00"
days = ["senin", "monday"]
late = "besok"
priority = 99

[channels.x]
a = 1
"""
    found = faults(tmp_path, content)
    places = sorted(fault.split(": ")[0] for fault in found)
    assert places == sorted(
        [
            "humasbot.toml:2 [humasbot] lease",
            "humasbot.toml:3 [humasbot] threads",
            "humasbot.toml:4 [humasbot] data_folder",
            "humasbot.toml:8 [agency] name",
            "humasbot.toml:9 [agency] timezone",
            "humasbot.toml:10 [agency] primary",
            "humasbot.toml:12 [sources.situs] kind",
            "humasbot.toml:13 [sources.situs] fresh",
            "humasbot.toml:15 [accounts.Humas_X]",
            "humasbot.toml:18 [accounts.fb] platform",
            "humasbot.toml:19 [accounts.fb] dry_run",
            "humasbot.toml:22 [campaigns.pagi] occasion",
            "humasbot.toml:24 [campaigns.pagi] at",
            "humasbot.toml:25 [campaigns.pagi] days.1",
            "humasbot.toml:26 [campaigns.pagi] late",
            "humasbot.toml:27 [campaigns.pagi] priority",
            "humasbot.toml:29 [channels]",
        ]
    )


@pytest.mark.parametrize(
    ("table", "line", "sentence"),
    [
        ("humasbot", 'lease = "0s"', "harus lebih dari nol"),
        ("humasbot", 'lease = "10 min"', '"10 min" bukan lama waktu; tulis misalnya "90s", "5m", "3h" atau "2d"'),
        ("humasbot", 'give_up = "4000d"', '"4000d" terlalu lama; paling banyak "3650d"'),
        ("humasbot", f'settle = "{"9" * 5000}d"', "bukan lama waktu"),
        ("humasbot", 'settle = "-5s"', "bukan lama waktu"),
        ("humasbot", "threads = 1.5", "harus berupa bilangan bulat tanpa tanda kutip"),
        ("humasbot", 'threads = "8"', "harus berupa bilangan bulat tanpa tanda kutip"),
        ("humasbot", "threads = true", "harus berupa bilangan bulat tanpa tanda kutip"),
        ("humasbot", "threads = 257", "paling banyak 256"),
        ("humasbot", "threads = -1", "paling sedikit 1"),
        ("humasbot", 'language = "jv"', "\"jv\" tidak dikenal; pilihannya: 'id', 'en'"),
        ("humasbot", 'allow_hosts = "situs.example"', "harus berupa daftar dalam kurung siku"),
        ("humasbot", "allow_hosts = [1]", "harus berupa teks dalam tanda kutip"),
        ("humasbot", "tokn = 1", "kunci tidak dikenal; yang ada: database, data, templates"),
        ("agency", 'timezone = "Asia"', '"Asia" bukan zona waktu; pakai Asia/Jakarta (WIB)'),
        ("agency", 'timezone = "../../etc/passwd"', "bukan zona waktu"),
        ("agency", 'timezone = ""', "bukan zona waktu"),
        ("agency", 'accent = "#12345"', '"#12345" bukan warna; tulis misalnya "#0B3D91"'),
        ("agency", 'handles = ["@a", 2]', "harus berupa teks dalam tanda kutip"),
        ("campaigns.a", "at = 06:00:00", "harus berupa teks dalam tanda kutip"),
        ("campaigns.a", 'at = "6:00"', '"6:00" bukan jam; tulis misalnya "06:00"'),
        ("campaigns.a", 'at = "24:00"', "bukan jam"),
        ("campaigns.a", 'at = "٠٦:٠٠"', "bukan jam"),
        ("campaigns.a", 'late = "0s"', "harus lebih dari nol"),
        ("campaigns.a", "accounts = []\nsource = 1", "harus berupa teks dalam tanda kutip"),
        ("campaigns.a", 'picture = "kartu"', "pilihannya: 'card', 'photo', 'none'"),
        ("accounts.a", "dry_run = 1", "harus berupa true atau false"),
    ],
)  # fmt: skip
def test_one_fault_is_one_sentence(tmp_path: Path, table: str, line: str, sentence: str) -> None:
    wholes = {
        "humasbot": AGENCY + "[humasbot]\n",
        "agency": AGENCY,
        "campaigns.a": AGENCY + '[campaigns.a]\noccasion = "daily"\ntemplate = "greeting"\n',
        "accounts.a": AGENCY + '[accounts.a]\nplatform = "x"\n',
    }
    fault = one(tmp_path, wholes[table] + line + "\n")
    number = (wholes[table] + line).count("\n") + 1
    assert fault.startswith(f"humasbot.toml:{number} [{table}] ")
    assert sentence in fault
    assert len(fault) < 300
    assert "\n" not in fault


def test_the_same_faults_in_english(tmp_path: Path) -> None:
    os.environ["HUMASBOT_LANG"] = "en"
    assert sorted(faults(tmp_path, '[agency]\n[humasbot]\nthreads = "8"\nlanguage = "fr"\n')) == [
        "humasbot.toml:1 [agency] name: is required",
        "humasbot.toml:3 [humasbot] threads: must be a whole number without quotes",
        "humasbot.toml:4 [humasbot] language: \"fr\" is not known; choose from: 'id', 'en'",
    ]


# --- the file as a whole ---------------------------------------------------------------------------------------


def test_a_missing_file_says_how_to_make_it(tmp_path: Path) -> None:
    config, (problem,) = read(tmp_path / "tidak-ada.toml")
    assert config is None
    assert str(problem) == f"{tmp_path}/tidak-ada.toml: tidak ada; buat dengan: humasbot init"


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    (problem,) = read(tmp_path)[1]
    assert str(problem).startswith(f"{tmp_path}: tidak terbaca (")


def test_an_empty_file_lacks_its_agency(tmp_path: Path) -> None:
    assert one(tmp_path, "") == "humasbot.toml [agency] name: wajib diisi"
    assert one(tmp_path, "# hanya komentar\n") == "humasbot.toml [agency] name: wajib diisi"


def test_a_byte_order_mark_and_windows_line_ends_are_fine(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbf" + AGENCY.replace("\n", "\r\n").encode() + b'primary = "merah"\r\n'
    assert one(tmp_path, content).startswith('humasbot.toml:3 [agency] primary: "merah" bukan warna')


@pytest.mark.parametrize(
    "content", [b'[agency]\nname = "caf\xe9"\n', '[agency]\nname = "x"\n'.encode("utf-16")]
)
def test_another_encoding_is_named(tmp_path: Path, content: bytes) -> None:
    assert one(tmp_path, content) == f"{tmp_path}/humasbot.toml: harus disimpan sebagai UTF-8"


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (AGENCY + "at = 06:00\n", 3),
        (AGENCY + 'timezone = "Asia/Jakarta\n', 3),
        (AGENCY + "[accounts.x\n", 3),
        (AGENCY + 'name = "dua kali"\n', 3),
        (AGENCY + "[agency]\n", 3),
        (AGENCY + "sandi = rahasia\n", 3),
    ],
)
def test_what_is_not_toml_is_told_with_its_line(tmp_path: Path, content: str, line: int) -> None:
    fault = one(tmp_path, content)
    assert fault.startswith(f"humasbot.toml:{line}: bukan TOML yang sah: ")
    assert fault.endswith("periksa tanda kutip, kurung dan tanda sama dengan di baris itu")


@pytest.mark.parametrize("value", ["9" * 5000, "[" * 3000 + "]" * 3000, '"""tanpa akhir'])
def test_what_breaks_the_parser_itself_is_a_fault_like_any_other(tmp_path: Path, value: str) -> None:
    assert "bukan TOML yang sah: " in one(tmp_path, AGENCY + f"x = {value}\n")


def test_tables_written_as_something_else(tmp_path: Path) -> None:
    assert one(tmp_path, "accounts = []\n" + AGENCY) == (
        "humasbot.toml:1 [accounts]: harus berupa tabel [accounts.NAMA]"
    )
    assert one(tmp_path, AGENCY + '[[accounts]]\nplatform = "x"\n').startswith("humasbot.toml:3 [accounts]: ")
    assert one(tmp_path, AGENCY + "[sources]\nsitus = 1\n") == (
        "humasbot.toml:4 [sources.situs]: harus berupa tabel"
    )
    assert one(tmp_path, 'agency = "Dinas"\n') == "humasbot.toml:1 [agency]: harus berupa tabel"


def test_inline_tables_quoted_and_dotted_keys_keep_their_lines(tmp_path: Path) -> None:
    content = (
        AGENCY
        + """\
[accounts]
x = { platform = "x", dry_run = 1 }
"mas-to.don" = { platform = "mastodon" }
bsky.platform = "bluesky"
bsky.dry_run = "ya"

[ campaigns . "pagi" ] # sapaan
occasion = "daily"
template = "greeting"
"at" = "7"
"""
    )
    assert faults(tmp_path, content) == [
        "humasbot.toml:4 [accounts.x] dry_run: harus berupa true atau false",
        "humasbot.toml:5 [accounts.mas-to.don]: nama hanya boleh huruf kecil, angka, - dan _",
        "humasbot.toml:7 [accounts.bsky] dry_run: harus berupa true atau false",
        'humasbot.toml:12 [campaigns.pagi] at: "7" bukan jam; tulis misalnya "06:00"',
    ]


def test_what_is_sound_is_kept_beside_what_is_not(tmp_path: Path) -> None:
    (tmp_path / "humasbot.toml").write_text(AGENCY + '[accounts.a]\nplatform = "x"\n[accounts.b]\n')
    config, problems = read(tmp_path / "humasbot.toml")
    assert config is not None
    assert list(config.accounts) == ["a"]
    assert len(problems) == 1


def test_a_whole_configuration(tmp_path: Path) -> None:
    config = sound(
        tmp_path,
        AGENCY
        + """\
timezone = "Asia/Jayapura"
[humasbot]
threads = 3
[sources.situs]
kind = "wordpress"
url = "https://contoh.go.id"
pages = true
[accounts.masto]
platform = "mastodon"
token = { env = "MASTODON_TOKEN" }
[campaigns.berita]
occasion = "article"
source = "situs"
template = "announcement"
late = "36h"
""",
    )
    assert config.sources["situs"].settings == {"url": "https://contoh.go.id", "pages": True}
    assert config.accounts["masto"].settings == {"token": {"env": "MASTODON_TOKEN"}}
    assert config.campaigns["berita"].late_after == timedelta(hours=36)
    assert str(config.zone) == "Asia/Jayapura"


@pytest.mark.parametrize(
    ("late", "after"), [("send", None), ("skip", timedelta(hours=3)), ("45m", timedelta(minutes=45))]
)
def test_the_late_rule(late: str, after: timedelta | None) -> None:
    campaign = {"occasion": "daily", "at": "06:00", "template": "greeting", "late": late}
    config, problems = parse({"agency": {"name": "X"}, "campaigns": {"pagi": campaign}}, Path())
    assert not problems
    assert config is not None
    assert config.campaigns["pagi"].late_after == after


@pytest.mark.parametrize(
    ("text", "seconds"), [("0s", 0), ("90s", 90), ("5m", 300), (" 3 h ", 10_800), ("2d", 172_800)]
)
def test_lengths_of_time(text: str, seconds: int) -> None:
    assert duration(text) == timedelta(seconds=seconds)


# --- the .env file beside it -----------------------------------------------------------------------------------


def test_the_env_file_beside_the_configuration_is_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ALAMAT=postgresql+psycopg://humas@db/humas\n")
    config = sound(tmp_path, '[humasbot]\ndatabase = "${ALAMAT}"\n' + AGENCY)
    assert config.database_url == "postgresql+psycopg://humas@db/humas"


def test_a_broken_env_file_is_one_fault_among_the_others(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"RAHASIA=\xff\n")
    assert faults(tmp_path, "[agency]\n") == [
        f"{tmp_path}/.env: tidak terbaca (bukan teks UTF-8)",
        "humasbot.toml:1 [agency] name: wajib diisi",
    ]
    (tmp_path / ".env").write_bytes(b"A=1\nRAHASIA=a\0b\n")
    assert one(tmp_path, AGENCY) == f"{tmp_path}/.env:2: memuat karakter NUL"


def test_nothing_of_a_secret_stands_in_the_repr_of_the_faults(tmp_path: Path) -> None:
    content = (
        AGENCY
        + 'token = "EAAB-rahasia"\n[campaigns.a]\noccasion = "daily"\ntemplate = "x"\nsandi = "EAAB-rahasia"\n'
    )
    found = read_problems(tmp_path, content)
    assert len(found) == 2
    assert "EAAB" not in repr(found)


def read_problems(folder: Path, content: str) -> list[Any]:
    (folder / "humasbot.toml").write_text(content)
    return configuration.read(folder / "humasbot.toml")[1]
