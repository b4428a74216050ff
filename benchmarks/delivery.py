"""How fast deliveries leave, against the raw HTTP client, on SQLite and PostgreSQL, alone and as a fleet.

Everything is on 127.0.0.1: a platform that answers after 50 ms (or at once), the raw client loop (the same HTTP client,
nothing else) and ours, each in a process of its own, turn and turn about, because a shared machine's speed swings;
figures are medians of the turns, ratios are of a turn's own two figures.

    python benchmarks/delivery.py [--json] [--quick] [--only sqlite,postgres,zero,seat,due,workers,plan,drain]

Keys: sqlite_ratio, postgres_ratio (10,000 deliveries of 50 ms, 64 at once, ours ÷ raw), two_worker_speedup beside
two_cores_speedup (two processes that only count, against one: what the cores allow at that moment), zero_delay_per_s
and zero_delay_ratio, seat_speedup (threads that share a core, against threads on both), first_lateness_s,
last_over_raw (10,000 due at one second), peak_mb, plan_300k_s, and with --only drain: drain_300k_s, drain_twice,
drain_killed (300,000 by two workers, one killed each minute).
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests" / "live")]

from delivery_kit import filling, fleets, running  # noqa: E402 - found by the path above
from delivery_kit.platform import Platform  # noqa: E402
from servers.postgresql import PostgreSQL  # noqa: E402

from humasbot.models import utc_now  # noqa: E402

AT_ONCE = 64
DELAY = 0.05
PARTS = ("sqlite", "postgres", "zero", "seat", "due", "workers", "plan")
Figures = dict[str, Any]


class Bench:
    """The counterparts of one run."""

    def __init__(self, stack: ExitStack, quick: bool) -> None:
        self.quick = quick
        self.count = 2000 if quick else 10_000
        self.turns = 1 if quick else 3
        self._stack = stack
        self._servers: list[PostgreSQL] = []

    @contextmanager
    def office(self, kind: str, threads: int = AT_ONCE) -> Iterator[tuple[Any, Path]]:
        """An office on an empty database."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            url = f"sqlite:///{folder / 'office.db'}" if kind == "sqlite" else self.server().new_database()
            bot = filling.office(folder, url, threads=threads)
            try:
                yield bot, folder
            finally:
                bot.close()

    def server(self) -> PostgreSQL:
        """PostgreSQL, started on first use."""
        if not self._servers:
            self._servers.append(self._stack.enter_context(PostgreSQL()))
        return self._servers[0]


def against_raw(bench: Bench, kind: str, delay: float, at_once: int = AT_ONCE) -> Figures:
    """Medians: the ratio, ours and the raw client's a second, the CPU of each in ms a delivery; and our peak memory."""
    ratios, ours, raws, cpu, peak = [], [], [], [], 0.0
    with Platform(delay) as platform:
        for _ in range(bench.turns):
            raw = running.call("raw", platform.url, bench.count, at_once)
            platform.forget()
            with bench.office(kind, at_once) as (bot, folder):
                filling.fill(bot, bench.count, platform.url)
                told = running.call("publish", folder)
                _sound(bot, bench.count, platform.told())
            platform.forget()
            again = running.call("raw", platform.url, bench.count, at_once)
            platform.forget()
            ratios.append(told["per_s"] / statistics.mean((raw["per_s"], again["per_s"])))
            ours.append(told["per_s"])
            raws += [raw["per_s"], again["per_s"]]
            cpu.append((told["cpu_ms"], statistics.mean((raw["cpu_ms"], again["cpu_ms"]))))
            peak = max(peak, told["peak_mb"])
    ours_ms, raw_ms = (statistics.median(each) for each in zip(*cpu, strict=True))
    return {"ratio": statistics.median(ratios), "per_s": statistics.median(ours), "raw_per_s": statistics.median(raws),
            "cpu_ms": ours_ms, "raw_cpu_ms": raw_ms, "peak_mb": peak}  # fmt: skip


def _sound(bot: Any, count: int, told: Figures) -> None:
    states = filling.states(bot)
    if states != {"sent": count} or told["posts"] != count or told["twice"]:
        raise SystemExit(f"not every delivery went out exactly once: {states}, {told}")


def sqlite(bench: Bench) -> Figures:
    """Through the whole path on SQLite."""
    told = against_raw(bench, "sqlite", DELAY)
    return {"peak_mb": told.pop("peak_mb"), **{f"sqlite_{name}": value for name, value in told.items()}}


