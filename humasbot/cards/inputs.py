"""What a caller gives, made clean: text normalised, rows read, pictures loaded, every wrong field named at once."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from humasbot.cards import charts, photo
from humasbot.cards.brand import Brand
from humasbot.cards.phrases import read_aloud
from humasbot.cards.results import Fields
from humasbot.cards.template import Field, Template
from humasbot.errors import InputError
from humasbot.words import t

MOST_CHARACTERS = 4000
MOST_ROWS = 60
# Controls and marks that would act on the text around them; the joiners that scripts and emoji need stay.
_REMOVED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\uffff]"
)
_ROW_BREAK = re.compile(r"\s*(?:\n|;)\s*")


@dataclass(frozen=True)
class Inputs:
    """A card's content: *values* by field, *rows* by field, and picture *files* by field with their hashes."""

    values: Mapping[str, str]
    rows: Mapping[str, Sequence[Mapping[str, str]]]
    files: Mapping[str, photo.Source]
    digests: Mapping[str, str]


def clean(value: Any) -> str:
    """*value* as text: Unicode NFC, no control characters, spaces single, lines trimmed."""
    text = (
        unicodedata.normalize("NFC", str(value)).replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    )
    text = _REMOVED.sub("", text)
    return "\n".join(" ".join(line.split(" ")).strip() for line in _squeezed(text)).strip()


def _squeezed(text: str) -> list[str]:
    return [
        re.sub(r"[ \u2000-\u2008\u3000]+", " ", line) for line in re.sub(r"\n{2,}", "\n", text).split("\n")
    ]


def gather(template: Template, fields: Fields, photo_source: bytes | Path | None, brand: Brand) -> Inputs:
    """Read *fields* for *template*. InputError lists every field that is unknown, missing or of the wrong kind."""
    wrong: list[str] = []
    for name in fields:
        if name not in template.fields and name != "photo":
            near = get_close_matches(name, template.fields, n=1)
            hint = t(' (mungkin "{x}")', ' (perhaps "{x}")', x=near[0]) if near else ""
            wrong.append(t('isian "{n}" tidak dikenal', 'unknown field "{n}"', n=name) + hint)
    values: dict[str, str] = {k: v for k, v in brand.words.items() if v}
    rows: dict[str, list[dict[str, str]]] = {}
    files: dict[str, photo.Source] = {}
    for name, spec in template.fields.items():
        given = fields.get(name)
        if given is None or given in ("", []):
            given = spec.default
        if given == "":
            if spec.required:
                wrong.append(t('isian "{n}" harus ada', 'the field "{n}" must be given', n=name))
            continue
        try:
            if spec.kind == "rows":
                rows[name] = read_rows(spec, given)
                values[name] = "; ".join(
                    ", ".join(v for k, v in row.items() if v and "@" not in k) for row in rows[name]
                )
            elif spec.kind == "picture":
                files[name] = given if isinstance(given, bytes) else Path(str(given))
                values[name] = "✓"
            elif isinstance(given, bytes | list | tuple | Mapping):
                raise InputError(t('isian "{n}" harus teks', 'the field "{n}" must be text', n=name))
            else:
                values[name] = _bounded(clean(given), name)
        except InputError as error:
            wrong.append(str(error).rstrip("."))
    if wrong:
        raise InputError(f"{t('Templat', 'Template')} {template.name}: " + "; ".join(wrong) + ".")
    given_photo = photo_source if photo_source is not None else fields.get("photo")
    if given_photo is not None and "photo" not in files:
        files["photo"] = given_photo if isinstance(given_photo, bytes) else Path(str(given_photo))
        values["photo"] = "✓"
    if brand.portrait is not None:
        files["brand.portrait"] = brand.portrait
        values["brand.portrait"] = "✓"
    if brand.logo is not None:
        values["brand.logo"] = "✓"
    return Inputs(values, rows, files, {name: photo.digest(source) for name, source in files.items()})


def _bounded(text: str, name: str) -> str:
    if len(text) > MOST_CHARACTERS:
        raise InputError(
            t(
                'isian "{n}" sepanjang {m} huruf, paling banyak {x}',
                'the field "{n}" has {m} characters, at most {x} are read',
                n=name, m=len(text), x=MOST_CHARACTERS,
            )
        )  # fmt: skip
    return text


def read_rows(spec: Field, given: Any) -> list[dict[str, str]]:
    """Rows from a list of mappings, of sequences, or from text: rows parted by new lines or ``;``, columns by ``|``."""
    columns = spec.columns or ("text",)
    items: Any = [x for x in _ROW_BREAK.split(given) if x.strip()] if isinstance(given, str) else given
    if not isinstance(items, Sequence) or isinstance(items, bytes):
        raise InputError(
            t('isian "{n}" harus daftar baris', 'the field "{n}" must be a list of rows', n=spec.name)
        )
    most = spec.most or MOST_ROWS
    if len(items) > most:
        raise InputError(
            t(
                'isian "{n}" berisi {m} baris, paling banyak {x}; bagi menjadi beberapa kartu',
                'the field "{n}" has {m} rows, at most {x}; make several cards of it',
                n=spec.name, m=len(items), x=most,
            )
        )  # fmt: skip
    found: list[dict[str, str]] = []
    for number, item in enumerate(items, 1):
        if isinstance(item, str):
            item = [part.strip() for part in item.split("|")]
        if isinstance(item, Mapping):
            row = {str(k): clean(v) for k, v in item.items() if v is not None}
        else:
            row = dict(zip(columns, (clean(v) for v in item), strict=False))
            if len(item) > len(columns):
                row = {columns[0]: ""}
        if set(row) - set(columns) or not any(row.values()):
            raise InputError(
                t(
                    'isian "{n}" baris {i} harus berisi: {c}',
                    'the field "{n}", row {i}, must hold: {c}',
                    n=spec.name, i=number, c=" | ".join(columns),
                )
            )  # fmt: skip
        row = {k: _bounded(v, spec.name) for k, v in row.items()}
        found.append({**row, "no": str(number)})
    for column in columns:
        numbers = [_number(row.get(column, "")) for row in found]
        if all(n is not None for n in numbers):
            highest = str(max((n for n in numbers if n is not None), default=0))
            for row in found:
                row[f"{column}@most"] = highest
    return found


def _number(text: str) -> float | None:
    try:
        return charts.number(text)
    except InputError:
        return None


def alt_text(template: Template, inputs: Inputs) -> str:
    """The card read aloud: the template's sentence filled with the same fields."""
    phrase = template.alt_phrase
    values = dict(inputs.values)
    for name, rows in inputs.rows.items():
        values[name] = "; ".join(
            ", ".join(v for k, v in row.items() if v and k != "no" and "@" not in k) for row in rows
        )
    return read_aloud(phrase.fill(values) if phrase else "")
