"""The one place that touches the package ``holidays``: moving national days, joint leave, the start of Ramadan.

Why so: ``language="id_ID"`` silently gives English, and so does no language under ``LANG=C.UTF-8`` (measured on 0.109,
22 November 2026), hence always ``language="id"``. Its Hijri tables for Indonesia follow the MABIMS criteria and what
Indonesia decided; Umm al-Qura missed 26 of 67 Indonesian dates from 2015 to 2027.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

_ESTIMATE = " (perkiraan)"
FIRST, LAST = 1946, 2100


@dataclass(frozen=True, slots=True)
class Dated:
    """One day of an observance; ``estimated`` while nobody has fixed it."""

    day: date
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One day off as the tables name it, in Indonesian."""

    day: date
    name: str
    estimated: bool


@lru_cache(maxsize=64)
def public_days(year: int) -> tuple[Entry, ...]:
    """Every public holiday of Indonesia in *year*; empty outside 1946–2100."""
    return tuple(_entries(year, "public"))


@lru_cache(maxsize=64)
def joint_leave(year: int) -> tuple[Entry, ...]:
    """The joint leave of *year* as the SKB of three ministers fixed it; empty where none is known yet."""
    return tuple(_entries(year, "government"))


def _entries(year: int, category: str) -> Iterator[Entry]:
    if not FIRST <= year <= LAST:
        return
    table = _indonesia()(years=year, language="id", categories=(category,))
    for day, names in sorted(table.items()):
        for name in names.split("; "):
            yield Entry(day, name.removesuffix(_ESTIMATE), name.endswith(_ESTIMATE))


@lru_cache(maxsize=1)
def _indonesia() -> Any:
    """The tables of Indonesia alone: asked for one country, the package reads those of all 250 first."""
    spec = find_spec("holidays")
    for folder in (spec and spec.submodule_search_locations) or ():
        file = Path(folder, "countries", "indonesia.py")
        if file.is_file() and (alone := spec_from_file_location("humasbot_holidays_indonesia", file)):
            module = module_from_spec(alone)
            if alone.loader is not None:
                alone.loader.exec_module(module)
                return module.Indonesia
    from holidays import country_holidays

    return partial(country_holidays, "ID")


@lru_cache(maxsize=64)
def ramadan_starts(year: int) -> tuple[date, ...]:
    """1 Ramadan by the MABIMS criteria in *year*, once or twice; always an estimate.

    The table is no part of the package's promised interface: where a later version has moved it, the day is simply
    not known, and is said to be so.
    """
    try:
        from holidays.calendars.islamic import _IslamicMabimsLunar as table
    except ImportError:
        return ()
    found: Any = getattr(table, "RAMADAN_BEGINNING_DATES", {}).get(year, ())
    pairs = found if found and isinstance(found[0], tuple) else (found,) if found else ()
    return tuple(date(year, month, day) for month, day in pairs)
