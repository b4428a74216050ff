"""The harness for a platform that is played by a :class:`~humasbot.testing.standin.StandIn`."""

from collections.abc import Mapping
from typing import ClassVar

from humasbot.testing.harness import Fault, Harness, When
from humasbot.testing.standin import Kind, Reply, StandIn

_SPOILT: Mapping[Fault, Kind] = {
    Fault.ANSWER_LOST_BEFORE_ACCEPT: "drop",
    Fault.ANSWER_LOST_AFTER_ACCEPT: "lost",
    Fault.SERVER_ERROR_AFTER_ACCEPT: "gateway",
    Fault.GARBAGE_AFTER_ACCEPT: "garbage",
}


class StandInHarness(Harness):
    """Makes every fault on a stand-in: say which calls are which, and how the platform words a refusal."""

    calls: ClassVar[Mapping[When, str]]
    """For each moment, a regular expression found in the ``"METHOD /path"`` of its requests."""
    refusals: ClassVar[Mapping[Fault, Reply]] = {
        Fault.RATE_LIMIT: Reply(429, headers={"Retry-After": "17"}),
        Fault.AUTH_DEAD: Reply(401),
        Fault.REFUSED: Reply(422),
    }
    """What the platform answers when it refuses."""

    def __init__(self, server: StandIn, settings: Mapping[str, str]) -> None:
        self.server = server
        self.settings = settings

    def fault(self, kind: Fault, when: When) -> None:
        """Plan the fault for the next request that ``calls`` names for *when*."""
        on = self.calls[when]
        if kind is Fault.REFUSE_CONNECTION:
            self.server.stop()
        elif kind in self.refusals:
            reply = self.refusals[kind]
            self.server.fault("status", on=on, status=reply.status, body=reply.body, headers=reply.headers)
        else:
            self.server.fault(_SPOILT[kind], on=on)

    def heal(self) -> None:
        """Forget planned faults and listen again, on the same port."""
        self.server.faults.clear()
        self.server.stop()
        self.server.start()
