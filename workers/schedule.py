"""One role of a fleet: ``python workers/schedule.py -c humasbot.toml``. The logic is in ``humasbot/fleet``."""

import sys

from humasbot.cli import main

if __name__ == "__main__":
    main([*sys.argv[1:], "worker", "schedule"])
