"""A feed too large to hold, made small while it arrives: its head, its first entries and its last ones.

Some sites put everything they ever published into one feed. The newest entries stand first or last there, never only
in the middle; so those two ends are kept and memory stays bounded, whatever the size.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator

WHOLE = 6_000_000
"""Bytes up to which a feed is kept as it is."""
MOST_ENTRIES = 100
MOST_BYTES = 3_000_000
LONGEST_ENTRY = 400_000
LONGEST_HEAD = 200_000
_OPENING = re.compile(rb"<(item|entry)[\s>]")
_ENDS = {b"item": b"</item>", b"entry": b"</entry>"}
_KEPT = 16  # of what was searched in vain, lest a tag be torn between two pieces


def slim(pieces: Iterable[bytes]) -> bytes:
    """The feed whole while it is below ``WHOLE`` bytes, else its head with the entries of both ends."""
    start = bytearray()
    rest = iter(pieces)
    for piece in rest:
        start += piece
        if len(start) > WHOLE:
            return _both_ends(bytes(start), rest)
    return bytes(start)


def _both_ends(start: bytes, rest: Iterator[bytes]) -> bytes:
    opening = _OPENING.search(start)
    if opening is None or opening.start() > LONGEST_HEAD:
        for _ in rest:  # the bound of the whole answer still counts
            pass
        return start
    kind = opening[1]
    first: list[bytes] = []
    last: deque[bytes] = deque()
    sizes = [0, 0]
    for entry in _entries(start[opening.start() :], rest, kind):
        if not last and len(first) < MOST_ENTRIES and sizes[0] + len(entry) <= MOST_BYTES:
            first.append(entry)
            sizes[0] += len(entry)
            continue
        last.append(entry)
        sizes[1] += len(entry)
        while sizes[1] > MOST_BYTES or len(last) > MOST_ENTRIES:
            sizes[1] -= len(last.popleft())
    tail = b"</feed>" if kind == b"entry" else b"</channel></rss>"
    return b"".join((start[: opening.start()], *first, *last, tail))


def _entries(start: bytes, rest: Iterator[bytes], kind: bytes) -> Iterator[bytes]:
    """Each whole entry; one longer than ``LONGEST_ENTRY`` is left out."""
    begin, end = re.compile(rb"<" + kind + rb"[\s>]"), _ENDS[kind]
    buffer, place, inside, too_long = start, 0, False, False
    while True:
        if not inside:
            opened = begin.search(buffer, place)
            inside, too_long = opened is not None, False
            place = opened.start() if opened else max(place, len(buffer) - _KEPT)
        closed = buffer.find(end, place) + len(end) if inside else 0
        if closed >= len(end) and inside:
            if not too_long and closed - place <= LONGEST_ENTRY:
                yield buffer[place:closed]
            place, inside = closed, False
            continue
        if inside and len(buffer) - place > LONGEST_ENTRY:
            place, too_long = len(buffer) - _KEPT, True
        piece = next(rest, None)
        if piece is None:
            return
        buffer, place = buffer[place:] + piece, 0
