"""BMKG's open data: felt earthquakes, early warnings of weather, the three-day forecast. BMKG is to be named as source.

Three kinds, since each fails, and is told of, by itself. All of them spend from one allowance of requests.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self
from urllib.parse import quote, urljoin
from zoneinfo import ZoneInfo

from humasbot.content import Found, Happening
from humasbot.errors import ConfigError, FetchError, Problem
from humasbot.globe import Point
from humasbot.net import Http
from humasbot.sources.base import TIMEZONE, Option, Source, get, read_settings, refusal
from humasbot.sources.bmkg_budget import BUDGET, Budget
from humasbot.sources.bmkg_cap import Alert, Listed, read_alert, read_list
from humasbot.sources.bmkg_days import read_days
from humasbot.sources.bmkg_quakes import happenings, merged, read_quakes
from humasbot.words import t

QUAKES = "https://data.bmkg.go.id/DataMKG/TEWS/"
LISTS = ("gempaterkini.json", "gempadirasakan.json", "autogempa.json")
"""The freshest last, so that its values stand."""
WARNINGS = "https://www.bmkg.go.id/alerts/nowcast/id"
DAYS = "https://api.bmkg.go.id/publik/prakiraan-cuaca"
KEPT = timedelta(days=2)
MOST_ALERTS = 25
"""Alerts fetched in one reading; what is left has its turn at the next."""
LARGEST = 5_000_000
WARNING = "warning"


class _Bmkg(Source):
    """What the three have in common: one address, asked within the allowance."""

    firm_ids = True
    budget: Budget = BUDGET

    def _get(self, url: str) -> bytes:
        self.budget.spend()
        answer = get(self.http, url, max_bytes=LARGEST)
        if answer.status != 200:
            raise refusal(answer)
        return answer.body


class Earthquakes(_Bmkg):
    """The three lists of earthquakes, merged: what one list says, another may add to."""

    kind = "bmkg_earthquake"
    every = timedelta(minutes=1)
    settings: ClassVar[tuple[Option, ...]] = (
        Option("url", "alamat folder daftar gempa BMKG", "address of the folder of BMKG's lists of earthquakes",
               required=False, default=QUAKES),
    )  # fmt: skip

    def __init__(self, url: str, http: Http) -> None:
        self.url = url if url.endswith("/") else f"{url}/"
        self.http = http

    @classmethod
    def from_settings(cls, settings: Mapping[str, str], http: Http) -> Self:
        """As :meth:`Source.from_settings`; no network."""
        return cls(_address(read_settings(cls, settings)["url"]), http)

    def fetch(self, state: Mapping[str, str], now: datetime) -> Found:
        """Every earthquake of the lists. One list that fails is told; if all do, so does the reading."""
        known = _known(state)
        lists, warnings = [], []
        for name in LISTS:
            try:
                lists.append(read_quakes(self._get(self.url + name)))
            except FetchError as error:
                warnings.append(f"{name}: {error}")
        if not lists:
            raise FetchError("; ".join(warnings))
        quakes = merged(known, lists)
        recent = {
            key: facts
            for key, facts in quakes.items()
            if now - KEPT <= datetime.fromisoformat(facts["time"]) <= now + timedelta(minutes=10)
        }
        return Found(state={"known": json.dumps(recent)}, warnings=tuple(warnings),
                     happenings=tuple(happenings(recent)))  # fmt: skip

    def check(self) -> str:
        """Read the newest one."""
        quakes = read_quakes(self._get(self.url + LISTS[-1]))
        last = quakes[0] if quakes else {}
        return t("BMKG terbaca; gempa terakhir M {m}, {w}", "BMKG can be read; the last earthquake is M {m}, {w}",
                 m=last.get("magnitude", "-"), w=last.get("region", "-"))  # fmt: skip


def _known(state: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    try:
        found = json.loads(state.get("known", "{}"))
        return {str(key): dict(facts) for key, facts in found.items()}
    except (ValueError, TypeError, AttributeError):
        return {}


def _address(url: str) -> str:
    if not url.lower().startswith(("http://", "https://")):
        raise ConfigError(
            Problem("url", t("harus diawali http:// atau https://", "must start with http:// or https://"))
        )
    return url


PLACE = (
    Option("latitude", "lintang kantor, misalnya -6.2", "latitude of the office, for example -6.2"),
    Option("longitude", "bujur kantor, misalnya 106.8", "longitude of the office, for example 106.8"),
)


class Warnings(_Bmkg):
    """The warnings whose area holds the office. Others are not kept at all."""

    kind = "bmkg_warning"
    every = timedelta(minutes=1)
    settings: ClassVar[tuple[Option, ...]] = (
        Option("url", "alamat daftar peringatan BMKG", "address of BMKG's list of warnings", required=False,
               default=WARNINGS),
        *PLACE,
    )  # fmt: skip

    def __init__(self, url: str, point: Point, http: Http) -> None:
        self.url = url
        self.point = point
        self.http = http

    @classmethod
    def from_settings(cls, settings: Mapping[str, str], http: Http) -> Self:
        """As :meth:`Source.from_settings`; no network."""
        values = read_settings(cls, settings)
        point = degrees(values["latitude"], 90, "latitude"), degrees(values["longitude"], 180, "longitude")
        return cls(_address(values["url"]), point, http)

    def fetch(self, state: Mapping[str, str], now: datetime) -> Found:
        """The new alerts of the list, and what became of those before."""
        listed = read_list(self._get(self.url))
        # Which event each alert told of: "" for one that is not ours.
        events: dict[str, str] = {key: str(name) for key, name in _plain(state).items()}
        told: dict[str, Happening] = {}
        warnings = []
        new = [each for each in listed if each.identifier not in events]
        for each in new[:MOST_ALERTS]:
            try:
                alert = read_alert(self._get(urljoin(self.url, each.url)))
            except FetchError as error:
                warnings.append(f"{each.identifier}: {error}")
                if not error.temporary:
                    events[each.identifier] = ""
                continue
            self._take(each, alert, events, told)
        names = {each.identifier for each in listed} | set(list(events)[-500:])
        kept = {identifier: event for identifier, event in events.items() if identifier in names}
        return Found(
            state={"events": json.dumps(kept)}, warnings=tuple(warnings), happenings=tuple(told.values())
        )

    def _take(self, listed: Listed, alert: Alert, events: dict[str, str], told: dict[str, Happening]) -> None:
        before = next((events[name] for name in alert.references if events.get(name)), "")
        ours = alert.public and alert.kind != "Cancel" and alert.holds(self.point)
        event = before or (alert.identifier if ours else "")
        events[listed.identifier] = events[alert.identifier] = event
        if not event or not alert.public:
            return
        key = f"{WARNING}:{event}"
        # An update whose area leaves the office ends it here, as a cancellation does.
        told[key] = Happening(
            WARNING, key, alert.sent, alert.expires, alert.facts if ours else {},
            revision=int(alert.sent.timestamp()), over=not ours,
        )  # fmt: skip

    def check(self) -> str:
        """Read the list."""
        listed = read_list(self._get(self.url))
        return t("BMKG terbaca; {n} peringatan cuaca sedang berlaku di Indonesia",
                 "BMKG can be read; {n} weather warnings stand in Indonesia", n=len(listed))  # fmt: skip


def degrees(text: str, most: int, name: str) -> float:
    """A latitude or longitude. Raises :class:`~humasbot.errors.ConfigError`."""
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not -most <= value <= most:
        raise ConfigError(
            Problem(name, t("harus derajat desimal antara -{n} dan {n}", "must be decimal degrees from -{n} to {n}",
                            n=most))
        )  # fmt: skip
    return value


def _plain(state: Mapping[str, str]) -> dict[str, Any]:
    try:
        found = json.loads(state.get("events", "{}"))
        return dict(found)
    except (ValueError, TypeError):
        return {}


class Forecasts(_Bmkg):
    """The forecast of the office's own village, for the everyday greeting."""

    kind = "bmkg_forecast"
    every = timedelta(hours=3)
    settings: ClassVar[tuple[Option, ...]] = (
        Option("adm4", "kode wilayah Kemendagri tingkat desa, misalnya 32.73.01.1001 (bukan kode BPS)",
               "the Home Ministry's code of a village, for example 32.73.01.1001 (not BPS's)"),
        Option("url", "alamat prakiraan BMKG", "address of BMKG's forecast", required=False, default=DAYS),
        TIMEZONE,
    )  # fmt: skip

    def __init__(self, adm4: str, url: str, http: Http, *, zone: str = "Asia/Jakarta") -> None:
        self.adm4 = adm4
        self.url = f"{url}?adm4={quote(adm4)}"
        self.http = http
        self.zone = ZoneInfo(zone)

    @classmethod
    def from_settings(cls, settings: Mapping[str, str], http: Http) -> Self:
        """As :meth:`Source.from_settings`; no network."""
        values = read_settings(cls, settings)
        parts = values["adm4"].split(".")
        if [len(part) for part in parts] != [2, 2, 2, 4] or not "".join(parts).isdecimal():
            raise ConfigError(
                Problem("adm4", t("harus kode desa Kemendagri, misalnya 32.73.01.1001",
                                  "must be the Home Ministry's code of a village, such as 32.73.01.1001"))
            )  # fmt: skip
        return cls(values["adm4"], _address(values["url"]), http, zone=values["timezone"])

    def fetch(self, state: Mapping[str, str], now: datetime) -> Found:
        """The days that are told whole."""
        return Found(happenings=tuple(read_days(self._get(self.url), self.zone)))

    def check(self) -> str:
        """Read it once."""
        found = read_days(self._get(self.url), self.zone)
        return t("BMKG terbaca; prakiraan {n} hari untuk {a}", "BMKG can be read; a forecast of {n} days for {a}",
                 n=len(found), a=self.adm4)  # fmt: skip
