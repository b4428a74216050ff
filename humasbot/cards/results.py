"""What drawing gives back: the card, or the faults that a person can mend."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from humasbot.errors import InputError
from humasbot.words import t

Row: TypeAlias = Mapping[str, str]
FieldValue: TypeAlias = (
    str | int | float | bytes | Path | list[Row] | list[str] | list[tuple[str, ...]] | None
)
"""What a caller may give for a field: text, a number, a picture (bytes or a path), or rows."""
Fields: TypeAlias = Mapping[str, FieldValue]


@dataclass(frozen=True, slots=True)
class Card:
    """One drawn picture: the file's bytes, its type, its size in pixels, and the text read aloud in its place."""

    data: bytes = field(repr=False)
    mime: str
    width: int
    height: int
    alt: str

    @property
    def suffix(self) -> str:
        """The usual file name ending, with its dot."""
        return {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp"}[self.mime]


@dataclass(frozen=True, slots=True)
class CardProblem:
    """One fault of a template: where it is written, the layer it concerns (``""``: the whole), and what to do.

    ``line`` counts from 1; 0 means that no line can be named (a key that is missing, for example).
    """

    file: str
    line: int
    layer: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        layer = t(" lapisan {x}", " layer {x}", x=self.layer) if self.layer else ""
        return f"{place}{layer}: {self.message}"


class FitError(InputError):
    """A text cannot fit at the smallest legible size.

    ``field`` is the field (or the layer, where its text is no field) to shorten, ``over`` by what part it is too
    long (0.25: a quarter too long), ``at_most`` about how many characters (with *rows*: how many rows) of it would fit,
    0 where that cannot be said.
    """

    def __init__(
        self,
        field_name: str,
        length: int,
        at_most: int,
        over: float,
        size: tuple[int, int],
        *,
        rows: bool = False,
    ) -> None:
        self.field = field_name
        self.over = over
        self.at_most = at_most
        if at_most and rows:
            room = t("muat {n} baris, sekarang {m}", "{n} rows fit, it has {m}", n=at_most, m=length)
        elif at_most:
            room = t(
                "muat sekitar {n} huruf, sekarang {m}",
                "about {n} characters fit, it has {m}",
                n=at_most,
                m=length,
            )
        else:
            room = t("kelebihan {p} %", "it is {p} % too much", p=max(1, round(over * 100)))
        super().__init__(
            t(
                'Isian "{f}" terlalu panjang untuk kartu {w}×{h}: {room}. Singkatkan isian itu.',
                'The field "{f}" is too long for a card of {w}×{h}: {room}. Shorten it.',
                f=field_name, w=size[0], h=size[1], room=room,
            )
        )  # fmt: skip
