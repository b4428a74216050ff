"""Writing to many people one by one: each gets it once, each answer is kept, and a restart goes on behind the last one.

A line ``sending`` is committed before a message leaves and its answer after it. Where the answer is missing (a crash, a
broken connection) nobody knows, so that person is never written to again by itself: the others get theirs, and then a
person of the office decides about those in doubt.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic

from humasbot.content import Addressee, Answered, Checkpoint, Directory
from humasbot.errors import AuthExpired, PublishError, RateLimited, Rejected, Retryable, Uncertain
from humasbot.words import t

MOST_TRIES = 8
"""How often somebody whose server says "later" is tried; with the core's backoff that is about three quarters of an
hour, longer than greylisting lasts (RFC 6647, section 4.1, read 2026-11-22: minutes)."""
LOST_IN_A_ROW = 3
"""After so many lost answers on end the platform is ill: stop before more people are in doubt."""
LATER_IN_A_ROW = 10
SAVE_EVERY = 50
SAVE_SECONDS = 5.0
"""After so many people, or so long, the progress is saved. That extends the lease, and where the claim was given up (a
daemon that stops) it ends the run between two messages, not in the middle of one."""

Mark = Callable[[str], None]
"""To be called just before the point of no return of one message, with its id where that is known."""
Send = Callable[[Addressee, Mark], Answered]
"""Sends one message. Raises :class:`~humasbot.errors.Uncertain` where its answer is lost, another
:class:`~humasbot.errors.PublishError` where it surely was not taken and the rest must wait."""


@dataclass
class Tally:
    """How many people are in which state."""

    sent: int = 0
    refused: int = 0
    unclear: int = 0
    later: int = 0
    notes: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, results: Mapping[int, Answered], later: int = 0) -> "Tally":
        """Count what is known; *later* of them are still to come."""
        states = [answered.state for answered in results.values()]
        notes = [answered.note for answered in results.values() if answered.state != "sent" and answered.note]
        counts = (states.count("sent"), states.count("refused"), states.count("sending"))
        return cls(*counts, later, list(dict.fromkeys(notes)))

    def sentence(self, title: str) -> str:
        """For a person."""
        words = t(
            "{p}: {s} terkirim, {r} ditolak",
            "{p}: {s} sent, {r} refused",
            p=title,
            s=self.sent,
            r=self.refused,
        )
        if self.unclear:
            words += t(", {u} tidak diketahui", ", {u} unknown", u=self.unclear)
        if self.later:
            words += t(", {n} belum", ", {n} to come", n=self.later)
        return words + (f" – {self.notes[0]}" if self.notes else "")


class Mailing:
    """One Delivery to one list."""

    def __init__(self, directory: Directory, name: str, key: str, title: str) -> None:
        self.directory = directory
        self.name = name
        self.key = key
        self.title = title
        self._lost = self._later = 0

    def run(self, ready: Callable[[], None], send: Send, checkpoint: Checkpoint) -> Tally:
        """Send to everybody who has no answer yet; *ready* makes the connection.

        Returns once everybody has an answer, at least one of them a good one. Raises what *send* and *ready* raise,
        :class:`~humasbot.errors.Retryable` while some are to come, :class:`~humasbot.errors.Uncertain` when only those
        in doubt are left, :class:`~humasbot.errors.Rejected` when nobody took it or nobody is on the list.
        """
        known = dict(self.directory.results(self.key))
        some = any(answered.state == "sent" for answered in known.values())
        count, saved = 0, monotonic()
        for person in self.directory.active(self.name):
            before = known.get(person.id, Answered("later"))
            if before.state != "later" or not self.directory.wants(person):
                continue
            try:
                ready()
                some = self._one(person, before.tries + 1, send, some=some) or some
            except (Retryable, AuthExpired) as fault:
                if some:  # of a list that stands half way a person wants to know how far
                    fault.args = (f"{fault} ({self._now().sentence(self.title)})",)
                raise
            count += 1
            if count % SAVE_EVERY == 0 or monotonic() - saved > SAVE_SECONDS:
                checkpoint.save("people", str(count))
                saved = monotonic()
        return self._end()

    def _one(self, person: Addressee, tries: int, send: Send, *, some: bool) -> bool:
        marked: list[str] = []

        def mark(remote_id: str) -> None:
            self.directory.record(self.key, person, Answered("sending", remote_id, tries=tries))
            marked.append(remote_id)

        try:
            answered = send(person, mark)
        except Uncertain as fault:
            own = marked[0] if marked else ""
            self.directory.record(self.key, person, Answered("sending", own, str(fault), tries))
            self._lost += 1
            if self._lost >= LOST_IN_A_ROW:
                raise Uncertain(f"{self._now().sentence(self.title)}; {fault}") from None
            return False
        except Rejected as fault:
            state = "refused" if some else "later"
            self.directory.record(self.key, person, Answered(state, note=str(fault), tries=tries))
            if not some:
                raise
            return False
        except PublishError as fault:
            if marked:
                self.directory.record(self.key, person, Answered("later", note=str(fault), tries=tries - 1))
            raise
        self._lost = 0
        if answered.state == "later":
            return self._put_off(person, answered, tries)
        self._later = 0
        self.directory.record(
            self.key, person, Answered(answered.state, answered.remote_id, answered.note, tries)
        )
        return answered.state == "sent"

    def _put_off(self, person: Addressee, answered: Answered, tries: int) -> bool:
        state = "refused" if tries >= MOST_TRIES else "later"
        self.directory.record(self.key, person, Answered(state, "", answered.note, tries))
        self._later += 1
        if self._later >= LATER_IN_A_ROW:
            raise Retryable(self._now().sentence(self.title))
        return False

    def _now(self) -> Tally:
        results = self.directory.results(self.key)
        return Tally.of(results, len(self._to_come(results)))

    def _to_come(self, results: Mapping[int, Answered]) -> list[int]:
        people = self.directory.active(self.name)
        return [p.id for p in people if results.get(p.id, Answered("later")).state == "later"]

    def _end(self) -> Tally:
        tally = self._now()
        if tally.later:
            raise Retryable(tally.sentence(self.title))
        if tally.unclear:
            raise self._in_doubt(tally)
        if not tally.sent:
            raise Rejected(self._nobody(tally))
        return tally

    def look(self) -> Tally | None:
        """What the ledger knows: the tally when everybody has an answer; ``None`` while sending on is safe and needed.

        Raises :class:`~humasbot.errors.Uncertain` when only those in doubt are left.
        """
        tally = self._now()
        if tally.later or not (tally.sent or tally.unclear):
            return None
        if tally.unclear:
            raise self._in_doubt(tally)
        return tally

    def _in_doubt(self, tally: Tally) -> Uncertain:
        return Uncertain(
            tally.sentence(self.title)
            + t(
                "; yang tidak diketahui tidak dikirimi lagi dengan sendirinya, putuskan: humasbot subscribers results",
                "; those unknown are not written to again by itself, decide: humasbot subscribers results",
            ),
            person=True,
        )

    def _nobody(self, tally: Tally) -> str:
        if tally.refused:
            return tally.sentence(self.title)
        return t(
            "{p}: tidak ada penerima aktif di daftar {n}; tambahkan: humasbot subscribers add",
            "{p}: nobody is active on the list {n}; add them: humasbot subscribers add",
            p=self.title,
            n=self.name,
        )


def until_tomorrow(fault: str, wait: timedelta) -> RateLimited:
    """The account may write to no more people before *wait* has passed."""
    return RateLimited(fault, retry_after=max(wait, timedelta(minutes=1)))
