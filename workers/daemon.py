"""Everything in one process: ``python workers/daemon.py -c humasbot.toml``. The logic is in ``humasbot/daemon.py``."""

import sys

from humasbot.cli import main

if __name__ == "__main__":
    main([*sys.argv[1:], "daemon"])
