"""What each outcome of an attempt, and of a look, means next: pure tables, no database, no clock of their own."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from humasbot.content import Receipt
from humasbot.errors import (
    AuthExpired,
    ConfigError,
    HumasbotError,
    RateLimited,
    Rejected,
    Retryable,
    Uncertain,
    Unsupported,
)
from humasbot.words import t

NAMES = {
    "queued": ("antre", "queued"),
    "sending": ("sedang dikirim", "being sent"),
    "sent": ("terkirim", "sent"),
    "failed": ("gagal", "failed"),
    "uncertain": ("belum pasti", "uncertain"),
    "cancelled": ("dibatalkan", "cancelled"),
}
"""What people call the states of a Delivery."""
MAX_ATTEMPTS = 12
MAX_RESENDS = 4
FIRST_BACKOFF = timedelta(seconds=20)
LONGEST_BACKOFF = timedelta(minutes=30)
RATE_HOLD = timedelta(minutes=5)
LONGEST_WAIT = timedelta(days=1)
"""A platform that asks for a longer wait is asked again after this."""
CLOCK_STEP = timedelta(minutes=2)
"""What was written further than this in the future was written while the clock ran ahead."""
LOOKS = tuple(timedelta(seconds=s) for s in (0, 20, 60, 180, 600, 1800, 3600, 10800))
"""How long to wait before each look for an uncertain delivery; the last one repeats until giving up."""


def named(state: str) -> str:
    """The state as people call it."""
    return t(*NAMES[state]) if state in NAMES else state


def unsent(refused: str | bool, *, dry_run: bool) -> str:
    """The state of a Variant that has no Delivery; *refused*: why, or whether."""
    return "refused" if refused else "dry-run" if dry_run else "waiting"


@dataclass(frozen=True, slots=True)
class Decision:
    """The next state of a Delivery.

    ``delay``: when to try or look again. ``hold``: no delivery of the account before so long,
    nor of those that share its quota, where ``shared``. ``pause``: the
    account waits for a person. ``counts``: whether the attempt is one of the twelve.
    """

    state: str
    reason: str = ""
    delay: timedelta = timedelta(0)
    hold: timedelta | None = None
    shared: bool = False
    pause: bool = False
    counts: bool = True
    person: bool = False


def after_attempt(outcome: Receipt | BaseException, attempts: int) -> Decision:
    """What follows a call of ``publish()``; *attempts* counts this one."""
    if isinstance(outcome, Receipt):
        return Decision("sent")
    reason = sentence(outcome)
    if isinstance(outcome, RateLimited):
        wait = _asked(outcome) or RATE_HOLD
        return Decision("queued", reason, delay=wait, hold=wait, shared=outcome.shared, counts=False)
    if isinstance(outcome, AuthExpired):
        return Decision("queued", reason, pause=True, counts=False)
    if isinstance(outcome, Retryable):
        if attempts >= MAX_ATTEMPTS:
            gave_up = t(" (menyerah setelah {n} kali)", " (gave up after {n} tries)", n=attempts)
            return Decision("failed", reason + gave_up, person=True)
        return Decision("queued", reason, delay=max(backoff(attempts), _asked(outcome)))
    if isinstance(outcome, Rejected):
        return Decision("failed", reason, person=True)
    # Uncertain, and everything that nobody foresaw: it may be public, so it is never sent again without looking.
    return Decision("uncertain", reason, person=_for_person(outcome))


def before_call(fault: BaseException, attempts: int) -> Decision:
    """What follows a fault before ``publish()`` was called: surely nothing was published, whatever it was."""
    if isinstance(fault, AuthExpired | Rejected | Retryable):
        return after_attempt(fault, attempts)
    if isinstance(fault, ConfigError):
        return after_attempt(AuthExpired(str(fault)), attempts)
    return after_attempt(Retryable(sentence(fault)), attempts)


def unanswered(seconds: float) -> Decision:
    """What follows when ``publish()`` does not come back: nobody knows."""
    return Decision(
        "uncertain",
        t("platform belum menjawab setelah {s:.0f} detik; belum diketahui apakah sudah terbit",
          "the platform has not answered for {s:.0f} seconds; it is not known whether it was published", s=seconds),
    )  # fmt: skip


def whole(answer: object) -> Receipt | None:
    """A publisher's receipt made safe to write, or ``None`` when it names no post: an answer that says nothing."""
    if not isinstance(answer, Receipt):
        return None
    # A stranger's publisher may have put anything into it, whatever its types say.
    parts: tuple[object, object, object] = (answer.remote_id, answer.url, answer.published_at)
    number, url = ("" if part is None else plain(str(part)).strip() for part in parts[:2])
    moment = parts[2]
    moment = answer.published_at
    aware = isinstance(moment, datetime) and moment.tzinfo is not None
    return Receipt(number, url, moment if aware else None) if number else None


