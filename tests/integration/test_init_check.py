"""``humasbot check`` after ``humasbot init``: every fault is found, with how to mend it, never a traceback."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from humasbot import app
from humasbot.checking import check, machine
from humasbot.checking.finding import Finding, guarded
from humasbot.cli import main
from humasbot.database import Database
from humasbot.models import Account, utc_now
from humasbot.net import Http
from humasbot.pipeline.setup import unsaved
from humasbot.platforms.registry import platform

SECRET = "kunci-yang-sangat-rahasia"


@dataclass(frozen=True)
class Done:
    """What a command left: its exit code and what it printed."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)


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


@pytest.fixture
def office(tmp_path: Path, run: Callable[..., Done]) -> Path:
    """A young office with nothing but its own page: all is well with it."""
    done = run(
        "init", "--yes", "--name", "Dinas Kominfo Kota Contoh", "--short", "Diskominfo", "--platform", "board"
    )
    assert done.code == 0, done.err
    return tmp_path / "humasbot.toml"


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def found(path: Path, **options: Any) -> list[Finding]:
    return list(check(path, **{"offline": True, **options}))


def red(path: Path, **options: Any) -> list[Finding]:
    return [finding for finding in found(path, **options) if finding.level == "error"]


def test_a_sound_office_is_green(office: Path, run: Callable[..., Done]) -> None:
    done = run("check", "--offline")
    assert done.code == 0, done.out
    said = run("check", "--offline", "--json").data
    # Whether letters can be shaped and emoji drawn is the machine's affair, and whom to tell of trouble the office's
    # own to say; everything else is as it should be.
    lacking = [one for one in said["checks"] if one["level"] != "ok" and one["area"] in ("fonts", "alerts")]
    assert (said["ok"], said["errors"], said["warnings"]) == (True, 0, len(lacking))
    assert ("Semua beres." in done.out) == (not lacking)
    assert {finding["area"] for finding in said["checks"]} == {
        "config", "database", "disk", "fonts", "clock", "account", "template", "alerts", "daemon",
    }  # fmt: skip
    assert not (office.parent / "humasbot.db").exists(), "looking must not make a database"


def test_a_regional_greeting_that_nobody_confirmed_is_told(office: Path) -> None:
    office.write_text(office.read_text() + '\n[calendar]\nlanguages = ["jv", "su"]\nreviewed = ["su"]\n')
    (told,) = [
        finding for finding in found(office) if finding.level == "warning" and finding.area == "config"
    ]
    assert "jv" in told.message
    assert "su" not in told.message.split()[:5]


def test_every_fault_of_the_file_and_still_the_rest(office: Path, run: Callable[..., Done]) -> None:
    change(office, 'primary = "#0B3D91"', 'primary = "biru"')
    change(office, "[accounts.board]", '[accounts.x]\nplatform = "twiter"\n\n[accounts.board]')
    change(office, 'late = "skip"', 'late = "skip"\nkapan = "besok"')
    done = run("check", "--offline", "--json")
    assert done.code == 1
    told = [
        one["message"] for one in done.data["checks"] if one["area"] == "config" and one["level"] == "error"
    ]
    assert len(told) == 3
    assert all(line.startswith("humasbot.toml:") for line in told)
    assert any('"biru" bukan warna' in line for line in told)
    assert any(one["area"] == "fonts" for one in done.data["checks"])


def test_a_faulty_account_leaves_the_others_checked(office: Path) -> None:
    change(office, "[accounts.board]", '[accounts.x]\nplatform = "twiter"\n\n[accounts.board]')
    accounts = {one.name: one.level for one in found(office) if one.area == "account"}
    assert accounts == {"board": "ok"}, "the fault of x is told once, as one of the configuration"
    assert [one.area for one in red(office)] == ["config"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "tidak ada; buat dengan: humasbot init"),
        ("[agency", "bukan TOML yang sah"),
        ("", "wajib diisi"),
    ],
)
def test_no_usable_file_is_red_and_the_machine_is_checked_all_the_same(
    text: str | None, why: str, tmp_path: Path, run: Callable[..., Done]
) -> None:
    if text is not None:
        (tmp_path / "humasbot.toml").write_text(text)
    done = run("check", "--offline")
    assert done.code == 1
    assert why in done.out
    assert "Huruf" in done.out
    assert "Traceback" not in done.out + done.err


