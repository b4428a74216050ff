"""The roll: a fleet's agencies and accounts, imported from two CSV files; every fault is told by its row.

``agencies.csv``: key, name, and if wished parent, timezone, language, short, sign_off, website, logo, primary, accent.
``accounts.csv``: agency, name, platform, and a column for each setting of the platforms; a secret as ``env:NAME``,
``file:PATH``, or ``stored`` where ``humasbot connect`` or ``humasbot secrets set`` keeps it. Empty cells are left out.
What stands there already is changed, nothing is ever deleted.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa
from sqlmodel import Session

from humasbot import audit
from humasbot.config import NAME
from humasbot.errors import ConfigError, Problem
from humasbot.models import Account, Agency, columns, utc_now
from humasbot.models.unless import insert
from humasbot.pipeline.office import FROM_AGENCY, Office, quota_of
from humasbot.platforms.registry import platform
from humasbot.queueing import defaults_of
from humasbot.words import reason, t

BRAND = ("short", "sign_off", "website", "logo", "primary", "accent")
AGENCY = ("key", "name", "parent", "timezone", "language", *BRAND)
ACCOUNT = ("agency", "name", "platform", "dry_run", "active")
CHUNK = 5000
MOST_FAULTS = 1000
Line = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Called:
    """What an import did."""

    agencies: int
    accounts: int


def call(office: Office, agencies: Path, accounts: Path, *, actor: str) -> Called:
    """Bring both files into the database, all or nothing.

    Raises :class:`~humasbot.errors.ConfigError` with every fault of both, by file and row.
    """
    first, second = (
        list(_lines(agencies, ("key", "name"))),
        list(_lines(accounts, ("agency", "name", "platform"))),
    )
    with office.database.read() as session:
        known = set(session.execute(sa.select(columns(Agency).name)).scalars())
    keys = known | {line["key"] for _, line in first}
    faults = [*_agency_faults(agencies.name, first, keys), *_account_faults(accounts.name, second, keys)]
    if faults:
        raise ConfigError(*faults[:MOST_FAULTS])
    now = utc_now()
    with office.database.write() as session:
        _upsert(session, Agency, ("name",), [_agency(line) for _, line in first], now)
        rows_ = session.execute(sa.select(columns(Agency).name, columns(Agency).id)).all()
        numbers = dict(rows_)
        _parents(session, [line for _, line in first], numbers)
        rows = [_account(line, numbers) for _, line in second]
        _upsert(session, Account, ("agency_id", "name"), rows, now)
        audit.record(
            session, "imported", "fleet", actor=actor, agencies=len(first), accounts=len(second),
            files=[agencies.name, accounts.name],
        )  # fmt: skip
    return Called(len(first), len(second))


def _lines(path: Path, needed: Sequence[str]) -> Iterator[tuple[int, Line]]:
    """Each row with its number in the file; spaces around a value do not count."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            names = reader.fieldnames or []
            if missing := [name for name in needed if name not in names]:
                raise ConfigError(
                    Problem(
                        path.name, t("kolom {m} tidak ada", "the column {m} is missing", m=", ".join(missing))
                    )
                )
            for row in reader:
                yield reader.line_num, {key: (value or "").strip() for key, value in row.items() if key}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        why = reason(error) if isinstance(error, OSError | UnicodeDecodeError) else str(error)
        raise ConfigError(
            Problem(path.name, t("tidak terbaca ({why})", "cannot be read ({why})", why=why))
        ) from None


def _agency_faults(file: str, lines: Sequence[tuple[int, Line]], keys: set[str]) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for number, line in lines:
        where = f"{file}:{number}"
        if unknown := [name for name in line if name not in AGENCY]:
            yield Problem(where, t("kolom tidak dikenal: {u}", "unknown column: {u}", u=", ".join(unknown)))
            return
        yield from _name_faults(where, line["key"], "key")
        yield from _twice(where, seen, line["key"], number)
        if not line["name"]:
            yield Problem(where, t("name wajib diisi", "name is required"))
        if (parent := line.get("parent")) and parent not in keys:
            yield Problem(where, t("induk {p} tidak ada", "there is no parent {p}", p=parent))
        if (zone := line.get("timezone")) and not _is_zone(zone):
            yield Problem(where, t('"{z}" bukan zona waktu', '"{z}" is not a time zone', z=zone))


