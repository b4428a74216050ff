"""An announcement that somebody wrote by hand: a Markdown file, or standard input."""

import re
from datetime import datetime, tzinfo
from hashlib import sha256
from html import unescape

from humasbot.content import Item
from humasbot.errors import InputError
from humasbot.sources.address import canonical_url
from humasbot.sources.dates import WIB, parse_date
from humasbot.sources.html import first_image, to_line, to_text
from humasbot.words import t

LONGEST = 200_000
_FRONT = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_KEYS = {
    "title": "title", "judul": "title", "url": "url", "tautan": "url", "image": "image", "gambar": "image",
    "alt": "alt", "date": "date", "tanggal": "date",
}  # fmt: skip
_HEADING = re.compile(r"<h[1-6]>(.*?)</h[1-6]>\n?", re.DOTALL)
_IMAGE = re.compile(r'<img src="([^"]*)"')
_LINK = re.compile(r'<a href="([^"]*)"[^>]*>(.*?)</a>', re.DOTALL)


def read_markdown(text: str, name: str, zone: tzinfo = WIB) -> Item:
    """The announcement in *text*, which came from the file *name* (``-`` for standard input).

    The first heading is the title. Front matter between ``---`` lines may give ``title``, ``url``, ``image``, ``alt``
    and ``date`` (also ``judul``, ``tautan``, ``gambar``, ``tanggal``); a date without a zone is in *zone*. Raises
    :class:`~humasbot.errors.InputError`.
    """
    from markdown_it import MarkdownIt

    if len(text) > LONGEST or "\x00" in text:
        raise InputError(
            t(
                "{name}: bukan teks Markdown yang wajar (biner, atau lebih dari {n} karakter)",
                "{name}: not a reasonable Markdown text (binary, or more than {n} characters)",
                name=name,
                n=LONGEST,
            )
        )
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    front, text = _front(text, name)
    markup = MarkdownIt("commonmark", {"breaks": True}).render(text)
    title = front.get("title", "")
    heading = _HEADING.search(markup)
    if heading is not None and (not title or to_line(heading[1]) == title):
        title = to_line(heading[1])
        markup = markup[: heading.start()] + markup[heading.end() :]
    if not title:
        raise InputError(
            t(
                "{name}: tanpa judul; mulai dengan baris «# Judul»",
                "{name}: without a title; begin with a line «# Title»",
                name=name,
            )
        )
    _refuse_local(markup, name)
    image, alt = first_image(markup)
    body = to_text(_LINK.sub(_spelled_out, markup))
    url = _address(front, "url", name)
    words = "\x1f".join((title, body))
    return Item(
        key=url or f"sha256:{sha256(words.encode()).hexdigest()}",
        url=url,
        title=title,
        text=body,
        published=_date(front, name, zone),
        image_url=_address(front, "image", name) or image,
        image_alt=front.get("alt", "") or alt,
    )


def _refuse_local(markup: str, name: str) -> None:
    """A picture beside the file cannot be fetched; to leave it out without a word would be to lose it."""
    for address in _IMAGE.findall(markup):
        if not canonical_url(unescape(address)):
            raise InputError(
                t(
                    "{name}: gambar {x} harus beralamat web (http:// atau https://); unggah dahulu ke situs Anda",
                    "{name}: the picture {x} needs a web address (http:// or https://); upload it to your site first",
                    name=name,
                    x=unescape(address)[:60],
                )
            )


def _front(text: str, name: str) -> tuple[dict[str, str], str]:
    """The known keys of the front matter, and the text after it."""
    found = _FRONT.match(text)
    if found is None:
        return {}, text
    values = {}
    for line in found[1].split("\n"):
        key, colon, value = line.partition(":")
        known = _KEYS.get(key.strip().lower())
        if known and colon and (value := value.strip()):
            quoted = value[0] in "\"'" and value[-1] == value[0] and len(value) > 1
            values[known] = to_line(value[1:-1] if quoted else value)
    return values, text[found.end() :]


def _address(front: dict[str, str], key: str, name: str) -> str:
    given = front.get(key, "")
    address = canonical_url(given)
    if given and not address:
        raise InputError(
            t(
                "{name}: {ours} ({key}) harus alamat web (http:// atau https://)",
                "{name}: {key} must be a web address (http:// or https://)",
                name=name,
                ours={"url": "tautan", "image": "gambar"}[key],
                key=key,
            )
        )
    return address


def _date(front: dict[str, str], name: str, zone: tzinfo) -> datetime | None:
    given = front.get("date", "")
    moment = parse_date(given, zone)
    if given and moment is None:
        raise InputError(
            t(
                "{name}: tanggal {given} tidak terbaca; contoh: 5 Mei 2026 10.00 WIB",
                "{name}: the date {given} cannot be read; for example 2026-05-05 10:00",
                name=name,
                given=given[:40],
            )
        )
    return moment


def _spelled_out(link: re.Match[str]) -> str:
    """A link as its words and, unless they are the same, its address: plain text cannot be clicked."""
    words = to_line(link[2])
    return words if not words or link[1] in (words, f"mailto:{words}") else f"{link[2]} ({link[1]})"
