"""What a caller hands over, made sure of before anything is done with it; each fault is one sentence."""

import re
import stat
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from humasbot.errors import InputError, NotFoundError
from humasbot.words import reason, t

LONGEST_ADDRESS = 2_000
LARGEST_FILE = 1_000_000
"""Bytes of a Markdown file: more than any announcement may have."""
FARTHEST = timedelta(days=366 * 100)
_SITE = re.compile(r"(?:www\.)?[\w.-]+\.(?:id|com|org|net|info|gov)(?::\d+)?(?:/\S*)?$", re.IGNORECASE)
HIGHEST = 2**31 - 1
"""PostgreSQL keeps row numbers in 32 bits."""


def place(where: str) -> str:
    """An address, a file's path or ``-``, tidied. Raises :class:`~humasbot.errors.InputError`."""
    if not isinstance(where, str | Path):
        raise InputError(t("alamatnya harus teks", "the address must be a text"))
    where = str(where).strip()
    if not where:
        raise InputError(t("sebutkan alamat atau berkasnya", "name an address or a file"))
    if len(where) > LONGEST_ADDRESS or "\0" in where:
        raise InputError(
            t("alamat ini tidak wajar (lebih dari {n} karakter, atau memuat NUL): {x}…",
              "not a reasonable address (more than {n} characters, or a NUL in it): {x}…",
              n=LONGEST_ADDRESS, x=where[:40].replace("\0", ""))
        )  # fmt: skip
    scheme, mark, rest = where.partition("://")
    if mark and scheme.lower() in ("http", "https"):
        return _without_login(f"{scheme.lower()}://{rest}")
    if where != "-":
        _readable(where)
    return where


def _without_login(url: str) -> str:
    """*url*, unless it holds a user or password: those would end in the database and in posts."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url  # told apart by whoever reads it
    if "@" in parts.netloc:
        raise InputError(
            t("alamat {h} memuat nama pengguna atau kata sandi; hapus bagian sebelum @",
              "the address of {h} holds a user or password; remove what stands before @", h=parts.hostname or "")
        )  # fmt: skip
    return url


def _readable(where: str) -> None:
    """Refuse what is no text file of reasonable size; whoever reads it tells the rest."""
    try:
        state = Path(where).stat()
    except FileNotFoundError:
        if _SITE.match(where):
            raise InputError(
                t("tidak ada berkas {w}; bila itu alamat web, tulis lengkap: https://{w}",
                  "there is no file {w}; if it is a web address, write it in full: https://{w}", w=where)
            ) from None  # fmt: skip
        return
    except OSError as error:
        raise InputError(
            t("{w} tidak terbaca: {why}", "{w} cannot be read: {why}", w=where, why=reason(error))
        ) from None
    if stat.S_ISDIR(state.st_mode):
        raise InputError(
            t("{w} adalah folder; sebutkan berkas Markdown-nya", "{w} is a folder; name the Markdown file", w=where)
        )  # fmt: skip
    if stat.S_ISCHR(state.st_mode) or stat.S_ISBLK(state.st_mode) or state.st_size > LARGEST_FILE:
        raise InputError(
            t("{w} bukan berkas Markdown yang wajar (paling banyak {kb} kB)",
              "{w} is not a reasonable Markdown file (at most {kb} kB)", w=where, kb=LARGEST_FILE // 1000)
        )  # fmt: skip


def moment(at: datetime | None) -> datetime | None:
    """An aware time within reach. Raises :class:`~humasbot.errors.InputError`."""
    if at is None:
        return None
    if not isinstance(at, datetime):
        raise InputError(
            t("waktu terbit harus datetime dengan zona, bukan {x}", "the time must be a datetime with a zone, not {x}",
              x=type(at).__name__)
        )  # fmt: skip
    if at.utcoffset() is None:
        raise InputError(
            t("waktu tanpa zona; beri zona, misalnya ZoneInfo('Asia/Jakarta')",
              "a time without a zone; give one, such as ZoneInfo('Asia/Jakarta')")
        )  # fmt: skip
    try:
        near = at.astimezone(UTC) < datetime.now(UTC) + FARTHEST
    except OverflowError:
        near = False
    if not near:
        raise InputError(
            t("waktu {at} terlalu jauh; periksa tahunnya", "the time {at} is too far away; check its year",
              at=at.isoformat(sep=" ", timespec="minutes"))
        )  # fmt: skip
    return at


def names(to: Sequence[str]) -> tuple[str, ...]:
    """Account names, one of them perhaps given alone. Raises :class:`~humasbot.errors.InputError`."""
    found = (to,) if isinstance(to, str) else tuple(to)
    if not [name for name in found if str(name).strip()]:
        raise InputError(t("sebutkan paling sedikit satu akun", "name at least one account"))
    return found


def person(actor: object) -> str:
    """Who decides. Raises :class:`~humasbot.errors.InputError` when nobody is named."""
    if not isinstance(actor, str) or not actor.strip():
        raise InputError(
            t("sebutkan siapa yang memutuskan (actor)", "say who decides (actor)")
        )  # fmt: skip
    return actor.strip()


def number(value: int, what: str) -> int:
    """A row's number. Raises :class:`~humasbot.errors.NotFoundError` for one that no row can have."""
    if not 0 < int(value) <= HIGHEST:
        raise NotFoundError(t("tidak ada {w} nomor {id}", "there is no {w} number {id}", w=what, id=value))
    return int(value)


def address(url: str) -> str:
    """The address of something public. Raises :class:`~humasbot.errors.InputError`."""
    try:
        parts = urlsplit(url.strip())
        sound = (
            parts.scheme in ("http", "https") and bool(parts.hostname) and not set(" \n\t") & set(url.strip())
        )
    except ValueError:
        sound = False
    if not sound:
        raise InputError(
            t('"{x}" bukan alamat web; salin alamat kiriman itu lengkap dengan https://',
              '"{x}" is not a web address; copy the post\'s address in full, with https://', x=url[:100])
        )  # fmt: skip
    return url.strip()
