"""The greeting of a day: pure and deterministic, so the preview is what goes out, and no sentence comes back in a year.

An everyday greeting is an opening that names its date and a sentence from its weekday's list, walked one a week; on
Thursdays a sentence of the season may follow. An observance has an opening in its tone, with its name and date, and
words of its own. On a solemn day the word "Selamat" is not used at all, not even of the hour.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from humasbot.indonesian import long_date
from humasbot.occasions.calendar import Calendar, Occurrence
from humasbot.occasions.cycles import eras
from humasbot.occasions.observance import Tone
from humasbot.occasions.people import EVERYBODY, people_of, within
from humasbot.occasions.regions import code_of
from humasbot.occasions.spans import Mourning
from humasbot.occasions.stock import Stock, choose, load_stock, regional_for

Hour = Literal["pagi", "siang", "sore", "malam"]
_THURSDAY, _FRIDAY = 3, 4
_KEPT = "Memperingati "
_COMMEMORATION = "Peringatan "
_STUTTER = re.compile(r"\b(memperingati) peringatan ", re.I)


@dataclass(frozen=True, slots=True)
class Voice:
    """Who speaks, and to whom.

    ``office`` and ``audience`` stand in the sentences (``Pemerintah Kota Contoh``, ``warga Kota Contoh``); without
    ``audience`` it is the people of the place in the office's name. ``leader``, where given, speaks instead of the
    office: leave it empty under ``no_leader``. ``place`` is the office's code, name or short form.
    ``languages`` are wanted regional greetings (``jv``, ``su`` …); one that no native has confirmed is used only when
    it stands in ``reviewed`` too. ``seed`` sets where the walk through the stock begins; the office's name if empty.
    """

    office: str
    audience: str = ""
    leader: str = ""
    place: str = ""
    languages: tuple[str, ...] = ()
    reviewed: tuple[str, ...] = ()
    hour: Hour = "pagi"
    seed: str = ""

    @property
    def speaker(self) -> str:
        """The leader, else the office."""
        return self.leader or self.office

    @property
    def start(self) -> str:
        """What the walk through the stock depends on."""
        return self.seed or self.office


@dataclass(frozen=True, slots=True)
class Weather:
    """The forecast of a day at the office: ``words`` as the source writes them, degrees Celsius, and who says so."""

    words: str
    low: int
    high: int
    rain: bool = False
    source: str = "BMKG"

    def sentence(self, day: date) -> str:
        """The forecast in a sentence that names its day, so that it never comes back."""
        return f"Prakiraan {self.source} untuk {long_date(day)}: {self.words.lower()}, {self.low}–{self.high} °C."


@dataclass(frozen=True, slots=True)
class Greeting:
    """A greeting ready to be composed into posts: ``head`` and ``body`` for a template, ``text`` both as a paragraph.

    ``card`` names the suggested card template, ``fields`` fill it, ``pattern`` is a motif for cards without a photo.
    ``observance`` is the key of what it greets or ``""``; ``used`` names the sentences taken from the stock.
    """

    day: date
    head: str
    body: str
    tone: Tone
    card: str
    fields: Mapping[str, str] = field(default_factory=dict)
    pattern: str = ""
    observance: str = ""
    used: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The whole greeting in one paragraph."""
        return f"{self.head} {self.body}"

    def picture(self, count: int) -> int:
        """Which of *count* pictures (0 …) goes with it: every one in turn, so neighbours differ."""
        return self.day.toordinal() % count


def greet(
    day: date,
    voice: Voice,
    calendar: Calendar | None = None,
    *,
    mourning: Sequence[Mourning] = (),
    least: int = 0,
    stock: Stock | None = None,
) -> Greeting:
    """The greeting of *day* (in the office's zone): condolence while the place mourns, else its first observance.

    Passed over are observances whose day nobody confirmed, that may not be greeted by themselves, or that rank below
    *least* (60: national days and weightier, see ``KINDS``). A day without any has its everyday greeting. The gates
    are the caller's: they know the election windows.
    """
    place = code_of(voice.place)
    for span in mourning:
        if span.holds(day, place):
            return condole(span, day, voice, stock=stock)
    for occurrence in calendar.on(day) if calendar else ():
        if occurrence.greetable and not occurrence.provisional and occurrence.observance.rank >= least:
            return greet_for(occurrence, voice, stock=stock)
    return everyday(day, voice, stock=stock)


def everyday(
    day: date, voice: Voice, *, stock: Stock | None = None, weather: Weather | None = None
) -> Greeting:
    """The greeting of a day without an observance; a forecast stands in the place of the season's sentence."""
    stock = stock or load_stock()
    week = day.toordinal() // 7
    number, opening = choose(stock.openings, day.toordinal(), voice.start)
    line, body = choose(stock.weekdays[day.weekday()], week, f"{voice.start}:{day.weekday()}")
    used = [f"opening.{number}", f"weekday.{day.weekday()}.{line}"]
    head = _filled(opening, voice, day)
    place = code_of(voice.place)
    if regional := regional_for(stock, voice.languages, voice.reviewed):
        # A comma, not a full stop: the greeting alone would be a sentence that comes back every day.
        head = f"{regional.use}, {head[0].lower()}{head[1:]}"
        used.append(f"regional.{regional.code}")
    season = stock.season(day, place)
    if weather is not None:
        body = f"{body} {weather.sentence(day)}"
        used.append("weather")
    elif season and day.weekday() == _THURSDAY:
        which, sentence = choose(season, week, f"{voice.start}:season")
        body = f"{body} {sentence}"
        used.append(f"season.{stock.season_name(day)}.{which}")
    title = f"Selamat {voice.hour.capitalize()}"
    wet = weather.rain if weather else any(name.startswith("season.wet") for name in used)
    card = _everyday_card(stock, day, place, wet=wet)
    return _greeting(stock, day, head, body, "neutral", title, card=card, used=tuple(used))


