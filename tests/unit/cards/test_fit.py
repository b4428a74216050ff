import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from humasbot.cards import fonts
from humasbot.cards.breaking import HARD, bonds, kind
from humasbot.cards.fit import Measured, Style, measure
from humasbot.cards.shaping import MissingGlyph, word

STYLE = Style(700, "ink")
NAMES = st.text(
    st.sampled_from("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,-'&()éèêñ  "),
    min_size=1,
    max_size=300,
).filter(lambda s: s.strip())


def measured(text: str, leading: float = 1.2) -> Measured:
    return measure([(text, ())], lambda _: STYLE, leading)


@given(NAMES, st.floats(4, 40))
@settings(max_examples=150, deadline=None)
def test_lines_hold_every_word_in_order_within_the_width(text: str, width: float) -> None:
    block = measured(text).bound()
    count = block.count(width)
    if count == 0:
        assert block.longest > width
        return
    lines = block.balanced(width)
    assert len(lines) == count
    assert [i for a, b in lines for i in range(a, b)] == list(range(len(block.tokens)))
    assert all(block.width_of(line) <= width + 1e-6 for line in lines)


@given(NAMES, st.floats(6, 30))
@settings(max_examples=100, deadline=None)
def test_no_line_breaks_where_a_firm_bond_is(text: str, width: float) -> None:
    words = text.split()
    firm = [i for i, bond in enumerate(bonds([kind(w) for w in words])) if bond == HARD]
    block = measured(text).loose()
    starts, at = set(), 0
    for token in block.tokens:
        starts.add(at)
        at += len(token.atoms)
    assert not starts & set(firm)
    assert block.count(width) >= 0


def test_lines_are_evened_out() -> None:
    block = measured("Pelayanan administrasi kependudukan pindah sementara ke gedung baru di kota").bound()
    width = block.natural() * 0.55
    widths = [block.width_of(line) for line in block.balanced(width)]
    assert len(widths) == 2
    assert min(widths) / max(widths) > 0.8


def test_width_scales_with_the_size_of_the_font() -> None:
    text = "Selamat memperingati Hari Ulang Tahun"
    block = measured(text).loose()
    spaces = sum(token.space for token in block.tokens[:-1])
    own = (block.natural() - spaces) * 64
    font = fonts.load(fonts.sans(700), 64)
    assert own == pytest.approx(sum(font.getlength(w) for w in text.split()), rel=2e-3)


@pytest.mark.skipif(not fonts.shaping_works(), reason="libfribidi0 is not installed: Raqm cannot shape")
def test_line_height_grows_with_the_ink() -> None:
    latin, javanese = measured("Hanacaraka").bound(), measured("ꦲꦤꦕꦫꦏ꧀ꦱꦿꦶ").bound()
    assert javanese.pitch > latin.pitch
    assert latin.pitch == pytest.approx(1.2)


def test_a_no_break_space_is_not_broken_at() -> None:
    assert len(measured("satu\u00a0dua tiga").bound().tokens) == 2


def test_explicit_lines_are_kept() -> None:
    block = measured("satu\ndua tiga").bound()
    assert block.count(100) == 2


def test_a_missing_glyph_names_itself() -> None:
    with pytest.raises(MissingGlyph, match=r"漢.*U\+6F22"):
        word("漢字", 400)


def test_tracking_widens_and_keeps_kerning() -> None:
    plain, wide = word("AVA", 800), word("AVA", 800, 0.1)
    assert wide.advance == pytest.approx(plain.advance + 0.2, abs=0.02)
    assert len(wide.pieces[0].steps) == 3
