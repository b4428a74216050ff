"""Whom an office greets, read from its name; and a mourning's name within a sentence."""

import re

_PLACES = (
    "Kabupaten", "Kota", "Provinsi", "Daerah Istimewa", "Kecamatan", "Distrik", "Kapanewon", "Kemantren",
    "Kelurahan", "Kalurahan", "Desa", "Nagari", "Gampong", "Kampung",
)  # fmt: skip
_KIND = "|".join(_PLACES)
_NAMED = rf"(?:{_KIND})(?: (?!(?:{_KIND})\b)[A-Z][\w’'-]*)+"
_OWN = re.compile(rf"^(?:Pemerintah|Pemerintahan|Kantor) (?P<place>{_NAMED})")
_ABOVE = re.compile(r"\b(?P<place>(?:Kabupaten|Kota|Provinsi|Daerah Istimewa)(?: [A-Z][\w’'-]*)+)$")
EVERYBODY = "segenap warga"
_STATE = ("Kementerian", "Badan Nasional")


def people_of(office: str) -> str:
    """``warga Kota Contoh`` for ``Pemerintah Kota Contoh`` and ``Dinas Kesehatan Kota Contoh``; else everybody."""
    if office.startswith(_STATE):
        return EVERYBODY
    found = _OWN.search(office) or _ABOVE.search(office)
    return f"warga {found['place']}" if found else EVERYBODY


_EVENT = re.compile(
    r"(?:Banjir|Gempa|Tanah|Longsor|Kebakaran|Kecelakaan|Letusan|Erupsi|Tragedi|Musibah|Bencana|Peristiwa|Angin|Tsunami|"
    r"Duka|Kepergian|(?:Wafat|Meninggal|Berpulang|Gugur|Tenggelam|Jatuh|Runtuh|Ambruk)(?:nya)?)\b"
)


def within(event: str) -> str:
    """What a person called the event, as it stands within a sentence: names keep their capital, other words do not."""
    return event[0].lower() + event[1:] if _EVENT.match(event) else event
