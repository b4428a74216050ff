"""The observances: every date 2015–2035, the national holidays, the moved days, the twice-a-year cases."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from humasbot.occasions import tables
from humasbot.occasions.calendar import Calendar, pasaran, pawukon, weton
from humasbot.occasions.catalogue import builtin
from humasbot.occasions.cycles import easter, hijri_year, nth_weekday, pawukon_days, weton_days
from humasbot.occasions.observance import KINDS
from humasbot.occasions.regions import PROVINCES, code_of, covers

YEARS = range(2015, 2036)
EVERYWHERE = Calendar(province="*")
NATIONAL = Calendar()


def names_on(day: date, calendar: Calendar = NATIONAL) -> list[str]:
    return [occurrence.name for occurrence in calendar.on(day)]


def test_the_package_knows_at_least_140_observances_with_their_facts() -> None:
    days = builtin().observances
    assert len(days) >= 140
    for key, observance in days.items():
        assert observance.source, key
        assert observance.kind in KINDS
        assert observance.periods[0].en, key


def test_every_observance_of_every_year_has_days_or_says_that_it_is_not_determined() -> None:
    for year in YEARS:
        gaps = {gap.observance.key: gap for gap in EVERYWHERE.undetermined(year)}
        found = {occurrence.key for occurrence in EVERYWHERE.year(year)}
        for key, observance in builtin().observances.items():
            kept = observance.period(year) is not None
            if not kept:
                assert key not in found
                assert key not in gaps
            elif key not in found:
                assert key in gaps or not observance.yearly, (key, year)
            else:
                assert key not in gaps
        assert all(gap.reason and gap.name and "{" not in gap.name for gap in gaps.values())


def test_every_occurrence_lies_in_its_year_and_its_name_is_whole() -> None:
    for year in YEARS:
        for occurrence in EVERYWHERE.year(year):
            assert occurrence.day.year == year
            assert "{" not in occurrence.name + occurrence.en
            assert "None" not in occurrence.name
            assert occurrence.n is None or occurrence.n >= 1


@pytest.mark.parametrize("year", YEARS)
def test_the_national_holidays_are_those_of_holidays(year: int) -> None:
    ours = {occurrence.day for occurrence in NATIONAL.year(year) if occurrence.holiday}
    assert ours == {entry.day for entry in tables.public_days(year)}


@pytest.mark.parametrize("year", YEARS)
def test_every_named_holiday_is_ours_on_the_same_day(year: int) -> None:
    keys = {
        "Tahun Baru Masehi": "tahun_baru",
        "Isra Mikraj Nabi Muhammad": "isra_mikraj",
        "Tahun Baru Imlek": "imlek",
        "Hari Suci Nyepi": "nyepi",
        "Hari Raya Idul Fitri": "idul_fitri_1",
        "Hari kedua dari Hari Raya Idul Fitri": "idul_fitri_2",
        "Wafat Yesus Kristus": "jumat_agung",
        "Kebangkitan Yesus Kristus": "paskah",
        "Hari Buruh Internasional": "buruh",
        "Kenaikan Yesus Kristus": "kenaikan",
        "Hari Raya Waisak": "waisak",
        "Hari Lahir Pancasila": "lahir_pancasila",
        "Hari Raya Idul Adha": "idul_adha",
        "Tahun Baru Islam": "tahun_baru_islam",
        "Hari Kemerdekaan Republik Indonesia": "hut_ri",
        "Maulid Nabi Muhammad": "maulid",
        "Hari Raya Natal": "natal",
    }
    for entry in tables.public_days(year):
        key = keys.get(entry.name, "pemilu")
        matching = [o for o in NATIONAL.on(entry.day) if o.key == key]
        assert len(matching) == 1, entry
        assert matching[0].provisional == entry.estimated, entry


def test_indonesian_names_whatever_the_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("LANGUAGE", "en_US")
    tables.public_days.cache_clear()
    assert {e.name for e in tables.public_days(2026)} >= {"Hari Raya Waisak", "Tahun Baru Masehi"}


def test_isra_mikraj_falls_twice_in_2027() -> None:
    assert NATIONAL.dates("isra_mikraj", 2027) == [date(2027, 1, 5), date(2027, 12, 26)]
    assert [o.name for o in NATIONAL.year(2027) if o.key == "isra_mikraj"] == [
        "Isra Mikraj Nabi Muhammad SAW 1448 H",
        "Isra Mikraj Nabi Muhammad SAW 1449 H",
    ]


def test_the_known_days_of_2026_and_2027() -> None:
    assert NATIONAL.dates("nyepi", 2027) == [date(2027, 3, 8)]
    assert NATIONAL.dates("idul_fitri_1", 2026) == [date(2026, 3, 21)]
    assert NATIONAL.dates("idul_fitri_1", 2027) == [date(2027, 3, 10)]
    assert NATIONAL.dates("idul_adha", 2027) == [date(2027, 5, 17)]
    assert names_on(date(2026, 8, 17))[0] == "HUT ke-81 Republik Indonesia"
    assert names_on(date(2026, 2, 17)) == ["Tahun Baru Imlek 2577 Kongzili"]
    assert "Hari Suci Nyepi Tahun Baru Saka 1948" in names_on(date(2026, 3, 19))
    assert "Hari Raya Waisak 2570 BE" in names_on(date(2026, 5, 31))


def test_ramadan_follows_the_isbat_not_the_table() -> None:
    # The MABIMS table says 2 March 2025; the sidang isbat of 28 February 2025 fixed 1 March.
    assert NATIONAL.dates("awal_ramadan", 2025) == [date(2025, 3, 1)]
    assert NATIONAL.dates("awal_ramadan", 2026) == [date(2026, 2, 19)]
    assert NATIONAL.dates("nuzulul_quran", 2025) == [date(2025, 3, 17)]
    first = next(o for o in NATIONAL.year(2027) if o.key == "awal_ramadan")
    assert first.provisional
    assert "isbat" in first.note
    assert NATIONAL.dates("awal_ramadan", 2030) == [date(2030, 1, 6), date(2030, 12, 26)]


def test_a_person_moves_an_estimate_and_what_leans_on_it_follows() -> None:
    settled = Calendar(settled={"idul_fitri_1": [date(2027, 3, 11)]})
    assert settled.dates("idul_fitri_1", 2027) == [date(2027, 3, 11)]
    assert settled.dates("idul_fitri_2", 2027) == [date(2027, 3, 12)]
    assert settled.dates("malam_takbiran", 2027) == [date(2027, 3, 10)]
    eid = next(o for o in settled.year(2027) if o.key == "idul_fitri_1")
    assert not eid.provisional
    assert eid.holiday
    assert settled.dates("idul_fitri_1", 2026) == [date(2026, 3, 21)]


def test_a_decision_may_carry_a_day_over_the_new_year() -> None:
    # 1 Ramadan 1452 H is computed for 6 January 2030, 1453 H for 26 December 2030: only the near one is moved.
    settled = Calendar(settled={"awal_ramadan": [date(2030, 12, 27)]})
    assert settled.dates("awal_ramadan", 2030) == [date(2030, 1, 6), date(2030, 12, 27)]
    assert settled.dates("nuzulul_quran", 2031) == [date(2031, 1, 12)]
    assert NATIONAL.dates("nuzulul_quran", 2031) == [date(2031, 1, 11)]


def test_what_waits_for_the_isbat_is_announced_days_before() -> None:
    keys = [o.key for o in NATIONAL.pending(date(2027, 2, 25), days=14)]
    assert keys == ["idul_fitri_1", "idul_fitri_2"]
    assert NATIONAL.pending(date(2026, 3, 10)) == []


def test_asyura_is_counted_from_muharam_not_taken_from_umm_al_qura() -> None:
    for year in YEARS:
        if year == 2021:  # the day off was moved to 11 August, 1 Muharam stayed on the 10th
            assert NATIONAL.dates("asyura", year) == [date(2021, 8, 19)]
            continue
        news = NATIONAL.dates("tahun_baru_islam", year)
        assert NATIONAL.dates("asyura", year) == [day + timedelta(days=9) for day in news]


@pytest.mark.parametrize(
    ("key", "year", "day"),
    [
        ("hut_jateng", 2022, date(2022, 8, 15)),
        ("hut_jateng", 2023, date(2023, 8, 19)),
        ("hut_kebumen", 2018, date(2018, 1, 1)),
        ("hut_kebumen", 2019, date(2019, 8, 21)),
        ("hut_oku", 2012, date(2012, 1, 26)),
        ("hut_oku", 2013, date(2013, 7, 29)),
        ("hut_diy", 2024, date(2024, 3, 13)),
        ("hut_ntb", 2026, date(2026, 12, 17)),
        ("hut_ntt", 2026, date(2026, 12, 20)),
        ("hardiknas", 2026, date(2026, 5, 2)),
        ("penglihatan", 2026, date(2026, 10, 8)),
        ("habitat", 2026, date(2026, 10, 5)),
        ("earth_hour", 2026, date(2026, 3, 28)),
    ],
)
def test_moved_and_trapped_days(key: str, year: int, day: date) -> None:
    assert EVERYWHERE.dates(key, year) == [day]


@pytest.mark.parametrize(
    ("key", "year"),
    [("hut_diy", 2023), ("hari_desa", 2024), ("kebudayaan", 2024), ("harlah_kejaksaan", 2023)],
)
def test_a_day_does_not_exist_before_it_was_made(key: str, year: int) -> None:
    assert EVERYWHERE.dates(key, year) == []
    assert key not in {gap.observance.key for gap in EVERYWHERE.undetermined(year)}


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2022, 8, 15), "Hari Jadi ke-72 Provinsi Jawa Tengah"),
        (date(2023, 8, 19), "Hari Jadi ke-78 Provinsi Jawa Tengah"),
        (date(2019, 8, 21), "Hari Jadi ke-390 Kabupaten Kebumen"),
        (date(2012, 1, 26), "Hari Jadi Kabupaten Ogan Komering Ulu"),
        (date(2022, 3, 1), "HUT ke-103 Pemadam Kebakaran dan Penyelamatan"),
        (date(2020, 3, 3), "HUT ke-70 Satuan Polisi Pamong Praja"),
        (date(2024, 9, 2), "Hari Lahir ke-79 Kejaksaan Republik Indonesia"),
        (date(2024, 7, 22), "Hari Bhakti Adhyaksa ke-64"),
        (date(2026, 11, 25), "Hari Guru Nasional dan HUT ke-81 PGRI"),
        (date(2018, 4, 25), "Hari Otonomi Daerah ke-22"),
    ],
)
def test_ordinals_as_the_news_counted_them(day: date, name: str) -> None:
    assert name in names_on(day, EVERYWHERE)


def test_joint_leave_and_what_is_not_decreed_yet() -> None:
    assert list(NATIONAL.joint_leave(2026)) == [
        date(2026, 2, 16), date(2026, 3, 18), date(2026, 3, 20), date(2026, 3, 23), date(2026, 3, 24),
        date(2026, 5, 15), date(2026, 5, 28), date(2026, 12, 24),
    ]  # fmt: skip
    assert NATIONAL.joint_leave(2028) == {}
    assert "cuti_bersama" in {gap.observance.key for gap in NATIONAL.undetermined(2028)}
    assert "cuti_bersama" not in {gap.observance.key for gap in NATIONAL.undetermined(2027)}
    assert all(o.joint_leave for o in NATIONAL.on(date(2026, 3, 23)))
    assert "Cuti Bersama Hari Raya Idulfitri" in names_on(date(2026, 3, 23))


def test_clashes_give_the_right_of_way() -> None:
    clashes = NATIONAL.clashes(2026)
    assert [o.key for o in clashes[date(2026, 8, 25)]] == ["maulid", "perumahan"]
    assert [o.key for o in clashes[date(2026, 12, 3)]] == ["disabilitas", "bakti_pu"]
    for meeting in clashes.values():
        ranks = [o.observance.rank for o in meeting]
        assert ranks == sorted(ranks, reverse=True)


def test_regions_are_shown_to_their_own_only() -> None:
    bali, jateng, kebumen = Calendar(province="Bali"), Calendar(province="jateng"), Calendar(province="33.05")
    assert bali.dates("galungan", 2027) == [date(2027, 1, 13), date(2027, 8, 11)]
    assert "Hari Raya Galungan" in names_on(date(2026, 6, 17), bali)
    assert "Hari Raya Galungan" not in names_on(date(2026, 6, 17), jateng)
    assert "Hari Jadi ke-397 Kabupaten Kebumen" in names_on(date(2026, 8, 21), kebumen)
    assert "Hari Jadi ke-397 Kabupaten Kebumen" not in names_on(date(2026, 8, 21), jateng)
    assert "Hari Jadi ke-81 Provinsi Jawa Tengah" in names_on(date(2026, 8, 19), kebumen)


def test_nothing_unverified_is_greeted_by_itself() -> None:
    assert any(o.observance.confidence == "unverified" for o in EVERYWHERE.year(2027))
    assert not any(o.greetable for o in EVERYWHERE.year(2027) if o.observance.confidence == "unverified")


def test_pasaran_and_weton_anchors() -> None:
    assert pasaran(date(1945, 8, 17)) == "Legi"
    assert weton(date(1945, 8, 17)) == "Jumat Legi"
    assert weton(date(1755, 3, 13)) == "Kamis Pon"
    assert weton(date(2026, 2, 18)) == "Rabu Legi"


def test_pawukon_anchors() -> None:
    assert pawukon(date(2025, 4, 23)).day == 73
    assert [d for y in (2026, 2027) for d in pawukon_days(73, y)] == [
        date(2026, 6, 17), date(2027, 1, 13), date(2027, 8, 11),
    ]  # fmt: skip
    assert pawukon_days(83, 2026) == [date(2026, 6, 27)]
    assert pawukon_days(209, 2026) == [date(2026, 4, 4), date(2026, 10, 31)]
    assert pawukon_days(3, 2027) == [date(2027, 6, 2), date(2027, 12, 29)]
    assert pawukon(date(2026, 6, 17)).wuku == "Dungulan"
    assert pawukon(date(2026, 6, 27)).wuku == "Kuningan"


def test_every_tumpek_is_a_sabtu_kliwon() -> None:
    tumpeks = [key for key in builtin().observances if key.startswith("tumpek")]
    assert len(tumpeks) >= 6 - 1
    days = [day for key in tumpeks for year in YEARS for day in EVERYWHERE.dates(key, year)]
    assert len(days) > 150
    assert {weton(day) for day in days} == {"Sabtu Kliwon"}


@given(st.dates(date(1900, 1, 1), date(2200, 12, 31)))
def test_the_cycles_turn_without_a_gap(day: date) -> None:
    after = day + timedelta(days=1)
    assert (pawukon(day).day + 1) % 210 == pawukon(after).day
    assert pawukon(day + timedelta(days=210)) == pawukon(day)
    assert weton(day + timedelta(days=35)) == weton(day)
    assert (pawukon(day).day % 7 == 0) == (day.weekday() == 6)
    assert day in pawukon_days(pawukon(day).day, day.year)
    assert day in weton_days(day.weekday(), day.toordinal() % 5, day.year)


@given(st.integers(1583, 4000))
def test_easter_is_a_sunday_in_its_bounds(year: int) -> None:
    found = easter(year)
    assert found.weekday() == 6
    assert date(year, 3, 22) <= found <= date(year, 4, 25)


@pytest.mark.parametrize("category", ["public", "government"])
def test_the_tables_alone_say_what_the_whole_package_says(category: str) -> None:
    from holidays import country_holidays

    alone = tables._indonesia()
    assert alone.__module__ != "functools", (
        "the package has moved its tables: all 250 countries are loaded again"
    )
    for year in YEARS:
        whole = country_holidays("ID", years=year, language="id", categories=(category,))
        assert dict(alone(years=year, language="id", categories=(category,))) == dict(whole)


def test_easter_agrees_with_the_tables() -> None:
    for year in range(2024, 2100):
        assert easter(year) in {e.day for e in tables.public_days(year) if e.name.startswith("Kebangkitan")}


@given(st.sampled_from([-1, 1, 2, 3, 4, 5]), st.integers(0, 6), st.integers(1, 12), st.integers(2015, 2035))
def test_nth_weekdays(nth: int, weekday: int, month: int, year: int) -> None:
    found = nth_weekday(nth, weekday, month, year)
    if found is None:
        assert nth == 5
        return
    assert (found.weekday(), found.month, found.year) == (weekday, month, year)
    if nth == -1:
        assert (found + timedelta(days=7)).month != month
    else:
        assert (found.day - 1) // 7 == nth - 1


@pytest.mark.parametrize("year", YEARS)
def test_hijri_years_grow_by_one_at_every_first_of_muharam(year: int) -> None:
    news = NATIONAL.dates("tahun_baru_islam", year)
    assert [hijri_year(day) for day in news] == [year - 578]
    assert hijri_year(news[0] - timedelta(days=10)) == year - 579


def test_places_by_code_name_and_short_form() -> None:
    assert [code_of(p) for p in ("51", "Bali", "provinsi bali", "jateng", "33.05", "DKI Jakarta", None, "*")] == [
        "51", "51", "51", "33", "33.05", "31", "", "*",
    ]  # fmt: skip
    assert len(PROVINCES) == 38
    assert covers(("33",), "33.05")
    assert not covers(("33.05",), "33")
    assert not covers(("51",), "")
    assert covers((), "")
