"""From a template to a plan for one size and brand: units of length become px, boxes are resolved, phrases parsed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from humasbot.cards import icons, patterns, schema
from humasbot.cards.brand import Brand
from humasbot.cards.colour import RGB
from humasbot.cards.fit import Style
from humasbot.cards.lengths import Lengths
from humasbot.cards.nodes import (
    AnyNode,
    GroundLayer,
    ListNode,
    PictureNode,
    Rect,
    StackNode,
    TextNode,
    Unit,
    Width,
)
from humasbot.cards.phrases import Optional, Part, Tags
from humasbot.cards.references import References
from humasbot.cards.sizes import LEGIBLE, name_of
from humasbot.cards.template import Layer, Template
from humasbot.words import t

_RUN_TAGS = frozenset({"b", "s", "small", "light"})
_PICTURES = frozenset({"shape", "logo", "portrait", "icon", "qr", "chart", "photo"})


@dataclass(frozen=True)
class Plan:
    """A template made ready for one size and brand."""

    template: Template
    size: tuple[int, int]
    unit: float
    colours: Mapping[str, str | RGB]
    ground: tuple[GroundLayer, ...]
    units: tuple[Unit, ...]


def plan(template: Template, size: tuple[int, int], brand: Brand, logo_shape: float | None) -> Plan:
    """Make the plan; what is wrong is added to ``template.problems``. *logo_shape* is the logo's width ÷ height."""
    return _Planner(template, size, brand, logo_shape).plan()


