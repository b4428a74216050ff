"""Hashtags, mentions and the photographer's name, by the office's own tables: without them nothing is added."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from humasbot.config import Config
from humasbot.errors import ConfigError, Problem
from humasbot.platforms.registry import platform

MOST: Final[Mapping[str, int]] = {
    "x": 2, "threads": 1, "instagram": 5, "facebook": 3, "linkedin": 3, "mastodon": 5, "bluesky": 5, "telegram": 3,
    "board": 0, "email": 0, "webhook": 0, "whatsapp": 0, "wordpress": 0,
}  # fmt: skip
"""How many hashtags a post takes: one is all that makes a topic on Threads, none where they are only noise."""
ELSEWHERE = 3
EVERY = "*"
"""The category of hashtags that every post takes."""
LONGEST_CREDIT = 100
_CREDIT = re.compile(
    r"(?:\b(?:foto(?:grafer)?|sumber\s+foto|photo(?:\s+credit|\s+by)?|kredit\s+foto|credit)\s*[:/]\s*|\bphoto\s+by\s+)(?P<who>[^|\n)\]]+)",
    re.IGNORECASE,
)
_ARCHIVE = re.compile(r"\bDok(?:\.|umentasi\b)\s*:?\s*(?P<who>[^|\n)\]]+)", re.IGNORECASE)
_ARTIST, _COPYRIGHT = 0x013B, 0x8298
"""The EXIF tags of the maker and of the owner (CIPA DC-008, Exif 2.32, table 4)."""


def hashtags(config: Config, kind: str, categories: Iterable[str]) -> list[str]:
    """The hashtags of those categories on a platform, with their sign, in the table's order, none twice."""
    table = {name.casefold(): tags for name, tags in config.hashtags.root.items()}
    found: dict[str, str] = {}
    for name in (*categories, EVERY):
        for tag in table.get(name.casefold(), ()):
            # LinkedIn ends a hashtag at an underscore.
            if not (kind == "linkedin" and "_" in tag):
                found.setdefault(tag.casefold(), tag)
    return [f"#{tag}" for tag in list(found.values())[: MOST.get(kind, ELSEWHERE)]]


def handles(config: Config, kind: str) -> dict[str, str]:
    """Every name of the office's table as it is mentioned on a platform; where it has no handle, the name itself."""
    return {name: there.get(kind, name) for name, there in config.mentions.root.items()}


def mentioned(config: Config, kind: str, text: str) -> list[str]:
    """The handles on a platform of whom *text* names, in the order of their names in it."""
    places = []
    for name, there in config.mentions.root.items():
        found = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)
        if found and kind in there and there[kind] not in text:
            places.append((found.start(), there[kind]))
    return list(dict.fromkeys(handle for _, handle in sorted(places)))


def faults(config: Config) -> list[Problem]:
    """Handles on platforms that do not exist."""
    problems = []
    for name, there in config.mentions.root.items():
        for kind in there:
            try:
                platform(kind)
            except ConfigError as error:
                problems += [
                    Problem(config.lines.place("mentions", name, kind), str(each)) for each in error.problems
                ]
    return problems


def credit(caption: str, alt: str = "", photo: bytes | None = None) -> str:
    """Whose picture it is, as its caption, its alt text or the file itself says; nothing where none of them does."""
    for words in (caption, alt):
        if found := _CREDIT.search(words):
            return _tidy(found["who"])
        if found := _ARCHIVE.search(words):
            return _tidy(f"Dok. {found['who']}")
    return _tidy(_of_file(photo)) if photo else ""


def _of_file(photo: bytes) -> str:
    import io

    from PIL import Image

    try:
        with Image.open(io.BytesIO(photo)) as picture:
            tags = picture.getexif()
    except Exception:  # noqa: BLE001 - whatever a broken file does, its credit is only missing
        return ""
    return next(
        (words for key in (_ARTIST, _COPYRIGHT) if isinstance(words := tags.get(key), str) and words.strip()),
        "",
    )


def _tidy(words: str) -> str:
    line = " ".join(re.sub(r"[\x00-\x1f]", " ", words).split()).strip(" .,;:-–—(©")
    return line if len(line) <= LONGEST_CREDIT and not re.search(r"https?://|@\w+\.", line) else ""
