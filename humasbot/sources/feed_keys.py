"""Which entry of a feed is which: keys that stay the same while ids, addresses and order do not."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from urllib.parse import urlsplit

from humasbot.content import Item
from humasbot.sources.address import page_of
from humasbot.sources.feed_parse import Parsed
from humasbot.words import t

MOST_KEYS = 300


@dataclass(frozen=True, slots=True)
class Memory:
    """What earlier readings of a feed taught: each page's key; ``shaky`` once ids were seen to wander over pages."""

    keys: Mapping[str, str] = field(default_factory=dict)
    shaky: bool = False

    @classmethod
    def of(cls, state: Mapping[str, str]) -> "Memory":
        """From what :meth:`state` gave; a state that cannot be read is an empty memory."""
        try:
            keys = json.loads(state.get("keys", "{}"))
        except (ValueError, RecursionError):
            keys = {}
        known = {str(page): str(key) for page, key in keys.items()} if isinstance(keys, dict) else {}
        return cls(known, state.get("ids") == "shaky")

    def state(self, items: Iterable[Item]) -> dict[str, str]:
        """What to remember after a reading that gave *items*."""
        fresh = {_short(page): item.key for item in items if (page := page_of(item.url))}
        given = set(fresh.values())
        older = {page: key for page, key in self.keys.items() if page not in fresh and key not in given}
        kept = dict([*fresh.items(), *older.items()][:MOST_KEYS])
        return {"keys": json.dumps(kept, ensure_ascii=False), **({"ids": "shaky"} if self.shaky else {})}


def with_keys(parsed: Parsed, memory: Memory) -> tuple[list[Item], list[str], Memory]:
    """The entries with a key each, no key twice; what was odd; and the memory, shaky if that was found now.

    The key is the entry's own id; without one, or where several entries share it, its address; without that, a hash.
    An entry whose id changed, on a page we know, keeps the key it had. Ids that turn up on another page while their
    old page is still listed are only places in the list (1, 2, 3 …): such a feed's ids are never believed again.
    """
    entries, warnings = _without_doubles(parsed.entries)
    ids = Counter(entry.key for entry in entries)
    pages = Counter(page_of(entry.url) for entry in entries)
    own = {
        page_of(entry.url): entry.key
        for entry in entries
        if pages[page_of(entry.url)] == 1 and not _is_front(entry.url) and page_of(entry.url) != page_of(parsed.home)
    }  # fmt: skip
    own.pop("", None)
    memory = replace(memory, shaky=memory.shaky or _wanders(own, memory, ids))
    taken: dict[str, Item] = {}
    for entry in entries:
        page = page_of(entry.url)
        remembered = memory.keys.get(_short(page), "") if page in own else ""
        if remembered and (memory.shaky or remembered == entry.key or remembered not in ids):
            key = remembered
        elif entry.key and ids[entry.key] == 1 and not memory.shaky:
            key = entry.key
        else:
            key = entry.url if page in own else _content_key(entry)
        if key in taken:
            key = entry.url if page in own else _content_key(entry)
        if key in taken:
            warnings.append(_double(entry))
        else:
            taken[key] = replace(entry, key=key)
    return list(taken.values()), warnings, memory


def _wanders(own: Mapping[str, str], memory: Memory, ids: Mapping[str, int]) -> bool:
    """Whether an id that one listed page had stands on another page now."""
    for page, key in own.items():
        before = memory.keys.get(_short(page), "")
        if before and key and before != key and before in ids:
            return True
    return False


def _without_doubles(entries: Iterable[Item]) -> tuple[list[Item], list[str]]:
    """The entries without those that come a second time: the same id on the same page, or the same words there."""
    seen: set[tuple[str, ...]] = set()
    kept, warnings = [], []
    for entry in entries:
        page = page_of(entry.url)
        marks: set[tuple[str, ...]] = {("words", page, entry.title, entry.text)}
        if entry.key and page:
            marks.add(("id", page, entry.key))
        if marks & seen:
            warnings.append(_double(entry))
        else:
            kept.append(entry)
        seen |= marks
    return kept, warnings


def _double(entry: Item) -> str:
    return t("entri ganda dilewati: {title}", "double entry left out: {title}", title=entry.title[:80])


def _content_key(entry: Item) -> str:
    words = f"{entry.title}\x1f{entry.published or entry.text[:500]}"
    return f"sha256:{sha256(words.encode()).hexdigest()}"


def _is_front(url: str) -> bool:
    parts = urlsplit(url)
    return parts.path in ("", "/") and not parts.query


def _short(page: str) -> str:
    return sha256(page.encode()).hexdigest()[:16]
