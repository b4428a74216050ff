"""From a plain text to what WordPress stores: a title, a slug, and HTML in the blocks of its editor."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from unicodedata import normalize

from humasbot.content import Outgoing
from humasbot.platforms.text import cut

TITLE_CHARACTERS = 100
SLUG_CHARACTERS = 60
_LINK = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_FIGURE = re.compile(r"<!-- wp:image .*?<!-- /wp:image -->", re.DOTALL)
_TRAILING = ".,;:!?…'”’»)]}"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in the site's library."""

    id: int
    url: str
    alt: str


def slug(outgoing: Outgoing) -> str:
    """The last part of the post's address: words of its title, and eight letters that stand for its key."""
    plain = normalize("NFKD", _title(outgoing)).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if len(words) > SLUG_CHARACTERS:
        words = words[: SLUG_CHARACTERS + 1].rpartition("-")[0] or words[:SLUG_CHARACTERS]
    return f"{words or 'kabar'}-{sha256(outgoing.key.encode()).hexdigest()[:8]}"


def headline(outgoing: Outgoing) -> str:
    """The title as WordPress takes it: HTML, so what is not meant as HTML is escaped."""
    return escape(_title(outgoing), quote=False)


def body(outgoing: Outgoing, pictures: Sequence[Picture]) -> str:
    """The text as paragraphs with links, then *pictures* (the first of a post is its featured image, not here).

    A first paragraph that only repeats the title is left out: the site shows the title above the text.
    """
    paragraphs = [part for part in re.split(r"\n[^\S\n]*\n\s*", outgoing.text.strip("\r\n")) if part.strip()]
    if len(paragraphs) > 1 and _line(paragraphs[0]) == _title(outgoing):
        del paragraphs[0]
    blocks = [_block("paragraph", f"<p>{_lines(part)}</p>") for part in paragraphs]
    return "\n\n".join((*blocks, *map(_figure, pictures)))


def reworded(outgoing: Outgoing, content: str) -> str:
    """The text as :func:`body` writes it, with the pictures that the post's *content* holds now."""
    return "\n\n".join((body(outgoing, ()), *_FIGURE.findall(content)))


def alt_for(alt: str) -> str:
    """An alternative text for the library, which would take whatever looks like a tag out of it."""
    return _escaped(alt) if re.search(r"<|&\w+;|&#", alt) else alt


def _title(outgoing: Outgoing) -> str:
    if outgoing.title.strip():
        return _line(outgoing.title)
    first = outgoing.text.strip().split("\n", 1)[0]
    return cut(_line(first), lambda part: len(part) <= TITLE_CHARACTERS) or _line(first)[:TITLE_CHARACTERS]


def _line(text: str) -> str:
    return " ".join(text.split())


def _lines(paragraph: str) -> str:
    parts, last = [], 0
    for found in _LINK.finditer(paragraph):
        address = found[0].rstrip(_TRAILING)
        if found[0][len(address) :].startswith(")") and address.count("(") > address.count(")"):
            address += ")"
        shown = _escaped(address)
        parts += [_escaped(paragraph[last : found.start()]), f'<a href="{shown}">{shown}</a>']
        last = found.start() + len(address)
    return "".join((*parts, _escaped(paragraph[last:]))).replace("\n", "<br>")


def _escaped(text: str) -> str:
    # A square bracket may open a shortcode, which WordPress would carry out.
    return escape(text).replace("[", "&#91;")


def _figure(picture: Picture) -> str:
    image = (
        f'<img src="{_escaped(picture.url)}" alt="{_escaped(picture.alt)}" class="wp-image-{picture.id}"/>'
    )
    html = f'<figure class="wp-block-image size-large">{image}</figure>'
    return _block(f'image {{"id":{picture.id},"sizeSlug":"large"}}', html)


def _block(kind: str, html: str) -> str:
    return f"<!-- wp:{kind} -->\n{html}\n<!-- /wp:{kind.split()[0]} -->"