def postgres(bench: Bench) -> Figures:
    """Through the whole path on PostgreSQL."""
    return {f"postgres_{name}": value for name, value in against_raw(bench, "postgresql", DELAY).items()}


def zero(bench: Bench) -> Figures:
    """A platform that answers at once: what a core can do."""
    return {f"zero_delay_{name}": value for name, value in against_raw(bench, "sqlite", 0, 16).items()}


def seat(bench: Bench) -> Figures:
    """What it brings that the threads share a core: a platform that answers at once, seated and spread in turns."""
    speeds: dict[str, list[float]] = {"seated": [], "spread": []}
    with Platform(0) as platform:
        for _ in range(bench.turns):
            for how, found in speeds.items():
                with bench.office("sqlite", 16) as (bot, folder):
                    filling.fill(bot, bench.count, platform.url)
                    found.append(running.call("publish", folder, how)["per_s"])
                platform.forget()
    both = zip(speeds["seated"], speeds["spread"], strict=True)
    return {"seat_speedup": statistics.median(seated / spread for seated, spread in both)}


def due(bench: Bench) -> Figures:
    """All due at one second: when the first leaves, and the last, against the raw client."""
    with Platform(DELAY) as platform, bench.office("sqlite") as (bot, folder):
        raw = running.call("raw", platform.url, bench.count, AT_ONCE)["seconds"]
        platform.forget()
        moment = utc_now() + timedelta(seconds=12 if bench.quick else 20)
        filling.fill(bot, bench.count, platform.url, moment)
        daemon = fleets.daemon(folder)
        fleets.until(lambda: filling.states(bot).get("sent", 0) == bench.count, 120)
        running.end([daemon])
        told = platform.told()
        again = running.call("raw", platform.url, bench.count, AT_ONCE)["seconds"]
    first, last = (told[name] - moment.timestamp() for name in ("first", "last"))
    return {"first_lateness_s": first, "last_over_raw": last / statistics.mean((raw, again))}


def workers(bench: Bench) -> Figures:
    """The engine: one worker process against two; and beside it what two processes that only count can do for one."""
    with Platform(DELAY) as platform:
        both = [
            [fleets.drain(bench, platform, count) for count in (1, 2)] + [running.cores_speedup()]
            for _ in range(bench.turns)
        ]
    speed = [statistics.median(each) for each in zip(*both, strict=True)]
    return {
        "two_cores_speedup": speed[2],
        "two_worker_speedup": speed[1] / speed[0],
        "one_worker_per_s": speed[0],
        "two_workers_per_s": speed[1],
    }


def plan(bench: Bench) -> Figures:
    """One day for 75,000 agencies: 300,000 deliveries."""
    agencies = 5000 if bench.quick else 75_000
    with bench.office("postgresql") as (bot, folder):
        told = fleets.plan(bot, folder, agencies)
    scale = 75_000 / agencies
    return {
        "plan_300k_s": told["seconds"] * scale,
        **{name: told[name] for name in ("claim_ms", "line_ms", "mend_ms")},
    }


def drain(bench: Bench) -> Figures:
    """300,000 planned deliveries by two workers, of which one is killed each minute."""
    with Platform(DELAY) as platform, bench.office("postgresql") as (bot, folder):
        return fleets.drain_killing(bot, folder, platform, 5000 if bench.quick else 75_000)


MEASURES: dict[str, Callable[[Bench], Figures]] = {
    "sqlite": sqlite, "postgres": postgres, "zero": zero, "seat": seat, "due": due, "workers": workers, "plan": plan,
    "drain": drain,
}  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="a fifth of the deliveries, one turn")
    parser.add_argument("--only", default=",".join(PARTS))
    options = parser.parse_args()
    figures: Figures = {"cores": os.cpu_count(), "load": os.getloadavg()[0]}
    with ExitStack() as stack:
        bench = Bench(stack, options.quick)
        for name in options.only.split(","):
            started = time.perf_counter()
            figures |= MEASURES[name](bench)
            print(f"{name}: {time.perf_counter() - started:.0f} s", file=sys.stderr)
    shown = {name: round(value, 3) if isinstance(value, float) else value for name, value in figures.items()}
    print(
        json.dumps(shown)
        if options.json
        else "\n".join(f"{name:24} {value}" for name, value in shown.items())
    )


if __name__ == "__main__":
    main()
