"""Scrims: veils over a photo, just opaque enough for the texts upon them, fading out smoothly."""

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from humasbot.cards.colour import NORMAL, RGB, evaluate, luminance, mix, text_colour
from humasbot.cards.contrast import Bounds, Range, range_of, scrim_alpha, strips
from humasbot.cards.layout import Zone
from humasbot.cards.nodes import GroundLayer, Rect, touch
from humasbot.cards.plan import Plan
from humasbot.errors import TemplateError
from humasbot.words import t

if TYPE_CHECKING:
    from PIL.Image import Image

Box = tuple[int, int, int, int]
CHUNK = 40  # rows at a time: what is cut out stays in the processor's cache


def lay(
    image: "Image", plan: Plan, layer: GroundLayer, zones: tuple[Zone, ...]
) -> tuple[dict[Rect, Range], Rect]:
    """Lay the scrim *layer* on *image*, readable under the texts of its zones and as strong as the template wants.

    Returns what is then beneath the zones that lie wholly in it, so that it need not be measured again, and the place
    that it veiled.
    TemplateError: a scrim of this colour cannot make its texts readable.
    """
    keys, box = layer.keys, layer.box
    scrim: RGB = evaluate(keys.get("colour", "black"), plan.colours)[:3]
    wanted = keys.get("for")
    names = (wanted,) if isinstance(wanted, str) else tuple(wanted or ())
    pad = float(keys.get("pad", 28 * plan.unit))
    alpha = float(keys.get("strength", 0)) / 100
    solid: Rect | None = None
    measured: dict[Rect, list[Bounds]] = {}
    for zone in zones:
        if zone.name not in names if names else not touch(zone.box, box):
            continue
        area = _clip((zone.box[0] - pad, zone.box[1] - pad, zone.box[2] + pad, zone.box[3] + pad), box)
        solid = area if solid is None else _union(solid, area)
        ground = measured[zone.box] = strips(image, area)
        for name in zone.colours:
            text = _text_colour(name, plan.colours, scrim)
            needed = scrim_alpha(ground, text, scrim, NORMAL, alpha) if text else None
            if needed is None:
                raise _hopeless(plan, layer, zone)
            alpha = needed
    painted: Rect = (0.0, 0.0, 0.0, 0.0)
    if alpha:
        whole = round(box[0]), round(box[1]), round(box[2]), round(box[3])
        fade = float(keys.get("fade", 220 * plan.unit))
        full = min(255, int(alpha * 255) + 1)
        painted = _paint(image, scrim, whole, keys.get("edge", "bottom"), solid, fade, full)
        alpha = full / 255
    within = {zone: pairs for zone, pairs in measured.items() if _clip(zone, box) == zone}
    veiled = {
        z: range_of([(mix(a, scrim, alpha), mix(b, scrim, alpha)) for a, b in p]) for z, p in within.items()
    }
    return veiled, painted


def _paint(
    image: "Image", scrim: RGB, box: Box, edge: str, solid: Rect | None, fade: float, full: int
) -> Rect:
    """Veil *image* within *box*; returns the place veiled. The solid part goes through a lookup table, four times as
    fast as a mask; only the fading part needs one."""
    from PIL import Image

    across = edge in ("left", "right")
    start, end = (box[0], box[2]) if across else (box[1], box[3])
    levels = _profile(edge, start, end, solid, fade, full)
    first, last = levels.find(full), levels.rfind(full) + 1
    if first >= 0:
        table = [(v * (255 - full) + c * full + 127) // 255 for c in scrim for v in range(256)]
        for at in range(start + first, start + last, CHUNK):
            part = _part(box, across, at, min(at + CHUNK, start + last))
            image.paste(image.crop(part).point(table), part)
    for low, high in ((0, first), (last, end - start)) if first >= 0 else ((0, end - start),):
        ends = levels[low:high].strip(b"\0")
        if not ends:
            continue
        low = levels.find(ends, low)
        part = _part(box, across, start + low, start + low + len(ends))
        strip = Image.frombytes("L", (len(ends), 1) if across else (1, len(ends)), ends)
        image.paste(
            scrim, part, strip.resize((part[2] - part[0], part[3] - part[1]), Image.Resampling.NEAREST)
        )
    shown = levels.strip(b"\0")
    from_start = levels.find(shown)
    return _part(box, across, start + from_start, start + from_start + len(shown))


def _part(box: Box, across: bool, low: int, high: int) -> Box:
    return (low, box[1], high, box[3]) if across else (box[0], low, box[2], high)


def _profile(edge: str, start: int, end: int, solid: Rect | None, fade: float, full: int) -> bytes:
    """The opacity (0 to 255) of each row or column: *full* from the scrim's edge to past *solid*, smoothly fading."""
    low, high = start, end
    if edge != "all":
        across = edge in ("left", "right")
        ends = (
            ((start + end) / 2,) * 2
            if solid is None
            else (solid[0], solid[2])
            if across
            else (solid[1], solid[3])
        )
        if edge in ("bottom", "right"):
            low = max(start, min(end, int(ends[0])))
        else:
            high = max(start, min(end, -int(-ends[1] // 1)))
    soft = _fading(full, max(1, round(fade)))
    before = soft[::-1][-(low - start) :] if low > start else b""
    after = soft[: end - high]
    middle = bytes([full]) * (high - low)
    return before.rjust(low - start, b"\0") + middle + after.ljust(end - high, b"\0")


@lru_cache(maxsize=256)
def _fading(full: int, length: int) -> bytes:
    """From *full* down to nothing over *length* steps, slowly at both ends."""
    steps = (1 - (i + 1) / (length + 1) for i in range(length))
    return bytes(round(full * s * s * (3 - 2 * s)) for s in steps)


def _text_colour(name: str, colours: Mapping[str, str | RGB], scrim: RGB) -> RGB | None:
    """The colour *name* as it will be drawn on the scrim: mended, as :func:`text_colour` will mend it again."""
    light = luminance(scrim)
    return text_colour(name, colours, light, light, scrim, NORMAL * 1.04)


def _hopeless(plan: Plan, layer: GroundLayer, zone: Zone) -> TemplateError:
    return TemplateError(
        t(
            'Templat {f}, lapisan "{s}": tulisan "{z}" tidak akan terbaca dengan warna tirai ini; '
            "pakai tirai gelap untuk tulisan terang, tirai terang untuk tulisan gelap.",
            'Template {f}, layer "{s}": the text "{z}" will not be readable with a scrim of this colour; '
            "use a dark scrim for light text, a light one for dark text.",
            f=plan.template.name, s=layer.name, z=zone.name,
        )
    )  # fmt: skip


def _clip(one: Rect, other: Rect) -> Rect:
    return max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])


def _union(one: Rect, other: Rect) -> Rect:
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])