def test_missing_secrets_are_named_and_known_ones_never_shown(
    tmp_path: Path, run: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("MASTODON_TOKEN", "BLUESKY_APP_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    run("init", "--yes", "--name", "Kantor", "--platform", "mastodon", "--platform", "bluesky")
    monkeypatch.setenv("MASTODON_TOKEN", SECRET)
    done = run("check", "--offline")
    assert done.code == 1
    assert "BLUESKY_APP_PASSWORD belum diisi" in done.out
    assert "MASTODON_TOKEN" not in done.out
    assert SECRET not in done.out + done.err


def test_a_dry_run_account_needs_no_secret(tmp_path: Path, run: Callable[..., Done]) -> None:
    run("init", "--yes", "--name", "Kantor", "--platform", "bluesky")
    change(tmp_path / "humasbot.toml", "# dry_run = true", "dry_run = true")
    assert run("check", "--offline").code == 0


def test_a_refused_credential_and_a_dead_server_are_red(
    office: Path, monkeypatch: pytest.MonkeyPatch, run: Callable[..., Done]
) -> None:
    monkeypatch.setenv("CEK_TOKEN", SECRET)
    table = '[accounts.fedi]\nplatform = "mastodon"\nserver = "http://127.0.0.1:9"\ntoken = { env = "CEK_TOKEN" }\n\n'
    change(office, "[accounts.board]", table + "[accounts.board]")
    done = run("check", "--json")
    (finding,) = [one for one in done.data["checks"] if one["name"] == "fedi"]
    assert finding["level"] == "error"
    assert "127.0.0.1" in finding["message"] or "terhubung" in finding["message"]
    assert SECRET not in done.out


def test_a_folder_that_cannot_be_made_is_red(office: Path) -> None:
    change(office, 'folder = "public"', 'folder = "humasbot.toml/public"')
    (finding,) = red(office)
    assert (finding.area, finding.name) == ("account", "board")
    assert "humasbot.toml/public" in finding.message


def test_what_is_no_database_is_red_and_says_which_file(office: Path) -> None:
    (office.parent / "humasbot.db").write_text("bukan basis data, hanya tulisan biasa" * 40)
    (finding,) = red(office)
    assert finding.area == "database"
    assert "bukan basis data humasbot" in finding.message


@pytest.mark.slow
def test_a_newer_database_is_red(office: Path) -> None:
    with app.Humasbot(office) as bot, bot.office.database.write() as session:
        session.execute(sa.text("UPDATE humasbot_migration SET version_num = '9999'"))
    (finding,) = red(office)
    assert "lebih baru" in finding.message


@pytest.mark.slow
def test_an_unknown_kind_of_database_is_red(office: Path) -> None:
    change(office, 'database = "sqlite:///humasbot.db"', 'database = "mysql://kantor"')
    (finding,) = red(office)
    assert finding.area == "database"
    assert "sqlite:///" in finding.message


@pytest.mark.slow
def test_a_clock_behind_the_newest_record_is_red(office: Path) -> None:
    app.Humasbot(office).close()
    future = utc_now() + timedelta(hours=3)
    database = Database(app.load(office).database_url)
    with database.write() as session:
        session.execute(
            sa.text(
                "INSERT INTO humasbot_source (agency_id, name, kind, settings, state, active, created_at, read_at, "
                "failures, last_error) "
                "SELECT id, 's', 'feed', '{}', '{}', false, :at, :at, 0, '' FROM humasbot_agency"
            ),
            {"at": future.strftime("%Y-%m-%d %H:%M:%S.%f")},
        )
    database.close()
    (finding,) = red(office)
    assert finding.area == "clock"
    assert "tertinggal" in finding.message
    assert not red(office, now=future + timedelta(minutes=1))


@pytest.mark.slow
def test_a_paused_account_is_told_with_the_way_out(office: Path, run: Callable[..., Done]) -> None:
    with app.Humasbot(office) as bot:
        bot.pause("board", actor="budi")
    done = run("check", "--offline")
    assert done.code == 0
    assert "humasbot accounts resume board" in done.out


@pytest.mark.slow
def test_an_unknown_variable_in_a_template_is_red_with_its_line(office: Path) -> None:
    folder = office.parent / "templates" / "text"
    folder.mkdir(parents=True)
    (folder / "greeting.j2").write_text("{% block head %}Halo\n{{ agncy.name }}{% endblock %}")
    (finding,) = red(office)
    assert finding.area == "template"
    assert "greeting.j2:2" in finding.message
    assert "agncy" in finding.message


def test_a_card_that_cannot_be_drawn_is_red(office: Path) -> None:
    folder = office.parent / "templates" / "cards"
    folder.mkdir(parents=True)
    (folder / "greeting.toml").write_text(
        'extends = "builtin/greeting"\n\n[palette]\nground = "biru sekali"\n'
    )
    told = red(office)
    assert {finding.area for finding in told} == {"template"}
    assert any("greeting.toml" in finding.message for finding in told)


@pytest.mark.slow
def test_without_shaping_the_package_to_install_is_named(
    office: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("humasbot.cards.fonts.shaping_works", lambda: False)
    (finding,) = [one for one in found(office) if one.name == "raqm"]
    assert finding.level == "warning"
    assert "libfribidi0" in finding.message


def test_a_check_that_breaks_is_a_finding_not_a_traceback() -> None:
    def broken() -> Iterator[Finding]:
        raise ZeroDivisionError("tak terduga")

    (finding,) = guarded("disk", "x", broken)
    assert finding.level == "error"
    assert "ZeroDivisionError: tak terduga" in finding.message


@pytest.mark.parametrize(
    ("age", "error", "level", "word"),
    [
        (5, "", "ok", "bekerja"),
        (900, "", "error", "mulai ulang"),
        (5, "basis data terkunci", "error", "terkunci"),
    ],
)
@pytest.mark.slow
def test_the_daemons_heartbeat(office: Path, age: int, error: str, level: str, word: str) -> None:
    now = utc_now()
    (office.parent / "data").mkdir()
    beat = {"at": (now - timedelta(seconds=age)).isoformat(), "jobs": {"publish": {"error": error}}}
    (office.parent / "data" / "daemon.json").write_text(json.dumps(beat))
    told = [finding for finding in found(office, now=now) if finding.area == "daemon"]
    assert told[-1].level == level
    assert word in told[-1].message


@pytest.mark.slow
@pytest.mark.parametrize("text", ["", "bukan json", "[]", '{"at": 3}', '{"at": "2026-01-01"}'])
def test_a_damaged_heartbeat_is_red(office: Path, text: str) -> None:
    (office.parent / "data").mkdir()
    (office.parent / "data" / "daemon.json").write_text(text)
    (finding,) = red(office)
    assert "daemon.json" in finding.message


# The clock beside a server's


class Clock(BaseHTTPRequestHandler):
    """Answers with a ``Date`` that is off by as many seconds as its path says (``/none``: without one)."""

    def do_GET(self) -> None:
        kind, _, offset = self.path.strip("/").partition("/")
        self.send_response_only(200)
        if kind != "none":
            moment = datetime.now(UTC) + timedelta(seconds=float(offset or 0))
            self.send_header(
                "Date", format_datetime(moment, usegmt=True) if kind != "odd" else "kemarin sore"
            )
        if kind == "cached":
            self.send_header("Age", "600")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Clock) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_port}"
        listening.shutdown()


@pytest.mark.parametrize(
    ("paths", "level", "word"),
    [
        (["date/0"], "ok", "cocok"),
        (["date/20"], "warning", "tertinggal"),
        (["date/-90"], "error", "mendahului"),
        (["date/3600", "date/0"], "ok", "cocok"),
        (["cached/-600", "none", "odd"], "", ""),
    ],
)
def test_the_clock_is_compared_with_servers(server: str, paths: list[str], level: str, word: str) -> None:
    http = Http(guard=True, allow_hosts=["127.0.0.1"])
    told = list(machine.compared(http, [f"{server}/{path}" for path in paths]))
    assert [finding.level for finding in told] == ([level] if level else [])
    assert word in "".join(finding.message for finding in told)


@pytest.mark.slow
def test_an_unreachable_source_is_red_and_offline_is_not_asked(office: Path) -> None:
    change(
        office,
        "[accounts.board]",
        '[sources.web]\nkind = "feed"\nurl = "http://127.0.0.1:9/feed"\n\n[accounts.board]',
    )
    change(office, 'language = "id"', 'language = "id"\nallow_hosts = ["127.0.0.1"]')
    (finding,) = red(office, offline=False)
    assert (finding.area, finding.name) == ("source", "web")
    assert "127.0.0.1" in finding.message
    assert red(office) == []


@pytest.mark.slow
def test_a_strangers_platform_without_verify_is_not_red(
    office: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(
        office,
        "[accounts.board]",
        '[accounts.lain]\nplatform = "scripted"\nfolder = "lain"\n\n[accounts.board]',
    )
    cls = platform("scripted")
    monkeypatch.delattr(cls, "verify")
    told = {finding.name: finding for finding in found(office, offline=False) if finding.area == "account"}
    assert told["lain"].level == "ok"
    assert "tidak dapat dicoba" in told["lain"].message
    assert isinstance(unsaved(app.load(office), ["lain"])[1][0], Account)
