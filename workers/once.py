"""One round of everything, for cron: ``python workers/once.py -c humasbot.toml``."""

import sys

from humasbot.cli import main

if __name__ == "__main__":
    main([*sys.argv[1:], "run"])
