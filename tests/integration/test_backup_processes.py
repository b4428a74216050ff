"""Backups by processes: while a daemon writes, and killed; and the database's own upgrade."""

import os
import shutil
import signal
import sqlite3
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from backing import announce, states
from promised import on_sqlite, until
from sqlmodel import select
from warm import Warm, humasbot

from humasbot import database as module
from humasbot.app import Humasbot
from humasbot.backup import Archive
from humasbot.backup.upgrading import look
from humasbot.database import Database, DatabaseError
from humasbot.models import Account


def command(folder: Path, *words: str) -> Warm:
    return Warm(humasbot, *words, folder=folder)


def office(folder: Path, url: str) -> Humasbot:
    (folder / "humasbot.toml").write_text(
        f'[humasbot]\ndatabase = "{url}"\nsettle = "0s"\n[agency]\nname = "Dinas"\n'
        '[accounts.satu]\nplatform = "scripted"\nfolder = "satu"\n'
    )
    return Humasbot(folder / "humasbot.toml")


@pytest.mark.slow
def test_a_backup_while_the_daemon_writes_is_of_one_moment(
    database_url: str, tmp_path: Path, public: Any
) -> None:
    with office(tmp_path, database_url) as bot:
        for number in range(30):
            announce(bot, tmp_path, number)
        daemon = command(tmp_path, "daemon")
        try:
            until(lambda: public("satu"), 60)
            for number in range(6):
                assert command(tmp_path, "backup", f"c{number}.zip").wait(timeout=60) == 0
            until(lambda: len(public("satu")) == 30, 60)
        finally:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(timeout=30)
    seen = []
    for number in range(6):
        with Archive(tmp_path / f"c{number}.zip") as archive:
            archive.verify()
            counts = archive.manifest.counts
        assert counts["humasbot_delivery"] == 30
        assert counts["humasbot_receipt"] <= counts["humasbot_attempt"] <= counts["humasbot_receipt"] + 1
        seen.append(counts["humasbot_receipt"])
    assert seen == sorted(seen)
    done = command(tmp_path, "restore", "c0.zip", "--force", "--yes")
    assert done.wait(timeout=60) == 0
    after = command(tmp_path, "daemon")
    try:
        with Humasbot(tmp_path / "humasbot.toml", migrate=False) as bot:
            until(lambda: set(states(bot)) == {"sent"}, 60)
    finally:
        after.send_signal(signal.SIGTERM)
        after.wait(timeout=30)
    assert len(public("satu")) == 30


@pytest.mark.slow
def test_a_backup_that_is_killed_leaves_nothing_under_its_name(database_url: str, tmp_path: Path) -> None:
    with office(tmp_path, database_url) as bot:
        announce(bot, tmp_path, 1)
        for number in range(40):
            bot.office.media.put(os.urandom(500_000) + bytes([number]))
    began = time.monotonic()
    assert command(tmp_path, "backup", "whole.zip").wait(timeout=60) == 0
    took = time.monotonic() - began
    finished = 0
    for number in range(12):
        path = tmp_path / f"k{number}.zip"
        process = command(tmp_path, "backup", path.name)
        try:
            process.wait(timeout=took * (0.3 + number * 0.06))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if path.exists():
            finished += 1
            with Archive(path) as archive:
                archive.verify()
    assert finished < 12
    left = [*tmp_path.glob(".k*.part"), *tmp_path.glob(".humasbot-*.part")]
    for path in left:
        os.utime(path, (1, 1))
    for number in range(12):
        assert command(tmp_path, "backup", f"k{number}.zip", "--force").wait(60) == 0
    assert not [path for path in left if path.exists()]


# Upgrade


@on_sqlite
def test_an_upgrade_says_what_it_would_do_and_keeps_the_way_back(database_url: str, tmp_path: Path) -> None:
    database = Database(database_url)
    plan = look(database)
    assert plan.steps == []
    file = database.file
    assert file is not None
    with database.write() as session:
        session.execute(sa.text("UPDATE humasbot_migration SET version_num = '9999'"))
    with pytest.raises(DatabaseError, match="lebih baru"):
        look(database)
    database.close()
    empty = Database(f"sqlite:///{tmp_path / 'none.db'}")
    assert look(empty).steps[0][0] == "0001"
    assert not (tmp_path / "none.db").exists()


@on_sqlite
def test_a_migration_keeps_a_copy_of_what_was(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts = tmp_path / "migrations"
    shutil.copytree(Path(module.__file__).parent / "migrations", scripts)
    database = Database(database_url)
    newest = database.version()[1]
    (scripts / "versions" / "9000_more.py").write_text(
        f'"""One more table."""\nfrom alembic import op\nimport sqlalchemy as sa\nrevision = "9000"\n'
        f'down_revision = "{newest}"\n\ndef upgrade():\n    op.create_table("humasbot_more", '
        'sa.Column("id", sa.Integer, primary_key=True))\n'
    )

    monkeypatch.setattr(module, "SCRIPTS", scripts)
    plan = look(database)
    assert plan.steps == [("9000", "One more table.")]
    assert any("CREATE TABLE humasbot_more" in statement for statement in plan.statements)
    assert database.version()[0] == newest, "it was tried on a copy"
    database.migrate()
    assert database.version()[0] == "9000"
    kept = Path(f"{database.file}.before-9000-from-{newest}")
    with sqlite3.connect(kept) as copy:
        assert copy.execute("SELECT version_num FROM humasbot_migration").fetchone() == (newest,)
    with database.read() as session:
        assert session.exec(select(Account)).all() == []
    database.close()
