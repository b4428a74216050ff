"""``python -m humasbot``: the same as the command ``humasbot``."""

from humasbot.cli import main

if __name__ == "__main__":
    main()
