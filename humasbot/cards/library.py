"""Looking templates up in folders, reading them with all they extend, and noting every fault with its line."""

import tomllib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path
from typing import Any

from humasbot.cards import schema
from humasbot.cards.results import CardProblem
from humasbot.cards.sizes import GROUPS, SIZES
from humasbot.cards.template import Field, Layer, Template
from humasbot.errors import TemplateError
from humasbot.tomlplace import Lines
from humasbot.words import t

BUILTIN = "builtin/"
_OVERRIDES = (*SIZES, *GROUPS)


class Library:
    """The folders in which templates are looked up: the first that has a file of the name wins."""

    def __init__(self, folders: Sequence[Path], builtin: Path) -> None:
        self.folders = [*folders, builtin]
        self.builtin = builtin

    def names(self) -> list[str]:
        """Every template that can be drawn, by name, sorted; the abstract ones (``abstract = true``) left out."""
        stems = {path.stem for folder in self.folders if folder.is_dir() for path in folder.glob("*.toml")}
        return sorted(name for name in stems if not self._is_abstract(name))

    def _is_abstract(self, name: str) -> bool:
        path = self.find(name)
        try:
            return (
                path is not None and tomllib.loads(path.read_text(encoding="utf-8")).get("abstract") is True
            )
        except (tomllib.TOMLDecodeError, UnicodeDecodeError):
            return False

    def find(self, name: str, besides: Path | None = None) -> Path | None:
        """The file of the template *name* (``builtin/NAME``: ours), *besides* one (the file that extends it)."""
        if name.endswith(".toml") and Path(name).is_file():
            return Path(name)
        folders = [self.builtin] if name.startswith(BUILTIN) else self.folders
        stem = name.removeprefix(BUILTIN)
        if not stem or "/" in stem or "\\" in stem or ".." in stem:
            return None
        paths = (folder / f"{stem}.toml" for folder in folders)
        return next((path for path in paths if path.is_file() and path != besides), None)

    def load(self, name: str) -> Template:
        """The template *name* with all it inherits; faults are in its ``problems``. TemplateError: there is none."""
        path = self.find(name)
        if path is None:
            near = get_close_matches(name, self.names(), n=3)
            hint = t(" Mungkin: {x}.", " Perhaps: {x}.", x=", ".join(near)) if near else ""
            raise TemplateError(
                t('Tidak ada templat kartu "{n}".', 'There is no card template "{n}".', n=name) + hint
            )
        template = Template(name, path)
        self._read(template, path, [])
        _check_layers(template)
        return template

    def _read(self, template: Template, path: Path, seen: list[Path]) -> None:
        if path in seen:
            chain = " → ".join(p.stem for p in (*seen, path))
            template.fault(
                "extends", "", t("templat saling mewarisi: {x}", "templates extend each other: {x}", x=chain)
            )
            return
        try:
            text = path.read_text(encoding="utf-8")
            data = tomllib.loads(text)
        except UnicodeDecodeError:
            template.problems.append(
                CardProblem(str(path), 0, "", t("bukan teks UTF-8", "is not UTF-8 text"))
            )
            return
        except tomllib.TOMLDecodeError as error:
            line = getattr(error, "lineno", None) or _line_in(str(error))
            message = t("TOML tidak sah: {e}", "not valid TOML: {e}", e=error)
            template.problems.append(CardProblem(str(path), line, "", message))
            return
        template.digest = sha256((template.digest + text).encode()).hexdigest()
        lines = Lines.of(text, str(path))
        parent = data.get("extends")
        if isinstance(parent, str):
            template.places["extends"] = (str(path), lines.line("extends"))
            found = self.find(parent, besides=path)
            if found is None:
                template.fault(
                    "extends", "", t('tidak ada templat "{x}"', 'there is no template "{x}"', x=parent)
                )
            else:
                self._read(template, found, [*seen, path])
        _Reader(template, lines, data).read()


def _line_in(message: str) -> int:
    _, _, rest = message.partition("(at line ")
    digits = rest.partition(",")[0]
    return int(digits) if digits.isdigit() else 0


