"""LinkedIn: an organisation's page. Text, a link's card, one picture or several with their alt texts.

Pictures are uploaded first, each one's URN written down; the one call to ``/rest/posts`` makes the post public and
gives its id in a header.
"""

import time
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, ClassVar, Self

from humasbot.content import Checkpoint, Limits, Media, Metrics, Outgoing, Receipt
from humasbot.errors import AuthExpired, ConfigError, Problem, Rejected, Retryable, Uncertain
from humasbot.net import Http
from humasbot.platforms.base import Publisher, Setting, read_settings
from humasbot.platforms.http import base_address, unreadable
from humasbot.platforms.linkedin_api import ADDRESS, TITLE, VERSION, LinkedInApi, encoded
from humasbot.platforms.linkedin_text import count_little, little, plain
from humasbot.words import t

PAGE = 100
PAGES = 10
POLLS = (0.0, 1.0, 2.0, 4.0)
"""Seconds to wait before each look whether an uploaded picture can be shown."""
TITLE_LENGTH = 400
"""Characters of an article card's title (…/shares/posts-api, read 2026-11-22)."""


class LinkedIn(Publisher):
    """Publishes on one organisation's page."""

    name: ClassVar[str] = "linkedin"
    title: ClassVar[str] = TITLE
    proof: ClassVar[str] = "documentation"
    revoke_at: ClassVar[str] = "https://www.linkedin.com/psettings/permitted-services"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("organization", "nomor halaman organisasi", "the organisation page's number", example="2414183"),
        Setting(
            "token",
            "token akses dengan w_organization_social dan r_organization_social",
            "access token with w_organization_social and r_organization_social",
            secret=True,
        ),
        Setting("version", "versi API, tahun dan bulan", "API version, year and month", required=False,
                default=VERSION),
        Setting("base_url", "alamat API LinkedIn", "address of LinkedIn's API", required=False, default=ADDRESS),
    )  # fmt: skip
    limits = Limits(
        max_text=3000,
        source="https://learn.microsoft.com/linkedin/marketing/community-management/shares/posts-api, …/images-api",
        as_of=date(2026, 11, 22),
        count=count_little,
        max_media=20,
        max_media_bytes=5_000_000,  # our own choice: the pages name pixels only
        max_pixels=36_152_319,
        media_types=("image/jpeg", "image/png", "image/gif"),
        max_alt=4086,
        card_size=(1200, 1200),
    )

    def __init__(self, api: LinkedInApi, organization: str) -> None:
        self._api = api
        self._owner = f"urn:li:organization:{organization}"

    def __repr__(self) -> str:
        return f"LinkedIn({self._owner!r})"

    @classmethod
    def from_settings(cls, settings: Mapping[str, str], http: Http | None = None) -> Self:
        """See :meth:`Publisher.from_settings`."""
        values = read_settings(cls, settings)
        problems: list[Problem] = []
        number = values["organization"].removeprefix("urn:li:organization:")
        if not number.isdecimal():
            words = t("harus berupa angka, seperti 2414183", "must be digits, as 2414183")
            problems.append(Problem("organization", words))
        version = values["version"]
        if not (version.isdecimal() and len(version) == 6 and 1 <= int(version[4:]) <= 12):
            problems.append(Problem("version", t("harus seperti 202607", "must look like 202607")))
        base = base_address("base_url", values["base_url"], problems)
        if problems:
            raise ConfigError(*problems)
        return cls(LinkedInApi(values["token"], version, base, http), number)

    def publish(self, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        """Upload what is not uploaded yet, then publish all of it in one call."""
        images = [self._image(media, n, checkpoint) for n, media in enumerate(outgoing.media)]
        for image in images:
            self._wait_for(image)
        body = {
            "author": self._owner,
            "commentary": little(outgoing.text),
            "visibility": "PUBLIC",
            "distribution": {
                "feedDistribution": "MAIN_FEED",
                "targetEntities": [],
                "thirdPartyDistributionChannels": [],
            },
            "lifecycleState": "PUBLISHED",
            "isReshareDisabledByAuthor": False,
        }
        if content := _content(outgoing, images):
            body["content"] = content
        answer = self._api.send("POST", "/rest/posts", json_body=body, publishing=True)
        post = answer.headers.get("x-restli-id", "")
        if not post.startswith("urn:li:"):
            raise unreadable(publishing=True, title=TITLE, status=answer.status)
        return _receipt(post)

    def _image(self, media: Media, position: int, checkpoint: Checkpoint) -> str:
        """The URN of the uploaded picture."""
        if saved := checkpoint.get(f"image:{position}"):
            return saved
        wish = {"initializeUploadRequest": {"owner": self._owner}}
        answer = self._api.call("POST", "/rest/images?action=initializeUpload", json_body=wish)
        value = answer.get("value") if isinstance(answer, dict) else None
        if not isinstance(value, dict) or not value.get("uploadUrl") or not value.get("image"):
            raise unreadable(publishing=False, title=TITLE)
        self._api.upload(str(value["uploadUrl"]), media.data, media.mime)
        checkpoint.save(f"image:{position}", str(value["image"]))
        return str(value["image"])

    def _wait_for(self, image: str) -> None:
        """Return once the picture can be shown; a token that may not ask is believed without."""
        for wait in POLLS:
            time.sleep(wait)
            try:
                answer = self._api.call("GET", f"/rest/images/{encoded(image)}")
            except AuthExpired as error:
                if error.status != 403:
                    raise
                return
            state = answer.get("status") if isinstance(answer, dict) else None
            if state == "AVAILABLE":
                return
            if state == "PROCESSING_FAILED":
                raise Rejected(
                    t("LinkedIn tidak dapat mengolah gambar", "LinkedIn cannot process the picture")
                )
        raise Retryable(t("LinkedIn masih mengolah gambar", "LinkedIn is still processing the picture"))

    def find_existing(self, outgoing: Outgoing, since: datetime) -> Receipt | None:
        """The page's post with the same text, and the same card where it has one.

        Raises :class:`~humasbot.errors.Uncertain` where only the card differs, and where there are more posts than
        can be looked through.
        """
        alike = False
        for post in self._posts(since):
            if _words(plain(str(post.get("commentary") or ""))) != _words(outgoing.text):
                continue
            if _shows_link(post, outgoing):
                return _receipt(str(post["id"]))
            alike = True
        if alike:
            words = t("ada kiriman berteks sama, tautannya lain", "a post has the text, but another link")
            raise Uncertain(f"{TITLE}: {words}")
        return None

    def _posts(self, since: datetime) -> Iterator[Mapping[str, Any]]:
        """The page's posts made from *since* on; LinkedIn lists by the last change, so each page is looked through."""
        first, start = int(since.timestamp()) * 1000, 0
        for _ in range(PAGES):
            query = f"author={encoded(self._owner)}&q=author&count={PAGE}&start={start}&sortBy=LAST_MODIFIED"
            answer = self._api.call("GET", f"/rest/posts?{query}", headers={"X-RestLi-Method": "FINDER"})
            try:
                posts = [
                    (int(p.get("publishedAt") or p["createdAt"]), int(p["lastModifiedAt"]), p)
                    for p in answer["elements"]
                ]
            except (KeyError, TypeError, ValueError, AttributeError):
                raise unreadable(publishing=False, title=TITLE) from None
            yield from (post for made, _, post in posts if made >= first)
            older = any(changed < first for _, changed, _ in posts)
            if older or not any(link.get("rel") == "next" for link in _links(answer)):
                return
            start += (
                len(posts) or PAGE
            )  # pages may be shorter than asked for; seeing a post twice does no harm
        raise Uncertain(
            f"{TITLE}: {t('terlalu banyak kiriman untuk diperiksa', 'too many posts to look through')}"
        )

    def verify(self) -> str:
        """The page's name."""
        number = self._owner.rpartition(":")[2]
        answer = self._api.call("GET", f"/rest/organizations/{number}")
        if not isinstance(answer, dict):
            raise unreadable(publishing=False, title=TITLE)
        return str(answer.get("localizedName") or number)

    def metrics(self, receipt: Receipt) -> Metrics:
        """Impressions, likes, shares and comments."""
        kind = "ugcPosts" if ":ugcPost:" in receipt.remote_id else "shares"
        query = f"q=organizationalEntity&organizationalEntity={encoded(self._owner)}"
        path = f"/rest/organizationalEntityShareStatistics?{query}&{kind}=List({encoded(receipt.remote_id)})"
        answer = self._api.call("GET", path)
        try:
            entries = answer["elements"]
            figures = entries[0]["totalShareStatistics"] if entries else {}
        except (KeyError, IndexError, TypeError):
            raise unreadable(publishing=False, title=TITLE) from None
        names = ("impressionCount", "likeCount", "shareCount", "commentCount")
        views, likes, shares, replies = (_number(figures.get(name)) for name in names)
        return Metrics(views=views, likes=likes, shares=shares, replies=replies)

    def edit(self, receipt: Receipt, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        """Change the commentary by a partial update, and look whether it changed.

        …/shares/posts-api, "Update Posts" (read 2026-11-22). The answer of success has no content, and was seen to come
        though the words stayed as they were, so they are read back; while the old ones stand there it is done again.
        """
        place = f"/rest/posts/{encoded(receipt.remote_id)}"
        patch = {"patch": {"$set": {"commentary": little(outgoing.text)}}}
        answer = self._api.send("POST", place, json_body=patch, headers={"X-RestLi-Method": "PARTIAL_UPDATE"})
        if answer.status != 204 or answer.headers.get("content-type", "").startswith("text/html"):
            raise unreadable(publishing=False, title=TITLE, status=answer.status)  # a captive portal's
        for wait in POLLS:
            time.sleep(wait)
            try:
                post = self._api.call("GET", place)
            except AuthExpired as error:
                if error.status != 403:
                    raise
                return receipt  # a token that may not read is believed without
            if not isinstance(post, dict) or "id" not in post:
                raise unreadable(publishing=False, title=TITLE)
            if _words(plain(str(post.get("commentary") or ""))) == _words(outgoing.text):
                return receipt
        words = t("menerima perubahan, tetapi masih menampilkan kata-kata lama",
                  "took the change, but still shows the old words")  # fmt: skip
        raise Retryable(f"{TITLE}: {words}")

    def delete(self, receipt: Receipt) -> None:
        """Delete the post; LinkedIn answers the same when it is gone already."""
        try:
            headers = {"X-RestLi-Method": "DELETE"}
            self._api.send("DELETE", f"/rest/posts/{encoded(receipt.remote_id)}", headers=headers)
        except Rejected as error:
            if error.status != 404:
                raise


def _content(outgoing: Outgoing, images: list[str]) -> dict[str, Any]:
    """Pictures, else the link's card; LinkedIn fetches nothing for the card by itself, so it needs a title."""
    shown = [{"id": image, "altText": media.alt} for image, media in zip(images, outgoing.media, strict=True)]
    if len(shown) == 1:
        return {"media": shown[0]}
    if shown:
        return {"multiImage": {"images": shown}}
    if not outgoing.link:
        return {}
    title = outgoing.title.strip() or outgoing.text.strip().splitlines()[0]
    return {"article": {"source": outgoing.link, "title": title[:TITLE_LENGTH]}}


def _receipt(post: str) -> Receipt:
    return Receipt(post, f"https://www.linkedin.com/feed/update/{post}/")


def _shows_link(post: Mapping[str, Any], outgoing: Outgoing) -> bool:
    if not outgoing.link or outgoing.media:
        return True
    article = (post.get("content") or {}).get("article") or {}
    return bool(article.get("source") == outgoing.link)


def _links(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = (answer.get("paging") or {}).get("links") or []
    return [link for link in found if isinstance(link, Mapping)]


def _words(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().splitlines()]


def _number(value: Any) -> int | None:
    # Figures of a page's own view may be corrected below zero.
    return max(0, int(value)) if isinstance(value, int) else None
