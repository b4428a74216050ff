import pytest
from hypothesis import given
from hypothesis import strategies as st

from humasbot.cards.phrases import parse, read_aloud
from humasbot.errors import InputError


def test_fields_and_optional_parts() -> None:
    phrase = parse("{a}[, {b}][ pada {c}]")
    assert phrase.fill({"a": "A", "b": "B"}) == "A, B"
    assert phrase.fill({"a": "A", "c": "C"}) == "A pada C"
    assert phrase.names == {"a", "b", "c"}


def test_a_phrase_without_any_value_is_empty() -> None:
    assert parse("Tanggal {date}").fill({}) == ""
    assert parse("Tetap").fill({}) == "Tetap"


def test_runs_carry_their_tags() -> None:
    spans = parse("<b>{a}</b> dan <accent>x<s>y</s></accent>").spans({"a": "A"})
    assert spans == [("A", ("b",)), (" dan ", ()), ("x", ("accent",)), ("y", ("accent", "s"))]


def test_escapes_and_markup_in_values() -> None:
    assert parse("{{x}} [[y]] <<b>").fill({}) == "{x} [y] <b>"
    assert parse("{a}").fill({"a": "<b>[x]{y}</b>"}) == "<b>[x]{y}</b>"


@pytest.mark.parametrize(
    "wrong", ["{A b}", "[x", "x]", "<b>x", "x</b>", "<b><s>x</b></s>", "{}", "{a", "a}", "{a {b}"]
)
def test_faults_are_named(wrong: str) -> None:
    with pytest.raises(InputError):
        parse(wrong)


@given(st.text(max_size=60))
def test_any_text_parses_or_is_refused(text: str) -> None:
    try:
        phrase = parse(text)
    except InputError:
        return
    assert isinstance(phrase.fill(dict.fromkeys(phrase.names, "v")), str)


@pytest.mark.parametrize(
    ("rough", "smooth"),
    [
        ("Kartu: Selamat!. Senin", "Kartu: Selamat! Senin."),
        ("A , b ..", "A, b."),
        ("Selesai.", "Selesai."),
        ("Benarkah?.", "Benarkah?"),
        ("", ""),
    ],
)
def test_alt_texts_read_well(rough: str, smooth: str) -> None:
    assert read_aloud(rough) == smooth
