"""The clock that nobody can set, for how long something takes."""

import time


def clock() -> float:
    """Seconds that pass while the machine sleeps too, whatever happens to the wall clock."""
    boottime: int | None = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boottime is None else time.clock_gettime(boottime)
