"""Runs the rivals: CPU milliseconds a card, warm, all texts different, the photo shared; their start is not counted."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cards_rivals import chromium

HERE = Path(__file__).resolve().parent
FONTS = HERE.parent.parent / "humasbot" / "cards" / "fonts"


def run(fields: Callable[[int], dict[str, str]], shot: Path, ours: float, count: int) -> dict[str, Any]:
    """``vs_…``: how many times our CPU time (*ours*, ms a card) each rival takes, or why it was not measured."""
    job = {"photo": str(shot), "fonts": str(FONTS), "cards": [fields(n) for n in range(count)]}
    found: dict[str, Any] = {}
    for name, draw in (("chromium", by_chromium), ("satori", by_satori), ("pictex", by_pictex)):
        spent = draw(job)
        if isinstance(spent, str):
            found[f"vs_{name}"] = spent
        else:
            found[f"vs_{name}"] = spent / ours
            found[f"{name}_ms"] = spent
    return found


def by_chromium(job: dict[str, Any]) -> float | str:
    """Warm Chromium: the page stands, the texts are swapped by script, a JPEG screenshot is taken."""
    program = next(
        (p for n in ("chromium", "google-chrome", "chromium-browser") if (p := shutil.which(n))), None
    )
    return "skipped: no chromium on the PATH" if program is None else chromium.draw(program, job)


def by_satori(job: dict[str, Any]) -> float | str:
    """satori for the layout, resvg-js for the pixels (PNG: it writes no JPEG)."""
    folder = Path(os.environ.get("HUMASBOT_RIVALS_NODE", str(HERE)))
    if shutil.which("node") is None:
        return "skipped: no node on the PATH"
    if not (folder / "node_modules" / "satori").is_dir():
        return "skipped: npm install satori @resvg/resvg-js"
    return _child(["node", str(HERE / "satori_card.mjs"), str(folder)], job)


def by_pictex(job: dict[str, Any]) -> float | str:
    """PicTex (Skia and flexbox)."""
    python = os.environ.get("HUMASBOT_RIVALS_PYTHON", sys.executable)
    if python == sys.executable and importlib.util.find_spec("pictex") is None:
        return "skipped: pip install pictex pillow"
    return _child([python, str(HERE / "pictex_card.py")], job)


def _child(command: list[str], job: dict[str, Any]) -> float | str:
    done = subprocess.run(
        command, input=json.dumps(job), capture_output=True, text=True, timeout=300, check=False
    )
    if done.returncode:
        return f"failed: {(done.stderr.strip().splitlines() or ['no word'])[-1][:160]}"
    return float(done.stdout.split()[-1])
