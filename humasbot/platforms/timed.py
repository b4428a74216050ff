"""For platforms whose library speaks through ``requests``: a session's adapter that gives every answer an end.

``requests`` knows a time for each single wait only, and a server that sends a byte now and then keeps to it for ever.
"""

from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import ProxyManager

from humasbot.wire import pools, timed_response


class TimedAdapter(HTTPAdapter):
    """Gives every answer *total* seconds, whether it comes straight or through a proxy, and each piece *patience*."""

    def __init__(self, patience: float, total: float, **options: Any) -> None:
        self._members = {"patience": patience, "response_class": timed_response(total)}
        super().__init__(**options)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """See ``requests``."""
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = pools(self._members)

    def proxy_manager_for(self, proxy: Any, **options: Any) -> Any:
        """See ``requests``."""
        manager = super().proxy_manager_for(proxy, **options)
        if type(manager) is ProxyManager:  # one for SOCKS brings connections of its own
            manager.pool_classes_by_scheme = pools(self._members)
        return manager
