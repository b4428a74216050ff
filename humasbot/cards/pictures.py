"""Pictures that stand on a card: logo, portrait, icon, shape, code, chart, photo in a frame; each drawn into a box."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from humasbot.cards import charts, icons, photo, qr
from humasbot.cards.brand import Brand
from humasbot.cards.cache import Bounded, weight_of
from humasbot.cards.colour import RGB, RGBA, contrast, evaluate
from humasbot.cards.phrases import parse
from humasbot.cards.shapes import circle, filled, rounded, shape, with_mask

if TYPE_CHECKING:
    from PIL.Image import Image

    from humasbot.cards.plan import Plan

LOGO = 1200  # px
_WORDLESS = frozenset({"shape", "icon", "logo", "photo", "portrait", "pattern", "colour", "band"})
_renditions: Bounded[Any] = Bounded(40_000_000)
_logos: Bounded[Any] = Bounded(24_000_000)
_weights: Bounded[RGB] = Bounded(16)


@dataclass(frozen=True)
class Content:
    """What a card shows besides its template: values, rows, picture files by field, and the brand."""

    values: Mapping[str, str]
    rows: Mapping[str, Sequence[Mapping[str, str]]]
    files: Mapping[str, photo.Source]
    brand: Brand
    colours: Mapping[str, str | RGB] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    focus: photo.Spot | None = None  # what to keep in view of the photo given, where its giver says so


def logo_of(path: Path) -> "Image":
    """The logo, RGBA, its empty margins cut. InputError as :func:`photo.open_photo`."""
    key = (path, path.stat().st_mtime_ns if path.is_file() else 0)
    found: Image | None = _logos.get(key)
    if found is None:
        found = photo.open_photo(photo.read(path), flatten=False).convert("RGBA")
        found = found.crop(found.getchannel("A").getbbox() or (0, 0, *found.size))
        found.thumbnail((LOGO, LOGO))  # no card shows it larger
        _logos.put(key, found, weight_of(found))
    return found


def photo_of(
    content: Content,
    source: str,
    size: tuple[int, int],
    keys: Mapping[str, Any],
    middle: photo.Spot | None = None,
) -> "Image | None":
    """The rendition of a field's picture (or the leader's portrait) for *size*, RGB and free to be drawn on; those
    asked for more than once are kept. In view stays what the giver of the photo says, else the layer (*keys*), else
    the *middle*."""
    file = content.files.get(source)
    if file is None:
        return None
    focus = (content.focus if source == "photo" else None) or _spot(keys.get("focus")) or middle
    aim = _spot(keys.get("aim")) or (0.5, 0.5)
    key = (content.digests[source], size, focus, aim)
    found: Image | None = _renditions.get(key)
    if found is None:
        found = photo.rendition(photo.read(file), size, focus, aim)
        if not _renditions.worth(key):
            return found
        _renditions.put(key, found, weight_of(found))
    return found.copy()


def _spot(pair: Any) -> photo.Spot | None:
    return (float(pair[0]), float(pair[1])) if pair else None


def draw(
    kind: str,
    keys: Mapping[str, Any],
    size: tuple[int, int],
    content: Content,
    plated: bool,
    values: Mapping[str, str],
) -> "Image | None":
    """The picture as RGBA of *size* or smaller (to be centred), or ``None`` where there is nothing to show.

    *plated*: a logo gets a white plate (see :func:`needs_plate`); *values* are the row's within a list. InputError for
    bad content.
    """
    picture = _draw(kind, keys, size, content, plated, values)
    if picture is not None and keys.get("opacity", 100) < 100:
        part = float(keys["opacity"]) / 100
        picture.putalpha(picture.getchannel("A").point(lambda v: int(v * part + 0.5)))
    return picture


def _draw(
    kind: str,
    keys: Mapping[str, Any],
    size: tuple[int, int],
    content: Content,
    plated: bool,
    values: Mapping[str, str],
) -> "Image | None":
    colours = content.colours

    def colour(key: str, default: str) -> RGBA:
        return evaluate(keys.get(key, default), colours)

    if kind == "shape":
        return shape(
            size, dict(keys), colour("colour", "accent"), colour("to", "accent") if "to" in keys else None
        )
    if kind == "icon":
        side = min(size)
        ink = colour("colour", "ink")
        return with_mask(
            filled((side, side), ink), icons.mask(keys["icon"], side, float(keys.get("stroke", 2)))
        )
    if kind == "logo":
        return _logo(content.brand.logo, size, plated)
    if kind in ("photo", "portrait"):
        source = keys.get("field", "photo" if kind == "photo" else "brand.portrait")
        return _framed(kind, keys, size, content, source)
    if kind == "qr":
        text = parse(str(keys["text"])).fill(values)
        code = qr.mask(text, min(size), int(keys.get("quiet", 2)))
        plate = filled(code.size, (255, 255, 255, 255))
        plate.paste(colour("colour", "black"), (0, 0), code)
        return plate
    return _chart(keys, size, content, values)


def shown_of(kind: str, brand: Brand, plan: "Plan") -> tuple[Hashable, ...]:
    """What a picture of *kind* may show of *plan* and *brand*, to tell it from others: most show no word of it."""
    return (brand.look if kind in _WORDLESS else brand.digest, plan.template.digest, plan.size)


def needs_plate(keys: Mapping[str, Any], brand: Brand, ground: RGB) -> bool:
    """Whether the logo of *brand* gets a white plate on *ground*: as the template wants, or to be seen at all."""
    plate = keys.get("plate", "auto")
    if plate != "auto" or brand.logo is None:
        return bool(plate == "always")
    return contrast(_weight_of(brand.logo), ground) < 2.2


def _logo(path: Path | None, size: tuple[int, int], plated: bool) -> "Image | None":
    """The logo as large as fits: never stretched, cropped or recoloured; on a white plate if *plated*."""
    from PIL import Image

    if path is None:
        return None
    logo = logo_of(path)
    inset = round(min(size) * 0.12) if plated else 0
    room = (size[0] - 2 * inset, size[1] - 2 * inset)
    scale = min(room[0] / logo.width, room[1] / logo.height)
    small = logo.resize(
        (max(1, round(logo.width * scale)), max(1, round(logo.height * scale))), Image.Resampling.LANCZOS
    )
    if not plated:
        return small
    back = (small.width + 2 * inset, small.height + 2 * inset)
    under = with_mask(filled(back, (255, 255, 255, 255)), rounded(back, inset * 1.4))
    under.alpha_composite(small, (inset, inset))
    return under


def _weight_of(path: Path) -> RGB:
    """The mean colour of what is opaque in the logo."""
    key = (path, path.stat().st_mtime_ns if path.is_file() else 0)
    found = _weights.get(key)
    if found is None:
        from PIL import ImageStat

        small = logo_of(path).copy()
        small.thumbnail((64, 64))
        mean = ImageStat.Stat(small.convert("RGB"), small.getchannel("A")).mean
        found = (round(mean[0]), round(mean[1]), round(mean[2]))
        _weights.put(key, found)
    return found


def _framed(
    kind: str, keys: Mapping[str, Any], size: tuple[int, int], content: Content, source: str
) -> "Image | None":
    round_one = keys.get("shape", "circle" if kind == "portrait" else "rect") == "circle"
    if round_one:
        size = (min(size), min(size))
    ring = round(float(keys.get("ring_width", 0))) if "ring" in keys else 0
    inner = (max(1, size[0] - 2 * ring), max(1, size[1] - 2 * ring))
    found = photo_of(content, source, inner, keys, (0.5, 0.36) if kind == "portrait" else None)
    if found is None:
        return None
    if keys.get("tone") == "grey":
        found = found.convert("L").convert("RGB")
    radius = float(keys.get("radius", 0))
    picture = found.convert("RGBA")
    picture = with_mask(picture, circle(inner) if round_one else rounded(inner, max(0.0, radius - ring)))
    if not ring:
        return picture
    under = filled(size, evaluate(keys["ring"], content.colours))
    under = with_mask(under, circle(size) if round_one else rounded(size, radius))
    under.alpha_composite(picture, (ring, ring))
    return under


def _chart(
    keys: Mapping[str, Any], size: tuple[int, int], content: Content, values: Mapping[str, str]
) -> "Image | None":
    source, kind = str(keys["field"]), keys.get("kind", "bar")
    main = evaluate(keys.get("colour", "accent"), content.colours)
    track = evaluate(keys.get("track", "line"), content.colours)
    high = evaluate(keys.get("highlight", keys.get("colour", "accent")), content.colours)
    if kind in ("bar", "donut"):
        if not values.get(source):
            return None
        top = values.get(f"{source}@most")
        part = charts.share(values[source], float(top) if top else None)
        return (charts.bar if kind == "bar" else charts.donut)(size, part, main, track)
    rows = content.rows.get(source, ())
    if not rows:
        return None
    column = str(keys.get("column", "value"))
    numbers = [charts.number(row.get(column, "")) for row in rows]
    return (charts.columns if kind == "column" else charts.line)(size, numbers, main, high)
