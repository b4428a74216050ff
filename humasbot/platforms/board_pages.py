"""Draws the board's pages and feeds; a pure function of the settings and the stored posts."""

import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from humasbot.indonesian import clock, long_date
from humasbot.platforms import board_look as looks
from humasbot.platforms.board_store import Picture, Stored


@dataclass(frozen=True, slots=True)
class Face:
    """What the office chose: ``address`` is the public base address with a slash at the end."""

    address: str
    title: str
    agency: str
    colour: str
    zone: str


@dataclass(frozen=True, slots=True)
class View:
    """A post as the templates see it."""

    id: str
    path: str
    heading: str
    heading_shown: bool
    body: Markup
    excerpt: str
    link: str
    host: str
    language: str
    when: str
    iso: str
    pictures: tuple[Picture, ...]
    feed_html: Markup


@dataclass(frozen=True, slots=True)
class Look:
    """Colours; each ink is readable on its ground (4.5:1)."""

    brand: str
    on_brand: str
    accent_light: str
    accent_dark: str


class Pages:
    """Renders for one face; safe to share between threads."""

    def __init__(self, face: Face) -> None:
        self.face = face
        self.zone = ZoneInfo(face.zone)

    @cached_property
    def environment(self) -> Environment:
        """The templates, with everything escaped that is not marked as our own HTML."""
        environment = Environment(
            loader=PackageLoader("humasbot", "platforms/board_assets"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        look = self._look()
        style = environment.get_template("style.css").render(look=look).strip()
        digest = b64encode(sha256(style.encode()).digest()).decode()
        ours = Markup(style)  # noqa: S704  # our own style sheet, no text of others in it
        environment.globals.update(board=self.face, look=look, style=ours, style_hash=f"sha256-{digest}")
        return environment

    @cached_property
    def fingerprint(self) -> str:
        """Changes whenever the same posts would be drawn otherwise."""
        loader = self.environment.loader
        assert loader is not None  # noqa: S101  # given above
        sources = [loader.get_source(self.environment, name)[0] for name in sorted(loader.list_templates())]
        return sha256("\x1f".join([json.dumps(asdict(self.face)), *sources]).encode()).hexdigest()

    def _look(self) -> Look:
        colour = self.face.colour.lower()
        return Look(
            brand=colour,
            on_brand=looks.ink_on(colour),
            accent_light=looks.readable(colour, looks.PAPER_LIGHT, looks.PAGE_LIGHT),
            accent_dark=looks.readable(colour, looks.PAPER_DARK, looks.PAGE_DARK),
        )

    def view(self, post: Stored) -> View:
        """*post* ready for a template."""
        link = looks.safe_link(post.link)
        heading, body = looks.split_title(post.title, post.text, link)
        html = looks.paragraphs(body)
        local = post.published_at.astimezone(self.zone)
        images = Markup("").join(
            Markup('<p><img src="{}" width="{}" height="{}" alt="{}"></p>').format(
                self.face.address + p.file, p.width, p.height, p.alt
            )
            for p in post.pictures
        )
        more = Markup('<p><a href="{0}">{1}</a></p>').format(link, looks.host(link)) if link else ""
        return View(
            id=post.id,
            path=post.path,
            heading=looks.excerpt(heading or body or post.text, 300 if heading else 70),
            heading_shown=bool(heading),
            body=html,
            excerpt=looks.excerpt(body or post.text, 200),
            link=link,
            host=looks.host(link) if link else "",
            language=post.language,
            when=f"{long_date(local)}, {clock(local)}".replace(" W", "\N{NO-BREAK SPACE}W"),
            iso=local.isoformat(timespec="seconds"),
            pictures=post.pictures,
            feed_html=images + html + more,
        )

    def permalink(self, post: Stored) -> bytes:
        """The page of one post."""
        return self._draw("post.html", root="../", post=self.view(post))

    def listing(self, posts: Sequence[Stored], *, number: int, newer: str, older: str) -> bytes:
        """A page of posts (newest first); *number* 0 is the front page, others are archive pages."""
        root = "../" if number else ""
        path = f"halaman/{number}.html" if number else ""
        views = [self.view(post) for post in posts]
        names: dict[str, Any] = {"number": number, "newer": newer, "older": older, "path": path, "root": root}
        return self._draw("list.html", posts=views, **names)

    def atom(self, posts: Sequence[Stored]) -> bytes:
        """The Atom feed (RFC 4287) of *posts*, newest first."""
        views = [self.view(post) for post in posts]
        updated = views[0].iso if views else "1970-01-01T00:00:00Z"
        text = self.environment.get_template("feed.xml").render(posts=views, updated=updated)
        return looks.for_xml(text).encode()

    def json_feed(self, posts: Sequence[Stored]) -> bytes:
        """The JSON feed (https://www.jsonfeed.org/version/1.1/, read 2026-11-22) of *posts*, newest first."""
        address = self.face.address
        feed = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": self.face.title,
            "home_page_url": address,
            "feed_url": address + "feed.json",
            "language": "id",
            "authors": [{"name": self.face.agency}],
            "items": [self._item(self.view(post)) for post in posts],
        }
        return json.dumps(feed, ensure_ascii=False, indent=1).encode() + b"\n"

    def _item(self, view: View) -> dict[str, Any]:
        item: dict[str, Any] = {
            "id": self.face.address + view.path,
            "url": self.face.address + view.path,
            "title": view.heading,
            "content_html": str(view.feed_html),
            "date_published": view.iso,
            "language": view.language,
        }
        if view.link:
            item["external_url"] = view.link
        if view.pictures:
            item["image"] = self.face.address + view.pictures[0].file
        return item

    def icon(self) -> bytes:
        """The page's small sign in the office's colour."""
        return self._draw("icon.svg")

    def _draw(self, template: str, **values: Any) -> bytes:
        return self.environment.get_template(template).render(**values).encode()
