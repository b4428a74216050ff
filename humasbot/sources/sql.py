"""The office's own database: one SELECT that an operator wrote, on SQLite, PostgreSQL or MySQL, read only.

Two locks hold it: the query is looked at before anything is opened (``sql_guard.py``), and the database is opened
for reading only, with an end to its patience. Facts from the manuals, read 2026-11-22: PostgreSQL
``default_transaction_read_only`` and ``statement_timeout``; MySQL ``SET SESSION TRANSACTION READ ONLY`` and
``max_execution_time`` (MariaDB: ``max_statement_time``); SQLite ``mode=ro`` and ``query_only``.
"""

import contextlib
import re
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Self
from urllib.parse import quote
from zoneinfo import ZoneInfo

from humasbot.content import Found, Item
from humasbot.errors import ConfigError, FetchError, Problem
from humasbot.net import Http
from humasbot.sources.address import canonical_url
from humasbot.sources.base import TIMEZONE, Option, Source, read_settings
from humasbot.sources.dates import parse_date
from humasbot.sources.html import first_image, to_line, to_text
from humasbot.sources.sql_guard import fault_of
from humasbot.sources.text import real_categories
from humasbot.words import t

MOST_ROWS = 500
LONGEST_CELL = 1_000_000
SECONDS = 20
OVERLAP = timedelta(minutes=10)
FIELDS = {
    "id": ("kolom nomor berita", "column of the article's number", "id"),
    "title": ("kolom judul", "column of the title", "title"),
    "text": ("kolom isi", "column of the text", "text"),
    "summary": ("kolom ringkasan", "column of the summary", ""),
    "published": ("kolom tanggal terbit", "column of the date of publication", "published"),
    "modified": ("kolom tanggal diubah", "column of the date of change", ""),
    "author": ("kolom penulis", "column of the author", ""),
    "category": ("kolom kategori", "column of the category", ""),
    "image_alt": ("kolom keterangan gambar", "column of the picture's description", ""),
}  # fmt: skip


