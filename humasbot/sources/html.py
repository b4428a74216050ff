"""Markup of strangers into plain text and a picture: whatever comes in, clean text comes out.

lxml does the parsing (it comes with trafilatura): it takes any input in linear time and stops at a depth of 2048.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from humasbot.sources.address import canonical_url
from humasbot.sources.text import BREAKS, CONTROLS, SURROGATES, clean

LONGEST_MARKUP = 2_000_000
LONGEST_TEXT = 100_000
_SKIPPED = {
    "script", "style", "noscript", "template", "svg", "math", "iframe", "object", "embed", "head", "title", "button",
    "select", "textarea", "nav", "audio", "video", "canvas", "map", "figcaption", "input",
}  # fmt: skip
_BLOCKS = {
    "p", "div", "section", "article", "header", "footer", "main", "aside", "h1", "h2", "h3", "h4", "h5", "h6", "ul",
    "ol", "dl", "table", "blockquote", "figure", "pre", "hr", "address", "center", "details", "summary", "form",
    "fieldset", "caption",
}  # fmt: skip
_LINES = {"br", "tr", "li", "dt", "dd"}
# Characters that cannot stand in the input any more once it is clean, so they can mark what the walk finds.
_PARAGRAPH, _LINE, _MARKER = "\x1e", "\x1f", "\x1d"
_CUT_END = re.compile("\ufffd+(?=\\s*(?:\\.\\.\\.|…|\\[…\\])?\\s*$)")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});")
_TAG = re.compile(
    r"</(?:p|div|b|i|em|strong|span|a|ul|ol|li|h[1-6]|font|table|td|tr)\s*>|<(?:br|hr)\s*/?>|<img\s[^>]{1,2000}>",
    re.IGNORECASE,
)
_NO_PICTURE = re.compile(
    r"\.(?:svg|gif|ico)(?:[?#]|$)|s\.w\.org/images/core/emoji|gravatar\.com/avatar|feedburner|/pixel|1x1|spacer|blank\.",
    re.IGNORECASE,
)


def parse(markup: str) -> Any:
    """The root element of *markup*, or ``None`` when there is nothing in it; never raises for bad markup."""
    from lxml import etree  # type: ignore[import-untyped]  # lxml ships no types

    # Half surrogates and NUL are what lxml cannot take; more than the cap is not worth its time.
    text = SURROGATES.sub("\ufffd", markup[:LONGEST_MARKUP]).replace("\x00", "")
    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=True
    )
    try:
        return etree.fromstring(text.encode(), parser)
    except etree.LxmlError:
        return None


def to_text(markup: str, *, newlines: bool = False) -> str:
    """*markup* as plain text: paragraphs parted by a blank line, list items and table rows on lines of their own.

    Scripts, forms' controls and picture captions are left out; entities are resolved, also where they were escaped
    twice. ``newlines``: line breaks of the source mean something (WordPress's raw text).
    """
    text = _walked(markup, newlines)
    if _TAG.search(text):
        text = _walked(text, newlines=True)
    if _ENTITY.search(text):
        text = clean(_ENTITY.sub(lambda found: html.unescape(found[0]), text))
    text = _CUT_END.sub("", text).strip()
    if len(text) > LONGEST_TEXT:
        text = text[:LONGEST_TEXT].rsplit("\n", 1)[0]
    return text


def to_line(markup: str) -> str:
    """*markup* as one line of plain text: a title, a name."""
    return " ".join(to_text(markup).split())


def _walked(markup: str, newlines: bool) -> str:
    if newlines and "<p" not in markup.lower():
        markup = re.sub(r"\n[ \t]*\n\s*", "<p>", BREAKS.sub("\n", markup)).replace("\n", "<br>")
    root = parse(markup)
    if root is None:
        return ""
    raw = "".join(_pieces(root))
    raw = re.sub(f"{_MARKER}([^{_MARKER}]*?){_MARKER}[\\s{_PARAGRAPH}{_LINE}]*", r"\1", raw)
    paragraphs = []
    for paragraph in raw.split(_PARAGRAPH):
        lines = [" ".join(clean(line).split()) for line in paragraph.split(_LINE)]
        if block := "\n".join(line for line in lines if line.strip(" |")):
            paragraphs.append(block)
    return "\n\n".join(paragraphs)


def _pieces(root: Any) -> Iterator[str]:
    """The text of the tree in reading order, with marks where paragraphs, lines and list items begin."""
    from lxml import etree

    walk = etree.iterwalk(root, events=("start", "end"))
    cell = 0  # depth inside cells of a real table, where breaks would tear the row
    for event, element in walk:
        tag = element.tag if isinstance(element.tag, str) else ""
        in_row = tag in ("td", "th") and _has_neighbours(element)
        if event == "start":
            cell += in_row
            if tag in _SKIPPED:
                walk.skip_subtree()
                continue
            yield _opening(element, tag, cell)
            yield _plain(element.text, tag == "pre")
        else:
            cell -= in_row
            if tag in _BLOCKS:
                yield " " if cell else _PARAGRAPH
            yield _plain(element.tail, False)


def _opening(element: Any, tag: str, cell: int) -> str:
    if tag in ("td", "th"):
        return " | " if element.getprevious() is not None else ""
    if cell and (tag in _BLOCKS or tag in _LINES):
        return " "
    if tag in _BLOCKS:
        return _PARAGRAPH
    if tag == "li":
        return f"{_LINE}{_MARKER}{_bullet(element)}{_MARKER}"
    return _LINE if tag in _LINES else ""


def _bullet(item: Any) -> str:
    parent = item.getparent()
    if parent is None or parent.tag != "ol":
        return "- "
    # Counting by hand for each item would be quadratic in a list of a hundred thousand.
    before = item.getprevious()
    number = 1 if before is None else int(before.get("data-humasbot-number", "0")) + 1
    item.set("data-humasbot-number", str(number))
    return f"{number}. "


def _has_neighbours(cell: Any) -> bool:
    return cell.getprevious() is not None or cell.getnext() is not None


def _plain(text: str | None, keep_lines: bool) -> str:
    if not text:
        return ""
    text = CONTROLS.sub("", text)
    return text.replace("\n", _LINE) if keep_lines else text.replace("\n", " ")


def first_image(markup: str, base: str = "") -> tuple[str, str]:
    """Address and alternative text of the first real picture in *markup*; ``("", "")`` when there is none.

    Smileys, tracking pixels, avatars, drawings and lazy-loading placeholders are passed over.
    """
    if "<img" not in markup.lower():
        return "", ""
    root = parse(markup)
    for image in root.iter("img") if root is not None else ():
        for name in ("data-src", "data-lazy-src", "data-original", "src"):
            address = canonical_url(image.get(name) or "", base)
            if address and not _NO_PICTURE.search(address) and not _is_tiny(image):
                return address, to_line(image.get("alt") or "")
    return "", ""


def _is_tiny(image: Any) -> bool:
    for name in ("width", "height"):
        digits = re.match(r"\d{1,6}", image.get(name) or "")
        if digits and int(digits[0]) <= 50:
            return True
    return False


@dataclass(frozen=True, slots=True)
class Link:
    """A ``<link>`` of a page's head: its ``rel`` words, its type and its address, resolved."""

    rel: frozenset[str]
    kind: str
    href: str


def head_links(markup: str, base: str) -> list[Link]:
    """The links that a page's head (or body, where authors misplace them) declares."""
    root = parse(markup)
    found = []
    for element in root.iter("link") if root is not None else ():
        href = canonical_url(element.get("href") or "", base)
        if href:
            rel = frozenset((element.get("rel") or "").lower().split())
            found.append(Link(rel, (element.get("type") or "").split(";")[0].strip().lower(), href))
    return found


def feeds_of(markup: str, url: str) -> list[str]:
    """The addresses of the feeds that a web page names in its head."""
    kinds = ("application/rss+xml", "application/atom+xml", "application/feed+json")
    return [
        link.href
        for link in head_links(markup, url)
        if "alternate" in link.rel and link.kind in kinds and "comments" not in link.href
    ]
