"""Text of strangers made safe to keep, compare and send: one shape for white space, nothing invisible."""

import re
import unicodedata
from collections.abc import Iterable

CONTROLS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u2060\ufeff\u202a-\u202e\u2066-\u2069]"
)
SURROGATES = re.compile("[\ud800-\udfff\ufffe\uffff]")
BREAKS = re.compile("\r\n|[\r\x85\u2028\u2029]")
_NO_CATEGORY = re.compile(r"uncategori[sz]ed|(?:tak|tidak) berkategori|tanpa kategori", re.IGNORECASE)
LONGEST_CATEGORY = 100
_SPACES = re.compile("[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")


def clean(text: str) -> str:
    """*text* in NFC without control, invisible and direction-forcing characters; spaces single, ends trimmed.

    Line breaks stay, at most two in a row. Half surrogates become U+FFFD, so the result can always be encoded.
    """
    text = CONTROLS.sub("", BREAKS.sub("\n", SURROGATES.sub("\ufffd", text)))
    text = unicodedata.normalize("NFC", text)
    lines = [_SPACES.sub(" ", line).strip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def real_categories(names: Iterable[str]) -> tuple[str, ...]:
    """Category names, each once, without WordPress's "Uncategorized" and without what is no name."""
    return tuple(
        dict.fromkeys(
            name for name in names if 0 < len(name) <= LONGEST_CATEGORY and not _NO_CATEGORY.fullmatch(name)
        )
    )