class _Reader:
    """Lays one file's content over what the template has from its parents."""

    def __init__(self, template: Template, lines: Lines, data: Mapping[str, Any]) -> None:
        self.template, self.lines, self.data = template, lines, data
        self.file = lines.file

    def problem(self, layer: str, message: str, *key: str) -> None:
        self.template.problems.append(CardProblem(self.file, self.lines.line(*key), layer, message))

    def read(self) -> None:
        template = self.template
        for key, value in self.data.items():
            if not self.known(key, schema.TOP, "", key) or not self.sound(schema.TOP[key], value, "", key):
                continue
            template.places[key] = (self.file, self.lines.line(key))
            if key in ("title", "about", "alt"):
                setattr(template, key, value)
        template.abstract = self.data.get("abstract") is True
        for name, value in self.table("palette").items():
            if self.sound("colour", value, "", "palette", name):
                template.palette[name] = value
                template.places[f"palette.{name}"] = (self.file, self.lines.line("palette", name))
        for name, value in self.table("fields").items():
            self.field(name, value)
        for name, value in self.table("layers").items():
            self.layer(name, value)

    def table(self, key: str) -> Mapping[str, Any]:
        value = self.data.get(key, {})
        return value if isinstance(value, dict) else {}

    def known(self, key: str, allowed: Mapping[str, str], layer: str, *place: str) -> bool:
        if key in allowed:
            return True
        near = get_close_matches(key, allowed, n=1)
        hint = t(', mungkin "{x}"', ', perhaps "{x}"', x=near[0]) if near else ""
        self.problem(layer, t('kunci "{k}" tidak dikenal', 'unknown key "{k}"', k=key) + hint, *place)
        return False

    def sound(self, kind: str, value: Any, layer: str, *place: str) -> bool:
        wrong = schema.fault(kind, value)
        if wrong:
            self.problem(layer, t('"{k}" {w}', '"{k}" {w}', k=place[-1], w=wrong), *place)
        return not wrong

    def field(self, name: str, value: Any) -> None:
        place = ("fields", name)
        if not self.sound("table", value, "", *place):
            return
        if value.get("remove") is True:
            self.template.fields.pop(name, None)
            return
        old = self.template.fields.get(name, Field(name))
        keys = {
            key: (tuple(item) if key == "columns" and isinstance(item, list) else item)
            for key, item in value.items()
            if self.known(key, schema.FIELD_KEYS, "", *place, key)
            and self.sound(schema.FIELD_KEYS[key], item, "", *place, key)
        }
        keys.pop("remove", None)
        self.template.fields[name] = Field(
            **{**{k: getattr(old, k) for k in Field.__dataclass_fields__}, **keys}
        )
        self.template.places[f"fields.{name}"] = (self.file, self.lines.line(*place))

    def layer(self, name: str, value: Any) -> None:
        place = ("layers", name)
        layers = self.template.layers
        if not self.sound("table", value, name, *place):
            return
        if value.get("remove") is True:
            if layers.pop(name, None) is None:
                self.problem(
                    name, t("tidak ada lapisan itu untuk dihapus", "there is no such layer to remove"), *place
                )
            return
        old = layers.get(name, Layer(name))
        kind = value.get("type", old.type)
        if kind not in schema.KEYS:
            near = get_close_matches(str(kind), schema.KEYS, n=1)
            hint = t(', mungkin "{x}"', ', perhaps "{x}"', x=near[0]) if near else ""
            allowed = ", ".join(schema.KEYS)
            self.problem(
                name,
                t('jenis lapisan "{k}" tidak ada{h}; yang ada: {a}', 'there is no layer type "{k}"{h}; there are: {a}',
                  k=kind, h=hint, a=allowed),
                *place, "type",
            )  # fmt: skip
            return
        fresh = old if not value.get("type") or old.type in ("", kind) else Layer(name)
        layer = Layer(name, dict(fresh.keys), dict(fresh.places))
        layer.places[""] = (self.file, self.lines.line(*place))
        for key, item in value.items():
            if key in _OVERRIDES and isinstance(item, dict):
                good = self.good(name, kind, item, *place, key)
                layer.keys[key] = {**layer.keys.get(key, {}), **good}
            else:
                layer.keys.update(self.good(name, kind, {key: item}, *place))
            layer.places[key] = (self.file, self.lines.line(*place, key))
        self.order(name, layer, value, *place)

    def good(self, name: str, kind: str, keys: Mapping[str, Any], *place: str) -> dict[str, Any]:
        allowed = schema.KEYS[kind]
        return {
            key: item
            for key, item in keys.items()
            if self.known(key, {**allowed, **dict.fromkeys(_OVERRIDES, "table")}, name, *place, key)
            and self.sound(allowed.get(key, "table"), item, name, *place, key)
        }

    def order(self, name: str, layer: Layer, value: Mapping[str, Any], *place: str) -> None:
        layers = self.template.layers
        anchor = value.get("after") or value.get("before")
        if not anchor:
            layers[name] = layer
            return
        if anchor not in layers or anchor == name:
            self.problem(
                name, t('tidak ada lapisan "{x}"', 'there is no layer "{x}"', x=anchor), *place, "after"
            )
            layers[name] = layer
            return
        layers.pop(name, None)
        items = list(layers.items())
        at = next(i for i, (n, _) in enumerate(items) if n == anchor) + (1 if value.get("after") else 0)
        items.insert(at, (name, layer))
        layers.clear()
        layers.update(items)


def _check_layers(template: Template) -> None:
    """Faults between layers: what a type must have, stacks and items that do not exist."""
    for layer in template.layers.values():
        for key in schema.REQUIRED.get(layer.type, ()):
            if key not in layer.keys:
                template.fault(
                    "", layer.name, t('kunci "{k}" harus ada', 'the key "{k}" must be given', k=key)
                )
        parent = layer.keys.get("in")
        if parent is not None and (parent not in template.layers or template.layers[parent].type != "stack"):
            template.fault(
                "in", layer.name, t('tidak ada tumpukan (stack) "{x}"', 'there is no stack "{x}"', x=parent)
            )
        item = layer.keys.get("item")
        if item is not None and (item not in template.layers or template.layers[item].type != "stack"):
            template.fault(
                "item", layer.name, t('tidak ada tumpukan (stack) "{x}"', 'there is no stack "{x}"', x=item)
            )
    if not template.abstract and not template.problems and not template.alt:
        template.fault("alt", "", t('kunci "alt" (teks alternatif) harus ada', 'the key "alt" must be given'))
