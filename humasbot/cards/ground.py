"""What lies beneath the texts of a card: photo, scrims, colours, bands, patterns and pictures at fixed places.

All of it is flattened into one picture, kept per content, so that a batch that shares a photo pays for it once; and
what does not depend on the photo is kept by itself, so that a batch of photos pays for it once.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from humasbot.cards import patterns, pictures, scrim
from humasbot.cards.cache import Bounded, weight_of
from humasbot.cards.colour import RGB, RGBA, evaluate, mix
from humasbot.cards.contrast import Range, bounds, luminance_range
from humasbot.cards.layout import Zone
from humasbot.cards.nodes import GroundLayer, Rect, touch
from humasbot.cards.pictures import Content
from humasbot.cards.plan import Plan
from humasbot.cards.shapes import filled, rounded, with_mask

if TYPE_CHECKING:
    from PIL.Image import Image

_LOOKS = frozenset({"shape", "ring", "radius", "opacity"})
_flat: "Bounded[tuple[Image, Image | None]]" = Bounded(64_000_000)


@dataclass
class Base:
    """The flattened picture, and what was measured on it."""

    image: "Image"
    ranges: dict[Rect, Range] = field(default_factory=dict)
    colours: dict[Hashable, dict[str, RGB | None]] = field(default_factory=dict)

    def range(self, zone: Rect) -> Range:
        """The darkest and brightest luminance in *zone*, and a colour between."""
        found = self.ranges.get(zone)
        if found is None:
            found = self.ranges[zone] = luminance_range(self.image, zone)
        return found


def build(plan: Plan, content: Content, zones: tuple[Zone, ...]) -> Base:
    """Flatten the ground of *plan*. TemplateError: a text over a photo that no scrim can make readable."""
    from PIL import Image

    layers = [layer for layer in plan.ground if layer.shown(content.values)]
    covering = [i for i, layer in enumerate(layers) if _covers(layer, plan, content)]
    image: Image.Image | None = None
    known: dict[Rect, Range] = {}
    for layer in layers[covering[-1] :] if covering else layers:
        if image is None and covering:
            image = _photo(layer, content, plan.size)
            continue
        if image is None:
            image = Image.new("RGB", plan.size, evaluate("paper", plan.colours)[:3])
        if layer.kind == "scrim":
            veiled, changed = scrim.lay(image, plan, layer, zones)
        else:
            _put(image, plan, layer, content)
            veiled, changed = {}, layer.box
        known = {zone: found for zone, found in known.items() if not touch(zone, changed)} | veiled
    return Base(image or Image.new("RGB", plan.size, evaluate("paper", plan.colours)[:3]), known)


def _covers(layer: GroundLayer, plan: Plan, content: Content) -> bool:
    """Whether *layer* is a photo that hides everything beneath it."""
    left, top, right, bottom = layer.box
    whole = left <= 0 and top <= 0 and right >= plan.size[0] and bottom >= plan.size[1]
    plain = layer.kind == "photo" and not layer.keys.keys() & _LOOKS and layer.source in content.files
    return whole and plain


def _photo(layer: GroundLayer, content: Content, size: tuple[int, int]) -> "Image | None":
    found = pictures.photo_of(content, layer.source, size, layer.keys)
    if found is not None and layer.keys.get("tone") == "grey":
        return found.convert("L").convert("RGB")
    return found


def _put(image: "Image", plan: Plan, layer: GroundLayer, content: Content) -> None:
    left, top, right, bottom = _whole(layer.box)
    size = (right - left, bottom - top)
    if layer.kind == "photo" and not layer.keys.keys() & _LOOKS:
        found = _photo(layer, content, size)
        if found is not None:
            image.paste(found, (left, top))
    else:
        plated = False
        if layer.kind == "logo":
            low, high = bounds(image, layer.box)
            plated = pictures.needs_plate(layer.keys, content.brand, mix(low, high, 0.5))
        shown = content.digests.get(layer.source, "")
        key = (*pictures.shown_of(layer.kind, content.brand, plan), layer.name, shown, plated)
        kept = _flat.get(key)
        if kept is None:
            kept = _opaque(_drawn(plan, layer, size, content, plated))
            _flat.put(key, kept, weight_of(*kept))
        picture, mask = kept
        across = {"left": 0.0, "center": 0.5, "right": 1.0}[layer.keys.get("align", "left")]
        x = left + round((size[0] - picture.width) * across)
        image.paste(picture, (x, top + (size[1] - picture.height) // 2), mask)


def _drawn(plan: Plan, layer: GroundLayer, size: tuple[int, int], content: Content, plated: bool) -> "Image":
    if layer.kind == "pattern":
        return _pattern(plan, layer, size, content)
    if layer.kind in ("colour", "band"):
        return _fill(plan, layer, size)
    drawn = pictures.draw(layer.kind, layer.keys, size, content, plated, content.values)
    return drawn if drawn is not None else filled((1, 1), (0, 0, 0, 0))


def _opaque(picture: "Image") -> "tuple[Image, Image | None]":
    """*picture* (RGBA) as RGB and its mask; no mask where all of it is opaque."""
    alpha = picture.getchannel("A")
    return picture.convert("RGB"), None if alpha.getextrema() == (255, 255) else alpha


def _whole(box: Rect) -> tuple[int, int, int, int]:
    return (
        round(box[0]),
        round(box[1]),
        max(round(box[2]), round(box[0]) + 1),
        max(round(box[3]), round(box[1]) + 1),
    )


def _pattern(plan: Plan, layer: GroundLayer, size: tuple[int, int], content: Content) -> "Image":
    keys = layer.keys
    wanted: str | Path | None = keys.get("pattern")
    if not keys.get("own"):
        wanted = content.brand.pattern or wanted
    if wanted is None:
        return filled(size, (0, 0, 0, 0))
    mask = patterns.mask(wanted, size, plan.unit * float(keys.get("scale", 1)), keys.get("fade", "none"))
    r, g, b, a = evaluate(keys.get("colour", "primary"), plan.colours)
    alpha = a * float(keys.get("opacity", 100)) / 100 / 255
    picture = filled(size, (r, g, b, 255))
    picture.putalpha(mask.point(lambda v: int(v * alpha + 0.5)))
    return picture


def _fill(plan: Plan, layer: GroundLayer, size: tuple[int, int]) -> "Image":
    keys = layer.keys
    default = "primary" if layer.kind == "band" else "paper"
    to: RGBA | None = evaluate(keys["to"], plan.colours) if "to" in keys else None
    picture = filled(
        size, evaluate(keys.get("colour", default), plan.colours), to, float(keys.get("angle", 90))
    )
    if "rule" in keys:
        thick = max(1, round(float(keys.get("rule_width", 6 * plan.unit))))
        box = {
            "top": (0, 0, size[0], thick),
            "bottom": (0, size[1] - thick, size[0], size[1]),
            "left": (0, 0, thick, size[1]),
            "right": (size[0] - thick, 0, size[0], size[1]),
        }[keys.get("rule_edge", "top")]
        picture.paste(evaluate(keys["rule"], plan.colours), box)
    if keys.get("radius"):
        picture = with_mask(picture, rounded(size, float(keys["radius"])))
    return picture
