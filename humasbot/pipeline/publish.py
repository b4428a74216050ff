"""Publish: due deliveries are claimed in chunks, sent by a few threads, and finished in chunks."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from queue import Empty, SimpleQueue

from humasbot import outbox
from humasbot.claiming import ALERT, Claim, Result
from humasbot.database import DatabaseError
from humasbot.logs import Quiet
from humasbot.pipeline.hands import Hands
from humasbot.pipeline.looking import look
from humasbot.pipeline.office import Office
from humasbot.pipeline.seat import SEAT
from humasbot.pipeline.seen import Seen
from humasbot.pipeline.sending import FRESH_SECONDS, Steps, send
from humasbot.states import Decision, after_attempt, before_call, unanswered
from humasbot.ticking import clock
from humasbot.words import t

log = Quiet("humasbot.publish")
GATHER_SECONDS = 0.02
"""How long results wait for their neighbours, so that one commit serves many; longer where many come."""
CHUNK = 64
LONGEST_GATHER_SECONDS = 0.05
ASK_SECONDS = 0.25
"""How often new work is asked for, and hanging calls are counted, while calls are under way."""
LINE = 512
"""How many of those that are due are looked up at a time; a claim asks of each again."""
LINE_SECONDS = 1.0
"""How old that look may get: an alert must not wait behind what stood before it."""
AHEAD_SECONDS = 0.3
"""For how long the claims at hand should last: the threads must not wait for the database."""
MOST_AHEAD = 256
LOOK_SECONDS = FRESH_SECONDS * 0.6
"""How old the look at what waits for a thread may get: together it costs as much as the look of a single one."""
WAIT_SECONDS = 2.0
"""A claim that no thread has begun after this is given back: another worker may have a free hand."""
RESERVE = 4
"""Threads that alerts alone may use when all others are busy."""
STOP_SECONDS = 60
"""How long a stop waits for the calls under way; what hangs longer is left, and looked for at the next start."""
ASIDE_SECONDS = 1.0
"""A chunk of which nothing was begun for so long has only slow calls left: the next need not wait for them."""
WRITE_AGAIN_SECONDS = (0.5, 2, 5, 15, 30)


def publish_due(
    office: Office,
    *,
    stop: Callable[[], bool] = lambda: False,
    only: Sequence[int] | None = None,
    threads: int | None = None,
) -> int:
    """Send everything that is due now and return how many attempts were made.

    *stop* is asked before each claim: once true nothing new begins, and what was begun is finished and written.
    *only* restricts the work to these delivery ids. A call that hangs beyond the lease is left behind as uncertain.
    Raises :class:`~humasbot.database.DatabaseError` at the end, when the database could not be read or written.
    """
    office.debts.pay(office.database)
    hands = Hands(threads or office.config.humasbot.threads, "humasbot-publish")
    try:
        return Round(office, hands, stop, only).through()
    finally:
        hands.close()


def publish_batch(
    office: Office,
    ids: Sequence[int],
    hands: Hands,
    *,
    stop: Callable[[], bool] = lambda: False,
    aside: Callable[[Callable[[], None]], bool] = lambda rest: False,
) -> int:
    """As :func:`publish_due`, for the chunk *ids* that an engine handed us; *hands* are shared by all chunks.

    What another has claimed or sent meanwhile is passed over, so that a chunk may come twice, or not at all. When only
    slow calls are left of it, the wait for these is given to *aside*; if that takes it, this returns.
    """
    office.debts.pay(office.database)
    return Round(office, hands, stop, ids).through(aside)


class Task:
    """One claim on its way through a thread. Two locks that are never let go decide who is first: who begins it or
    gives it back, and who ends it or leaves it behind."""

    __slots__ = ("_back", "_begun", "_ended", "_office", "claim", "late", "seen", "steps")

    def __init__(
        self, office: Office, claim: Claim, steps: Steps, seen: Seen, back: "SimpleQueue[tuple[Task, Result]]"
    ) -> None:
        self.claim = claim
        self.steps = steps
        self.seen = seen
        self.late: Future[None] | None = None
        self._office = office
        self._back = back
        self._begun = threading.Lock()
        self._ended = threading.Lock()

    def __call__(self) -> None:
        """In a thread: make the attempt, unless the claim was given back meanwhile."""
        if not self._begun.acquire(blocking=False):
            return
        try:
            result = send(self._office, self.claim, self.steps, self.seen)
        except BaseException as fault:  # noqa: BLE001 - it may have happened after the post was out
            result = Result(self.claim, after_attempt(fault, self.claim.attempts))
        if self._ended.acquire(blocking=False):
            self._back.put((self, result))
        else:  # nobody waits for it any more: its result is written now
            write(self._office, [result])
            if self.late is not None:
                self.late.set_result(None)

    @property
    def waits(self) -> bool:
        """Whether no thread has begun it yet."""
        return not self._begun.locked()

    def give_back(self) -> bool:
        """Keep it from beginning; whether it had not begun."""
        return self._begun.acquire(blocking=False)

    def leave(self) -> Future[None] | None:
        """Wait for it no longer; what tells of its end, or nothing when it has ended already."""
        late = self.late = Future()
        return late if self._ended.acquire(blocking=False) else None


class Round:
    """Claims, calls and results until nothing more is due."""

    def __init__(
        self, office: Office, hands: Hands, stop: Callable[[], bool], only: Sequence[int] | None
    ) -> None:
        self.office = office
        self.hands = hands
        self.reserve: Hands | None = None
        self.stop = stop
        self.only = only
        self.back: SimpleQueue[tuple[Task, Result]] = SimpleQueue()
        self.open: dict[int, Task] = {}
        # Whoever handed us these has looked who may leave; a claim asks anyway.
        self.line: deque[int] = deque(only or ())
        self.lined_at = clock() if only else float("-inf")
        self.asked_at = float("-inf")
        self.begun_at = clock()
        self.moved = True
        self.pace = 0.0
        self.made = 0
        self.fault: DatabaseError | None = None
        self.stopped_at: float | None = None

    def through(self, aside: Callable[[Callable[[], None]], bool] = lambda rest: False) -> int:
        """Work until nothing is due, or the stop, or only slow calls are left and *aside* takes their end.

        How many attempts were made.
        """
        try:
            with SEAT.taken():
                while self.fill() or self.open:
                    self.collect()
                    if self.drags and aside(self.rest):
                        break
        except BaseException:
            # Ctrl-C, say: what the platforms answer to the calls under way is still worth writing.
            self.stop, self.stopped_at = (lambda: True), clock()
            self.rest()
            raise
        finally:
            if self.reserve is not None:
                self.reserve.close()
        if self.fault is not None:
            raise self.fault
        return self.made

    @property
    def drags(self) -> bool:
        """Whether nothing was begun for a while, nor waits for a thread, but calls are under way."""
        idle = not self.line and clock() > self.begun_at + ASIDE_SECONDS
        return idle and bool(self.open) and not any(task.waits for task in self.open.values())

    def rest(self) -> None:
        """Collect what is still under way; claim nothing more."""
        with SEAT.taken():
            while self.open:
                self.collect()

    # Claiming

    def fill(self) -> bool:
        """Claim what is due, as far as there is room; whether there may be more at once."""
        if self.fault is not None or self.stop():
            return False
        most = self.hands.size + min(MOST_AHEAD, int(self.hands.pace * AHEAD_SECONDS))
        room = most - self.hands.busy
        if room < max(1, most // 4):
            if room <= 0 or not self.line:
                self.alerts()
            return not self.open  # the hands are others': wait for them
        if not self.refill():
            return False
        numbers = [self.line.popleft() for _ in range(min(room, len(self.line)))]
        self.begin(numbers, self.hands)
        return bool(self.line)

    def refill(self) -> bool:
        """Look who is in line, unless we know; whether anybody is."""
        if self.line and clock() < self.lined_at + LINE_SECONDS:
            return True
        # Of a chunk hardly anything is left that was not handed out: that may wait until the others are done.
        worth = self.moved and (self.only is None or not self.open)
        if not self.line and not worth and clock() < self.asked_at + ASK_SECONDS:
            return False
        self.lined_at = self.asked_at = clock()
        self.moved = False
        self.line = deque(self.look_up(None))
        return bool(self.line)

    def alerts(self) -> None:
        """Every thread is busy: alerts have some of their own."""
        if clock() < self.asked_at + ASK_SECONDS:
            return
        self.asked_at = clock()
        flying = sum(1 for task in self.open.values() if task.claim.priority >= ALERT)
        numbers = self.look_up(ALERT) if flying < RESERVE else []
        if numbers:
            self.reserve = self.reserve or Hands(RESERVE, "humasbot-alert")
            self.begin(numbers[: RESERVE - flying], self.reserve)

    def look_up(self, least: int | None) -> list[int]:
        """Who is in line; nobody once the database fails."""
        office = self.office
        try:
            outbox.drop_late(office.database)
            return outbox.line(
                office.database, LINE, only=self.only, agency=office.only_agency, least=least,
                skip=office.hanging.ids("account"),
            )  # fmt: skip
        except DatabaseError as error:
            self.fault = error
            return []

    def begin(self, numbers: Sequence[int], hands: Hands) -> None:
        """Claim these and hand them to the threads."""
        office, taken, token = self.office, clock(), self.office.token()
        try:
            claims = outbox.claim(
                office.database, token, limit=len(numbers), lease=office.lease, only=numbers,
                agency=office.only_agency, skip=office.hanging.ids("account"),
            )  # fmt: skip
            seen = look(office.database, claims) if claims else {}
        except DatabaseError as error:
            # Whether the claim was committed is not known, but nobody got it: it can be undone.
            office.debts.undo(token)
            self.fault = error
            return
        for claim in sorted(claims, key=lambda claim: (-claim.priority, claim.due_at, claim.delivery_id)):
            task = Task(office, claim, Steps(office, claim, taken), seen[claim.delivery_id], self.back)
            try:
                hands.submit(task)
            except RuntimeError as error:  # the system gives no thread
                self.write([Result(claim, before_call(error, claim.attempts))])
                continue
            self.open[claim.delivery_id] = task
            self.begun_at = clock()
            office.calls.add(claim.delivery_id)
            self.made += 1

    # Finishing

    def collect(self) -> None:
        """Write the results that are there, give back what cannot begin, leave behind what hangs."""
        if self.open:
            began = clock()
            done = self.gather()
            self.write([result for _, result in done])
            for task, _ in done:
                self.forget(task)
            self.pace += (len(done) / max(clock() - began, 0.001) - self.pace) / 2
        else:
            time.sleep(GATHER_SECONDS)
        if self.stopped_at is None and self.stop():
            self.stopped_at = clock()
        self.look_again()
        hurry = self.stopped_at is not None and clock() > self.stopped_at + STOP_SECONDS
        for task in list(self.open.values()):
            if self.stopped_at is not None or task.steps.seconds > WAIT_SECONDS:
                self.give_back(task)
            if task.steps.over or hurry:
                self.leave(task)

    def look_again(self) -> None:
        """Look once more, together, at what has waited for a thread since its last look."""
        old = [task for task in self.open.values() if task.waits and task.seen.at < clock() - LOOK_SECONDS]
        if not old:
            return
        try:
            seen = look(self.office.database, [task.claim for task in old])
        except DatabaseError:  # each looks for itself, and tells
            return
        for task in old:
            task.seen = seen[task.claim.delivery_id]

    def gather(self) -> list[tuple[Task, Result]]:
        """The results that are there, and their neighbours."""
        try:
            done = [self.back.get(timeout=ASK_SECONDS)]
        except Empty:
            return []
        if len(self.open) > 1:
            many = self.pace > CHUNK
            time.sleep(min(CHUNK / self.pace, LONGEST_GATHER_SECONDS) if many else GATHER_SECONDS)
        while True:
            try:
                done.append(self.back.get_nowait())
            except Empty:
                return done

    def give_back(self, task: Task) -> None:
        """Queue again what no thread has begun."""
        if task.give_back():
            words = t("belum sempat dikirim", "not begun yet")
            self.write([Result(task.claim, Decision("queued", words, counts=False))])
            self.forget(task)
            self.made -= 1

    def leave(self, task: Task) -> None:
        """Give up waiting: nobody knows. Should the call come back after all, its result is written then."""
        if task.claim.delivery_id not in self.open or (late := task.leave()) is None:
            return
        self.write([Result(task.claim, unanswered(task.steps.seconds), hangs=True)])
        self.forget(task)
        self.hands.leave()
        self.office.hanging.add("account", task.claim.account_id, late)

    def forget(self, task: Task) -> None:
        """It is settled: what stands behind it in its account's line may be ready now."""
        self.open.pop(task.claim.delivery_id, None)
        self.office.calls.discard(task.claim.delivery_id)
        self.moved = True

    def write(self, results: list[Result]) -> None:
        """Write them, and remember what kept the database from it."""
        if results:
            self.fault = write(self.office, results) or self.fault


def write(office: Office, results: list[Result]) -> DatabaseError | None:
    """Write what came of a chunk; a database that is full, locked or away is tried again before giving up.

    What then stays unwritten is kept and tried again as long as this process lives; the fault is returned.
    """
    for result in results:
        if result.decision.state == "uncertain":
            office.doubts.begin(result.claim.delivery_id)
    for pause in (*WRITE_AGAIN_SECONDS, None):
        try:
            outbox.finish(office.database, results)
            return None
        except DatabaseError as error:
            told = [
                (r.claim.delivery_id, r.decision.state, r.receipt.url if r.receipt else "") for r in results
            ]
            log.error("not_written", results=told, reason=str(error))
            if pause is None:
                office.debts.owe(results)
                return error
            time.sleep(pause)
    return None
