"""The stock of sentences: ours from the package, and the office's own file of the same shape added to it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import Any

from humasbot.errors import ConfigError, Problem
from humasbot.indonesian import DAYS
from humasbot.words import t

# A weekday's list is walked one sentence a week: 53 weeks are 371 days.
FEWEST = 53
# A season's list too; 27 weeks later the other half of the year has begun, 54 weeks later 378 days have passed.
FEWEST_OF_SEASON = 27

# What a sentence may leave open.
PLACES = (
    "salam", "warga", "kantor", "tanggal", "nama", "n", "tempat", "peristiwa", "year", "hijri", "saka", "kongzili",
    "be",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Regional:
    """How a region greets in the morning. ``needs_review``: no native speaker has confirmed it, so it stays off."""

    code: str
    name: str
    use: str
    register: str
    provinces: tuple[str, ...]
    needs_review: bool


class Stock:
    """Every sentence a greeting is made of. *raw* is the parsed file."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.openings: tuple[str, ...] = tuple(raw["opening"]["patterns"])
        self.weekdays: dict[int, tuple[str, ...]] = {
            number: tuple(raw["weekday"][name.lower()]) for number, name in enumerate(DAYS)
        }
        self.tone: dict[str, tuple[str, ...]] = {name: tuple(found) for name, found in raw["tone"].items()}
        self.general: dict[str, tuple[str, ...]] = {name: tuple(v) for name, v in raw["general"].items()}
        self.condolence: tuple[str, ...] = tuple(raw["condolence"]["patterns"])
        self.days: dict[str, dict[str, Any]] = dict(raw["day"])
        self.look: dict[str, str] = {k: v for k, v in raw["look"].items() if isinstance(v, str)}
        self.patterns: tuple[str, ...] = tuple(raw["look"]["patterns"])
        self.state_kinds: tuple[str, ...] = tuple(raw["look"]["state_kinds"])
        self.no_friday: tuple[str, ...] = tuple(raw["look"]["no_friday"])
        self.regional = {
            code: Regional(
                code, v["name"], v["use"], v["register"], tuple(v["provinces"]), v["needs_native_review"]
            )
            for code, v in raw["regional"].items()
        }
        self._season = raw["season"]

    def season(self, day: date, place: str) -> tuple[str, ...]:
        """The sentences of the season on *day* in *place* (a code); none where no season is surely to be named."""
        name = self.season_name(day)
        return tuple(self._season[name]) if name and place[:2] in self._season["provinces"] else ()

    def season_name(self, day: date) -> str:
        """``wet`` or ``dry``, or nothing between them."""
        return next((name for name in ("wet", "dry") if day.month in self._season[f"{name}_months"]), "")


@lru_cache(maxsize=1)
def _builtin() -> dict[str, Any]:
    text = resources.files("humasbot.occasions").joinpath("greetings.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@lru_cache(maxsize=8)
def load_stock(extra: Path | None = None) -> Stock:
    """Our stock, with the office's sentences added.

    The office's file may hold ``[weekday]`` lists, ``[season]`` lists ``wet`` and ``dry``, and ``[day.KEY]`` tables of
    the shape of ours. Raises :class:`~humasbot.errors.ConfigError` for a file that cannot be read, for other parts,
    and for a sentence given twice.
    """
    if extra is None:
        return Stock(_builtin())
    try:
        own = tomllib.loads(extra.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(
            Problem(
                str(extra), t("stok sapaan tidak terbaca: {error}", "cannot be read: {error}", error=error)
            )
        ) from error
    return Stock(_joined(_builtin(), own, str(extra)))


def _joined(ours: Mapping[str, Any], own: Mapping[str, Any], where: str) -> dict[str, Any]:
    raw = {**ours, "weekday": dict(ours["weekday"]), "season": dict(ours["season"]), "day": dict(ours["day"])}
    problems = [
        Problem(where, t("bagian “{name}” tidak dikenal", "no part “{name}” is known", name=name))
        for name in own.keys() - {"weekday", "season", "day"}
    ]
    for part, names in (("weekday", [d.lower() for d in DAYS]), ("season", ["wet", "dry"])):
        for name, sentences in own.get(part, {}).items():
            if name not in names:
                problems.append(
                    Problem(
                        where, t("“{name}” tidak dikenal", "“{name}” is not known", name=f"{part}.{name}")
                    )
                )
                continue
            raw[part][name] = [*raw[part][name], *map(str, sentences)]
    raw["day"] |= {key: dict(words) for key, words in own.get("day", {}).items()}
    problems += [
        Problem(where, t("[day.{key}]: {fault}", "[day.{key}]: {fault}", key=key, fault=fault))
        for key, words in own.get("day", {}).items()
        for fault in _faults(words)
    ]
    seen: set[str] = set()
    for sentence in (
        *(s for v in raw["weekday"].values() for s in v),
        *raw["season"]["wet"],
        *raw["season"]["dry"],
    ):
        if sentence.casefold() in seen:
            problems.append(
                Problem(where, t("kalimat ganda: “{text}”", "given twice: “{text}”", text=sentence))
            )
        seen.add(sentence.casefold())
    if problems:
        raise ConfigError(*problems)
    return raw


def _faults(words: Mapping[str, Any]) -> list[str]:
    """What keeps the words of an observance from being filled in."""
    faults = [
        t("kunci “{name}” tidak dikenal", "no key “{name}” is known", name=name)
        for name in words.keys() - {"title", "head", "ahead", "body"}
    ]
    for name in ("head", "ahead", "body"):
        if name in words and not (isinstance(words[name], list) and words[name]):
            faults.append(
                t("“{name}” harus daftar kalimat", "“{name}” must be a list of sentences", name=name)
            )
            continue
        for sentence in [
            *words.get(name, ()),
            *([words["title"]] if name == "head" and "title" in words else []),
        ]:
            try:
                str(sentence).format(**dict.fromkeys(PLACES, ""))
            except (KeyError, IndexError, ValueError) as error:
                faults.append(
                    t(
                        "isian {error} tidak dikenal di “{text}”",
                        "no place {error} in “{text}”",
                        error=error,
                        text=sentence,
                    )
                )
    return faults


def regional_for(stock: Stock, languages: tuple[str, ...], reviewed: tuple[str, ...]) -> Regional | None:
    """The first wanted language that may be used: confirmed by a native, by us or by the office."""
    for code in languages:
        found = stock.regional.get(code)
        if found and (code in reviewed or not found.needs_review):
            return found
    return None


def choose(options: tuple[str, ...], step: int, seed: str) -> tuple[int, str]:
    """The option at *step* of a walk whose start depends on *seed* only; so two offices differ on the same day."""
    start = int.from_bytes(sha256(seed.encode()).digest()[:4], "big")
    number = (step + start) % len(options)
    return number, options[number]