def _account_faults(file: str, lines: Sequence[tuple[int, Line]], keys: set[str]) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for number, line in lines:
        where = f"{file}:{number}"
        if line["agency"] not in keys:
            yield Problem(where, t("instansi {a} tidak ada", "there is no agency {a}", a=line["agency"]))
        yield from _name_faults(where, line["name"], "name")
        yield from _twice(where, seen, f"{line['agency']}/{line['name']}", number)
        for flag in ("dry_run", "active"):
            if line.get(flag, "") not in ("", "true", "false"):
                yield Problem(where, t("{f}: tulis true atau false", "{f}: write true or false", f=flag))
        try:
            cls = platform(line["platform"])
        except ConfigError as error:
            yield from (Problem(where, str(problem)) for problem in error.problems)
            continue
        given = _settings(line)
        known = {setting.name: setting for setting in cls.settings}
        for name, value in given.items():
            if name not in known:
                yield Problem(
                    where, t("{n} bukan pengaturan {p}", "{n} is not a setting of {p}", n=name, p=cls.title)
                )
            elif known[name].secret and not isinstance(value, dict):
                yield Problem(
                    where,
                    t("{n}: rahasia tidak boleh ditulis di sini; tulis env:NAMA, file:BERKAS atau stored",
                      "{n}: a secret must not stand here; write env:NAME, file:PATH or stored", n=name),
                )  # fmt: skip
        for name, setting in known.items():
            if setting.required and not setting.default and name not in given and name not in FROM_AGENCY:
                yield Problem(where, t("{n} wajib diisi", "{n} is required", n=name))


def _name_faults(where: str, name: str, column: str) -> Iterator[Problem]:
    if not NAME.fullmatch(name):
        yield Problem(
            where,
            t(
                "{c}: hanya huruf kecil, angka, - dan _",
                "{c}: only lower-case letters, digits, - and _",
                c=column,
            ),
        )


def _twice(where: str, seen: dict[str, int], key: str, number: int) -> Iterator[Problem]:
    if key in seen:
        yield Problem(where, t("sama dengan baris {n}", "the same as row {n}", n=seen[key]))
    seen.setdefault(key, number)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _agency(line: Line) -> dict[str, Any]:
    return {
        "name": line["key"],
        "title": line["name"],
        "timezone": line.get("timezone") or "Asia/Jakarta",
        "language": line.get("language") or "id",
        "brand": {name: line[name] for name in BRAND if line.get(name)},
    }


def _settings(line: Line) -> dict[str, Any]:
    """The settings of an account; ``env:NAME`` is a reference to a secret, ``stored`` one to the encrypted store."""
    found: dict[str, Any] = {}
    secrets = {setting.name for setting in platform(line["platform"]).settings if setting.secret}
    for name, value in line.items():
        if name in ACCOUNT or not value:
            continue
        kind, _, target = value.partition(":")
        found[name] = {kind: target} if kind in ("env", "file") and target else value
        if name in secrets and value == "stored":
            found[name] = {"stored": True}
    return found


def _account(line: Line, numbers: Mapping[str, int]) -> dict[str, Any]:
    return {
        "agency_id": numbers[line["agency"]],
        "name": line["name"],
        "platform": line["platform"],
        "settings": _settings(line),
        "quota": quota_of(line["platform"], _settings(line)),
        "dry_run": line.get("dry_run") == "true",
        "active": line.get("active") != "false",
    }


def _upsert(
    session: Session, model: type[Any], unique: Sequence[str], rows: Sequence[dict[str, Any]], now: datetime
) -> None:
    """Insert, or change what is there, thousands at a time."""
    table = columns(model).id.table
    connection = session.connection()
    defaults = {
        name: value.value for name, value in defaults_of(model, now).items() if hasattr(value, "value")
    }
    for start in range(0, len(rows), CHUNK):
        chunk = [{**defaults, **row} for row in rows[start : start + CHUNK]]
        statement = insert(connection, table)
        changed = {name: statement.excluded[name] for name in rows[0] if name not in unique}
        connection.execute(statement.on_conflict_do_update(index_elements=list(unique), set_=changed), chunk)


def _parents(session: Session, lines: Sequence[Line], numbers: Mapping[str, int]) -> None:
    given = [
        {"b_id": numbers[line["key"]], "b_parent": numbers[line["parent"]]}
        for line in lines
        if line.get("parent")
    ]
    if given:
        row = columns(Agency)
        statement = sa.update(row.id.table).where(row.id == sa.bindparam("b_id"))
        session.connection().execute(statement.values(parent_id=sa.bindparam("b_parent")), given)
