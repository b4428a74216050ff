"""Which flow connects which platform. A platform without one is connected by pasting."""

from collections.abc import Mapping
from importlib import import_module

from humasbot.connecting.base import Flow
from humasbot.net import Http

FLOWS: dict[str, str] = {
    "facebook": "humasbot.connecting.meta:FacebookFlow",
    "instagram": "humasbot.connecting.meta:InstagramFlow",
    "instagram-login": "humasbot.connecting.threads:InstagramLoginFlow",
    "linkedin": "humasbot.connecting.linkedin:LinkedInFlow",
    "mastodon": "humasbot.connecting.mastodon:MastodonFlow",
    "threads": "humasbot.connecting.threads:ThreadsFlow",
    "x": "humasbot.connecting.x:XFlow",
}


def flow_class(name: str) -> type[Flow] | None:
    """The flow of that name, or ``None`` where a secret is pasted."""
    target = FLOWS.get(name)
    if target is None:
        return None
    module, _, attribute = target.partition(":")
    found: type[Flow] = getattr(import_module(module), attribute)
    return found


def flow(name: str, addresses: Mapping[str, str] | None = None, *, http: Http | None = None) -> Flow | None:
    """The flow of that name, built; ``None`` where a secret is pasted.

    Raises :class:`~humasbot.errors.ConfigError` for an address that the flow does not have.
    """
    cls = flow_class(name)
    return cls(addresses, http=http) if cls else None