def plain(text: str) -> str:
    """*text* as every database takes it: no half surrogates, no NUL."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")


def after_look(
    outcome: Receipt | BaseException | None,
    *,
    looks: int,
    age: timedelta,
    settle: timedelta,
    give_up: timedelta,
    attempts: int = 1,
) -> Decision:
    """What follows a look for an uncertain Delivery; *looks* counts this one, *age* is since it became uncertain.

    Absence is believed only once *settle* has passed: before that our request may still be on its way. A Delivery
    that is uncertain again and again (a platform that says "duplicate" of what nobody finds) goes to a person after
    :data:`MAX_RESENDS` *attempts*.
    """
    if isinstance(outcome, Receipt):
        return Decision("sent", t("ditemukan di platform", "found on the platform"))
    age = max(age, timedelta(0))  # a clock that was set back must not make us wait until it has caught up
    if outcome is None:
        if age >= settle and attempts >= MAX_RESENDS:
            words = t(
                "{n} kali dikirim dan tetap tidak pasti; periksa sendiri",
                "sent {n} times and still uncertain; look yourself",
                n=attempts,
            )
            return Decision("uncertain", words, delay=LOOKS[-1], person=True)
        if age >= settle:
            return Decision(
                "queued", t("pasti belum terbit; dikirim lagi", "surely not published; sent again")
            )
        return Decision("uncertain", t("belum terlihat; diperiksa lagi", "not seen yet; will look again"),
                        delay=settle - age)  # fmt: skip
    if isinstance(outcome, Unsupported):
        return Decision("uncertain", sentence(outcome), delay=give_up, person=True)
    if isinstance(outcome, AuthExpired):
        return Decision("uncertain", sentence(outcome), delay=look_delay(looks), pause=True, person=True)
    if age >= give_up:
        return Decision("uncertain", sentence(outcome), delay=LOOKS[-1], person=True)
    wait = look_delay(looks)
    if isinstance(outcome, Retryable):
        wait = max(wait, _asked(outcome))
    return Decision("uncertain", sentence(outcome), delay=wait, person=_for_person(outcome))


def _for_person(outcome: BaseException) -> bool:
    return isinstance(outcome, Uncertain) and outcome.person


def _asked(fault: Retryable) -> timedelta:
    """How long the platform asks to wait, within reason; nothing where it does not say."""
    asked = fault.retry_after if isinstance(fault.retry_after, timedelta) else timedelta(0)
    return min(max(asked, timedelta(0)), LONGEST_WAIT)


def backoff(attempts: int) -> timedelta:
    """Exponential, bounded, with jitter, so that many deliveries do not come back at the same second."""
    full: timedelta = min(FIRST_BACKOFF * 2 ** min(attempts - 1, 16), LONGEST_BACKOFF)
    return full * random.uniform(0.75, 1.0)


def look_delay(looks: int) -> timedelta:
    """How long after the *looks*-th look the next one comes."""
    return LOOKS[min(looks, len(LOOKS) - 1)]


def sentence(error: BaseException) -> str:
    """An error as one line for a person; what nobody foresaw is named by its class."""
    kind = type(error).__name__
    try:
        words = " ".join(plain(str(error)).split()) or kind
    except Exception:  # noqa: BLE001 - a stranger's error may fail even at telling what it is
        words = kind
    if isinstance(error, HumasbotError) or words == kind:
        return words[:500]
    return f"{kind}: {words}"[:500]
