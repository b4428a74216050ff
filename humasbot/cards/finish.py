"""Drawing what was laid out over the ground, each text in a colour that is readable where it stands."""

from typing import TYPE_CHECKING, Any

from humasbot.cards import paint, pictures
from humasbot.cards.cache import Bounded, weight_of
from humasbot.cards.colour import (
    LARGE,
    NORMAL,
    RGB,
    channel_of,
    evaluate,
    luminance,
    mended,
    mix,
    text_colour,
    to_hex,
)
from humasbot.cards.contrast import Range, luminance_range
from humasbot.cards.flow import BoxItem, PictureItem, TextItem
from humasbot.cards.ground import Base
from humasbot.cards.layout import Drawing
from humasbot.cards.nodes import Rect, TextNode
from humasbot.cards.pictures import Content
from humasbot.cards.plan import Plan
from humasbot.cards.shapes import rounded
from humasbot.cards.sizes import is_large
from humasbot.errors import TemplateError
from humasbot.words import t

if TYPE_CHECKING:
    from PIL.Image import Image

_drawn: Bounded[tuple[Any]] = Bounded(24_000_000)


def finish(canvas: "Image", plan: Plan, drawing: Drawing, base: Base, content: Content) -> None:
    """Draw every item of *drawing* onto *canvas*, which shows the *base*. TemplateError: a text cannot be readable."""
    # Measured first, for the canvas may be the base's own picture: what is drawn must not count as ground.
    colours = [
        _colours(item, plan, base, drawing.zones[number].box) if isinstance(item, TextItem) else {}
        for item, number in drawing.items
    ]
    beneath = [
        _beneath(item.ground, plan, base, drawing.zones[number].box)
        if isinstance(item, PictureItem)
        else None
        for item, number in drawing.items
    ]
    for (item, _), names, ground in zip(drawing.items, colours, beneath, strict=True):
        if isinstance(item, TextItem):
            paint.text(canvas, item, names)
        elif isinstance(item, BoxItem):
            _box(canvas, item, plan)
        elif ground is not None:
            _picture(canvas, item, plan, ground, content)


def _colours(item: TextItem, plan: Plan, base: Base, zone: Rect) -> dict[str, RGB]:
    """The colour of each name in *item* as it is drawn, measured against what is beneath it.

    The zone is a little larger than the text, so that cards alike share one measurement; where a colour would have to
    be mended for the zone's sake, the place of the text alone decides.
    """
    width = plan.size[0]
    looks = frozenset((s.colour, is_large(item.px * s.scale, s.weight, width)) for s in item.node.looks)
    key = (zone, item.ground, looks)
    found = base.colours.get(key)
    if found is None:
        found, as_named = _chosen(looks, plan, _beneath(item.ground, plan, base, zone))
        if not as_named:
            exact = _beneath(item.ground, plan, base, paint.ink_box(item), keep=False)
            found, _ = _chosen(looks, plan, exact)
            if None in found.values():
                raise _unreadable(item.node, plan, exact)
        else:
            base.colours[key] = found
    return {name: colour for name, colour in found.items() if colour is not None}


def _chosen(
    looks: frozenset[tuple[str, bool]], plan: Plan, ground: Range
) -> tuple[dict[str, RGB | None], bool]:
    """The colour of each name on *ground* (``None``: unreadable), and whether all are as their names say."""
    found: dict[str, RGB | None] = {}
    as_named = True
    low, high, middle = ground
    for name, large in sorted(looks, reverse=True):  # the same name in small text comes last and needs more
        found[name] = text_colour(name, plan.colours, low, high, middle, LARGE if large else NORMAL)
        as_named = as_named and found[name] == text_colour(name, plan.colours, low, high, middle, 1.0)
    return found, as_named


def _beneath(ground: tuple[str, ...], plan: Plan, base: Base, zone: Rect, *, keep: bool = True) -> Range:
    """The luminances that stand beneath, and a colour between them: the base's, then each background over it."""
    if not ground:
        return base.range(zone) if keep else luminance_range(base.image, zone)
    low = high = 0.0
    middle: RGB = (0, 0, 0)
    for number, name in enumerate(ground):
        r, g, b, a = evaluate(name, plan.colours)
        if a == 255:
            middle = (r, g, b)
            low = high = luminance(middle)
            continue
        if number == 0:
            low, high, middle = base.range(zone)
        middle = mix(middle, (r, g, b), a / 255)
        ends = sorted(luminance(mix((round(channel_of(v)),) * 3, (r, g, b), a / 255)) for v in (low, high))
        low, high = ends[0], ends[-1]
    return low, high, middle


def _picture(canvas: "Image", item: PictureItem, plan: Plan, ground: Range, content: Content) -> None:
    node = item.node
    left, top, right, bottom = (round(v) for v in item.box)
    size = (max(1, right - left), max(1, bottom - top))
    low, high, middle = ground
    keys = node.keys
    if node.kind == "icon":
        colour = evaluate(keys.get("colour", "ink"), plan.colours)[:3]
        keys = {**keys, "colour": to_hex(mended(colour, low, high, LARGE) or colour)}
    values = {**content.values, **item.values}
    shown = (content.digests.get(node.source), values.get(node.source), values.get(f"{node.source}@most"))
    plated = node.kind == "logo" and pictures.needs_plate(keys, content.brand, middle)
    told_apart = pictures.shown_of(node.kind, content.brand, plan)
    key = (*told_apart, node.name, size, shown, plated, keys.get("colour"))
    kept = _drawn.get(key)
    if kept is None:
        kept = (pictures.draw(node.kind, keys, size, content, plated, values),)
        _drawn.put(key, kept, max(1, weight_of(*kept)))
    picture = kept[0]
    if picture is not None:
        across = {"left": 0.0, "center": 0.5, "right": 1.0}[node.align]
        canvas.paste(
            picture,
            (left + round((size[0] - picture.width) * across), top + (size[1] - picture.height) // 2),
            picture,
        )


def _box(canvas: "Image", item: BoxItem, plan: Plan) -> None:
    r, g, b, a = evaluate(item.colour, plan.colours)
    left, top, right, bottom = (round(v) for v in item.box)
    right, bottom = max(right, left + 1), max(bottom, top + 1)
    if item.radius < 0.5 and a == 255:
        canvas.paste((r, g, b), (left, top, right, bottom))
        return
    mask = rounded((right - left, bottom - top), item.radius)
    canvas.paste((r, g, b), (left, top), mask if a == 255 else mask.point(lambda v: v * a // 255))


def _unreadable(node: TextNode, plan: Plan, ground: Range) -> TemplateError:
    return TemplateError(
        t(
            'Templat {f}, lapisan "{n}": latar di bawahnya terlalu beragam (luminans {a:.2f} sampai {b:.2f}), '
            "tidak ada warna tulisan yang terbaca di atasnya; beri lapisan scrim atau background, atau pindahkan.",
            'Template {f}, layer "{n}": the ground beneath varies too much (luminance {a:.2f} to {b:.2f}), no text '
            "colour can be read on it; give it a scrim or a background, or move it.",
            f=plan.template.name, n=node.name, a=ground[0], b=ground[1],
        )
    )  # fmt: skip
