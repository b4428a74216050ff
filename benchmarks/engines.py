"""Which engine carries our chunks: procrastinate and PgQueuer, the same jobs, turn and turn about.

A job is a chunk of 200 numbers; its work is to wait 50 ms four at a time (as a publisher waits for its calls), or
nothing at all. Both have four jobs in work at once, heartbeats on, finished jobs deleted or logged as each does by
default. PostgreSQL is our own on 127.0.0.1.

    python benchmarks/engines.py [--json] [--jobs 500] [--turns 3]

Needs ``pip install procrastinate pgqueuer asyncpg "psycopg[binary]"``; PgQueuer is no dependency of humasbot. Keys for
each engine: handed_in_s, empty_s (jobs without work), empty_cpu_ms (our process, for a job), server_cpu_ms
(PostgreSQL, for a job), waiting_s (jobs of 50 ms) and waiting_ratio (the least that four at once need ÷ that).
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parent.parent / "tests" / "live")]

from servers.postgresql import PostgreSQL  # noqa: E402 - found by the path above

AT_ONCE = 4
IDS = list(range(1_000_000, 1_000_200))
WORK_SECONDS = 0.05
Figures = dict[str, float]
Job = Callable[[], Awaitable[None]]


def server_cpu() -> float:
    """Seconds of CPU that PostgreSQL's processes have used, those that have ended included."""
    ticks = 0
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and (folder / "comm").read_text().startswith("postgres"):
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                ticks += sum(map(int, fields[11:15]))
        except OSError:
            continue
    return ticks / os.sysconf("SC_CLK_TCK")


async def procrastinate(dsn: str, jobs: int, job: Job) -> Figures:
    """Hand *jobs* in and work them off with procrastinate."""
    import procrastinate as engine

    app = engine.App(connector=engine.PsycopgConnector(conninfo=dsn))
    done = 0

    @app.task(name="carry")
    async def carry(ids: list[int]) -> None:
        nonlocal done
        await job()
        done += 1

    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        began = time.perf_counter()
        await carry.batch_defer_async(*({"ids": IDS} for _ in range(jobs)))
        told = {"handed_in_s": time.perf_counter() - began}
        with Spent(jobs) as spent:
            await app.run_worker_async(
                concurrency=AT_ONCE, wait=False, delete_jobs="always", install_signal_handlers=False
            )
    if done != jobs:
        raise SystemExit(f"procrastinate: {done} of {jobs}")
    return told | spent.figures


async def pgqueuer(dsn: str, jobs: int, job: Job) -> Figures:
    """Hand *jobs* in and work them off with PgQueuer."""
    import asyncpg
    from pgqueuer import PgQueuer
    from pgqueuer.db import AsyncpgDriver
    from pgqueuer.types import QueueExecutionMode

    connection = await asyncpg.connect(dsn)
    engine = PgQueuer(AsyncpgDriver(connection))
    done = 0

    @engine.entrypoint("carry")
    async def carry(_: Any) -> None:
        nonlocal done
        await job()
        done += 1

    queries = engine.qm.queries
    await queries.install()
    payload = json.dumps(IDS).encode()
    began = time.perf_counter()
    await queries.enqueue(["carry"] * jobs, [payload] * jobs, [0] * jobs)
    told = {"handed_in_s": time.perf_counter() - began}
    with Spent(jobs) as spent:
        await engine.qm.run(
            batch_size=AT_ONCE // 2, max_concurrent_tasks=AT_ONCE, mode=QueueExecutionMode.drain,
            dequeue_timeout=timedelta(seconds=1),
        )  # fmt: skip
    if done != jobs:
        raise SystemExit(f"PgQueuer: {done} of {jobs}")
    return told | spent.figures


class Spent:
    """Time and CPU of what is done within it, our own and PostgreSQL's, for each of *jobs*."""

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self.figures: Figures = {}

    def __enter__(self) -> "Spent":
        self._began = time.perf_counter(), time.process_time(), server_cpu()
        return self

    def __exit__(self, *_: object) -> None:
        ended = time.perf_counter(), time.process_time(), server_cpu()
        seconds, ours, server = (b - a for a, b in zip(self._began, ended, strict=True))
        self.figures = {
            "s": seconds,
            "cpu_ms": 1000 * ours / self._jobs,
            "server_cpu_ms": 1000 * server / self._jobs,
        }


async def nothing() -> None:
    """The work of an empty job."""


async def wait() -> None:
    """The work of a job as long as a call."""
    await asyncio.sleep(WORK_SECONDS)


def measure(server: PostgreSQL, jobs: int, turns: int) -> dict[str, Any]:
    """Medians over the turns, by engine."""
    engines = {"procrastinate": procrastinate, "pgqueuer": pgqueuer}
    found: dict[str, list[Figures]] = {name: [] for name in engines}
    for _ in range(turns):
        for name, engine in engines.items():
            empty, waiting = (
                asyncio.run(engine(server.new_database().replace("+psycopg", ""), jobs, job))
                for job in (nothing, wait)
            )
            found[name].append(
                {"handed_in_s": empty["handed_in_s"], "empty_s": empty["s"], "empty_cpu_ms": empty["cpu_ms"],
                 "server_cpu_ms": empty["server_cpu_ms"], "waiting_s": waiting["s"],
                 "waiting_ratio": jobs * WORK_SECONDS / AT_ONCE / waiting["s"]}
            )  # fmt: skip
    return {
        name: {key: round(statistics.median(turn[key] for turn in told), 3) for key in told[0]}
        for name, told in found.items()
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--jobs", type=int, default=500)
    parser.add_argument("--turns", type=int, default=3)
    options = parser.parse_args()
    figures: dict[str, Any] = {
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
        "jobs": options.jobs,
    }
    with PostgreSQL() as server:
        figures |= measure(server, options.jobs, options.turns)
    print(json.dumps(figures, indent=None if options.json else 1))


if __name__ == "__main__":
    main()
