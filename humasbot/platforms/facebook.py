"""A Facebook page.

Pictures are uploaded unpublished, one step each; the one call to ``/feed`` publishes text, link and pictures together,
so that only this last call can be in doubt.
"""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar, Self

from humasbot.content import Checkpoint, Limits, Media, Metrics, Outgoing, Receipt
from humasbot.errors import ConfigError, Problem, Rejected, Uncertain
from humasbot.platforms.base import Publisher, Setting, read_settings
from humasbot.platforms.facebook_graph import ADDRESS, VERSION, Graph
from humasbot.platforms.http import base_address, unreadable
from humasbot.words import t

PAGE = 100
PAGES = 10
KEEP_UPLOAD = timedelta(hours=20)
"""An older upload is made anew: Facebook throws an unpublished picture away after about a day. No page was found that
says so (searched 2026-11-22); one upload too many costs nothing."""


class Facebook(Publisher):
    """Publishes on one page with that page's own token."""

    name: ClassVar[str] = "facebook"
    title: ClassVar[str] = "Facebook"
    proof: ClassVar[str] = "documentation"
    revoke_at: ClassVar[str] = "https://www.facebook.com/settings?tab=business_tools"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("page_id", "nomor halaman", "the page's number"),
        Setting("token", "token halaman (page access token)", "the page's access token", secret=True),
        Setting("version", "versi Graph API", "Graph API version", required=False, default=VERSION),
        Setting("base_url", "alamat Graph API", "address of the Graph API", required=False, default=ADDRESS),
    )
    limits = Limits(
        max_text=63_206,  # named by many who publish there, not by Meta's pages (searched 2026-11-22)
        source="https://developers.facebook.com/docs/pages-api/posts and /docs/graph-api/photo-uploads",
        as_of=date(2026, 11, 22),
        max_media=10,  # our own choice: the pages name no number
        max_media_bytes=4_000_000,
        media_types=("image/jpeg", "image/png", "image/gif"),
        max_alt=1000,  # our own choice: the pages name no number
        card_size=(1080, 1080),
    )

    def __init__(self, page_id: str, token: str, version: str = VERSION, base_url: str = ADDRESS) -> None:
        self.page_id = page_id
        self._graph = Graph(self.title, token, version, base_url)

    def __repr__(self) -> str:
        return f"Facebook(page_id={self.page_id!r})"

    @classmethod
    def from_settings(cls, settings: Mapping[str, str]) -> Self:
        """Build one; raises :class:`~humasbot.errors.ConfigError` with every fault."""
        values = read_settings(cls, settings)
        problems: list[Problem] = []
        if not values["page_id"].isdecimal():
            sentence = t("harus berupa angka, seperti 1234567890", "must be digits, as 1234567890")
            problems.append(Problem("page_id", sentence))
        if not (values["version"].startswith("v") and values["version"][1:].replace(".", "", 1).isdecimal()):
            problems.append(Problem("version", t("harus seperti v26.0", "must look like v26.0")))
        values["base_url"] = base_address("base_url", values["base_url"], problems)
        if problems:
            raise ConfigError(*problems)
        return cls(**values)

    def publish(self, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        """Upload what is not uploaded yet, then publish all of it in one call."""
        photos = [self._photo(media, n, checkpoint) for n, media in enumerate(outgoing.media)]
        fields = {"message": outgoing.text}
        if photos:
            fields["attached_media"] = json.dumps([{"media_fbid": photo} for photo in photos])
        elif outgoing.link:
            fields["link"] = outgoing.link
        answer = self._graph.call("POST", f"{self.page_id}/feed", fields=fields, publishing=True)
        return self._receipt(self._id(answer, publishing=True))

    def _photo(self, media: Media, position: int, checkpoint: Checkpoint) -> str:
        """The id of the unpublished picture, from the checkpoint if it is young enough."""
        now = datetime.now(UTC).timestamp()
        photo, _, at = (checkpoint.get(f"photo:{position}") or "").partition(" ")
        if photo and float(at) > now - KEEP_UPLOAD.total_seconds():
            return photo
        file = (f"{media.digest[:16]}{media.suffix}", media.data, media.mime)
        fields = {"published": "false", "alt_text_custom": media.alt}
        answer = self._graph.call("POST", f"{self.page_id}/photos", fields=fields, files={"source": file})
        photo = self._id(answer, publishing=False)
        checkpoint.save(f"photo:{position}", f"{photo} {now:.0f}")
        return photo

    def verify(self) -> str:
        """The page's name."""
        return str(
            self._graph.call("GET", self.page_id, query={"fields": "name"}).get("name") or self.page_id
        )

    def find_existing(self, outgoing: Outgoing, since: datetime) -> Receipt | None:
        """The page's post with the same text, and the same link where the text does not hold it.

        Raises :class:`~humasbot.errors.Uncertain` where only the link differs (Facebook rewrites links), and where
        there are more posts than can be looked through.
        """
        query = {
            "fields": "id,message,created_time,attachments{unshimmed_url}",
            "since": str(int(since.timestamp())),
            "limit": str(PAGE),
        }
        alike = False
        for _ in range(PAGES):
            answer = self._graph.call("GET", f"{self.page_id}/posts", query=query)
            posts = self._posts(answer, since)
            same = [post for post in posts if _words(post.get("message", "")) == _words(outgoing.text)]
            found = next((post for post in same if _shows_link(post, outgoing)), None)
            if found is not None:
                return self._receipt(str(found["id"]))
            alike = alike or bool(same)
            after = self._after(answer)
            if after is None:
                break
            query["after"] = after
        else:
            sentence = t("terlalu banyak kiriman untuk diperiksa", "too many posts to look through")
            raise Uncertain(f"{self.title}: {sentence}")
        if alike:
            sentence = t("ada kiriman berteks sama, tautannya lain", "a post has the text, but another link")
            raise Uncertain(f"{self.title}: {sentence}")
        return None

    def _posts(self, answer: Mapping[str, Any], since: datetime) -> list[Mapping[str, Any]]:
        """The posts of one page of the answer from *since* on, by whole seconds."""
        first = int(since.timestamp())
        try:
            posts = list(answer["data"])
            return [p for p in posts if datetime.fromisoformat(p["created_time"]).timestamp() >= first]
        except (KeyError, TypeError, ValueError):
            raise unreadable(publishing=False, title=self.title) from None

    def _after(self, answer: Mapping[str, Any]) -> str | None:
        """Where the next page begins, ``None`` on the last; its ready-made address would hold the token."""
        paging = answer.get("paging") or {}
        if not paging.get("next"):
            return None
        after = (paging.get("cursors") or {}).get("after")
        if not after:
            raise unreadable(publishing=False, title=self.title)
        return str(after)

    def metrics(self, receipt: Receipt) -> Metrics:
        """Reactions, shares and comments; Facebook leaves shares out when there are none."""
        fields = "shares,reactions.limit(0).summary(true),comments.limit(0).summary(true)"
        answer = self._graph.call("GET", receipt.remote_id, query={"fields": fields})
        return Metrics(
            likes=_total(answer.get("reactions")),
            shares=int((answer.get("shares") or {}).get("count", 0)),
            replies=_total(answer.get("comments")),
        )

    def delete(self, receipt: Receipt) -> None:
        """Delete the post. "No such object" counts as done if the token can still read the page."""
        try:
            answer = self._graph.call("DELETE", receipt.remote_id)
        except Rejected as error:
            if error.code != "100/33":
                raise
            self.verify()
        else:
            if not answer.get("success"):
                raise unreadable(publishing=False, title=self.title)

    def edit(self, receipt: Receipt, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        """See :meth:`Publisher.edit`; Facebook lets an app change only what the app itself has posted.

        developers.facebook.com/docs/pages-api/posts, read 2026-11-22.
        """
        answer = self._graph.call("POST", receipt.remote_id, fields={"message": outgoing.text})
        if not answer.get("success"):
            raise unreadable(publishing=False, title=self.title)
        return receipt

    def _receipt(self, post_id: str) -> Receipt:
        return Receipt(post_id, f"https://www.facebook.com/{post_id}")

    def _id(self, answer: Mapping[str, Any], *, publishing: bool) -> str:
        if not answer.get("id"):
            raise unreadable(publishing=publishing, title=self.title)
        return str(answer["id"])


def _words(text: str) -> str:
    """*text* as it compares: Facebook trims lines' ends and writes its own line ends."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def _shows_link(post: Mapping[str, Any], outgoing: Outgoing) -> bool:
    if not outgoing.link or outgoing.media or outgoing.link in outgoing.text:
        return True
    attached = (post.get("attachments") or {}).get("data", [])
    return any(item.get("unshimmed_url") == outgoing.link for item in attached)


def _total(edge: Any) -> int | None:
    summary = (edge or {}).get("summary") or {}
    return int(summary["total_count"]) if "total_count" in summary else None
