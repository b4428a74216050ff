"""Backups on SQLite and PostgreSQL: whole or not there, and after a restore nothing is sent twice."""

import json
import os
import zipfile
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import time_machine
from backing import announce, backed_up, bring_back, every, later, states
from promised import on_postgresql, on_sqlite
from sqlmodel import select

from humasbot.app import Humasbot
from humasbot.backup import BackupError, save
from humasbot.backup.archive import MANIFEST
from humasbot.backup.records import export
from humasbot.content import Item
from humasbot.database import Database, DatabaseError
from humasbot.models import (
    Attempt,
    Audit,
    Campaign,
    Delivery,
    Post,
    Recipient,
    RecipientResult,
    Source,
    utc_now,
)
from humasbot.pipeline.recording import record
from humasbot.testing.standin_mail import MailStandIn

# Whole


def test_what_is_restored_is_what_was_there(bot: Humasbot, tmp_path: Path, public: Any) -> None:
    announce(bot, tmp_path, 1)
    bot.publish()
    bot.trail.seal()
    before = every(bot, Delivery)
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "own.j2").write_text("{{ title }}")
    digest = bot.office.media.put(b"a picture")
    saved = save(bot.config, bot.office.database, tmp_path / "cadangan.zip")
    assert saved.manifest.counts["humasbot_delivery"] == 2
    assert (tmp_path / "cadangan.zip").stat().st_mode & 0o777 == 0o600
    announce(bot, tmp_path, 2)
    bot.office.media.path(digest).unlink()
    (tmp_path / "templates" / "own.j2").unlink()
    done = bring_back(bot, tmp_path / "cadangan.zip", moved=True)
    assert (done.unknown, done.frozen) == (0, False)
    assert every(bot, Delivery) == before
    assert bot.office.media.get(digest) == b"a picture"
    assert (tmp_path / "templates" / "own.j2").read_text() == "{{ title }}"
    assert bot.trail.verify().sound
    announce(bot, tmp_path, 3)
    bot.publish()
    assert len(public("satu")) == 2


