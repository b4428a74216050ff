"""LinkedIn's "little text": what has to be escaped in a commentary, how hashtags are written, and how long it gets.

Source: learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/little-text-format, read 2026-11-22.
An unescaped reserved character cuts the text there without any error, so every one of them is escaped.
"""

import re

RESERVED = "\\|{}@[]()<>#*_~"
_RESERVED = re.compile(f"[{re.escape(RESERVED)}]")
_HASHTAG = re.compile(r"(?<![\w#&/])#(?=\w*[^\W\d_])([^\W_]+)(?![\w#])")
_TEMPLATE = re.compile(r"\{hashtag\|\\?#\|([^{}|]+)\}")
_MENTION = re.compile(r"@\[((?:\\.|[^\]\\])*)\]\([^)]*\)")
_ESCAPED = re.compile(r"\\([" + re.escape(RESERVED) + r"])")


def little(text: str) -> str:
    """*text* as a commentary: hashtags become LinkedIn's own, everything else shows as it stands."""
    parts, last = [], 0
    for found in _HASHTAG.finditer(text):
        parts += [_escaped(text[last : found.start()]), f"{{hashtag|\\#|{found[1]}}}"]
        last = found.end()
    return "".join((*parts, _escaped(text[last:])))


def plain(commentary: str) -> str:
    """What a reader sees of a *commentary*."""
    shown = _TEMPLATE.sub(lambda tag: f"\\#{tag[1]}", commentary)
    shown = _MENTION.sub(lambda name: name[1], shown)
    return _ESCAPED.sub(r"\1", shown)


def count_little(text: str) -> int:
    """The length of *text* once it is escaped, in UTF-16 units (never less than characters)."""
    return len(little(text).encode("utf-16-le")) // 2


def _escaped(text: str) -> str:
    return _RESERVED.sub(lambda found: f"\\{found[0]}", text)
