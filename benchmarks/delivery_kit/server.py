"""A platform for measuring: it answers every POST after a delay, and counts what it accepted.

``python server.py SECONDS_OF_DELAY`` prints its port and serves until its standard input ends. ``GET /`` gives what it
accepted as JSON, and when the first and the last came; ``GET /?key=K`` whether K was; ``DELETE /`` forgets all.
"""

import asyncio
import json
import os
import sys
import time
from collections import Counter

KEY = b"idempotency-key:"
LENGTH = b"content-length:"


class Platform:
    """What was accepted."""

    def __init__(self, delay: float) -> None:
        self.delay = delay
        self.keys: Counter[bytes] = Counter()
        self.first = self.last = 0.0

    def accept(self, key: bytes) -> bytes:
        """One post: its id and address."""
        now = time.time()
        self.first, self.last = self.first or now, now
        self.keys[key] += 1
        number = self.keys.total() if len(self.keys) < 1000 else len(self.keys)
        return b'{"id":"%d","url":"http://127.0.0.1/p/%d"}' % (number, number)

    def told(self) -> bytes:
        """The figures."""
        twice = sum(1 for count in self.keys.values() if count > 1)
        return json.dumps(
            {"posts": len(self.keys), "twice": twice, "first": self.first, "last": self.last}
        ).encode()

    def forget(self) -> bytes:
        """Begin anew."""
        self.keys.clear()
        self.first = self.last = 0.0
        return b"{}"


class Connection(asyncio.Protocol):
    """Enough of HTTP/1.1 for requests that follow each other on one connection."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to answer."""
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each whole request."""
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end]
            lower = head.lower()
            size = int(_value(lower, LENGTH) or 0)
            if len(self.buffer) < end + 4 + size:
                return
            self.buffer = self.buffer[end + 4 + size :]
            if head.startswith(b"POST"):
                body = self.platform.accept(_value(lower, KEY))
                if self.platform.delay:
                    asyncio.get_running_loop().call_later(self.platform.delay, self.answer, body)
                    continue
            elif b"?key=" in head:
                key = head.split(b"?key=", 1)[1].split(b" ", 1)[0]
                known = key in self.platform.keys
                self.answer(
                    b'{"id":"%s"}' % key if known else b"{}", b"200 OK" if known else b"404 Not Found"
                )
                continue
            else:
                body = self.platform.told() if head.startswith(b"GET") else self.platform.forget()
            self.answer(body)

    def answer(self, body: bytes, status: bytes = b"200 OK") -> None:
        """It, unless they have gone."""
        if not self.transport.is_closing():
            self.transport.write(  # type: ignore[attr-defined]  # TCP transports have it
                b"HTTP/1.1 "
                + status
                + b"\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
                + body
            )


def _value(head: bytes, name: bytes) -> bytes:
    start = head.find(name)
    return head[start + len(name) :].split(b"\r\n", 1)[0].strip() if start >= 0 else b""


async def main() -> None:
    """Serve until the standard input ends."""
    platform = Platform(float(sys.argv[1]))
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(platform), "127.0.0.1", 0, backlog=2048)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(main())
