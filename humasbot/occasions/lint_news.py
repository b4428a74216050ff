"""News that leaves a question open: who says or does it, and where. What and when are the title's and the date's."""

import re
from collections.abc import Iterator

from humasbot.occasions.findings import Finding
from humasbot.occasions.lint_dates import ACCURATE
from humasbot.words import t

FEWEST = 25
"""Words below which a text is a notice by its nature, and answers nothing."""
_WHO = re.compile(
    r"\b(?:dinas|badan|kantor|kementerian|sekretariat|inspektorat|bagian|bidang|upt|rsud|rumah sakit|puskesmas|"
    r"polres|polsek|polda|kodim|koramil|kelurahan|kecamatan|pemerintah|pemkab|pemkot|pemprov|pemda|pemdes|dprd|bpbd|bmkg|bps|kpu|"
    r"bawaslu|satpol|diskominfo|dukcapil|disdukcapil|bappeda|perumda|pdam|pln|universitas|sekolah|sd|smp|sma|smk|"
    r"komunitas|karang taruna|"
    r"presiden|menteri|gubernur|bupati|wali ?kota|camat|lurah|kepala|ketua|sekda|sekretaris|direktur|kapolres|dandim|"
    r"petugas|tim|panitia|warga|masyarakat|pelajar|siswa|mahasiswa|guru|petani|nelayan|pelaku|peserta|kader|relawan|"
    r"kami|kita|anda)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]+(?: [A-Z][a-z.]+)+")
_WHERE = re.compile(
    r"\b(?:bertempat|lokasi(?:nya)?|alamat(?:nya)?|jalan|jl\.|gedung|balai|aula|lapangan|alun-alun|pendopo|halaman|kantor|"
    r"ruang|hotel|masjid|gereja|pura|vihara|pasar|terminal|pelabuhan|bandara|stadion|taman|desa|kelurahan|kecamatan|"
    r"kabupaten|kota|provinsi|kampung|dusun|nagari|gampong|rt|rw|loket|daring|online|zoom|youtube|situs|aplikasi|laman)\b",
    re.IGNORECASE,
)
_PLACE = re.compile(r"\b[Dd]i (?=[A-Z])|\b[Kk]e (?=[A-Z])|^[A-Z][A-Z ]{2,30}\s*[-–—(,]", re.MULTILINE)


def answered_findings(text: str) -> Iterator[Finding]:
    """*text* is the whole news, title included. Told are questions that nothing in it even tries to answer."""
    if len(text.split()) < FEWEST:
        return
    start = text.strip().splitlines()[0][:60]
    at = text.find(start)
    missing = []
    if not (_WHO.search(text) or _NAME.search(text)):
        missing.append(("no-who", t("tidak disebut siapa; siapa yang melakukan atau menyampaikan?",
                                    "it names nobody; who does or says it?")))  # fmt: skip
    if not (_WHERE.search(text) or _PLACE.search(text)):
        missing.append(("no-where", t("tidak ada tempat; di mana, atau di layanan apa?",
                                      "it names no place; where, or in which service?")))  # fmt: skip
    for rule, message in missing:
        yield Finding(start, at, at + len(start), rule, message, ACCURATE, severity="warn")
