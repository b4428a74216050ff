import struct
from itertools import pairwise
from pathlib import Path

import pytest

from humasbot.cards import fonts
from humasbot.cards.cmap import coverage

FILES = sorted(fonts.FOLDER.glob("*.ttf"))


def table(path: Path, tag: bytes) -> bytes:
    data = path.read_bytes()
    for i in range(struct.unpack(">H", data[4:6])[0]):
        name, _, offset, length = struct.unpack_from(">4sIII", data, 12 + 16 * i)
        if name == tag:
            return data[offset : offset + length]
    return b""


def test_fonts_and_licences_ship_within_the_bound() -> None:
    assert len(FILES) >= 12
    assert {p.name for p in fonts.FOLDER.glob("*OFL*")} == {"PlusJakartaSans-OFL.txt", "Noto-OFL.txt"}
    assert sum(p.stat().st_size for p in fonts.FOLDER.iterdir()) < 4_000_000


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_fonts_are_ready_for_fast_drawing(path: Path) -> None:
    assert len(table(path, b"prep")) > 7, "FreeType autohints a font with a shorter prep"
    assert not table(path, b"fpgm")
    assert not overlapping(path), "FreeType draws a flagged glyph four times over: run scripts/build_fonts.py"


def overlapping(path: Path) -> list[int]:
    """Glyphs that carry OVERLAP_SIMPLE (bit 6 of the first flag of a simple glyph)."""
    wide = struct.unpack(">h", table(path, b"head")[50:52])[0]
    count = struct.unpack(">H", table(path, b"maxp")[4:6])[0]
    loca, glyf = table(path, b"loca"), table(path, b"glyf")
    starts = struct.unpack(f">{count + 1}{'I' if wide else 'H'}", loca[: (count + 1) * (4 if wide else 2)])
    found = []
    for glyph, (start, end) in enumerate(pairwise(starts)):
        start, end = (start, end) if wide else (start * 2, end * 2)
        contours = struct.unpack_from(">h", glyf, start)[0] if end > start else 0
        if contours > 0:
            instructions = struct.unpack_from(">H", glyf, start + 10 + 2 * contours)[0]
            if glyf[start + 12 + 2 * contours + instructions] & 0x40:
                found.append(glyph)
    return found


def test_coverage_is_what_the_font_has() -> None:
    known = coverage(fonts.sans(400).path)
    assert all(ord(c) in known for c in "AZaz09éñ–—“”…·°²½→★")
    assert ord("漢") not in known
    assert 0xA984 in coverage(fonts.of_script("javanese", 400).path)


def test_the_nearest_weight_is_taken() -> None:
    assert fonts.sans(600).path.stem.endswith(("Medium", "Bold"))
    assert fonts.sans(900).path.stem.endswith("ExtraBold")
