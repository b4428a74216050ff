"""Chromium, driven over its debugging pipe (no library): one page that stays, texts swapped, screenshots taken."""

import base64
import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

PAGE = """<!doctype html><meta charset="utf-8"><style>
@font-face{{font-family:J;font-weight:400;src:url(data:font/ttf;base64,{regular})}}
@font-face{{font-family:J;font-weight:800;src:url(data:font/ttf;base64,{bold})}}
*{{margin:0;box-sizing:border-box}}body{{width:1080px;height:1080px;position:relative;font-family:J;color:#fff;
background:url(data:image/jpeg;base64,{photo}) center/cover}}
#scrim{{position:absolute;inset:35% 0 0;background:linear-gradient(transparent,#031433cc 30%)}}
#logo,#face{{position:absolute;top:56px;width:110px;height:110px;background:#f2b705;border-radius:18px;left:64px}}
#face{{left:auto;right:64px;width:150px;height:150px;border-radius:50%;border:6px solid #fff}}
#m{{position:absolute;left:64px;right:64px;bottom:136px}}h1{{font-size:92px;line-height:1.08;text-wrap:balance}}
p{{font-size:34px;line-height:1.35;margin-top:28px}}footer{{position:absolute;inset:auto 0 0;height:96px;
background:#0b3d91;padding:28px 64px;font:800 28px J}}</style>
<div id="scrim"></div><div id="logo"></div><div id="face"></div><div id="m"><h1></h1><p></p></div>
<footer>Dinas Komunikasi dan Informatika Kota Contoh</footer>
<script>function card(f){{const h=document.querySelector('h1');h.textContent=f.headline;
document.querySelector('p').textContent=f.body;let s=92;h.style.fontSize=s+'px';
while(h.offsetHeight>310&&s>40){{s-=4;h.style.fontSize=s+'px'}}return s}}</script>"""


class Pipe:
    """Chromium's ``--remote-debugging-pipe``: messages of JSON parted by a zero byte, on descriptors 3 and 4."""

    def __init__(self, program: str, profile: str) -> None:
        to_read, self.out = os.pipe()
        self.inn, to_write = os.pipe()
        shell = f'exec "$0" "$@" 3<&{to_read} 4>&{to_write}'
        flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
                 f"--user-data-dir={profile}", "--remote-debugging-pipe", "about:blank"]  # fmt: skip
        self.process = subprocess.Popen(
            ["/bin/bash", "-c", shell, program, *flags],
            pass_fds=(to_read, to_write),
            stderr=subprocess.DEVNULL,
        )
        os.close(to_read)
        os.close(to_write)
        self.number, self.rest = 0, b""

    def call(self, method: str, session: str = "", **params: Any) -> dict[str, Any]:
        """Ask and wait for the answer."""
        self.number += 1
        message: dict[str, Any] = {"id": self.number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.out, data) :]
        while True:
            while b"\0" not in self.rest:
                read = os.read(self.inn, 1 << 20)
                if not read:
                    raise RuntimeError("chromium ended")
                self.rest += read
            one, _, self.rest = self.rest.partition(b"\0")
            answer: dict[str, Any] = json.loads(one)
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(str(answer["error"]))
                result: dict[str, Any] = answer["result"]
                return result

    def cpu(self) -> float:
        """CPU seconds of Chromium and all its children so far."""
        parents: dict[int, int] = {}
        spent: dict[int, int] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    words = (entry / "stat").read_text().rpartition(")")[2].split()
                except OSError:
                    continue
                parents[int(entry.name)], spent[int(entry.name)] = (
                    int(words[1]),
                    int(words[11]) + int(words[12]),
                )
        ours, grown = {self.process.pid}, True
        while grown:
            more = {pid for pid, parent in parents.items() if parent in ours} - ours
            ours |= more
            grown = bool(more)
        return sum(spent.get(pid, 0) for pid in ours) / os.sysconf("SC_CLK_TCK")


def draw(program: str, job: dict[str, Any]) -> float | str:
    """CPU milliseconds a card, or why not."""

    def packed(path: Path) -> str:
        return base64.b64encode(path.read_bytes()).decode()

    fonts = Path(job["fonts"])
    page = PAGE.format(
        regular=packed(fonts / "PlusJakartaSans-Regular.ttf"), bold=packed(fonts / "PlusJakartaSans-ExtraBold.ttf"),
        photo=packed(Path(job["photo"])),
    )  # fmt: skip
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        pipe = Pipe(program, profile)
        try:
            return _measured(pipe, page, job["cards"])
        except (RuntimeError, OSError, KeyError) as error:
            return f"failed: {error}"[:160]
        finally:
            pipe.process.terminate()
            pipe.process.wait(20)


def _measured(pipe: Pipe, page: str, cards: list[dict[str, str]]) -> float:
    target = pipe.call("Target.createTarget", url="about:blank")["targetId"]
    session = pipe.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    pipe.call(
        "Emulation.setDeviceMetricsOverride",
        session,
        width=1080,
        height=1080,
        deviceScaleFactor=1,
        mobile=False,
    )
    frame = pipe.call("Page.getFrameTree", session)["frameTree"]["frame"]["id"]
    pipe.call("Page.setDocumentContent", session, frameId=frame, html=page)
    pipe.call("Runtime.evaluate", session, expression="document.fonts.ready", awaitPromise=True)
    start = 0.0
    warm = min(10, len(cards) // 3)
    for number, fields in enumerate(cards):
        if number == warm:
            start = pipe.cpu()
        pipe.call("Runtime.evaluate", session, expression=f"card({json.dumps(fields)})")
        shot = pipe.call("Page.captureScreenshot", session, format="jpeg", quality=90)
        base64.b64decode(shot["data"])
    return (pipe.cpu() - start) / (len(cards) - warm) * 1000
