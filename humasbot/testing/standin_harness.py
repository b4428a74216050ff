"""The harness for a platform that is played by a :class:`~humasbot.testing.standin.StandIn`."""

from collections.abc import Mapping
from typing import ClassVar

from humasbot.testing.harness import HASTY, Fault, Harness, When
from humasbot.testing.standin import Kind, Reply, StandIn

_SPOILT: Mapping[Fault, Kind] = {
    Fault.ANSWER_LOST_BEFORE_ACCEPT: "drop",
    Fault.ANSWER_LOST_AFTER_ACCEPT: "lost",
    Fault.SERVER_ERROR_AFTER_ACCEPT: "gateway",
    Fault.GARBAGE_AFTER_ACCEPT: "garbage",
    Fault.CUT_AFTER_ACCEPT: "cut",
    Fault.DRIP_AFTER_ACCEPT: "drip",
}
DRIP_SECONDS = 20 * HASTY


def spoil(server: StandIn, kind: Fault, on: str, elsewhere: str) -> None:
    """Plan the fault *kind*, one of those that look alike on every platform, for the next request *on*.

    *elsewhere* is where a redirect leads; 307 asks to send all of the request there once more.
    """
    if kind is Fault.REDIRECT:
        server.fault("status", on=on, status=307, headers={"Location": f"{elsewhere}/latest/meta-data"})
    else:
        server.fault(_SPOILT[kind], on=on, seconds=DRIP_SECONDS)


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
            spoil(self.server, kind, on, self.elsewhere)

    def heal(self) -> None:
        """Forget planned faults and listen again, on the same port."""
        self.server.faults.clear()
        self.server.stop()
        self.server.start()
