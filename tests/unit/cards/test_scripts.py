import pytest
from PIL import Image

from humasbot.cards import Brand, Renderer, fonts, scripts
from humasbot.cards.scripts import EMOJI, direction, runs, visual_order
from humasbot.errors import InputError

SAMPLES = {
    "javanese": "ꦲꦏ꧀ꦱꦫꦗꦮ", "balinese": "ᬅᬓ᭄ᬱᬭᬩᬮᬶ", "sundanese": "ᮃᮊ᮪ᮞᮛᮞᮥᮔ᮪ᮓ", "buginese": "ᨒᨚᨈᨑ", "batak": "ᯅᯖᯂ᯲",
    "arabic": "السلام",
}  # fmt: skip


@pytest.mark.parametrize("script", SAMPLES)
def test_each_script_has_a_font_of_ours(script: str) -> None:
    found = runs(SAMPLES[script], 700)
    assert [(run.script, run.missing) for run in found] == [(script, "")]


def test_a_mixed_word_is_split_by_script() -> None:
    found = runs("ꦗꦮ/Jawa", 400)
    assert [run.script for run in found] == ["javanese", "latin"]
    assert "".join(run.text for run in found) == "ꦗꦮ/Jawa"


def test_latin_with_marks_stays_one_run() -> None:
    assert [run.text for run in runs("Kécamatan", 400)] == ["Kécamatan"]


@pytest.mark.parametrize("one", ["🇮🇩", "👍🏽", "👨‍👩‍👧", "1️⃣", "❤️", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "✅"])
def test_an_emoji_sequence_is_one(one: str) -> None:
    match = EMOJI.match(one)
    assert match is not None
    assert match.group() == one


def test_plain_letters_and_digits_are_no_emoji() -> None:
    assert EMOJI.search("Rp 5.000 ke-81 © ✓ ★") is None


def test_an_emoji_without_a_font_is_a_fault_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "emoji", lambda: None)
    runs.cache_clear()
    try:
        with pytest.raises(InputError, match="fonts-noto-color-emoji"):
            Renderer(brand=Brand("Kota Contoh")).draw("greeting", {"headline": "Selamat 🎉"})
    finally:
        runs.cache_clear()


@pytest.mark.skipif(
    fonts.emoji() is None, reason="no colour emoji font on this machine (fonts-noto-color-emoji)"
)
def test_emoji_are_drawn_in_colour() -> None:
    cards = Renderer(brand=Brand("Kota Contoh", primary="#000000", accent="#000000"))
    with_flag, _ = cards.picture("greeting", {"headline": "Indonesia 🇮🇩"})
    without, _ = cards.picture("greeting", {"headline": "Indonesia"})
    reds = [
        sum(n for n, (r, g, b) in picture.getcolors(2_000_000) if r > 190 and g < 60 and b < 90)
        for picture in (with_flag, without)
    ]
    assert reds[0] > reds[1] + 200


def test_direction_of_words() -> None:
    assert [direction(w) for w in ("السلام", "Salam", "2026", "(١٢)")] == ["rtl", "ltr", "", ""]


def test_words_right_to_left_are_seen_from_the_right() -> None:
    assert visual_order(["rtl", "rtl", "rtl"]) == [2, 1, 0]
    assert visual_order(["ltr", "rtl", "rtl", "ltr"]) == [0, 2, 1, 3]
    assert visual_order(["rtl", "ltr", "ltr", "rtl"]) == [3, 1, 2, 0]
    assert visual_order(["ltr", "", "ltr"]) == [0, 1, 2]


@pytest.mark.skipif(not fonts.shaping_works(), reason="libfribidi0 is not installed: Raqm cannot shape")
def test_arabic_letters_are_joined() -> None:
    font = fonts.load(fonts.of_script("arabic", 400), 60)
    apart = sum(font.getlength(c) for c in "سلام")
    assert font.getlength("سلام", direction="rtl") < apart * 0.8


@pytest.mark.skipif(not fonts.shaping_works(), reason="libfribidi0 is not installed: Raqm cannot shape")
def test_javanese_taling_stands_before_its_consonant() -> None:
    font = fonts.load(fonts.of_script("javanese", 400), 80)

    def ink(text: str) -> list[int]:
        mask = font.getmask(text, "L")
        picture = Image.frombytes("L", mask.size, bytes(mask))
        return [
            sum(picture.crop((x, 0, x + 1, picture.height)).tobytes()) for x in range(0, picture.width, 8)
        ]

    assert ink("ꦏꦺ")[:3] != ink("ꦏ")[:3]


def test_complex_scripts_are_refused_without_shaping(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "shaping_works", lambda: False)
    with pytest.raises(InputError, match="libfribidi0"):
        Renderer(brand=Brand("Kota Contoh")).draw("greeting", {"headline": "ꦱꦸꦒꦼꦁꦫꦮꦸꦃ tanpa pembentuk"})


def test_every_script_of_ours_has_its_ranges() -> None:
    assert set(SAMPLES) == set(scripts.COMPLEX)
