"""The card and the weather of a greeting: its mood."""

from datetime import date, timedelta

import pytest

from humasbot.occasions.calendar import Calendar
from humasbot.occasions.greeting import Voice, Weather, everyday, greet_for
from humasbot.occasions.lint import lint

VOICE = Voice("Pemerintah Kota Contoh", "Warga Kota Contoh", place="jabar")


@pytest.mark.parametrize(
    ("day", "place", "card"),
    [
        (date(2026, 12, 1), "jabar", "greeting"),
        (date(2026, 12, 4), "jabar", "greeting-friday"),
        (date(2026, 12, 4), "Bali", "greeting"),
        (date(2026, 12, 5), "jabar", "greeting-weekend"),
        (date(2026, 12, 3), "jabar", "greeting-rain"),
        (date(2026, 7, 2), "jabar", "greeting"),
    ],
)
def test_the_card_of_an_everyday(day: date, place: str, card: str) -> None:
    assert everyday(day, Voice("Kota", place=place)).card == card


@pytest.mark.parametrize(
    ("key", "year", "card"),
    [
        ("hut_ri", 2026, "national-day"),
        ("natal", 2026, "greeting"),
        ("hari_pahlawan", 2026, "commemoration"),
        ("sumpah_pemuda", 2026, "national-day"),
    ],
)
def test_the_card_of_an_observance_follows_its_tone(key: str, year: int, card: str) -> None:
    (found,) = [each for each in Calendar().year(year) if each.key == key]
    assert greet_for(found, VOICE).card == card


def test_a_solemn_day_is_kept_in_two_lines_and_an_anniversary_shows_its_number() -> None:
    days = {each.key: each for each in Calendar().year(2026)}
    solemn = greet_for(days["hari_pahlawan"], VOICE)
    assert (solemn.fields["kicker"], solemn.fields["headline"]) == ("Memperingati", "Hari Pahlawan")
    assert greet_for(days["hut_ri"], VOICE).fields["number"] == "81"


def test_a_forecast_is_credited_dated_and_sets_the_mood() -> None:
    day = date(2026, 12, 1)
    greeting = everyday(day, VOICE, weather=Weather("Hujan Ringan", 23, 31, rain=True))
    assert greeting.body.endswith("Prakiraan BMKG untuk Selasa, 1 Desember 2026: hujan ringan, 23–31 °C.")
    assert greeting.card == "greeting-rain"
    assert lint(greeting.text, day=day) == []
    assert everyday(day, VOICE, weather=Weather("Cerah", 23, 33)).card == "greeting"


def test_with_a_forecast_every_day_no_sentence_comes_back() -> None:
    seen: set[str] = set()
    for number in range(365):
        day = date(2026, 12, 1) + timedelta(days=number)
        greeting = everyday(day, VOICE, weather=Weather("cerah", 23, 33))
        sentences = {greeting.head, *greeting.body.split(". ")}
        assert not sentences & seen
        seen |= sentences
