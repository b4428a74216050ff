"""Every key that a template may hold, with its kind; the one place that the checker and the manual go by."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from humasbot.words import t

EDGES: Final = ("left", "right", "top", "bottom", "width", "height")
_COMMON = {
    "type": "name",
    "in": "name",
    "when": "names",
    "remove": "bool",
    "hide": "bool",
    "after": "name",
    "before": "name",
    "box": "box",
    "area": "choice:canvas,safe",
}
_MEMBER = {
    "gap_before": "units",
    "width": "width",
    "padding": "padding",
    "background": "colour",
    "radius": "units",
    "align": "choice:left,center,right",
    "valign": "choice:top,middle,bottom,spread",
    "grow": "bool",
}
_PICTURE = {**_COMMON, **_MEMBER, "height": "units", "opacity": "percent"}
KEYS: Final[Mapping[str, Mapping[str, str]]] = {
    "photo": {
        **_PICTURE, "field": "name", "focus": "focus", "aim": "focus", "radius": "units", "shape": "choice:rect,circle",
        "ring": "colour", "ring_width": "units", "tone": "choice:none,grey",
    },
    "scrim": {
        **_COMMON, "colour": "colour", "edge": "choice:bottom,top,left,right,all", "for": "names",
        "strength": "percent", "fade": "units", "pad": "units",
    },
    "colour": {**_COMMON, "colour": "colour", "to": "colour", "angle": "number", "radius": "units"},
    "band": {
        **_COMMON, "colour": "colour", "to": "colour", "angle": "number", "rule": "colour", "rule_width": "units",
        "rule_edge": "choice:top,bottom,left,right",
    },
    "pattern": {
        **_COMMON, "pattern": "text", "own": "bool", "colour": "colour", "opacity": "percent", "scale": "number",
        "fade": "choice:none,left,right,top,bottom,top-left,top-right,bottom-left,bottom-right",
    },
    "shape": {
        **_PICTURE, "kind": "choice:rect,circle,line,ring,triangle,quote,arc,dots", "colour": "colour", "to": "colour",
        "angle": "number", "stroke": "units",
    },
    "logo": {**{k: v for k, v in _PICTURE.items() if k != "opacity"}, "plate": "choice:auto,always,never"},
    "portrait": {
        **_PICTURE, "field": "name", "shape": "choice:circle,rect", "ring": "colour", "ring_width": "units",
        "focus": "focus", "aim": "focus",
    },
    "icon": {**_PICTURE, "icon": "text", "colour": "colour", "stroke": "number"},
    "qr": {**_PICTURE, "text": "phrase", "colour": "colour", "quiet": "number"},
    "chart": {
        **_PICTURE, "field": "name", "column": "name", "kind": "choice:bar,column,donut,line", "colour": "colour",
        "track": "colour", "highlight": "colour",
    },
    "text": {
        **_COMMON, **_MEMBER, "width": "column", "text": "phrase", "size": "units",
        "min": "units", "weight": "number", "bold": "number",
        "colour": "colour", "leading": "number", "tracking": "number", "case": "choice:none,upper",
        "max_lines": "number",
    },
    "stack": {
        **_COMMON, **_MEMBER, "direction": "choice:column,row", "gap": "units", "height": "units",
    },
    "list": {
        **_COMMON, **_MEMBER, "field": "name", "item": "name", "columns": "number", "gap": "units",
        "column_gap": "units", "divider": "colour", "divider_width": "units",
    },
}  # fmt: skip
GROUND: Final = frozenset({"photo", "scrim", "colour", "band", "pattern"})
"""Layer types that lie beneath all texts; ``photo`` may also be a member of a stack."""
REQUIRED: Final[Mapping[str, tuple[str, ...]]] = {
    "text": ("text",),
    "list": ("field", "item"),
    "icon": ("icon",),
    "qr": ("text",),
    "chart": ("field",),
}
TOP: Final[Mapping[str, str]] = {
    "title": "text",
    "about": "text",
    "extends": "text",
    "alt": "text",
    "language": "text",
    "palette": "table",
    "fields": "table",
    "layers": "table",
    "abstract": "bool",
}
FIELD_KEYS: Final[Mapping[str, str]] = {
    "required": "bool",
    "about": "text",
    "kind": "choice:text,rows,picture",
    "columns": "names",
    "example": "any",
    "default": "text",
    "remove": "bool",
    "most": "number",
}


def fault(kind: str, value: Any) -> str:
    """Why *value* is not of *kind*, as a sentence's end; empty where it is."""
    name, _, rest = kind.partition(":")
    if name == "choice":
        allowed = rest.split(",")
        return (
            "" if value in allowed else t("pilih salah satu: {x}", "choose one of: {x}", x=", ".join(allowed))
        )
    ok, wanted = _RULES[name](value)
    return "" if ok else wanted


