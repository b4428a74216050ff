"""An office on a disk of its own of four megabytes, filled to the last byte while its daemon works; run by a test.

``unshare --mount sh -c 'mount … && exec python cramped.py FOLDER'``: the disk is seen by this process and its children
alone. Ends with one line of JSON.
"""

import errno
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [
    str(folder) for folder in (HERE, HERE.parent, HERE.parents[1] / "live", HERE.parents[1] / "plugins")
]

from test_daemon import until  # noqa: E402 - the rigs stand beside the tests
from test_faults import FEW, Running, settled  # noqa: E402
from test_outbox import say  # noqa: E402

from humasbot.app import Humasbot  # noqa: E402
from humasbot.errors import HumasbotError  # noqa: E402
from humasbot.models import utc_now  # noqa: E402


@contextmanager
def full(disk: Path) -> Iterator[None]:
    filler = disk / "pengisi"
    with filler.open("wb", buffering=0) as file:
        for size in (65536, 512):
            while _written(file, b"x" * size):
                pass
    yield
    filler.unlink()


def _written(file: Any, data: bytes) -> bool:
    try:
        return bool(file.write(data))
    except OSError as fault:
        if fault.errno != errno.ENOSPC:
            raise
        return False


def refused(bot: Humasbot) -> str:
    """What a person is told who announces something now."""
    try:
        say(bot, "Jalan dibuka kembali")
    except HumasbotError as fault:
        return str(fault)
    return ""


def main(folder: Path) -> dict[str, Any]:
    accounts = "".join(f'[accounts.{name}]\nplatform = "scripted"\nfolder = "{name}"\n' for name in FEW)
    (folder / "humasbot.toml").write_text(
        '[humasbot]\nsettle = "0s"\ndata = "disk/data"\ndatabase = "sqlite:///disk/humasbot.db"\n'
        f'[agency]\nname = "Dinas Kominfo Kota Contoh"\n{accounts}'
    )
    with Humasbot(folder / "humasbot.toml") as bot:
        daemon = Running(folder)
        until(lambda: daemon.said("started"))
        say(bot, "Jalan ditutup sementara", at=utc_now() + timedelta(seconds=3))
        with full(folder / "disk"):
            person = refused(bot)
            # The database's own log may have room left, so what is due may leave; if it may not, that is told.
            until(lambda: settled(bot) or [e for e in daemon.said("job_failed") if "penuh" in e["reason"]])
        until(lambda: settled(bot), 60)
        return {"person": person, "ended": daemon.end(), "said": "".join(daemon.lines)}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]))) + "\n")
