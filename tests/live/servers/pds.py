"""A real Bluesky personal data server with its own in-memory directory of identities."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from servers.base import SCRIPTS, Answer, Process, Server, call, free_port, install_folder, installed

POST = "app.bsky.feed.post"


@dataclass(frozen=True, slots=True)
class PdsAccount:
    """An account on the server: log in with ``handle`` and ``app_password`` (or ``password``)."""

    did: str
    handle: str
    password: str = field(repr=False)
    app_password: str = field(repr=False)


class Pds(Server):
    """The server that Bluesky's accounts live on, without the network around it (no AppView, no crawlers).

    ``rate_limits=True`` switches its real rate limits on: 5,000 points an hour for writes, where a create costs
    3, and 30 log-ins in five minutes for one account (the server's own source, @atproto/pds 0.4.217).
    """

    def __init__(self, *, rate_limits: bool = False) -> None:
        super().__init__()
        self._rate_limits = rate_limits
        self.port = 0

    @property
    def url(self) -> str:
        """The server's address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def create_account(self, handle: str, password: str = "rahasia-uji") -> PdsAccount:
        """Make the account *handle* (``.test`` is added when it has no dot) with an app password."""
        full = handle if "." in handle else f"{handle}.test"
        wanted = {"handle": full, "email": f"{full}@example.test", "password": password}
        made = self.xrpc("POST", "com.atproto.server.createAccount", data=wanted).good().json()
        login = {"Authorization": f"Bearer {made['accessJwt']}"}
        app = self.xrpc(
            "POST", "com.atproto.server.createAppPassword", data={"name": "humasbot"}, headers=login
        )
        return PdsAccount(made["did"], full, password, app.good().json()["password"])

    def login(self, account: PdsAccount) -> Mapping[str, str]:
        """Log in with the app password and return the header that later requests carry."""
        wanted = {"identifier": account.handle, "password": account.app_password}
        session = self.xrpc("POST", "com.atproto.server.createSession", data=wanted).good().json()
        return {"Authorization": f"Bearer {session['accessJwt']}"}

    def record(self, uri: str) -> dict[str, Any]:
        """The record at the ``at://`` address *uri*: a mapping with ``uri``, ``cid`` and ``value``."""
        repo, collection, rkey = uri.removeprefix("at://").split("/")
        query = {"repo": repo, "collection": collection, "rkey": rkey}
        found: dict[str, Any] = self.xrpc("GET", "com.atproto.repo.getRecord", query=query).good().json()
        return found

    def blob(self, did: str, cid: str) -> bytes:
        """The bytes of the file *cid* of the account *did*; only files that a record refers to are there."""
        return self.xrpc("GET", "com.atproto.sync.getBlob", query={"did": did, "cid": cid}).good().body

    def posts(self, did: str) -> list[dict[str, Any]]:
        """Every post of the account *did*, newest key first, each as :meth:`record` gives it."""
        return list(self._records(did, POST))

    def xrpc(self, method: str, name: str, **wanted: Any) -> Answer:
        """One request to the server's interface method *name*."""
        return call(method, f"{self.url}/xrpc/{name}", **wanted)

    def _records(self, did: str, collection: str) -> Iterator[dict[str, Any]]:
        query: dict[str, str | int] = {"repo": did, "collection": collection, "limit": 100}
        while True:
            page = self.xrpc("GET", "com.atproto.repo.listRecords", query=query).good().json()
            yield from page["records"]
            if not page["records"] or "cursor" not in page:
                return
            query["cursor"] = page["cursor"]

    def _start(self) -> None:
        install = install_folder() / "pds"
        installed(install / "node_modules" / "@atproto" / "pds", "pds")
        data = self.folder / "data"
        data.mkdir()
        self.port = free_port()
        environment = {
            "HUMASBOT_PDS_INSTALL": str(install),
            "HUMASBOT_PDS_DATA": str(data),
            "HUMASBOT_PDS_PORT": str(self.port),
            "PDS_RATE_LIMITS_ENABLED": "1" if self._rate_limits else "0",
        }
        self.process = Process(["node", SCRIPTS / "pds" / "serve.mjs"], log=self.log, environment=environment)
        self.process.wait_until(lambda: self.xrpc("GET", "_health").status == 200)
