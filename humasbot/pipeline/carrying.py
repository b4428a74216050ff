"""How an approved Variant leaves: as a post of its own, as an edit of an earlier post, or as a reply to it.

A correction's Variant says in its options which receipt it corrects and how; the approval's hash covers them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from humasbot.content import Checkpoint, Outgoing, Receipt
from humasbot.platforms.base import Publisher, supports

CORRECTION = "correction"
"""The key of a Variant's options under which a correction is described."""
EDIT, REPLY, NEW = "edit", "reply", "new"


@dataclass(frozen=True, slots=True)
class Correcting:
    """What a Variant corrects: the Delivery *delivery*, whose receipt is *remote_id* at *url*, and *how*."""

    how: str
    delivery: int
    remote_id: str
    url: str

    @property
    def receipt(self) -> Receipt:
        """The receipt of what is corrected."""
        return Receipt(self.remote_id, self.url)

    def options(self) -> dict[str, Any]:
        """For the Variant."""
        about = {"how": self.how, "delivery": self.delivery, "remote_id": self.remote_id, "url": self.url}
        return {CORRECTION: about}


def correcting(options: Mapping[str, Any]) -> Correcting | None:
    """What a Variant of these *options* corrects, if anything."""
    about = options.get(CORRECTION)
    return Correcting(**about) if about else None


def carry_out(publisher: Publisher, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
    """The one call that makes *outgoing* public. Raises like :meth:`Publisher.publish`."""
    about = correcting(outgoing.options)
    if about is None or about.how == NEW:
        return publisher.publish(outgoing, checkpoint)
    if about.how == EDIT:
        return publisher.edit(about.receipt, outgoing, checkpoint)
    return publisher.reply(about.receipt, as_looked_for(outgoing), checkpoint)


def can_look(publisher: Publisher, outgoing: Outgoing) -> bool:
    """Whether it can be told what became of *outgoing*; an edit need not be looked for, it may simply be made again."""
    return _is_edit(outgoing) or supports(publisher, "find_existing")


def look_for(publisher: Publisher, outgoing: Outgoing, since: datetime) -> Receipt | None:
    """As :meth:`Publisher.find_existing`; ``None`` of an edit, so that it is made again."""
    return None if _is_edit(outgoing) else publisher.find_existing(as_looked_for(outgoing), since)


def _is_edit(outgoing: Outgoing) -> bool:
    about = correcting(outgoing.options)
    return about is not None and about.how == EDIT


def as_looked_for(outgoing: Outgoing) -> Outgoing:
    """*outgoing* as the platform knows it: a reply names what it answers."""
    about = correcting(outgoing.options)
    return (
        replace(outgoing, reply_to=about.remote_id) if about is not None and about.how == REPLY else outgoing
    )
