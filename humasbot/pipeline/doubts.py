"""How long this process has known of a doubt, by a clock that nobody can set.

The database says when a Delivery became uncertain, by a clock that may jump before it is looked for: what had too
little time to appear on its platform would seem absent, and be sent a second time.
"""

from collections import OrderedDict
from datetime import timedelta

from humasbot.ticking import clock

MOST = 10_000


class Doubts:
    """When this process wrote of Deliveries that they are uncertain; of the last :data:`MOST`."""

    def __init__(self) -> None:
        self._begun: OrderedDict[int, float] = OrderedDict()

    def begin(self, delivery_id: int) -> None:
        """From now on it is in doubt."""
        self._begun[delivery_id] = clock()
        self._begun.move_to_end(delivery_id)
        if len(self._begun) > MOST:
            self._begun.popitem(last=False)

    def age(self, delivery_id: int, told: timedelta) -> timedelta:
        """How long it has surely been in doubt, where the database has *told* so; of another process's just that."""
        begun = self._begun.get(delivery_id)
        return told if begun is None else min(told, timedelta(seconds=clock() - begun))
