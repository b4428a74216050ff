"""BMKG's weather warnings: an RSS list of addresses, and behind each a CAP 1.2 alert with its areas.

CAP: OASIS Common Alerting Protocol 1.2 (2010-07-01); polygons are ``latitude,longitude`` pairs, the first repeated at
the end, a circle is ``latitude,longitude radius`` in kilometres. Shapes as captured in February 2026.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from humasbot.errors import FetchError
from humasbot.globe import Point, inside, kilometres, point_of
from humasbot.sources.text import clean
from humasbot.words import t

LARGEST = 5_000_000
MOST_POINTS = 200_000
LONGEST = 6000


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the list: the alert's identifier and where it is."""

    identifier: str
    url: str


@dataclass(frozen=True, slots=True)
class Alert:
    """One CAP message. ``status``, ``kind`` (``msgType``) and ``scope`` as CAP names them; ``facts``: what it says."""

    identifier: str
    status: str
    kind: str
    scope: str
    references: tuple[str, ...]
    sent: datetime
    expires: datetime
    facts: dict[str, Any]
    polygons: tuple[tuple[Point, ...], ...] = ()
    circles: tuple[tuple[Point, float], ...] = ()

    @property
    def public(self) -> bool:
        """Whether it is meant for everybody and in earnest: no exercise, test or draft."""
        return (
            self.status == "Actual" and self.scope == "Public" and self.kind in ("Alert", "Update", "Cancel")
        )

    def holds(self, point: Point) -> bool:
        """Whether its area contains *point* (latitude, longitude)."""
        return any(inside(point, ring) for ring in self.polygons) or any(
            kilometres(point, middle) <= radius for middle, radius in self.circles
        )


def read_list(body: bytes) -> list[Listed]:
    """The alerts that the RSS names. Raises :class:`~humasbot.errors.FetchError` when it is no such list."""
    root = _root(body)
    if root is None or _name(root) != "rss":
        raise FetchError(t("itu bukan daftar peringatan BMKG", "that is no list of BMKG's warnings"))
    found = {}
    for item in root.iter("item"):
        url, identifier = _text(item, "link"), _text(item, "guid")
        if url.lower().startswith(("http://", "https://")):
            found[identifier or url] = Listed((identifier or url)[:300], url)
    return list(found.values())


def read_alert(body: bytes) -> Alert:
    """The CAP message in *body*. Raises :class:`~humasbot.errors.FetchError` where it lacks what a Post needs.

    One without ``expires`` is refused: nobody could say when it is over.
    """
    root = _root(body)
    if root is None or _name(root) != "alert":
        raise FetchError(t("itu bukan pesan CAP", "that is no CAP message"))
    kind, identifier, sent = _text(root, "msgType"), _text(root, "identifier"), _moment(_text(root, "sent"))
    info = _info(root)
    if not identifier or sent is None or (info is None and kind != "Cancel"):
        raise FetchError(t("pesan CAP tidak lengkap", "the CAP message is incomplete"))
    expires = _moment(_text(info, "expires")) if info is not None else sent
    if expires is None:
        raise FetchError(t("pesan CAP tanpa waktu berakhir", "the CAP message does not say when it ends"))
    areas = [] if info is None else [child for child in info if _name(child) == "area"]
    return Alert(
        identifier[:300], _text(root, "status"), kind, _text(root, "scope"),
        tuple(part.split(",")[1] for part in _text(root, "references").split() if part.count(",") == 2),
        sent, expires, {} if info is None else _facts(info, sent, expires, areas),
        tuple(ring for area in areas for ring in _rings(area)), tuple(c for area in areas for c in _circles(area)),
    )  # fmt: skip


def _facts(info: Any, sent: datetime, expires: datetime, areas: Sequence[Any]) -> dict[str, Any]:
    begins = _moment(_text(info, "onset")) or _moment(_text(info, "effective")) or sent
    named = {
        name: _text(info, name)[:LONGEST]
        for name in ("event", "urgency", "severity", "certainty", "headline")
    }
    web = _text(info, "web")
    return {
        **named,
        "description": _paragraphs(_text(info, "description", lines=True)),
        "instruction": _paragraphs(_text(info, "instruction", lines=True)),
        "web": web if web.lower().startswith(("http://", "https://")) else "",
        "area": ", ".join(dict.fromkeys(filter(None, (_text(area, "areaDesc")[:200] for area in areas))))[:500],
        "sent": sent.isoformat(), "begins": begins.isoformat(), "expires": expires.isoformat(),
    }  # fmt: skip


def _info(root: Any) -> Any:
    """The part in Indonesian, else the first."""
    parts = [child for child in root if _name(child) == "info"]
    ours = [part for part in parts if _text(part, "language").lower().startswith("id")]
    return next(iter([*ours, *parts]), None)


def _root(body: bytes) -> Any:
    from lxml import etree  # type: ignore[import-untyped]  # lxml ships no types

    if len(body) > LARGEST:
        return None
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )  # fmt: skip
    try:
        return etree.fromstring(body, parser)
    except (etree.LxmlError, ValueError):
        return None


def _name(element: Any) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _text(element: Any, name: str, *, lines: bool = False) -> str:
    found = next((child for child in element if _name(child) == name), None)
    whole = "" if found is None else str(found.text or "")
    return whole.strip() if lines else clean(whole)


def _paragraphs(text: str) -> str:
    """Each line as a paragraph of its own, in BMKG's words."""
    return "\n".join(filter(None, (clean(line) for line in text.splitlines())))[:LONGEST]


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo is not None and 1990 <= moment.year <= 2100 else None
    except (ValueError, OverflowError):
        return None


def _rings(area: Any) -> list[tuple[Point, ...]]:
    texts = [str(child.text or "") for child in area if _name(child) == "polygon"]
    rings = [
        tuple(filter(None, (point_of(word, _number) for word in text.split()[:MOST_POINTS])))
        for text in texts
    ]
    return [ring for ring in rings if len(ring) >= 3]


def _circles(area: Any) -> list[tuple[Point, float]]:
    found = []
    for child in area:
        words = str(child.text or "").split() if _name(child) == "circle" else []
        if len(words) != 2:
            continue
        middle, radius = point_of(words[0], _number), _number(words[1])
        if middle is not None and radius is not None:
            found.append((middle, radius))
    return found


def _number(word: str) -> float | None:
    try:
        value = float(word)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
