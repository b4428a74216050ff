"""A relay in front of a real server that misbehaves on the road: it cuts answers, loses them, or refuses to listen."""

from servers.base import call

from humasbot.testing.standin import Reply, Request, StandIn

_OF_THE_ROAD = frozenset({"host", "connection", "content-length", "transfer-encoding", "accept-encoding"})


class Relay(StandIn):
    """Passes every request on to *upstream*; ``fault`` spoils what it passes on. ``passed`` is what was answered."""

    def __init__(self, upstream: str) -> None:
        super().__init__()
        self.upstream = upstream
        self.passed: list[tuple[Request, Reply]] = []

    def handle(self, request: Request) -> Reply:
        """Ask the real server."""
        headers = {name: value for name, value in request.headers.items() if name not in _OF_THE_ROAD}
        answer = call(
            request.method, self.upstream + request.target, body=request.body or None, headers=headers
        )
        back = {
            name: value for name, value in answer.headers.items() if name.startswith(("ratelimit", "x-rate"))
        }
        reply = Reply(
            answer.status, answer.body, back, answer.headers.get("content-type", "application/json")
        )
        self.passed.append((request, reply))
        return reply

    def done(self, method: str, pattern: str) -> list[Reply]:
        """The answers of success to *method* requests whose path is *pattern* (a regular expression)."""
        return [reply for request, reply in self.passed if request.at(method, pattern) and reply.status < 300]
