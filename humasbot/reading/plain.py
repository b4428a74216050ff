"""Plain words for officialese: suggested in notes, never put in by themselves."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from humasbot.occasions.findings import Finding
from humasbot.occasions.lint_words import SERVICE
from humasbot.words import t

PLAIN: Final[Mapping[str, str]] = {
    "adalah merupakan": "adalah",
    "agar supaya": "agar",
    "akselerasi": "percepatan",
    "apabila": "jika",
    "berdomisili": "tinggal",
    "berkenaan dengan": "tentang",
    "berpartisipasi": "ikut",
    "bersinergi": "bekerja sama",
    "bilamana": "jika",
    "dalam rangka": "untuk",
    "dalam hal ini": "yaitu",
    "deadline": "batas waktu",
    "demikian disampaikan": "(dapat dihapus)",
    "dikarenakan": "karena",
    "diimplementasikan": "dijalankan",
    "dimohon kiranya": "mohon",
    "dipergunakan": "dipakai",
    "direalisasikan": "diwujudkan",
    "diselenggarakan": "diadakan",
    "disebabkan oleh karena": "karena",
    "disosialisasikan": "dijelaskan",
    "didistribusikan": "dibagikan",
    "domisili": "tempat tinggal",
    "dokumen kependudukan": "KTP, KK, atau akta",
    "guna mendukung": "untuk mendukung",
    "implementasi": "penerapan",
    "kendati demikian": "meski begitu",
    "koordinasi lintas sektor": "kerja sama antarkantor",
    "launching": "peluncuran",
    "melakukan pembayaran": "membayar",
    "melakukan pendaftaran": "mendaftar",
    "melakukan pengecekan": "memeriksa",
    "melakukan perekaman": "merekam",
    "memfasilitasi": "membantu",
    "mempergunakan": "memakai",
    "mendistribusikan": "membagikan",
    "mengakselerasi": "mempercepat",
    "mengimplementasikan": "menjalankan",
    "mengoptimalkan": "memanfaatkan sebaik-baiknya",
    "menindaklanjuti": "menangani",
    "mensosialisasikan": "menjelaskan",
    "menyosialisasikan": "menjelaskan",
    "merealisasikan": "mewujudkan",
    "monitoring": "pemantauan",
    "optimalisasi": "peningkatan",
    "outcome": "dampak",
    "output": "hasil",
    "pada kesempatan tersebut": "saat itu",
    "partisipasi aktif": "keikutsertaan",
    "pendistribusian": "pembagian",
    "persyaratan": "syarat",
    "rekapitulasi": "ringkasan",
    "segenap": "semua",
    "sehubungan dengan": "karena",
    "senantiasa": "selalu",
    "signifikan": "berarti",
    "sinergitas": "kerja sama",
    "stakeholder": "pihak terkait",
    "stakeholders": "pihak terkait",
    "terkait dengan": "tentang",
    "tupoksi": "tugas",
    "yang bersangkutan": "orang itu",
}
"""What offices write, and what people say."""
MOST = 5
_FOUND = re.compile(
    r"(?<![\w-])(?:" + "|".join(map(re.escape, sorted(PLAIN, key=len, reverse=True))) + r")(?![\w-])",
    re.IGNORECASE,
)


def plain_findings(text: str) -> Iterator[Finding]:
    """Each officialese expression once, with the plain word for it; the first few only."""
    seen: set[str] = set()
    for found in _FOUND.finditer(text):
        words = found[0].lower()
        if words in seen or len(seen) >= MOST:
            continue
        seen.add(words)
        yield Finding(
            found[0],
            found.start(),
            found.end(),
            "plain-word",
            t("“{words}” dapat ditulis lebih sederhana: {plain}.", "“{words}” may be said more plainly: {plain}.",
              words=found[0], plain=PLAIN[words]),
            SERVICE,
            severity="warn",
            suggestion=PLAIN[words],
        )  # fmt: skip
