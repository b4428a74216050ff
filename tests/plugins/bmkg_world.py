"""BMKG and an office's calendar as one local server, in the shapes that the real ones were seen to have."""

import json
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from humasbot.testing.standin import Reply, Request, StandIn

WIB = ZoneInfo("Asia/Jakarta")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des")
BANDUNG = (-6.91, 107.61)
SQUARE = "-6.5,107.2 -6.5,108.0 -7.3,108.0 -7.3,107.2 -6.5,107.2"
ELSEWHERE = "-2.1,140.1 -2.1,140.9 -2.9,140.9 -2.9,140.1 -2.1,140.1"


def quake(at: datetime, magnitude: str = "5.4", **more: str) -> dict[str, str]:
    """One entry, every value a string."""
    local = at.astimezone(WIB)
    entry = {
        "Tanggal": f"{local.day:02} {MONTHS[local.month - 1]} {local.year}",
        "Jam": f"{local:%H:%M:%S} WIB",
        "DateTime": at.isoformat(timespec="seconds"),
        "Coordinates": "-7.05,107.55",
        "Lintang": "7.05 LS",
        "Bujur": "107.55 BT",
        "Magnitude": magnitude,
        "Kedalaman": "10 km",
        "Wilayah": "Pusat gempa berada di darat 17 km selatan Kota Bandung",
        "Potensi": "Gempa ini dirasakan untuk diteruskan pada masyarakat",
        "Dirasakan": "III-IV Kota Bandung, II - III Garut",
        "Shakemap": f"{local:%Y%m%d%H%M%S}.mmi.jpg",
    }
    return {**entry, **more}


def cap(identifier: str, sent: datetime, expires: datetime, polygon: str = SQUARE, **more: str) -> str:
    """One CAP 1.2 message as BMKG writes them."""
    given = {"msgType": "Alert", "status": "Actual", "scope": "Public", "severity": "Moderate", "references": "",
             "headline": "Hujan Lebat disertai Petir di Jawa Barat", **more}  # fmt: skip
    references = f"<references>{given['references']}</references>" if given["references"] else ""
    return f"""<?xml version="1.0" ?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
  <identifier>{identifier}</identifier><sender>cuaca.ekstrem@bmkg.go.id</sender>
  <sent>{sent.isoformat()}</sent><status>{given["status"]}</status><msgType>{given["msgType"]}</msgType>
  <scope>{given["scope"]}</scope>{references}
  <info><language>id</language><category>Met</category><event>Hujan Lebat dan Petir</event>
    <urgency>Immediate</urgency><severity>{given["severity"]}</severity><certainty>Observed</certainty>
    <effective>{sent.isoformat()}</effective><expires>{expires.isoformat()}</expires>
    <headline>{given["headline"]}</headline>
    <description>Hujan lebat disertai petir akan terjadi di Coblong.
 Masyarakat dihimbau untuk tetap waspada.</description>
    <web>https://nowcasting.bmkg.go.id/infografis/CJB/infografis.jpg</web>
    <area><areaDesc>Jawa Barat</areaDesc><polygon>{polygon}</polygon></area></info>
</alert>"""


def hours(
    first: datetime, days: int = 3, words: str = "Cerah Berawan", wet: str = ""
) -> list[list[dict[str, Any]]]:
    """A forecast of three-hour steps by local day, from the local midnight *first*."""
    whole = []
    for day in range(days):
        part = []
        for step in range(8):
            at = first + timedelta(days=day, hours=3 * step)
            part.append({
                "datetime": at.isoformat(), "utc_datetime": f"{at.astimezone(ZoneInfo('UTC')):%Y-%m-%d %H:%M:%S}",
                "t": 22 + step, "weather_desc": wet if wet and step == 5 else words, "vs": None,
                "image": "https://api-apps.bmkg.go.id/storage/icon/cuaca/cerah berawan-am.svg",
            })  # fmt: skip
        whole.append(part)
    return whole


class World(StandIn):
    """Everything at one address; the test sets what is true."""

    def __init__(self) -> None:
        super().__init__()
        self.felt: list[dict[str, str]] = []
        self.recent: list[dict[str, str]] = []
        self.alerts: dict[str, str] = {}
        self.weather: list[list[dict[str, Any]]] = []
        self.calendar = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nEND:VCALENDAR\r\n"

    def handle(self, request: Request) -> Reply:
        """As the real ones answer."""
        name = request.path.rpartition("/")[2]
        if name == "autogempa.json":
            newest = max([*self.felt, *self.recent], key=lambda entry: entry["DateTime"], default=None)
            return Reply(200, {"Infogempa": {"gempa": newest}}) if newest else Reply(404, "")
        if name in ("gempaterkini.json", "gempadirasakan.json"):
            listed = self.recent if name == "gempaterkini.json" else self.felt
            return Reply(200, {"Infogempa": {"gempa": listed}})
        if name == "nowcast":
            items = "".join(
                f"<item><title>x</title><link>{self.url}/{each}.xml</link><guid>{each}</guid></item>"
                for each in self.alerts
            )
            return Reply(200, f'<rss version="2.0"><channel>{items}</channel></rss>', mime="application/xml")
        if name.endswith(".xml") and name[:-4] in self.alerts:
            return Reply(200, self.alerts[name[:-4]], mime="application/xml")
        if name == "prakiraan" and request.first("adm4") == "32.73.02.1001":
            return Reply(200, {"lokasi": {}, "data": [{"lokasi": {}, "cuaca": self.weather}]})
        if name == "agenda.ics":
            return Reply(200, self.calendar, mime="text/calendar")
        return Reply(404, {"message": "Data not found", "error": "Not Found", "statusCode": 404})


def event(uid: str, title: str, begins: datetime, *, lasts: int = 2, **more: str) -> str:
    """One VEVENT in local time of Makassar or whatever zone *begins* has."""
    zone = getattr(begins.tzinfo, "key", "Asia/Jakarta")
    lines = {
        "UID": uid, "SUMMARY": title, f"DTSTART;TZID={zone}": f"{begins:%Y%m%dT%H%M%S}",
        f"DTEND;TZID={zone}": f"{begins + timedelta(hours=lasts):%Y%m%dT%H%M%S}", "LOCATION": "Balai Kota",
        "DESCRIPTION": "Terbuka untuk umum.", **{name.replace("_", "-"): text for name, text in more.items()},
    }  # fmt: skip
    return (
        "BEGIN:VEVENT\r\n" + "".join(f"{name}:{text}\r\n" for name, text in lines.items()) + "END:VEVENT\r\n"
    )


def calendar(*events: str) -> str:
    """A whole file."""
    return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//ID\r\n" + "".join(events) + "END:VCALENDAR\r\n"


def text_of(value: Any) -> bytes:
    """JSON as bytes."""
    return json.dumps(value).encode()
