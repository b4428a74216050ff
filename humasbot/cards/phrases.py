"""Sentences with places to fill: ``{field}``, optional parts in ``[…]``, and, on a card, runs in ``<b>…</b>``.

No program code: a place names a field, nothing else. A part in square brackets is left out when any field in it is
empty. ``{{``, ``[[`` and ``<<`` stand for the characters themselves.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from humasbot.errors import InputError
from humasbot.words import t

Tags: TypeAlias = tuple[str, ...]
_TOKEN = re.compile(r"\{\{|\}\}|\[\[|\]\]|<<|\{([^{}]*)\}|\[|\]|<(/?)([a-z][a-z0-9_]*)>")
_PLACE = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)?\Z")


@dataclass(frozen=True, slots=True)
class Words:
    """Fixed text under *tags*."""

    text: str
    tags: Tags = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where the value of a field goes, under *tags*."""

    name: str
    tags: Tags = ()


@dataclass(frozen=True, slots=True)
class Optional:
    """Parts that stand only if every field in them has a value."""

    parts: tuple["Part", ...]


Part: TypeAlias = Words | Place | Optional


@dataclass(frozen=True)
class Phrase:
    """A parsed sentence."""

    source: str
    parts: tuple[Part, ...]
    names: frozenset[str] = field(default=frozenset())
    tags: frozenset[str] = field(default=frozenset())

    def spans(self, values: Mapping[str, str]) -> list[tuple[str, Tags]]:
        """The filled sentence as stretches of text with their tags; empty where no field of it has a value."""
        if self.names and not any(values.get(name) for name in self.names):
            return []
        return list(_fill(self.parts, values))

    def fill(self, values: Mapping[str, str]) -> str:
        """The filled sentence as plain text."""
        return "".join(text for text, _ in self.spans(values))


def _fill(parts: tuple[Part, ...], values: Mapping[str, str]) -> Iterator[tuple[str, Tags]]:
    for part in parts:
        if isinstance(part, Words):
            yield part.text, part.tags
        elif isinstance(part, Place):
            value = values.get(part.name, "")
            if value:
                yield value, part.tags
        elif all(values.get(name) for name in _names(part.parts)):
            yield from _fill(part.parts, values)


def _names(parts: tuple[Part, ...]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, Place):
            yield part.name
        elif isinstance(part, Optional):
            yield from _names(part.parts)


def _tags(parts: tuple[Part, ...]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, Optional):
            yield from _tags(part.parts)
        else:
            yield from part.tags


def parse(source: str) -> Phrase:
    """Parse a sentence; InputError says what is wrong in it."""
    stack: list[list[Part]] = [[]]
    tags: list[str] = []
    at = 0
    for match in _TOKEN.finditer(source):
        _text(stack[-1], _plain(source, at, match.start()), tuple(tags))
        at = match.end()
        token = match.group()
        if token in ("{{", "}}", "[[", "]]", "<<"):
            _text(stack[-1], token[0], tuple(tags))
        elif token == "[":  # noqa: S105
            stack.append([])
        elif token == "]":  # noqa: S105
            if len(stack) == 1:
                raise _wrong(source, t('"]" tanpa "["', '"]" without "["'))
            closed = tuple(stack.pop())
            stack[-1].append(Optional(closed))
        elif match.group(1) is not None:
            name = match.group(1).strip()
            if not _PLACE.match(name):
                raise _wrong(source, t('"{x}" bukan nama isian', '"{x}" is no name of a field', x=name))
            stack[-1].append(Place(name, tuple(tags)))
        elif match.group(2):
            if not tags or tags.pop() != match.group(3):
                raise _wrong(source, t('"{x}" tanpa pembukanya', '"{x}" without its opening', x=token))
        else:
            tags.append(match.group(3))
    _text(stack[-1], _plain(source, at, len(source)), tuple(tags))
    if len(stack) > 1 or tags:
        what = "[" if len(stack) > 1 else f"<{tags[-1]}>"
        raise _wrong(source, t('"{x}" tidak ditutup', '"{x}" is not closed', x=what))
    parts = tuple(stack[0])
    return Phrase(source, parts, frozenset(_names(parts)), frozenset(_tags(parts)))


def _plain(source: str, start: int, stop: int) -> str:
    """That stretch of *source*, in which no bracket stands alone."""
    text = source[start:stop]
    for bracket in "{}":
        if bracket in text:
            raise _wrong(
                source,
                t('"{x}" tanpa pasangannya; untuk hurufnya sendiri tulis dua', '"{x}" alone; for itself write two',
                  x=bracket),
            )  # fmt: skip
    return text


def _text(parts: list[Part], text: str, tags: Tags) -> None:
    if text:
        parts.append(Words(text, tags))


def _wrong(source: str, what: str) -> InputError:
    return InputError(t('pada "{s}": {what}', 'in "{s}": {what}', s=source[:60], what=what))


_DOUBLED = re.compile(r"([.!?…])[\"”’)]*\s*\.(?=\s|\Z)")
_SPACES = re.compile(r"\s+")


def read_aloud(text: str) -> str:
    """*text* tidied for reading aloud: single spaces, no doubled or dangling punctuation, a stop at the end."""
    text = _SPACES.sub(" ", text).strip()
    text = _DOUBLED.sub(lambda m: m.group()[:-1].rstrip(), text)
    text = re.sub(r"\s+([.,;:!?])", r"\1", text)
    text = re.sub(r"[,;:]+(?=[.!?])", "", text).strip(" ,;:")
    return text if not text or text[-1] in ".!?…" else text + "."
