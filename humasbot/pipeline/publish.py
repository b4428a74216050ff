"""Publish: due deliveries are claimed, sent by a few threads, and finished in chunks."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import replace

from humasbot import outbox
from humasbot.claiming import Claim, Result
from humasbot.content import Outgoing
from humasbot.database import DatabaseError
from humasbot.errors import AuthExpired, HumasbotError, PublishError
from humasbot.logs import Quiet
from humasbot.media import MediaLost
from humasbot.models import Account, Variant
from humasbot.pipeline.approve import standing
from humasbot.pipeline.compose import outgoing_of
from humasbot.pipeline.crew import Crew, clock
from humasbot.pipeline.office import Office
from humasbot.platforms.base import Publisher
from humasbot.states import Decision, after_attempt, before_call, sentence, unanswered, whole
from humasbot.words import t

log = Quiet("humasbot.publish")
GATHER_SECONDS = 0.02
ASK_SECONDS = 0.5
"""How often new work is asked for, and hanging calls are counted, while calls are under way."""
STOP_SECONDS = 60
"""How long a stop waits for the calls under way; what hangs longer is left, and looked for at the next start."""
WRITE_AGAIN_SECONDS = (0.5, 2, 5, 15, 30)


class Steps:
    """The checkpoint of one claim: each finished step is committed before the next begins, and extends the lease."""

    def __init__(self, office: Office, claim: Claim, taken: float) -> None:
        self._office = office
        self._claim = claim
        self._known = dict(claim.checkpoint)
        self._begun = taken
        self._until: float = taken + office.lease.total_seconds()

    @property
    def over(self) -> bool:
        """Whether the lease is over; it ends here no later than in the database."""
        return clock() >= self._until

    @property
    def seconds(self) -> float:
        """How long ago the claim was taken."""
        return clock() - self._begun

    def get(self, step: str) -> str | None:
        """The value saved for *step*, or ``None``."""
        return self._known.get(step)

    def save(self, step: str, value: str) -> None:
        """Commit *value* for *step* and extend the lease."""
        taken = clock()
        outbox.save_step(self._office.database, self._claim, step, value, self._office.lease)
        self._known[step] = value
        self._until = taken + self._office.lease.total_seconds()


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
    round_ = _Round(office, threads or office.config.humasbot.threads, stop, only)
    try:
        return round_.run()
    except (
        BaseException
    ):  # Ctrl-C, say: what the platforms answer to the calls under way is still worth writing
        round_.wind_up()
        raise
    finally:
        round_.crew.shutdown(wait=False)


class _Round:
    """One call of :func:`publish_due`."""

    def __init__(
        self, office: Office, size: int, stop: Callable[[], bool], only: Sequence[int] | None
    ) -> None:
        self.office = office
        self.size = size
        self.stop = stop
        self.only = only
        self.crew = Crew(size, "humasbot-publish")
        self.running: dict[Future[Result], Steps] = {}
        self.claims: dict[Future[Result], Claim] = {}
        self.made = 0
        self.fault: DatabaseError | None = None
        self.stopped_at: float | None = None

    def run(self) -> int:
        while True:
            if not self.stop() and self.fault is None and len(self.running) <= self.size // 2:
                self.begin()
            if not self.running:
                break
            self.collect()
        if self.fault is not None:
            raise self.fault
        return self.made

    def begin(self) -> None:
        """Claim what is due and hand it to the threads."""
        office, taken, token = self.office, clock(), self.office.token()
        try:
            claims = outbox.claim(
                office.database, token, limit=self.size - len(self.running), lease=office.lease, only=self.only,
                agency=office.config.agency.key, skip=office.hanging.ids("account"),
            )  # fmt: skip
        except DatabaseError as error:
            # Whether the claim was committed is not known, but nobody got it: it can be undone.
            office.debts.undo(token)
            self.fault = error
            return
        for claim in claims:
            steps = Steps(office, claim, taken)
            try:
                future = self.crew.submit(send, office, claim, steps)
            except RuntimeError as error:  # the system gives no thread
                self.write([Result(claim, before_call(error, claim.attempts))])
                continue
            self.running[future], self.claims[future] = steps, claim
            self.made += 1

    def collect(self) -> None:
        """Write the results that are there, and leave behind the calls whose lease is over."""
        # The results wait a moment for their neighbours, so that one commit serves many.
        if (
            wait(self.running, timeout=ASK_SECONDS, return_when=FIRST_COMPLETED).done
            and len(self.running) > 1
        ):
            wait(self.running, timeout=GATHER_SECONDS)
        done = [future for future in self.running if future.done()]
        self.write([_outcome(future, self.claims[future]) for future in done])
        for future in done:
            self.forget(future)
        if self.stopped_at is None and self.stop():
            self.stopped_at = clock()
        hurry = self.stopped_at is not None and clock() > self.stopped_at + STOP_SECONDS
        for future in [future for future, steps in self.running.items() if steps.over or hurry]:
            self.leave(future)

    def leave(self, future: Future[Result]) -> None:
        """Give up waiting: nobody knows. Should the call come back after all, its result is written then."""
        claim = self.claims[future]
        self.write([Result(claim, unanswered(self.running[future].seconds), hangs=True)])
        self.forget(future)
        self.crew.leave()
        self.office.hanging.add("account", claim.account_id, future)
        future.add_done_callback(lambda late: write(self.office, [_outcome(late, claim)]))

    def forget(self, future: Future[Result]) -> None:
        del self.running[future], self.claims[future]

    def write(self, results: list[Result]) -> None:
        self.fault = write(self.office, results) or self.fault

    def wind_up(self) -> None:
        """Nothing new; wait for the calls under way, as at a stop."""
        self.stop, self.stopped_at = (lambda: True), clock()
        while self.running:
            self.collect()


def _outcome(future: Future[Result], claim: Claim) -> Result:
    fault = future.exception()
    return future.result() if fault is None else Result(claim, after_attempt(fault, claim.attempts))


def write(office: Office, results: list[Result]) -> DatabaseError | None:
    """Write what came of a chunk; a database that is full, locked or away is tried again before giving up.

    What then stays unwritten is kept and tried again as long as this process lives; the fault is returned.
    """
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


def send(office: Office, claim: Claim, steps: Steps) -> Result:
    """Make one attempt; whatever happens in it becomes a Result."""
    started = time.monotonic()
    try:
        publisher, outgoing = _prepare(office, claim)
        if steps.over:  # the process was stopped or the machine slept: another may have given this claim up
            raise Withheld(t("terlalu lama tertunda", "held up for too long"))
    except Withheld as held:
        return Result(claim, Decision("queued", str(held), counts=False))
    except (Unapproved, MediaLost) as lost:
        return Result(claim, Decision("failed", str(lost), person=True))
    except BaseException as fault:  # noqa: BLE001 - nothing was sent yet, whatever a stranger's constructor does
        decision = _redacted(office, before_call(fault, claim.attempts))
        return Result(claim, decision, status=_status(fault))
    answer: object = None
    error: BaseException | None = None
    try:
        answer = publisher.publish(outgoing, steps)
    except BaseException as fault:
        error = fault
        if not isinstance(fault, PublishError):
            log.exception("unforeseen", delivery=claim.delivery_id)
    if isinstance(error, AuthExpired):
        office.forget(claim.account_id)
    receipt = whole(answer) if error is None else None
    nothing = RuntimeError(t("platform tidak menyebut kirimannya", "the platform did not name the post"))
    decision = _redacted(office, after_attempt(receipt or error or nothing, claim.attempts))
    log.debug("called", delivery=claim.delivery_id, seconds=round(time.monotonic() - started, 3))
    return Result(claim, decision, receipt, _status(error))


class Unapproved(HumasbotError):
    """What would be sent is not what was approved."""


class Withheld(HumasbotError):
    """It must not be sent now; nothing was."""


def _prepare(office: Office, claim: Claim) -> tuple[Publisher, Outgoing]:
    """The publisher and what it shall send; looked at anew, since much may have happened since the claim."""
    with office.database.read() as session:
        account = session.get_one(Account, claim.account_id)
        variant = session.get_one(Variant, claim.variant_id)
        if not outbox.holds(session, claim):
            raise Withheld(t("diambil alih", "taken over"))
        if not standing(session, claim.approval_id, variant):
            raise Unapproved(
                t(
                    "berubah setelah disetujui; setujui lagi",
                    "changed after it was approved; approve it again",
                )
            )
    if account.dry_run or not account.active or account.paused_at is not None:
        raise Withheld(t("akun baru saja dihentikan", "the account was stopped just now"))
    outgoing = outgoing_of(office, variant, claim.key)
    try:
        return office.publisher(account), outgoing
    except (HumasbotError, OSError):  # an OSError is the machine's own (too many open files): tried again
        raise
    except Exception as fault:  # a platform that cannot even be built: its account waits for a person
        raise AuthExpired(sentence(fault)) from fault


def _status(fault: BaseException | None) -> int | None:
    status = fault.status if isinstance(fault, PublishError) else None
    return status if isinstance(status, int) and 0 < status < 1000 else None


def _redacted(office: Office, decision: Decision) -> Decision:
    return replace(decision, reason=office.vault.redact(decision.reason))
