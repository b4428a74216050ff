"""The greetings of whole years: no sentence twice in 365 days, no wrong weekday, no "Selamat" on a solemn day."""

import re
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from humasbot.errors import ConfigError
from humasbot.occasions.calendar import Calendar
from humasbot.occasions.gates import gate
from humasbot.occasions.greeting import Greeting, Voice, condole, everyday, greet, greet_for
from humasbot.occasions.lint import lint
from humasbot.occasions.people import people_of
from humasbot.occasions.spans import Mourning
from humasbot.occasions.stock import FEWEST, FEWEST_OF_SEASON, load_stock

CITY = Voice("Pemerintah Kota Contoh", "Warga Kota Contoh", place="32")
STOCK = load_stock()


def sentences(text: str) -> list[str]:
    return [part.strip().casefold() for part in re.split(r"[.!?]+(?:\s|$)", text) if part.strip()]


def year_of(start: date, voice: Voice, calendar: Calendar | None) -> list[Greeting]:
    return [greet(start + timedelta(days=n), voice, calendar) for n in range(365)]


CASES = [
    (date(2026, 1, 1), "32", True),
    (date(2026, 11, 22), "32", True),
    (date(2027, 1, 5), "51", True),
    (date(2028, 2, 29), "33.05", True),
    (date(2027, 7, 1), "91", True),
    (date(2031, 10, 15), "16.01", True),
    (date(2026, 5, 4), "35", False),
    (date(2027, 11, 1), "18", False),
]


@pytest.mark.parametrize(("start", "place", "with_observances"), CASES)
def test_no_sentence_and_no_picture_with_its_text_comes_back_in_365_days(
    start: date, place: str, with_observances: bool
) -> None:
    voice = Voice("Pemerintah Kabupaten Contoh", "Warga Contoh", place=place)
    made = year_of(start, voice, Calendar(province=place) if with_observances else None)
    said = [sentence for greeting in made for sentence in sentences(greeting.text)]
    twice = {sentence for sentence in said if said.count(sentence) > 1}
    assert twice == set()
    pairs = [(greeting.text, greeting.picture(12)) for greeting in made]
    assert len(set(pairs)) == 365
    assert all(a.picture(12) != b.picture(12) for a, b in pairwise(made))


@pytest.mark.parametrize(("start", "place", "with_observances"), CASES)
def test_the_linter_finds_nothing_in_a_year_of_greetings(
    start: date, place: str, with_observances: bool
) -> None:
    calendar = Calendar(province=place)
    for greeting in year_of(start, CITY, calendar if with_observances else None):
        assert lint(greeting.text, day=greeting.day, catalogue=calendar.catalogue) == [], greeting.text
        assert lint(" – ".join(greeting.fields.values()), day=greeting.day) == []


@given(st.dates(date(2015, 1, 1), date(2035, 12, 31)), st.text(alphabet="abcXYZ ", max_size=8))
def test_a_date_always_gives_the_same_greeting(day: date, seed: str) -> None:
    voice = Voice("Pemerintah Kota Contoh", "Warga", place="51", seed=seed)
    first, second = (greet(day, voice, Calendar(province="51")) for _ in range(2))
    assert first == second
    assert first.text == f"{first.head} {first.body}"
    assert "{" not in first.text


def test_two_offices_say_different_things_on_the_same_day() -> None:
    day = date(2026, 11, 23)
    bodies = {everyday(day, Voice(f"Pemerintah Kota {name}")).body for name in "ABCDEFGH"}
    assert len(bodies) >= 6


def test_solemn_days_never_say_selamat_not_even_of_the_hour() -> None:
    calendar = Calendar(province="*")
    seen = 0
    for year in range(2015, 2036):
        for occurrence in calendar.year(year):
            if occurrence.observance.tone == "solemn":
                greeting = greet_for(occurrence, CITY)
                words = greeting.text + " ".join(greeting.fields.values())
                assert "selamat" not in words.lower(), words
                seen += 1
    assert seen > 100


def test_every_observance_that_may_be_greeted_has_words_and_passes_the_linter() -> None:
    calendar = Calendar(province="*")
    for year in (2026, 2027):
        for occurrence in calendar.year(year):
            greeting = greet_for(occurrence, CITY)
            if occurrence.key == "hari_ibu":
                assert "Hari Ibu ke-" in greeting.text
            assert len(greeting.text) <= 320, greeting.text
            assert greeting.observance == occurrence.key
            assert lint(greeting.text, day=occurrence.day) == [], greeting.text
            if occurrence.greetable and occurrence.observance.kind != "region":
                assert occurrence.key in STOCK.days, occurrence.key


