"""Subscribers on real databases: consent, double opt-in, leaving, the ledger, and lists as CSV."""

import shutil
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from listed import JAKARTA, NOW, both, known, paper
from listed import database_url as database_url
from listed import prepared as prepared
from listed import register as register
from sqlalchemy.exc import IntegrityError

from humasbot.content import Answered
from humasbot.database import Database
from humasbot.errors import InputError, NotFoundError, StateError
from humasbot.masking import masked
from humasbot.models import Recipient
from humasbot.subscribers import (
    Ledger,
    Register,
    address_of,
    confirm,
    members,
    stop,
    subscribe,
)
from humasbot.subscribers.table import bring_in, give_out, moment

# Consent


def test_an_address_is_written_to_only_after_its_letter_was_answered(register: Register) -> None:
    asked = subscribe(register, " Siti@Contoh.ID ", name="Siti", how="formulir web")
    assert known(register) == [("siti@contoh.id", "pending")]
    assert list(Ledger(register, "email").active("utama")) == []
    done = confirm(register, asked.token)
    assert (done.state, done.consent_how) == ("active", "formulir web, dikonfirmasi lewat surel")
    assert done.consent_at is not None
    assert "tautan konfirmasi" in done.consent_evidence
    (person,) = Ledger(register, "email").active("utama")
    assert (person.address, person.name) == ("siti@contoh.id", "Siti")
    assert confirm(register, asked.token).id == done.id, "a second click changes nothing"
    assert subscribe(register, "siti@contoh.id").token == "", "who is active is asked nothing"


def test_a_token_is_good_for_one_thing_one_person_and_a_week(register: Register) -> None:
    first, second = subscribe(register, "a@contoh.id"), subscribe(register, "b@contoh.id")
    for wrong in (
        "",
        "x",
        first.token[:-1] + ("0" if first.token[-1] != "0" else "1"),
        f"{second.recipient.id:x}-{first.token.partition('-')[2]}",
        "ffffffffffffffff-" + "a" * 40,
    ):
        with pytest.raises(NotFoundError):
            confirm(register, wrong)
    with pytest.raises(NotFoundError):
        stop(register, token=first.token)
    again = subscribe(register, "a@contoh.id")
    with pytest.raises(NotFoundError):
        confirm(register, first.token)
    with time_machine.travel(NOW + timedelta(days=8)), pytest.raises(StateError):
        confirm(register, again.token)
    assert {state for _, state in known(register)} == {"pending"}


def test_nobody_is_active_without_a_consent_whatever_the_code_does(register: Register) -> None:
    for gap in (
        {"how": " "},
        {"evidence": ""},
        {"at": NOW + timedelta(days=1)},
        {"at": datetime(2026, 1, 1)},
    ):
        with pytest.raises(InputError):
            paper(register, **gap)
    assert members(register) == []
    with register.database.read() as session:
        session.add(
            Recipient(agency_id=register.agency_id(session), kind="email", address="a@b.id", state="active")
        )
        with pytest.raises(IntegrityError):
            session.flush()


def test_leaving_holds_at_once_and_until_a_younger_consent(register: Register) -> None:
    paper(register, "a@contoh.id")
    person = next(iter(Ledger(register, "email").active("utama")))
    assert Ledger(register, "email").wants(person)
    stop(register, token=person.leave)
    assert not Ledger(register, "email").wants(person)
    assert stop(register, token=person.leave)[0].state == "stopped"
    with pytest.raises(StateError, match="persetujuan yang lebih baru"):
        paper(register, "a@contoh.id")
    paper(register, "a@contoh.id", at=datetime.now(UTC))
    assert known(register) == [("a@contoh.id", "active")]
    with pytest.raises(NotFoundError):
        stop(register, token=person.leave)


def test_an_address_leaves_every_list_or_one(register: Register) -> None:
    for name in ("utama", "bencana"):
        paper(register, "a@contoh.id", list_name=name)
    assert len(stop(register, address="A@contoh.id", list_name="bencana")) == 1
    assert [row.list_name for row in members(register, states=["active"])] == ["utama"]
    assert len(stop(register, address="a@contoh.id")) == 2
    with pytest.raises(NotFoundError, match=r"t•••@contoh\.id"):
        stop(register, address="tidakada@contoh.id")


@pytest.mark.parametrize(
    ("kind", "raw", "kept"),
    [
        ("whatsapp", "0812-3456-7890", "+6281234567890"),
        ("whatsapp", "62 812 3456 7890", "+6281234567890"),
        ("whatsapp", "+60123456789", "+60123456789"),
        ("email", "Nama.Saya+uji@Contoh.go.id", "nama.saya+uji@contoh.go.id"),
        *(("whatsapp", bad, "") for bad in ("", "081", "+0812345678", "8123456789x", "+" + "1" * 16)),
        *(
            ("email", bad, "")
            for bad in ("", "a@b", "a b@c.id", "a@b.id\nBcc: x@y.id", "a..b@c.id", "<a@b.id>")
        ),
        ("sms", "0812", ""),
    ],
)
def test_addresses_are_kept_in_one_shape(kind: str, raw: str, kept: str) -> None:
    if kept:
        assert address_of(kind, raw) == kept
        return
    with pytest.raises(InputError) as caught:
        address_of(kind, raw)
    assert not raw or len(raw) < 4 or raw not in str(caught.value)


def test_masked_is_too_little_to_use() -> None:
    assert masked("siti.aminah@contoh.id") == "s•••@contoh.id"
    assert masked("+6281234567890") == "+6281•••890"
    assert masked("12345") == "•••"


# The ledger


