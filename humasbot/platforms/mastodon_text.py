"""The text of a Mastodon status, made comparable with the text that was sent.

The server answers in HTML, shows a mention without its server, and keeps no more white space than it needs.
"""

import re
from html.parser import HTMLParser
from unicodedata import normalize

_REMOTE = re.compile(r"(?<!\w)@([\w.-]*\w)@[\w.:-]*\w")


class _Text(HTMLParser):
    """Collects the text; what parts lines and paragraphs becomes white space."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Part what a line break or a paragraph parts."""
        if tag in ("br", "p", "div", "li"):
            self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        self.parts.append(data)


def shown(html: str) -> str:
    """What a reader sees of a status with the content *html*, comparable."""
    parser = _Text()
    parser.feed(html)
    parser.close()
    return comparable("".join(parser.parts))


def comparable(text: str) -> str:
    """*text* in NFC, its white space as single spaces, mentions without their server."""
    return " ".join(normalize("NFC", _REMOTE.sub(r"@\1", text)).split())


def letters(text: str) -> str:
    """The letters and digits of *text* only."""
    return "".join(character for character in text if character.isalnum())
