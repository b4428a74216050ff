"""A PostgreSQL server of our own, with the binaries of the machine."""

import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from servers.base import Command, Missing, Process, Server, free_port, hand_over, run

_USER = "postgres"
_STOP_SIGNALS = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}


def _binaries() -> Path:
    """The folder of the newest installed server version."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise Missing("postgresql is not installed; run: scripts/setup-real.sh postgresql")
    return found[-1].parent


class PostgreSQL(Server):
    """PostgreSQL with one user ``humasbot`` who needs no password and may do everything.

    The server's time zone is Asia/Jakarta, as on many an office's machine, so that a forgotten UTC shows.
    ``fsync`` is off: what is committed survives ``stop("immediate")`` and a killed process, not a power cut.
    """

    def __init__(self) -> None:
        super().__init__()
        self.port = 0
        self._databases = 0
        self.template = ""
        """The database of which :meth:`new_database` makes a copy; nobody may be connected to it."""

    @property
    def url(self) -> str:
        """SQLAlchemy's address of the database ``postgres``, which tests leave empty; see :meth:`new_database`."""
        return self._url("postgres")

    def new_database(self, *, empty: bool = False) -> str:
        """Make a database and return its SQLAlchemy address: *empty*, or a copy of :attr:`template` if there is one."""
        self._databases += 1
        name = f"test_{self._databases}"
        self.psql(
            f"CREATE DATABASE {name}" + (f" TEMPLATE {self.template}" if self.template and not empty else "")
        )
        return self._url(name)

    def psql(self, statement: str, database: str = "postgres") -> str:
        """Run one SQL *statement* with the psql program; rows come back as lines, columns parted by ``|``."""
        target = f"postgresql://humasbot@127.0.0.1:{self.port}/{database}"
        options = ["-XqAt", "-v", "ON_ERROR_STOP=1", "-d", target, "-c", statement]
        command: Command = [_binaries() / "psql", *options]
        return run(command, log=self.log).strip()

    def stop(self, mode: Literal["smart", "fast", "immediate"] = "fast") -> None:
        """Stop the server and remove its data."""
        self.halt(mode)
        super().stop()

    def halt(self, mode: Literal["smart", "fast", "immediate"] = "fast") -> None:
        """Stop the server but keep its data; ``immediate`` is a crash: connections break, nothing is tidied up."""
        if self.process is not None:
            self.process.stop(_STOP_SIGNALS[mode])
            self.process = None

    def resume(self) -> None:
        """Start the server again, at the same address with the same data, after :meth:`halt`."""
        command: Command = [_binaries() / "postgres", "-D", self._data, *self._options()]
        self.process = Process(command, log=self.log, user=_USER)
        self.process.wait_until(self._is_ready)

    def restart(self, mode: Literal["smart", "fast", "immediate"] = "fast") -> None:
        """:meth:`halt` and :meth:`resume`."""
        self.halt(mode)
        self.resume()

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _url(self, database: str) -> str:
        return f"postgresql+psycopg://humasbot@127.0.0.1:{self.port}/{database}"

    def _options(self) -> Sequence[str]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": self.folder,
            "fsync": "off",
            "timezone": "Asia/Jakarta",
            "max_connections": 100,
        }
        return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]

    def _is_ready(self) -> bool:
        command: Command = [_binaries() / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(command, check=False).returncode == 0

    def _start(self) -> None:
        hand_over(self.folder, _USER)
        self.port = free_port()
        options = ["--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8", "--username=humasbot"]
        command: Command = [_binaries() / "initdb", "-D", self._data, *options]
        run(command, log=self.log, user=_USER, folder=self.folder)
        self.resume()
