"""What a text lacks or says too much of: its language, a promise without a date, a date, an alt text."""

import re
from collections.abc import Iterator, Sequence

from humasbot.occasions.findings import Finding
from humasbot.occasions.lint_dates import ACCURATE
from humasbot.words import t

SERVICE = (
    "UU 14/2008 dan PerKI 1/2021 pasal 48: bahasa Indonesia yang baik, dapat diakses penyandang disabilitas"
)
_OURS = (
    "yang dan di ke dari untuk pada dengan ini itu adalah akan tidak dalam oleh kami kita anda atau juga sudah telah "
    "para bagi agar serta karena saat hari warga selamat semoga mari jangan bisa dapat ada kepada secara"
)
_THEIRS = (
    "the and of to in for is are on with that this by from at be was were has have will it as an or we our you your "
    "not all can their they its happy day us let together celebrate congratulations welcome good morning everyone "
    "today please join"
)
_INDONESIAN, _ENGLISH = frozenset(_OURS.split()), frozenset(_THEIRS.split())
_WORD = re.compile(r"[^\W\d_]+")
_FEWEST = 8
_UNFILLED = re.compile(r"\[ISI:[^\]\n]{0,60}\]")
_PROMISE = re.compile(
    r"\b(?:kami\s+(?:pastikan|jamin|janji(?:kan)?)|menjamin|menjanjikan|dijamin|dipastikan|pasti(?:kan)?\s+(?:selesai|tuntas|gratis)|"
    r"berjanji|akan\s+segera|secepatnya|dalam\s+waktu\s+dekat|100\s?%\s+(?:selesai|aman|gratis))\b",
    re.I,
)
_WHEN = re.compile(
    r"\b\d{1,2}\s+(?:jan|feb|mar|apr|mei|jun|jul|agu|agt|sep|okt|nov|des)\w*|\d{1,2}[/-]\d{1,2}[/-]\d{2,4}|"
    r"\b\d{4}-\d{2}-\d{2}\b|\b(?:senin|selasa|rabu|kamis|jum'?at|sabtu|minggu|hari\s+ini|besok|kemarin)\b",
    re.I,
)


def promise_findings(text: str) -> Iterator[Finding]:
    """Promises: an office is held to them, so somebody should know that one is made."""
    for found in _PROMISE.finditer(text):
        yield Finding(
            found[0],
            found.start(),
            found.end(),
            "promise",
            t("“{words}” adalah janji; sebutkan tenggat dan penanggung jawabnya, atau hapus.",
              "“{words}” is a promise; name its date and who answers for it, or leave it out.", words=found[0]),
            ACCURATE,
            severity="warn",
        )  # fmt: skip


def language_findings(text: str, language: str = "id") -> Iterator[Finding]:
    """A text that should be Indonesian and reads English: told by its small words, so only where there are some."""
    words = [word.lower() for word in _WORD.findall(text)]
    ours = sum(word in _INDONESIAN for word in words)
    english = sum(word in _ENGLISH for word in words)
    if language != "id" or len(words) < _FEWEST or english < 3 or english <= ours:
        return
    first = text.strip().splitlines()[0][:60]
    yield Finding(
        first,
        text.find(first),
        text.find(first) + len(first),
        "language",
        t("teks ini tampaknya bukan bahasa Indonesia; terjemahkan, atau tambahkan padanannya.",
          "this text does not seem to be Indonesian; translate it, or add an Indonesian one."),
        SERVICE,
        severity="warn",
    )  # fmt: skip


def unfilled_findings(text: str) -> Iterator[Finding]:
    """Places of a draft that somebody still has to fill: ``[ISI: …]``."""
    for found in _UNFILLED.finditer(text):
        yield Finding(
            found[0],
            found.start(),
            found.end(),
            "unfilled",
            t("“{words}” belum diisi; isi dengan: humasbot agenda fill NOMOR NAMA=ISI",
              "“{words}” is not filled in yet; fill it with: humasbot agenda fill NUMBER NAME=WORDS", words=found[0]),
            ACCURATE,
        )  # fmt: skip


def source_findings(text: str, link: str = "", *, dated: bool = False) -> Iterator[Finding]:
    """News that names no source or no day. *dated*: its date of publication is known."""
    start = text.strip().splitlines()[0][:60] if text.strip() else ""
    at = text.find(start)
    missing = []
    if not link and not re.search(r"\bsumber\s*:|https?://|\bmenurut\b", text, re.I):
        missing.append(("no-source", t("sumbernya tidak disebut; tambahkan tautan atau “Sumber: …”.",
                                       "it names no source; add a link or “Sumber: …”.")))  # fmt: skip
    if not dated and not _WHEN.search(text):
        missing.append(("no-date", t("tidak ada hari atau tanggal; kapan ini berlaku?",
                                     "it names no day or date; when does it hold?")))  # fmt: skip
    for rule, message in missing:
        yield Finding(start, at, at + len(start), rule, message, ACCURATE, severity="warn")


_SHOWN = re.compile(r"!\[(?P<alt>[^\]\n]{0,1000})\]\([^)\n]{1,2000}\)|<img\b(?P<tag>[^>]{0,2000})>", re.I)
_ALT = re.compile(r"\balt\s*=\s*(?:\"(?P<a>[^\"]*)\"|'(?P<b>[^']*)')", re.I)


def alts_of(text: str) -> list[str]:
    """The alternative texts of the pictures in a text of Markdown or HTML, in their order; empty where one has none."""
    found = []
    for shown in _SHOWN.finditer(text):
        said = _ALT.search(shown["tag"]) if shown["tag"] is not None else None
        found.append(
            shown["alt"] if shown["alt"] is not None else (said["a"] or said["b"] or "") if said else ""
        )
    return found


def alt_findings(alts: Sequence[str]) -> Iterator[Finding]:
    """Pictures that say nothing to whoever cannot see them."""
    for number, alt in enumerate(alts, start=1):
        if not alt.strip():
            yield Finding(
                "",
                0,
                0,
                "no-alt",
                t("gambar {n} tanpa teks alternatif; uraikan isinya.", "picture {n} has no alt text; describe it.",
                  n=number),
                SERVICE,
            )  # fmt: skip
