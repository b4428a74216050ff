"""The linter: dates, ordinals, solemn days, personal data; every finding names its words and the right answer."""

import time
from collections.abc import Collection
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from humasbot.indonesian import DAYS, MONTHS, long_date, short_date
from humasbot.occasions.cycles import PASARAN, pasaran
from humasbot.occasions.lint import Finding, lint, mask

TODAY = date(2026, 8, 10)
DATES = st.dates(date(2000, 1, 1), date(2035, 12, 31))
SHORT_MONTHS = ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des")
SHAPES = (
    "{w}, {d.day} {m} {d.year}",
    "{w} {d.day} {m} {d.year}",
    "{w} ({d:%d/%m/%Y})",
    "{w} ({d.day}/{d.month}/{d.year})",
    "{w}, {d.day}-{d.month}-{d.year}",
    "{w} {d:%d.%m.%Y}",
    "{w}, {d:%Y-%m-%d}",
    "hari {w} tanggal {d.day} {m} {d.year}",
    "Hari/Tanggal : {w}, {d.day} {m} {d.year}",
    "Hari : {w}\nTanggal : {d.day} {m} {d.year}",
    "{w}/{d.day} {m} {d.year}",
    "{w} malam, {d.day} {m} {d.year}",
    "{w} pagi ({d.day}/{d.month}/{d.year})",
    "{w}, pukul 08.00 WIB, {d.day} {m} {d.year}",
    "{d.day} {m} {d.year} ({w})",
    "{d.day} {m} {d.year}, hari {w}",
    "{d.day} {m} {d.year} jatuh pada hari {w}",
    "{w}, {d.day} {s} {d.year}",
    "{w}, {d.day} {s}. {d.year}",
)


def rules(text: str, day: date | None = TODAY, *, allowed: Collection[str] = ()) -> list[str]:
    return [finding.rule for finding in lint(text, day=day, allowed=allowed)]


def only(text: str, day: date | None = TODAY) -> Finding:
    found = lint(text, day=day)
    assert len(found) == 1, found
    return found[0]


def shaped(shape: str, weekday: str, day: date) -> str:
    return shape.format(w=weekday, d=day, m=MONTHS[day.month - 1], s=SHORT_MONTHS[day.month - 1])


def test_the_real_mistake_of_a_real_website() -> None:
    finding = only("Dompu, Jumat (08/01/2026) – Bupati membuka acara.", None)
    assert (finding.rule, finding.severity) == ("weekday-date", "block")
    assert finding.words == "Jumat (08/01/2026)"
    assert finding.suggestion == "Kamis"
    assert "Kamis" in finding.message
    assert "Jumat" in finding.message
    assert finding.basis


@given(st.sampled_from(SHAPES), DATES, st.text(alphabet="abc xyz,.\n", max_size=20))
def test_a_right_pair_is_never_blamed(shape: str, day: date, around: str) -> None:
    text = f"{around} {shaped(shape, DAYS[day.weekday()], day)} {around}"
    assert rules(text, None) == []


@given(st.sampled_from(SHAPES), DATES, st.integers(1, 6), st.sampled_from([str, str.upper, str.lower]))
def test_a_wrong_pair_is_found_once_and_set_right(shape: str, day: date, off: int, case: type[str]) -> None:
    wrong = DAYS[(day.weekday() + off) % 7]
    text = case(f"Acara digelar {shaped(shape, wrong, day)}")
    finding = only(text, None)
    assert finding.rule == "weekday-date"
    assert finding.suggestion == DAYS[day.weekday()]
    assert short_date(day) in finding.message
    assert text[finding.start : finding.end] == finding.words


@given(DATES, st.integers(-180, 180))
def test_a_date_without_its_year_is_read_near_the_day_of_the_text(near: date, away: int) -> None:
    day = near + timedelta(days=away)
    if (day.month, day.day) == (2, 29):
        return
    text = f"{DAYS[day.weekday()]} ({day.day}/{day.month})"
    assert rules(text, near) == []
    assert rules(f"{DAYS[(day.weekday() + 3) % 7]}, {day.day} {MONTHS[day.month - 1]}", near) == [
        "weekday-date"
    ]
    assert rules(f"{DAYS[(day.weekday() + 3) % 7]} ({day.day}/{day.month})", None) == []


