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
ALWAYS = ("photo", "photo_alt", "focus")  # what every card may be given, besides the fields of its template
_NUMBER = re.compile(r"(\d+(?:[.,]\d+)?)(%?)")
_WHERE = {
    "kiri": (0, 0.2), "kanan": (0, 0.8), "atas": (1, 0.2), "bawah": (1, 0.8), "tengah": (0, 0.5),
    "left": (0, 0.2), "right": (0, 0.8), "top": (1, 0.2), "bottom": (1, 0.8), "middle": (0, 0.5), "center": (0, 0.5),
}  # fmt: skip
_ROW_BREAK = re.compile(r"\s*(?:\n|;)\s*")


@dataclass(frozen=True)
class Inputs:
    """A card's content: *values* by field, *rows* by field, and picture *files* by field with their hashes; the *focus*
    of the photo given is what to keep in view (0 to 1, across and down)."""

    values: Mapping[str, str]
    rows: Mapping[str, Sequence[Mapping[str, str]]]
    files: Mapping[str, photo.Source]
    digests: Mapping[str, str]
    focus: photo.Spot | None = None


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
        if name not in template.fields and name not in ALWAYS:
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
    focus: photo.Spot | None = None
    if "focus" not in template.fields:
        try:
            focus = read_focus(fields.get("focus"))
        except InputError as error:
            wrong.append(str(error).rstrip("."))
    if "photo_alt" not in template.fields and fields.get("photo_alt"):
        values["photo_alt"] = _bounded(clean(fields["photo_alt"]), "photo_alt")
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
    digests = {name: photo.digest(source) for name, source in files.items()}
    if focus and "photo" in digests:
        digests["photo"] += f"@{focus}"  # another cut is another picture
    return Inputs(values, rows, files, digests, focus)


def read_focus(given: Any) -> photo.Spot | None:
    """What to keep in view of a photo: ``"30% 60%"`` or ``"0.3 0.6"`` (across, down), or words like ``kiri atas``.

    ``None`` where nothing is given. InputError where it cannot be read.
    """
    words = re.sub(r"(?<=[a-z])-(?=[a-z])|;", " ", str(given or "").lower()).split()
    if not words:
        return None
    found = [_NUMBER.fullmatch(word.rstrip(",")) for word in words]
    if len(words) == 2 and all(found):
        x, y = (float(m[1].replace(",", ".")) / (100 if m[2] else 1) for m in found if m is not None)
        if 0 <= x <= 1 and 0 <= y <= 1:
            return x, y
    elif all(word in _WHERE for word in words):
        spot = [0.5, 0.42 if "tengah" not in words else 0.5]
        for word in words:
            axis, share = _WHERE[word]
            spot[axis] = share
        return spot[0], spot[1]
    raise InputError(
        t(
            'focus "{x}" tidak terbaca; tulis seperti "30% 60%" (mendatar, tegak) atau "kiri atas"',
            'focus "{x}" cannot be read; write "30% 60%" (across, down) or "left top"',
            x=str(given)[:40],
        )
    )


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
    text = phrase.fill(values) if phrase else ""
    if "photo" in inputs.files and phrase and "photo_alt" not in phrase.names and values.get("photo_alt"):
        text = f"{text} Foto: {values['photo_alt']}."
    return read_aloud(text)
