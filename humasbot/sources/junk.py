"""What nobody meant to publish: trials, fillers and the first post of a fresh website. Held for a person.

Seen on real government sites (facts of 2026-11-22): news called "tes", "asdfghjkl" and lorem ipsum.
"""

import re
from itertools import pairwise

from humasbot.content import Item
from humasbot.words import t

SHORTEST_TITLE = 5
SHORTEST_TEXT = 20
_TRIAL = re.compile(
    r"(?:(?:ini\s+|hanya\s+|cuma\s+)?(?:tes+t?|test?ing|coba(?:[\s-]*coba)?|uji\s*coba|percobaan|contoh|draft?|"
    r"dummy|sample|untitled|tanpa\s+judul|judul(?:\s+(?:berita|artikel))?)"
    r"(?:\s+(?:posting(?:an)?|post|berita|artikel|judul|website|web|upload|input|publish|saja|aja|dulu|lagi|tes+t?))*"
    r"\s*[\d.!?,\s_-]*)",
    re.IGNORECASE,
)
_FRESH_SITE = re.compile(
    r"(?:hello\s+world|halo(?:,)?\s+dunia|sample\s+page|laman\s+contoh)\W*", re.IGNORECASE
)
_FILLER = re.compile(r"\b(?:lorem\s+ipsum|dolor\s+sit\s+amet|consectetur\s+adipisc)", re.IGNORECASE)
_FRESH_TEXT = re.compile(
    r"welcome to wordpress\. this is your first post|selamat datang di wordpress\. ini adalah (?:pos|tulisan) pertama",
    re.IGNORECASE,
)
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890", "abcdefghij")


def junk_reason(item: Item) -> str | None:
    """Why *item* should wait for a person's look, as a short phrase; ``None`` when nothing is odd about it."""
    title, text = item.title.strip(), item.text.strip()
    if not title:
        return t("judul kosong", "the title is empty")
    if not any(letter.isalpha() for letter in title):
        return t("judul tanpa huruf", "the title has no letter")
    if _FRESH_SITE.fullmatch(title) or _FRESH_TEXT.search(text[:1000]):
        return t("tulisan bawaan situs baru", "the first post of a fresh website")
    if _TRIAL.fullmatch(title):
        return t("judul seperti uji coba", "the title looks like a trial")
    if _FILLER.search(title) or _FILLER.search(text):
        return t("berisi lorem ipsum", "it holds lorem ipsum")
    if _is_mashing(title) or (text and len(text) < 200 and _is_mashing(text)):
        return t("seperti ketikan asal", "it looks like keys pressed at random")
    if len(title) < SHORTEST_TITLE:
        return t("judul terlalu pendek", "the title is too short")
    body = text or item.summary.strip()
    if not body:
        return t("isi kosong", "it has no text")
    if len(body) < SHORTEST_TEXT or _TRIAL.fullmatch(body):
        return t("isi terlalu pendek", "its text is too short")
    return None


def _is_mashing(text: str) -> bool:
    """Whether every word of *text* is made by sliding along the keyboard or by holding down a key or two."""
    words = re.findall(r"\w+", text.lower())
    return bool(words) and len("".join(words)) >= 4 and all(_is_slide(word) for word in words)


def _is_slide(word: str) -> bool:
    if len(word) >= 4 and len(set(word)) <= 2:
        return True
    if len(word) < 4:
        return any(word in row for row in _ROWS) and word not in _SHORT_WORDS
    neighbours = sum(_adjacent(a, b) for a, b in pairwise(word))
    return neighbours >= 0.8 * (len(word) - 1) and len(word) >= 5


_SHORT_WORDS = frozenset(("as", "we", "er", "re", "op", "po"))


def _adjacent(a: str, b: str) -> bool:
    return a == b or any(a + b in row or b + a in row for row in _ROWS)