def _anything(value: Any) -> tuple[bool, str]:
    return value is not None, t("harus ada isinya", "must not be empty")


def _units(value: Any) -> tuple[bool, str]:
    ok = _is_number(value) or (isinstance(value, str) and value.endswith("%") and _is_float(value[:-1]))
    return ok, t(
        'harus angka (satuan 1/1080 lebar) atau persen seperti "40%"',
        'must be a number (of units of 1/1080 of the width) or a percentage like "40%"',
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_float(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _text(value: Any) -> tuple[bool, str]:
    return isinstance(value, str), t("harus teks dalam tanda kutip", "must be text in quotes")


def _names(value: Any) -> tuple[bool, str]:
    ok = isinstance(value, str) or (isinstance(value, list) and all(isinstance(v, str) for v in value))
    return ok, t(
        'harus nama, atau daftar nama seperti ["a", "b"]',
        'must be a name, or a list of names like ["a", "b"]',
    )


def _box(value: Any) -> tuple[bool, str]:
    ok = isinstance(value, dict) and all(k in EDGES and _units(v)[0] for k, v in value.items())
    return ok, t(
        "harus seperti {{ left = 72, right = 72, top = 72, height = 200 }}; tepi yang ada: {x}",
        "must be like {{ left = 72, right = 72, top = 72, height = 200 }}; the edges are: {x}",
        x=", ".join(EDGES),
    )


def _padding(value: Any) -> tuple[bool, str]:
    ok = _is_number(value) or (
        isinstance(value, list) and len(value) in (2, 4) and all(_is_number(v) for v in value)
    )
    return ok, t(
        "harus angka, [atas-bawah, kiri-kanan] atau [atas, kanan, bawah, kiri]",
        "must be a number, [top-bottom, left-right] or [top, right, bottom, left]",
    )


def _width(value: Any) -> tuple[bool, str]:
    return value in ("fill", "hug") or _units(value)[0], t(
        'harus angka, persen, "fill" atau "hug"', 'must be a number, a percentage, "fill" or "hug"'
    )


def _column(value: Any) -> tuple[bool, str]:
    return value in ("fill", "hug", "column") or _units(value)[0], t(
        'harus angka, persen, "fill", "hug" atau "column"',
        'must be a number, a percentage, "fill", "hug" or "column"',
    )


def _focus(value: Any) -> tuple[bool, str]:
    ok = isinstance(value, list) and len(value) == 2 and all(_is_number(v) and 0 <= v <= 1 for v in value)
    return ok, t("harus [mendatar, tegak] antara 0 dan 1", "must be [across, down] between 0 and 1")


_RULES: Final[Mapping[str, Callable[[Any], tuple[bool, str]]]] = {
    "any": _anything,
    "name": _text,
    "text": _text,
    "phrase": _text,
    "colour": _text,
    "names": _names,
    "units": _units,
    "width": _width,
    "column": _column,
    "box": _box,
    "padding": _padding,
    "focus": _focus,
    "number": lambda v: (_is_number(v), t("harus angka", "must be a number")),
    "percent": lambda v: (
        _is_number(v) and 0 <= v <= 100,
        t("harus angka 0 sampai 100", "must be a number from 0 to 100"),
    ),
    "bool": lambda v: (isinstance(v, bool), t("harus true atau false", "must be true or false")),
    "table": lambda v: (isinstance(v, dict), t("harus tabel", "must be a table")),
}
