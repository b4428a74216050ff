"""Which characters a TrueType or OpenType font file has, read from its ``cmap`` table.

Pillow does not tell it, and a character that a font lacks is drawn as a box without a word. Formats 4 and 12 are the
only ones that fonts of today use for Unicode (OpenType 1.9.1, cmap, read 2026-11-22).
"""

import struct
from functools import lru_cache
from pathlib import Path


@lru_cache(maxsize=64)
def coverage(path: Path) -> frozenset[int]:
    """The code points of the font file *path*."""
    with path.open("rb") as file:
        start = 0
        head = file.read(12)
        if head[:4] == b"ttcf":
            start = struct.unpack(">I", file.read(4))[0]
            file.seek(start)
            head = file.read(12)
        tables = struct.unpack(">H", head[4:6])[0]
        for _ in range(tables):
            tag, _sum, offset, length = struct.unpack(">4sIII", file.read(16))
            if tag == b"cmap":
                file.seek(offset)
                return frozenset(_characters(file.read(length)))
    return frozenset()


def _characters(table: bytes) -> set[int]:
    found: set[int] = set()
    count = struct.unpack_from(">H", table, 2)[0]
    for i in range(count):
        platform, encoding, offset = struct.unpack_from(">HHI", table, 4 + 8 * i)
        if platform == 0 or (platform == 3 and encoding in (1, 10)):
            kind = struct.unpack_from(">H", table, offset)[0]
            if kind == 4:
                found |= _format4(table, offset)
            elif kind == 12:
                found |= _format12(table, offset)
    return found


def _format4(table: bytes, at: int) -> set[int]:
    segments = struct.unpack_from(">H", table, at + 6)[0] // 2
    ends = struct.unpack_from(f">{segments}H", table, at + 14)
    starts = struct.unpack_from(f">{segments}H", table, at + 16 + 2 * segments)
    deltas = struct.unpack_from(f">{segments}H", table, at + 16 + 4 * segments)
    ranges_at = at + 16 + 6 * segments
    ranges = struct.unpack_from(f">{segments}H", table, ranges_at)
    found: set[int] = set()
    for i, (start, end, delta, shift) in enumerate(zip(starts, ends, deltas, ranges, strict=True)):
        for code in range(start, min(end, 0xFFFE) + 1):
            glyph = code
            if shift:
                glyph = struct.unpack_from(">H", table, ranges_at + 2 * i + shift + 2 * (code - start))[0]
                if not glyph:
                    continue
            if (glyph + delta) & 0xFFFF:
                found.add(code)
    return found


def _format12(table: bytes, at: int) -> set[int]:
    groups = struct.unpack_from(">I", table, at + 12)[0]
    found: set[int] = set()
    for i in range(groups):
        first, last, glyph = struct.unpack_from(">III", table, at + 16 + 12 * i)
        found.update(range(first if glyph else first + 1, last + 1))
    return found
