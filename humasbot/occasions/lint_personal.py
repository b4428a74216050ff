"""Personal data in a text: NIK, KK, NIP, NPWP, phone, account number, e-mail; and the mask for logs."""

import re
from collections.abc import Collection, Iterable, Iterator
from datetime import date

from humasbot.occasions.findings import Finding
from humasbot.words import t

PDP = "UU 27/2022 tentang Pelindungan Data Pribadi, pasal 65 ayat (2) dan 67 ayat (2)"

# Kemendagri codes that stand first in a NIK.
_PROVINCES = frozenset(
    [
        *range(11, 20),
        21,
        *range(31, 37),
        *range(51, 54),
        *range(61, 66),
        *range(71, 77),
        81,
        82,
        *range(91, 98),
    ]
)
# Public lines of the state, allowed everywhere: SAPA 129 for women and children, by WhatsApp too.
HOTLINES = ("08111129129",)
# Addresses of public bodies are meant to be published.
_OFFICIAL = re.compile(r"(?:^|[.@])(?:go|desa|mil)\.id$", re.I)
_GAP = r"[ .\-\u00a0]?"
_NUMBER = re.compile(rf"(?<![\w.,/-])\d(?:{_GAP}\d){{14,17}}(?![\d-])")
_NPWP = re.compile(r"(?<!\d)\d{2}\.?\d{3}\.?\d{3}\.?\d[.-]?\d{3}\.?\d{3}(?!\d)")
_PHONE = re.compile(
    r"(?<![\w.,])(?:(?:\+|00)?62[\s.\-()\u00a0]{0,3}0?|0|\(0)8[1-9]\d?(?:[\s.\-)\u00a0]{0,2}\d){6,10}(?!\d)"
)
_WHATSAPP = re.compile(r"(?:wa\.me/|api\.whatsapp\.com/send\?phone=)\+?(?P<n>\d{9,15})(?!\d)", re.I)
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+", re.I)
_BANKS = (
    r"BCA|BRI|BNI|BSI|BTN|Mandiri|CIMB|Danamon|Permata|Muamalat|BJB|BPD|Bank\s+\w+|DKI|Jatim|Jateng|Kalbar"
)
_ACCOUNT = re.compile(
    # What is called a phone behind a bank's name is one.
    rf"\b(?:(?:no(?:mor|\.)?\s*)?rek(?:ening|\.)?|norek|{_BANKS})\b"
    r"(?:(?!\+|\b(?:hp|ponsel|tele?pon|telp|wa|whatsapp)\b)[^\d\n]){0,40}?"
    r"(?P<n>\d(?:[ .\-]?\d){7,17})(?!\d)",
    re.I,
)
_BEFORE = 40
_FAMILY = re.compile(r"\b(?:kk|kartu\s+keluarga)\b[^\n\d]*$")


def personal_findings(text: str, allowed: Collection[str] = ()) -> Iterator[Finding]:
    """Everything in *text* that points at one person. *allowed*: the office's own numbers and addresses.

    Numbers are compared by their digits (``+62`` as ``0``), addresses without regard to case; ``@dinas.go.id`` allows a
    whole domain. Addresses under go.id, desa.id and mil.id are official and never named.
    """
    taken: list[tuple[int, int]] = []
    numbers = {_national(entry) for entry in (*HOTLINES, *allowed) if "@" not in entry}
    addresses = {entry.lower() for entry in allowed if "@" in entry}
    for rule, start, end in _all(text):
        words = text[start:end]
        if any(start < last and end > first for first, last in taken):
            continue
        taken.append((start, end))
        if _national(words) in numbers or (rule == "email" and _official(words, addresses)):
            continue
        yield Finding(
            words,
            start,
            end,
            f"personal-{rule}",
            t(
                "“{words}” adalah {what}; hapus, atau daftarkan bila milik kantor.",
                "“{words}” is {what}; remove it, or list it if it is the office's own.",
                words=masked(words),
                what=_what(rule),
            ),
            PDP,
        )


