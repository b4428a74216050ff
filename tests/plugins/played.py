"""A platform within the test's own process: what it does is what the test says, and its record is a list.

Registered by its own dist-info, as a stranger's platform would be. Each account names its :class:`Stage`.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, ClassVar, Self

from humasbot.content import Checkpoint, Limits, Metrics, Outgoing, Receipt
from humasbot.platforms.base import Publisher, Setting, read_settings


@dataclass
class Post:
    """One thing that stands in public: the Delivery's key, the words, the number of its place."""

    key: str
    text: str
    number: int
    at: datetime


@dataclass
class Stage:
    """The platform of one account; ``publish`` and the others may be replaced by the test."""

    posts: list[Post] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    publish: Callable[["Stage", Outgoing, Checkpoint], Any] | None = None
    find: Callable[["Stage", Outgoing, datetime], Any] | None = None
    token: str = ""
    build: Callable[[], None] | None = None
    metrics: Callable[[], Metrics] | None = None

    def accept(self, outgoing: Outgoing) -> Receipt:
        """Publish: from now on it is public."""
        with self.lock:
            self.posts.append(Post(outgoing.key, outgoing.text, len(self.posts) + 1, datetime.now(UTC)))
            return receipt_of(self.posts[-1])

    def standing(self, key: str) -> Receipt | None:
        """The post of that key."""
        with self.lock:
            return next((receipt_of(post) for post in self.posts if post.key == key), None)


def receipt_of(post: Post) -> Receipt:
    return Receipt(f"{post.number}-{post.key}", f"https://played.example/{post.key}", post.at)


STAGES: dict[str, Stage] = {}


class Played(Publisher):
    name: ClassVar[str] = "played"
    title: ClassVar[str] = "Played"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("stage", "panggung", "stage"),
        Setting("token", "kunci", "token", secret=True, required=False),
    )
    limits = Limits(max_text=500, source="tests/plugins/played.py", as_of=date(2026, 11, 22), max_media=0)

    def __init__(self, stage: Stage, token: str) -> None:
        self.stage = stage
        stage.token = token
        if stage.build is not None:
            stage.build()

    @classmethod
    def from_settings(cls, settings: Mapping[str, str]) -> Self:
        values = read_settings(cls, settings)
        return cls(STAGES.setdefault(values["stage"], Stage()), values["token"])

    def publish(self, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        if self.stage.publish is not None:
            answer: Receipt = self.stage.publish(self.stage, outgoing, checkpoint)
            return answer
        return self.stage.accept(outgoing)

    def find_existing(self, outgoing: Outgoing, since: datetime) -> Receipt | None:
        if self.stage.find is not None:
            answer: Receipt | None = self.stage.find(self.stage, outgoing, since)
            return answer
        return self.stage.standing(outgoing.key)

    def metrics(self, receipt: Receipt) -> Metrics:
        return self.stage.metrics() if self.stage.metrics is not None else Metrics(views=1)
