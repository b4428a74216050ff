"""How Threads counts a text, and how a long one is parted into posts."""

from collections.abc import Callable

import regex  # type: ignore[import-untyped]  # carries no type information

from humasbot.platforms.text import cut

MOST = 500
"""Characters of one post (developers.facebook.com/documentation/threads/posts, updated 2026-04-14, read 2026-11-22)."""
MAX_LINKS = 5
"""Different addresses in one post, that of the card included: since 2025-12-22 Meta refuses the container of one with
more, THREADS_API__LINK_LIMIT_EXCEEDED (…/threads/create-posts/text-attachments of 2025-12-15, read 2026-11-22)."""
SURE_LINKS = 3
"""Above this one office was refused (github.com/gitroomhq/postiz-app/issues/1203, 2026-02-03: when the container was
made, so nothing became public); whoever approves is told."""

_CLUSTER = regex.compile(r"\X")
_EMOJI = regex.compile(r"[\p{Extended_Pictographic}\p{Regional_Indicator}\u20e3]")
_LINK = regex.compile(r"(?i)\bhttps?://[^\s<>\"']+|\bwww\.[^\s<>\"']+")


def count_threads(text: str) -> int:
    """The length as Threads counts it: characters, but an emoji as many as it has UTF-8 bytes."""
    if text.isascii() or not _EMOJI.search(text):
        return len(text)
    return sum(
        len(cluster.encode()) if _EMOJI.search(cluster) else len(cluster)
        for cluster in _CLUSTER.findall(text)
    )


def links(text: str) -> set[str]:
    """The different addresses in *text*."""
    return {found.rstrip(".,;:!?)]}") for found in _LINK.findall(text)}


def parted(text: str) -> list[str]:
    """*text* in posts of at most :data:`MOST`, each ending at a sentence or a word where there is one."""
    rest, parts = text.strip(), []
    while not _fits(rest):
        part = _beginning(rest)
        parts.append(part.rstrip())
        rest = rest[len(part) :].lstrip()
    return [*parts, rest] if rest or not parts else parts


def count_parted(most_parts: int) -> Callable[[str], int]:
    """How to count a text that may become *most_parts* posts: full ones count :data:`MOST`, the last what it has."""

    def count(text: str) -> int:
        if len(text) > MOST * most_parts:
            return len(text)  # no character counts less than one, so there is no need to try
        parts = parted(text)
        return MOST * (len(parts) - 1) + count_threads(parts[-1])

    return count


def _fits(text: str) -> bool:
    return count_threads(text) <= MOST


def _beginning(text: str) -> str:
    """The first post of a text that is too long; always a beginning of *text*, and never empty."""
    # What cannot fit need not be looked at: no character counts less than one.
    near = text[: MOST + 100]
    kept = cut(near, _fits, ellipsis="").rstrip()
    while kept and len(kept) < len(near) and not near[len(kept)].isspace() and _fits(near[: len(kept) + 1]):
        kept = near[: len(kept) + 1]  # a comma that ends the part stays with it
    return kept or _hard(text, _fits)


def _hard(text: str, fits: Callable[[str], bool]) -> str:
    """As many whole characters as fit, of a run that has no place to break."""
    kept = ""
    for cluster in _CLUSTER.findall(text[: MOST + 1]):
        if not fits(kept + cluster):
            break
        kept += cluster
    return kept or text[:1]
