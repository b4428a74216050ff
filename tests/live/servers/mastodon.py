"""Mastodon's client interface as mastodon-mock emulates it, in an environment of its own."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from servers.base import Answer, Process, Server, call, free_port, install_folder, installed

Effect = Literal["status", "ratelimit", "latency", "malformed", "timeout"]


class MastodonMock(Server):
    """An emulated server with one account, whose access token is :attr:`token`."""

    token = "mock_token"

    def __init__(self) -> None:
        super().__init__()
        self.port = 0

    @property
    def url(self) -> str:
        """The server's address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def set_fault(
        self,
        effect: Effect,
        *,
        methods: Sequence[str] | None = None,
        path: str | None = None,
        count: int | None = None,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        delay_ms: int = 0,
    ) -> str:
        """Make requests go wrong and return the rule's id; ``count=None`` means until :meth:`clear_faults`.

        *path* is a request path, with ``*`` for anything. ``status`` answers *status* (default 500) without
        doing anything; ``ratelimit`` answers 429 with the usual headers; ``latency`` waits *delay_ms*, then
        does the work; ``timeout`` holds the connection for 30 s or *delay_ms*, whichever is longer, then does
        the work; ``malformed`` answers 200 with broken JSON and does nothing.
        """
        wanted: dict[str, Any] = {"type": effect, "delay_ms": delay_ms, "headers": dict(headers or {})}
        if status is not None:
            wanted["status"] = status
        if body is not None:
            wanted["body"] = body
        rule = {"match": {"methods": methods, "path": path}, "effect": wanted, "count": count}
        rule_id: str = call("POST", f"{self.url}/api/v1/_mock/faults", data=rule).good().json()["id"]
        return rule_id

    def clear_faults(self) -> None:
        """Take back every fault."""
        call("DELETE", f"{self.url}/api/v1/_mock/faults").good()

    def reset(self) -> None:
        """Forget every post, file and fault."""
        call("POST", f"{self.url}/api/v1/_mock/reset").good()

    def api(self, method: str, path: str, **wanted: Any) -> Answer:
        """One request with the token; *path* starts behind ``/api/``."""
        headers = {"Authorization": f"Bearer {self.token}", **wanted.pop("headers", {})}
        return call(method, f"{self.url}/api/{path}", headers=headers, **wanted)

    def statuses(self) -> list[dict[str, Any]]:
        """What the account has posted, newest first (at most 40), as the interface gives it."""
        me = self.api("GET", "v1/accounts/verify_credentials").good().json()["id"]
        found: list[dict[str, Any]] = (
            self.api("GET", f"v1/accounts/{me}/statuses", query={"limit": 40}).good().json()
        )
        return found

    def _start(self) -> None:
        program = installed(install_folder() / "mastodon" / "bin" / "mastodon_mock", "mastodon")
        self.port = free_port()
        place = ["--host", "127.0.0.1", "--port", str(self.port)]
        self.process = Process([program, "serve", *place, "--in-memory"], log=self.log, folder=self.folder)
        self.process.wait_until(lambda: call("GET", f"{self.url}/api/v2/instance").status == 200)
