"""What the tests of the command share: the command's own entry point in this process, and what it left."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from humasbot.cli import main


@dataclass(frozen=True)
class Done:
    """What a command left: its exit code and what it printed."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """The command's own entry point, in this process: a traceback would be an exception here."""

    def call(*arguments: str, stdin: str = "", **env: str) -> Done:
        with monkeypatch.context() as inner:
            inner.setattr("sys.stdin", io.StringIO(stdin))
            for name, value in env.items():
                inner.setenv(name, value)
            with pytest.raises(SystemExit) as ended:
                main(list(arguments))
        out, err = capfd.readouterr()
        return Done(int(ended.value.code or 0), out, err)

    return call


def data(done: Done) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
