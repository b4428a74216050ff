"""Kill the real daemon again and again at random moments, and count what was lost, double or silent.

``make soak KILLS=10000``, or ``python tests/integration/faults/soak.py 500 [--seed N] [--rigs 4] [--database URL]``.
Each life of the daemon finds one article more; every 25 deaths one daemon may live until all is settled. Several rigs,
each an office of its own, die side by side. Ends with one JSON line:

``held``    articles that wait for a person before anything is queued: too many new ones came at once
``lost``    articles that are on the website but neither on the platform nor told to a person
``double``  posts that an account's platform holds twice
``silent``  deliveries that are neither sent nor waiting for a person
"""

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[3]
HERE = Path(__file__).parent
sys.path[:0] = [
    str(folder) for folder in (ROOT / "tests" / "plugins", ROOT / "tests" / "live", HERE, HERE.parent)
]

from sqlmodel import select  # noqa: E402
from test_deaths import ACCOUNTS, Rig, Website  # noqa: E402

from humasbot.app import Humasbot  # noqa: E402
from humasbot.models import Article  # noqa: E402

LIVES = 25
"""Deaths between two checks; not above 40, for so many new articles at once are held for a person."""
SETTLE_SECONDS = 600
"""What was refused many times waits longer each time, and all that stands behind it in its account's line."""
FAULTS = ("lost", "double", "silent")


def soak(kills: int, seed: int, folder: Path, database: str) -> dict[str, int | float | str]:
    chance = random.Random(seed)
    began = time.monotonic()
    with Website() as website:
        rig = Rig(folder, database, website)
        try:
            done = 0
            while done < kills:
                for _ in range(min(LIVES, kills - done)):
                    website.articles += 1
                    live_and_die(rig, chance)
                    done += 1
                settle(rig, website.articles)
                told = count(rig, website.articles)
                print(f"{done}/{kills} {told}", file=sys.stderr, flush=True)
            return {
                "kills": done,
                "seed": seed,
                **count(rig, website.articles),
                "seconds": round(time.monotonic() - began),
                "on": datetime.now(UTC).date().isoformat(),
            }
        finally:
            rig.end()


def live_and_die(rig: Rig, chance: random.Random) -> None:
    """One life: half of them end after some seconds, half at some commit, before or after it."""
    script = [chance.choice(["ok", "ok", "lost_after", "retry"]) for _ in range(2)]
    for name in ACCOUNTS:
        (rig.folder / name).mkdir(exist_ok=True)
        (rig.folder / name / "script").write_text("\n".join(script))
    if chance.random() < 0.5:
        life = rig.start(chance.choice(["before", "after"]), chance.randint(1, 30))
        end = time.monotonic() + 3
    else:
        life = rig.start()
        end = time.monotonic() + chance.uniform(0.1, 2)
    while life.poll() is None and time.monotonic() < end:
        time.sleep(0.02)
    life.kill()
    life.wait()
    rig.lives.remove(life)


def settle(rig: Rig, articles: int) -> None:
    """Let one daemon live until nothing moves any more: all is sent, or waits for a person."""
    for name in ACCOUNTS:
        (rig.folder / name / "script").write_text("")
    life = rig.start()
    end = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < end:
        rows = rig.rows()
        quiet = all(row["state"] == "sent" or row["needs_person"] for row in rows)
        if quiet and len(rows) == (articles - held(rig)) * len(ACCOUNTS):
            break
        time.sleep(0.5)
    life.terminate()
    life.wait(timeout=90)
    rig.lives.remove(life)


def held(rig: Rig) -> int:
    with rig.bot.office.database.read() as session:
        return len(session.exec(select(Article.id).where(Article.state == "held")).all())


def count(rig: Rig, articles: int) -> dict[str, int]:
    rows = rig.rows()
    public = {name: Counter(rig.public(name)) for name in ACCOUNTS}
    with Humasbot(rig.folder / "humasbot.toml") as bot:
        asked = {bot.views.delivery(row["id"])["key"] for row in rows if row["needs_person"]}
    out = sum(len(keys) for keys in public.values())
    unseen = len([key for key in asked if not any(key in keys for keys in public.values())])
    waiting = held(rig)
    return {
        "articles": articles,
        "held": waiting,
        "deliveries": len(rows),
        "sent": sum(row["state"] == "sent" for row in rows),
        "to_a_person": len(asked),
        "lost": (articles - waiting) * len(ACCOUNTS) - out - unseen,
        "double": sum(times > 1 for keys in public.values() for times in keys.values()),
        "silent": sum(row["state"] != "sent" and not row["needs_person"] for row in rows),
    }


def side_by_side(kills: int, seed: int, rigs: int) -> dict[str, int | float | str]:
    """The sum of several soaks, each a process with an office, a seed and its share of the deaths."""
    shares = [kills // rigs + (number < kills % rigs) for number in range(rigs)]
    commands = [
        [sys.executable, __file__, str(share), "--seed", str(seed + n)] for n, share in enumerate(shares)
    ]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands]
    told = [json.loads(process.communicate()[0].splitlines()[-1]) for process in running]
    summed = ("kills", "articles", "held", "deliveries", "sent", "to_a_person", *FAULTS)
    longest = max(each["seconds"] for each in told)
    sums = {name: sum(each[name] for each in told) for name in summed}
    return {**sums, "rigs": rigs, "seed": seed, "seconds": longest, "on": told[0]["on"]}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kills", type=int)
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--rigs", type=int, default=1)
    parser.add_argument("--database", default="")
    options = parser.parse_args()
    if options.rigs > 1:
        result = side_by_side(options.kills, options.seed, options.rigs)
    else:
        folder = Path(tempfile.mkdtemp(prefix="humasbot-soak-"))
        result = soak(options.kills, options.seed, folder, options.database or f"sqlite:///{folder}/soak.db")
        if any(result[name] for name in FAULTS):
            print(f"what it left is kept: {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder)
    print(json.dumps(result))
    return int(any(result[name] for name in FAULTS))


if __name__ == "__main__":
    sys.exit(main())
