"""How soon the commands answer, each in a fresh process, on the folder of an office with a year behind it.

The office has eight accounts on eight platforms, its region's calendar, a year of posts (750, 6,000 deliveries), 400
articles and a calendar of events in its database. ``source detect`` asks a WordPress on 127.0.0.1 that answers at once,
so a real site's own time comes on top. The floor is what an interpreter needs to load the libraries that every such
command stands on, ``python -c "import sqlmodel, jinja2"``, taken in the same turns, because a shared machine's speed
swings; a command's figure is the median of the turns, with the processor time beside it.

    python benchmarks/commands.py [--json] [--turns 5]

Keys: calendar_s, detect_s, preview_s, lint_s, agenda_s, deliveries_s, help_s, floor_s; each with _cpu_s; and
slowest_over_floor, the slowest command by the floor of the same run.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa

from humasbot.app import Humasbot
from humasbot.models import (
    Account,
    Agency,
    Approval,
    Article,
    Campaign,
    Delivery,
    Post,
    Receipt,
    Source,
    Variant,
    utc_now,
)
from humasbot.pipeline.setup import ANNOUNCE
from humasbot.testing.standin import Reply, Request, StandIn

POSTS, ARTICLES, EVENTS = 750, 400, 60
WORDS = "Pelayanan perekaman KTP buka hari Sabtu pukul 08.00 sampai 12.00 WIB di kantor Dukcapil. " * 3
NOTE = """# Layanan KTP buka hari Sabtu

Kantor Dukcapil melayani perekaman KTP pada Sabtu, 28 November 2026 pukul 08.00 sampai 12.00 WIB di Jalan Merdeka 1.
Warga membawa kartu keluarga. Keterangan: Diskominfo, https://dinas.example.go.id/ktp
"""
ACCOUNTS = {
    "board": 'folder = "public"\nbase_url = "https://dinas.example.go.id/papan"',
    "telegram": 'chat = "@dinascontoh"\ntoken = { env = "KUNCI" }',
    "bluesky": 'handle = "dinas.bsky.social"\napp_password = { env = "KUNCI" }',
    "mastodon": 'server = "https://mastodon.example"\ntoken = { env = "KUNCI" }',
    "facebook": 'page_id = "100000000000000"\ntoken = { env = "KUNCI" }',
    "instagram": 'user_id = "17841400000000000"\ntoken = { env = "KUNCI" }\n'
    'media_folder = "media"\nmedia_url = "https://dinas.example.go.id/media"',
    "x": "".join(
        f'{name} = {{ env = "KUNCI" }}\n'
        for name in ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
    ),
    "threads": 'user_id = "17841400000000000"\ntoken = { env = "KUNCI" }\n'
    'media_folder = "media"\nmedia_url = "https://dinas.example.go.id/media"',
}
HEAD = """[humasbot]
database = "sqlite:///humasbot.db"

[agency]
name = "Dinas Komunikasi dan Informatika Kota Contoh"
short = "Diskominfo Contoh"
timezone = "Asia/Jakarta"
website = "https://dinas.example.go.id"
sign_off = "Diskominfo Contoh"

[calendar]
province = "jabar"

[campaigns.pagi]
occasion = "daily"
at = "06:00"
approval = "person"
"""
AGENDA = """
[sources.kalender]
kind = "ics"
file = "agenda.ics"

[campaigns.agenda]
occasion = "agenda"
source = "kalender"
at = "08:00"
"""
NEWS = """
[sources.website]
kind = "wordpress"
url = "https://dinas.example.go.id"

