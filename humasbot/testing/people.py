"""A directory in memory: the people of a list and what became of each message, for tests of a publisher."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from threading import RLock

from humasbot.content import Addressee, Answered


class People:
    """As the core's ledger behaves; outlives a publisher, as the database does."""

    def __init__(self, *addressees: Addressee) -> None:
        self.addressees = {person.id: person for person in addressees}
        self.gone: dict[int, tuple[str, str]] = {}
        """Who was dropped: the state and why."""
        self.lines: dict[tuple[str, int], Answered] = {}
        self.times: dict[tuple[str, int], datetime] = {}
        self.history: list[tuple[int, str]] = []
        """Every line as it was written: the person's number and the state."""
        self.lock = RLock()

    def active(self, name: str) -> Iterable[Addressee]:
        """Everybody, whichever list is asked for, who did not leave."""
        return [person for person in self.addressees.values() if person.id not in self.gone]

    def wants(self, addressee: Addressee) -> bool:
        """Whether they did not leave."""
        return addressee.id not in self.gone

    def results(self, key: str) -> Mapping[int, Answered]:
        """What is known of one Delivery."""
        with self.lock:
            return {number: line for (other, number), line in self.lines.items() if other == key}

    def record(self, key: str, addressee: Addressee, answered: Answered) -> None:
        """Write a line."""
        with self.lock:
            self.lines[key, addressee.id] = answered
            self.times[key, addressee.id] = datetime.now(UTC)
            self.history.append((addressee.id, answered.state))

    def drop(self, addressee: Addressee, state: str, why: str) -> None:
        """They left."""
        with self.lock:
            self.gone[addressee.id] = (state, why)

    def reached(self, since: datetime) -> Mapping[int, datetime]:
        """Who got something, or may have, and when last."""
        with self.lock:
            return {
                number: at
                for (key, number), at in sorted(self.times.items(), key=lambda item: item[1])
                if at >= since and self.lines[key, number].state in ("sent", "sending")
            }
