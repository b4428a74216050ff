"""The language people read: Indonesian first, English on request.

Every sentence a person can see is written once, in both languages, at the place where it is raised or shown.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_preferred = "id"
_spoken: ContextVar[str] = ContextVar("humasbot_language", default="")


def prefer(code: str) -> None:
    """Speak the language *code* where HUMASBOT_LANG does not say otherwise; called by the command only."""
    global _preferred
    _preferred = code


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Within this block, and in this thread alone, the reader's language is *code*: that of one page's reader."""
    before = _spoken.set(code)
    try:
        yield
    finally:
        _spoken.reset(before)


def language() -> str:
    """The language of messages, ``"id"`` or ``"en"``: this reader's, else HUMASBOT_LANG, the office's, Indonesian."""
    wanted = _spoken.get() or os.environ.get("HUMASBOT_LANG") or _preferred
    return "en" if wanted.lower().startswith("en") else "id"


def t(indonesian: str, english: str, /, **values: Any) -> str:
    """Return the sentence in the reader's language with ``{name}`` places filled from *values*.

    With no values the sentence is returned as it stands, so braces in it need no escape.
    """
    sentence = english if language() == "en" else indonesian
    return sentence.format(**values) if values else sentence


_WHY = {
    errno.ENOSPC: ("diska penuh", "the disk is full"),
    errno.EDQUOT: ("jatah diska habis", "the disk quota is used up"),
    errno.EACCES: ("tidak ada izin", "no permission"),
    errno.EPERM: ("tidak ada izin", "no permission"),
    errno.EROFS: ("diska hanya dapat dibaca", "the disk is read-only"),
    errno.ENOENT: ("tidak ada", "there is none"),
    errno.EEXIST: ("sudah ada", "it is there already"),
    errno.EISDIR: ("itu folder, bukan berkas", "that is a folder, not a file"),
    errno.ENOTDIR: ("bukan folder", "not a folder"),
    errno.ENAMETOOLONG: ("namanya terlalu panjang", "the name is too long"),
    errno.EIO: ("diska bermasalah", "the disk has a fault"),
    errno.EMFILE: ("terlalu banyak berkas terbuka", "too many open files"),
}  # fmt: skip


def reason(error: BaseException) -> str:
    """Why the system refused a file, in the reader's language where we know its words, else in the system's own."""
    if isinstance(error, UnicodeError):
        return t("bukan teks UTF-8", "not UTF-8 text")
    if not isinstance(error, OSError):
        return type(error).__name__
    known = _WHY.get(error.errno or 0)
    return t(*known) if known else error.strerror or str(error) or type(error).__name__
