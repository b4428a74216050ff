"""maildev: a mail server that delivers nothing and shows what it got."""

from typing import Any

from servers.base import Process, Server, call, free_port, install_folder, installed


class Mailbox(Server):
    """Takes letters at 127.0.0.1:``smtp_port`` without a password; :attr:`url` is its web page."""

    def __init__(self) -> None:
        super().__init__()
        self.smtp_port = 0
        self.port = 0

    @property
    def url(self) -> str:
        """The address of the web page, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def letters(self) -> list[dict[str, Any]]:
        """Every letter, oldest first: ``id``, ``subject``, ``text``, ``html``, ``from``, ``to``, ``attachments``."""
        found: list[dict[str, Any]] = call("GET", f"{self.url}/email").good().json()
        return found

    def source(self, letter_id: str) -> bytes:
        """One letter as it came over the wire."""
        return call("GET", f"{self.url}/email/{letter_id}/source").good().body

    def clear(self) -> None:
        """Throw every letter away."""
        call("DELETE", f"{self.url}/email/all").good()

    def _start(self) -> None:
        program = installed(install_folder() / "mailbox" / "node_modules" / ".bin" / "maildev", "mailbox")
        self.smtp_port, self.port = free_port(), free_port()
        smtp = [
            "--ip",
            "127.0.0.1",
            "-s",
            str(self.smtp_port),
            "--mail-directory",
            str(self.folder / "letters"),
        ]
        web = ["--web-ip", "127.0.0.1", "-w", str(self.port)]
        self.process = Process([program, *smtp, *web], log=self.log, folder=self.folder)
        self.process.wait_until(lambda: call("GET", f"{self.url}/healthz").status == 200)
