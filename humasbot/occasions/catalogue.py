"""Reads observances from TOML: ours from the package, then the office's own file of the same shape over it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from humasbot.errors import ConfigError, InputError, Problem
from humasbot.occasions import rules
from humasbot.occasions.observance import CONFIDENCES, KINDS, TONES, Observance, Period
from humasbot.occasions.regions import code_of
from humasbot.occasions.spans import EFFECTS, Mourning, Window
from humasbot.tomlplace import Lines
from humasbot.words import t

_PERIOD_KEYS = {"name", "en", "rule", "epoch", "valid_from", "valid_to"}
_KEYS = _PERIOD_KEYS | {
    "kind", "tone", "scope", "basis", "source", "confidence", "isbat", "greet", "priority", "aliases", "usage",
    "note", "before", "settled", "dates", "yearly", "skip",
}  # fmt: skip
_SPAN_KEYS = {"name", "first", "last", "effect", "scope", "basis"}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything known about days: observances by key, joint leave the office added, windows, mourning."""

    observances: Mapping[str, Observance]
    joint_leave: Mapping[date, str] = field(default_factory=dict)
    windows: tuple[Window, ...] = ()
    mourning: tuple[Mourning, ...] = ()


@lru_cache(maxsize=1)
def _builtin() -> dict[str, Any]:
    text = resources.files("humasbot.occasions").joinpath("observances.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@lru_cache(maxsize=1)
def builtin() -> Catalogue:
    """The catalogue that ships with humasbot."""
    return _Reader(Lines.of("", "observances.toml")).read(_builtin())


def load(extra: Path | None) -> Catalogue:
    """Our catalogue, overridden and extended by the office's file.

    Raises :class:`~humasbot.errors.ConfigError` with every fault of the file and its line.
    """
    if extra is None:
        return builtin()
    try:
        text = extra.read_text(encoding="utf-8")
        own = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(
            Problem(
                str(extra),
                t(
                    "berkas hari tidak terbaca: {error}",
                    "the file of days cannot be read: {error}",
                    error=error,
                ),
            )
        ) from error
    return _Reader(Lines.of(text, extra.name)).read(_merged(_builtin(), own))


def _merged(ours: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Observances are joined key by key, the office's values first; a day that it moves has no earlier way of ours."""
    days = {key: dict(value) for key, value in ours["observances"].items()}
    given = own.get("observances", {})
    for key, value in given.items() if isinstance(given, dict) else ():
        known = days.get(
            key, {"kind": "office", "confidence": "checked", "source": t("kantor", "the office")}
        )
        if isinstance(value, dict) and "rule" in value:
            known = {name: old for name, old in known.items() if name not in ("before", "settled", "dates")}
        days[key] = {**known, **value} if isinstance(value, dict) else value
    return {
        **own,
        "observances": days,
        "sources": ours.get("sources", {}),
        "windows": [*ours.get("windows", ()), *own.get("windows", ())],
    }


class _Reader:
    """Turns parsed TOML into a catalogue, gathering every fault before it complains."""

    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        self.problems: list[Problem] = []
        self.sources: Mapping[str, str] = {}

    def read(self, raw: Mapping[str, Any]) -> Catalogue:
        for name in raw.keys() - {"observances", "sources", "joint_leave", "windows", "mourning"}:
            self.fault((name,), t("bagian ini tidak dikenal", "this part is not known"))
        self.sources = raw.get("sources", {})
        found = {}
        for key, value in raw["observances"].items():
            if not isinstance(value, dict):
                self.fault(("observances", key), t("harus berupa tabel", "must be a table"))
            elif value.get("skip") is not True and (observance := self.observance(key, value)) is not None:
                found[key] = observance
        self.check_offsets(found)
        leave = {}
        for text, name in raw.get("joint_leave", {}).items():
            if (day := self.day(("joint_leave", text), text)) is not None:
                leave[day] = str(name)
        windows = self.spans("windows", raw.get("windows", ()), Window)
        mourning = self.spans("mourning", raw.get("mourning", ()), Mourning)
        if self.problems:
            raise ConfigError(*self.problems)
        return Catalogue(found, leave, tuple(windows), tuple(mourning))

    def fault(self, path: tuple[str, ...], message: str) -> None:
        self.problems.append(Problem(self.lines.place(*path), message))

    def observance(self, key: str, value: dict[str, Any]) -> Observance | None:
        before = len(self.problems)
        for name in value.keys() - _KEYS:
            self.unknown(("observances", key, name))
        self.choice(key, value, "kind", tuple(KINDS))
        self.choice(key, value, "confidence", CONFIDENCES)
        self.choice(key, value, "tone", TONES, "festive")
        periods = self.periods(key, value)
        scope = self.scope(("observances", key, "scope"), value.get("scope", ()))
        settled = self.days(key, value, "settled")
        listed = self.days(key, value, "dates")
        for name in ("isbat", "greet", "yearly"):
            if not isinstance(value.get(name, True), bool):
                self.fault(("observances", key, name), t("harus true atau false", "must be true or false"))
        if len(self.problems) > before:
            return None
        source = str(value.get("source", ""))
        head, _, tail = source.partition(" ")
        return Observance(
            key=key,
            periods=periods,
            kind=value["kind"],
            tone=value.get("tone", "festive"),
            confidence=value["confidence"],
            source=f"{self.sources.get(head, head)} {tail}".strip(),
            basis=str(value.get("basis", "")),
            scope=scope,
            note=str(value.get("note", "")),
            aliases=tuple(value.get("aliases", ())),
            priority=int(value.get("priority", 0)),
            isbat=value.get("isbat", False),
            greet=value.get("greet", True),
            yearly=value.get("yearly", True),
            varied=value.get("usage") == "varied",
            settled=settled,
            listed=listed,
        )

    def periods(self, key: str, value: Mapping[str, Any]) -> tuple[Period, ...]:
        """The way of today first, then the earlier ones, each ending where the later begins."""
        path = ("observances", key)
        now = self.period(path, value, value.get("valid_to", 9999))
        if now is None:
            return ()
        found = [now]
        for earlier in value.get("before", ()):
            for name in earlier.keys() - _PERIOD_KEYS:
                self.unknown((*path, "before", name))
            own = {"name": value["name"], "en": value.get("en", ""), **earlier}
            period = self.period(path, own, earlier.get("valid_to", found[-1].first - 1))
            if period is not None:
                found.append(period)
        return tuple(found)

    def period(self, path: tuple[str, ...], value: Mapping[str, Any], last: Any) -> Period | None:
        first, epoch = value.get("valid_from", 1), value.get("epoch")
        for name in ("name", "rule"):
            if not isinstance(value.get(name), str) or not value[name].strip():
                self.fault((*path, name), t("wajib diisi", "is needed"))
                return None
        for name, number in (("valid_from", first), ("valid_to", last), ("epoch", epoch)):
            if number is not None and (not isinstance(number, int) or not 1 <= number <= 9999):
                self.fault((*path, name), t("harus berupa tahun", "must be a year"))
                return None
        try:
            rule = rules.parse(value["rule"])
            name, en = value["name"], value.get("en", value["name"])
            for text in (name, en):
                text.format(n=1, year=1, hijri=1, saka=1, kongzili=1, be=1)
        except ValueError as error:
            self.fault((*path, "rule"), str(error))
            return None
        except (KeyError, IndexError) as error:
            self.fault(
                (*path, "name"),
                t("tidak ada isian {error} untuk nama", "a name has no place {error}", error=error),
            )
            return None
        return Period(rule, name, en, epoch, first, last)

    def check_offsets(self, found: Mapping[str, Observance]) -> None:
        """An offset must lead, over at most a few others, to a day with a rule of its own."""
        for key, observance in found.items():
            for period in observance.periods:
                seen, rule = {key}, period.rule
                while isinstance(rule, rules.Offset):
                    if rule.key not in found or rule.key in seen:
                        self.fault(
                            ("observances", key, "rule"),
                            t(
                                "bersandar pada “{key}” yang tidak ada atau melingkar",
                                "leans on “{key}”, which does not exist or leads back",
                                key=rule.key,
                            ),
                        )
                        break
                    seen.add(rule.key)
                    rule = found[rule.key].periods[0].rule

    def spans(self, part: str, raw: Any, make: Any) -> list[Any]:
        found = []
        for number, value in enumerate(raw, start=1):
            path = (part, str(number))
            for name in value.keys() - _SPAN_KEYS:
                self.unknown((*path, name))
            first = self.day((*path, "first"), value.get("first"))
            last = self.day((*path, "last"), value.get("last", value.get("first")))
            if first is None or last is None:
                continue
            if last < first or value.get("effect", "hold") not in EFFECTS or not value.get("name"):
                self.fault(
                    path,
                    t(
                        "perlu name, first, last (tidak sebelum first), dan effect: {effects}",
                        "needs name, first, last (not before first) and effect: {effects}",
                        effects=", ".join(EFFECTS),
                    ),
                )
                continue
            scope = self.scope((*path, "scope"), value.get("scope", ()))
            given = {"basis": value.get("basis", ""), "scope": scope}
            if make is Window:
                given["effect"] = value.get("effect", "hold")
            found.append(make(str(value["name"]), first, last, **given))
        return found

    def choice(
        self, key: str, value: Mapping[str, Any], name: str, allowed: tuple[str, ...], default: str = ""
    ) -> None:
        if value.get(name, default) not in allowed:
            self.fault(
                ("observances", key, name),
                t("harus salah satu dari {names}", "must be one of {names}", names=", ".join(allowed)),
            )

    def scope(self, path: tuple[str, ...], raw: Any) -> tuple[str, ...]:
        codes = []
        for place in raw if isinstance(raw, (list, tuple)) else (raw,):
            try:
                codes.append(code_of(str(place)))
            except InputError as error:
                self.fault(path, str(error))
        return tuple(codes)

    def days(self, key: str, value: Mapping[str, Any], name: str) -> tuple[date, ...]:
        path = ("observances", key, name)
        return tuple(sorted(d for text in value.get(name, ()) if (d := self.day(path, text)) is not None))

    def day(self, path: tuple[str, ...], text: Any) -> date | None:
        if type(text) is date:
            return text
        try:
            return date.fromisoformat(str(text))
        except ValueError:
            self.fault(path, t("harus tanggal seperti 2027-03-10", "must be a day such as 2027-03-10"))
            return None

    def unknown(self, path: tuple[str, ...]) -> None:
        self.fault(path, t("kunci ini tidak dikenal", "this key is not known"))
