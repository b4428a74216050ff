"""Which kinds of source there are: ours, and those of other packages through one entry-point group.

A stranger's kind is one line in its distribution's ``pyproject.toml``::

    [project.entry-points."humasbot.sources"]
    mykind = "my_package:MySource"

Nothing is imported before it is asked for.
"""

from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points
from inspect import isabstract

from humasbot.errors import ConfigError
from humasbot.sources.base import Source
from humasbot.words import t

GROUP = "humasbot.sources"
OURS = {
    "bmkg_earthquake": "humasbot.sources.bmkg:Earthquakes",
    "bmkg_forecast": "humasbot.sources.bmkg:Forecasts",
    "bmkg_warning": "humasbot.sources.bmkg:Warnings",
    "drupal": "humasbot.sources.drupal:Drupal",
    "feed": "humasbot.sources.feed:Feed",
    "file": "humasbot.sources.export:Export",
    "folder": "humasbot.sources.folder:Folder",
    "ics": "humasbot.sources.ics:Ics",
    "joomla": "humasbot.sources.joomla:Joomla",
    "opensid": "humasbot.sources.opensid:OpenSid",
    "page": "humasbot.sources.watched:Watched",
    "sitemap": "humasbot.sources.sitemap:Sitemap",
    "sql": "humasbot.sources.sql:Sql",
    "wordpress": "humasbot.sources.wordpress:WordPress",
}


def source_kinds() -> tuple[str, ...]:
    """The names of every kind, in alphabetical order."""
    return tuple(sorted({*OURS, *(point.name for point in entry_points(group=GROUP))}))


def source_kind(name: str) -> type[Source]:
    """The class of the kind *name*.

    Raises :class:`~humasbot.errors.ConfigError`: there is none, two packages claim it, or it cannot be loaded.
    """
    targets = {OURS[name]: "humasbot"} if name in OURS else {}
    for point in entry_points(group=GROUP, name=name):
        targets[point.value] = point.dist.name if point.dist else "?"
    if not targets:
        raise ConfigError(_unknown(name))
    if len(targets) > 1:
        raise ConfigError(
            t(
                "jenis sumber {name} didaftarkan oleh lebih dari satu paket: {owners}; copot salah satunya",
                "the source kind {name} is registered by more than one distribution: {owners}; uninstall one",
                name=name,
                owners=", ".join(sorted(set(targets.values()))),
            )
        )
    target = next(iter(targets))
    try:
        found = EntryPoint(name, target, GROUP).load()
    except Exception as error:  # a plugin may fail in any way while it is imported
        raise ConfigError(_broken(name, target, f"{type(error).__name__}: {error}")) from error
    if not isinstance(found, type) or not issubclass(found, Source) or isabstract(found):
        why = t("bukan kelas Source yang lengkap", "it is no complete Source class")
        raise ConfigError(_broken(name, target, why))
    return found


def _unknown(name: str) -> str:
    near = get_close_matches(name.lower(), source_kinds(), n=1)
    hint = t(" Maksud Anda {near}?", " Did you mean {near}?", near=near[0]) if near else ""
    return (
        t(
            "tidak ada jenis sumber bernama {name}; yang ada: {all}.",
            "there is no source kind called {name}; there are: {all}.",
            name=name,
            all=", ".join(source_kinds()),
        )
        + hint
    )


def _broken(name: str, target: str, why: str) -> str:
    return t(
        "jenis sumber {name} tidak dapat dipakai ({target}): {why}",
        "the source kind {name} cannot be used ({target}): {why}",
        name=name,
        target=target,
        why=" ".join(why.split())[:300],
    )
