"""``humasbot calendar``: a year's observances as table, JSON or iCalendar, with clashes and what is not known."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from humasbot.cli.common import as_json, dump, escape, table
from humasbot.errors import ConfigError
from humasbot.indonesian import DAYS, MONTHS
from humasbot.words import t

if TYPE_CHECKING:
    from humasbot.occasions.calendar import Calendar, Occurrence, Undetermined

_MONTHS = {name.lower(): number for number, name in enumerate(MONTHS, start=1)}


@click.command()
@click.argument("year", metavar=t("TAHUN", "YEAR"), type=click.IntRange(1900, 2100))
@as_json
@click.option(
    "--ics",
    metavar=t("BERKAS", "FILE"),
    help=t("tulis berkas iCalendar; “-” ke layar", "write an iCalendar file; “-” to the screen"),
)
@click.option(
    "--province",
    metavar="NAMA|KODE",
    help=t(
        "hari daerah juga: Bali, jateng, 51, 33.05; semua: “*”",
        "regional days too: Bali, jateng, 51, 33.05; all: “*”",
    ),
)
@click.option(
    "--month", metavar="1–12", help=t("bulan ini saja, angka atau nama", "this month, number or name")
)
@click.option(
    "--days",
    "extra",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=t("berkas hari milik kantor (TOML)", "the office's own file of days (TOML)"),
)
@click.pass_context
def calendar(
    ctx: click.Context, year: int, as_json: bool, ics: str | None, province: str | None, month: str | None,
    extra: Path | None,
) -> None:  # fmt: skip
    """Show the year."""
    book = _book(Path((ctx.obj or {}).get("config", "humasbot.toml")), province, extra)
    only = _month(month)
    shown = [o for o in book.year(year) if only is None or o.day.month == only]
    gaps = book.undetermined(year)
    if ics is not None:
        _write_ics(ics, year, shown, gaps)
    elif as_json:
        dump(_as_data(book, year, shown, gaps))
    else:
        _show(book, year, shown, gaps)


def _book(config: Path, province: str | None, extra: Path | None) -> "Calendar":
    """The office's own calendar with what people decided, where there is an office here and nothing else is asked."""
    from humasbot.occasions.calendar import Calendar

    if province is not None or extra is not None or not config.is_file():
        return Calendar(extra, province)
    from humasbot.config import read
    from humasbot.pipeline.almanac import almanac
    from humasbot.pipeline.office import Office

    settings, problems = read(config)
    if settings is None:
        raise ConfigError(*problems)
    office = Office(settings)
    try:
        return almanac(office, tolerant=True).calendar
    finally:
        office.close()


def _month(text: str | None) -> int | None:
    if text is None:
        return None
    if text.isdecimal() and 1 <= int(text) <= 12:
        return int(text)
    if text.lower() in _MONTHS:
        return _MONTHS[text.lower()]
    raise click.BadParameter(
        t("bulan 1 sampai 12 atau namanya", "a month from 1 to 12 or its name"), param_hint="--month"
    )


def _write_ics(where: str, year: int, shown: "list[Occurrence]", gaps: "list[Undetermined]") -> None:
    from humasbot.occasions.ics import to_ics

    title = t("Hari besar {year}", "Observances {year}", year=year)
    text = to_ics(shown, gaps, title, datetime.now(UTC))
    if where == "-":
        click.echo(text.encode(), nl=False)
        return
    Path(where).write_bytes(text.encode())
    click.echo(t("{n} hari ditulis ke {where}.", "{n} days written to {where}.", n=len(shown), where=where))


def _show(book: "Calendar", year: int, shown: "list[Occurrence]", gaps: "list[Undetermined]") -> None:
    clashes = book.clashes(year)
    table(
        t("Hari besar {year}", "Observances {year}", year=year),
        (
            t("Tanggal", "Day"),
            t("Nama", "Name"),
            t("Jenis", "Kind"),
            t("Nada", "Tone"),
            t("Catatan", "Notes"),
        ),
        [_row(occurrence, clashes) for occurrence in shown],
        t("Tidak ada.", "None."),
    )
    for gap in gaps:
        click.secho(
            t(
                "Belum ditetapkan: {name} {year} ({reason}).",
                "Not determined yet: {name} {year} ({reason}).",
                name=gap.name,
                year=year,
                reason=gap.reason,
            ),
            fg="yellow",
        )


def _row(occurrence: "Occurrence", clashes: "dict[date, list[Occurrence]]") -> tuple[str, ...]:
    from humasbot.occasions.observance import kind_name, tone_name

    name = escape(occurrence.label)
    if occurrence.holiday or occurrence.key == "cuti_bersama":
        name = f"[red]{name}[/red]"
    # The title names the year, and the table has to fit 80 columns.
    day = f"{DAYS[occurrence.day.weekday()]}, {occurrence.day.day} {MONTHS[occurrence.day.month - 1]}"
    kind, tone = kind_name(occurrence.observance.kind), tone_name(occurrence.observance.tone)
    return day, name, kind, tone, escape(" ".join(_marks(occurrence, clashes)))


def _marks(occurrence: "Occurrence", clashes: "dict[date, list[Occurrence]]") -> list[str]:
    marks = []
    if occurrence.joint_leave and occurrence.key != "cuti_bersama":
        marks.append(t("Cuti bersama.", "Joint leave."))
    meeting = clashes.get(occurrence.day, [])
    if occurrence in meeting:
        first = meeting[0].observance.key == occurrence.key
        marks.append(
            t("Bentrok: didahulukan.", "Clash: goes first.")
            if first
            else t("Bentrok: mengalah.", "Clash: yields.")
        )
    if occurrence.observance.confidence == "unverified":
        marks.append(t("Belum diperiksa.", "Not verified."))
    return [*marks, occurrence.note] if occurrence.note else marks


def _as_data(
    book: "Calendar", year: int, shown: "list[Occurrence]", gaps: "list[Undetermined]"
) -> dict[str, Any]:
    from humasbot.occasions.calendar import pasaran

    clashes = book.clashes(year)
    days = {occurrence.day for occurrence in shown}
    return {
        "year": year,
        "place": book.place or None,
        "days": [
            {
                "day": o.day.isoformat(),
                "weekday": DAYS[o.day.weekday()],
                "pasaran": pasaran(o.day),
                "key": o.key,
                "name": o.name,
                "name_en": o.en,
                "n": o.n,
                "kind": o.observance.kind,
                "tone": o.observance.tone,
                "scope": list(o.observance.scope),
                "holiday": o.holiday,
                "joint_leave": o.joint_leave,
                "provisional": o.provisional,
                "greetable": o.greetable,
                "clash": o in clashes.get(o.day, []),
                "confidence": o.observance.confidence,
                "basis": o.observance.basis,
                "source": o.observance.source,
                "note": o.note,
            }
            for o in shown
        ],
        "clashes": {
            day.isoformat(): [o.key for o in meeting] for day, meeting in clashes.items() if day in days
        },
        "joint_leave": {day.isoformat(): name for day, name in book.joint_leave(year).items()},
        "undetermined": [
            {"key": gap.observance.key, "year": gap.year, "status": "belum ditetapkan", "reason": gap.reason}
            for gap in gaps
        ],
    }