def greet_for(
    occurrence: Occurrence, voice: Voice, *, on: date | None = None, stock: Stock | None = None
) -> Greeting:
    """The greeting of an observance; *on* is the day it goes out, where that is not the day itself (Nyepi in Bali)."""
    stock = stock or load_stock()
    tone = occurrence.observance.tone
    own = stock.days.get(occurrence.key, {})
    ahead = on is not None and on < occurrence.day
    heads = own.get("ahead", stock.tone["ahead"]) if ahead else own.get("head", stock.tone[tone])
    bodies = own.get("body") or _general(stock, occurrence)
    _, opening = choose(tuple(heads), occurrence.turn, f"{voice.start}:{occurrence.key}")
    head = _filled(opening, voice, occurrence.day, occurrence)
    body = _filled(bodies[occurrence.turn % len(bodies)], voice, occurrence.day, occurrence)
    title = _filled(own.get("title", _title(tone)), voice, occurrence.day, occurrence)
    return _greeting(
        stock,
        on or occurrence.day,
        head,
        body,
        tone,
        title,
        card=_card_of(stock, occurrence),
        number=str(occurrence.n or ""),
        kicker=occurrence.name if occurrence.name.removeprefix(_COMMEMORATION) not in title else "",
        said=occurrence.day,
        observance=occurrence.key,
        used=(f"day.{occurrence.key}.{occurrence.turn % len(bodies)}",),
    )


def condole(span: Mourning, day: date, voice: Voice, *, stock: Stock | None = None) -> Greeting:
    """Words of sympathy for *day* within a time of mourning."""
    stock = stock or load_stock()
    number, pattern = choose(stock.condolence, day.toordinal(), voice.start)
    # Parted before it is filled: "wafatnya Prof. Dr. H. Contoh" holds full stops of its own.
    opening, _, rest = pattern.partition(". ")
    return _greeting(
        stock,
        day,
        _filled(f"{opening}.", voice, day, peristiwa=within(span.name)),
        _filled(rest, voice, day, peristiwa=within(span.name)),
        "solemn",
        "Turut Berdukacita",
        card=stock.look["solemn"],
        kicker=span.name,
        used=(f"condolence.{number}",),
    )


def _everyday_card(stock: Stock, day: date, place: str, *, wet: bool) -> str:
    """The mood of a day without an observance: rain, Friday, the weekend."""
    if wet:
        return stock.look["wet"]
    if day.weekday() == _FRIDAY and place[:2] not in stock.no_friday:
        return stock.look["friday"]
    return stock.look["weekend" if day.weekday() > _FRIDAY else "neutral"]


def _card_of(stock: Stock, occurrence: Occurrence) -> str:
    observance = occurrence.observance
    state = observance.kind in stock.state_kinds or occurrence.n is not None
    return stock.look["state" if state and observance.tone == "festive" else observance.tone]


def _general(stock: Stock, occurrence: Occurrence) -> Sequence[str]:
    if occurrence.observance.kind == "region" and occurrence.n is not None:
        return stock.general["region"]
    return stock.general[occurrence.observance.tone]


def _title(tone: Tone) -> str:
    return {"festive": "Selamat {nama}", "reverent": "Selamat Memperingati {nama}"}.get(
        tone, "Memperingati {nama}"
    )


def _filled(
    pattern: str, voice: Voice, day: date, occurrence: Occurrence | None = None, *, peristiwa: str = ""
) -> str:
    values = {
        "salam": f"Selamat {voice.hour}",
        # A place that the office's name says already is not said twice in a sentence.
        "warga": voice.audience or (EVERYBODY if "{kantor}" in pattern else people_of(voice.office)),
        "kantor": voice.speaker,
        "tanggal": long_date(day),
        "peristiwa": peristiwa,
        **eras(day),
    }
    if occurrence is not None:
        place = re.sub(r"^(?:Hari Jadi|HUT|Hari Lahir)(?: ke-\d+)? ", "", occurrence.name)
        values |= {"nama": occurrence.name, "n": occurrence.n, "tempat": place}
    text = _STUTTER.sub(r"\1 ", pattern.format(**values))
    return text[:1].upper() + text[1:]


def _greeting(
    stock: Stock,
    day: date,
    head: str,
    body: str,
    tone: Tone,
    title: str,
    *,
    card: str,
    kicker: str = "",
    number: str = "",
    said: date | None = None,
    observance: str = "",
    used: tuple[str, ...] = (),
) -> Greeting:
    if tone == "solemn" and title.startswith(_KEPT):  # as the card of such days says it, in two lines
        kicker, title = kicker or _KEPT.strip(), title.removeprefix(_KEPT)
    fields = {
        "kicker": kicker, "headline": title, "number": number, "body": body, "date": long_date(said or day),
    }  # fmt: skip
    return Greeting(
        day=day,
        head=head,
        body=body,
        tone=tone,
        card=card,
        fields={name: text for name, text in fields.items() if text},
        pattern=stock.patterns[day.toordinal() % len(stock.patterns)],
        observance=observance,
        used=used,
    )
