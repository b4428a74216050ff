"""A year of three offices, in three zones: everything that happens to an office in a year happens to them.

Their machines are killed at random and are off in two nights, Idulfitri comes a day later than expected, a day of
mourning comes after the greeting was queued, an election asks for quiet, and in Bali it is Nyepi.
"""

import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
import time_machine
from warm import Warm
from year_round import one_round

from humasbot.app import Humasbot
from humasbot.indonesian import long_date
from humasbot.occasions.lint import lint

FIRST, LAST = date(2027, 1, 1), date(2027, 12, 31)
OFFICES = {
    "wib": ("Asia/Jakarta", "32", "Pemerintah Kota Contoh"),
    "wita": ("Asia/Makassar", "51", "Pemerintah Kabupaten Teladan"),
    "wit": ("Asia/Jayapura", "91", "Pemerintah Kota Uji"),
}
MOURNING = date(2027, 7, 14)
FESTIVE_IN_ELECTION = date(2027, 8, 17)
LATE_NIGHT, SHORT_NIGHT = date(2027, 2, 11), date(2027, 9, 22)
"""Mornings on which the machine comes back at 10.30 (too late for the greeting) and at 07.30 (in time)."""
UNCONFIRMED = "maulid"
DAYS = """
[[windows]]
name = "Masa tenang pilkades"
first = 2027-08-15
last = 2027-08-18
effect = "hold"
"""
Post = dict[str, Any]


class Office:
    """One office, its database, its platform, and what is public there."""

    def __init__(self, folder: Path, name: str) -> None:
        zone, province, title = OFFICES[name]
        self.name, self.folder, self.zone = name, folder / name, ZoneInfo(zone)
        self.folder.mkdir()
        (self.folder / "hari.toml").write_text(DAYS)
        self.settings = {
            "humasbot": {"database": f"sqlite:///{self.folder / 'office.db'}", "settle": "0s"},
            "agency": {"name": title, "timezone": zone},
            "calendar": {"province": province, "days": "hari.toml", "audience": "Warga"},
            "accounts": {"satu": {"platform": "scripted", "folder": "satu"}},
            "campaigns": {
                "pagi": {"occasion": "daily", "at": "06:00", "approval": "policy", "late": "skip",
                         "picture": "card" if name == "wita" else "none"},
            },
        }  # fmt: skip
        (self.folder / "office.json").write_text(json.dumps(self.settings))
        self.bot = Humasbot(self.settings, folder=self.folder)
        # Processes are killed here, no power is cut: SQLite need not wait for the disk.
        sa.event.listen(
            self.bot.office.database.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF")
        )
        self.bot.office.database.engine.dispose()

    def at(self, day: date, hour: int, minute: int = 0) -> datetime:
        return datetime.combine(day, time(hour, minute), tzinfo=self.zone)

    def round(self) -> None:
        self.bot.plan()
        self.bot.reconcile()
        self.bot.publish()

    def killed(self, moment: datetime, dice: random.Random) -> None:
        """The round of *moment* dies: in the middle of sending, or wherever it is after a moment."""
        how = dice.choice(["kill_before", "kill_after", "anywhere"])
        if how != "anywhere":
            (self.folder / "satu" / "script").write_text(how)
        seconds = dice.uniform(0.001, 0.4) if how == "anywhere" else 0
        Warm(one_round, self.folder, moment, seconds, folder=self.folder).wait(60)
        (self.folder / "satu" / "script").unlink(missing_ok=True)

    def confirm(self, today: date) -> None:
        """What the operator does in the evening: tomorrow's doubtful day is confirmed, or moved."""
        tomorrow = today + timedelta(days=1)
        for row in self.bot.days.waiting():
            if row["day"] != tomorrow or not row["key"] or row["key"] == UNCONFIRMED:
                continue
            late = row["key"] == "idul_fitri_1" and tomorrow == date(2027, 3, 10)
            self.bot.days.decide(row["key"], date(2027, 3, 11) if late else None, actor="petugas")

    def public(self) -> list[Post]:
        record = self.folder / "satu" / "record.jsonl"
        return [json.loads(line) for line in record.read_text().splitlines()]

    def reasons(self) -> dict[date, str]:
        """The recorded reason of each day of which nothing went out: its Post's, or its Delivery's."""
        found = {}
        for row in self.bot.views.deliveries(1000, state="cancelled"):
            found[row["due_at"].astimezone(self.zone).date()] = row["reason"]
        for row in self.bot.views.posts(1000):
            if row["skipped"] and not row["skipped"].startswith("disusun ulang"):
                found[row["due_at"].astimezone(self.zone).date()] = row["skipped"]
        return found


