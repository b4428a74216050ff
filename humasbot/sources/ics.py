"""A calendar: an .ics file, the address of one, or the export of a CalDAV collection. Its public events only.

A collection gives its calendar to a plain GET (Radicale), or to one with ``?export`` (all that stand on SabreDAV:
Nextcloud, ownCloud, Baïkal; its ``ICSExportPlugin``, read 2026-11-22), which is asked where the first gives none.
"""

from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar, Self
from zoneinfo import ZoneInfo

from humasbot.content import Found
from humasbot.errors import ConfigError, FetchError, Problem
from humasbot.net import Answer, Http
from humasbot.sources.base import TIMEZONE, Option, Source, get, read_settings, refusal
from humasbot.sources.ics_reading import PRIVATE, Filter, read_events
from humasbot.words import reason, t

LARGEST = 20_000_000
BEHIND = timedelta(days=7)
AHEAD = timedelta(days=60)
"""Which events are read: a report may still be owed for those of the last week."""
BELIEVED = 3
"""An empty calendar that was not empty before is believed at this reading: servers that are being mended give one."""


class Ics(Source):
    """One calendar. Private events are dropped as they are read; nothing of them is handed on."""

    kind = "ics"
    firm_ids = True
    settings: ClassVar[tuple[Option, ...]] = (
        Option("url", "alamat .ics atau koleksi CalDAV; alamat rahasia: { env = \"NAMA\" }",
               "address of an .ics or a CalDAV collection; a secret one as { env = \"NAME\" }", required=False),
        Option("file", "berkas .ics", "an .ics file", required=False, path=True),
        Option("user", "nama pengguna kalender", "user name of the calendar", required=False),
        Option("password", "kata sandinya", "its password", required=False, secret=True),
        Option("private", "kata yang menandai acara tertutup, dipisah koma",
               "words that mark a closed event, parted by commas", required=False, default=", ".join(PRIVATE)),
        Option("public", "bila diisi, hanya acara dengan salah satu kata ini yang dibaca, dipisah koma",
               "if given, only events with one of these words are read, parted by commas", required=False),
        TIMEZONE,
    )  # fmt: skip

    def __init__(self, values: Mapping[str, str], http: Http) -> None:
        self.http = http
        self.zone = ZoneInfo(values["timezone"])
        self._url, self._file = values["url"], values["file"]
        self._login = (values["user"], values["password"])
        self._filter = Filter(_words(values["private"]), _words(values["public"]))

    @classmethod
    def from_settings(cls, settings: Mapping[str, str], http: Http) -> Self:
        """As :meth:`Source.from_settings`; no network."""
        values = read_settings(cls, settings)
        if bool(values["url"]) == bool(values["file"]):
            raise ConfigError(
                Problem("url", t("isi salah satu: url atau file", "give one of them: url or file"))
            )
        return cls(values, http)

    def fetch(self, state: Mapping[str, str], now: datetime) -> Found:
        """Every public event of the last week and the coming sixty days."""
        first, last = now - BEHIND, now + AHEAD
        events = tuple(read_events(self._body(), self.zone, self._filter, first, last))
        empty = int(state.get("empty", "0")) + 1 if not events and state.get("had", "0") != "0" else 0
        if 0 < empty < BELIEVED:
            why = t("kalender mendadak kosong; dipercaya bila tetap begitu",
                    "the calendar is empty all at once; believed if it stays so")  # fmt: skip
            return Found(state={**state, "empty": str(empty)}, warnings=(why,))
        return Found(state={"had": str(len(events))}, happenings=events, whole=(first, last))

    def check(self) -> str:
        """Read it once."""
        now = datetime.now(self.zone)
        events = read_events(self._body(), self.zone, self._filter, now, now + AHEAD)
        return t("kalender terbaca; {n} acara terbuka dalam 60 hari",
                 "the calendar can be read; {n} public events in 60 days", n=len(events))  # fmt: skip

    def _body(self) -> bytes:
        if self._file:
            return _read(Path(self._file))
        headers = {"Accept": "text/calendar"}
        if self._login[0]:
            headers["Authorization"] = "Basic " + b64encode(":".join(self._login).encode()).decode()
        answer = get(self.http, self._url, headers=headers, max_bytes=LARGEST)
        if answer.status in (200, 405, 501) and not _is_calendar(answer) and "?" not in self._url:
            export = get(self.http, f"{self._url}?export", headers=headers, max_bytes=LARGEST)
            answer = export if _is_calendar(export) else answer
        if answer.status != 200:
            raise refusal(answer)
        return answer.body


def _is_calendar(answer: Answer) -> bool:
    return answer.status == 200 and b"BEGIN:VCALENDAR" in answer.body[:200].upper()


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip().casefold() for word in text.split(",") if word.strip())


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise FetchError(t("{p} terlalu besar", "{p} is too large", p=path), temporary=False)
        return path.read_bytes()
    except OSError as error:
        raise FetchError(
            t("{p} tidak terbaca ({why})", "{p} cannot be read ({why})", p=path, why=reason(error))
        ) from None
