"""Who and where in news; numbers that are called a family card's or a NIK."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from humasbot.occasions.lint_news import answered_findings
from humasbot.occasions.lint_personal import personal_findings

NOBODY = (
    "Ada perubahan besar mulai besok pagi dan semuanya berjalan lancar tanpa halangan apa pun juga sampai selesai "
    "sesuai dengan rencana yang sudah disusun sejak lama dan dibahas berkali-kali"
)


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        (NOBODY, {"no-who", "no-where"}),
        (NOBODY + " oleh Dinas Perhubungan", {"no-where"}),
        (NOBODY + " di Alun-alun", {"no-who"}),
        (NOBODY + ", kata Budi Santoso di Kebumen", set()),
        (NOBODY + ". Petugas melayani secara daring", set()),
        ("KEBUMEN – " + NOBODY + " menurut Bupati", set()),
        ("Seluruhnya libur besok. Yang darurat tetap bekerja seperti biasa.", set()),
        ("", set()),
    ],
)
def test_news_names_who_and_where(text: str, rules: set[str]) -> None:
    found = list(answered_findings(text))
    assert {each.rule for each in found} == rules
    assert all(each.severity == "warn" and "14/2008" in each.basis for each in found)
    assert all(text[each.start : each.end] == each.words for each in found)


@given(st.text(max_size=300))
@settings(max_examples=60, deadline=None)
def test_any_text_gets_at_most_one_finding_of_each(text: str) -> None:
    rules = [each.rule for each in answered_findings(text)]
    assert len(rules) == len(set(rules)) <= 2


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("No. KK: 9912345678901234", "personal-kk"),
        ("nomor Kartu Keluarga 9912345678901234", "personal-kk"),
        ("Kartu\nKeluarga: 9912 3456 7890 1234", "personal-kk"),
        ("NPWP 9912345678901234", "personal-npwp"),
    ],
)
def test_a_number_that_is_called_personal_is_personal(text: str, rule: str) -> None:
    (found,) = personal_findings(text)
    assert (found.rule, found.severity) == (rule, "block")
    assert "9912345678901234" not in found.message


def test_other_long_numbers_are_left_in_peace() -> None:
    assert list(personal_findings("Kode tiket 9912345678901234 untuk mengambil KTP")) == []
