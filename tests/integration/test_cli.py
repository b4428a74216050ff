"""The command, as an admin meets it: real processes, real exit codes, never a traceback."""
# ruff: noqa: F811

import subprocess
import sys
from pathlib import Path

import pytest
from commanding import Run, call, data  # noqa: F401

CONFIG = """
[humasbot]
settle = "0s"

[agency]
name = "Dinas Kominfo Kota Contoh"
short = "Diskominfo"
sign_off = "— Diskominfo"

[accounts.satu]
platform = "scripted"
folder = "satu"
token = { env = "TOKEN_SATU" }

[accounts.dua]
platform = "scripted"
folder = "dua"

[campaigns.pagi]
occasion = "daily"
at = "06:00"
template = "greeting"
card = "greeting"
"""


@pytest.fixture
def office(tmp_path: Path) -> Path:
    (tmp_path / "humasbot.toml").write_text(CONFIG)
    (tmp_path / ".env").write_text("TOKEN_SATU='kunci-rahasia-panjang'\n")
    (tmp_path / "kabar.md").write_text(
        "# Layanan KTP buka Sabtu\n\nPerekaman KTP dilayani Sabtu pukul 08.00 WIB.\n"
    )
    return tmp_path


@pytest.fixture
def run(office: Path, monkeypatch: pytest.MonkeyPatch, call: Run) -> Run:
    """The command, in the office's folder."""
    monkeypatch.chdir(office)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.delenv("TOKEN_SATU", raising=False)
    return call


def test_announce_and_again(run: Run, office: Path) -> None:
    first = data(run("announce", "kabar.md", "--yes", "--json"))
    assert [stand["state"] for stand in first["standing"]] == ["sent", "sent"]
    again = run("announce", "kabar.md", "--yes")
    assert again.returncode == 0
    assert "Sudah pernah diumumkan" in again.stdout
    assert len((office / "satu" / "record.jsonl").read_text().splitlines()) == 1


def test_announce_asks_and_no_means_no(run: Run, office: Path) -> None:
    done = run("announce", "kabar.md", stdin="n\n")
    assert done.returncode == 130
    assert "Terbitkan di 2 akun sekarang?" in done.stdout
    assert not (office / "satu" / "record.jsonl").exists()
    assert data(run("posts", "--json")) == []


def test_dry_run_shows_and_changes_nothing(run: Run, office: Path) -> None:
    done = run("announce", "kabar.md", "--dry-run")
    assert done.returncode == 0
    assert "Layanan KTP buka Sabtu" in done.stdout
    assert "tidak ada yang diterbitkan" in done.stdout
    assert data(run("deliveries", "--json")) == []


def test_markdown_from_standard_input(run: Run) -> None:
    text = "# Pemadaman listrik\n\nListrik padam Minggu pukul 09.00 sampai 12.00 WIB.\n"
    done = data(run("announce", "-", "--yes", "--json", stdin=text))
    assert done["title"] == "Pemadaman listrik"
    assert {stand["state"] for stand in done["standing"]} == {"sent"}


def test_at_is_in_the_agencys_zone(run: Run) -> None:
    done = data(run("announce", "kabar.md", "--yes", "--json", "--at", "2099-12-01 07:00"))
    assert {stand["due_at"] for stand in done["standing"]} == {"2099-12-01T00:00:00+00:00"}
    assert {stand["state"] for stand in done["standing"]} == {"queued"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["announce", "kabar.md", "--at", "kemarin"], "2026-12-01 07:00"),
        (["announce", "kabar.md", "--yes", "--at", "2020-01-01 07:00"], "lewat"),
        (["announce", "tidak-ada.md"], "bukan berkas"),
        (["announce", "http://127.0.0.1:9/x"], "127.0.0.1"),
        (["announce", "kabar.md", "--to", "tiga"], "tidak ada akun tiga"),
        (["preview", "siang", "--on", "2026-12-01"], "tidak ada kampanye siang"),
        (["preview", "pagi", "--on", "besok"], "bukan tanggal"),
        (["approve", "99"], "tidak ada kiriman nomor 99"),
        (["deliveries", "99"], "tidak ada pengiriman nomor 99"),
        (["resolve", "1", "--drop"], "tidak ada pengiriman nomor 1"),
        (["templates", "copy", "nihil"], "tidak ada templat"),
        (["-c", "lain.toml", "posts"], "humasbot init"),
    ],
)
def test_bad_input_is_one_clear_sentence(run: Run, arguments: list[str], words: str) -> None:
    done = run(*arguments)
    assert done.returncode not in (0, None)
    assert words in done.stderr


def test_every_fault_of_the_file_at_once_with_its_line(run: Run, office: Path) -> None:
    broken = CONFIG.replace('platform = "scripted"\nfolder = "dua"', 'platform = "skripted"\nfolder = "dua"')
    broken = broken.replace('token = { env = "TOKEN_SATU" }', 'token = "rahasia-terbuka"').replace(
        "06:00", "26:00"
    )
    (office / "humasbot.toml").write_text(broken)
    done = run("posts")
    assert done.returncode == 2
    for words in (
        "[accounts.dua] platform",
        "scripted",
        "[accounts.satu] token",
        "[campaigns.pagi] at",
        "26:00",
    ):
        assert words in done.stderr
    assert "rahasia-terbuka" not in done.stderr
    assert done.stderr.count("humasbot.toml:") == 3


