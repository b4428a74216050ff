"""A long text as a chain of posts, each in answer to the one before: one Delivery, a note after each post.

Each post of a chain is public before the next is made. So its id is written down, that it was asked for is written down
before, and a chain that cannot be finished is taken back.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import regex  # type: ignore[import-untyped]  # carries no type information

from humasbot.content import Checkpoint, Limits
from humasbot.errors import Problem, PublishError, Rejected, Uncertain
from humasbot.platforms.base import Setting
from humasbot.platforms.text import cut
from humasbot.words import t

MOST_PARTS = 20
"""Our own choice: nobody reads a longer chain."""
CLOCKS = timedelta(minutes=5)
"""How far a platform's clock may be behind ours."""
PARTS = Setting(
    "parts",
    "teks panjang boleh menjadi berapa kiriman berantai, 1 sampai 20",
    "how many posts a long text may become, as a chain of replies, 1 to 20",
    required=False,
    default="1",
)
_CLUSTER = regex.compile(r"\X")


def parts_of(value: str, problems: list[Problem]) -> int:
    """The setting :data:`PARTS` as a number; adds to *problems* what cannot be used."""
    parts = int(value) if value.isdecimal() else 0
    if not 1 <= parts <= MOST_PARTS:
        words = t("harus angka 1 sampai {n}", "must be a number from 1 to {n}", n=MOST_PARTS)
        problems.append(Problem("parts", words))
    return parts


def chained(limits: Limits, most: int) -> Limits:
    """The limits of a text that may become *most* posts of *limits* each."""
    if most <= 1:
        return limits

    def count(text: str) -> int:
        parts = parted(text, limits.fits, most + 1)
        return limits.max_text * (len(parts) - 1) + limits.count(parts[-1])

    many = None if limits.max_bytes is None else limits.max_bytes * most
    return replace(limits, max_text=limits.max_text * most, max_bytes=many, count=count)


def parted(text: str, fits: Callable[[str], bool], most: int = MOST_PARTS) -> list[str]:
    """*text* in posts that each *fit*, each ending at a sentence or a word where there is one.

    After *most* posts the rest is left as it is: it is too long anyway.
    """
    rest = text.strip()
    parts: list[str] = []
    while len(parts) < most and not fits(rest):
        part = _beginning(rest, fits)
        parts.append(part.rstrip())
        rest = rest[len(part) :].lstrip()
    return [*parts, rest] if rest or not parts else parts


def _beginning(text: str, fits: Callable[[str], bool]) -> str:
    """The first post of a text that is too long; always a beginning of *text*, and never empty."""
    kept = cut(text, fits, ellipsis="").rstrip()
    while kept and len(kept) < len(text) and not text[len(kept)].isspace() and fits(text[: len(kept) + 1]):
        kept = text[: len(kept) + 1]  # a comma that ends the part stays with it
    if kept and text.startswith(kept):
        return kept
    kept = ""
    for cluster in _CLUSTER.findall(text):  # a run that has no place to break
        if not fits(kept + cluster):
            break
        kept += cluster
    return kept or text[:1]


def remark(parts: Sequence[str]) -> list[str]:
    """What whoever approves should know of a chain."""
    if len(parts) < 2:
        return []
    return [t("menjadi {n} kiriman berantai", "becomes a chain of {n} posts", n=len(parts))]


def publish(
    title: str,
    parts: Sequence[str],
    checkpoint: Checkpoint,
    *,
    send: Callable[[int, str, Sequence[str]], str],
    seek: Callable[[str, datetime], str | None],
    take_back: Callable[[str], None],
) -> list[str]:
    """Publish *parts* one after the other and return their ids; a single one as if there were no chain.

    *send* publishes the part of a number in answer to the last of the ids before it, *seek* finds a part among our own
    posts since a moment, *take_back* deletes one. Where an answer was lost, the part is looked for before it is sent
    again; where a part is refused, those before it are taken back.
    """
    if len(parts) == 1:
        return [send(0, parts[0], ())]
    ids: list[str] = []
    for number, text in enumerate(parts):
        post = checkpoint.get(f"post:{number}")
        if not post:
            post = _one(number, text, ids, checkpoint, (send, seek, take_back))
            checkpoint.save(f"post:{number}", post)
        ids.append(post)
    return ids


def _one(
    number: int,
    text: str,
    before: Sequence[str],
    checkpoint: Checkpoint,
    ways: tuple[
        Callable[[int, str, Sequence[str]], str],
        Callable[[str, datetime], str | None],
        Callable[[str], None],
    ],
) -> str:
    send, seek, take_back = ways
    try:
        if asked := checkpoint.get(f"asked:{number}"):
            found = seek(text, datetime.fromisoformat(asked) - CLOCKS)
            if found:
                return found
        else:
            checkpoint.save(f"asked:{number}", datetime.now(UTC).isoformat())
        return send(number, text, before)
    except Rejected as error:
        if not before:
            raise
        raise _withdrawn(before, checkpoint, take_back, error) from None
    except PublishError as error:
        if before:
            error.args = (f"{error}; {_out(len(before))}",)
        raise


def _withdrawn(
    ids: Sequence[str], checkpoint: Checkpoint, take_back: Callable[[str], None], refusal: Rejected
) -> PublishError:
    """The error after a later part was refused: nothing is public once the earlier ones are taken back, too."""
    try:
        for number, post in reversed(list(enumerate(ids))):
            take_back(post)
            for step in (f"post:{number}", f"asked:{number}"):
                checkpoint.save(step, "")
        checkpoint.save(f"asked:{len(ids)}", "")
    except PublishError:
        return Uncertain(f"{refusal}; {_out(len(ids))}", status=refusal.status, code=refusal.code)
    return refusal


def _out(count: int) -> str:
    return t(
        "{n} bagian pertama sudah tampil; bila tidak dilanjutkan, lengkapi atau hapus di aplikasi",
        "the first {n} parts are public; if it does not go on, complete or delete them in the app",
        n=count,
    )
