"""The source ``sql`` on real servers: PostgreSQL and MariaDB give their rows and refuse to be written."""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from servers.base import run
from servers.postgresql import PostgreSQL
from servers.wordpress import WordPress as Site

from humasbot.errors import FetchError
from humasbot.net import Http
from humasbot.sources.sql import Sql

WRITES = ("INSERT INTO berita VALUES (2, 'x', 'x', 'x', now())", "DELETE FROM berita", "DROP TABLE berita",
          "UPDATE berita SET judul = 'x'", "CREATE TABLE lain (a int)")  # fmt: skip
TABLE = "CREATE TABLE berita (id int, judul text, isi text, slug text, terbit {moment})"
ROW = (
    "INSERT INTO berita VALUES (7, 'Hu''u: Jalan Baru', '<p>Jalan &amp; pasar.</p>', 'jalan-baru', "
    "'2026-11-22 09:30:00{zone}')"
)
QUERY = (
    "SELECT id, judul, isi, slug, terbit FROM berita WHERE terbit >= :since ORDER BY terbit DESC LIMIT 100"
)
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def reader(url: str, query: str = QUERY) -> Sql:
    columns = {"title": "judul", "text": "isi", "published": "terbit", "link": "https://x.go.id/{slug}"}
    return Sql.from_settings(
        {"database": url, "query": query, "timezone": "Asia/Makassar", **columns}, Http(guard=True)
    )


@pytest.fixture
def on_postgresql(postgresql: PostgreSQL) -> str:
    url = postgresql.new_database()
    name = url.rsplit("/", 1)[1]
    postgresql.psql(TABLE.format(moment="timestamptz"), name)
    postgresql.psql(ROW.format(zone="+08"), name)
    return url


@pytest.fixture
def on_mariadb(wordpress: Site) -> Iterator[str]:
    pytest.importorskip("pymysql")
    socket = wordpress.folder / "database" / "socket"
    client = ["mariadb", "--no-defaults", f"--socket={socket}", "-u", "root", "-e"]
    statements = ("DROP DATABASE IF EXISTS kantor; CREATE DATABASE kantor CHARACTER SET utf8mb4; USE kantor; "
                  f"{TABLE.format(moment='datetime')}; {ROW.format(zone='')}")  # fmt: skip
    run([*client, statements], log=wordpress.log)
    yield f"mysql+pymysql://root@localhost/kantor?unix_socket={socket}&charset=utf8mb4"
    run([*client, "DROP DATABASE kantor"], log=wordpress.log)


@pytest.fixture(params=["on_postgresql", "on_mariadb"])
def database(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


def test_rows_and_the_zone(database: str) -> None:
    source = reader(database)
    (item,) = source.fetch({}, NOW).items
    assert (item.key, item.title, item.text) == ("7", "Hu'u: Jalan Baru", "Jalan & pasar.")
    assert item.url == "https://x.go.id/jalan-baru"
    assert item.published == datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
    later = {"read": (NOW + timedelta(days=1)).isoformat()}
    assert source.fetch(later, NOW + timedelta(days=1)).items == ()
    assert source.check()


def test_the_server_itself_refuses_every_write(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("humasbot.sources.sql.fault_of", lambda query: "")
    for write in WRITES:
        with pytest.raises(FetchError):
            reader(database, write).fetch({}, NOW)
    assert [item.title for item in reader(database).fetch({}, NOW).items] == ["Hu'u: Jalan Baru"]


def test_a_query_that_hangs_is_ended_by_the_server(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("humasbot.sources.sql.SECONDS", 1)
    monkeypatch.setattr("humasbot.sources.sql.fault_of", lambda query: "")
    sleep = "pg_sleep(30)" if database.startswith("postgresql") else "sleep(30)"
    started = datetime.now(UTC)
    query = f"SELECT 1 AS id, 'Berita panjang' AS judul, {sleep} AS isi, '' AS slug, now() AS terbit"
    with contextlib.suppress(FetchError):  # MariaDB ends the sleep and answers, PostgreSQL refuses
        reader(database, query).fetch({}, NOW)
    assert datetime.now(UTC) - started < timedelta(seconds=8)