def live(office: Office, clock: Any) -> None:
    """The year, day by day, as the office's own clock shows it."""
    dice = random.Random(f"2027 {office.name}")
    kills = set(dice.sample(range(20, 360), 8))
    for number in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=number)
        if day not in (LATE_NIGHT, SHORT_NIGHT):
            clock.move_to(office.at(day, 5))
            office.bot.plan()
        if day == MOURNING:
            clock.move_to(office.at(day, 5, 30))
            mourned = office.bot.days.start_mourning("Banjir bandang", first=day, last=day, actor="sekda")
            assert len(mourned.frozen) >= 1
        clock.move_to(office.at(day, 6))
        if number in kills:
            office.killed(office.at(day, 6), dice)
        if day == LATE_NIGHT:
            clock.move_to(office.at(day, 10, 30))
        elif day == SHORT_NIGHT:
            clock.move_to(office.at(day, 7, 30))
        office.round()
        if number in kills:
            for minute in (1, 2, 5):
                clock.move_to(office.at(day, 6, minute))
                office.round()
        if day + timedelta(days=1) in (LATE_NIGHT, SHORT_NIGHT):
            continue
        clock.move_to(office.at(day, 19, 30))
        office.bot.plan()
        office.confirm(day)


@pytest.fixture(scope="module", params=list(OFFICES))
def year(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("tahun")
    zone = ZoneInfo(OFFICES[request.param][0])
    with time_machine.travel(datetime(2026, 12, 31, 12, tzinfo=zone), tick=False) as clock:
        office = Office(folder, request.param)
        live(office, clock)
        yield office
        office.bot.close()


def days() -> Iterator[date]:
    return (FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1))


@pytest.mark.slow
def test_every_day_has_one_greeting_in_local_time_or_a_reason(year: Office) -> None:
    said = Counter(datetime.fromisoformat(post["at"]).astimezone(year.zone).date() for post in year.public())
    reasons = year.reasons()
    for day in days():
        assert said[day] == 1 or (said[day] == 0 and reasons.get(day)), (day, said[day], reasons.get(day))
    assert len({post["key"] for post in year.public()}) == len(year.public())
    for post in year.public():
        local = datetime.fromisoformat(post["at"]).astimezone(year.zone)
        assert 6 <= local.hour < 9, post
        ahead = "Nyepi" in post["text"] and year.name == "wita"
        assert long_date(local.date() + timedelta(days=ahead)) in post["text"]
    silent = {LATE_NIGHT, MOURNING, FESTIVE_IN_ELECTION} | (
        {date(2027, 3, 8)} if year.name == "wita" else set()
    )
    missing = {day for day in days() if not said[day]}
    assert silent <= missing
    # Besides these only the day whose confirmation nobody gave.
    assert len(missing - silent) <= 1, {day: reasons[day] for day in missing - silent}


@pytest.mark.slow
def test_no_sentence_comes_twice_and_no_picture_with_its_text(year: Office) -> None:
    sentences = Counter(
        sentence
        for post in year.public()
        for sentence in re.split(r"(?<=[.!?])\s+", post["text"])
        if len(sentence) > 12
    )
    assert {sentence: count for sentence, count in sentences.items() if count > 1} == {}
    pairs = Counter((post["text"], tuple(post["alt"])) for post in year.public())
    assert max(pairs.values()) == 1


@pytest.mark.slow
def test_nothing_festive_in_a_freeze_and_what_was_frozen_is_listed(year: Office) -> None:
    on = {datetime.fromisoformat(post["at"]).astimezone(year.zone).date() for post in year.public()}
    assert MOURNING not in on
    assert FESTIVE_IN_ELECTION not in on
    frozen = {row["due_at"].astimezone(year.zone).date(): row["code"] for row in year.bot.days.frozen()}
    assert frozen[MOURNING] == "mourning"
    assert frozen[FESTIVE_IN_ELECTION] == "election"
    (condolence,) = [row for row in year.bot.views.posts(1000) if row["campaign"] == "announce"]
    assert condolence["states"] == {"waiting": 1}


@pytest.mark.slow
def test_a_postponed_idulfitri_is_greeted_on_its_day(year: Office) -> None:
    by_day = {
        datetime.fromisoformat(post["at"]).astimezone(year.zone).date(): post["text"]
        for post in year.public()
    }
    assert "Idulfitri" not in by_day[date(2027, 3, 10)]
    assert by_day[date(2027, 3, 10)].startswith("Selamat pagi")
    assert "Idulfitri" in by_day[date(2027, 3, 11)]
    if year.name == "wita":
        assert "Nyepi" in by_day[date(2027, 3, 7)]


@pytest.mark.slow
def test_no_weekday_disagrees_with_its_date_and_no_solemn_day_is_congratulated(year: Office) -> None:
    for post in year.public():
        day = datetime.fromisoformat(post["at"]).astimezone(year.zone).date()
        assert [each for each in lint(post["text"], day=day) if each.severity == "block"] == []
