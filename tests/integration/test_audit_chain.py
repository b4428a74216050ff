"""The audit trail: whatever is done to its rows is found, on SQLite and on PostgreSQL alike."""

import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import hypothesis as hp
import hypothesis.strategies as st
import pytest
import sqlalchemy as sa
from sqlmodel import select

from humasbot import audit
from humasbot.audit import Heads, Verdict, seal, verify
from humasbot.database import Database
from humasbot.models import Audit, Table, columns

HEADS = "audit-heads.jsonl"
TABLE = columns(Audit).id.table
TEXTS = ("actor", "act", "agency", "subject", "detail", "digest", "previous", "hash")


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """SQLite, which is quick; both where a test says so, because its statements differ."""
    return str(request.getfixturevalue(f"{getattr(request, 'param', 'sqlite')}_url"))


both = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def database(database_url: str) -> Any:
    database = Database(database_url, redact=lambda text: text.replace("kunci-rahasia", "•••"))
    Table.metadata.create_all(database.engine, tables=[TABLE])
    yield database
    database.close()


@pytest.fixture
def heads(tmp_path: Path) -> Heads:
    return Heads(tmp_path / "data" / HEADS)


def write(database: Database, count: int, word: str = "uji") -> None:
    with database.write() as session:
        for number in range(count):
            audit.record(session, "attempt", f"delivery:{number}", agency="utama", reason=f"{word} {number}")


def clear(database: Database, heads: Heads) -> None:
    with database.write() as session:
        session.execute(sa.delete(TABLE))
        if database.is_sqlite:
            session.execute(sa.text("DELETE FROM sqlite_sequence"))
    heads.path.unlink(missing_ok=True)


def stored(database: Database) -> list[Audit]:
    with database.read() as session:
        return list(session.exec(select(Audit).order_by(Audit.id)).all())


def check(database: Database, heads: Heads) -> Verdict:
    return verify(database, heads)


@both
def test_a_trail_that_nobody_touched_is_sound(database: Database, heads: Heads) -> None:
    write(database, 5)
    assert (check(database, heads).sealed, check(database, heads).unsealed) == (0, 5)
    assert seal(database, heads) == 5
    write(database, 3)
    assert seal(database, heads) == 3
    assert seal(database, heads) == 0
    verdict = check(database, heads)
    assert (verdict.sound, verdict.sealed, verdict.unsealed) == (True, 8, 0)
    assert verdict.head == stored(database)[-1].hash
    assert [json.loads(line)["seq"] for line in heads.path.read_text().splitlines()] == [5, 8]


