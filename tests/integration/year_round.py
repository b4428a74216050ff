"""One round of a simulated office, for a process of its own, which is killed in the middle of it."""

import json
import os
import signal
import threading
from datetime import datetime
from pathlib import Path

import time_machine

from humasbot.app import Humasbot


def one_round(folder: Path, moment: datetime, seconds: float) -> None:
    """Plan and send at *moment*; where *seconds* are given, be dead after them."""
    with time_machine.travel(moment, tick=False):
        bot = Humasbot(json.loads((folder / "office.json").read_text()), folder=folder)
        if seconds:
            threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGKILL)).start()
        bot.plan()
        bot.publish()
        bot.close()
    os._exit(0)