def mask(text: str, findings: Iterable[Finding]) -> str:
    """*text* with the words of every personal finding made unreadable, same length, for logs."""
    for finding in findings:
        if finding.rule.startswith("personal-"):
            text = text[: finding.start] + masked(finding.words) + text[finding.end :]
    return text


def masked(words: str) -> str:
    """Letters and digits become dots, but for the first two; the length stays."""
    seen = 0
    out = []
    for character in words:
        seen += character.isalnum()
        out.append("•" if character.isalnum() and seen > 2 else character)
    return "".join(out)


def _all(text: str) -> Iterator[tuple[str, int, int]]:
    """Every candidate with its rule; the surest come first, and what they take is not judged again."""
    for found in _EMAIL.finditer(text):
        yield "email", found.start(), found.end()
    for found in _WHATSAPP.finditer(text):
        yield "phone", *found.span("n")
    for found in _NUMBER.finditer(text):
        digits = _digits(found[0])
        before = text[max(0, found.start() - _BEFORE) : found.start()].lower()
        if len(digits) == 18 and _is_nip(digits):
            yield "nip", found.start(), found.end()
        elif len(digits) == 16 and _is_nik(digits):
            family = re.search(r"\b(?:kk|kartu\s+keluarga)\b[^\n]*$", before)
            yield ("kk" if family else "nik"), found.start(), found.end()
        elif len(digits) == 16 and "npwp" in before:
            yield "npwp", found.start(), found.end()
        elif len(digits) == 16 and _FAMILY.search(before):
            # A family card's date is that of its issue; what is called one need not look like a NIK.
            yield "kk", found.start(), found.end()
    for found in _ACCOUNT.finditer(text):
        yield "account", *found.span("n")
    for found in _PHONE.finditer(text):
        yield "phone", found.start(), found.end()
    for found in _NPWP.finditer(text):
        before = text[max(0, found.start() - _BEFORE) : found.start()].lower()
        if "." in found[0] or "npwp" in before:
            yield "npwp", found.start(), found.end()


def _is_nik(digits: str) -> bool:
    """Region (province, regency, district) and birth date (a woman's day plus 40) as Dukcapil composes them."""
    if (
        int(digits[:2]) not in _PROVINCES
        or digits[2:4] == "00"
        or digits[4:6] == "00"
        or digits[12:] == "0000"
    ):
        return False
    day, month, year = int(digits[6:8]), int(digits[8:10]), int(digits[10:12])
    # Two digits of a year: 29 February counts if either century has it.
    return any(_exists(century + year, month, day - 40 if day > 40 else day) for century in (1900, 2000))


def _is_nip(digits: str) -> bool:
    """Birth date, month of appointment, sex, number: 18 digits."""
    born = _exists(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    appointed = 1950 <= int(digits[8:12]) <= 2100 and 1 <= int(digits[12:14]) <= 12
    return born and 1900 <= int(digits[:4]) <= 2100 and appointed and digits[14] in "12"


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdecimal())


def _national(number: str) -> str:
    """The digits of a number, a phone's country code as the leading zero."""
    digits = _digits(number)
    if digits.startswith("0062"):
        digits = digits[2:]
    return "0" + digits[2:].removeprefix("0") if digits.startswith("62") else digits


def _official(address: str, allowed: Collection[str]) -> bool:
    plain = address.lower()
    domain = plain.rpartition("@")[2]
    return _OFFICIAL.search(domain) is not None or plain in allowed or f"@{domain}" in allowed


def _what(rule: str) -> str:
    return t(*{
        "nik": ("NIK seseorang", "a person's NIK"),
        "kk": ("nomor kartu keluarga", "the number of a family card"),
        "nip": ("NIP seseorang", "a civil servant's number"),
        "npwp": ("NPWP", "a tax number"),
        "phone": ("nomor telepon pribadi", "a private phone number"),
        "account": ("nomor rekening", "a bank account number"),
        "email": ("alamat surel pribadi", "a private e-mail address"),
    }[rule])  # fmt: skip
