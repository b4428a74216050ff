"""Where a line may break: at spaces, save between things that belong together."""

import re
from collections.abc import Sequence
from functools import lru_cache

# What stands after a number and belongs to it. Lower case; matched without closing punctuation.
UNITS = frozenset(
    """% ‰ ° °c mm cm m m2 m² m3 m³ km km/jam km² ha are kg g gram gr mg ton kwintal liter l ml kva kw mw
    kwh volt watt wib wita wit jam menit detik hari minggu bulan tahun kali orang jiwa kk unit buah ekor
    paket lembar halaman titik desa kelurahan kecamatan kabupaten provinsi rumah sekolah siswa guru pegawai
    peserta formasi kasus korban rupiah ribu juta miliar milyar triliun persen derajat sr mmi poin kb mb gb
    tb mbps januari februari maret april mei juni juli agustus september oktober november desember jan feb
    mar apr jun jul agu ags sep okt nov des am pm""".split()  # noqa: SIM905
)
# What stands before a number and belongs to it.
BEFORE_NUMBER = frozenset(
    """rp rp. usd no no. nomor pukul pkl pkl. jam tanggal tgl tgl. pasal ayat huruf bab hal hal. tahun rt rw
    rt. rw. km m magnitudo mag mag. lantai lt lt. ruang gedung blok kav kav. wa telp telp. ext ext. ke ±""".split()  # noqa: SIM905
)
_NUMBER = re.compile(r"[(±~≈<>≥≤+–-]?(?:rp\.?)?\d[\d.,:/–-]*[%)°]?[.,;:!?]*\Z", re.IGNORECASE)
_ORDINAL = re.compile(r"ke-\d+[.,;:!?]*\Z", re.IGNORECASE)
_YEAR = re.compile(r"(?:19|20)\d\d[.,;:!?)]*\Z")
_MONTHS = frozenset(
    """januari februari maret april mei juni juli agustus september oktober november desember""".split()  # noqa: SIM905
)
_SCALES = frozenset(("ribu", "juta", "miliar", "milyar", "triliun"))
_COUNTED = frozenset(("rupiah", "orang", "jiwa", "unit", "kk"))
_OF_ORDINAL = frozenset(("ri", "tni", "polri", "korpri"))
# Abbreviations of titles and addresses that should not end a line, where the line has room.
_TITLES = frozenset(
    """h. hj. dr. dr drs. dra. ir. prof. kh. k.h. tgk. ust. jl. jln. gg. kec. kel. kab. st. bpk. sdr. sdri.
    yth. rm. r. i gusti raden tengku""".split()  # noqa: SIM905
)
# Small words that a reader expects to go on: they should not end a line of a headline.
_WEAK = frozenset(
    "di ke dari pada dan atau serta yang untuk bagi oleh dengan dalam tanpa para si sang bin binti se".split()  # noqa: SIM905
)
_DASHES = frozenset(("–", "—", "-", "&", "/", "·", "•", "|"))

FREE, SOFT, HARD = 0, 1, 2
NUMBER, UNIT, BEFORE, ORDINAL, YEAR, MONTH, SCALE, COUNTED, OF_ORDINAL, TITLE, DASH, TIMES, WEAK = (
    1 << i for i in range(13)
)


@lru_cache(maxsize=20_000)
def kind(word: str) -> int:
    """What *word* is, as far as breaking goes: flags, 0 for most words."""
    lower = word.lower()
    bare = lower.rstrip(".,;:!?)\"'”’")
    found = NUMBER if _NUMBER.match(word) else 0
    for flag, holds in (
        (UNIT, bare in UNITS or lower in UNITS),
        (BEFORE, lower in BEFORE_NUMBER),
        (ORDINAL, _ORDINAL.match(word)),
        (YEAR, _YEAR.match(word)),
        (MONTH, lower in _MONTHS),
        (SCALE, lower in _SCALES),
        (COUNTED, bare in _COUNTED),
        (OF_ORDINAL, bare in _OF_ORDINAL),
        (TITLE, lower in _TITLES),
        (DASH, lower in _DASHES),
        (TIMES, lower in ("x", "×")),
        (WEAK, lower in _WEAK),
    ):
        found |= flag if holds else 0
    return found


def bond(a: int, b: int, before: int = 0) -> int:
    """How firmly a word of kind *b* belongs to the one before it, of kind *a*: FREE, SOFT (kept if there is room) or
    HARD. *before* is the kind of the word before both: ``3 juta orang`` is one thing."""
    if b & ORDINAL or (a & ORDINAL and b & OF_ORDINAL):
        return HARD
    if (a & NUMBER and b & UNIT) or (b & NUMBER and a & (BEFORE | TIMES)):
        return HARD
    if a & SCALE and b & COUNTED and before & NUMBER:
        return HARD
    if (a & NUMBER and b & (NUMBER | TIMES)) or (a & MONTH and b & YEAR) or a & TITLE or b & DASH:
        return SOFT
    return FREE


def bonds(kinds: Sequence[int]) -> list[int]:
    """The bond between each word of a paragraph and the one before it, given their kinds (the first is FREE).

    The last two words are softly bound where the paragraph has four words or more, so that no line holds one word
    only at the end.
    """
    found = [FREE] * len(kinds)
    for i in range(1, len(kinds)):
        if kinds[i] or kinds[i - 1]:
            found[i] = bond(kinds[i - 1], kinds[i], kinds[i - 2] if i > 1 else 0)
    if len(kinds) >= 4 and found[-1] == FREE:
        found[-1] = SOFT
    return found
