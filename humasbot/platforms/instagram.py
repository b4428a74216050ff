"""Instagram: a professional account's pictures with a caption, one or a carousel of up to ten.

Meta fetches the pictures from a public address (:mod:`humasbot.platforms.hosting`); the flow is that of
:mod:`humasbot.platforms.meta`.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import ClassVar, Self

from humasbot.content import Allowance, Checkpoint, Limits, Metrics, Outgoing, Receipt
from humasbot.errors import ConfigError, Problem, Rejected, Uncertain
from humasbot.net import Http
from humasbot.platforms.base import Publisher, Setting, check_limits, read_settings
from humasbot.platforms.facebook_graph import ADDRESS, VERSION
from humasbot.platforms.hosting import SETTINGS, host_from
from humasbot.platforms.http import base_address
from humasbot.platforms.meta import (
    Container,
    Containers,
    Dialect,
    MetaGraph,
    check_account,
    no_host,
    same_words,
)
from humasbot.words import t

DIALECT = Dialect(
    create="media",
    publish="media_publish",
    state="status_code",
    why="status",
    quota="content_publishing_limit",
    listing="media",
    text="caption",
)
MAX_HASHTAGS, MAX_MENTIONS = 30, 20
"""…/instagram-platform/instagram-graph-api/reference/ig-user/media, read 2026-11-22."""
SHOWN_HASHTAGS = 5
"""Since December 2025 Instagram lets people write no more than so many (announced on 2025-12-19, as the press reports;
searched 2026-11-22). The page of its interface still names 30, so whoever approves is told."""
_HASHTAG = re.compile(r"(?<!\w)#\w+")
_MENTION = re.compile(r"(?<!\w)@\w+")


class Instagram(Publisher):
    """Publishes on one professional account."""

    name: ClassVar[str] = "instagram"
    title: ClassVar[str] = "Instagram"
    proof: ClassVar[str] = "documentation"
    revoke_at: ClassVar[str] = (
        "https://www.facebook.com/settings?tab=business_tools (https://www.instagram.com/accounts/manage_access/)"
    )
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting(
            "user_id",
            "nomor akun profesional Instagram",
            "the Instagram professional account's number",
            example="17841400000000000",
        ),
        Setting("token", "token akses akun itu", "the account's access token", secret=True),
        *SETTINGS,
        Setting("version", "versi Graph API", "Graph API version", required=False, default=VERSION),
        Setting(
            "base_url",
            "alamat Graph API; https://graph.instagram.com untuk token dari login Instagram",
            "address of the Graph API; https://graph.instagram.com for a token of the Instagram login",
            required=False,
            default=ADDRESS,
        ),
    )
    limits = Limits(
        max_text=2200,
        source="https://developers.facebook.com/documentation/instagram-platform/content-publishing, …/ig-user/media",
        as_of=date(2026, 11, 22),
        max_media=10,
        max_media_bytes=8 * 1024 * 1024,
        media_types=("image/jpeg",),
        max_alt=1000,  # our own choice: the pages name no number
        needs_media=True,
        card_size=(1080, 1350),
        ratios=(0.8, 1.91),
        widths=(320, 1440),
    )

    def __init__(self, containers: Containers) -> None:
        self._containers = containers

    def __repr__(self) -> str:
        return f"Instagram(user_id={self._containers.user!r})"

    @classmethod
    def from_settings(cls, settings: Mapping[str, str], http: Http | None = None) -> Self:
        """See :meth:`Publisher.from_settings`; *http* looks at the pictures' addresses, a guarded client by default."""
        values = read_settings(cls, settings)
        problems: list[Problem] = []
        check_account(values, problems)
        base = base_address("base_url", values["base_url"], problems)
        host = host_from(values, problems, http)
        if host is None:
            problems.append(Problem("media_folder", no_host(cls.title)))
        if problems:
            raise ConfigError(*problems)
        graph = MetaGraph(cls.title, values["token"], values["version"], base)
        return cls(Containers(graph, values["user_id"], DIALECT, host))

    def validate(self, outgoing: Outgoing) -> list[Problem]:
        """By the limits, and by how many hashtags and mentions a caption may hold."""
        problems = check_limits(outgoing, self.limits, self.title)
        for pattern, most, indonesian, english in (
            (_HASHTAG, MAX_HASHTAGS, "tagar", "hashtags"),
            (_MENTION, MAX_MENTIONS, "sebutan akun", "mentions"),
        ):
            if (count := len(pattern.findall(outgoing.text))) > most:
                words = t("{n} {what}; Instagram menerima paling banyak {most}",
                          "{n} {what}; Instagram takes at most {most}", n=count, what=t(indonesian, english),
                          most=most)  # fmt: skip
                problems.append(Problem("text", words))
        return problems

    def remarks(self, outgoing: Outgoing) -> list[str]:
        """That it holds more hashtags than Instagram's own app takes."""
        count = len(_HASHTAG.findall(outgoing.text))
        if not SHOWN_HASHTAGS < count <= MAX_HASHTAGS:
            return []
        return [t("{n} tagar; aplikasi Instagram sendiri hanya menerima {s}, jadi sisanya mungkin tidak berguna",
                  "{n} hashtags; Instagram's own app takes {s}, so the others may be of no use", n=count,
                  s=SHOWN_HASHTAGS)]  # fmt: skip

    def publish(self, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        """Make the containers, wait until Meta has the pictures, publish.

        A container that an earlier attempt published, though its answer was lost, is not published again.
        """
        flow = self._containers
        if not outgoing.media:
            raise Rejected(t("Instagram selalu perlu gambar", "Instagram always needs a picture"))
        if done := checkpoint.get("published"):
            return flow.receipt(done)
        if not checkpoint.get("container"):
            flow.check_quota()
        try:
            container = flow.prepared("container", lambda: self._fields(outgoing, checkpoint), checkpoint)
        except Rejected:
            flow.take_back(len(outgoing.media), checkpoint)
            raise
        flow.take_back(len(outgoing.media), checkpoint)
        if container.public:
            return self._published_before(outgoing, container)
        post = flow.published("container", container, checkpoint)
        checkpoint.save("published", post)
        return flow.receipt(post)

    def _fields(self, outgoing: Outgoing, checkpoint: Checkpoint) -> dict[str, str]:
        """What the container that is published is made of; a carousel's pictures are containers of their own."""
        flow, pictures = self._containers, outgoing.media
        if len(pictures) == 1:
            address = flow.address(0, pictures[0], checkpoint)
            return {"image_url": address, "alt_text": pictures[0].alt, "caption": outgoing.text}
        children = []
        for n, media in enumerate(pictures):

            def item(n: int = n, alt: str = media.alt) -> dict[str, str]:
                address = flow.address(n, pictures[n], checkpoint)
                return {"image_url": address, "alt_text": alt, "is_carousel_item": "true"}

            children.append(flow.prepared(f"item:{n}", item, checkpoint).id)
        return {"media_type": "CAROUSEL", "children": ",".join(children), "caption": outgoing.text}

    def _published_before(self, outgoing: Outgoing, container: Container) -> Receipt:
        found = self.find_existing(outgoing, container.since)
        if found is None:
            words = t(
                "sudah diterbitkan, tetapi belum tampak", "it has been published, but cannot be seen yet"
            )
            raise Uncertain(f"{self.title}: {words}")
        return found

    def find_existing(self, outgoing: Outgoing, since: datetime) -> Receipt | None:
        """The account's post with the same caption."""
        flow = self._containers
        for post in flow.recent(DIALECT.listing, "id,caption,permalink,timestamp", since):
            if same_words(str(post.get("caption") or ""), outgoing.text):
                return flow.receipt_of(post)
        return None

    def allowances(self) -> list[Allowance]:
        """How many posts of the day's quota are used, as Instagram itself counts them."""
        return self._containers.allowances()

    def verify(self) -> str:
        """The account's name, once a picture of ours could be seen from outside."""
        return self._containers.name()

    def metrics(self, receipt: Receipt) -> Metrics:
        """Likes and comments; Instagram leaves likes out where the account hides them."""
        answer = self._containers.graph.call(
            "GET", receipt.remote_id, query={"fields": "like_count,comments_count"}
        )
        likes, replies = answer.get("like_count"), answer.get("comments_count")
        return Metrics(
            likes=None if likes is None else int(likes), replies=None if replies is None else int(replies)
        )

    def delete(self, receipt: Receipt) -> None:
        """Delete the post; needs a token of the Facebook login with ``instagram_manage_contents``."""
        self._containers.delete(receipt.remote_id)