class Sql(Source):
    """The rows of one SELECT. ``:since`` and ``:now`` stand for times in the source's zone, ``2026-11-22 08:00:00``."""

    kind = "sql"
    firm_ids = True
    settings: ClassVar[tuple[Option, ...]] = (
        Option("database", "alamat basis data (rahasia): postgresql+psycopg://… atau mysql+pymysql://…",
               "address of the database (a secret): postgresql+psycopg://… or mysql+pymysql://…", required=False,
               secret=True),
        Option("file", "berkas SQLite, sebagai ganti database", "an SQLite file, instead of database", required=False,
               path=True),
        Option("query", "satu SELECT; :since dan :now boleh dipakai", "one SELECT; it may use :since and :now"),
        Option("link", "bentuk alamat berita dari kolom, misalnya https://contoh.go.id/berita/{slug}",
               "an article's address made of columns, for example https://example.go.id/news/{slug}", required=False),
        Option("image", "bentuk alamat gambar dari kolom, misalnya https://contoh.go.id/foto/{gambar}",
               "a picture's address made of columns, for example https://example.go.id/photo/{file}", required=False),
        *(Option(name, indonesian, english, required=False, default=default)
          for name, (indonesian, english, default) in FIELDS.items()),
        TIMEZONE,
    )  # fmt: skip

    def __init__(self, values: Mapping[str, str], http: Http) -> None:
        self.values = dict(values)
        self.http = http
        self.zone = ZoneInfo(values["timezone"])

    def __repr__(self) -> str:
        return "Sql()"

    @classmethod
    def from_settings(cls, settings: Mapping[str, str], http: Http) -> Self:
        """As :meth:`Source.from_settings`; nothing is opened yet, but the query is looked at."""
        values = read_settings(cls, settings)
        problems = []
        if bool(values["database"]) == bool(values["file"]):
            problems.append(
                Problem("database", t("isi salah satu: database atau file", "give one: database or file"))
            )
        if fault := fault_of(values["query"]):
            problems.append(
                Problem(
                    "query",
                    t("{why}; hanya satu SELECT yang dijalankan", "{why}; only one SELECT is run", why=fault),
                )
            )
        if problems:
            raise ConfigError(*problems)
        return cls(values, http)

    def check(self) -> str:
        """Run the query once, for one row."""
        rows = self._rows(datetime.now(UTC) - timedelta(days=365), datetime.now(UTC), 1)
        if rows:
            self._missing(rows[0])
        return t("kueri berjalan, {n}", "the query runs, {n}",
                 n=t("ada baris", "it has rows") if rows else t("belum ada baris", "it has no row"))  # fmt: skip

    def fetch(self, state: Mapping[str, str], now: datetime) -> Found:
        """The rows of the query; ``:since`` is the last reading, ten minutes earlier (a year ago at the first one)."""
        last = _moment(state.get("read", ""))
        since = last - OVERLAP if last else now - timedelta(days=365)
        rows = self._rows(since, now, MOST_ROWS + 1)
        if rows:
            self._missing(rows[0])
        items: dict[str, Item] = {}
        warnings = []
        for row in rows[:MOST_ROWS]:
            item = self._item(row)
            if not item.key or item.key in items:
                warnings.append(
                    t("baris tanpa nomor sendiri dilewati: {title}",
                      "a row without a number of its own was left out: {title}", title=item.title[:80])
                )  # fmt: skip
                continue
            items[item.key] = item
        if len(rows) > MOST_ROWS:
            warnings.append(
                t("lebih dari {n} baris; sisanya tidak dibaca. Pakai :since dan LIMIT di kueri",
                  "more than {n} rows; the rest was not read. Use :since and LIMIT in the query", n=MOST_ROWS)
            )  # fmt: skip
        found = sorted(items.values(), key=lambda item: item.published or now, reverse=True)
        return Found(
            tuple(found),
            {"read": now.astimezone(UTC).isoformat(timespec="seconds")},
            warnings=tuple(warnings),
        )

    def _rows(self, since: datetime, now: datetime, most: int) -> list[Mapping[str, Any]]:
        import sqlalchemy as sa

        query = self.values["query"].strip().rstrip(";")
        times = {name: f"{moment.astimezone(self.zone):%Y-%m-%d %H:%M:%S}" for name, moment in
                 (("since", since), ("now", now))}  # fmt: skip
        statement = sa.text(query)
        used = {name: value for name, value in times.items() if re.search(rf"(?<!:):{name}\b", query)}
        try:
            with self._open() as connection:
                result = connection.execute(statement, used)
                return [
                    {str(key).lower(): value for key, value in row.items()}
                    for row in result.mappings().fetchmany(most)
                ]
        except sa.exc.SQLAlchemyError as error:
            raise FetchError(
                self._told(error), temporary=isinstance(error, sa.exc.OperationalError)
            ) from None
        except ModuleNotFoundError as error:
            raise FetchError(
                t(
                    "penghubung basis data belum dipasang: {m}",
                    "the database's driver is not installed: {m}",
                    m=error.name,
                ),
                temporary=False,
            ) from None

    @contextlib.contextmanager
    def _open(self) -> Iterator[Any]:
        """A connection that can only read, closed at the end; nothing of it is ever committed."""
        engine = self._file() if self.values["file"] else self._server()
        try:
            with engine.connect() as connection:
                self._restrain(connection)
                yield connection
                connection.rollback()
        finally:
            engine.dispose()

    def _file(self) -> Any:
        import sqlite3

        import sqlalchemy as sa
        from sqlalchemy.pool import NullPool

        path = Path(self.values["file"])
        if not path.is_file():
            raise FetchError(
                t("{f}: berkas tidak ada", "{f}: there is no such file", f=path.name), temporary=False
            )
        address = f"file:{quote(str(path.resolve()))}?mode=ro"
        return sa.create_engine(
            "sqlite://", creator=lambda: sqlite3.connect(address, uri=True, timeout=10), poolclass=NullPool
        )

    def _server(self) -> Any:
        import sqlalchemy as sa
        from sqlalchemy.engine import make_url
        from sqlalchemy.pool import NullPool

        url = make_url(self.values["database"])
        arguments: dict[str, Any] = {"connect_timeout": 10}
        if url.get_backend_name() == "postgresql":
            arguments["options"] = (
                f"-c default_transaction_read_only=on -c statement_timeout={SECONDS * 1000}"
            )
        elif url.get_backend_name() in ("mysql", "mariadb"):
            arguments["read_timeout"] = SECONDS + 5
        else:
            raise FetchError(
                t("database hanya untuk PostgreSQL, MySQL dan MariaDB; SQLite lewat file",
                  "database is for PostgreSQL, MySQL and MariaDB only; SQLite goes by file"), temporary=False,
            )  # fmt: skip
        return sa.create_engine(url, connect_args=arguments, poolclass=NullPool)

    def _restrain(self, connection: Any) -> None:
        import sqlalchemy as sa

        name = connection.dialect.name
        if name == "sqlite":
            raw = connection.connection.driver_connection
            raw.execute("PRAGMA query_only = ON")
            end = time.monotonic() + SECONDS
            raw.set_progress_handler(lambda: int(time.monotonic() > end), 10_000)
        elif name in ("mysql", "mariadb"):
            connection.execute(sa.text("SET SESSION TRANSACTION READ ONLY"))
            is_mariadb = bool(getattr(connection.dialect, "is_mariadb", False))
            limit = (
                f"max_statement_time = {SECONDS}" if is_mariadb else f"max_execution_time = {SECONDS * 1000}"
            )
            connection.execute(sa.text(f"SET SESSION {limit}"))
            connection.rollback()  # what was set counts from the next transaction on

    def _told(self, error: Exception) -> str:
        """The database's own words, short, and without its address."""
        from sqlalchemy.engine import make_url
        from sqlalchemy.exc import ArgumentError

        words = str(getattr(error, "orig", None) or type(error).__name__).strip().split("\n")[0][:200]
        try:
            url = make_url(self.values["database"]) if self.values["database"] else None
        except ArgumentError:
            return t("alamat basis data tidak sah", "the database's address is not valid")
        for secret in filter(None, (url.password, url.username) if url is not None else ()):
            words = words.replace(str(secret), "•••")
        return t("basis data: {why}", "database: {why}", why=words)

    def _missing(self, row: Mapping[str, Any]) -> None:
        """Raise when the query lacks a column that it must have, or that a setting names."""
        wanted = {name: self.values[name] for name in FIELDS if name in ("id", "title") or (
            self.values[name] and self.values[name] != FIELDS[name][2])}  # fmt: skip
        lacking = [f"{name} = {column}" for name, column in wanted.items() if column.lower() not in row]
        named = re.findall(r"\{(\w+)\}", self.values["link"] + self.values["image"])
        lacking += [f"{{{column}}}" for column in named if column.lower() not in row]
        if lacking:
            raise FetchError(
                t("kueri tidak memberi kolom {c}; yang ada: {all}", "the query gives no column {c}; there are: {all}",
                  c=", ".join(lacking), all=", ".join(row)),
                temporary=False,
            )  # fmt: skip

    def _item(self, row: Mapping[str, Any]) -> Item:
        def cell(name: str) -> str:
            value = row.get(self.values[name].lower()) if self.values[name] else None
            return _text(value)

        markup = cell("text")
        url = self._filled("link", row)
        image, alt = self._filled("image", row), cell("image_alt")
        if not image:
            image, found = first_image(markup, url)
            alt = alt or found
        return Item(
            key=cell("id"),
            url=url,
            title=to_line(cell("title")),
            text=to_text(markup, newlines="<p" not in markup.lower()),
            summary=to_text(cell("summary")),
            published=self._date(row, "published"),
            modified=self._date(row, "modified"),
            author=to_line(cell("author")),
            categories=real_categories([to_line(cell("category"))]),
            image_url=image,
            image_alt=to_line(alt),
        )

    def _filled(self, name: str, row: Mapping[str, Any]) -> str:
        """The address that the setting *name* makes of the row's columns; ``""`` where one of them is empty."""
        pattern = self.values[name]
        parts = {column: _text(row.get(column.lower())) for column in re.findall(r"\{(\w+)\}", pattern)}
        if not pattern or not all(parts.values()):
            return ""
        return canonical_url(re.sub(r"\{(\w+)\}", lambda found: quote(parts[found[1]], safe="/:%"), pattern))

    def _date(self, row: Mapping[str, Any], name: str) -> datetime | None:
        value = row.get(self.values[name].lower()) if self.values[name] else None
        if isinstance(value, datetime):
            return (value if value.tzinfo else value.replace(tzinfo=self.zone)).astimezone(UTC)
        if isinstance(value, date):
            return datetime(value.year, value.month, value.day, tzinfo=self.zone).astimezone(UTC)
        return parse_date(_text(value), self.zone)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)[:LONGEST_CELL].decode("utf-8", "replace")
    return str(value)[:LONGEST_CELL]


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return None
