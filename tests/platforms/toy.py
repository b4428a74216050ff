"""A whole small platform in memory, its publisher and its harness: what the planted faults are planted in."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from threading import RLock
from typing import Any, Self

from humasbot.content import Checkpoint, Limits, Media, Metrics, Outgoing, Receipt
from humasbot.errors import Rejected, Uncertain
from humasbot.net import Answer, AnswerLost, ConnectFailed, NetError
from humasbot.platforms.base import Publisher, Setting, read_settings
from humasbot.platforms.http import from_network, meaning, unreadable
from humasbot.testing import Fault, Harness, Seen, When

SERVERS: dict[str, "Server"] = {}
PAGE = 20


class Server:
    """Keeps uploads and posts; a request is carried out or spoiled as planned."""

    def __init__(self) -> None:
        self.posts: list[dict[str, Any]] = []
        self.uploads: dict[str, Media] = {}
        self.faults: list[tuple[Fault, When]] = []
        self.now = datetime.now(UTC)
        self.made = 0
        self.lock = RLock()
        self.elsewhere = ""

    def request(self, when: When, action: Callable[[], Any], *, waits_for_ever: bool = False) -> Answer:
        """Carry *action* out and answer with its value, unless a fault is due."""
        with self.lock:
            fault = next((f for f in self.faults if f[1] is when), None)
            if fault is not None:
                self.faults.remove(fault)
            kind = fault[0] if fault else None
            if kind is Fault.REDIRECT:
                return Answer(307, {"location": self.elsewhere}, b"", "")
            if kind in _BEFORE:
                return _BEFORE[kind]()
            try:
                body = json.dumps(action()).encode()
            except LookupError:
                return Answer(404, {}, b"{}", "")
            except ValueError as error:
                return Answer(422, {}, json.dumps({"message": str(error)}).encode(), "")
        if kind is Fault.ANSWER_LOST_AFTER_ACCEPT:
            raise AnswerLost("toy: hung up")
        if kind is Fault.DRIP_AFTER_ACCEPT and not waits_for_ever:
            raise AnswerLost("toy: the whole answer took too long")
        if kind is Fault.SERVER_ERROR_AFTER_ACCEPT:
            return Answer(500, {}, b"{}", "")
        spoiled = {Fault.GARBAGE_AFTER_ACCEPT: b"<html>", Fault.CUT_AFTER_ACCEPT: body[: len(body) // 2]}
        return Answer(200, {}, spoiled.get(kind, body) if kind else body, "")

    def upload(self, media: Media) -> str:
        self.made += 1
        self.uploads[f"m{self.made}"] = media
        return f"m{self.made}"

    def edit(self, name: str, text: str) -> bool:
        if len(text) > 280:
            raise ValueError("too long")
        next(p for p in self.posts if p["id"] == name)["text"] = text
        return True

    def post(self, text: str, link: str, media: list[str], reply_to: str = "") -> str:
        if len(text) > 280 or len(media) > 4:
            raise ValueError("too long or too many")
        name = f"p{len(self.posts) + self.made}"
        self.made += 1
        self.posts.append(
            {
                "id": name,
                "text": text,
                "link": link,
                "media": media,
                "reply_to": reply_to,
                "at": self.now.timestamp(),
            }
        )
        return name

    def delete(self, name: str) -> bool:
        kept = [p for p in self.posts if p["id"] != name]
        if len(kept) == len(self.posts):
            raise LookupError(name)
        self.posts[:] = kept
        return True

    def page(self, number: int) -> list[dict[str, Any]]:
        newest = self.posts[::-1]
        return newest[number * PAGE : (number + 1) * PAGE]


def _refuse() -> Answer:
    raise ConnectFailed("toy: refused")


def _lose() -> Answer:
    raise AnswerLost("toy: hung up")


_BEFORE: Mapping[Fault | None, Callable[[], Answer]] = {
    Fault.REFUSE_CONNECTION: _refuse,
    Fault.ANSWER_LOST_BEFORE_ACCEPT: _lose,
    Fault.RATE_LIMIT: lambda: Answer(429, {"retry-after": "17"}, b"{}", ""),
    Fault.AUTH_DEAD: lambda: Answer(401, {}, b"{}", ""),
    Fault.REFUSED: lambda: Answer(422, {}, b"{}", ""),
}


class Toy(Publisher):
    """A faultless publisher of the platform above; the planted ones each spoil one method of it."""

    name = "toy"
    title = "Toy"
    settings = (
        Setting("server", "nama server", "name of the server"),
        Setting("token", "token akses", "access token", secret=True),
    )
    limits = Limits(280, "https://toy.example/limits", date(2026, 11, 22))
    waits_for_ever = False

    def __init__(self, server: str, token: str) -> None:
        self.server = SERVERS[server]
        self.token = token

    @classmethod
    def from_settings(cls, settings: Mapping[str, str]) -> Self:
        return cls(**read_settings(cls, settings))

    def publish(self, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        media = [self.step(checkpoint, n, item) for n, item in enumerate(outgoing.media)]
        return self.receipt(self.send(outgoing, media))

    def step(self, checkpoint: Checkpoint, n: int, media: Media) -> str:
        done = checkpoint.get(f"media:{n}")
        if done is None:
            done = str(self.call(When.PREPARING, lambda: self.server.upload(media)))
            checkpoint.save(f"media:{n}", done)
        return done

    def send(self, outgoing: Outgoing, media: list[str]) -> str:
        say = (outgoing.text, outgoing.link, media, outgoing.reply_to)
        return str(self.call(When.PUBLISHING, lambda: self.server.post(*say)))

    def receipt(self, name: str) -> Receipt:
        return Receipt(name, f"https://toy.example/{name}")

    def call(self, when: When, action: Callable[[], Any]) -> Any:
        """One request and its meaning."""
        publishing = when in (When.PUBLISHING, When.EDITING)
        try:
            answer = self.server.request(when, action, waits_for_ever=self.waits_for_ever)
        except NetError as error:
            raise from_network(error, publishing=publishing, title=self.title) from None
        fault = meaning(answer.status, publishing=publishing, title=self.title, headers=answer.headers)
        if fault is not None:
            raise fault
        try:
            return answer.json()
        except ValueError:
            raise unreadable(publishing=publishing, title=self.title) from None

    def verify(self) -> str:
        return str(self.call(When.LOOKING, lambda: "Dinas Contoh"))

    def find_existing(self, outgoing: Outgoing, since: datetime) -> Receipt | None:
        for number in range(50):
            page = self.call(When.LOOKING, lambda number=number: self.server.page(number))
            for post in page:
                if self.same(post, outgoing, since):
                    return self.receipt(post["id"])
            if len(page) < PAGE:
                return None
        raise Uncertain("too many posts to look through")

    def same(self, post: Mapping[str, Any], outgoing: Outgoing, since: datetime) -> bool:
        return bool(post["text"] == outgoing.text and post["at"] >= since.timestamp())

    def metrics(self, receipt: Receipt) -> Metrics:
        return Metrics(views=self.call(When.LOOKING, lambda: 3))

    def edit(self, receipt: Receipt, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        self.call(When.EDITING, lambda: self.server.edit(receipt.remote_id, outgoing.text))
        return receipt

    def reply(self, receipt: Receipt, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        return self.publish(replace(outgoing, reply_to=receipt.remote_id), checkpoint)

    def delete(self, receipt: Receipt) -> None:
        try:
            self.call(When.LOOKING, lambda: self.server.delete(receipt.remote_id))
        except Rejected as error:
            if error.status != 404:
                raise


class ToyHarness(Harness):
    """Steers the toy server directly."""

    def __init__(self, platform: type[Publisher] = Toy) -> None:
        self.platform = platform
        self.server = Server()
        self.settings = {"server": self.run, "token": f"rahasia-{self.run}"}
        SERVERS[self.run] = self.server

    def posts(self) -> Sequence[Seen]:
        return [self._seen(p) for p in self.server.posts]

    def answers(self, remote_id: str) -> Sequence[Seen]:
        return [self._seen(p) for p in self.server.posts if p["reply_to"] == remote_id]

    def _seen(self, p: Mapping[str, Any]) -> Seen:
        return Seen(
            p["id"],
            p["text"],
            p["link"],
            tuple(self.server.uploads[m].digest for m in p["media"]),
            tuple(self.server.uploads[m].alt for m in p["media"]),
            f"https://toy.example/{p['id']}",
        )

    def fault(self, kind: Fault, when: When) -> None:
        self.server.elsewhere = self.elsewhere
        self.server.faults.append((kind, when))

    def heal(self) -> None:
        self.server.faults.clear()

    def uploads(self) -> int:
        return len(self.server.uploads)

    def age(self, by: timedelta) -> None:
        for post in self.server.posts:
            post["at"] -= by.total_seconds()
