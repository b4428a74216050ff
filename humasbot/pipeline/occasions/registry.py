"""The kinds of occasion, by the name that ``occasion`` has in the configuration; loaded on first use."""

from functools import cache
from importlib import import_module

from humasbot.pipeline.occasions.base import Kind

KINDS = {
    "daily": "humasbot.pipeline.occasions.daily:Daily",
    "observance": "humasbot.pipeline.occasions.observance:Observances",
    "recurring": "humasbot.pipeline.occasions.recurring:Recurring",
    "evergreen": "humasbot.pipeline.occasions.evergreen:Evergreen",
    "article": "humasbot.pipeline.occasions.article:Articles",
    "digest": "humasbot.pipeline.occasions.digest:Digest",
    "earthquake": "humasbot.pipeline.occasions.earthquake:Earthquake",
    "warning": "humasbot.pipeline.occasions.warning:WeatherWarning",
    "agenda": "humasbot.pipeline.occasions.agenda:Agenda",
}


@cache
def kind_of(name: str) -> Kind:
    """The kind of that name."""
    module, _, attribute = KINDS[name].partition(":")
    found: Kind = getattr(import_module(module), attribute)()
    return found
