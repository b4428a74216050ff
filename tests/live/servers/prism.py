"""Prism, which answers by an OpenAPI description or checks what passes between a client and a stand-in."""

import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from servers.base import REPOSITORY, Absent, Answer, Process, Server, free_port, install_folder, installed


@dataclass(frozen=True, slots=True)
class Contract:
    """An official OpenAPI description in ``../shared/contracts``.

    ``strip_security``: leave out what the description says about credentials. X's needs it: Prism answers 401
    to every request signed with OAuth 1.0a, which X accepts.
    """

    file: str
    strip_security: bool = False

    def path(self) -> Path:
        """The file; :class:`~servers.base.Absent` when this machine has no copy of the contracts."""
        found = REPOSITORY.parent / "shared" / "contracts" / self.file
        if not found.exists():
            raise Absent(f"the contract {self.file} is not at {found}; put a copy of the official file there")
        return found


X = Contract("x-openapi.json", strip_security=True)
WHATSAPP = Contract("whatsapp-cloud-v23.yaml")


def violations(answer: Answer) -> list[dict[str, Any]]:
    """What the request or the answer breaks of the contract, as Prism's ``sl-violations`` header lists it.

    Each has ``location`` (a list such as ``["request", "body"]``), ``severity``, ``code`` and ``message``.
    """
    found: list[dict[str, Any]] = json.loads(answer.headers.get("sl-violations", "[]"))
    return found


class PrismServer(Server):
    """One running Prism: :attr:`url` answers by *contract*, or passes on to *upstream* and checks."""

    def __init__(
        self, contract: Contract | Path, upstream: str | None = None, *, errors: bool = False
    ) -> None:
        super().__init__()
        self._contract = contract
        self._upstream = upstream
        self._errors = errors
        self.port = 0

    @property
    def url(self) -> str:
        """The server's address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def _start(self) -> None:
        program = installed(install_folder() / "prism" / "node_modules" / ".bin" / "prism", "prism")
        self.port = free_port()
        place = ["-h", "127.0.0.1", "-p", str(self.port)]
        command: list[str | Path] = [program, "mock", *place, self._document()]
        if self._upstream is not None:
            command = [program, "proxy", *place, self._document(), self._upstream]
            command += ["--errors"] if self._errors else []
        self.process = Process(command, log=self.log)
        self.process.wait_until(self._accepts)

    def _accepts(self) -> bool:
        # Not an HTTP request: a proxy would pass it on, and the stand-in would count it.
        with socket.create_connection(("127.0.0.1", self.port), timeout=5):
            return True

    def _document(self) -> Path:
        if isinstance(self._contract, Path):
            return self._contract
        if not self._contract.strip_security:
            return self._contract.path()
        document = json.loads(self._contract.path().read_text(encoding="utf-8"))
        copy = self.folder / self._contract.file
        copy.write_text(json.dumps(_without_security(document)), encoding="utf-8")
        return copy


def _without_security(document: Mapping[str, Any]) -> dict[str, Any]:
    """*document* without its demands on credentials, for the whole and for each operation."""
    paths = {
        path: {
            name: {k: v for k, v in part.items() if k != "security"} if isinstance(part, dict) else part
            for name, part in operations.items()
        }
        for path, operations in document["paths"].items()
    }
    return {**{name: part for name, part in document.items() if name != "security"}, "paths": paths}


class Prism:
    """Starts Prism servers and stops them together. A mock is started once per contract and kept."""

    def __init__(self) -> None:
        self._mocks: dict[Contract | Path, PrismServer] = {}
        self._proxies: list[PrismServer] = []

    def mock(self, contract: Contract | Path) -> PrismServer:
        """A server that answers with examples, and 422 to what *contract* (or an OpenAPI file) does not allow.

        The request header ``Prefer: code=429`` chooses the answer's status.
        """
        if contract not in self._mocks:
            self._mocks[contract] = PrismServer(contract).start()
        return self._mocks[contract]

    def proxy(self, contract: Contract | Path, upstream_url: str, *, errors: bool = True) -> PrismServer:
        """A server in front of *upstream_url* that checks requests and answers.

        ``errors=True``: a request against *contract* gets 422 and is not passed on, an answer against it
        becomes 500; else both pass and :func:`violations` tells.
        """
        proxy = PrismServer(contract, upstream_url, errors=errors).start()
        self._proxies.append(proxy)
        return proxy

    def start(self) -> "Prism":
        """Check that Prism is installed; servers come up when they are asked for."""
        installed(install_folder() / "prism" / "node_modules" / ".bin" / "prism", "prism")
        return self

    def stop(self) -> None:
        """Stop every server."""
        for server in [*self._mocks.values(), *self._proxies]:
            server.stop()
        self._mocks.clear()
        self._proxies.clear()

    def __enter__(self) -> "Prism":
        return self.start()

    def __exit__(self, *details: object) -> None:
        self.stop()
