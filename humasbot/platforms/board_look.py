"""What a board looks like: the office's colour made readable, and text made safe HTML."""

import re
import unicodedata
from urllib.parse import urlsplit

from markupsafe import Markup, escape

PAPER_LIGHT, PAPER_DARK = "#ffffff", "#191d23"
PAGE_LIGHT, PAGE_DARK = "#f3f4f6", "#101317"
AA = 4.5
"""The least contrast of text by WCAG 2.2, 1.4.3 (https://www.w3.org/TR/WCAG22/#contrast-minimum, 2026-11-22)."""
_URL = re.compile(r"https?://[^\s<>\"]+")
_TAIL = ".,;:!?'*_”’…»"


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours ``#rrggbb``, 1 to 21, as WCAG defines it."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def ink_on(colour: str) -> str:
    """Black or white, whichever reads better on *colour*; always at least 4.5:1."""
    return max("#ffffff", "#000000", key=lambda ink: contrast(ink, colour))


def readable(colour: str, *backgrounds: str) -> str:
    """*colour*, drawn towards black or white just so far that it is readable on all *backgrounds*."""
    goal = 0 if min(_luminance(b) for b in backgrounds) > 0.18 else 255
    channels = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    for step in range(21):
        mixed = "#" + "".join(f"{round(c + (goal - c) * step / 20):02x}" for c in channels)
        if all(contrast(mixed, background) >= AA for background in backgrounds):
            return mixed
    return "#000000" if goal == 0 else "#ffffff"


def slug(title: str, text: str, post_id: str) -> str:
    """The permalink's name: up to 60 letters of the title, else of the text, and ten of the id."""
    plain = unicodedata.normalize("NFKD", title.strip() or text.strip()).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
    if len(words) > 60:
        words = words[:61].rpartition("-")[0] or words[:60]
    return f"{words or 'kiriman'}-{post_id[:10]}"


def safe_link(link: str) -> str:
    """*link* if a browser may follow it (http, https), else ``""``."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return ""
    return link if parts.scheme in ("http", "https") and parts.hostname else ""


def host(link: str) -> str:
    """The host's name for people, without ``www.``."""
    return (urlsplit(link).hostname or "").removeprefix("www.")


def split_title(title: str, text: str, link: str) -> tuple[str, str]:
    """The heading and the rest to show below it; an empty heading means that the text has none.

    The text usually begins with its title and ends with its link; neither is shown twice.
    """
    body = text.strip()
    first, _, rest = body.partition("\n")
    heading = title.strip()
    if heading and first.strip() == heading:
        body = rest
    elif not heading and rest.strip() and len(first.strip()) <= 110 and not _URL.search(first):
        heading, body = first.strip(), rest
    lines = body.strip().split("\n")
    if link and lines[-1].strip() == link:
        lines.pop()
    return heading, "\n".join(lines).strip()


def excerpt(text: str, length: int) -> str:
    """The beginning of *text* as one line of at most *length* characters, cut at a word."""
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    return (line[: length - 1].rpartition(" ")[0] or line[: length - 1]).rstrip(",;:–-") + "…"


def paragraphs(text: str) -> Markup:
    """Plain text as HTML: everything escaped, blank lines part paragraphs, web addresses become links."""
    parts = [part.strip("\n") for part in re.split(r"\n[ \t]*\n", text) if part.strip()]
    return Markup("\n").join(
        Markup("<p>{}</p>").format(Markup("<br>\n").join(_linkified(line) for line in part.split("\n")))
        for part in parts
    )


def _linkified(line: str) -> Markup:
    pieces, end = [], 0
    for match in _URL.finditer(line):
        url = _without_tail(match[0])
        if safe_link(url):
            shown = url.partition("://")[2].rstrip("/")
            shown = shown if len(shown) <= 60 else shown[:59] + "…"
            pieces += [escape(line[end : match.start()]), Markup('<a href="{}">{}</a>').format(url, shown)]
            end = match.start() + len(url)
    return Markup("").join([*pieces, escape(line[end:])])


def _without_tail(url: str) -> str:
    """*url* without the sentence's own punctuation behind it; a bracket stays if it was opened inside."""
    while url:
        if url[-1] in _TAIL or (
            url[-1] in ")]}" and url.count(url[-1]) > url.count({")": "(", "]": "[", "}": "{"}[url[-1]])
        ):
            url = url[:-1]
        else:
            break
    return url


def for_xml(text: str) -> str:
    """*text* without the control characters that XML 1.0 cannot hold."""
    return re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text)