@given(DATES)
def test_a_pasaran_is_checked_too(day: date) -> None:
    market = pasaran(day)
    other = PASARAN[(PASARAN.index(market) + 2) % 5]
    assert rules(f"{DAYS[day.weekday()]} {market}, {short_date(day)}") == []
    assert only(f"{DAYS[day.weekday()]} {other}, {short_date(day)}").suggestion == market


@given(DATES, st.integers(1, 6), st.integers(1, 6))
def test_both_ends_of_a_span(first: date, days: int, off: int) -> None:
    last = first + timedelta(days=days)
    ends = (
        f"{first.day}–{last.day} {MONTHS[last.month - 1]} {last.year}"
        if (first.month, first.year) == (last.month, last.year)
        else f"{short_date(first)}–{short_date(last)}"
    )
    good = f"{DAYS[first.weekday()]}–{DAYS[last.weekday()]}, {ends}"
    assert rules(good) == []
    bad = f"{DAYS[first.weekday()]}–{DAYS[(last.weekday() + off) % 7]}, {ends}"
    assert rules(bad) == ["weekday-date"]


@pytest.mark.parametrize(
    "text",
    [
        "Buka Senin–Jumat, 08.00–15.00 WIB",
        "Selama dua minggu, 5 Januari 2026 hingga selesai",
        "Kamis, 8 Januari 2026, Jumat, 9 Januari 2026",
        "Jum'at, 9 Januari 2026",
        "Jum’at, 9 Januari 2026",
        "Ahad, 11 Januari 2026",
        "Senin, 5–7 Januari 2026",
        "Sabtu dan Minggu (10–11/1/2026)",
        "Senin–Jumat, 28 Desember 2026–1 Januari 2027",
        "https://contoh.go.id/jumat-8-januari-2026",
        "Nomor 800/13/2026 tanggal 8 Januari 2026",
        "Permendagri Nomor 77 Tahun 2020",
        "Rp1.250.000.000,00 dari APBD 2026",
        "Skor 3/4, rasio 12/15, kelas 7/8",
        "29 Februari 2028",
    ],
)
def test_what_is_right_stays_unblamed(text: str) -> None:
    assert rules(text, date(2026, 1, 5)) == []


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("31 Februari 2026", "block"),
        ("29 Februari 2026", "block"),
        ("30/02/2026", "warn"),
        ("2026-13-01", "warn"),
    ],
)
def test_dates_that_no_calendar_has(text: str, severity: str) -> None:
    finding = only(f"Acara {text} di balai kota")
    assert (finding.rule, finding.severity, finding.words) == ("no-such-date", severity, text)


@pytest.mark.parametrize(
    ("text", "rule", "suggestion"),
    [
        ("Dirgahayu HUT RI ke-81!", "ordinal-order", "HUT ke-81 RI"),
        ("HUT Kemerdekaan RI yang ke-81", "ordinal-order", "HUT ke-81 Kemerdekaan RI"),
        ("Dirgahayu Republik Indonesia ke-81", "ordinal-order", "HUT ke-81 Republik Indonesia"),
        ("Hari Jadi Kabupaten Kebumen ke-397", "ordinal-order", "Hari Jadi ke-397 Kabupaten Kebumen"),
        ("HUT ke 81 RI", "ordinal-spelling", "ke-81"),
        ("HUT ke- 81 RI", "ordinal-spelling", "ke-81"),
        ("HUT ke-LXXXI RI", "ordinal-spelling", "ke-81"),
        ("HUT RI Ke-LXXXI", "ordinal-spelling", "ke-81"),
        ("Peringatan abad ke-XXI", "ordinal-spelling", "ke-21"),
        ("HUT ke-80 RI", "ordinal-year", "ke-81"),
        ("Hari Ulang Tahun ke-82 Republik Indonesia", "ordinal-year", "ke-81"),
        ("Hari Bhayangkara ke-79", "ordinal-year", "ke-80"),
        ("HUT ke-80 Korpri", "ordinal-year", "ke-55"),
        ("HUT ke-81 TNI AU", "ordinal-year", "ke-80"),
        ("Hari Sumpah Pemuda ke-97", "ordinal-year", "ke-98"),
        ("HUT ke-80 PGRI tahun 2026", "ordinal-year", "ke-81"),
    ],
)
def test_ordinals(text: str, rule: str, suggestion: str) -> None:
    finding = only(text)
    assert (finding.rule, finding.suggestion) == (rule, suggestion)


