"""What a value of the configuration may be: a length of time, a zone, a time of day, a colour, a database's address."""

import re
from datetime import timedelta
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator

from humasbot.environ import unset
from humasbot.words import t

_DURATION = re.compile(r"([0-9]{1,9})\s*(s|m|h|d)")
_LONGEST = timedelta(days=3650)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def duration(text: str) -> timedelta:
    """Read ``"90s"``, ``"5m"``, ``"3h"`` or ``"2d"``, at most ten years; raises ``ValueError`` with a sentence."""
    match = _DURATION.fullmatch(text.strip())
    if not match:
        raise ValueError(
            t('"{x}" bukan lama waktu; tulis misalnya "90s", "5m", "3h" atau "2d"',
              '"{x}" is not a length of time; write "90s", "5m", "3h" or "2d"', x=short(text))
        )  # fmt: skip
    length = timedelta(**{_UNITS[match[2]]: int(match[1])})
    if length > _LONGEST:
        raise ValueError(
            t('"{x}" terlalu lama; paling banyak "{d}d"', '"{x}" is too long; at most "{d}d"', x=text, d=_LONGEST.days)
        )  # fmt: skip
    return length


def short(text: str) -> str:
    """*text*, cut to what a sentence can hold."""
    return text if len(text) <= 60 else text[:59] + "…"


def _duration(text: str) -> str:
    duration(text)
    return text


def _positive(text: str) -> str:
    if not duration(text):
        raise ValueError(t("harus lebih dari nol", "must be more than nothing"))
    return text


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            t('"{x}" bukan zona waktu; pakai Asia/Jakarta (WIB), Asia/Makassar (WITA) atau Asia/Jayapura (WIT)',
              '"{x}" is not a time zone; use Asia/Jakarta (WIB), Asia/Makassar (WITA) or Asia/Jayapura (WIT)',
              x=short(name))
        ) from None  # fmt: skip
    return name


def _clock(text: str) -> str:
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", text):
        raise ValueError(
            t('"{x}" bukan jam; tulis misalnya "06:00"', '"{x}" is not a time; write "06:00"', x=short(text))
        )
    return text


def _late(text: str) -> str:
    return text if text in ("skip", "send") else _positive(text)


def _colour(text: str) -> str:
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", text):
        raise ValueError(
            t('"{x}" bukan warna; tulis misalnya "#0B3D91"', '"{x}" is not a colour; write "#0B3D91"',
              x=short(text))
        )  # fmt: skip
    return text


def _address(text: str) -> str:
    if names := unset(text):
        raise ValueError(
            t("variabel lingkungan {n} kosong; isi di .env atau di layanan",
              "the environment variable {n} is empty; set it in .env or in the service", n=", ".join(names))
        )  # fmt: skip
    password = re.search(r"://[^:/@]*:([^@/]+)@", text) or re.search(r"[?&]password=([^&]+)", text)
    if password and not re.fullmatch(r"\$\{\w+\}", password[1]):
        raise ValueError(
            t("kata sandi tidak boleh ditulis di sini; tulis ${NAMA} di tempatnya dan isi NAMA di .env",
              "a password must not stand here; write ${NAME} in its place and set NAME in .env")
        )  # fmt: skip
    return text


Zone = Annotated[str, AfterValidator(_zone)]
Clock = Annotated[str, AfterValidator(_clock)]
Late = Annotated[str, AfterValidator(_late)]
Colour = Annotated[str, AfterValidator(_colour)]
Duration = Annotated[str, AfterValidator(_duration)]
Positive = Annotated[str, AfterValidator(_positive)]
Address = Annotated[str, AfterValidator(_address)]