@both
def test_lines_are_kept_by_person_and_counted_by_day(register: Register) -> None:
    people = [paper(register, f"a{n}@contoh.id") for n in range(3)]
    ledger = Ledger(register, "email")
    persons = list(ledger.active("utama"))
    for state in ("sending", "sent"):
        ledger.record("k1", persons[0], Answered(state, "<1>", "", 1))
    ledger.record("k1", persons[1], Answered("refused", note="tidak ada"))
    assert ledger.results("k1") == {
        people[0].id: Answered("sent", "<1>", "", 1),
        people[1].id: Answered("refused", note="tidak ada"),
    }
    assert ledger.results("k2") == {}
    reached = ledger.reached(NOW - timedelta(hours=1))
    assert list(reached) == [people[0].id]
    assert reached[people[0].id or 0].tzinfo is not None
    assert ledger.reached(datetime.now(UTC) + timedelta(minutes=1)) == {}
    ledger.drop(persons[2], "bounced", "tidak ada")
    assert [p.id for p in ledger.active("utama")] == [people[0].id, people[1].id]


@both
def test_a_long_list_is_read_in_pages_in_order(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("humasbot.subscribers.ledger.PAGE", 3)
    rows = "\n".join(f"wa;08123456{n:04};2026-11-01;loket;map {n}" for n in range(10))
    bring_in(
        register,
        f"jenis;alamat;persetujuan_pada;persetujuan_cara;persetujuan_bukti\n{rows}".encode(),
        JAKARTA,
    )
    found = [person.address for person in Ledger(register, "whatsapp").active("utama")]
    assert found == [f"+628123456{n:04}" for n in range(10)]


def test_the_key_is_made_once_and_is_ours_alone(register: Register) -> None:
    secrets: list[bytes] = []
    threads = [threading.Thread(target=lambda: secrets.append(register.secret())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(secrets)) == 1
    assert stat.S_IMODE(register.keyfile.stat().st_mode) == 0o600
    register.keyfile.write_text("rusak")
    with pytest.raises(InputError, match=r"subscribers\.key"):
        register.secret()


# CSV

HEAD = "kind,list,address,name,consent_at,consent_how,consent_evidence\n"


@both
def test_a_table_comes_in_whole_with_its_consents(register: Register) -> None:
    data = (
        HEAD
        + "email,utama,a@contoh.id,Ani,22/11/2025,formulir,map 1\nwhatsapp,,0811222333,,2026-11-01 08:00,loket,map 2\n"
    )
    assert bring_in(register, data.encode(), JAKARTA, check=True).rows == 2
    assert members(register) == []
    assert bring_in(register, data.encode(), JAKARTA).rows == 2
    first, second = members(register)
    assert (first.name, first.state, first.consent_evidence) == ("Ani", "active", "map 1")
    assert first.consent_at == datetime(2025, 11, 22, tzinfo=JAKARTA)
    assert (second.address, second.consent_at) == ("+62811222333", datetime(2026, 11, 1, 8, tzinfo=JAKARTA))
    assert bring_in(register, data.encode(), JAKARTA).rows == 2, "the same again changes nothing"
    assert len(members(register)) == 2


def test_every_fault_is_told_by_its_row_and_nothing_comes_in(register: Register) -> None:
    paper(register, "berhenti@contoh.id")
    stop(register, address="berhenti@contoh.id")
    rows = [
        "email,utama,baik@contoh.id,,2026-01-01,formulir,map 1",
        "email,utama,salah,,2026-01-01,formulir,map 1",
        "email,utama,b@contoh.id,,2026-01-01,formulir,",
        "email,utama,c@contoh.id,,kemarin,formulir,map 1",
        "pos,utama,d@contoh.id,,2026-01-01,formulir,map 1",
        "email,Daftar Warga,e@contoh.id,,2026-01-01,formulir,map 1",
        "email,utama,f@contoh.id,,2999-01-01,formulir,map 1",
        "email,utama,berhenti@contoh.id,,2026-01-01,formulir,map 1",
        "email,utama,BAIK@contoh.id,,2026-01-01,formulir,map 1",
        "",
        "email,utama,g@contoh.id",
    ]
    brought = bring_in(register, (HEAD + "\n".join(rows)).encode(), JAKARTA)
    assert brought.rows == 0
    assert [problem.where for problem in brought.problems] == [
        f"baris {n}" for n in (3, 4, 5, 6, 7, 8, 9, 10, 12)
    ]
    assert "consent_evidence" in brought.problems[1].message
    assert not any("@contoh.id" in str(p) and "•••" not in str(p) for p in brought.problems)
    assert known(register) == [("berhenti@contoh.id", "stopped")]


@pytest.mark.parametrize("data", [b"\xff\xfe", b"", b"nama,umur\na,1\n", b'kind,address\n"a'])
def test_what_is_no_table_says_so(register: Register, data: bytes) -> None:
    with pytest.raises(InputError):
        bring_in(register, data, JAKARTA)


def test_what_is_given_out_comes_in_again(register: Register, prepared: Path, tmp_path: Path) -> None:
    paper(register, "a@contoh.id", name="=HYPERLINK(0)", evidence="map, 1")
    paper(register)
    text = give_out(register)
    assert "'=HYPERLINK" in text
    shutil.copy(prepared, tmp_path / "lain.db")
    other = Register(Database(f"sqlite:///{tmp_path / 'lain.db'}"), "utama", register.keyfile)
    assert bring_in(other, text.encode(), JAKARTA).rows == 2
    assert known(other) == known(register)
    other.database.close()


@pytest.mark.parametrize("text", ["", "besok", "32/01/2026", "2026-13-01"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        moment(text, JAKARTA)
