"""The measured platform as a process of its own."""

import json
import subprocess
import sys
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Self


class Platform:
    """``with Platform(0.05) as platform``: answers after so many seconds, at :attr:`url`."""

    def __init__(self, delay: float) -> None:
        self._delay = delay

    def __enter__(self) -> Self:
        command = [sys.executable, str(Path(__file__).with_name("server.py")), str(self._delay)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url = f"http://127.0.0.1:{int(self._process.stdout.readline())}/"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)

    def told(self) -> dict[str, Any]:
        """What it accepted since :meth:`forget`."""
        with urllib.request.urlopen(self.url) as answer:
            told: dict[str, Any] = json.loads(answer.read())
            return told

    def forget(self) -> None:
        """Begin anew."""
        urllib.request.urlopen(urllib.request.Request(self.url, method="DELETE")).close()
