"""A platform whose "server" is a folder: it keeps a public record and answers as a script says.

Registered by its own dist-info, as a stranger's platform would be. One line of ``record.jsonl`` is one public post.
Each line of ``script`` steers one call of ``publish`` (empty or absent: ``ok``).
"""

import fcntl
import json
import os
import signal
import threading
import time
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Self

from humasbot.content import Checkpoint, Limits, Metrics, Outgoing, Receipt
from humasbot.errors import AuthExpired, RateLimited, Rejected, Retryable, Uncertain
from humasbot.platforms.base import Publisher, Setting, read_settings


class Scripted(Publisher):
    name: ClassVar[str] = "scripted"
    title: ClassVar[str] = "Scripted"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("folder", "folder catatan", "folder of the record", path=True),
        Setting("token", "kunci", "token", secret=True, required=False),
        Setting("delay", "jeda", "seconds each call takes", required=False, default="0"),
    )
    limits = Limits(max_text=300, source="tests/plugins/scripted.py", as_of=date(2026, 11, 22), max_alt=500)

    def __init__(self, folder: Path, token: str, delay: float) -> None:
        self.folder = folder
        self.token = token
        self.delay = delay
        self.lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)

    @classmethod
    def from_settings(cls, settings: Mapping[str, str]) -> Self:
        values = read_settings(cls, settings)
        return cls(Path(values["folder"]), values["token"], float(values["delay"]))

    def publish(self, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        step = self._next_step()
        if not checkpoint.get("prepared"):
            self._note("prepared", outgoing.key)
            checkpoint.save("prepared", "yes")
        refusals = {
            "refused": lambda: Rejected("konten ditolak", status=422),
            "auth": lambda: AuthExpired(f"token {self.token} mati", status=401),
            "retry": lambda: Retryable("tidak dapat terhubung"),
            "rate": lambda: RateLimited("terlalu sering", retry_after=timedelta(hours=1), status=429),
            "lost_before": lambda: Uncertain("jawaban tidak sampai"),
            "bug_before": lambda: KeyError("surprise"),
        }
        if step in refusals:
            raise refusals[step]()
        if step == "kill_before":
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(self.delay)
        receipt = self._accept(outgoing)
        if step == "kill_after":
            os.kill(os.getpid(), signal.SIGKILL)
        if step == "lost_after":
            raise Uncertain("jawaban tidak sampai", status=502)
        return receipt

    def find_existing(self, outgoing: Outgoing, since: datetime) -> Receipt | None:
        for post in self.posts():
            if post["key"] == outgoing.key:
                return Receipt(post["id"], post["url"], datetime.fromisoformat(post["at"]))
        return None

    def verify(self) -> str:
        return "scripted"

    def metrics(self, receipt: Receipt) -> Metrics:
        return Metrics(views=7, likes=3)

    def posts(self) -> list[dict[str, Any]]:
        record = self.folder / "record.jsonl"
        return [json.loads(line) for line in record.read_text().splitlines()] if record.exists() else []

    def _accept(self, outgoing: Outgoing) -> Receipt:
        number = len(self.posts()) + 1
        post = {
            "id": str(number),
            "url": f"https://scripted.example/{outgoing.key}",
            "key": outgoing.key,
            "text": outgoing.text,
            "alt": [media.alt for media in outgoing.media],
            "at": datetime.now(UTC).isoformat(),
        }
        self._note("record", json.dumps(post))
        return Receipt(post["id"], post["url"])

    def _note(self, name: str, line: str) -> None:
        path = self.folder / (f"{name}.jsonl" if name == "record" else f"{name}.txt")
        with path.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write(line + "\n")

    def _next_step(self) -> str:
        script = self.folder / "script"
        with self.lock:
            if not script.exists():
                return "ok"
            lines = script.read_text().split()
            script.write_text("\n".join(lines[1:]))
            return lines[0] if lines else "ok"


class Forgetful(Scripted):
    """The same, but it cannot be asked what it holds."""

    name: ClassVar[str] = "forgetful"
    title: ClassVar[str] = "Forgetful"
    find_existing = Publisher.find_existing
