"""Drawing a page: Jinja with everything escaped, in the language of its reader."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from humasbot.indonesian import clock, long_date, long_moment, short_date, zone_name
from humasbot.models import utc_now
from humasbot.states import NAMES
from humasbot.words import language, speaking, t

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = Path(__file__).parent
STYLE = FOLDER / "style.css"
STATES = NAMES | {
    "queued": ("terjadwal", "scheduled"),
    "waiting": ("menunggu persetujuan", "waits for approval"),
    "held": ("ditahan", "held back"),
    "dry-run": ("uji coba", "dry run"),
    "refused": ("ditolak", "refused"),
    "again": ("diumumkan lagi", "announced again"),
}
"""What the page calls the states of a Delivery, and of what has none."""
COLOURS = {
    "queued": "biru", "sending": "biru", "sent": "hijau", "failed": "merah",
    "uncertain": "kuning", "waiting": "kuning", "held": "kuning",
}  # fmt: skip


ICON = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0b3d91"/>'
    b'<path d="M8 17l5 5 11-12" fill="none" stroke="#fff" stroke-width="4" stroke-linecap="round"/></svg>'
)


@cache
def environment() -> "Environment":
    """Our templates; whatever they show is escaped."""
    import jinja2

    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER / "templates"), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    made.filters.update(
        waktu=moment, saat=said, tanggal=day, tautan=link, keadaan=state, warna=colour, singkat=shortened
    )
    made.globals.update(t=t, bahasa=language)
    return made


@cache
def style() -> tuple[bytes, str]:
    """The style sheet, and the mark by which browsers know a new one."""
    data = STYLE.read_bytes()
    return data, sha256(data).hexdigest()[:12]


def draw(template: str, code: str, values: Mapping[str, Any]) -> bytes:
    """The page in the language *code*."""
    with speaking(code):
        return environment().get_template(template).render(**values).encode()


def moment(at: datetime | None, zone: ZoneInfo, now: datetime | None = None) -> str:
    """``Hari ini 06.00 WIB``, ``Besok …``, else the whole date; in *zone*, always with its name."""
    if at is None:
        return "–"
    local = at.astimezone(zone)
    away = (local.date() - (now or utc_now()).astimezone(zone).date()).days
    near = {0: ("Hari ini", "Today"), 1: ("Besok", "Tomorrow"), -1: ("Kemarin", "Yesterday")}.get(away)
    if language() == "en":
        hour = f"{local:%H:%M} {zone_name(zone)}"
        return f"{near[1]} {hour}" if near else f"{local:%A}, {local.day} {local:%B %Y} {hour}"
    return f"{near[0]} {clock(local)}" if near else long_moment(at, zone)


def said(at: datetime | None, zone: ZoneInfo) -> str:
    """The same in the middle of a sentence."""
    words = moment(at, zone)
    near = ("Hari ini", "Besok", "Kemarin", "Today", "Tomorrow", "Yesterday")
    return words[0].lower() + words[1:] if words.startswith(near) else words


def day(value: date, *, short: bool = False) -> str:
    """``Senin, 23 November 2026``."""
    if language() == "en":
        return f"{value.day} {value:%B %Y}" if short else f"{value:%A}, {value.day} {value:%B %Y}"
    return short_date(value) if short else long_date(value)


def link(address: str) -> str:
    """*address* if a browser may follow it: a web address, and nothing else that a platform may have answered."""
    try:
        parts = urlsplit(str(address))
    except ValueError:
        return ""
    return str(address) if parts.scheme in ("http", "https") and parts.netloc else ""


def state(name: str) -> str:
    """A state in the reader's language."""
    return t(*STATES[name]) if name in STATES else name


def colour(name: str) -> str:
    """The style of a state."""
    return COLOURS.get(name, "abu")


def shortened(text: str, most: int = 160) -> str:
    """The beginning of a text on one line."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rsplit(" ", 1)[0] + "…"


def bounds(on: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The beginning of a day in *zone*, and that of the next."""
    start = datetime.combine(on, datetime.min.time(), tzinfo=zone)
    return start, datetime.combine(on + timedelta(days=1), datetime.min.time(), tzinfo=zone)
