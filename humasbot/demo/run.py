"""The main job on the example office, from its website to the public page and the report, telling how far it is."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar

from humasbot.app import Humasbot
from humasbot.config import DAYS
from humasbot.demo import report
from humasbot.errors import InputError
from humasbot.models import utc_now
from humasbot.words import t

T = TypeVar("T")
REAL = "board"
"""The one platform that the demo really publishes to: a folder of this computer."""
MOST_POSTS = 200
_WAIT_SECONDS = 0.1


class Tell(Protocol):
    """Is told how far a step is; ``result`` is what came of it, once it is done."""

    def __call__(self, step: str, done: int, total: int, result: str = "") -> None:
        """Show it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run of the demo did. ``posts`` are the views of those it made, in the order of their publication."""

    new_articles: int
    posts: tuple[dict[str, Any], ...]
    published: int
    dry_run: int
    scheduled: int
    held: int
    report: Path
    page: Path | None
    seconds: float
    problems: tuple[str, ...]

    def summary(self) -> dict[str, Any]:
        """As plain data, for ``--json``."""
        return {
            "new_articles": self.new_articles,
            "posts": len(self.posts),
            "published": self.published,
            "dry_run": self.dry_run,
            "scheduled": self.scheduled,
            "held": self.held,
            "report": str(self.report),
            "page": str(self.page or ""),
            "seconds": round(self.seconds, 1),
            "problems": list(self.problems),
        }


def run(bot: Humasbot, tell: Tell, now: datetime | None = None) -> Outcome:
    """Ingest, compose, approve by policy, publish and report; *now* (aware) is the present.

    Raises :class:`~humasbot.errors.InputError` when an account would really publish somewhere else than in a folder.
    """
    started, now = time.monotonic(), now or utc_now()
    _only_here(bot)
    before = {post["id"] for post in bot.views.posts(MOST_POSTS)}
    sent_before = _sent(bot)
    articles = _ingest(bot, tell)
    _compose(bot, tell, articles, before, now)
    published = _publish(bot, tell, sent_before)
    made = [bot.views.post(post["id"]) for post in bot.views.posts(MOST_POSTS) if post["id"] not in before]
    made.sort(key=lambda post: (post["due_at"], post["id"]))
    tell(t("Menulis laporan", "Writing the report"), 0, 1)
    page = public_page(bot)
    written = report.write(bot, bot.config.path("laporan.html"), page, now)
    tell(t("Menulis laporan", "Writing the report"), 1, 1, written.name)
    variants = [variant for post in made for variant in post["variants"]]
    return Outcome(
        new_articles=articles,
        posts=tuple(made),
        published=published,
        dry_run=sum(variant["dry_run"] for variant in variants),
        scheduled=sum(variant["state"] == "queued" and variant["due_at"] > now for variant in variants),
        held=len(bot.views.articles(MOST_POSTS, state="held")),
        report=written,
        page=page,
        seconds=time.monotonic() - started,
        problems=(*_unsaid(bot, now), *_problems(made, now)),
    )


def public_page(bot: Humasbot) -> Path | None:
    """The front page of the office's board, once there is one."""
    for account in bot.config.accounts.values():
        if account.platform == REAL:
            page = bot.config.path(str(account.settings.get("folder", ""))) / "index.html"
            return page if page.is_file() else None
    return None


def _only_here(bot: Humasbot) -> None:
    real = [
        name for name, table in bot.config.accounts.items() if table.platform != REAL and not table.dry_run
    ]
    if real:
        raise InputError(
            t("akun {a} tidak lagi uji coba (dry_run), padahal demo hanya menerbitkan ke folder; untuk sungguhan: "
              "humasbot -c {f} run",
              "the account {a} is no dry run any more, and the demo publishes into a folder only; in earnest: "
              "humasbot -c {f} run", a=", ".join(real), f=bot.config.path(bot.config.lines.file))
        )  # fmt: skip


