"""Freeze, revoke, alerts and the audit trail at the command, and that none of them shows a secret."""

import csv
import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from commanding import Run, call, data  # noqa: F401
from test_cli import office as office
from test_cli import run as run

from humasbot.checking import trust
from humasbot.config import read
from humasbot.database import Database

SECRET = "kunci-rahasia-panjang"


@pytest.fixture
def said(run: Run) -> Run:
    data(run("announce", "kabar.md", "--yes", "--json"))
    return run


@pytest.mark.slow
def test_freeze_is_seen_everywhere_and_lifted(said: Run) -> None:
    assert "humasbot unfreeze" in said("freeze", "--reason", "gempa bumi").stdout
    said_again = ("announce", "-", "--yes")
    text = "# Pemadaman listrik\n\nListrik padam Minggu pukul 09.00 sampai 12.00 WIB.\n"
    assert "gempa bumi" in said(*said_again, stdin=text).stdout
    for command in (["deliveries"], ["deliveries", "1"], ["accounts"], ["health"], ["check", "--offline"]):
        shown = said(*command).stdout
        assert "gempa bumi" in shown, command
    assert json.loads(said("health", "--json").stdout)["freezes"][0]["reason"] == "gempa bumi"
    assert said("unfreeze", "--all").returncode == 1
    again = said("freeze", "--reason", "gempa susulan").stdout
    assert "Sudah dibekukan sejak" in again
    assert "gempa bumi" in again
    assert "gempa bumi" in said("run").stdout
    said("freeze", "--all", "--reason", "tsunami")
    left = said("unfreeze").stdout
    assert "masih ada pembekuan" in left
    assert "humasbot unfreeze --all" in left
    assert "dilepas" in said("unfreeze", "--all").stdout
    assert "gempa bumi" not in said("accounts").stdout
    assert said("freeze").returncode == 2  # a reason is wanted


def test_the_uncertain_are_listed_with_what_to_do(said: Run, office: Path) -> None:
    with closing(sqlite3.connect(office / "humasbot.db")) as database:
        database.execute("UPDATE humasbot_delivery SET state = 'uncertain', needs_person = (id = 1)")
        database.commit()
    shown = said("deliveries", "--uncertain").stdout
    assert "Anda yang memutuskan: 1. " in shown
    assert all(option in shown for option in ("--exists ALAMAT", "--resend", "--drop"))
    assert "belum perlu Anda: 2" in shown


def test_revoke_says_plainly_what_it_cannot_delete(said: Run) -> None:
    done = said("revoke", "satu", "--reason", "ponsel hilang")
    assert done.returncode == 0
    assert "variabel TOKEN_SATU" in done.stdout
    assert "dicabut oleh" in said("accounts").stdout
    assert data(said("revoke", "satu", "--reason", "lagi", "--json"))["left"] == [
        {"setting": "token", "kind": "env", "name": "TOKEN_SATU"}
    ]
    assert said("revoke", "tidak-ada", "--reason", "x").returncode == 1


def test_the_trail_is_verified_listed_and_exported(said: Run, office: Path) -> None:
    said("audit", "seal")
    verdict = data(said("audit", "verify", "--json"))
    assert (verdict["sound"], verdict["unsealed"]) == (True, 0)
    rows = data(said("audit", "list", "--json"))
    assert {row["act"] for row in rows} == {"configured", "approved", "attempt", "step"}
    lines = [json.loads(line) for line in said("audit", "export").stdout.splitlines()]
    assert [line["seq"] for line in lines] == list(range(1, verdict["sealed"] + 1))
    assert lines[-1]["hash"] == verdict["head"]
    cells = list(csv.DictReader(io.StringIO(said("audit", "export", "--format", "csv").stdout)))
    assert [json.loads(cell["detail"]) for cell in cells] == [line["detail"] for line in lines]
    only = [
        json.loads(line) for line in said("audit", "export", "--subject", "delivery:1").stdout.splitlines()
    ]
    assert {line["subject"] for line in only} == {"delivery:1"}


@pytest.mark.slow
def test_a_changed_row_a_missing_one_and_a_cut_tail_are_told(said: Run, office: Path) -> None:
    said("audit", "seal")
    path = office / "humasbot.db"
    whole = path.read_bytes()
    for statement, words in (
        ("UPDATE humasbot_audit SET actor = 'orang lain' WHERE seq = 3", "baris 3 (nomor 3) diubah isinya"),
        ("DELETE FROM humasbot_audit WHERE seq = 3", "baris 3 sampai 3 hilang"),
        ("DELETE FROM humasbot_audit WHERE seq > 4", "ujungnya terpotong"),
    ):
        with sqlite3.connect(path) as connection:
            connection.execute(statement)
        connection.close()
        done = said("audit", "verify")
        assert done.returncode == 1
        assert words in done.stderr.splitlines()[0], statement
        assert "jejak audit tidak utuh" in said("check", "--offline").stdout
        path.write_bytes(whole)
    assert said("audit", "verify").returncode == 0


