"""The machine: fonts and shaping, room on the disk, and a clock that tells the time."""

import os
import shutil
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

from humasbot.checking.finding import ERROR, OK, WARNING, Finding
from humasbot.config import Config
from humasbot.indonesian import long_moment
from humasbot.net import Http, NetError
from humasbot.words import t

LOW_BYTES, EMPTY_BYTES = 1_000_000_000, 100_000_000
SKEW, WRONG = timedelta(seconds=5), timedelta(seconds=60)
BUILT = datetime(2026, 11, 1, tzinfo=UTC)
"""No machine that runs this program can truly be before this."""


def shaping() -> Iterator[Finding]:
    """Whether text is shaped: without it Arabic, Javanese and Balinese come out wrong, and Latin loses its kerning."""
    from humasbot.cards.fonts import shaping_works

    if shaping_works():
        yield Finding("fonts", "raqm", OK, t("penata huruf (Raqm) aktif", "text shaping (Raqm) is active"))
        return
    yield Finding(
        "fonts", "raqm", WARNING,
        t("penata huruf (Raqm) tidak aktif: kartu beraksara Jawa, Bali, Arab dan sejenisnya ditolak, "
          "huruf Latin kurang rapi; pasang: apt install libfribidi0",
          "text shaping (Raqm) is not active: cards in Javanese, Balinese, Arabic and such are refused, Latin is less "
          "neat; install: apt install libfribidi0"),
    )  # fmt: skip


def fonts() -> Iterator[Finding]:
    """Whether the fonts that ship with humasbot load, and whether there is a font for emoji."""
    from humasbot.cards.fonts import FOLDER, Face, emoji, load

    broken = []
    files = sorted(FOLDER.glob("*.ttf"))
    for file in files:
        try:
            load(Face(file), 24)
        except OSError:
            broken.append(file.name)
    if broken or not files:
        yield Finding(
            "fonts", "files", ERROR,
            t("huruf bawaan rusak atau hilang ({f}); pasang ulang: pip install --force-reinstall humasbot",
              "fonts of ours are damaged or missing ({f}); install again: pip install --force-reinstall humasbot",
              f=", ".join(broken) or FOLDER),
        )  # fmt: skip
    else:
        yield Finding(
            "fonts", "files", OK, t("{n} berkas huruf terbaca", "{n} font files can be read", n=len(files))
        )
    if emoji() is None:
        yield Finding(
            "fonts", "emoji", WARNING,
            t("tidak ada huruf emoji, sehingga kartu dengan emoji ditolak; pasang: apt install fonts-noto-color-emoji",
              "there is no emoji font, so cards with emoji are refused; install: apt install fonts-noto-color-emoji"),
        )  # fmt: skip
    else:
        yield Finding("fonts", "emoji", OK, t("huruf emoji ada", "there is an emoji font"))


def disks(paths: Iterable[Path]) -> Iterator[Finding]:
    """Whether each of the folders, which need not exist yet, can be written and has room; the same one told once."""
    for path in dict.fromkeys(_existing(path) for path in paths):
        yield from _disk(path)


def _existing(path: Path) -> Path:
    while not path.exists() and path != path.parent:
        path = path.parent
    return path


def _disk(there: Path) -> Iterator[Finding]:
    name = str(there)
    if not there.is_dir():
        yield Finding("disk", name, ERROR, t("{p} bukan folder; hapus atau ganti namanya",
                                             "{p} is not a folder; remove or rename it", p=there))  # fmt: skip
        return
    if not os.access(there, os.W_OK | os.X_OK):
        yield Finding(
            "disk", name, ERROR,
            t("{p} tidak dapat ditulis oleh pengguna ini; beri hak tulis (chown atau chmod)",
              "{p} cannot be written by this user; give it the right (chown or chmod)", p=there),
        )  # fmt: skip
        return
    free = shutil.disk_usage(there).free
    level = OK if free >= LOW_BYTES else WARNING if free >= EMPTY_BYTES else ERROR
    advice = "" if level == OK else t("; kosongkan ruang", "; make room")
    yield Finding(
        "disk",
        name,
        level,
        t("{p}: sisa ruang {mb} MB", "{p}: {mb} MB free", p=there, mb=free // 1_000_000) + advice,
    )


def clock(config: Config, newest: datetime | None, now: datetime) -> Iterator[Finding]:
    """Whether the clock can be right: not before this program, not before what the database remembers."""
    local = long_moment(now, config.zone)
    if now < BUILT or (newest is not None and newest > now + SKEW):
        known = max(BUILT, newest or BUILT)
        yield Finding(
            "clock", "time", ERROR,
            t("jam mesin ({n}) tertinggal: sudah ada catatan dari {k}; betulkan dengan: timedatectl set-ntp true",
              "the machine's clock ({n}) is behind: there is a record of {k}; mend it with: timedatectl set-ntp true",
              n=local, k=long_moment(known, config.zone)),
        )  # fmt: skip
        return
    yield Finding("clock", "time", OK, t("sekarang {n}", "now is {n}", n=local))


def compared(http: Http, addresses: Iterable[str]) -> Iterator[Finding]:
    """The clock beside those of web servers; the one that differs least counts, since a cache may be old."""
    offsets = [offset for address in addresses if (offset := _offset(http, address)) is not None]
    if not offsets:
        return
    offset = min(offsets, key=abs)
    seconds = round(abs(offset.total_seconds()))
    if abs(offset) < SKEW:
        yield Finding("clock", "servers", OK, t("cocok dengan jam server", "agrees with the servers' clocks"))
        return
    way = t("tertinggal", "behind") if offset > timedelta(0) else t("mendahului", "ahead")
    yield Finding(
        "clock", "servers", ERROR if abs(offset) >= WRONG else WARNING,
        t("jam mesin {w} {s} detik dari jam server; betulkan dengan: timedatectl set-ntp true",
          "the machine's clock is {s} seconds {w} of the servers'; mend it with: timedatectl set-ntp true", w=way,
          s=seconds),
    )  # fmt: skip


def _offset(http: Http, address: str) -> timedelta | None:
    """How much later the server's clock is than ours; ``None`` when it does not say."""
    before = datetime.now(UTC)
    try:
        answer = http.get(address)
    except NetError:
        return None
    after = datetime.now(UTC)
    if answer.headers.get("age", "0").strip() != "0":
        return None
    try:
        date = parsedate_to_datetime(answer.headers.get("date", ""))
    except ValueError:
        return None
    if date.tzinfo is None:
        return None
    # The header counts whole seconds, so on average the server's clock stands half a second later.
    return date + timedelta(seconds=0.5) - (before + (after - before) / 2)
