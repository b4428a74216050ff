"""The encrypted store: nothing in the clear, bound to its place, and whole after any rotation."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from humasbot.database import Database
from humasbot.keyring import Kept, Keyring, SecretError, Whose, key_id, mark, new_key
from humasbot.models import Agency, Grant, Secret
from humasbot.vault import HIDDEN, Vault

TOKEN = "token-yang-tidak-boleh-terlihat"
X = Whose("x")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'h.db'}")
    database.migrate()
    with database.write() as session:
        session.add(Agency(name="utama"))
        session.add(Agency(name="lain"))
    yield database
    database.close()


@pytest.fixture
def keyfile(tmp_path: Path) -> Path:
    path = tmp_path / "kunci"
    path.write_text(new_key())
    return path


@pytest.fixture
def ring(database: Database, keyfile: Path, tmp_path: Path) -> Keyring:
    return Keyring(database, "utama", {"file": "kunci"}, Vault(tmp_path))


def put(ring: Keyring, whose: Whose = X, **values: str) -> None:
    with ring.database.write() as session:
        ring.put(session, whose, {name: Kept(value) for name, value in values.items()})


def rotate(ring: Keyring) -> int:
    with ring.database.write() as session:
        return ring.rotate(session)


def forget(ring: Keyring, name: str | None = None) -> int:
    with ring.database.write() as session:
        return ring.forget(session, X, name)


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("h.db*"))


def test_what_is_stored_comes_back_and_is_nowhere_in_the_clear(ring: Keyring, tmp_path: Path) -> None:
    put(ring, token=TOKEN)
    assert {name: kept.value for name, kept in ring.fetch(X).items()} == {"token": TOKEN}
    assert TOKEN.encode() not in bytes_of(tmp_path)
    assert TOKEN not in repr(ring.fetch(X)) + repr(ring) + repr(ring.listed()[0])
    assert ring.vault.redact(f"Bearer {TOKEN}") == f"Bearer {HIDDEN}"


@given(st.text(min_size=1, max_size=200).filter(lambda text: text.isprintable()))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_kept_as_it_is(ring: Keyring, value: str) -> None:
    put(ring, token=value)
    assert ring.fetch(X)["token"].value == value


def test_a_missing_key_is_one_clear_sentence(ring: Keyring, keyfile: Path) -> None:
    put(ring, token=TOKEN)
    keyfile.unlink()
    with pytest.raises(SecretError, match=r"^kunci penyimpanan rahasia tidak ada .*humasbot secrets key$"):
        ring.fetch(X)


def test_a_damaged_key_is_named_but_not_shown(ring: Keyring, keyfile: Path) -> None:
    put(ring, token=TOKEN)
    keyfile.write_text("bukan-kunci-sama-sekali")
    with pytest.raises(SecretError, match="memuat kunci yang rusak") as error:
        ring.fetch(X)
    assert "bukan-kunci" not in str(error.value)


def test_another_key_does_not_open_and_the_missing_one_is_named_by_its_id(
    ring: Keyring, keyfile: Path
) -> None:
    put(ring, token=TOKEN)
    old = keyfile.read_text()
    keyfile.write_text(new_key())
    with pytest.raises(SecretError, match=rf"x\.token terkunci dengan kunci {key_id(old)}") as error:
        ring.fetch(X)
    assert old not in str(error.value)


@pytest.mark.parametrize("change", ["account", "name", "agency_id", "ciphertext"])
def test_a_row_in_anothers_place_does_not_open(ring: Keyring, change: str) -> None:
    put(ring, token=TOKEN)
    moved = {"account": "y", "name": "lain", "agency_id": 2, "ciphertext": "gAAAAAB_rusak"}[change]
    with ring.database.write() as session:
        row = session.exec(select(Secret)).one()
        setattr(row, change, moved)
        session.add(row)
    whose = Whose("y") if change == "account" else Whose("x", 2) if change == "agency_id" else X
    with pytest.raises(SecretError, match="rusak di basis data"):
        ring.fetch(whose)


def test_agencies_do_not_see_one_anothers(ring: Keyring, database: Database, tmp_path: Path) -> None:
    put(ring, token=TOKEN)
    put(ring, Whose("x", 2), token="punya-yang-lain")
    other = Keyring(database, "lain", {"file": "kunci"}, Vault(tmp_path))
    assert other.fetch(X)["token"].value == "punya-yang-lain"
    assert [row.agency_id for row in ring.listed()] == [1]
    fleet = Keyring(database, "utama", {"file": "kunci"}, Vault(tmp_path), fleet=True)
    assert [row.agency_id for row in fleet.listed()] == [1, 2]


def test_rotation_puts_everything_under_the_first_key(ring: Keyring, keyfile: Path, tmp_path: Path) -> None:
    old = keyfile.read_text()
    put(ring, token=TOKEN)
    put(ring, Whose("y"), token="kedua")
    keyfile.write_text(f"{new_key()}\n{old}\n")
    assert ring.fetch(X)["token"].value == TOKEN, "the old key opens until then"
    assert rotate(ring) == 2
    assert rotate(ring) == 0
    keyfile.write_text(keyfile.read_text().split()[0])
    assert ring.fetch(X)["token"].value == TOKEN
    assert ring.fetch(Whose("y"))["token"].value == "kedua"


def test_a_rotation_that_cannot_open_one_row_changes_none(ring: Keyring, keyfile: Path) -> None:
    put(ring, token=TOKEN)
    lost = keyfile.read_text()
    keyfile.write_text(new_key())
    put(ring, Whose("a"), token="lain")
    before = {row.account: row.ciphertext for row in ring.listed()}
    keyfile.write_text(f"{new_key()} {keyfile.read_text()}")
    with pytest.raises(SecretError, match=r"x\.token terkunci"):
        rotate(ring)
    assert {row.account: row.ciphertext for row in ring.listed()} == before
    keyfile.write_text(f"{keyfile.read_text()} {lost}")
    assert rotate(ring) == 2


def test_a_new_value_replaces_the_old_and_the_stamp_changes(ring: Keyring) -> None:
    put(ring, token=TOKEN)
    first = ring.state(X).stamp
    assert ring.state(X).stamp == first
    put(ring, token="baru-sekali")
    assert ring.state(X).stamp != first
    assert ring.fetch(X)["token"].value == "baru-sekali"
    assert len(ring.listed()) == 1


def test_forgetting_the_last_secret_forgets_the_grant(ring: Keyring) -> None:
    put(ring, token=TOKEN, kedua="dua")
    with ring.database.write() as session:
        session.add(Grant(agency_id=1, account="x", flow="x"))
    assert forget(ring, "kedua") == 1
    assert set(ring.fetch(X)) == {"token"}
    with ring.database.read() as session:
        assert len(session.exec(select(Grant)).all()) == 1
    assert forget(ring) == 1
    with ring.database.read() as session:
        assert session.exec(select(Grant)).all() == []


def test_threads_may_share_one(ring: Keyring) -> None:
    put(ring, token=TOKEN)
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(ring.fetch(X)["token"].value)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [TOKEN] * 8


def test_an_end_is_kept(ring: Keyring) -> None:
    ends = datetime(2027, 1, 2, 3, 4, tzinfo=UTC)
    with ring.database.write() as session:
        ring.put(session, X, {"token": Kept(TOKEN, ends)})
        ring.put(session, X, {"oauth.refresh_token": Kept("segar", ends - timedelta(days=9))})
    assert ring.fetch(X)["token"].expires_at == ends
    assert ring.state(X).ends == ends, "what serves renewal does not count"


def test_the_apps_id_is_no_secret(ring: Keyring) -> None:
    with ring.database.write() as session:
        ring.put(session, X, {"oauth.client_id": Kept("1234567890"), "token": Kept(TOKEN)})
    ring.fetch(X)
    assert ring.vault.redact(f"halaman 1234567890 {TOKEN}") == f"halaman 1234567890 {HIDDEN}"


def test_marks_and_ids_say_nothing_of_the_secret() -> None:
    key = new_key()
    assert len(key_id(key)) == 8
    assert key_id(key)[:4] not in key or key_id(key) not in key
    assert mark(TOKEN) == mark(TOKEN) != mark(TOKEN + "x")