[campaigns.berita]
occasion = "article"
source = "website"
template = "announcement"
card = "announcement"
"""
COMMANDS = {
    "calendar": ("calendar", "2027"),
    "preview": ("preview", "pagi", "--on", "2026-12-01", "--out", "pratinjau"),
    "lint": ("lint", "kabar.md", "--news"),
    "agenda": ("agenda",),
    "deliveries": ("deliveries",),
    "help": ("--help",),
}
FLOOR = "import sqlmodel, jinja2"
FINE = {"lint": (0, 1)}
"""A text may have faults that block it."""


class Site(StandIn):
    """A WordPress with one article, as far as it is asked to find out what it is."""

    def handle(self, request: Request) -> Reply:
        """Its front page, its REST list of posts, and nothing else."""
        if request.path == "/":
            head = '<meta name="generator" content="WordPress 6.8">'
            head += f'<link rel="https://api.w.org/" href="{self.url}/wp-json/">'
            return Reply(200, f"<html lang=id><head><title>Dinas</title>{head}</head><body>{WORDS}</body></html>",
                         {"Content-Type": "text/html; charset=utf-8"})  # fmt: skip
        if request.path.startswith("/wp-json/wp/v2/posts"):
            moment = "2026-11-22T01:00:00"
            whole = {"id": 1, "date": moment, "date_gmt": moment, "modified": moment, "modified_gmt": moment,
                     "link": f"{self.url}/berita/1/", "title": {"rendered": "Kabar"}, "excerpt": {"rendered": ""},
                     "content": {"rendered": f"<p>{WORDS}</p>", "protected": False}}  # fmt: skip
            return Reply(200, [whole], {"X-WP-Total": "1", "X-WP-TotalPages": "1"})
        return Reply(404, {"code": "rest_no_route"})


def office(folder: Path, posts: int = POSTS) -> None:
    """Write the office and its year, of so many posts, into *folder*."""
    lines = [f'[accounts.{name}]\nplatform = "{name}"\n{settings}' for name, settings in ACCOUNTS.items()]
    config = folder / "humasbot.toml"
    (folder / ".env").write_text("KUNCI=hanya-untuk-mengukur\n", encoding="utf-8")
    (folder / "kabar.md").write_text(NOTE, encoding="utf-8")
    (folder / "agenda.ics").write_text(_events(utc_now()), encoding="utf-8")
    (folder / "media").mkdir(exist_ok=True)
    # First without the website, which is not there to be read.
    config.write_text("\n".join([HEAD, AGENDA, *lines]) + "\n", encoding="utf-8")
    with Humasbot(config) as bot:
        bot.ingest()
        bot.plan()
    config.write_text("\n".join([HEAD, AGENDA, NEWS, *lines]) + "\n", encoding="utf-8")
    with Humasbot(config) as bot, bot.office.database.write() as session:
        _year(session, utc_now(), posts)


def _events(now: datetime) -> str:
    parts = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//contoh//ID"]
    for n in range(EVENTS):
        begins = now + timedelta(days=n % 30, hours=2 + n % 5)
        parts += ["BEGIN:VEVENT", f"UID:{n}@contoh", f"DTSTAMP:{now:%Y%m%dT%H%M%SZ}",
                  f"DTSTART:{begins:%Y%m%dT%H%M%SZ}", f"DTEND:{begins + timedelta(hours=2):%Y%m%dT%H%M%SZ}",
                  f"SUMMARY:Rapat koordinasi {n}", "LOCATION:Pendopo", "CLASS:PUBLIC", "END:VEVENT"]  # fmt: skip
    return "\r\n".join([*parts, "END:VCALENDAR", ""])


def _year(session: Any, now: datetime, count: int) -> None:
    """Two posts a day, each on every account, and the articles that they came from."""
    agency = session.execute(sa.select(Agency.id)).scalars().first()
    campaign = session.execute(sa.select(Campaign.id).where(Campaign.name == ANNOUNCE)).scalars().one()
    source = session.execute(sa.select(Source.id).where(Source.name == "website")).scalars().one()
    accounts = session.execute(sa.select(Account.id)).scalars().all()

    def keep(rows: list[Any]) -> list[Any]:
        session.add_all(rows)
        session.flush()
        return rows

    keep([
        Article(source_id=source, key=str(n), url=f"https://dinas.example.go.id/berita/{n}", title=f"Kabar {n}",
                text=WORDS * 4, digest=str(n), state="known", published_at=now - timedelta(hours=20 * n))
        for n in range(ARTICLES)
    ])  # fmt: skip
    posts = keep([
        Post(agency_id=agency, campaign_id=campaign, occasion=f"ukur-{n}", title=f"Kabar {n}",
             due_at=now - timedelta(hours=12 * n))
        for n in range(count)
    ])  # fmt: skip
    variants = keep([
        Variant(post_id=post.id, account_id=account, title="Kabar", text=WORDS, due_at=post.due_at)
        for post in posts for account in accounts
    ])  # fmt: skip
    approvals = keep([Approval(variant_id=variant.id, hash="-", actor="ukur") for variant in variants])
    deliveries = keep([
        Delivery(variant_id=variant.id, account_id=variant.account_id, approval_id=approval.id,
                 key=f"ukur-{variant.id}", state="sent", due_at=variant.due_at, next_at=variant.due_at, attempts=1)
        for variant, approval in zip(variants, approvals, strict=True)
    ])  # fmt: skip
    keep([
        Receipt(delivery_id=each.id, remote_id=str(each.id), url=f"https://contoh.example/{each.id}")
        for each in deliveries
    ])  # fmt: skip


class Took(NamedTuple):
    """One process: seconds on the clock, of the processor, and what it said."""

    wall: float
    cpu: float
    said: str


def timed(command: list[str], folder: Path, fine: tuple[int, ...] = (0,)) -> Took:
    """Run one fresh process, which has to end with one of *fine*."""
    # An installed program has its bytecode beside it, whatever this shell asks for.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment = {**kept, "HUMASBOT_CONFIG": "humasbot.toml", "HUMASBOT_LANG": "id", "COLUMNS": "100"}
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          encoding="utf-8", errors="replace", check=False)  # fmt: skip
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in fine:
        raise SystemExit(f"{command} ended with {done.returncode}:\n{done.stdout}")
    return Took(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout)


def measure(turns: int) -> dict[str, Any]:
    """Every command, turn and turn about; the first turn is not counted, as it warms the disk's cache."""
    found: dict[str, list[Took]] = {}
    with tempfile.TemporaryDirectory() as name, Site() as site:
        folder = Path(name)
        office(folder)
        program = [sys.executable, "-m", "humasbot"]
        commands = {key: [*program, *words] for key, words in COMMANDS.items()}
        commands["detect"] = [*program, "source", "detect", site.url, "--internal"]
        commands["floor"] = [sys.executable, "-c", FLOOR]
        for turn in range(turns + 1):
            for key, command in commands.items():
                figure = timed(command, folder, FINE.get(key, (0,)))
                if turn:
                    found.setdefault(key, []).append(figure)
    told: dict[str, Any] = {}
    for key, figures in found.items():
        told[f"{key}_s"] = statistics.median(each.wall for each in figures)
        told[f"{key}_cpu_s"] = statistics.median(each.cpu for each in figures)
    slowest = max(told[f"{key}_s"] for key in found if key != "floor")
    return {**told, "slowest_over_floor": slowest / told["floor_s"], "floor_by": FLOOR, "turns": turns,
            "cores": os.cpu_count(), "load": os.getloadavg()[0]}  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--turns", type=int, default=5)
    options = parser.parse_args()
    figures = measure(options.turns)
    shown = {name: round(value, 3) if isinstance(value, float) else value for name, value in figures.items()}
    print(
        json.dumps(shown, indent=1)
        if options.json
        else "\n".join(f"{name:24} {value}" for name, value in shown.items())
    )


if __name__ == "__main__":
    main()
