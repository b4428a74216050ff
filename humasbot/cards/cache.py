"""A small cache with a bound, safe to share between threads."""

import threading
from collections.abc import Hashable
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from PIL.Image import Image

V = TypeVar("V")
SEEN = 4096
PIXEL = 4  # bytes: Pillow keeps RGB in as many as RGBA


class Bounded(Generic[V]):
    """The values used last: at most *most* of them, or, where each has a weight, of at most *most* weight together.

    Two generations instead of an order of use: what is asked for in the older one moves to the newer; when the newer
    is half full the older is forgotten. A hit takes no lock.
    """

    __slots__ = ("_half", "_lock", "_new", "_old", "_seen", "_weight")

    def __init__(self, most: int) -> None:
        self._half = max(1, most // 2)
        self._new: dict[Hashable, tuple[V, int]] = {}
        self._old: dict[Hashable, tuple[V, int]] = {}
        self._weight = 0
        self._seen: dict[int, None] = {}
        self._lock = threading.Lock()

    def worth(self, key: Hashable) -> bool:
        """Whether *key* was asked for before: what is wanted once only (a photo of one card) should not push out what
        is wanted again and again, nor be copied to be kept."""
        mark = hash(key)
        with self._lock:
            if mark in self._seen:
                return True
            self._seen[mark] = None
            if len(self._seen) > SEEN:
                del self._seen[next(iter(self._seen))]
        return False

    def get(self, key: Hashable) -> V | None:
        """The value kept for *key*, or ``None``."""
        found = self._new.get(key)
        if found is None:
            found = self._old.get(key)
            if found is None:
                return None
            self.put(key, *found)
        return found[0]

    def put(self, key: Hashable, value: V, weight: int = 1) -> None:
        """Keep *value*; the ones used longest ago go when the bound is passed."""
        with self._lock:
            if self._weight + weight > self._half and self._new:
                self._old, self._new, self._weight = self._new, {}, 0
            self._weight += weight - self._new.get(key, (value, 0))[1]
            self._new[key] = (value, weight)

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._new, self._old, self._weight, self._seen = {}, {}, 0, {}


def weight_of(*pictures: "Image | None") -> int:
    """The bytes that *pictures* take together, about."""
    return sum(p.width * p.height * (1 if p.mode == "L" else PIXEL) for p in pictures if p is not None)
