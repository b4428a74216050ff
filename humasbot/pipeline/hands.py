"""Hands: threads that make the calls, at most so many at once, shared by all who publish in this process."""

import gc
import sys
import threading
from collections.abc import Callable
from queue import SimpleQueue

from humasbot.pipeline.seat import SEAT
from humasbot.ticking import clock

Call = Callable[[], None]
PACE_SECONDS = 0.1
"""Over how long the pace is reckoned anew."""
SWITCH_SECONDS = 0.0005
"""How long a thread may hold the interpreter while others wait: an answer must not wait 5 ms for its turn."""


def tune() -> None:
    """Set up a process that does nothing but our work; never called inside another program."""
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.collect()
    gc.freeze()  # what is loaded now stays: it need not be looked through again and again
    SEAT.open()


class Hands:
    """At most *size* threads, begun as they are needed; one whose call hangs is left behind and replaced.

    Calls must not raise. The threads keep no process alive.
    """

    def __init__(self, size: int, name: str) -> None:
        self.size = size
        self._name = name
        self._calls: SimpleQueue[Call | None] = SimpleQueue()
        self._begun = self._asked = self._done = 0
        self._lock = threading.Lock()
        self._pace, self._paced = 0.0, (clock(), 0)

    def submit(self, call: Call) -> None:
        """Have it called; raises ``RuntimeError`` when the system gives no thread at all."""
        with self._lock:
            if self._begun < min(self.size, self._asked - self._done + 1):
                self._begin()
            self._asked += 1
        self._calls.put(call)

    @property
    def busy(self) -> int:
        """How many calls were handed in and have not ended, by whomever."""
        return self._asked - self._done

    @property
    def pace(self) -> float:
        """How many calls end in a second, of late, by whomever they were handed in."""
        with self._lock:
            (then, before), now = self._paced, clock()
            if (passed := now - then) >= PACE_SECONDS:
                self._pace += ((self._done - before) / passed - self._pace) / 2
                self._paced = now, self._done
            return self._pace

    def _begin(self) -> None:
        thread = threading.Thread(target=self._work, name=self._name, daemon=True)
        try:
            thread.start()
        except RuntimeError:
            if not self._begun:
                raise
        else:
            self._begun += 1

    def _work(self) -> None:
        with SEAT.taken():
            while (call := self._calls.get()) is not None:
                call()
                del call
                with self._lock:
                    self._done += 1

    def leave(self) -> None:
        """One call hangs: another thread may take its place."""
        self.size += 1

    def close(self) -> None:
        """Let every thread end after its call; waits for none."""
        for _ in range(self._begun):
            self._calls.put(None)
