"""Lines of like length: whole, within the width, as many as asked for, and never less even than greedy breaking."""

from hypothesis import given, settings
from hypothesis import strategies as st

from humasbot.cards.evenness import even, ragged
from humasbot.cards.fit import Style, measure

WORDS = st.lists(st.floats(0.2, 9), min_size=1, max_size=12)


def stood(widths: list[float]) -> tuple[list[float], list[float]]:
    """Where words of *widths* begin and end on one endless line, a space of 0.3 between them."""
    starts = [sum(widths[:i]) + 0.3 * i for i in range(len(widths))]
    return starts, [start + wide for start, wide in zip(starts, widths, strict=True)]


def greedy(width: float, starts: list[float], ends: list[float]) -> list[tuple[int, int]]:
    """As many words on each line as it takes."""
    lines, first = [], 0
    for i in range(1, len(starts) + 1):
        if i == len(starts) or ends[i] - starts[first] > width:
            lines.append((first, i))
            first = i
    return lines


@settings(deadline=None)
@given(WORDS, st.floats(1, 2.5), st.data())
def test_lines_are_whole_within_the_width_and_no_less_even_than_greedy(
    widths: list[float], room: float, data: st.DataObject
) -> None:
    starts, ends = stood(widths)
    width = max(widths) * room + 1e-6  # for rounding, as the fitting gives too
    simple = greedy(width, starts, ends)
    weak = data.draw(st.lists(st.booleans(), min_size=len(widths), max_size=len(widths)))
    lines = even(0, len(widths), len(simple), width, starts, ends, weak)
    assert len(lines) == len(simple)
    assert [i for first, stop in lines for i in range(first, stop)] == list(range(len(widths)))
    assert all(ends[stop - 1] - starts[first] <= width for first, stop in lines)
    plain = even(0, len(widths), len(simple), width, starts, ends, [False] * len(widths))

    def spread(found: list[tuple[int, int]]) -> float:
        return sum((ends[stop - 1] - starts[first]) ** 2 for first, stop in found)

    assert spread(plain) <= spread(simple) + 1e-6


def test_too_few_lines_are_none() -> None:
    starts, ends = stood([3, 3, 3])
    assert even(0, 3, 1, 7, starts, ends, [False] * 3) == []


def test_a_line_is_ragged_where_one_but_the_last_is_much_shorter() -> None:
    starts, ends = stood([5, 1, 5])
    assert ragged([(0, 1), (1, 2), (2, 3)], starts, ends)
    assert not ragged([(0, 1), (1, 3)], starts, ends)
    assert not ragged([(0, 3)], starts, ends)


def lines_of(text: str, width: float) -> list[str]:
    block = measure([(text, ())], lambda tags: Style(800, "ink"), 1.2).bound()
    return [
        " ".join(
            piece.text
            for token in block.tokens[first:stop]
            for word, _, _ in token.atoms
            for piece in word.pieces
        )
        for first, stop in block.balanced(width)
    ]


def test_a_headline_does_not_leave_its_small_words_at_the_ends_of_lines() -> None:
    assert lines_of("Layanan kependudukan pindah sementara ke Gedung B", 12.5) == [
        "Layanan kependudukan", "pindah sementara", "ke Gedung B",
    ]  # fmt: skip
    assert not any(
        line.endswith((" di", " dan"))
        for line in lines_of("Pasar murah di alun-alun dan halaman balai kota", 14)
    )


def test_a_short_line_in_the_middle_is_filled() -> None:
    text = "Identitas pelapor dirahasiakan sesuai Undang-Undang Nomor 25 Tahun 2009. Laporan ditanggapi tiga hari."
    lines = lines_of(text, 23)
    lengths = [len(line) for line in lines[:-1]]
    assert min(lengths) > 0.6 * max(lengths), lines
