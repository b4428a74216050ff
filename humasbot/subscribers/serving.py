"""The subscription pages on a small web server of Python's own, for an office that has no other; TLS is the proxy's."""

from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from humasbot.subscribers.inbox import Inbox
from humasbot.subscribers.register import Register
from humasbot.subscribers.web import application

READ_SECONDS = 10.0


class _Threads(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Caller(WSGIRequestHandler):
    timeout = READ_SECONDS

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet: the addresses hold people's tokens."""


def server(register: Register, host: str, port: int, inbox: Inbox | None = None) -> WSGIServer:
    """A server that listens already; call its ``serve_forever``. Port 0 takes a free one."""
    served = application(register, inbox)
    return make_server(host, port, served, server_class=_Threads, handler_class=_Caller)
