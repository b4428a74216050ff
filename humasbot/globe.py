"""Places on the globe: distances, and whether a point lies in an area. Points are (latitude, longitude) in degrees."""

import math
from collections.abc import Callable, Sequence

EARTH_KM = 6371.0
Point = tuple[float, float]


def point_of(text: str, number: Callable[[str], float | None]) -> Point | None:
    """The point that *text* names as ``latitude,longitude``, each read by *number*; ``None`` where it names none."""
    parts = text.split(",")
    if len(parts) != 2:
        return None
    latitude, longitude = (number(part.strip()) for part in parts)
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return None
    return latitude, longitude


def kilometres(one: Point, other: Point) -> float:
    """The distance between two points, in kilometres (haversine, on a sphere: right within half a percent)."""
    (lat1, lon1), (lat2, lon2) = ((math.radians(a), math.radians(b)) for a, b in (one, other))
    half = (
        math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(half)))


def inside(point: Point, ring: Sequence[Point]) -> bool:
    """Whether *point* lies in the polygon *ring*, its border included, in plain degrees.

    That is exact enough for a warning's area of some tens of kilometres; nothing of Indonesia crosses the date line.
    """
    y, x = point
    found = False
    for (y1, x1), (y2, x2) in zip(ring, [*ring[1:], *ring[:1]], strict=True):
        cross = (x2 - x1) * (y - y1) - (y2 - y1) * (x - x1)
        if cross == 0 and min(x1, x2) <= x <= max(x1, x2) and min(y1, y2) <= y <= max(y1, y2):
            return True
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
            found = not found
    return found
