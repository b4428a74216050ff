"""Posts that one account would say at nearly the same time, as the lists tell of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from humasbot.cli.common import lines, when
from humasbot.words import t

if TYPE_CHECKING:
    from humasbot.pipeline.nearby import Neighbour

FEW = 8
"""So many numbers or names are told in one line."""


def of_many(near: "Mapping[int, Sequence[Neighbour]]", shown: Sequence[int], zone: ZoneInfo) -> None:
    """The Posts of a list: one line for each group of neighbours."""
    from humasbot.pipeline.nearby import groups

    for group in groups(near, shown):
        lines(
            t("! kiriman {n} berdekatan pada akun yang sama ({a}), mulai {w}",
              "! posts {n} are close to each other on one account ({a}), from {w}", n=_few(group.posts),
              a=_few(group.accounts), w=when(group.first, zone))
        )  # fmt: skip


def of_one(found: "Sequence[Neighbour]", zone: ZoneInfo) -> None:
    """What is close to one Post: one line for each other Post."""
    others: dict[tuple[int, datetime], list[Neighbour]] = {}
    for each in found:
        others.setdefault((each.post_id, each.due), []).append(each)
    for (number, due), named in others.items():
        lines(
            t("! {a}: berdekatan dengan kiriman {n} ({w}): {title}", "! {a}: close to post {n} ({w}): {title}",
              a=_few(sorted(each.account for each in named)), n=number, w=when(due, zone), title=named[0].title)
        )  # fmt: skip


def _few(words: Sequence[object]) -> str:
    """The first of many, and how many more there are."""
    more = len(words) - FEW
    shown = ", ".join(str(word) for word in (words[:FEW] if more > 1 else words))
    return t("{all} dan {n} lain", "{all} and {n} more", all=shown, n=more) if more > 1 else shown
