"""The Facebook publisher's harness."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import ClassVar
from unittest.mock import patch

from humasbot.platforms import facebook_graph
from humasbot.platforms.facebook import Facebook
from humasbot.testing import (
    HASTY,
    Fault,
    Reply,
    Seen,
    StandInHarness,
    When,
)
from humasbot.testing.standin_facebook import PAGE, ROOT, TOKEN, FacebookStandIn
from humasbot.testing.standin_meta import graph_error as error

USAGE = {
    "X-Business-Use-Case-Usage": json.dumps(
        {PAGE: [{"type": "pages", "call_count": 100, "estimated_time_to_regain_access": 3}]}
    )
}


class FacebookHarness(StandInHarness):
    platform = Facebook
    server: FacebookStandIn
    wait = timedelta(minutes=3)
    calls: ClassVar = {
        When.PREPARING: f"POST {ROOT}/photos",
        When.PUBLISHING: f"POST {ROOT}/feed",
        When.LOOKING: "GET |DELETE ",
        When.EDITING: f"POST /v26.0/{PAGE}_",
    }
    refusals: ClassVar = {
        Fault.RATE_LIMIT: Reply(400, error(32), USAGE),
        Fault.AUTH_DEAD: Reply(400, error(190, f"Bad token {TOKEN}")),
        Fault.REFUSED: Reply(400, error(368)),
    }

    def posts(self) -> list[Seen]:
        return [
            Seen(
                post["id"],
                post["message"],
                post["link"],
                tuple(self.server.photos[photo][0] for photo in post["photos"]),
                tuple(self.server.photos[photo][1] for photo in post["photos"]),
                f"https://www.facebook.com/{post['id']}",
            )
            for post in self.server.accepted
        ]

    def uploads(self) -> int:
        return len(self.server.photos)

    @contextmanager
    def hasty(self) -> Iterator[None]:
        with patch.object(facebook_graph, "TOTAL", HASTY):
            yield

    def age(self, by: timedelta) -> None:
        for post in self.server.accepted:
            post["created"] -= by


def settings(graph: FacebookStandIn) -> dict[str, str]:
    return {"page_id": PAGE, "token": TOKEN, "base_url": graph.url}
