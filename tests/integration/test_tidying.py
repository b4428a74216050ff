"""What has a job of its own on the clock: quotas, and the pictures that were lent and stayed behind."""

import os
import time
from pathlib import Path
from typing import Any

import pytest
from promised import on_sqlite

from humasbot.daemon import JOBS
from humasbot.pipeline import measure, quotas

pytestmark = on_sqlite


def test_pictures_left_behind_are_swept_though_nothing_is_sent(
    settings: dict[str, Any], open_bot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = tmp_path / "media"
    shared.mkdir()
    old, young, strange = (
        shared / name for name in ("humasbot-12345678.jpg", "humasbot-87654321.jpg", "foto.jpg")
    )
    for path in (old, young, strange):
        path.write_bytes(b"x")
        os.utime(path, (time.time() - 3600, time.time() - (90_000 if path != young else 60)))
    monkeypatch.setenv("T_META", "kunci-rahasia")
    host = {"media_folder": str(shared), "media_url": "https://contoh.go.id/m", "media_check": "off"}
    settings["accounts"] = {
        # Its token is dead, which the folder does not mind; the two share it, and it is swept once.
        "a": {"platform": "instagram", "user_id": "1", "token": {"env": "T_NONE"}, **host},
        "b": {"platform": "threads", "user_id": "2", "token": {"env": "T_META"}, **host},
        "c": {"platform": "scripted", "folder": "c"},
    }
    bot = open_bot(settings)
    assert [bot.sweep(), bot.sweep()] == [1, 0]
    assert sorted(path.name for path in shared.iterdir()) == [strange.name, young.name]


def test_quotas_and_tidying_are_on_the_clock_and_nobody_waits_for_them(
    bot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    monkeypatch.setattr(measure, "measure_due", lambda office: done.append("measured"))
    monkeypatch.setattr(quotas, "ask_due", lambda office, now=None: done.append("asked"))
    jobs = {job.name: job for job in JOBS}
    for name in ("measure", "quotas", "sweep"):
        jobs[name].call(bot, lambda: False)  # type: ignore[arg-type]  # whether to stop is all that is asked
    assert done == ["measured", "asked"]
    for name in ("quotas", "sweep"):
        jobs[name].call(bot, lambda: True)  # type: ignore[arg-type]  # as above
    assert len(done) == 2
