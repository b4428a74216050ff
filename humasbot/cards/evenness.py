"""Lines of like length: of all ways to break a short text into so many lines, the most even one.

Greedy breaking within the narrowest width that does leaves short lines in the middle where a long word follows, and
leaves ``di``, ``dan`` and their like at the ends of lines, where a reader stumbles over them.
"""

from collections.abc import Sequence
from math import inf
from typing import TypeAlias

Span: TypeAlias = tuple[int, int]
MOST_WORDS = 14  # up to which every text is evened out; longer ones only where a line is much too short
SHORT = 0.66  # of the longest line: shorter than that is ragged
STUMBLE = 0.3  # of a line's mean length: how much unevenness is taken to keep a small word off a line's end


def ragged(lines: Sequence[Span], starts: Sequence[float], ends: Sequence[float]) -> bool:
    """Whether a line but the last is much shorter than the longest."""
    widths = [ends[stop - 1] - starts[first] for first, stop in lines]
    return len(widths) > 1 and min(widths[:-1]) < SHORT * max(widths)


def even(
    first: int,
    stop: int,
    count: int,
    width: float,
    starts: Sequence[float],
    ends: Sequence[float],
    weak: Sequence[bool],
) -> list[Span]:
    """Words *first* to before *stop* in exactly *count* lines of at most *width*; empty where that cannot be.

    *starts* and *ends* are where each word begins and ends on one endless line, *weak* says which should not end a
    line; all in the same unit, none of it checked.
    """
    mean = (ends[stop - 1] - starts[first]) / count
    stumble = (STUMBLE * mean) ** 2
    # costs[i - first]: the least cost of the lines so far, with the next line beginning at word i
    costs: list[float] = [0.0, *([inf] * (stop - first))]
    ways: list[list[int]] = []
    for line in range(count):
        after: list[float] = [inf] * (stop - first + 1)
        way = [0] * (stop - first + 1)
        for begin in range(first + line, stop):
            so_far = costs[begin - first]
            if so_far == inf:
                continue
            for end in range(begin + 1, stop + 1):
                wide = ends[end - 1] - starts[begin]
                if wide > width:
                    break
                cost = so_far + (wide - mean) ** 2 + (stumble if weak[end - 1] and end < stop else 0.0)
                if cost < after[end - first]:
                    after[end - first], way[end - first] = cost, begin
        costs = after
        ways.append(way)
    if costs[-1] == inf:
        return []
    found: list[Span] = []
    end = stop
    for way in reversed(ways):
        found.append((way[end - first], end))
        end = way[end - first]
    return found[::-1]