class _Planner:
    def __init__(
        self, template: Template, size: tuple[int, int], brand: Brand, logo_shape: float | None
    ) -> None:
        self.template, self.size = template, size
        self.lengths = Lengths(size)
        self.px = self.lengths.px
        self.size_name = name_of(size)
        self.logo_shape = logo_shape
        self.colours: dict[str, str | RGB] = {**brand.palette, **template.palette}
        self.layers: dict[str, dict[str, Any]] = {
            name: keys
            for name, layer in template.layers.items()
            if not (keys := layer.at(self.size_name)).get("hide")
        }
        self.names = References(template, self.colours)
        self.building: list[str] = []
        self.items = {
            str(keys["item"])
            for keys in self.layers.values()
            if keys.get("type") == "list" and "item" in keys
        }

    def plan(self) -> Plan:
        ground: list[GroundLayer] = []
        units: list[Unit] = []
        for name in self.template.palette:
            self.names.colour(name, f"palette.{name}", "")
        for name, keys in self.layers.items():
            if keys.get("in") in self.template.layers or name in self.items:
                continue  # drawn with its stack or list; one whose stack is nowhere is still looked at for faults
            layer = self.template.layers[name]
            if layer.type in schema.GROUND:
                ground.append(self.ground(layer, keys))
                continue
            node = self.node(name)
            if node is None:
                continue
            box = self.box(layer, keys)
            if isinstance(node, PictureNode):
                node = replace(node, width="fill", height=box[3] - box[1])
            if isinstance(node, PictureNode) and (not node.source or node.source.startswith("brand.")):
                ground.append(
                    GroundLayer(
                        name, node.kind, box, {**node.keys, "align": node.align}, node.when, node.source
                    )
                )
            else:
                units.append(Unit(node, box, keys.get("valign", "top")))
        return Plan(self.template, self.size, self.lengths.unit, self.colours, tuple(ground), tuple(units))

    def box(self, layer: Layer, keys: Mapping[str, Any]) -> Rect:
        """The layer's box in px; a fault where it leaves the card and is no decoration."""
        default = "canvas" if layer.type in schema.GROUND else "safe"
        box = self.lengths.box(keys.get("box", {}), keys.get("area", default))
        x0, y0, x1, y1 = box
        decoration = layer.type in ("shape", "pattern", "colour", "photo") and x1 - x0 >= 1 and y1 - y0 >= 1
        if self.lengths.outside(box) and not decoration:
            self.template.fault(
                "box", layer.name,
                t(
                    "kotak keluar dari kartu {s} ({w}×{h}): kiri {a:.0f}, atas {b:.0f}, kanan {c:.0f}, bawah {d:.0f}",
                    "the box leaves the card {s} ({w}×{h}): left {a:.0f}, top {b:.0f}, right {c:.0f}, bottom {d:.0f}",
                    s=self.size_name, w=self.size[0], h=self.size[1], a=x0, b=y0, c=x1, d=y1,
                ),
            )  # fmt: skip
        return box

    def ground(self, layer: Layer, keys: dict[str, Any]) -> GroundLayer:
        for key in ("colour", "to", "rule", "ring"):
            if key in keys:
                self.names.colour(keys[key], key, layer.name)
        source = str(keys.get("field", "photo")) if layer.type == "photo" else ""
        if source:
            self.names.source(source, "field", layer.name)
        if layer.type == "pattern":
            self.names.choice(str(keys.get("pattern", "")), tuple(patterns.MOTIFS), "pattern", layer.name)
        scaled = self.scaled(layer.type, keys)
        return GroundLayer(
            layer.name, layer.type, self.box(layer, keys), scaled, self.names.when(keys, layer), source
        )

    def scaled(self, kind: str, keys: Mapping[str, Any]) -> dict[str, Any]:
        """The layer's keys with every length in px."""
        units = {k for k, v in schema.KEYS[kind].items() if v == "units"}
        return {
            k: (self.px(v) if k in units else v) for k, v in keys.items() if k not in ("type", "box", "area")
        }

    def node(self, name: str) -> AnyNode | None:
        if name in self.building:
            self.template.fault(
                "in", name, t("tumpukan berada di dalam dirinya sendiri", "a stack lies within itself")
            )
            return None
        layer, keys = self.template.layers[name], self.layers[name]
        common = self.common(layer, keys)
        if layer.type == "text":
            return self.text(layer, keys, common)
        if layer.type in _PICTURES:
            return self.picture(layer, keys, common)
        self.building.append(name)
        try:
            return self.stack(name, keys, common) if layer.type == "stack" else self.list(layer, keys, common)
        finally:
            self.building.pop()

    def common(self, layer: Layer, keys: Mapping[str, Any]) -> dict[str, Any]:
        wide: Width = keys.get("width", "hug" if keys.get("background") and layer.type == "text" else "fill")
        if keys.get("background"):
            self.names.colour(keys["background"], "background", layer.name)
        align: Literal["left", "center", "right"] = keys.get("align", "left")
        return {
            "name": layer.name,
            "when": self.names.when(keys, layer),
            "before": self.px(keys["gap_before"]) if "gap_before" in keys else None,
            "width": wide if wide in ("fill", "hug", "column") else self.px(wide),
            "pad": self.lengths.pad(keys.get("padding", 0)),
            "background": keys.get("background"),
            "radius": self.px(keys.get("radius", 0)),
            "align": align,
            "grow": bool(keys.get("grow", False)),
        }

    def text(self, layer: Layer, keys: Mapping[str, Any], common: Mapping[str, Any]) -> TextNode | None:
        phrase = self.names.phrase(keys.get("text", ""), "text", layer)
        if phrase is None:
            return None
        floor = LEGIBLE * self.size[0]
        size = self.px(keys.get("size", 40))
        small = max(floor, self.px(keys["min"]) if "min" in keys else size * 0.6)
        style = Style(
            int(keys.get("weight", 400)),
            self.names.colour(keys.get("colour", "ink"), "colour", layer.name),
            tracking=float(keys.get("tracking", 0)) / 1000,
        )
        bold = int(keys.get("bold", 800))
        return TextNode(
            **common,
            phrase=phrase,
            styles={tags: self.style(style, tags, bold, layer) for tags in _all_tags(phrase.parts)},
            style=style,
            big=max(size, small),
            small=small,
            leading=float(keys.get("leading", 1.2)),
            max_lines=int(keys.get("max_lines", 0)),
            upper=keys.get("case") == "upper",
        )

    def style(self, style: Style, tags: Tags, bold: int, layer: Layer) -> Style:
        weight, colour, scale, struck = style.weight, style.colour, 1.0, False
        for tag in tags:
            if tag == "b":
                weight = bold
            elif tag == "light":
                weight = 400
            elif tag == "small":
                scale = 0.6
            elif tag == "s":
                struck = True
            elif tag in self.colours:
                colour = tag
            else:
                known = ", ".join(sorted({*_RUN_TAGS, *self.colours}))
                self.template.fault(
                    "text", layer.name,
                    t("tanda <{x}> tidak ada; yang ada: {a}", "there is no tag <{x}>; there are: {a}", x=tag, a=known),
                )  # fmt: skip
        return Style(weight, colour, scale, style.tracking, struck)

    def picture(self, layer: Layer, keys: Mapping[str, Any], common: dict[str, Any]) -> PictureNode:
        kind = layer.type
        height = self.px(keys.get("height", 4 if kind == "shape" else 96), self.size[1])
        if "width" not in keys:
            shape = self.logo_shape or 1.0
            square = kind in ("icon", "qr", "portrait") or (
                kind == "shape" and keys.get("kind") in ("circle", "ring", "quote")
            )
            common["width"] = height * shape if kind == "logo" else height if square else "fill"
        for key in ("colour", "to", "ring", "track", "highlight"):
            if key in keys:
                self.names.colour(keys[key], key, layer.name)
        if kind == "icon":
            self.names.choice(str(keys.get("icon", "")), tuple(icons.paths()), "icon", layer.name)
        source = self.source(layer, keys)
        return PictureNode(**common, kind=kind, height=height, keys=self.scaled(kind, keys), source=source)

    def source(self, layer: Layer, keys: Mapping[str, Any]) -> str:
        if layer.type == "qr":
            phrase = self.names.phrase(str(keys.get("text", "")), "text", layer)
            return next(iter(sorted(phrase.names)), "") if phrase else ""
        source = {"photo": "photo", "portrait": "brand.portrait"}.get(layer.type, "")
        source = str(keys.get("field", source)) if layer.type in ("photo", "portrait", "chart") else ""
        if source:
            chart = layer.type == "chart" and source in self.template.fields
            self.names.source(
                source, "field", layer.name, rows=chart and self.template.fields[source].kind == "rows"
            )
        return source

    def stack(self, name: str, keys: Mapping[str, Any], common: Mapping[str, Any]) -> StackNode:
        children = [self.node(n) for n, k in self.layers.items() if k.get("in") == name]
        height = self.px(keys.get("height", 0), self.size[1])
        return StackNode(
            **common,
            children=tuple(child for child in children if child is not None),
            row=keys.get("direction") == "row",
            gap=self.px(keys.get("gap", 24)),
            valign=keys.get("valign", "middle" if keys.get("direction") == "row" else "top"),
            height=height,
        )

    def list(self, layer: Layer, keys: Mapping[str, Any], common: Mapping[str, Any]) -> ListNode | None:
        item = self.node(str(keys.get("item")))
        if not isinstance(item, StackNode):
            return None
        self.names.source(str(keys.get("field")), "field", layer.name, rows=True)
        if "divider" in keys:
            self.names.colour(keys["divider"], "divider", layer.name)
        gap = self.px(keys.get("gap", 24))
        return ListNode(
            **common,
            source=str(keys.get("field")),
            item=item,
            columns=max(1, int(keys.get("columns", 1))),
            gap=gap,
            column_gap=self.px(keys["column_gap"]) if "column_gap" in keys else gap,
            divider=keys.get("divider"),
            divider_width=max(1.0, self.px(keys.get("divider_width", 2))),
        )


def _all_tags(parts: tuple[Part, ...]) -> set[Tags]:
    found: set[Tags] = set()
    for part in parts:
        found |= _all_tags(part.parts) if isinstance(part, Optional) else {part.tags}
    return found
