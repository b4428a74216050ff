"""One round of a simulated office in a process of its own, which is killed in the middle of it.

python year_round.py OFFICE_FOLDER ISO_MOMENT SECONDS_UNTIL_KILLED
"""

import json
import os
import signal
import sys
import threading
from datetime import datetime
from pathlib import Path

import time_machine

from humasbot.app import Humasbot


def main(folder: Path, moment: datetime, seconds: float) -> None:
    with time_machine.travel(moment, tick=False):
        bot = Humasbot(json.loads((folder / "office.json").read_text()), folder=folder)
        if seconds:
            threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGKILL)).start()
        bot.plan()
        bot.publish()
        bot.close()
    os._exit(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]), float(sys.argv[3]))
