"""What the tests of cards share: a brand, photos of every kind, and a look at where ink truly falls."""

import random
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw

from humasbot.cards import Brand, Renderer, paint
from humasbot.cards.inputs import gather
from humasbot.cards.layout import Drawing

BRAND = Brand(
    "Dinas Komunikasi dan Informatika Kota Contoh",
    handles=("@diskominfo", "kominfo.contoh.go.id"),
    pattern="kawung",
)
MARGIN = 60


def jpeg(picture: Image.Image, **options: Any) -> bytes:
    """The picture's bytes as a file."""
    buffer = BytesIO()
    picture.save(buffer, options.pop("kind", "JPEG"), **options)
    return buffer.getvalue()


@lru_cache(maxsize=8)
def photo(kind: str, size: tuple[int, int] = (720, 540)) -> bytes:
    """A made-up photo: bright, dark, busy (single pixels black and white), or split (a white and a black half)."""
    rnd = random.Random(kind)
    if kind == "busy":
        noise = Image.frombytes("L", size, bytes(rnd.choices((0, 255), k=size[0] * size[1])))
        return jpeg(Image.merge("RGB", (noise, noise, noise)), kind="PNG")
    picture = Image.new("RGB", size, {"bright": "#FDFDF5", "dark": "#0A0C10", "split": "#FFFFFF"}[kind])
    draw = ImageDraw.Draw(picture)
    if kind == "split":
        draw.rectangle((0, 0, size[0] // 2, size[1]), fill="#000000")
    for _ in range(40):
        x, y = rnd.randrange(size[0]), rnd.randrange(size[1])
        shade = rnd.randrange(225, 256) if kind == "bright" else rnd.randrange(0, 40)
        draw.ellipse((x, y, x + 40, y + 40), fill=(shade, shade, shade))
    return jpeg(picture, quality=92)


def laid(cards: Renderer, name: str, fields: Mapping[str, Any], size: tuple[int, int]) -> tuple[Any, Drawing]:
    """The template made ready and the card laid out; raises as drawing does."""
    ready = cards.ready(name, size)
    return ready, ready.lay(gather(ready.plan.template, fields, None, cards.brand))


def true_ink(item: Any) -> tuple[int, int, int, int] | None:
    """Where the text's ink truly falls, painted on a surface with room around its box: nothing can hide beyond it."""
    left, top, right, bottom = (round(v) for v in item.box)
    room = round(MARGIN + item.px)
    wide = Image.new("RGB", (right - left + 2 * room, bottom - top + 2 * room))
    moved = replace(
        item, box=tuple(v - o + room for v, o in zip(item.box, (left, top, left, top), strict=True))
    )
    paint.text(wide, moved, {style.colour: (255, 255, 255) for style in item.node.looks})
    box = wide.getbbox()
    return (
        None
        if box is None
        else (box[0] + left - room, box[1] + top - room, box[2] + left - room, box[3] + top - room)
    )


def assert_sound(ready: Any, drawing: Drawing) -> None:
    """Nothing leaves its unit's box or the card, and no two texts touch, judged by the pixels painted."""
    size = ready.plan.size
    boxes = []
    for item, number, _ in drawing.texts:
        ink = true_ink(item)
        if ink is None:
            continue
        unit = next(u for u in ready.plan.units if u.root.name == drawing.zones[number].name)
        # Side bearings and the tail of a "j" may reach over a box's edge by a hair; a clipped letter would by far more.
        slack = max(2.0, item.px * 0.12)
        assert ink[0] >= max(0, unit.box[0] - slack), (item.node.name, ink, unit.box)
        assert ink[2] <= min(size[0], unit.box[2] + slack), (item.node.name, ink, unit.box)
        assert ink[1] >= max(0, unit.box[1] - slack), (item.node.name, ink, unit.box)
        assert ink[3] <= min(size[1], unit.box[3] + slack), (item.node.name, ink, unit.box)
        boxes.append((item.node.name, ink))
    for i, (name, one) in enumerate(boxes):
        for other_name, other in boxes[i + 1 :]:
            apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
            assert apart, (name, one, other_name, other)
