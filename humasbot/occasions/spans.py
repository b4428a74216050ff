"""Stretches of days in which what may be said is less: elections, mourning, the silence of Nyepi."""

from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from humasbot.occasions.regions import covers

# hold: festive posts wait for a person; no_leader: no leader's face or name; silent: nothing at all goes out;
# approved_stock: only texts approved beforehand.
Effect = Literal["hold", "no_leader", "silent", "approved_stock"]
EFFECTS: tuple[str, ...] = get_args(Effect)


@dataclass(frozen=True, slots=True)
class Window:
    """From ``first`` to ``last`` (both included, days of the office's own zone) an effect holds in ``scope``."""

    name: str
    first: date
    last: date
    effect: Effect = "hold"
    scope: tuple[str, ...] = ()
    basis: str = ""

    def holds(self, day: date, place: str) -> bool:
        """Whether it holds on *day* in *place* (a code, see :mod:`~humasbot.occasions.regions`)."""
        return self.first <= day <= self.last and covers(self.scope, place)


@dataclass(frozen=True, slots=True)
class Mourning:
    """From ``first`` to ``last`` the country, or ``scope``, mourns: half-mast, or a disaster near by."""

    name: str
    first: date
    last: date
    scope: tuple[str, ...] = ()
    basis: str = ""

    def holds(self, day: date, place: str) -> bool:
        """Whether *place* mourns on *day*."""
        return self.first <= day <= self.last and covers(self.scope, place)