def test_check_tells_of_a_trail_that_nobody_seals(said: Run, office: Path) -> None:
    def found() -> list[str]:
        database = Database(f"sqlite:///{office / 'humasbot.db'}")
        config = read(office / "humasbot.toml")[0]
        assert config is not None
        try:
            return [f"{one.level} {one.area} {one.name}" for one in trust.stored(database, config)]
        finally:
            database.close()

    assert found() == ["ok audit chain"]
    with sqlite3.connect(office / "humasbot.db") as connection:
        connection.execute("UPDATE humasbot_audit SET at = '2026-01-01 00:00:00.000000' WHERE id = 1")
    connection.close()
    assert found() == ["warning audit unsealed", "error audit chain"]


def test_the_history_of_a_delivery_in_sentences_with_the_zones_name(said: Run, office: Path) -> None:
    shown = said("deliveries", "1").stdout
    assert "disetujui: cli:" in shown
    assert "percobaan 1: terkirim" in shown
    assert "WIB  percobaan" in shown
    config = office / "humasbot.toml"
    config.write_text(config.read_text().replace("[agency]", '[agency]\ntimezone = "Asia/Jayapura"'))
    assert "WIT  percobaan" in said("deliveries", "1").stdout
    assert "attempt 1: sent" in said("deliveries", "1", HUMASBOT_LANG="en").stdout
    with sqlite3.connect(office / "humasbot.db") as connection:
        for table in ("receipt", "attempt", "delivery"):
            connection.execute(f"DELETE FROM humasbot_{table}")
    connection.close()
    shown = said("deliveries", "1").stdout
    assert "sudah dihapus dari basis data" in shown
    assert "percobaan 1: terkirim" in shown
    assert "Layanan KTP buka Sabtu" in shown


@pytest.mark.slow
def test_alerts_are_listed_closed_and_tried(said: Run, office: Path) -> None:
    assert "Tidak ada yang perlu perhatian" in said("alerts").stdout
    said("accounts", "pause", "satu")
    (row,) = data(said("alerts", "--json"))
    assert "Akun satu dijeda" in row["text"]
    assert "Akun satu dijeda" in said("health").stdout
    assert "Akun satu dijeda" in said("check", "--offline").stdout
    assert said("alerts", "done", str(row["id"])).returncode == 0
    assert data(said("alerts", "--json")) == []
    done = said("alerts", "test")
    assert done.returncode == 1
    assert "belum ada alamat" in done.stderr
    assert "belum ada alamat peringatan" in said("check", "--offline").stdout


@pytest.mark.slow
def test_no_secret_in_anything_that_a_whole_run_leaves(run: Run, office: Path) -> None:
    """Every shape of output, the database and the files, after a run that went wrong in every way it could."""
    alarm = "rahasia-alamat-peringatan-77"
    config = office / "humasbot.toml"
    config.write_text(config.read_text() + '\n[alerts]\nurls = [{ env = "ALERT" }]\n')
    env = office / ".env"
    env.write_text(env.read_text() + f"ALERT='json://127.0.0.1:9/{alarm}'\n")
    (office / "satu").mkdir()
    (office / "satu" / "script").write_text("auth")
    commands: tuple[list[str], ...] = (
        ["--verbose", "announce", "kabar.md", "--yes"],
        ["accounts", "--json"],
        ["accounts", "resume", "satu"],
        ["--verbose", "run"],
        ["freeze", "--reason", f"karena {SECRET}"],
        ["unfreeze"],
        ["revoke", "satu", "--reason", f"bocor: {SECRET}"],
        ["revoke", "satu", "--reason", "lagi", "--json"],
        ["--verbose", "alerts", "test"],
        ["alerts", "--json"],
        ["--verbose", "run"],
        ["deliveries", "1"],
        ["deliveries", "1", "--json"],
        ["audit", "list"],
        ["audit", "export"],
        ["audit", "export", "--format", "csv"],
        ["audit", "verify", "--json"],
        ["check", "--offline", "--json"],
        ["health", "--json"],
    )
    shown = ""
    for arguments in commands:
        done = run(*arguments, TOKEN_SATU=SECRET, ALERT=f"json://127.0.0.1:9/{alarm}")
        shown += done.stdout + done.stderr
    assert "bocor: •••" in shown
    assert "alert_not_sent" in shown
    left = shown.encode() + b"".join(found(office))
    for secret in (SECRET, alarm):
        assert secret.encode() not in left


def found(office: Path) -> list[bytes]:
    """Everything that was written, but for the files that hold the secrets themselves."""
    skip: set[Any] = {office / ".env", office / "satu" / "script"}
    return [path.read_bytes() for path in office.rglob("*") if path.is_file() and path not in skip]