def test_no_observance_is_said_with_a_stutter() -> None:
    # "memperingati Peringatan Bandung Lautan Api", "Selamat Selamat", a word twice.
    stutter = re.compile(r"\b(\w+) \1\b|peringat\w* peringat|  |, ,", re.I)
    for occurrence in Calendar(province="*").year(2026):
        for office in ("Dinas A", "Dinas B", "Dinas C", "Dinas D"):
            greeting = greet_for(occurrence, Voice(office))
            for words in (greeting.head, greeting.body, *greeting.fields.values()):
                assert not stutter.search(words), words
                assert words[0] == words[0].upper(), words


@pytest.mark.parametrize(
    ("office", "people"),
    [
        ("Pemerintah Kota Contoh", "warga Kota Contoh"),
        ("Pemerintah Kabupaten Ogan Komering Ilir", "warga Kabupaten Ogan Komering Ilir"),
        ("Pemerintah Desa Suka Maju Kecamatan Contoh Kabupaten Contoh", "warga Desa Suka Maju"),
        ("Dinas Pemberdayaan Masyarakat dan Desa Kabupaten Contoh", "warga Kabupaten Contoh"),
        ("Dinas Tata Kota dan Permukiman", "segenap warga"),
        ("Kementerian Desa dan Pembangunan Daerah Tertinggal", "segenap warga"),
        ("Diskominfo", "segenap warga"),
    ],
)
def test_who_is_greeted_is_read_from_the_offices_name(office: str, people: str) -> None:
    assert people_of(office) == people
    heads = [everyday(date(2026, 11, day), Voice(office)).head for day in range(1, 31)]
    assert any(people in head for head in heads)
    assert all(head.count(people.removeprefix("warga ")) <= 1 for head in heads), heads


def test_the_republic_is_greeted_in_the_right_order() -> None:
    greeting = greet(date(2026, 8, 17), CITY, Calendar())
    assert "HUT ke-81 Republik Indonesia, Senin, 17 Agustus 2026" in greeting.text
    assert greeting.tone == "festive"
    assert greeting.fields["headline"] == "Dirgahayu Republik Indonesia"
    assert greeting.fields["date"] == "Senin, 17 Agustus 2026"


def test_a_region_is_greeted_by_its_name_and_age() -> None:
    greeting = greet(date(2026, 8, 19), CITY, Calendar(province="32"))
    assert "Hari Jadi ke-81 Provinsi Jawa Barat" in greeting.text
    assert "ke-81" in greeting.body
    assert "Provinsi Jawa Barat" in greeting.body


def test_an_unconfirmed_day_is_not_greeted() -> None:
    calendar = Calendar()
    assert greet(date(2027, 3, 10), CITY, calendar).observance == ""
    settled = Calendar(settled={"idul_fitri_1": [date(2027, 3, 10)]})
    assert greet(date(2027, 3, 10), CITY, settled).observance == "idul_fitri_1"


def test_only_weighty_days_where_the_office_wants_so() -> None:
    calendar = Calendar()
    toilet = date(2026, 11, 19)
    assert greet(toilet, CITY, calendar).observance == "toilet"
    assert greet(toilet, CITY, calendar, least=60).observance == ""
    assert greet(date(2026, 11, 10), CITY, calendar, least=60).observance == "hari_pahlawan"


def test_nyepi_in_bali_is_greeted_the_day_before_in_words_that_fit() -> None:
    bali = Calendar(province="51")
    nyepi = next(o for o in bali.year(2027) if o.key == "nyepi")
    verdict = gate(nyepi, nyepi.day, "51", windows=bali.windows(2027))
    assert verdict.shift is not None
    greeting = greet_for(nyepi, Voice("Pemerintah Provinsi Bali", place="51"), on=verdict.shift)
    assert greeting.day == date(2027, 3, 7)
    assert greeting.head.startswith("Menyambut Hari Suci Nyepi Tahun Baru Saka 1949 pada Senin, 8 Maret 2027")
    assert lint(greeting.text, day=greeting.day) == []


def test_mourning_gives_condolence_in_its_place_only() -> None:
    mourning = [Mourning("gempa bumi di Contoh", date(2026, 11, 20), date(2026, 11, 24), ("32",))]
    texts = {greet(date(2026, 11, 20 + n), CITY, Calendar(), mourning=mourning).text for n in range(5)}
    assert len(texts) == 5
    for text in texts:
        assert "gempa bumi di Contoh" in text
        assert "selamat" not in text.lower()
        assert sentences(text)
    assert condole(mourning[0], date(2026, 11, 21), CITY).tone == "solemn"
    elsewhere = greet(date(2026, 11, 21), Voice("Pemerintah Provinsi Bali", place="51"), mourning=mourning)
    assert "gempa" not in elsewhere.text


