"""WordPress: an announcement goes back to the office's own site, through REST with an application password.

The post is made as a draft first, with its pictures, and the one publishing call only gives it its status; done twice
it changes nothing. Its address ends in a few letters of ``Outgoing.key``, by which any later attempt finds it again: a
site without a plugin of ours keeps no other mark that REST can ask for.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from html import unescape
from typing import Any, ClassVar, Self
from urllib.parse import quote, urlsplit

from humasbot.content import Checkpoint, Limits, Media, Outgoing, Receipt
from humasbot.errors import AuthExpired, ConfigError, Problem, Rejected, Retryable, Uncertain
from humasbot.net import Http
from humasbot.platforms.base import Publisher, Setting, read_settings
from humasbot.platforms.http import base_address, unreadable
from humasbot.platforms.wordpress_api import TITLE, WordPressApi
from humasbot.platforms.wordpress_html import Picture, alt_for, body, headline, reworded, slug
from humasbot.words import t

STATUSES = ("publish", "pending", "draft")
PUBLIC = ("publish", "future", "private")
FIELDS = "id,slug,status,link,date_gmt"
POST = "post"
"""The step after which the draft is there."""
UPLOAD_SECONDS = 90.0


class WordPress(Publisher):
    """One user on one site; see the module."""

    name: ClassVar[str] = "wordpress"
    title: ClassVar[str] = TITLE
    proof: ClassVar[str] = "real server"
    revoke_at: ClassVar[str] = "/wp-admin/profile.php"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting(
            "url",
            "alamat situs, misalnya https://situs.example.go.id",
            "the site, as https://site.example.go.id",
        ),
        Setting("user", "nama pengguna WordPress", "WordPress user name"),
        Setting(
            "password",
            "kata sandi aplikasi (Pengguna → Profil → Kata Sandi Aplikasi)",
            "application password (Users → Profile → Application Passwords)",
            secret=True,
        ),
        Setting(
            "status",
            "publish (langsung terbit), pending (menunggu redaksi), atau draft",
            "publish, pending (an editor decides) or draft",
            required=False,
            default="publish",
        ),
        Setting(
            "category",
            "kategori: nama, slug, atau nomornya",
            "category: name, slug or number",
            required=False,
        ),
    )
    limits = Limits(
        # WordPress itself bounds neither; the bytes are PHP's default upload_max_filesize.
        max_text=50_000,
        source="https://developer.wordpress.org/rest-api/reference/posts/ ; php.net/manual/en/ini.core.php",
        as_of=date(2026, 11, 22),
        max_media=10,
        max_media_bytes=2_000_000,
        media_types=("image/jpeg", "image/png", "image/gif", "image/webp"),
        max_alt=1000,  # ours: WordPress has no bound
        card_size=(1200, 675),
    )

    def __init__(
        self,
        url: str,
        user: str,
        password: str,
        status: str = "publish",
        category: str = "",
        http: Http | None = None,
    ) -> None:
        self._api = WordPressApi(url, user, password, http or Http())
        self._user = user
        self._status = status
        self._category = category

    def __repr__(self) -> str:
        return f"WordPress({self._api.base!r}, {self._user!r})"

    @classmethod
    def from_settings(cls, settings: Mapping[str, str]) -> Self:
        """See :meth:`Publisher.from_settings`."""
        values = read_settings(cls, settings)
        problems: list[Problem] = []
        values["url"] = base_address("url", values["url"], problems)
        if ":" in values["user"]:
            problems.append(Problem("user", t("tidak boleh memuat titik dua", "must not hold a colon")))
        if values["status"] not in STATUSES:
            words = t("pilih {all}", "choose {all}", all=", ".join(STATUSES))
            problems.append(Problem("status", words))
        if problems:
            raise ConfigError(*problems)
        return cls(values["url"], values["user"], values["password"], values["status"], values["category"])

    def publish(self, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        """Upload the pictures and make the draft, each step saved, then give it its status: the publishing call."""
        post_id = checkpoint.get(POST)
        if not post_id:
            found = self._find(outgoing)
            if found is not None and self._is_out(found):
                return _receipt(found, publishing=False)
            post_id = self._draft(outgoing, checkpoint, found)
            checkpoint.save(POST, post_id)
        path = f"posts/{quote(post_id, safe='')}?_fields={FIELDS}"
        try:
            answer = self._api.ask("POST", path, json_body={"status": self._status}, publishing=True)
        except Rejected as error:
            if error.code != "rest_post_invalid_id":
                raise
            checkpoint.save(POST, "")
            raise Retryable(
                t(
                    "WordPress: naskahnya sudah dihapus di situs; dibuat lagi pada percobaan berikutnya",
                    "WordPress: the draft was deleted on the site; the next attempt makes it again",
                ),
                status=error.status,
            ) from None
        return _receipt(answer, publishing=True)

    def find_existing(self, outgoing: Outgoing, since: datetime) -> Receipt | None:
        """The post whose address ends in the key's letters, whenever it was published.

        A draft is not public, so it counts as absent: publishing goes on from it. What somebody has moved to the
        trash was public once; a person decides.
        """
        found = self._find(outgoing)
        if found is None:
            return None
        if found.get("status") == "trash":
            raise Uncertain(
                t(
                    "WordPress: kiriman {id} ada di tempat sampah situs; pulihkan di sana, atau putuskan sendiri",
                    "WordPress: post {id} is in the site's trash; restore it there, or decide yourself",
                    id=found.get("id"),
                )
            )
        return _receipt(found, publishing=False) if self._is_out(found) else None

    def verify(self) -> str:
        """The user's name and the site, once it is sure that the user may publish, and that the category exists."""
        me = self._api.ask("GET", "users/me?context=edit")
        if not isinstance(me, dict) or not isinstance(me.get("capabilities"), dict):
            raise unreadable(publishing=False, title=TITLE)
        needed = ["upload_files", "publish_posts" if self._status == "publish" else "edit_posts"]
        lacking = [right for right in needed if me["capabilities"].get(right) is not True]
        if lacking:
            raise self._lacks(*lacking)
        self._category_id()
        return f"{me.get('name') or self._user} ({urlsplit(self._api.base).netloc})"

    def delete(self, receipt: Receipt) -> None:
        """Move the post to the site's trash; already there, or gone, counts as done.

        Its pictures stay in the library.

        Raises :class:`~humasbot.errors.Rejected` for a receipt that no publication of ours made.
        """
        if not receipt.remote_id.isdecimal():
            raise Rejected(
                t(
                    "WordPress: nomor kirimannya tidak diketahui; hapus sendiri di situs: {url}",
                    "WordPress: the post's number is not known; delete it yourself on the site: {url}",
                    url=receipt.url,
                )
            )
        try:
            self._api.ask("DELETE", f"posts/{receipt.remote_id}")
        except Rejected as error:
            if error.code not in ("rest_post_invalid_id", "rest_already_trashed"):
                raise

    def edit(self, receipt: Receipt, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        """See :meth:`Publisher.edit`; title and text change, address and pictures stay."""
        if not receipt.remote_id.isdecimal():
            raise Rejected(
                t(
                    "WordPress: nomor kirimannya tidak diketahui; ubah sendiri di situs: {url}",
                    "WordPress: the post's number is not known; change it yourself on the site: {url}",
                    url=receipt.url,
                )
            )
        there = self._api.ask("GET", f"posts/{receipt.remote_id}?context=edit&_fields=status,content")
        if not isinstance(there, dict) or not isinstance(there.get("content"), dict):
            raise unreadable(publishing=False, title=TITLE)
        if there.get("status") == "trash":
            raise Rejected(
                t(
                    "WordPress: kiriman itu ada di tempat sampah situs",
                    "WordPress: that post is in the site's trash",
                )
            )
        wish = {
            "title": headline(outgoing),
            "content": reworded(outgoing, str(there["content"].get("raw", ""))),
        }
        answer = self._api.ask("POST", f"posts/{receipt.remote_id}?_fields={FIELDS}", json_body=wish)
        return _receipt(answer, publishing=False)

    def _draft(self, outgoing: Outgoing, checkpoint: Checkpoint, found: Mapping[str, Any] | None) -> str:
        """The id of the whole draft: made, or made whole where an earlier attempt's answer was lost."""
        pictures = self._pictures(outgoing, checkpoint)
        wish: dict[str, Any] = {
            "title": headline(outgoing),
            "content": body(outgoing, pictures[1:]),
            "slug": slug(outgoing),
            "status": "draft",
        }
        if pictures:
            wish["featured_media"] = pictures[0].id
        if category := self._category_id():
            wish["categories"] = [category]
        again = found is not None and found.get("status") in STATUSES
        path = f"posts/{found['id']}" if found is not None and again else "posts"
        answer = self._api.ask("POST", f"{path}?_fields={FIELDS}", json_body=wish)
        return _receipt(answer, publishing=False).remote_id

    def _pictures(self, outgoing: Outgoing, checkpoint: Checkpoint) -> list[Picture]:
        """The pictures in the site's library, uploaded unless an earlier attempt did and nobody removed them since.

        WordPress takes a post whose picture is gone, and shows it without one.
        """
        saved = [json.loads(checkpoint.get(f"media:{n}") or "null") for n in range(len(outgoing.media))]
        if ids := [str(known["id"]) for known in saved if known]:
            listed = self._api.ask("GET", f"media?include={','.join(ids)}&per_page=100&_fields=id")
            if not isinstance(listed, list):
                raise unreadable(publishing=False, title=TITLE)
            there = {media.get("id") for media in listed if isinstance(media, dict)}
            saved = [known if known and known["id"] in there else None for known in saved]
        pictures = []
        for n, (media, known) in enumerate(zip(outgoing.media, saved, strict=True)):
            if known is None:
                known = self._upload(media, f"{slug(outgoing)}-{n + 1}{media.suffix}")
                checkpoint.save(f"media:{n}", json.dumps(known))
            pictures.append(Picture(known["id"], known["url"], media.alt))
        return pictures

    def _upload(self, media: Media, name: str) -> dict[str, Any]:
        """Number and address of a new picture, with its alt text."""
        fields = {"alt_text": alt_for(media.alt), "file": (name, media.data, media.mime)}
        answer = self._api.ask("POST", "media?_fields=id,source_url", fields=fields, read=UPLOAD_SECONDS)
        if not isinstance(answer, dict) or type(answer.get("id")) is not int:
            raise unreadable(publishing=False, title=TITLE)
        return {"id": answer["id"], "url": str(answer.get("source_url", ""))}

    def _category_id(self) -> int | None:
        """The number of the account's category; :class:`Rejected` if the site has none of that name."""
        if not self._category or self._category.isdecimal():
            return int(self._category) if self._category else None
        wanted = self._category.casefold()
        # WordPress looks in what it stored, where & is &amp;; so we ask for one word, and compare by ourselves.
        word = max(re.findall(r"\w+", self._category) or [self._category], key=len)
        query = f"search={quote(word, safe='')}&per_page=100&_fields=id,name,slug"
        listed = self._api.ask("GET", f"categories?{query}")
        if not isinstance(listed, list):
            raise unreadable(publishing=False, title=TITLE)
        for category in listed:
            names = (unescape(str(category.get("name", ""))).casefold(), str(category.get("slug", "")))
            if wanted in names:
                return int(category["id"])
        raise Rejected(
            t(
                "WordPress: situs tidak punya kategori {name}; buat di sana, atau ubah setelan category",
                "WordPress: the site has no category {name}; make it there, or change the setting category",
                name=self._category,
            )
        )

    def _find(self, outgoing: Outgoing) -> Mapping[str, Any] | None:
        """The post of the key, whatever its status; one that is out first, one in the trash last."""
        name = slug(outgoing)
        query = f"slug={name},{name}__trashed&status=publish,future,private,pending,draft,trash&context=edit"
        try:
            found = self._api.ask("GET", f"posts?{query}&_fields={FIELDS}")
        except Rejected as error:
            if error.code != "rest_invalid_param":
                raise
            # Only those who may edit posts may ask for these statuses.
            raise self._lacks("edit_posts") from None
        if not isinstance(found, list) or not all(
            isinstance(post, dict) and post.get("status") for post in found
        ):
            raise unreadable(publishing=False, title=TITLE)
        order = (*PUBLIC, "pending", "draft", "trash")
        known = [post for post in found if post["status"] in order]
        return min(known, key=lambda post: order.index(post["status"]), default=None)

    def _lacks(self, *rights: str) -> AuthExpired:
        return AuthExpired(
            t(
                "WordPress: pengguna {user} tidak berhak ({rights}); jadikan ia Penulis atau Editor",
                "WordPress: the user {user} lacks the right ({rights}); make them an Author or Editor",
                user=self._user,
                rights=", ".join(rights),
            )
        )

    def _is_out(self, post: Mapping[str, Any]) -> bool:
        """Whether *post* is where the publishing call would bring it."""
        return post.get("status") in (*PUBLIC, self._status)


def _receipt(post: Any, *, publishing: bool) -> Receipt:
    """The receipt of a post as REST gives it."""
    if not isinstance(post, dict) or type(post.get("id")) is not int or not isinstance(post.get("link"), str):
        raise unreadable(publishing=publishing, title=TITLE)
    try:
        moment = datetime.fromisoformat(str(post.get("date_gmt"))).replace(tzinfo=UTC)
    except ValueError:
        moment = None
    return Receipt(str(post["id"]), post["link"], moment)
