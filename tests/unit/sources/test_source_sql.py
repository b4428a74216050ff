"""One SELECT on a database of the office: what it gives, and all that it must not do."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from humasbot.errors import ConfigError, FetchError
from humasbot.sources.sql import MOST_ROWS, Sql
from humasbot.sources.sql_guard import fault_of

QUERY = (
    "SELECT id_berita, judul, isi, slug, gambar, tgl FROM berita WHERE tgl >= :since AND tgl <= :now "
    "ORDER BY tgl DESC"
)
COLUMNS = {"id": "id_berita", "title": "judul", "text": "isi", "published": "tgl"}


@pytest.fixture
def base(tmp_path):
    path = tmp_path / "kantor #1?.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "CREATE TABLE berita (id_berita INTEGER, judul TEXT, isi TEXT, slug TEXT, gambar TEXT, tgl TEXT)"
        )
    return path


def put(path, *rows):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany("INSERT INTO berita VALUES (?, ?, ?, ?, ?, ?)", rows)


def source(http, path, query=QUERY, **more):
    return Sql.from_settings({"file": str(path), "query": query, **COLUMNS, **more}, http)


def test_rows_become_items(base, http, now):
    put(base, (7, "Hu&#039;u &amp; Dompu", "<p>Pasar <b>baru</b>.</p><img src='/f.jpg' alt='Pasar'>", "hu u", "a b.jpg",
               "2026-11-22 09:30:00"))  # fmt: skip
    reader = source(http, base, link="https://x.go.id/berita/{slug}", image="https://x.go.id/foto/{gambar}",
                    timezone="Asia/Makassar")  # fmt: skip
    found = reader.fetch({}, now)
    (item,) = found.items
    assert (item.key, item.title, item.text) == ("7", "Hu'u & Dompu", "Pasar baru.")
    assert item.url == "https://x.go.id/berita/hu%20u"
    assert item.image_url == "https://x.go.id/foto/a%20b.jpg"
    assert item.published == datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
    assert reader.firm_ids


def test_since_is_the_last_reading(base, http, now):
    put(base, (1, "Berita lama sekali", "isi", "a", "", "2026-11-20 09:00:00"))
    reader = source(http, base)
    first = reader.fetch({}, now)
    put(base, (2, "Berita baru sekali", "isi", "b", "", "2026-11-22 11:00:00"))
    second = reader.fetch(first.state, now + timedelta(hours=2))
    assert [item.key for item in first.items] == ["1"]
    assert [item.key for item in second.items] == ["2"]


def test_more_rows_than_allowed_are_told(base, http, now):
    put(
        base,
        *((n, f"Berita nomor {n}", "isi", "s", "", "2026-11-22 08:00:00") for n in range(MOST_ROWS + 50)),
    )
    found = source(http, base).fetch({}, now)
    assert len(found.items) == MOST_ROWS
    assert any("LIMIT" in warning for warning in found.warnings)


def test_a_query_that_does_not_end_is_ended(base, http, now, monkeypatch):
    monkeypatch.setattr("humasbot.sources.sql.SECONDS", 0.3)
    endless = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
        "SELECT count(*) AS id_berita, '' AS judul FROM n"
    )
    with pytest.raises(FetchError, match="interrupted"):
        source(http, base, endless).fetch({}, now)


def test_a_column_that_is_missing_is_named(base, http, now):
    put(base, (1, "Berita", "isi", "a", "", "2026-11-22 09:00:00"))
    with pytest.raises(FetchError, match="id = id_berita"):
        source(http, base, "SELECT judul FROM berita").fetch({}, now)
    with pytest.raises(FetchError, match="nama"):
        source(http, base, link="https://x.go.id/{nama}").fetch({}, now)


@pytest.mark.parametrize(
    "settings",
    [{}, {"file": "a.db", "database": "sqlite://"}, {"file": "a.db", "query": "DELETE FROM berita"}],
)
def test_settings_of_no_use_are_refused(http, settings):
    with pytest.raises(ConfigError):
        Sql.from_settings({"query": "SELECT 1", **settings}, http)


def test_the_database_itself_refuses_to_be_written(base, http, now, monkeypatch):
    """The second lock holds even where the first would not."""
    monkeypatch.setattr("humasbot.sources.sql.fault_of", lambda query: "")
    for query in ("INSERT INTO berita VALUES (1,'a','b','c','d','e')", "DROP TABLE berita", "DELETE FROM berita",
                  "ATTACH 'lain.db' AS lain"):  # fmt: skip
        with pytest.raises(FetchError):
            source(http, base, query).fetch({}, now)
    put(base, (1, "Masih ada", "isi", "a", "", "2026-11-22 09:00:00"))
    assert [item.title for item in source(http, base).fetch({}, now).items] == ["Masih ada"]


def test_no_file_and_no_database_are_sentences_without_secrets(http, tmp_path, now):
    with pytest.raises(FetchError, match=r"tidak-ada\.db"):
        source(http, tmp_path / "tidak-ada.db").fetch({}, now)
    assert not (tmp_path / "tidak-ada.db").exists()
    secret = "postgresql+psycopg://humas:kata-sandi@127.0.0.1:1/berita"
    reader = Sql.from_settings({"database": secret, "query": "SELECT 1 AS id, 'a' AS title"}, http)
    with pytest.raises(FetchError) as caught:
        reader.fetch({}, now)
    assert "kata-sandi" not in str(caught.value) + repr(reader)
    for odd in ("bukan alamat", "oracle://x/y", "mysql+tidakada://x/y", "sqlite+tidakada:///x"):
        with pytest.raises(FetchError):
            Sql.from_settings({"database": odd, "query": "SELECT 1 AS id, 'a' AS title"}, http).fetch({}, now)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 1",
        "select judul from berita;",
        "WITH x AS (SELECT 1 AS a) SELECT a FROM x",
        "SELECT 'drop table x; --'",
        "SELECT replace(judul, 'a', 'b') FROM berita",
        'SELECT "update", `delete` FROM t',
        "SELECT a -- komentar\nFROM t",
        "SELECT a /* ; */ FROM t",
        "SELECT updated_at, deleted FROM t WHERE created > :since",
        "  \n SELECT 1 ;  ",
    ],
)
def test_a_single_select_passes(query):
    assert fault_of(query) == ""


@pytest.mark.parametrize(
    "query",
    [
        "",
        "DELETE FROM t",
        "SELECT 1; DELETE FROM t",
        "SELECT 1;; SELECT 2",
        "WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x",
        "SELECT * INTO baru FROM t",
        "SELECT a FROM t INTO OUTFILE '/tmp/x'",
        "SELECT pg_sleep(100)",
        "SELECT load_file('/etc/passwd')",
        "SELECT * FROM t FOR UPDATE",
        "SELECT * FROM t FOR SHARE",
        "INSERT INTO t SELECT 1",
        "SELECT 'a\\'; DROP TABLE t; --'",
        "SELECT $$a$$; DROP TABLE t",
        "SELECT $x$'$x$, 1",
        "SELECT 1 /*! ; DROP TABLE t */",
        "/* a */ DROP TABLE t",
        "EXPLAIN SELECT 1",
        "SELECT 'tidak ditutup",
        "SELECT 1 /* tidak ditutup",
        "PRAGMA query_only = OFF",
        "ATTACH 'x' AS y",
        "CALL f()",
        "SET x = 1",
        "VALUES (1)",
        "SELECT nextval('s')",
        "SELECT 1 # komentar\n; DROP TABLE t",
        "SELECT lo_import('/etc/passwd')",
        "SELECT dblink_exec('x', 'y')",
        "COPY t TO '/tmp/x'",
        "SELECT\x00 1",
        "select 1 union select 2 into dumpfile 'x'",
    ],
)
def test_everything_else_is_refused(query):
    assert fault_of(query)


PARTS = st.sampled_from(
    [
        "SELECT",
        "1",
        "FROM",
        "berita",
        ";",
        "'",
        '"',
        "`",
        "--",
        "\n",
        "/*",
        "*/",
        "DELETE FROM berita",
        "DROP TABLE berita",
        "(",
        ")",
        ",",
        "WITH x AS (",
        "UPDATE berita SET judul = 1",
        "\\",
        "$$",
        "a",
        "'a'",
        "judul",
        "[",
        "]",
        " ",
        ":since",
        "UNION",
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(PARTS, min_size=1, max_size=12))
def test_what_passes_changes_nothing(parts):
    """Whatever the guard lets through, run without the second lock, leaves the table as it was."""
    query = " ".join(parts)
    if fault_of(query):
        return
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE berita (judul TEXT)")
        connection.execute("INSERT INTO berita VALUES ('a')")
        try:
            connection.execute(query, {"since": ""}).fetchall()
        except sqlite3.Error:
            pass
        assert connection.execute("SELECT judul FROM berita").fetchall() == [("a",)]