@both
def test_an_act_is_written_with_its_transaction_or_not_at_all(database: Database) -> None:
    def broken_off() -> None:
        with database.write() as session:
            audit.record(session, "approved", "delivery:1")
            raise RuntimeError

    def broken_within(session: Any) -> None:
        with session.begin_nested():
            session.execute(sa.text("SELECT 1"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken_off()
    assert stored(database) == []
    with database.write() as session:
        audit.record(session, "approved", "delivery:1")
        with pytest.raises(RuntimeError):
            broken_within(session)
    assert [row.subject for row in stored(database)] == ["delivery:1"]


def test_no_secret_and_nothing_a_database_refuses_gets_in(database: Database) -> None:
    moment = datetime(2026, 11, 22, 7, tzinfo=UTC)
    with database.write() as session:
        audit.record(
            session, "attempt", "delivery:1", at=moment, reason="kunci-rahasia\0 \ud800", url="", none=None,
            deep={"kunci-rahasia": ["kunci-rahasia", 1, True, moment]},
        )  # fmt: skip
    (row,) = stored(database)
    assert "kunci-rahasia" not in row.detail
    assert json.loads(row.detail) == {
        "reason": "••• ?",
        "deep": {"•••": ["•••", 1, True, "2026-11-22T07:00:00+00:00"]},
    }
    assert row.at == moment


MOVES = st.sampled_from(["change", "delete", "swap", "insert", "truncate", "cut", "forge", "move", "unseal"])


@both
@hp.settings(max_examples=50, deadline=None, suppress_health_check=list(hp.HealthCheck))
@hp.given(data=st.data(), rows=st.integers(2, 12), loose=st.integers(0, 2), move=MOVES)
def test_any_mutation_of_the_table_is_found(
    database: Database, heads: Heads, data: st.DataObject, rows: int, loose: int, move: str
) -> None:
    clear(database, heads)
    write(database, rows)
    seal(database, heads)
    write(database, loose, "belum")
    assert check(database, heads).sound
    before = snapshot(database)
    with database.write() as session:
        mutate(session, move, data, rows)
    hp.assume(snapshot(database) != before)
    verdict = check(database, heads)
    assert not verdict.sound, move
    assert all(verdict.problems)


def snapshot(database: Database) -> list[Any]:
    with database.read() as session:
        return list(session.execute(sa.select(TABLE).order_by(TABLE.c.id)).all())


def mutate(session: Any, move: str, data: st.DataObject, rows: int) -> None:
    chain = list(
        session.execute(sa.select(TABLE).where(TABLE.c.seq.is_not(None)).order_by(TABLE.c.seq)).mappings()
    )
    one, two = (data.draw(st.integers(0, rows - 1)) for _ in range(2))
    mine = TABLE.c.id == chain[one]["id"]
    if move == "change":
        name = data.draw(st.sampled_from([*TEXTS, "at", "seq"]))
        value = {"at": chain[one]["at"] + timedelta(seconds=1), "seq": 1000 + one}.get(name)
        text = data.draw(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8))
        session.execute(sa.update(TABLE).where(mine).values({name: text if value is None else value}))
    elif move == "delete":
        session.execute(sa.delete(TABLE).where(mine))
    elif move == "truncate":
        session.execute(sa.delete(TABLE))
    elif move == "cut":
        session.execute(sa.delete(TABLE).where(TABLE.c.seq > one))
    elif move == "swap":
        swap(session, chain[one], chain[two], data.draw(st.sampled_from(["seq", "content", "links"])))
    elif move == "insert":
        session.execute(sa.insert(TABLE).values({**chain[one], "id": 10**6, "seq": rows + 1}))
    elif move == "move":
        session.execute(sa.update(TABLE).where(mine).values(id=10**6))
    elif move == "unseal":
        session.execute(sa.update(TABLE).where(TABLE.c.seq > one).values(seq=None, previous="", hash=""))
    else:
        forge(session, chain, one)


def swap(session: Any, one: Any, two: Any, what: str) -> None:
    """Two rows change places: their place in the chain, or what they say, the digest fitting."""
    names = {
        "seq": ("seq",),
        "links": ("seq", "previous", "hash"),
        "content": ("at", "actor", "act", "agency", "subject", "detail", "digest"),
    }[what]
    session.execute(sa.update(TABLE).where(TABLE.c.id.in_([one["id"], two["id"]])).values(seq=None))
    for row, other in ((one, two), (two, one)):
        values = {"seq": row["seq"]} | {name: other[name] for name in names}
        session.execute(sa.update(TABLE).where(TABLE.c.id == row["id"]).values(values))


def forge(session: Any, chain: list[Any], start: int) -> None:
    """Somebody who knows the program changes a row and computes every hash behind it anew."""
    last = chain[start - 1]["hash"] if start else audit.chain.START
    for place, found in enumerate(chain[start:]):
        row = {**found, "actor": "orang lain"} if not place else dict(found)
        row["digest"] = audit.digest_of(row)
        row["previous"] = last
        row["hash"] = last = audit.chain._hash(row["seq"], last, row["id"], row["digest"])
        session.execute(sa.update(TABLE).where(TABLE.c.id == row["id"]).values(row))


def test_the_first_bad_row_is_named(database: Database, heads: Heads) -> None:
    write(database, 6)
    seal(database, heads)
    with database.write() as session:
        session.execute(sa.update(TABLE).where(TABLE.c.seq.in_([3, 5])).values(actor="lain"))
    third = stored(database)[2]
    assert check(database, heads).problems[0] == f"baris 3 (nomor {third.id}) diubah isinya"


def test_a_row_that_cannot_be_read_is_named_and_not_a_crash(database: Database, heads: Heads) -> None:
    write(database, 3)
    seal(database, heads)
    with database.write() as session:
        session.execute(sa.text("UPDATE humasbot_audit SET at = 'kapan-kapan' WHERE seq = 2"))
    assert "baris 2" in check(database, heads).problems[0]


@both
def test_an_unsealed_row_that_is_deleted_is_found_where_numbers_have_no_gaps(
    database: Database, heads: Heads
) -> None:
    write(database, 4)
    with database.write() as session:
        session.execute(sa.delete(TABLE).where(TABLE.c.subject == "delivery:3"))
    assert check(database, heads).sound is not database.is_sqlite


def test_a_head_half_written_by_a_crash_is_no_fault_but_a_changed_one_is(
    database: Database, heads: Heads
) -> None:
    write(database, 2)
    seal(database, heads)
    heads.path.write_bytes(heads.path.read_bytes() + b'{"seq": 3, "ha')
    assert check(database, heads).sound
    write(database, 2)
    seal(database, heads)
    assert check(database, heads).sound
    assert sorted(heads.read()[0]) == [2, 4]
    lines = heads.path.read_text().splitlines()
    heads.path.write_text("\n".join(["rusak", *lines[:1]]) + "\n")
    assert "rusak" in check(database, heads).problems[0]


@both
def test_many_writers_and_sealers_at_once_make_one_whole_chain(database: Database, heads: Heads) -> None:
    faults: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for _ in range(10):
                write(database, 3, f"penulis {number}")
                seal(database, heads)
        except BaseException as fault:  # noqa: BLE001 - the test looks at it
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    seal(database, heads)
    verdict = check(database, heads)
    assert (verdict.problems, verdict.sealed, verdict.unsealed) == ([], 120, 0)
