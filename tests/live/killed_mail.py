"""A process of its own that writes to a list and dies by SIGKILL between the server's yes and our line about it."""

import os
import signal
from pathlib import Path
from typing import Any

from humasbot.app import Humasbot
from humasbot.subscribers import Ledger


def die_behind(folder: str, number: int) -> None:
    """Publish from the office in *folder*; the answer to the *number*-th letter is never written down."""
    written = 0
    record = Ledger.record

    def dying(self: Ledger, key: str, addressee: Any, answered: Any) -> None:
        nonlocal written
        if answered.state == "sent":
            written += 1
            if written == number:
                os.kill(os.getpid(), signal.SIGKILL)
        record(self, key, addressee, answered)

    Ledger.record = dying  # type: ignore[method-assign]  # in this process only, which dies of it
    with Humasbot(Path(folder) / "humasbot.toml") as bot:
        bot.publish()
