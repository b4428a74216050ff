"""Provinces by their Kemendagri codes, which BMKG's addresses and every NIK use too."""

import re

from humasbot.errors import InputError
from humasbot.words import t

PROVINCES = {
    "11": "Aceh", "12": "Sumatera Utara", "13": "Sumatera Barat", "14": "Riau", "15": "Jambi",
    "16": "Sumatera Selatan", "17": "Bengkulu", "18": "Lampung", "19": "Kepulauan Bangka Belitung",
    "21": "Kepulauan Riau", "31": "DKI Jakarta", "32": "Jawa Barat", "33": "Jawa Tengah", "34": "DI Yogyakarta",
    "35": "Jawa Timur", "36": "Banten", "51": "Bali", "52": "Nusa Tenggara Barat", "53": "Nusa Tenggara Timur",
    "61": "Kalimantan Barat", "62": "Kalimantan Tengah", "63": "Kalimantan Selatan", "64": "Kalimantan Timur",
    "65": "Kalimantan Utara", "71": "Sulawesi Utara", "72": "Sulawesi Tengah", "73": "Sulawesi Selatan",
    "74": "Sulawesi Tenggara", "75": "Gorontalo", "76": "Sulawesi Barat", "81": "Maluku", "82": "Maluku Utara",
    "91": "Papua", "92": "Papua Barat", "93": "Papua Selatan", "94": "Papua Tengah", "95": "Papua Pegunungan",
    "96": "Papua Barat Daya",
}  # fmt: skip
_SHORT = {
    "sumut": "12", "sumbar": "13", "sumsel": "16", "babel": "19", "kepri": "21", "dki": "31", "jakarta": "31",
    "jabar": "32", "jateng": "33", "diy": "34", "yogyakarta": "34", "jatim": "35", "ntb": "52", "ntt": "53",
    "kalbar": "61", "kalteng": "62", "kalsel": "63", "kaltim": "64", "kaltara": "65", "sulut": "71",
    "sulteng": "72", "sulsel": "73", "sultra": "74", "sulbar": "76", "malut": "82", "pabar": "92",
}  # fmt: skip
BALI = "51"
EVERYWHERE = "*"
_CODE = re.compile(r"\d{2}(\.\d{2}){0,3}")


def code_of(place: str | None) -> str:
    """The code of a place given as code (``51``, ``33.05``), name or usual short form (``Bali``, ``jateng``).

    ``""`` for none, ``"*"`` for everywhere. Raises :class:`~humasbot.errors.InputError` for a place nobody knows.
    """
    wanted = (place or "").strip()
    if wanted in ("", EVERYWHERE):
        return wanted
    if _CODE.fullmatch(wanted) and wanted[:2] in PROVINCES:
        return wanted
    plain = re.sub(r"[^a-z]+", " ", wanted.lower()).removeprefix("provinsi ").strip()
    if plain in _SHORT:
        return _SHORT[plain]
    for code, name in PROVINCES.items():
        if name.lower() == plain:
            return code
    raise InputError(
        t(
            "Provinsi “{place}” tidak dikenal; pakai namanya (Bali), singkatannya (jateng), "
            "atau kode Kemendagri (51, 33.05).",
            "No province “{place}” is known; use its name (Bali), its short form (jateng) "
            "or its Kemendagri code (51, 33.05).",
            place=wanted,
        )
    )


def covers(scope: tuple[str, ...], place: str) -> bool:
    """Whether what holds in *scope* (codes; none is the whole country) holds in *place* (a code, ``""`` or ``"*"``)."""
    if not scope or place == EVERYWHERE:
        return True
    return any(place == code or place.startswith(code + ".") for code in scope)