def _ingest(bot: Humasbot, tell: Tell) -> int:
    step = t("Membaca situs web", "Reading the website")
    tell(step, 0, 1)
    new = bot.ingest()
    if errors := [f"{row['name']}: {row['last_error']}" for row in bot.views.sources() if row["last_error"]]:
        raise InputError(
            t("sumber tidak terbaca: {why}", "a source cannot be read: {why}", why="; ".join(errors))
        )
    counted: dict[str, int] = {}
    for row in bot.views.sources():
        for state, number in row["articles"].items():
            counted[state] = counted.get(state, 0) + number
    tell(step, 1, 1, t("{n} baru, {k} lama, {h} ditahan", "{n} new, {k} old, {h} held", n=new,
                       k=counted.get("known", 0), h=counted.get("held", 0)))  # fmt: skip
    return new


def _compose(bot: Humasbot, tell: Tell, articles: int, before: set[int], now: datetime) -> None:
    step = t("Menyusun teks, menggambar kartu", "Composing texts, drawing cards")
    today = now.astimezone(bot.config.zone).date()
    daily = [name for name, table in bot.config.campaigns.items() if table.occasion == "daily"]

    def work() -> None:
        # Today's first: planning looks ahead, and today's hour may have passed before the campaign existed.
        for name in daily:
            bot.speak(name, today)
        bot.plan(now)

    def made() -> int:
        return sum(post["id"] not in before for post in bot.views.posts(MOST_POSTS))

    total = articles + len(daily)
    _watched(work, lambda: tell(step, min(made(), total), total))
    tell(step, total, total, t("{n} kiriman", "{n} posts", n=made()))


def _publish(bot: Humasbot, tell: Tell, before: int) -> int:
    step = t("Menerbitkan di papan kantor", "Publishing on the office's page")
    # What an earlier run left behind when it was cut off is looked for before anything else is sent.
    bot.reconcile()
    total = sum(row["due_at"] <= utc_now() for row in bot.views.deliveries(MOST_POSTS, state="queued"))
    _watched(bot.publish, lambda: tell(step, min(_sent(bot) - before, total), total))
    published = _sent(bot) - before
    tell(step, total, total, t("{n} terbit", "{n} published", n=published))
    return published


def _sent(bot: Humasbot) -> int:
    return len(bot.views.deliveries(10_000, state="sent"))


def _watched(work: Callable[[], T], look: Callable[[], None]) -> T:
    """Do *work* in a thread and *look* from time to time until it ends."""
    with ThreadPoolExecutor(1, thread_name_prefix="humasbot-demo") as pool:
        future = pool.submit(work)
        while not future.done():
            look()
            wait([future], timeout=_WAIT_SECONDS)
        return future.result()


def _unsaid(bot: Humasbot, now: datetime) -> list[str]:
    """What should have become a Post and did not, since its template or card cannot be made."""
    posts = [bot.views.post(row["id"]) for row in bot.views.posts(MOST_POSTS)]
    said = {post["article_id"] for post in posts}
    sources = {row["id"]: row["name"] for row in bot.views.sources()}
    days = {
        (row["campaign"], row["due_at"].astimezone(bot.config.zone).date())
        for row in bot.views.posts(MOST_POSTS)
    }
    today = now.astimezone(bot.config.zone).date()
    missing = []
    for name, table in bot.config.campaigns.items():
        if table.occasion == "daily":
            speaks = not table.days or DAYS[today.weekday()] in table.days
            missing += [name] if speaks and (name, today) not in days else []
        else:
            missing += [
                article["title"]
                for article in bot.views.articles(MOST_POSTS, state="new")
                if article["id"] not in said and sources.get(article["source_id"]) == table.source
                and (not table.categories or set(table.categories) & set(article["categories"]))
            ]  # fmt: skip
    file = bot.config.path(bot.config.lines.file)
    return [
        t("{x}: tidak dapat disusun; sebabnya: humasbot -c {f} check",
          "{x}: cannot be composed; see why: humasbot -c {f} check", x=title, f=file)
        for title in missing
    ]  # fmt: skip


def _problems(posts: list[dict[str, Any]], now: datetime) -> list[str]:
    """What did not come out as it should, as sentences."""
    found = []
    for post in posts:
        for variant in post["variants"]:
            where = f"{post['title']} – {variant['account']}"
            found += [f"{where}: {problem}" for problem in variant["problems"]]
            late = variant["state"] == "queued" and variant["due_at"] <= now
            if variant["state"] in ("failed", "uncertain") or late:
                later = t("belum terkirim; jalankan lagi sebentar lagi", "not sent yet; run again in a while")
                found.append(f"{where}: {variant['reason'] or later}")
    return found
