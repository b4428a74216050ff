import pytest
from hypothesis import given
from hypothesis import strategies as st

from humasbot.cards import Brand
from humasbot.cards.colour import (
    NORMAL,
    contrast,
    evaluate,
    luminance,
    mended,
    parse,
    readable_on,
    text_colour,
    worst,
)
from humasbot.errors import InputError

COLOUR = st.tuples(st.integers(0, 255), st.integers(0, 255), st.integers(0, 255))
HEX = COLOUR.map(lambda c: "#{:02X}{:02X}{:02X}".format(*c))


def test_contrast_of_black_and_white_is_21() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)


@pytest.mark.parametrize(("text", "rgb"), [("#0B3D91", (11, 61, 145)), ("#fff", (255, 255, 255))])
def test_hex_colours_are_read(text: str, rgb: tuple[int, int, int]) -> None:
    assert parse(text) == rgb


@pytest.mark.parametrize("text", ["merah", "#12", "0B3D91", "#GGGGGG", ""])
def test_what_is_no_colour_is_refused_in_words(text: str) -> None:
    with pytest.raises(InputError, match="#0B3D91"):
        parse(text)


@given(COLOUR, COLOUR)
def test_on_any_ground_something_reads(ground: tuple[int, int, int], ink: tuple[int, int, int]) -> None:
    assert contrast(readable_on(ground, ink), ground) >= NORMAL


@given(COLOUR, COLOUR)
def test_a_mended_colour_reads(colour: tuple[int, int, int], ground: tuple[int, int, int]) -> None:
    light = luminance(ground)
    better = mended(colour, light, light, NORMAL)
    assert better is not None
    assert contrast(better, ground) >= NORMAL


def test_a_ground_from_black_to_white_carries_no_text() -> None:
    assert mended((255, 0, 0), 0.0, 1.0, NORMAL) is None
    assert worst(0.5, 0.0, 1.0) == 1.0


def test_expressions() -> None:
    names = {"primary": (0, 0, 200), "mark": "primary+50", "ink": (1, 2, 3), "paper": (255, 255, 255)}
    assert evaluate("primary", names) == (0, 0, 200, 255)
    assert evaluate("mark/50", names) == (128, 128, 228, 128)
    assert evaluate("primary-50", names) == (0, 0, 100, 255)
    assert evaluate("on primary", names) == (255, 255, 255, 255)
    assert evaluate("on paper", names) == (1, 2, 3, 255)
    assert evaluate("#abc", names) == (170, 187, 204, 255)


@pytest.mark.parametrize("wrong", ["biru", "primary++", "on", "loop"])
def test_an_expression_that_is_none_is_named(wrong: str) -> None:
    with pytest.raises(InputError):
        evaluate(wrong, {"primary": (0, 0, 0), "loop": "loop"})


@given(HEX, HEX)
def test_every_brand_has_a_readable_palette(primary: str, accent: str) -> None:
    palette = Brand("Kota", primary=primary, accent=accent).palette
    assert contrast(palette["deep"], (255, 255, 255)) >= 8.5
    assert contrast(palette["ink"], (255, 255, 255)) >= 12
    assert contrast(palette["muted"], (255, 255, 255)) >= NORMAL
    assert contrast(palette["ink"], palette["mist"]) >= 7
    low = luminance(palette["deep"])
    assert text_colour("accent", palette, low, low, palette["deep"], NORMAL) is not None


def test_a_brand_says_what_it_mends_with_numbers() -> None:
    problems = Brand("Kota", primary="#F2B705", accent="#FFFFFF").problems()
    assert len(problems) == 1
    assert "1.8" in problems[0].message
    assert "4,5:1" in problems[0].message
    assert Brand("Kota").problems() == []


def test_a_brand_with_a_wrong_colour_is_refused() -> None:
    with pytest.raises(InputError):
        Brand("Kota", primary="biru")
