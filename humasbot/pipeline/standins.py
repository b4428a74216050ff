"""Stand-ins for a fleet's publishers: accounts alike in all that shapes a post share one, which never sends."""

import json
from collections.abc import Mapping
from typing import Any

from humasbot.errors import ConfigError
from humasbot.models import Account
from humasbot.pipeline.office import Office
from humasbot.platforms.base import Publisher, Unconnected
from humasbot.platforms.registry import platform

MOST = 256


def shape(kind: str, settings: Mapping[str, Any]) -> str:
    """What of an account's settings its platform's limits and cost depend on, as one word."""
    return json.dumps([settings.get(name) for name in platform(kind).shaped_by])


class StandIns:
    """Gives each account what knows its limits; the last :data:`MOST` shapes are kept."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._known: dict[tuple[str, str], Publisher] = {}

    def of(self, account: Account) -> Publisher:
        """The stand-in for *account*; one of no shape where its settings are of no use, of which it is told later."""
        key = (account.platform, shape(account.platform, account.settings))
        publisher = self._known.get(key)
        if publisher is None:
            try:
                publisher = self._office.stand_in(account)
            except ConfigError:
                return Unconnected(platform(account.platform))
            if len(self._known) >= MOST:
                self._known.clear()
            self._known[key] = publisher
        return publisher