def test_lists_show_and_speak_json(run: Run) -> None:
    run("announce", "kabar.md", "--yes")
    for name in (
        "posts",
        "deliveries",
        "accounts",
        "sources",
        "campaigns",
        "platforms",
        "templates",
        "articles",
    ):
        assert isinstance(data(run(name, "--json")), list)
        assert run(name).returncode == 0
    assert "scripted" in run("posts", "1").stdout
    assert "disetujui" in run("deliveries", "1").stdout


def test_preview_writes_files_without_a_database(run: Run, office: Path) -> None:
    rows = data(run("preview", "pagi", "--on", "2026-12-01", "--json"))
    assert [row["account"] for row in rows] == ["satu", "dua"]
    files = [office / name for name in rows[0]["files"]]
    assert "Selasa, 1 Desember 2026" in files[0].read_text()
    assert files[1].read_bytes()[:3] == b"\xff\xd8\xff"
    assert not (office / "humasbot.db").exists()


def test_preview_of_a_silent_day_says_first_that_nothing_goes_out_and_why(run: Run, office: Path) -> None:
    meeting = """
[campaigns.rapat]
occasion = "recurring"
rule = "FREQ=WEEKLY;BYDAY=MO"
at = "08:00"
template = "announcement"
picture = "none"

[calendar]
province = "Bali"
"""
    (office / "humasbot.toml").write_text(CONFIG + meeting)
    first = "! Pada Senin, 8 Maret 2027 kampanye pagi tidak mengirim apa pun – Hari Suci Nyepi di Bali: "
    shown = run("preview", "pagi", "--on", "2027-03-08")
    lines = shown.stdout.splitlines()
    assert lines[0].startswith(first)
    assert shown.stdout.count("Nyepi di Bali") == 1
    assert lines[-1].endswith("pagi-2027-03-08-dua-1.jpg"), "the card is drawn all the same"
    # What only a gate beyond the campaign's own day stops is told too; and a day on which it speaks is not.
    rows = data(run("preview", "rapat", "--on", "2027-03-08", "--json"))
    assert {row["kept_back"].split(":")[0] for row in rows} == {"ditahan"}
    assert (
        "kampanye rapat tidak mengirim apa pun – ditahan: "
        in run("preview", "rapat", "--on", "2027-03-08").stdout
    )
    assert run("preview", "rapat", "--on", "2027-03-15").stdout.startswith("── satu")
    assert not (office / "humasbot.db").exists()


def test_templates_copy_then_own_words_win(run: Run, office: Path) -> None:
    assert run("templates", "copy", "greeting").returncode == 0
    copied = office / "templates" / "text" / "greeting.j2"
    copied.write_text(copied.read_text().replace("{{ greeting.head }}", "Sugeng enjang!"))
    rows = data(run("preview", "pagi", "--on", "2026-12-01", "--json"))
    assert rows[0]["text"].startswith("Sugeng enjang!")
    assert run("templates", "copy", "greeting").returncode == 1


def test_uncertain_is_listed_and_settled_by_a_person(run: Run, office: Path) -> None:
    (office / "satu").mkdir()
    (office / "satu" / "script").write_text("lost_before")
    done = run("announce", "kabar.md", "--yes", "--to", "satu")
    assert done.returncode == 1
    assert "belum pasti" in done.stdout
    (row,) = data(run("deliveries", "--uncertain", "--json"))
    settled = data(run("resolve", str(row["id"]), "--exists", "https://x.example/1", "--json"))
    assert settled["state"] == "sent"
    assert data(run("deliveries", "--uncertain", "--json")) == []


def test_no_secret_in_any_output(run: Run, office: Path) -> None:
    (office / "satu").mkdir()
    (office / "satu" / "script").write_text("auth")
    shown = []
    for arguments in (
        ["--verbose", "announce", "kabar.md", "--yes"],
        ["accounts", "--json"],
        ["deliveries", "1"],
        ["deliveries", "--json"],
        ["run"],
        ["platforms", "--json"],
        ["revoke", "satu", "--reason", "bocor: kunci-rahasia-panjang"],
        ["alerts", "--json"],
        ["audit", "export"],
    ):
        done = run(*arguments)
        shown.append(done.stdout + done.stderr)
    assert "bocor: •••" in "".join(shown)
    assert "dijeda" in run("accounts").stdout
    assert "kunci-rahasia-panjang" not in "".join(shown)
    assert b"kunci-rahasia-panjang" not in b"".join(p.read_bytes() for p in office.glob("humasbot.db*"))


def test_newer_database_is_refused(run: Run, office: Path) -> None:
    import sqlite3

    data(run("posts", "--json"))
    with sqlite3.connect(office / "humasbot.db") as connection:
        connection.execute("UPDATE humasbot_migration SET version_num = '9999'")
    done = run("posts")
    assert done.returncode == 1
    assert "lebih baru" in done.stderr


def test_english_on_request(run: Run) -> None:
    assert "there is no post number 99" in run("approve", "99", HUMASBOT_LANG="en").stderr


def test_as_a_real_process_from_another_folder(office: Path) -> None:
    command = [sys.executable, "-m", "humasbot", "-c", str(office / "humasbot.toml"), "approve", "99"]
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "scripted" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_offices_language_unless_asked_otherwise(run: Run, office: Path) -> None:
    (office / "humasbot.toml").write_text(CONFIG.replace("[humasbot]", '[humasbot]\nlanguage = "en"'))
    assert "There is no post yet." in run("posts").stdout
    assert "Belum ada kiriman." in run("posts", HUMASBOT_LANG="id").stdout