@pytest.mark.parametrize(
    "text",
    [
        "HUT ke-81 RI",
        "HUT ke-80 TNI AU",
        "HUT ke-81 TNI",
        "Hari Bhayangkara ke-80",
        "HUT ke-80 RI tahun lalu",
        "HUT ke-82 RI tahun 2027",
        "HUT ke-80 RI, 17 Agustus 2025",
        "Presiden RI ke-8",
        "UU Nomor 14 Tahun 2008 dan HUT ke-81 RI",
        "Hari Jadi ke-397 Kabupaten Kebumen",
        "Juara ke 3 dari 81 desa",
    ],
)
def test_right_ordinals(text: str) -> None:
    assert rules(text) == []


@given(st.integers(1990, 2040))
def test_the_number_of_the_republic_is_right_in_every_year(year: int) -> None:
    day = date(year, 8, 17)
    assert rules(f"HUT ke-{year - 1945} RI, {long_date(day)}", day) == []
    assert rules(f"HUT ke-{year - 1944} RI", day) == ["ordinal-year"]


def test_without_a_year_no_number_is_judged() -> None:
    assert rules("HUT ke-12 RI", None) == []


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("Selamat Hari Pahlawan!", "block"),
        ("SELAMAT MEMPERINGATI HARI PAHLAWAN", "block"),
        ("Selamat Hari Kesaktian Pancasila 1 Oktober", "block"),
        ("#SelamatHariPahlawan", "block"),
        ("Selamat memperingati Wafat Isa Almasih", "block"),
        ("Selamat Jumat Agung", "block"),
        ("Dirgahayu Hari Pahlawan", "block"),
        ("Selamat Hari Raya Nyepi Tahun Baru Saka 1948", "warn"),
    ],
)
def test_solemn_days_are_not_congratulated(text: str, severity: str) -> None:
    finding = only(text, None)
    assert (finding.rule, finding.severity) == ("solemn-selamat", severity)
    assert finding.suggestion.startswith("Memperingati")


@pytest.mark.parametrize(
    "text",
    [
        "Memperingati Hari Pahlawan",
        "Selamat pagi, mari memperingati Hari Pahlawan",
        "Semoga pulang dengan selamat saat Hari Pahlawan",
        "Selamat Hari Kartini. Jangan lupa Hari Pahlawan.",
        "Selamat Hari Raya Natal",
        "Keselamatan warga pada Hari Pahlawan",
    ],
)
def test_other_uses_of_selamat_are_fine(text: str) -> None:
    assert rules(text, None) == []


@pytest.mark.parametrize(
    ("text", "rule", "words"),
    [
        ("NIK 3275014508900001 a.n. X", "personal-nik", "3275014508900001"),
        ("NIK: 3275 0145 0890 0001", "personal-nik", "3275 0145 0890 0001"),
        ("No. KK 3275010101200003", "personal-kk", "3275010101200003"),
        ("NIP 198503152010011005", "personal-nip", "198503152010011005"),
        ("NIP. 19850315 201001 1 005", "personal-nip", "19850315 201001 1 005"),
        ("NPWP 12.345.678.9-012.000", "personal-npwp", "12.345.678.9-012.000"),
        ("NPWP 123456789012000", "personal-npwp", "123456789012000"),
        ("Hubungi 0812-3456-7890", "personal-phone", "0812-3456-7890"),
        ("WA +62 812 3456 7890 (Budi)", "personal-phone", "+62 812 3456 7890"),
        ("https://wa.me/6281234567890", "personal-phone", "6281234567890"),
        ("rekening BRI 0123-01-012345-50-1", "personal-account", "0123-01-012345-50-1"),
        ("BCA 1234567890 a.n. Budi", "personal-account", "1234567890"),
        ("Bank Jateng. Nomor HP 0812 3456 7890", "personal-phone", "0812 3456 7890"),
        ("kirim ke budi.s@gmail.com ya", "personal-email", "budi.s@gmail.com"),
    ],
)
def test_personal_data_is_found_with_its_law(text: str, rule: str, words: str) -> None:
    finding = only(text)
    assert (finding.rule, finding.words, finding.severity) == (rule, words, "block")
    assert "27/2022" in finding.basis
    assert words not in finding.message


