"""Which platforms there are: ours and every stranger's, found through one entry-point group.

A platform is one line in its distribution's ``pyproject.toml``::

    [project.entry-points."humasbot.platforms"]
    myplatform = "my_package:MyPlatform"

Nothing is imported before it is asked for, so a broken plugin disturbs only those who use it.
"""

from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from inspect import isabstract

from humasbot.errors import ConfigError
from humasbot.platforms.base import Publisher
from humasbot.words import t

GROUP = "humasbot.platforms"


@dataclass(frozen=True, slots=True)
class Entry:
    """One registered name: where its class lives (``module:Class``) and the distributions that register it.

    More than one owner is a clash; :meth:`load` then refuses the name.
    """

    name: str
    target: str
    owners: tuple[str, ...]

    def load(self) -> type[Publisher]:
        """Import the class and check that it is a publisher.

        Raises :class:`~humasbot.errors.ConfigError` with one sentence: a clash of owners, a fault while importing,
        or a class that does not keep the interface.
        """
        if len(self.owners) > 1:
            raise ConfigError(
                t(
                    "platform {name} didaftarkan oleh lebih dari satu paket: {owners}; copot salah satunya",
                    "the platform {name} is registered by more than one distribution: {owners}; uninstall one",
                    name=self.name,
                    owners=", ".join(self.owners),
                )
            )
        try:
            found = EntryPoint(self.name, self.target, GROUP).load()
        except Exception as error:  # a plugin may fail in any way while it is imported
            raise ConfigError(self._broken(f"{type(error).__name__}: {_line(error)}")) from error
        fault = _fault(self.name, found)
        if fault:
            raise ConfigError(self._broken(fault))
        return found  # type: ignore[no-any-return]  # checked just above

    def _broken(self, why: str) -> str:
        return t(
            "platform {name} dari paket {owner} tidak dapat dipakai ({target}): {why}",
            "the platform {name} of the distribution {owner} cannot be used ({target}): {why}",
            name=self.name,
            owner=self.owners[0],
            target=self.target,
            why=why,
        )


def platforms() -> dict[str, Entry]:
    """Every registered platform by its name, in alphabetical order; imports none of them."""
    return dict(_entries())


def platform(name: str) -> type[Publisher]:
    """The publisher class registered as *name*.

    Raises :class:`~humasbot.errors.ConfigError` when there is none (naming those there are and the nearest one), or
    as :meth:`Entry.load` does.
    """
    found = _entries().get(name)
    if found is not None:
        return found.load()
    near = get_close_matches(name.lower(), _entries(), n=1)
    hint = t(" Maksud Anda {near}?", " Did you mean {near}?", near=near[0]) if near else ""
    raise ConfigError(
        t(
            "tidak ada platform bernama {name}; yang ada: {all}.",
            "there is no platform called {name}; there are: {all}.",
            name=name,
            all=", ".join(_entries()) or "–",
        )
        + hint
    )


@cache
def _entries() -> dict[str, Entry]:
    targets: dict[str, str] = {}
    owners: dict[str, set[str]] = {}
    for point in entry_points(group=GROUP):
        targets.setdefault(point.name, point.value)
        owners.setdefault(point.name, set()).add(point.dist.name if point.dist else "?")
    return {name: Entry(name, targets[name], tuple(sorted(owners[name]))) for name in sorted(targets)}


def _fault(name: str, found: object) -> str:
    """Why *found* cannot serve as the publisher *name*; empty when it can."""
    if not isinstance(found, type) or not issubclass(found, Publisher):
        return t("bukan kelas turunan Publisher", "it is not a subclass of Publisher")
    if isabstract(found):
        missing = ", ".join(sorted(found.__abstractmethods__))
        return t("metode belum ditulis: {m}", "methods are missing: {m}", m=missing)
    for attribute in ("name", "title"):
        if not isinstance(getattr(found, attribute, None), str):
            return t("{a} belum diisi", "{a} is not set", a=attribute)
    if found.name != name:
        return t(
            "name di kelas adalah {name}, di entry point {entry}",
            "its class says name = {name}, its entry point says {entry}",
            name=found.name,
            entry=name,
        )
    return ""


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:300] or "–"
