"""The suite on a faultless publisher and on each broken one.

``test_suite_bites.py`` runs this file; pytest does not collect it by itself.
"""

from collections.abc import Iterator

import broken_lookers  # noqa: F401  # plants its own
import pytest
from broken_publishers import PLANTED, ClaimsIdempotencyWithoutCause
from toy import Toy, ToyHarness

from humasbot.platforms.base import Publisher
from humasbot.testing import PublisherSuite


def suite(platform: type[Publisher], **options: object) -> type[PublisherSuite]:
    def harness(self: PublisherSuite) -> Iterator[ToyHarness]:
        yield ToyHarness(platform)

    body = {"harness": pytest.fixture(harness), "__module__": __name__, **options}
    return type(f"Test{platform.__name__}", (PublisherSuite,), body)


TestToy = suite(Toy)
for _cls in PLANTED:
    globals()[f"Test{_cls.__name__}"] = suite(_cls, idempotent=_cls is ClaimsIdempotencyWithoutCause)
