"""The seat: the one core on which the threads that publish take their turns.

Only one thread of a Python process runs at a time. Spread over several cores each change of turn wakes another core,
which costs more than the turn itself; on one core the same threads do half as much again (``benchmarks/delivery.py``,
figures in docs/FLEET.md). What else the process does stays free to run wherever it likes, and so does all that other
programs do: the system keeps them off a core that is busy.
"""

import os
import random
import socket
import sys
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager


class Seat:
    """Keeps the threads that ask for it on one core; no two processes of ours on one, as long as there are enough.

    Where the system has one core, or no such thing as affinity, it does nothing. *sign* is what a process of ours puts
    on the core that it takes, so that others pass by.
    """

    def __init__(self, sign: str = "humasbot-seat") -> None:
        self._name = sign
        self._cores: frozenset[int] = frozenset()
        self._core = -1
        self._sign: socket.socket | None = None

    def open(self) -> None:
        """From now on threads are seated; for a process that does nothing but our work."""
        one_at_a_time = getattr(sys, "_is_gil_enabled", lambda: True)()
        if self._cores or not one_at_a_time or not hasattr(os, "sched_setaffinity"):
            return
        cores = os.sched_getaffinity(0)
        if len(cores) < 2:
            return
        order = random.sample(sorted(cores), len(cores))
        self._core = next((core for core in order if self._reserve(core)), order[0])
        self._cores = frozenset(cores)
        os.register_at_fork(after_in_child=self._leave)

    def _leave(self) -> None:
        """A fork is another process: the sign is its parent's, and it runs where it likes until it opens a seat."""
        if self._sign is not None:
            self._sign.close()
        _move(self._cores)
        self._sign, self._cores = None, frozenset()

    def _reserve(self, core: int) -> bool:
        """Put our sign on it: an abstract socket's name is one process's alone, and gone when that process is."""
        sign = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            sign.bind(f"\0{self._name}-{core}")
        except OSError:
            sign.close()
            return False
        self._sign = sign
        return True

    @contextmanager
    def taken(self) -> Iterator[None]:
        """For the time of a round, or of a thread's life, this thread runs on the seat."""
        if not self._cores:
            yield
            return
        before = os.sched_getaffinity(0)  # of this thread: somebody may have bound it meanwhile
        _move({self._core})
        try:
            yield
        finally:
            _move(before)


def _move(cores: Collection[int]) -> None:
    """This thread, and only this one."""
    try:
        os.sched_setaffinity(threading.get_native_id(), cores)
    except OSError:  # we may not, or the machine has lost that core: it runs where it runs
        return


SEAT = Seat()
"""This process's; closed until :func:`humasbot.pipeline.hands.tune`."""
