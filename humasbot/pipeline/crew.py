"""Threads for calls that nobody can stop: one that hangs is left behind, and the others go on."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from humasbot.logs import Quiet
from humasbot.ticking import clock
from humasbot.words import t

T = TypeVar("T")
Task = tuple[Future[Any], Callable[..., Any], tuple[Any, ...]]
log = Quiet("humasbot.crew")


class Hangs(Exception):
    """A call has not come back in time; nobody knows what it did."""


class Crew:
    """At most *size* threads that outlive no process: a call that hangs keeps neither the others nor the end waiting.

    ``concurrent.futures`` would wait for such a call for ever when the interpreter ends.
    """

    def __init__(self, size: int, name: str) -> None:
        self._size = size
        self._name = name
        self._tasks: SimpleQueue[Task | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []

    def submit(self, call: Callable[..., T], *args: Any) -> Future[T]:
        """Call it in a thread; raises ``RuntimeError`` when the system gives none."""
        if len(self._threads) < self._size:
            thread = threading.Thread(target=_work, args=(self._tasks,), name=self._name, daemon=True)
            try:
                thread.start()
            except RuntimeError:
                if not self._threads:
                    raise
            else:
                self._threads.append(thread)
        future: Future[T] = Future()
        self._tasks.put((future, call, args))
        return future

    def leave(self) -> None:
        """Leave one hanging thread behind: another may take its place."""
        self._size += 1

    def shutdown(self, wait: bool = True, seconds: float | None = None) -> bool:
        """Let every thread end after its task, and *wait* for them at most so long; whether all have ended."""
        for _ in self._threads:
            self._tasks.put(None)
        end = None if seconds is None else time.monotonic() + seconds
        for thread in self._threads if wait else ():
            thread.join(None if end is None else max(0.0, end - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)


def _work(tasks: "SimpleQueue[Task | None]") -> None:
    while (task := tasks.get()) is not None:
        future, call, args = task
        try:
            result = call(*args)
        except BaseException as fault:  # noqa: BLE001 - it belongs to whoever asks for the result
            future.set_exception(fault)
        else:
            future.set_result(result)
        del task, future, call, args


class Hanging:
    """Which accounts and sources have a call that did not come back: they get no other while it hangs."""

    def __init__(self) -> None:
        self._since: dict[tuple[str, int], float] = {}
        self._lock = threading.Lock()

    def ids(self, kind: str) -> list[int]:
        """The numbers of that kind (``account`` or ``source``) whose call hangs."""
        with self._lock:
            return [number for what, number in self._since if what == kind]

    def add(self, kind: str, number: int, future: Future[Any]) -> None:
        """Remember that this call hangs, until it comes back."""
        with self._lock:
            self._since[kind, number] = clock()
        log.error("hangs", **{kind: number})
        future.add_done_callback(lambda _: self._back(kind, number))

    def _back(self, kind: str, number: int) -> None:
        with self._lock:
            self._since.pop((kind, number), None)

    def call(self, kind: str, number: int, seconds: float, call: Callable[..., T], *args: Any) -> T:
        """Call it, and wait at most so long for its end. Raises :class:`Hangs`."""
        if number in self.ids(kind):
            raise Hangs(t("panggilan sebelumnya belum kembali", "the call before has not come back"))
        crew = Crew(1, f"humasbot-{kind}-{number}")
        future = crew.submit(call, *args)
        crew.shutdown(wait=False)
        try:
            return future.result(timeout=seconds)
        except TimeoutError:
            if future.done():
                return future.result()
            self.add(kind, number, future)
            raise Hangs(
                t("belum menjawab setelah {s:.0f} detik", "no answer after {s:.0f} seconds", s=seconds)
            ) from None


class Slow:
    """Waits that are nobody's any more: each in a thread of its own."""

    def __init__(self) -> None:
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()

    def take(self, wait: Callable[[], None]) -> bool:
        """Go through with *wait*; ``False`` when the system gives no thread for it."""
        thread = threading.Thread(target=wait, name="humasbot-slow", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            return False
        with self._lock:
            self._threads = [each for each in self._threads if each.is_alive()] + [thread]
        return True

    def join(self) -> None:
        """Wait for the end of them all."""
        for thread in self._threads:
            thread.join()


class Stop:
    """A flag that signals set and loops ask; ``wait`` sleeps until it is set.

    Setting it is safe inside a signal's handler, where an ``Event`` may wait for itself for ever.
    """

    def __init__(self) -> None:
        self._set = False
        self._bell: SimpleQueue[None] = SimpleQueue()

    def __call__(self) -> bool:
        """Whether to stop."""
        return self._set

    def set(self) -> None:
        """Ask everything to end after what it is doing."""
        self._set = True
        self._bell.put(None)

    def wait(self, seconds: float | None = None) -> bool:
        """Sleep at most *seconds*; true once the flag is set."""
        if not self._set:
            try:
                self._bell.get(timeout=seconds)
                self._bell.put(None)  # for whoever waits beside us
            except Empty:
                pass
        return self._set
