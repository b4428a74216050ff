"""Parts that run in processes of their own: the raw client, one publisher, and a fleet's workers.

``python -m delivery_kit.running raw URL COUNT AT_ONCE`` sends COUNT posts with the client that publishers use, and
nothing else. ``… publish FOLDER [spread]`` sends what is due in the office of that folder. Both print one line of JSON.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from queue import SimpleQueue
from typing import Any

HERE = Path(__file__).resolve().parents[1]


def call(*arguments: object) -> dict[str, Any]:
    """Run one part to its end; what it measured."""
    command = [sys.executable, "-m", "delivery_kit.running", *map(str, arguments)]
    done = subprocess.run(command, cwd=HERE, stdout=subprocess.PIPE, text=True, check=True)
    told: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return told


def worker(folder: Path, role: str) -> "subprocess.Popen[bytes]":
    """Start one ``humasbot worker``; its log is in the folder."""
    command = [sys.executable, "-m", "humasbot", "-c", str(folder / "humasbot.toml"), "worker", role]
    return subprocess.Popen(
        [*command, "--level", "error"], stderr=(folder / f"{role}.log").open("ab"), cwd=HERE.parent
    )


def end(processes: "list[subprocess.Popen[bytes]]") -> None:
    """A clean stop."""
    for process in processes:
        process.send_signal(signal.SIGTERM)
    for process in processes:
        process.wait(60)


def cores_speedup(processes: int = 2) -> float:
    """How much more counting *processes* do at once than one: shared cores give less than their number."""
    code = "import time\nt=time.perf_counter(); x=0\nfor i in range(20_000_000): x+=i\nprint(time.perf_counter()-t)"

    def seconds(count: int) -> list[float]:
        command = [sys.executable, "-c", code]
        begun = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(count)]
        return [float(process.communicate()[0]) for process in begun]

    (alone,) = seconds(1)
    return sum(alone / each for each in seconds(processes))


def raw(url: str, count: int, at_once: int) -> dict[str, Any]:
    """The raw client loop: the same HTTP client, the same bytes, threads on one core as ours are, no database."""
    from delivery_kit.filling import WORDS
    from humasbot.net import Http
    from humasbot.pipeline.hands import tune
    from humasbot.pipeline.seat import SEAT

    tune()
    http = Http()
    body = json.dumps({"version": 1, "key": "x" * 32, "title": "Kabar", "text": WORDS, "media": []}).encode()
    tasks: SimpleQueue[int | None] = SimpleQueue()
    for number in (*range(count), *[None] * at_once):
        tasks.put(number)

    def work() -> None:
        with SEAT.taken():
            send()

    def send() -> None:
        while (number := tasks.get()) is not None:
            headers = {"Content-Type": "application/json", "Idempotency-Key": f"raw-{number}"}
            http.request("POST", url, body=body, headers=headers).json()

    threads = [threading.Thread(target=work) for _ in range(at_once)]
    started, cpu = time.perf_counter(), time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - started
    return {
        "per_s": count / seconds,
        "seconds": seconds,
        "cpu_ms": 1000 * (time.process_time() - cpu) / count,
    }


def publish(folder: Path, seat: str = "seated") -> dict[str, Any]:
    """Send everything that is due, as the daemon does; ``spread``: but with the threads on whatever core."""
    from delivery_kit.filling import peak_mb
    from humasbot.app import Humasbot
    from humasbot.pipeline.hands import tune
    from humasbot.pipeline.seat import SEAT

    if seat == "spread":
        SEAT.open = lambda: None  # type: ignore[method-assign]  # for comparison only
    tune()
    with Humasbot(folder / "humasbot.toml") as bot:
        started, cpu = time.perf_counter(), time.process_time()
        made = bot.publish()
        seconds = time.perf_counter() - started
        cpu_ms = 1000 * (time.process_time() - cpu) / max(made, 1)
    return {"made": made, "per_s": made / seconds, "seconds": seconds, "cpu_ms": cpu_ms, "peak_mb": peak_mb()}


def main() -> None:
    """One part."""
    what, *rest = sys.argv[1:]
    told = raw(rest[0], int(rest[1]), int(rest[2])) if what == "raw" else publish(Path(rest[0]), *rest[1:])
    print(json.dumps(told), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
