"""What every counterpart shares: finding the install, starting a process, waiting for it, stopping it whole.

Every server listens on 127.0.0.1 only, on a port of its own, with its data in a temporary folder, and is the
leader of a process group by which it is stopped. It also dies with the thread that started it, so a test run
that is killed leaves nothing behind.
"""

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

import urllib3

REPOSITORY = Path(__file__).resolve().parents[3]
SCRIPTS = REPOSITORY / "scripts" / "real"

Command = Sequence[str | Path]

_http = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(connect=5, read=60), maxsize=4)


class Missing(Exception):
    """Something that must be installed or present is not; the message says how to get it."""


class Absent(Missing):
    """A file that this repository may not bring along is not on this machine; its tests are skipped even under CI."""


class StartFailed(Exception):
    """A server did not come up; the message holds the end of its log."""


class CallFailed(Exception):
    """A server answered a helper's request with an error status."""


def install_folder() -> Path:
    """The folder into which ``scripts/setup-real.sh`` installs what is not a Debian package."""
    return Path(os.environ.get("HUMASBOT_REAL_DIR", "/var/tmp/humasbot-real"))


def installed(path: Path, part: str) -> Path:
    """Return *path*; raise :class:`Missing` with the command that installs *part* when nothing is there."""
    if not path.exists():
        raise Missing(f"{part} is not installed ({path} is missing); run: scripts/setup-real.sh {part}")
    return path


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nothing listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _guarded(command: Command, user: str | None) -> Command:
    """*command* so that it dies with us, and runs as the system user *user* if we are root."""
    words: list[str | Path] = ["setpriv", "--pdeathsig", "TERM"]
    if user is not None and os.geteuid() == 0:
        words += [f"--reuid={user}", f"--regid={user}", "--init-groups"]
    return [*words, *command]


def hand_over(folder: Path, user: str) -> None:
    """Give *folder* to the system user *user* if we are root: some servers refuse to run as root."""
    if os.geteuid() == 0:
        entry = pwd.getpwnam(user)
        os.chown(folder, entry.pw_uid, entry.pw_gid)


def run(
    command: Command,
    *,
    log: Path,
    user: str | None = None,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> str:
    """Run a short *command* to its end and return what it printed; :class:`StartFailed` on a non-zero status."""
    with log.open("ab") as sink:
        done = subprocess.run(
            _guarded(command, user),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=sink,
            cwd=folder,
            env={**os.environ, **(environment or {})},
            text=True,
            check=False,
        )
    if done.returncode:
        raise StartFailed(f"{command[0]} ended with {done.returncode}:\n{done.stdout}\n{tail(log)}")
    return done.stdout


def tail(log: Path, lines: int = 30) -> str:
    """The last *lines* of the file *log*, shortened where a line is very long."""
    if not log.exists():
        return "(no log)"
    return "\n".join(line[:500] for line in log.read_text(errors="replace").splitlines()[-lines:])


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer: ``headers`` has lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as UTF-8."""
        return self.body.decode()

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    def good(self) -> Self:
        """Return this answer; raise :class:`CallFailed` when its status is 400 or above."""
        if self.status >= 400:
            raise CallFailed(f"{self.status}: {self.body[:1000].decode(errors='replace')}")
        return self


def call(
    method: str,
    url: str,
    *,
    data: Any = None,
    body: bytes | None = None,
    query: Mapping[str, str | int] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """One HTTP request without retries or redirects; *data* is sent as JSON, *body* as it is."""
    sent = dict(headers or {})
    if data is not None:
        body = json.dumps(data).encode()
        sent.setdefault("Content-Type", "application/json")
    if query:
        url = f"{url}?{urlencode(query)}"
    reply = _http.request(method, url, body=body, headers=sent, redirect=False)
    return Answer(reply.status, {name.lower(): value for name, value in reply.headers.items()}, reply.data)


class Process:
    """A server process, leader of its own group, its output in a log file."""

    def __init__(
        self,
        command: Command,
        *,
        log: Path,
        user: str | None = None,
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.log = log
        self._name = " ".join(str(word) for word in command[:3])
        with log.open("ab") as sink:
            self._popen = subprocess.Popen(
                _guarded(command, user),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env={**os.environ, **(environment or {})},
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The number of the process, which is also that of its group."""
        return self._popen.pid

    @property
    def running(self) -> bool:
        """Whether the process is still there."""
        return self._popen.poll() is None

    def wait_until(self, ready: Callable[[], bool], seconds: float = 60) -> None:
        """Ask *ready* until it says yes; a refused connection counts as no.

        :class:`StartFailed` with the end of the log when the process ends first or *seconds* have passed.
        """
        deadline = time.monotonic() + seconds
        while True:
            try:
                if ready():
                    return
            except (OSError, urllib3.exceptions.HTTPError):
                pass
            if not self.running:
                raise StartFailed(f"{self._name} ended with {self._popen.returncode}:\n{tail(self.log)}")
            if time.monotonic() > deadline:
                raise StartFailed(f"{self._name} was not ready after {seconds:.0f} s:\n{tail(self.log)}")
            time.sleep(0.05)

    def stop(self, first: signal.Signals = signal.SIGTERM, seconds: float = 15) -> None:
        """Send *first* to the leader, wait, and kill whatever is left of the group."""
        if self.running:
            self._popen.send_signal(first)
            try:
                self._popen.wait(seconds)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(self._popen.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._popen.wait()


class Server(ABC):
    """A counterpart that can be started and stopped, by hand or with ``with``."""

    def __init__(self) -> None:
        self.folder = Path()
        self.process: Process | None = None

    def start(self) -> Self:
        """Start it and return when it answers; :class:`Missing` or :class:`StartFailed` when that cannot be."""
        self.folder = Path(tempfile.mkdtemp(prefix=f"humasbot-{type(self).__name__.lower()}-"))
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop every process of it and remove its data; harmless when it is not running."""
        if self.process is not None:
            self.process.stop()
            self.process = None
        if self.folder != Path():
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = Path()

    @property
    def log(self) -> Path:
        """The file that holds what the server printed."""
        return self.folder / "server.log"

    @abstractmethod
    def _start(self) -> None: ...

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
