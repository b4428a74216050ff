"""What a layer names: colours, fields, phrases; each looked up, and a fault noted where it does not exist."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from humasbot.cards.brand import Brand
from humasbot.cards.colour import RGB, evaluate
from humasbot.cards.phrases import Phrase, parse
from humasbot.cards.template import Layer, Template
from humasbot.errors import InputError
from humasbot.words import t


class References:
    """The names that the layers of *template* may use, with the palette *colours*."""

    def __init__(self, template: Template, colours: Mapping[str, str | RGB]) -> None:
        self.template, self.colours = template, colours

    def colour(self, expression: str, key: str, layer: str) -> str:
        """*expression* again; a fault at *key* of *layer* where it is no colour."""
        if expression != "auto":
            try:
                evaluate(expression, self.colours)
            except InputError as error:
                self.template.fault(key, layer, str(error))
        return expression

    def choice(self, name: str, allowed: tuple[str, ...], key: str, layer: str) -> None:
        """Note a fault where *name* is given and is none of those that there are."""
        if name and name not in allowed:
            near = get_close_matches(name, allowed, n=1)
            hint = t(', mungkin "{x}"', ', perhaps "{x}"', x=near[0]) if near else ""
            self.template.fault(
                key, layer,
                t('tidak ada "{n}"{h}; pilih: {a}', 'there is no "{n}"{h}; choose: {a}',
                  n=name, h=hint, a=", ".join(allowed)),
            )  # fmt: skip

    def source(self, name: str, key: str, layer: str, *, rows: bool = False) -> None:
        """Note a fault where no such field is declared (columns count within the items of lists)."""
        known = self.template.fields
        if name in known and (known[name].kind == "rows") == rows:
            return
        columns = {c for f in known.values() for c in f.columns}
        if not rows and (name in columns or name in ("photo", "photo_alt", "brand.portrait", "brand.logo")):
            return
        if name.startswith("brand.") and name in Brand("x").words:
            return
        self.template.fault(
            key, layer,
            t('isian "{x}" tidak dinyatakan di [fields]', 'the field "{x}" is not declared in [fields]', x=name),
        )  # fmt: skip

    def when(self, keys: Mapping[str, Any], layer: Layer) -> tuple[str, ...]:
        """The conditions of a layer."""
        found = keys.get("when", ())
        names = (found,) if isinstance(found, str) else tuple(found)
        for name in (part for wanted in names for part in wanted.removeprefix("!").split("=")):
            if name in self.template.fields and self.template.fields[name].kind == "rows":
                continue
            self.source(name, "when", layer.name)
        return names

    def phrase(self, source: str, key: str, layer: Layer) -> Phrase | None:
        """*source* parsed; ``None``, and a fault, where it cannot be."""
        try:
            phrase = parse(source)
        except InputError as error:
            self.template.fault(key, layer.name, str(error))
            return None
        for name in sorted(phrase.names):
            self.source(name, key, layer.name)
        return phrase
