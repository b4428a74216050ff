"""A template as written: its fields and layers, what it inherits included, and the faults found in it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from humasbot.cards.phrases import Phrase
from humasbot.cards.results import CardProblem
from humasbot.cards.sizes import GROUPS, SIZES

BUILTIN = "builtin/"
_OVERRIDES = (*SIZES, *GROUPS)


@dataclass(frozen=True)
class Field:
    """What a caller gives: text, rows of named columns, or a picture."""

    name: str
    required: bool = False
    kind: str = "text"
    about: str = ""
    columns: tuple[str, ...] = ()
    example: Any = None
    default: str = ""
    most: int = 0


@dataclass
class Layer:
    """One layer as written, inherited keys included; ``places`` says where each key is written."""

    name: str
    keys: dict[str, Any] = field(default_factory=dict)
    places: dict[str, tuple[str, int]] = field(default_factory=dict)

    @property
    def type(self) -> str:
        """Its type, or ``""`` where none is given."""
        return str(self.keys.get("type", ""))

    def at(self, size: str) -> dict[str, Any]:
        """Its keys for the size named *size*: the group's override the common ones, the size's own override both."""
        merged = {k: v for k, v in self.keys.items() if k not in _OVERRIDES}
        for group in (*(g for g, members in GROUPS.items() if size in members), size):
            merged.update(self.keys.get(group, {}))
        return merged


@dataclass
class Template:
    """A template with all it inherits."""

    name: str
    path: Path
    title: str = ""
    about: str = ""
    alt: str = ""
    abstract: bool = False
    palette: dict[str, str] = field(default_factory=dict)
    fields: dict[str, Field] = field(default_factory=dict)
    layers: dict[str, Layer] = field(default_factory=dict)
    problems: list[CardProblem] = field(default_factory=list)
    alt_phrase: Phrase | None = None
    places: dict[str, tuple[str, int]] = field(default_factory=dict)
    digest: str = ""  # over the text of its file and of all that it extends

    def fault(self, key: str, layer: str, message: str) -> None:
        """Note a fault at the place of *key* (of *layer*, where one is named)."""
        file, line = str(self.path), 0
        if layer and layer in self.layers:
            places = self.layers[layer].places
            file, line = places.get(key) or places.get("") or (file, 0)
        elif key in self.places:
            file, line = self.places[key]
        problem = CardProblem(file, line, layer, message)
        if problem not in self.problems:
            self.problems.append(problem)
