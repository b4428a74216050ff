"""The gates: isbat, mourning, elections, the silence of Nyepi, joint leave."""

from datetime import date

from humasbot.occasions.calendar import Calendar, Occurrence
from humasbot.occasions.gates import gate
from humasbot.occasions.spans import Mourning, Window

NATIONAL = Calendar()


def only(key: str, year: int, calendar: Calendar = NATIONAL) -> Occurrence:
    return next(o for o in calendar.year(year) if o.key == key)


def test_an_ordinary_day_is_open() -> None:
    verdict = gate(only("kartini", 2027), date(2027, 4, 21), "31", windows=NATIONAL.windows(2027))
    assert verdict.allowed
    assert (verdict.code, verdict.conditions, verdict.reason) == ("open", (), "")


def test_a_day_of_the_isbat_waits_until_a_person_settles_it() -> None:
    eid = only("idul_fitri_1", 2027)
    verdict = gate(eid, eid.day, "31")
    assert (verdict.allowed, verdict.code) == (False, "isbat")
    assert "Rabu, 10 Maret 2027" in verdict.reason
    settled = only("idul_fitri_1", 2027, Calendar(settled={"idul_fitri_1": [eid.day]}))
    assert gate(settled, settled.day, "31").allowed


def test_an_estimate_without_isbat_waits_too() -> None:
    vesak = only("waisak", 2028)
    assert gate(vesak, vesak.day).code == "estimate"


def test_mourning_freezes_the_festive_and_the_everyday_but_not_the_solemn() -> None:
    mourning = [Mourning("Gempa bumi", date(2026, 11, 1), date(2026, 11, 14))]
    frozen = gate(only("hkn", 2026), date(2026, 11, 12), mourning=mourning)
    assert (frozen.allowed, frozen.code, frozen.instead) == (False, "mourning", "condolence")
    assert "Gempa bumi" in frozen.reason
    assert gate(None, date(2026, 11, 5), mourning=mourning).code == "mourning"
    assert gate(only("hari_pahlawan", 2026), date(2026, 11, 10), mourning=mourning).allowed
    assert gate(only("hkn", 2026), date(2026, 11, 15), mourning=mourning).allowed


def test_local_mourning_holds_in_its_own_place_only() -> None:
    mourning = [Mourning("Banjir", date(2026, 4, 20), date(2026, 4, 22), scope=("33.05",))]
    kartini = only("kartini", 2026)
    assert not gate(kartini, kartini.day, "33.05", mourning).allowed
    assert gate(kartini, kartini.day, "33", mourning).allowed
    assert gate(kartini, kartini.day, "Bali", mourning).allowed


def test_the_calendar_itself_knows_the_days_of_half_mast() -> None:
    spans = NATIONAL.mourning(2026)
    assert [span.first for span in spans] == [date(2026, 9, 30)]
    assert gate(None, date(2026, 9, 30), mourning=spans).instead == "condolence"


def test_nyepi_in_bali_is_silent_and_its_greeting_goes_out_the_day_before() -> None:
    bali = Calendar(province="51")
    windows, nyepi = bali.windows(2027), only("nyepi", 2027, bali)
    verdict = gate(nyepi, nyepi.day, "51", windows=windows)
    assert (verdict.allowed, verdict.code, verdict.shift) == (False, "silent", date(2027, 3, 7))
    assert gate(nyepi, date(2027, 3, 7), "51", windows=windows).allowed
    women = only("perempuan", 2027, bali)
    assert gate(women, women.day, "51", windows=windows).shift == date(2027, 3, 7)
    everyday = gate(None, nyepi.day, "51.71", windows=windows)
    assert (everyday.allowed, everyday.shift) == (False, None)
    assert gate(nyepi, nyepi.day, "31", windows=windows).allowed


def test_silence_stands_before_every_other_reason() -> None:
    windows = [Window("Sunyi", date(2027, 3, 10), date(2027, 3, 10), "silent")]
    eid = only("idul_fitri_1", 2027)
    assert gate(eid, eid.day, windows=windows).code == "silent"


def test_election_windows_are_data() -> None:
    calendar = Calendar(province="32")
    quiet = gate(only("guru", 2024, calendar), date(2024, 11, 25), "32", windows=calendar.windows(2024))
    assert (quiet.allowed, quiet.code) == (False, "election")
    campaign = gate(only("hari_pahlawan", 2024), date(2024, 11, 10), "32", windows=calendar.windows(2024))
    assert campaign.allowed
    assert campaign.conditions == ("no_leader",)
    assert gate(only("guru", 2026), date(2026, 11, 25), "32", windows=calendar.windows(2026)).conditions == ()


def test_an_office_may_have_its_own_window() -> None:
    window = Window("Masa tenang pilkades", date(2026, 11, 24), date(2026, 11, 26), "hold", ("33.05",))
    teacher = only("guru", 2026)
    assert not gate(teacher, teacher.day, "33.05", windows=[window]).allowed
    assert gate(teacher, teacher.day, "33.06", windows=[window]).allowed


def test_joint_leave_uses_the_approved_stock_only() -> None:
    windows = NATIONAL.windows(2027)
    verdict = gate(None, date(2027, 3, 12), "31", windows=windows)
    assert verdict.allowed
    assert verdict.conditions == ("approved_stock",)
    assert "Cuti Bersama Hari Raya Idulfitri" in verdict.reason
    assert gate(None, date(2027, 3, 16), "31", windows=windows).conditions == ()
