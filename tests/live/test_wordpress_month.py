"""A month of a real WordPress: each article once, each edit one proposal, each withdrawal one flag.

Posts, edits, new slugs, trash, drafts, re-publication, a post deleted and written anew: the editors' deeds are chosen
by a seed and done through WordPress's own REST interface; humasbot reads, says and watches each evening.
"""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from servers.wordpress import WordPress as Site
from sqlmodel import select

from humasbot.app import Humasbot
from humasbot.models import Article, Proposal, Source

DAYS = 30
WORDS = "Warga diminta mengikuti petunjuk petugas di lapangan dan menjaga kebersihan lingkungan bersama."
SUBJECTS = (
    "Vaksinasi",
    "Jembatan",
    "Pasar murah",
    "Beasiswa",
    "Posyandu",
    "Sampah",
    "Banjir",
    "Panen",
    "Perpustakaan",
    "Air bersih",
)
PLACES = (
    "Kelurahan Timur",
    "Desa Sukamaju",
    "Kecamatan Kota",
    "Dusun Kulon",
    "Pesisir Utara",
    "Lereng Gunung",
)


@dataclass
class Story:
    """What the editors know of one article, and what humasbot should have made of it."""

    number: int
    title: str
    public: bool = True
    rested: int = 2
    edits: int = 0
    withdrawals: int = 0
    old: bool = False
    ids: list[int] = field(default_factory=list)


class Editors:
    """They do a few things a day, each article touched at most once."""

    def __init__(self, site: Site, seed: int) -> None:
        self.site = site
        self.chance = random.Random(seed)
        self.stories: list[Story] = []
        self.count = 0
        self.done: Counter[str] = Counter()

    def text(self) -> str:
        self.count += 1
        return f"<p>Kabar bernomor {self.count}. {WORDS}</p>"

    def publish(self, *, age: timedelta = timedelta(), old: bool = False) -> None:
        count = len(self.stories)
        name = f"{SUBJECTS[count % 10]} di {PLACES[count % 6]} gelombang {count + 1}"
        moment = datetime.now(UTC) - age if age else None
        made = self.site.create_post(name, self.text(), date_gmt=moment)
        self.stories.append(Story(made["id"], name, old=old, ids=[made["id"]]))
        self.done["publish"] += 1

    def day(self) -> None:
        for _ in range(self.chance.choice((0, 1, 1, 2))):
            self.publish()
        touched = self.chance.sample(self.stories, min(4, len(self.stories)))
        for story in touched:
            if story.rested <= 0:
                deed = self.chance.choice((self.edit, self.edit, self.retitle, self.reslug, self.trash, self.draft)
                                          if story.public else (self.restore, self.restore, self.again))  # fmt: skip
                deed(story)
                self.done[deed.__name__] += 1
                story.rested = 2  # an evening must pass in which the change is seen
        for story in self.stories:
            story.rested -= 1

    def edit(self, story: Story) -> None:
        self.site.update_post(story.number, content=self.text())
        story.edits += 1

    def retitle(self, story: Story) -> None:
        self.count += 1
        story.title = f"{story.title.split(' (')[0]} (ralat {self.count})"
        self.site.update_post(story.number, title=story.title)
        story.edits += 1

    def reslug(self, story: Story) -> None:
        self.count += 1
        self.site.update_post(story.number, slug=f"alamat-baru-{self.count}")

    def trash(self, story: Story) -> None:
        self.site.trash_post(story.number)
        story.public = False
        story.withdrawals += 1

    def draft(self, story: Story) -> None:
        self.site.update_post(story.number, status="draft")
        story.public = False
        story.withdrawals += 1

    def restore(self, story: Story) -> None:
        self.site.update_post(story.number, status="publish")
        story.public = True

    def again(self, story: Story) -> None:
        """Deleted for good, and written anew under the same title and address."""
        before = self.site.rest("GET", f"wp/v2/posts/{story.number}?context=edit").good().json()
        slug = before["slug"].removesuffix("__trashed")
        self.site.rest("DELETE", f"wp/v2/posts/{story.number}?force=true").good()
        wanted = {"title": before["title"]["raw"], "content": before["content"]["raw"],
                  "status": "publish", "slug": slug,
                  "date_gmt": before["date_gmt"]}  # fmt: skip
        made = self.site.rest("POST", "wp/v2/posts", data=wanted).good().json()
        story.number, story.public = made["id"], True
        story.ids.append(made["id"])


@pytest.fixture
def site() -> Iterator[Site]:
    """A WordPress of its own: what other tests post there must not count here."""
    with Site() as server:
        yield server


def office(site: Site, folder: Path) -> Humasbot:
    return Humasbot(
        {
            "humasbot": {"database": f"sqlite:///{folder / 'bulan.db'}", "settle": "0s", "allow_hosts": ["127.0.0.1"]},
            "agency": {"name": "Dinas Kominfo Kota Contoh"},
            "sources": {"situs": {"kind": "wordpress", "url": site.url}},
            "accounts": {"satu": {"platform": "scripted", "folder": "satu"}},
            "campaigns": {
                "berita": {"occasion": "article", "source": "situs", "template": "announcement", "approval": "policy",
                           "picture": "none"},
            },
        },
        folder=folder,
    )  # fmt: skip


def evening(bot: Humasbot, moment: datetime) -> None:
    with bot.office.database.write() as session:
        for source in session.exec(select(Source)).all():
            source.next_at = None
    bot.ingest()
    bot.plan()
    bot.publish()
    for hours in (0, 1, 7, 8):
        bot.watch(moment + timedelta(hours=hours))


@pytest.mark.parametrize("seed", [20261122])
def test_a_month_of_editing(site: Site, tmp_path: Path, seed: int) -> None:
    editors = Editors(site, seed)
    for number in range(3):
        editors.publish(age=timedelta(days=20 + number), old=True)
    start = datetime.now(UTC)
    with office(site, tmp_path) as bot:
        evening(bot, start)
        for day in range(1, DAYS + 1):
            editors.day()
            evening(bot, start + timedelta(days=day))
        evening(bot, start + timedelta(days=DAYS + 1))
        with bot.office.database.read() as session:
            articles = session.exec(select(Article)).all()
            proposals = session.exec(select(Proposal)).all()
        said = Counter(post["text"].splitlines()[0] for post in _public(tmp_path))

    stories = [story for story in editors.stories if not story.old]
    assert {"edit", "retitle", "reslug", "trash", "draft", "restore", "again"} <= set(editors.done), (
        editors.done
    )
    # Each article once.
    ours = [article for article in articles if article.title != "Halo dunia!"]
    assert Counter(_gist(article.title) for article in ours if article.state == "new") == Counter(
        _gist(story.title) for story in stories
    )
    assert sum(said.values()) == len(stories)
    # Each edit one proposal, each withdrawal one flag, nothing else.
    numbers = {article.id: _gist(article.title) for article in articles}
    made = Counter((row.kind, numbers[row.article_id]) for row in proposals)
    wanted = Counter({("edit", _gist(story.title)): story.edits for story in stories if story.edits})
    wanted.update(
        {("withdrawn", _gist(story.title)): story.withdrawals for story in stories if story.withdrawals}
    )
    assert made == wanted
    open_flags = {
        numbers[row.article_id] for row in proposals if row.kind == "withdrawn" and row.state == "open"
    }
    assert open_flags == {_gist(story.title) for story in stories if not story.public}


def _gist(title: str) -> str:
    return title.split(" (")[0]


def _public(folder: Path) -> list[dict[str, Any]]:
    import json

    record = folder / "satu" / "record.jsonl"
    return [json.loads(line) for line in record.read_text().splitlines()]