def test_a_mournings_name_stands_whole_and_small_within_the_sentence() -> None:
    span = Mourning("Wafatnya Prof. Dr. H. Contoh", date(2026, 11, 20), date(2026, 11, 24))
    for day in range(20, 25):
        greeting = condole(span, date(2026, 11, day), CITY)
        assert "wafatnya Prof. Dr. H. Contoh" in greeting.head
        assert "Prof" not in greeting.body
        assert greeting.body
        assert greeting.fields["kicker"] == "Wafatnya Prof. Dr. H. Contoh"
    assert "untuk KRI Contoh" in " ".join(
        condole(Mourning("KRI Contoh", date(2026, 11, 1), date(2026, 11, 4)), date(2026, 11, day), CITY).text
        for day in range(1, 5)
    )


def test_regional_greetings_are_off_until_a_native_has_confirmed_them() -> None:
    day = date(2026, 11, 23)
    plain = Voice("Pemkot Contoh", languages=("jv",))
    assert "Sugeng enjang" not in everyday(day, plain).text
    reviewed = Voice("Pemkot Contoh", languages=("jv",), reviewed=("jv",))
    assert everyday(day, reviewed).head.startswith("Sugeng enjang, selamat pagi")
    assert all(regional.needs_review for regional in STOCK.regional.values())
    made = [everyday(day + timedelta(days=n), reviewed) for n in range(365)]
    said = [sentence for greeting in made for sentence in sentences(greeting.text)]
    assert len(said) == len(set(said))


def test_the_season_is_named_only_where_it_is_sure() -> None:
    wet, dry, between = date(2027, 1, 7), date(2027, 7, 8), date(2027, 4, 8)
    assert {day.weekday() for day in (wet, dry, between)} == {3}
    java, ambon = Voice("Pemkot A", place="32"), Voice("Pemkot A", place="81")
    assert any(everyday(wet, java).body.endswith(s) for s in STOCK.season(wet, "32"))
    assert any(everyday(dry, java).body.endswith(s) for s in STOCK.season(dry, "32"))
    assert everyday(between, java).body == everyday(between, ambon).body
    assert STOCK.season(wet, "81") == ()


def test_the_leader_speaks_where_wanted_and_the_hour_is_named() -> None:
    voice = Voice("Pemkot Contoh", "Warga", leader="Wali Kota Contoh", hour="sore")
    assert greet(date(2026, 4, 21), voice, Calendar()).text.count("Wali Kota Contoh") == 1
    assert "elamat sore" in everyday(date(2026, 4, 20), voice).text


def test_the_stock_is_deep_enough_and_says_nothing_twice() -> None:
    assert all(len(lines) >= FEWEST for lines in STOCK.weekdays.values())
    for month in (1, 7):
        assert len(STOCK.season(date(2027, month, 1), "32")) >= FEWEST_OF_SEASON
    lines = [s.casefold() for v in STOCK.weekdays.values() for s in v]
    lines += [s.casefold() for m in (1, 7) for s in STOCK.season(date(2027, m, 1), "32")]
    lines += [s.casefold() for words in STOCK.days.values() for s in words["body"]]
    assert len(lines) == len(set(lines))
    for line in lines:
        assert line.endswith(".")
        assert len(sentences(line)) == 1
        assert "  " not in line


def test_days_that_come_back_within_a_year_have_more_than_one_text() -> None:
    calendar = Calendar(province="*")
    for observance in calendar.catalogue.observances.values():
        days = [day for year in range(2020, 2031) for day in calendar.dates(observance.key, year)]
        if observance.key in STOCK.days and any((b - a).days < 365 for a, b in pairwise(days)):
            assert len(STOCK.days[observance.key]["body"]) > 1, observance.key


def test_an_office_adds_its_own_sentences(tmp_path: Path) -> None:
    file = tmp_path / "sapaan.toml"
    file.write_text(
        '[weekday]\nsenin = ["Pasar Senin di alun-alun menanti Anda."]\n'
        '[day.kartini]\nhead = ["{kantor} mengenang Kartini, {tanggal}."]\nbody = ["Terbitlah terang."]\n',
        encoding="utf-8",
    )
    stock = load_stock(file)
    assert len(stock.weekdays[0]) == len(STOCK.weekdays[0]) + 1
    greeting = greet(date(2026, 4, 21), CITY, Calendar(), stock=stock)
    assert (
        greeting.text == "Pemerintah Kota Contoh mengenang Kartini, Selasa, 21 April 2026. Terbitlah terang."
    )


def test_a_faulty_stock_names_every_fault(tmp_path: Path) -> None:
    file = tmp_path / "sapaan.toml"
    same = STOCK.weekdays[0][0]
    file.write_text(
        f'[weekday]\nsenin = ["{same}"]\nmonday = ["x"]\n[cuaca]\na = 1\n'
        '[day.kartini]\nbody = ["Halo {siapa}."]\nhead = "satu"\ncolour = "x"\n',
        encoding="utf-8",
    )
    with pytest.raises(ConfigError) as caught:
        load_stock(file)
    text = str(caught.value)
    for word in ("monday", "cuaca", same, "siapa", "head", "colour"):
        assert word in text
