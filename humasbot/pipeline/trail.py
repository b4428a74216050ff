"""The audit trail of one office, as its doors use it."""

from collections.abc import Iterator

from humasbot import audit
from humasbot.audit import Heads, Verdict
from humasbot.pipeline.office import Office

HEADS = "audit-heads.jsonl"


class Trail:
    """Seals, checks and reads the audit trail. Its heads are written to ``audit-heads.jsonl`` in the data folder."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self.heads = Heads(office.config.path(office.config.humasbot.data) / HEADS)

    def seal(self) -> int:
        """Seal what is not in the chain yet; how many rows. The daemon does it every few seconds.

        Raises :class:`~humasbot.database.DatabaseError`.
        """
        return audit.seal(self._office.database, self.heads)

    def verify(self) -> Verdict:
        """Check the whole trail; its ``problems`` name every row that was changed, removed or moved."""
        return audit.verify(self._office.database, self.heads)

    def rows(
        self, *, newest: int | None = None, subject: str = "", act: str = "", actor: str = ""
    ) -> Iterator[audit.Row]:
        """The rows of the trail (of the whole database), oldest first, or the *newest* so many, latest first."""
        with self._office.database.read() as session:
            subjects = [subject] if subject else []
            yield from audit.listed(session, subjects=subjects, act=act, actor=actor, newest=newest)
