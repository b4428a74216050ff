"""One attempt: what is read just before the call, the call, and what its outcome means."""

import time
from dataclasses import replace

from humasbot import outbox
from humasbot.claiming import Claim, Result
from humasbot.content import Outgoing
from humasbot.errors import AuthExpired, HumasbotError, PublishError
from humasbot.finishing import SENT
from humasbot.logs import Quiet
from humasbot.media import MediaLost
from humasbot.pipeline.carrying import carry_out
from humasbot.pipeline.compose import outgoing_of
from humasbot.pipeline.looking import look
from humasbot.pipeline.office import Office
from humasbot.pipeline.seen import Seen
from humasbot.platforms.base import Publisher
from humasbot.states import Decision, after_attempt, before_call, sentence, whole
from humasbot.ticking import clock
from humasbot.words import t

log = Quiet("humasbot.publish")
FRESH_SECONDS = 0.5
"""How old may be what a call relies on: a freeze, or an account that is stopped, holds within this."""


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


def send(office: Office, claim: Claim, steps: Steps, seen: Seen | None = None) -> Result:
    """Make one attempt; whatever happens in it becomes a Result. *seen* is what was read for it in bulk."""
    started = time.monotonic()
    try:
        publisher, outgoing, approved = _prepare(office, claim, seen)
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
        answer = carry_out(publisher, outgoing, steps)
    except BaseException as fault:
        error = fault
        if not isinstance(fault, PublishError):
            log.exception("unforeseen", delivery=claim.delivery_id)
    if isinstance(error, AuthExpired):
        office.forget(claim.account_id)
    receipt = whole(answer) if error is None else None
    nothing = RuntimeError(t("platform tidak menyebut kirimannya", "the platform did not name the post"))
    decision = (
        SENT if receipt is not None else _redacted(office, after_attempt(error or nothing, claim.attempts))
    )
    log.debug("called", delivery=claim.delivery_id, seconds=round(time.monotonic() - started, 3))
    return Result(claim, decision, receipt, _status(error), approved=approved)


class Unapproved(HumasbotError):
    """What would be sent is not what was approved."""


class Withheld(HumasbotError):
    """It must not be sent now; nothing was."""


def _prepare(office: Office, claim: Claim, seen: Seen | None) -> tuple[Publisher, Outgoing, str]:
    """The publisher, what it shall send and the hash approved; looked at anew unless that was a moment ago."""
    if seen is None or clock() - seen.at > FRESH_SECONDS:
        seen = look(office.database, [claim])[claim.delivery_id]
    if seen.held:
        raise Withheld(seen.held)
    if not seen.approved:
        raise Unapproved(
            t("berubah setelah disetujui; setujui lagi", "changed after it was approved; approve it again")
        )
    outgoing = outgoing_of(office, seen.said, claim.key)
    try:
        return office.publisher(seen.speaker, renewed=True), outgoing, seen.approved
    except (HumasbotError, OSError):  # an OSError is the machine's own (too many open files): tried again
        raise
    except Exception as fault:  # a platform that cannot even be built: its account waits for a person
        raise AuthExpired(sentence(fault)) from fault


def _status(fault: BaseException | None) -> int | None:
    status = fault.status if isinstance(fault, PublishError) else None
    return status if isinstance(status, int) and 0 < status < 1000 else None


def _redacted(office: Office, decision: Decision) -> Decision:
    return replace(decision, reason=office.vault.redact(decision.reason))
