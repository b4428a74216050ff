"""The suite that proves a publisher keeps our promises; needs pytest, which nothing else of humasbot does.

See ``docs/ADDING_A_PLATFORM.md``.
"""

from humasbot.testing.faultproxy import FaultProxy
from humasbot.testing.harness import HASTY, Fault, Harness, Notes, Restarted, Seen, When, picture
from humasbot.testing.standin import Reply, Request, StandIn
from humasbot.testing.standin_harness import StandInHarness
from humasbot.testing.suite import PublisherSuite

__all__ = [
    "HASTY",
    "Fault",
    "FaultProxy",
    "Harness",
    "Notes",
    "PublisherSuite",
    "Reply",
    "Request",
    "Restarted",
    "Seen",
    "StandIn",
    "StandInHarness",
    "When",
    "picture",
]
