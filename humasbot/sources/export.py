"""A WordPress export (WXR) on disk: the office can begin with what its website said, without any network.

Pictures are its attachments; where their address is a path, it is a file beside the export and nowhere else.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from os.path import isfile
from pathlib import Path
from typing import Any, ClassVar, Self
from urllib.parse import quote, unquote
from zoneinfo import ZoneInfo

from humasbot.content import Found, Item
from humasbot.errors import FetchError
from humasbot.net import Http
from humasbot.sources.address import canonical_url
from humasbot.sources.base import TIMEZONE, Option, Source, read_settings
from humasbot.sources.dates import parse_date
from humasbot.sources.export_xml import read_posts
from humasbot.sources.html import first_image, to_line, to_text
from humasbot.sources.images import MAX_BYTES as MAX_IMAGE_BYTES
from humasbot.sources.images import check_image
from humasbot.sources.text import real_categories
from humasbot.words import reason, t

MAX_BYTES = 50_000_000
_BLOCK_COMMENT = re.compile(r"<!--\s*/?wp:[^>]*-->")
_SHORTCODE = re.compile(r"\[/?(?:caption|gallery|embed|audio|video|playlist|vc_\w+|et_pb_\w+)\b[^\]]*\]")


class Export(Source):
    """The posts of one export file."""

    kind = "file"
    settings: ClassVar[tuple[Option, ...]] = (
        Option("file", "berkas ekspor WordPress (.xml)", "a WordPress export file (.xml)", path=True),
        TIMEZONE,
    )

    def __init__(self, file: Path, http: Http, *, zone: str = "Asia/Jakarta") -> None:
        self.file = file
        self.http = http
        self.zone = ZoneInfo(zone)

    @classmethod
    def from_settings(cls, settings: Mapping[str, str], http: Http) -> Self:
        """As :meth:`Source.from_settings`; the file is not opened yet."""
        values = read_settings(cls, settings)
        return cls(Path(values["file"]), http, zone=values["timezone"])

    def check(self) -> str:
        """Read the file once."""
        items = self._items(_read(self.file, MAX_BYTES))
        return t(
            "{file}: ekspor terbaca, {n} tulisan",
            "{file}: the export can be read, {n} posts",
            file=self.file.name,
            n=len(items),
        )

    def fetch(self, state: Mapping[str, str], now: datetime) -> Found:
        """Every published post of the file, or nothing if the file is the same as at the last reading."""
        raw = _read(self.file, MAX_BYTES)
        digest = sha256(raw).hexdigest()
        if state.get("digest") == digest and state.get("file") == str(self.file):
            return Found(state=dict(state), unchanged=True)
        items = sorted(self._items(raw), key=lambda item: item.published or now, reverse=True)
        return Found(tuple(items), {"file": str(self.file), "digest": digest})

    def image(self, item: Item) -> bytes | None:
        """A picture beside the export (``file:`` address), else one from the web."""
        if not item.image_url.startswith("file:"):
            return super().image(item)
        name = unquote(item.image_url.removeprefix("file:"))
        path = self._inside(name)
        if path is None or not isfile(path):
            raise FetchError(
                t(
                    "{file}: tidak ada di samping berkas ekspor",
                    "{file}: is not beside the export file",
                    file=name,
                ),
                temporary=False,
            )
        data = _read(path, MAX_IMAGE_BYTES)
        check_image(data, name)
        return data

    def _inside(self, path: str) -> Path | None:
        """*path* if it lies in the export's folder, symbolic links resolved; ``None`` for anywhere else."""
        folder = self.file.parent.resolve()
        try:
            found = (folder / path).resolve()
        except (OSError, ValueError, RuntimeError):
            return None
        return found if found.is_relative_to(folder) else None

    def _items(self, raw: bytes) -> list[Item]:
        posts = list(read_posts(raw, str(self.file)))
        pictures = {post["id"]: post for post in posts if post["type"] == "attachment"}
        return [
            self._item(post, pictures)
            for post in posts
            if post["type"] in ("post", "") and post["status"] in ("publish", "") and not post["password"]
        ]

    def _item(self, post: Mapping[str, Any], pictures: Mapping[str, Mapping[str, Any]]) -> Item:
        markup = _SHORTCODE.sub("", post["content"])
        text = to_text(_BLOCK_COMMENT.sub("", markup), newlines="<!-- wp:" not in markup)
        link = canonical_url(post["link"])
        picture = pictures.get(post["thumbnail"])
        if picture is not None:
            image, alt = self._address(picture["file"]), to_line(picture["alt"])
        else:
            image, alt = first_image(markup, link)
        return Item(
            key=post["id"] or post["guid"] or link,
            url=link,
            title=to_line(post["title"]),
            text=text,
            summary=to_text(post["excerpt"]),
            published=self._date(post, "date") or parse_date(post["published"], self.zone),
            modified=self._date(post, "modified"),
            author=to_line(post["author"]),
            categories=real_categories(to_line(name) for name in post["categories"]),
            image_url=image,
            image_alt=alt,
        )

    def _address(self, where: str) -> str:
        """The web address of a picture, or its ``file:`` address if it lies beside the export."""
        if where.lower().startswith(("http://", "https://")):
            return canonical_url(where)
        path = self._inside(unquote(where.removeprefix("file://").removeprefix("file:")).lstrip("/"))
        if path is None:
            return ""
        return "file:" + quote(path.relative_to(self.file.parent.resolve()).as_posix())

    def _date(self, post: Mapping[str, Any], name: str) -> datetime | None:
        utc = parse_date(f"{post[f'{name}_gmt']}Z") if post[f"{name}_gmt"] else None
        return utc or parse_date(post[name], self.zone)


def _read(file: Path, most: int) -> bytes:
    try:
        if file.stat().st_size <= most:
            return file.read_bytes()
    except OSError as error:
        words = t("tidak terbaca ({why})", "cannot be read ({why})", why=reason(error))
        raise FetchError(f"{file}: {words}", temporary=False) from None
    words = t("lebih dari {n} MB", "more than {n} MB", n=most // 1_000_000)
    raise FetchError(f"{file}: {words}", temporary=False)
