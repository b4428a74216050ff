"""A TCP server of a free port that treats every connection as a function does: rudely, mostly."""

import socket
import struct
import threading
from collections.abc import Callable

Treat = Callable[[socket.socket], None]


class Server:
    """Accepts connections on a free port and treats each as *treat* does."""

    def __init__(self, treat: Treat) -> None:
        self.treat = treat
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            self.open.append(sock)
            try:
                self.treat(sock)
            except OSError:
                sock.close()

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for sock in self.open:
            sock.close()


def hear(sock: socket.socket) -> bytes:
    """What the client says first."""
    return sock.recv(65_536)


def reset(sock: socket.socket) -> None:
    """Hear the client out and break the connection."""
    hear(sock)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def stay_silent(sock: socket.socket) -> None:
    """Neither answer nor close."""


def say(words: bytes) -> Callable[[socket.socket], None]:
    def treat(sock: socket.socket) -> None:
        hear(sock)
        sock.sendall(words)
        sock.close()

    return treat