@pytest.mark.parametrize("wrong", ["cut", "flipped", "other", "added", "escaping", "newer", "ours"])
@on_sqlite
def test_what_is_not_a_whole_backup_of_ours_changes_nothing(
    bot: Humasbot, tmp_path: Path, wrong: str
) -> None:
    path = backed_up(bot, tmp_path / "cadangan.zip")
    announce(bot, tmp_path, 1)
    data = bytearray(path.read_bytes())
    if wrong == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif wrong == "flipped":
        data[len(data) // 3] ^= 1
        path.write_bytes(data)
    elif wrong == "other":
        path.write_bytes(b"SQLite format 3\0")
    else:
        spoil(path, wrong)
    with pytest.raises(BackupError) as fault:
        bring_back(bot, path)
    words = {"newer": "lebih baru", "ours": "lebih baru"}
    assert words.get(wrong, "rusak") in str(fault.value)
    assert states(bot) == ["queued", "queued"]


def spoil(path: Path, how: str) -> None:
    """Write the same archive with something wrong."""
    with zipfile.ZipFile(path) as old:
        files = {name: old.read(name) for name in old.namelist()}
    manifest = json.loads(files[MANIFEST])
    if how == "added":
        files["data/extra"] = b"x"
    if how == "escaping":
        manifest["files"]["data/../../x"] = manifest["files"].pop("database.sqlite")
    if how == "newer":
        manifest["schema"] = "9999"
    if how == "ours":
        manifest["format"] = 2
    files[MANIFEST] = json.dumps(manifest).encode()
    with zipfile.ZipFile(path, "w") as new:
        for name, data in files.items():
            new.writestr(name, data)


@pytest.mark.slow
def test_a_restore_replaces_nothing_unasked_nor_beneath_a_daemon(bot: Humasbot, tmp_path: Path) -> None:
    path = backed_up(bot, tmp_path / "cadangan.zip")
    assert bring_back(bot, path, force=False).unknown == 0, "only the configuration's own rows stand there"
    announce(bot, tmp_path, 1)
    with pytest.raises(BackupError, match="--force"):
        bring_back(bot, path, force=False)
    beat = tmp_path / "data" / "daemon.json"
    beat.parent.mkdir(exist_ok=True)
    beat.write_text(json.dumps({"at": utc_now().isoformat()}))
    with pytest.raises(BackupError, match="masih berjalan"):
        bring_back(bot, path)
    assert states(bot) == ["queued", "queued"]


@pytest.mark.slow
@on_postgresql
def test_a_restore_sees_who_is_connected_from_anywhere(bot: Humasbot, tmp_path: Path) -> None:
    path = backed_up(bot, tmp_path / "cadangan.zip")
    with (
        Database(str(bot.office.database.url)).engine.connect(),
        pytest.raises(BackupError, match="masih berjalan"),
    ):
        bring_back(bot, path)


@on_sqlite
def test_a_file_that_is_there_is_not_replaced_unasked(bot: Humasbot, tmp_path: Path) -> None:
    path = backed_up(bot, tmp_path / "cadangan.zip")
    with pytest.raises(BackupError, match="sudah ada"):
        save(bot.config, bot.office.database, path)
    before = path.read_bytes()
    save(bot.config, bot.office.database, path, replace=True)
    assert path.read_bytes() != before


@pytest.mark.slow
@on_sqlite
def test_a_damaged_database_is_not_backed_up_and_can_be_replaced(bot: Humasbot, tmp_path: Path) -> None:
    announce(bot, tmp_path, 1)
    path = backed_up(bot, tmp_path / "cadangan.zip")
    bot.close()
    file = bot.office.database.file
    assert file is not None
    data = bytearray(file.read_bytes())
    data[100:] = os.urandom(len(data) - 100)
    file.write_bytes(data)
    with pytest.raises((BackupError, DatabaseError)):
        save(bot.config, bot.office.database, tmp_path / "rusak.zip")
    assert not (tmp_path / "rusak.zip").exists()
    done = bring_back(bot, path)
    assert done.before is not None
    assert done.before.read_bytes() == bytes(data)
    assert len(every(bot, Delivery)) == 2


@on_postgresql
def test_without_the_programs_of_postgresql_it_says_so(
    bot: Humasbot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupError, match="pg_dump tidak ada"):
        save(bot.config, bot.office.database, tmp_path / "cadangan.zip")
    assert not (tmp_path / "cadangan.zip").exists()


# Nothing twice


def test_yesterdays_backup_sends_nothing_twice(bot: Humasbot, tmp_path: Path, public: Any) -> None:
    for number in range(3):
        announce(bot, tmp_path, number)
    path = backed_up(bot, tmp_path / "cadangan.zip")
    bot.pause("dua", actor="budi")
    bot.publish()
    assert (len(public("satu")), len(public("dua"))) == (3, 0)
    done = bring_back(bot, path)
    assert (done.unknown, done.frozen, states(bot)) == (6, True, ["uncertain"] * 6)
    assert bot.publish() == 0
    later(bot)
    assert states(bot) == ["queued"] * 3 + ["sent"] * 3
    with time_machine.travel(utc_now() + timedelta(hours=4)):
        assert bot.publish() == 0, "frozen until a person has looked"
        bot.unfreeze(actor="budi", everything=True)
        while bot.publish():
            pass
    assert states(bot) == ["sent"] * 6
    assert (len(public("satu")), len(public("dua"))) == (3, 3)
    assert {row.act for row in every(bot, Audit) if row.subject == "delivery:1"} >= {"restored", "look"}
    assert bot.trail.seal() > 0
    assert bot.trail.verify().sound


def test_an_alert_of_the_lost_time_is_for_a_person_since_no_freeze_stops_it(
    bot: Humasbot, tmp_path: Path, public: Any
) -> None:
    for number in range(2):
        announce(bot, tmp_path, number)
    with bot.office.database.write() as session:
        for delivery in session.exec(select(Delivery).where(Delivery.variant_id <= 2)).all():
            delivery.priority = 10  # the first announcement is an alert
    path = backed_up(bot, tmp_path / "cadangan.zip")
    bot.pause("dua", actor="budi")
    bot.publish()
    bring_back(bot, path)
    later(bot)
    with time_machine.travel(utc_now() + timedelta(hours=4)):
        assert bot.publish() == 0
    found = {(row.priority, row.state, row.needs_person) for row in every(bot, Delivery)}
    assert found == {(10, "sent", False), (10, "uncertain", True), (0, "sent", False), (0, "queued", False)}
    assert (len(public("satu")), len(public("dua"))) == (2, 0)
    waiting = next(row.id for row in every(bot, Delivery) if row.needs_person)
    bot.alerts.look()
    assert any(f"humasbot resolve {waiting} --resend" in alert["text"] for alert in bot.alerts.open())
    bot.resolve(waiting, actor="budi", resend=True)
    with time_machine.travel(utc_now() + timedelta(hours=5)):
        bot.publish()
    assert (len(public("satu")), len(public("dua"))) == (2, 1)


def test_what_was_under_way_is_unknown_and_what_is_not_due_stays(
    bot: Humasbot, tmp_path: Path, script: Any
) -> None:
    announce(bot, tmp_path, 1)
    announce(bot, tmp_path, 2, at=utc_now() + timedelta(hours=5))
    with bot.office.database.write() as session:
        first = session.get_one(Delivery, 1)
        first.state, first.claimed_by, first.attempts = "sending", "x", 1
        session.add(Attempt(delivery_id=1, number=1, worker="x"))
    path = backed_up(bot, tmp_path / "cadangan.zip")
    assert bring_back(bot, path).unknown == 2
    assert states(bot) == ["queued", "queued", "uncertain", "uncertain"]
    tries = [(row.delivery_id, row.worker, row.outcome) for row in every(bot, Attempt)]
    assert tries == [(1, "x", ""), (2, "restore", "uncertain")]


@pytest.mark.slow
def test_letters_whose_answer_is_lost_are_not_written_again(
    settings: dict[str, Any], open_bot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with MailStandIn() as server:
        monkeypatch.setenv("SANDI_SUREL", server.password)
        settings["accounts"] = {
            "surel": {"platform": "email", "host": "127.0.0.1", "port": str(server.port), "security": "none",
                      "user": server.user, "sender": "humas@contoh.go.id", "contact": "Jl. Merdeka 1",
                      "web": "https://langganan.contoh.go.id", "password": {"env": "SANDI_SUREL"}},
        }  # fmt: skip
        bot: Humasbot = open_bot(settings)
        with bot.office.database.write() as session:
            for number in range(2):
                session.add(
                    Recipient(agency_id=1, kind="email", address=f"w{number}@contoh.id", state="active", seal="s",
                              consent_at=utc_now(), consent_how="loket", consent_evidence="map")
                )  # fmt: skip
        announce(bot, tmp_path, 1)
        path = backed_up(bot, tmp_path / "cadangan.zip")
        bot.publish()
        assert len(server.letters) == 2
        bring_back(bot, path)
        bot.unfreeze(actor="budi", everything=True)
        later(bot)
        bot.publish()
        assert len(server.letters) == 2
        assert [row.state for row in every(bot, RecipientResult)] == ["sending", "sending"]
        (delivery,) = every(bot, Delivery)
        assert (delivery.state, delivery.needs_person) == ("uncertain", True)


@pytest.mark.slow
def test_what_the_lost_time_may_have_announced_waits_for_a_person(
    settings: dict[str, Any], open_bot: Any, tmp_path: Path, public: Any
) -> None:
    settings["sources"] = {"situs": {"kind": "folder", "folder": str(tmp_path / "situs")}}
    settings["campaigns"] = {
        "berita": {"occasion": "article", "source": "situs", "approval": "policy"},
        "pagi": {
            "occasion": "daily",
            "at": "00:01",
            "approval": "policy",
            "template": "greeting",
            "late": "send",
        },
    }
    (tmp_path / "situs").mkdir()
    bot: Humasbot = open_bot(settings)
    with bot.office.database.write() as session:
        for campaign in session.exec(select(Campaign)).all():
            campaign.created_at -= timedelta(days=2)
    path = backed_up(bot, tmp_path / "cadangan.zip")
    bring_back(bot, path)
    now = utc_now()
    with bot.office.database.write() as session:
        source = session.exec(select(Source)).one()
        source.read_at = now - timedelta(days=1)
        for key, at in (("lama", now - timedelta(hours=2)), ("baru", now + timedelta(seconds=2))):
            words = f"Pelayanan {key} dibuka untuk semua warga kota mulai pekan depan di balai kota. " * 3
            item = Item(
                key=key, url=f"https://a.example/{key}", title=f"Berita {key}", text=words, published=at
            )
            record(session, source, item, now - timedelta(days=2), now)
    found = {row["key"]: row["state"] for row in bot.views.articles()}
    assert found == {"lama": "held", "baru": "new"}
    bot.plan()
    skipped = {post.occasion: post.skipped for post in every(bot, Post)}
    assert any("pemulihan" in why for why in skipped.values())
    assert sum(not why for why in skipped.values()) >= 1
    old = next(row["id"] for row in bot.views.articles() if row["key"] == "lama")
    bot.release(old, actor="budi")
    bot.plan()
    assert sum(post.article_id == old and not post.skipped for post in every(bot, Post)) == 1


# Records


@pytest.mark.slow
def test_the_archive_holds_what_was_said_and_who_approved_it(
    bot: Humasbot, tmp_path: Path, script: Any
) -> None:
    script("dua", "refused")
    announce(bot, tmp_path, 1)
    bot.publish()
    announce(bot, tmp_path, 2, at=utc_now() + timedelta(days=40))
    now = utc_now()
    done = export(bot.office.database, bot.office.media, tmp_path / "arsip.zip", start=now - timedelta(days=1),
                  end=now + timedelta(days=1), agency="utama")  # fmt: skip
    expected = {"posts": 1, "variants": 2, "approvals": 2, "deliveries": 2, "attempts": 2, "receipts": 1}
    assert expected.items() <= done.counts.items()
    with zipfile.ZipFile(tmp_path / "arsip.zip") as archive:
        contents = json.loads(archive.read("contents.json"))
        for name, entry in contents["files"].items():
            assert sha256(archive.read(name)).hexdigest() == entry["sha256"]
        (receipt,) = [json.loads(line) for line in archive.read("receipts.jsonl").splitlines()]
        approvals = [json.loads(line) for line in archive.read("approvals.jsonl").splitlines()]
        acts = {json.loads(line)["act"] for line in archive.read("timeline.jsonl").splitlines()}
    assert receipt["url"].startswith("https://scripted.example/")
    assert {row["actor"] for row in approvals} == {"budi"}
    assert {"approved", "attempt"} <= acts