@pytest.mark.parametrize(
    "text",
    [
        "Call center 112 dan WhatsApp 08111-129-129",
        "humas@contohkota.go.id atau desa@sukamaju.desa.id",
        "NIK 9975014508900001",  # no such province
        "NIK 3275013208900001",  # the 32nd
        "NIK 3275017508900001",  # 75 − 40 is the 35th
        "NIK 3275010113900001",  # the 13th month
        "Anggaran Rp3.275.014.508.900",
        "DOI 10.1234/3275014508900001",
        "Telepon (021) 3456789",
    ],
)
def test_what_is_nobody_in_particular(text: str) -> None:
    assert rules(text) == []


def test_the_offices_own_lines_are_allowed_however_they_are_written() -> None:
    text = (
        "WA 0812-3456-7890 atau +62 812 3456 7890, layanan@rsudcontoh.id, info@dinas.id, BRI 012301012345501"
    )
    allowed = ["081234567890", "layanan@rsudcontoh.id", "@dinas.id", "0123-01-012345-50-1"]
    assert rules(text, allowed=allowed) == []
    assert len(rules(text)) == 5


PROVINCE = st.sampled_from([11, 19, 21, 31, 36, 51, 53, 61, 65, 71, 76, 81, 82, 91, 96])


@given(
    PROVINCE, st.integers(1, 79), st.integers(1, 40), st.dates(date(1930, 1, 1), date(2025, 12, 31)),
    st.booleans(), st.integers(1, 9999), st.sampled_from(["", " ", ".", "-"]),
)  # fmt: skip
def test_every_well_formed_nik_is_found_and_masked(
    province: int, regency: int, district: int, born: date, woman: bool, number: int, gap: str
) -> None:
    day = born.day + (40 if woman else 0)
    digits = f"{province}{regency:02}{district:02}{day:02}{born:%m%y}{number:04}"
    nik = gap.join(digits[i : i + 4] for i in range(0, 16, 4))
    text = f"Warga dengan NIK {nik} diminta datang."
    finding = only(text)
    assert finding.rule == "personal-nik"
    hidden = mask(text, [finding])
    assert nik not in hidden
    assert digits[2:] not in hidden.replace(gap, "") if gap else digits[2:] not in hidden
    assert len(hidden) == len(text)


@given(st.text(max_size=300), st.one_of(st.none(), DATES))
def test_any_text_is_survived_and_places_are_true(text: str, day: date | None) -> None:
    for finding in lint(text, day=day):
        assert text[finding.start : finding.end] == finding.words
        assert finding.message
        assert finding.basis
        assert finding.severity in ("block", "warn")


@given(
    st.lists(
        st.sampled_from(
            ["Jumat ", "8 ", "Januari ", "2026", " (", ")", "HUT ", "ke-", "81 ", "RI ", "Selamat ", "Hari Pahlawan",
             "0812", "-", ".", "3275", "@", "rekening ", "Senin–", "/", "\n"]
        ),
        max_size=40,
    )
)  # fmt: skip
def test_broken_mixtures_are_survived(parts: list[str]) -> None:
    text = "".join(parts)
    for finding in lint(text, day=TODAY):
        assert text[finding.start : finding.end] == finding.words


def test_a_long_text_takes_no_time() -> None:
    for piece in (
        "Jumat ",
        "HUT a ",
        "0 ",
        "selamat ",
        "a@a-",
        "Senin dan ",
        "rekening ",
        "8 Januari ",
        "1.1-",
    ):
        began = time.process_time()
        lint(piece * 4000, day=TODAY)
        assert time.process_time() - began < 1, piece


def test_findings_come_in_the_order_of_the_words() -> None:
    found = lint("HUT RI ke-81 Jumat (08/01/2026), hubungi 081234567890", day=TODAY)
    assert [f.start for f in found] == sorted(f.start for f in found)
    assert {f.rule for f in found} == {"ordinal-order", "weekday-date", "personal-phone"}
