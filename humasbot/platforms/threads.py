"""Threads: text, a picture, a carousel, a link; a long text as a chain of replies, where the account allows it.

The flow of one post is that of :mod:`humasbot.platforms.meta`. In a chain each post is public before the next is made,
so each one's id is written down, and a refused part takes the earlier ones back.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, ClassVar, Self

from humasbot.content import Allowance, Checkpoint, Limits, Metrics, Outgoing, Receipt
from humasbot.errors import ConfigError, Problem, PublishError, Rejected, Uncertain
from humasbot.net import Http
from humasbot.platforms import chain
from humasbot.platforms.base import Publisher, Setting, check_limits, read_settings
from humasbot.platforms.hosting import SETTINGS, host_from
from humasbot.platforms.http import base_address, unreadable
from humasbot.platforms.meta import Containers, Dialect, MetaGraph, check_account, same_words
from humasbot.platforms.threads_text import (
    MAX_LINKS,
    MOST,
    SURE_LINKS,
    count_parted,
    count_threads,
    links,
    parted,
)
from humasbot.words import t

ADDRESS = "https://graph.threads.net"
VERSION = "v1.0"
MOST_PARTS = 20
DIALECT = Dialect(
    create="threads",
    publish="threads_publish",
    state="status",
    why="error_message",
    quota="threads_publishing_limit",
    listing="threads",
    text="text",
)
FIELDS = "id,text,permalink,timestamp"


class Threads(Publisher):
    """Publishes on one profile."""

    name: ClassVar[str] = "threads"
    title: ClassVar[str] = "Threads"
    proof: ClassVar[str] = "documentation"
    revoke_at: ClassVar[str] = "https://www.threads.com/settings/website_permissions"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting(
            "user_id", "nomor profil Threads", "the Threads profile's number", example="17841400000000000"
        ),
        Setting("token", "token akses profil itu", "the profile's access token", secret=True),
        Setting(
            "parts",
            "teks panjang boleh menjadi berapa kiriman berantai, 1 sampai 20",
            "how many posts a long text may become, as a chain of replies, 1 to 20",
            required=False,
            default="1",
        ),
        *SETTINGS,
        Setting("version", "versi Threads API", "Threads API version", required=False, default=VERSION),
        Setting(
            "base_url", "alamat Threads API", "address of the Threads API", required=False, default=ADDRESS
        ),
    )
    shaped_by: ClassVar[tuple[str, ...]] = ("parts", "media_folder", "s3_bucket")
    limits = Limits(
        max_text=MOST,
        source="https://developers.facebook.com/documentation/threads/posts and …/threads/overview",
        as_of=date(2026, 11, 22),
        count=count_threads,
        max_media=20,
        max_media_bytes=8_000_000,
        media_types=("image/jpeg", "image/png"),
        max_alt=1000,  # our own choice: …/threads/posts/accessibility names no number
        card_size=(1080, 1350),
        ratios=(0.1, 10.0),
        widths=(320, 1440),
    )

    def __init__(self, containers: Containers, parts: int = 1) -> None:
        self._containers = containers
        self._chains = parts > 1
        if parts > 1:
            self.limits = replace(self.limits, max_text=MOST * parts, count=count_parted(parts))
        if containers.host is None:
            # Without a public address there is no way to send a picture, so none is asked of the composer.
            self.limits = replace(self.limits, max_media=0)

    def __repr__(self) -> str:
        return f"Threads(user_id={self._containers.user!r})"

    @classmethod
    def from_settings(cls, settings: Mapping[str, str], http: Http | None = None) -> Self:
        """See :meth:`Publisher.from_settings`; *http* looks at the pictures' addresses, a guarded client by default."""
        values = read_settings(cls, settings)
        problems: list[Problem] = []
        check_account(values, problems)
        parts = int(values["parts"]) if values["parts"].isdecimal() else 0
        if not 1 <= parts <= MOST_PARTS:
            words = t("harus angka 1 sampai {n}", "must be a number from 1 to {n}", n=MOST_PARTS)
            problems.append(Problem("parts", words))
        base = base_address("base_url", values["base_url"], problems)
        host = host_from(values, problems, http)
        if problems:
            raise ConfigError(*problems)
        graph = MetaGraph(cls.title, values["token"], values["version"], base)
        return cls(Containers(graph, values["user_id"], DIALECT, host), parts)

    def validate(self, outgoing: Outgoing) -> list[Problem]:
        """By the limits, and by how many addresses each post may hold."""
        problems = check_limits(outgoing, self.limits, self.title)
        for number, part in enumerate(self._parts(outgoing), start=1):
            if (count := len(links(part) | self._card(outgoing, number - 1))) > MAX_LINKS:
                words = t(
                    "{n} tautan dalam satu kiriman; Threads menerima paling banyak {most}",
                    "{n} links in one post; Threads takes at most {most}",
                    n=count,
                    most=MAX_LINKS,
                )
                problems.append(Problem("text", words))
        return problems

    def publish(self, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        """Publish the parts one after the other, each in reply to the one before; most texts have one."""
        ids: list[str] = []
        for number, text in enumerate(self._parts(outgoing)):
            post = checkpoint.get(f"post:{number}")
            if not post:
                post = self._part(outgoing, number, text, ids, checkpoint)
                checkpoint.save(f"post:{number}", post)
            ids.append(post)
        return self._containers.receipt(*ids)

    def reply(self, receipt: Receipt, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        """See :meth:`Publisher.reply`: under the first post of a chain."""
        return self.publish(replace(outgoing, reply_to=receipt.remote_id), checkpoint)

    def remarks(self, outgoing: Outgoing) -> list[str]:
        """That it becomes a chain, if it does, and that it holds more links than all were seen to take."""
        found = chain.remark(self._parts(outgoing))
        for number, part in enumerate(self._parts(outgoing)):
            if SURE_LINKS < (count := len(links(part) | self._card(outgoing, number))) <= MAX_LINKS:
                words = t(
                    "{n} tautan dalam satu kiriman; ada akun yang ditolak Threads di atas {s}",
                    "{n} links in one post; Threads refused some accounts above {s}",
                    n=count,
                    s=SURE_LINKS,
                )
                found.append(words)
        return found

    def _parts(self, outgoing: Outgoing) -> list[str]:
        return parted(outgoing.text) if self._chains else [outgoing.text]

    def _part(
        self, outgoing: Outgoing, number: int, text: str, before: list[str], checkpoint: Checkpoint
    ) -> str:
        """The id of part *number*, published now or by an earlier attempt; *before* are the parts before it."""
        flow, step = self._containers, f"container:{number}"
        count = 0 if number else len(outgoing.media)
        try:
            if not number and not checkpoint.get(step):
                flow.check_quota()
            container = flow.prepared(
                step, lambda: self._fields(outgoing, number, text, before, checkpoint), checkpoint
            )
            flow.take_back(count, checkpoint)
            if container.public:
                return self._published_before(outgoing, text, before, container.since)
            return flow.published(step, container, checkpoint)
        except Rejected as error:
            flow.take_back(count, checkpoint)
            if not before:
                raise
            raise self._withdrawn(before, checkpoint, error) from None
        except PublishError as error:
            if before:
                error.args = (f"{error}; {_out(len(before))}",)
            raise

    def _fields(
        self, outgoing: Outgoing, number: int, text: str, before: list[str], checkpoint: Checkpoint
    ) -> dict[str, str]:
        flow, pictures = self._containers, () if number else outgoing.media
        fields = {"text": text}
        if answered := before[-1] if before else _anchor(outgoing):
            fields["reply_to_id"] = answered
        if not pictures:
            card = {"link_attachment": outgoing.link} if self._card(outgoing, number) else {}
            return {**fields, "media_type": "TEXT", **card}
        if len(pictures) == 1:
            address = flow.address(0, pictures[0], checkpoint)
            return {**fields, "media_type": "IMAGE", "image_url": address, "alt_text": pictures[0].alt}
        children = []
        for n, media in enumerate(pictures):

            def item(n: int = n, alt: str = media.alt) -> dict[str, str]:
                address = flow.address(n, pictures[n], checkpoint)
                about = {"media_type": "IMAGE", "image_url": address, "alt_text": alt}
                return {**about, "is_carousel_item": "true"}

            children.append(flow.prepared(f"item:{n}", item, checkpoint).id)
        return {**fields, "media_type": "CAROUSEL", "children": ",".join(children)}

    def _card(self, outgoing: Outgoing, number: int) -> set[str]:
        """The link that part *number* shows as a card: the first part's, where it has no pictures."""
        return {outgoing.link} if outgoing.link and not number and not outgoing.media else set()

    def _withdrawn(self, ids: list[str], checkpoint: Checkpoint, refusal: Rejected) -> PublishError:
        """The error after a later part was refused: nothing is public once the earlier ones are taken back, too."""
        try:
            for number, post in reversed(list(enumerate(ids))):
                self._containers.delete(post)
                for step in (f"post:{number}", f"container:{number}", f"asked:container:{number}"):
                    checkpoint.save(step, "")
        except PublishError:
            return Uncertain(f"{refusal}; {_out(len(ids))}", status=refusal.status, code=refusal.code)
        return refusal

    def _published_before(self, outgoing: Outgoing, text: str, before: list[str], since: datetime) -> str:
        """The id of a part that an earlier attempt published, though its answer was lost."""
        root = _anchor(outgoing) or (before[0] if before else "")
        post = self._reply(text, root, since, outgoing) if root else self._root(outgoing, text, since)
        if post is None:
            words = t(
                "sudah diterbitkan, tetapi belum tampak", "it has been published, but cannot be seen yet"
            )
            raise Uncertain(f"{self.title}: {words}")
        return str(post["id"])

    def find_existing(self, outgoing: Outgoing, since: datetime) -> Receipt | None:
        """The profile's post with the same text and link, with the whole chain behind it.

        Raises :class:`~humasbot.errors.Uncertain` where only the link differs, and where a chain is not whole.
        """
        first, *others = self._parts(outgoing)
        anchor = _anchor(outgoing)
        root = self._reply(first, anchor, since, outgoing) if anchor else self._root(outgoing, first, since)
        if root is None:
            return None
        replies = [self._reply(text, anchor or str(root["id"]), since, outgoing) for text in others]
        if missing := sum(reply is None for reply in replies):
            raise Uncertain(
                t(
                    "Threads: {n} dari {m} bagian tampil di {url}; lengkapi atau hapus sendiri di aplikasi",
                    "Threads: {n} of {m} parts are public at {url}; complete or delete them yourself in the app",
                    n=1 + len(others) - missing,
                    m=1 + len(others),
                    url=root.get("permalink") or "–",
                )
            )
        return self._containers.receipt_of(root, *(str(reply["id"]) for reply in replies if reply))

    def _root(self, outgoing: Outgoing, text: str, since: datetime) -> Mapping[str, Any] | None:
        alike = False
        for post in self._containers.recent("threads", f"{FIELDS},link_attachment_url", since):
            if not same_words(str(post.get("text") or ""), text):
                continue
            shown = post.get("link_attachment_url")
            if shown == outgoing.link or outgoing.link in text or not self._card(outgoing, 0):
                return post
            alike = True
        if alike:
            words = t("ada kiriman berteks sama, tautannya lain", "a post has the text, but another link")
            raise Uncertain(f"{self.title}: {words}")
        return None

    def _reply(self, text: str, root: str, since: datetime, outgoing: Outgoing) -> Mapping[str, Any] | None:
        """Our own reply with that text in the chain behind the post *root*, other than what *outgoing* answers."""
        answered = outgoing.reply_to.split("+")
        for post in self._containers.recent("replies", f"{FIELDS},root_post", since):
            behind = (post.get("root_post") or {}).get("id", root)
            if (
                same_words(str(post.get("text") or ""), text)
                and behind == root
                and post["id"] not in answered
            ):
                return post
        return None

    def allowances(self) -> list[Allowance]:
        """How many posts of the day's quota are used, as Threads itself counts them."""
        return self._containers.allowances()

    def verify(self) -> str:
        """The profile's name, once a picture of ours could be seen from outside, if there is a host for them."""
        return self._containers.name()

    def metrics(self, receipt: Receipt) -> Metrics:
        """The figures of the first post; reposts and quotes count as shares."""
        path = f"{receipt.remote_id.partition('+')[0]}/insights"
        answer = self._containers.graph.call(
            "GET", path, query={"metric": "views,likes,replies,reposts,quotes,shares"}
        )
        try:
            found = {entry["name"]: int(entry["values"][0]["value"]) for entry in answer["data"]}
        except (KeyError, IndexError, TypeError, ValueError):
            raise unreadable(publishing=False, title=self.title) from None
        shares = [found[name] for name in ("reposts", "quotes", "shares") if name in found]
        return Metrics(
            views=found.get("views"),
            likes=found.get("likes"),
            shares=sum(shares) if shares else None,
            replies=found.get("replies"),
        )

    def delete(self, receipt: Receipt) -> None:
        """Delete every part, the last first.

        Needs ``threads_delete``; at most 100 a day (…/threads/posts/delete-posts, read 2026-11-22).
        """
        for post in reversed(receipt.remote_id.split("+")):
            self._containers.delete(post)


def _out(count: int) -> str:
    return t(
        "{n} bagian pertama sudah tampil; bila tidak dilanjutkan, lengkapi atau hapus di aplikasi",
        "the first {n} parts are public; if it does not go on, complete or delete them in the app",
        n=count,
    )


def _anchor(outgoing: Outgoing) -> str:
    """The post of ours that *outgoing* answers; ``""`` for a post of its own."""
    return outgoing.reply_to.partition("+")[0]
