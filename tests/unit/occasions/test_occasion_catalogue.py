"""The office's own file of days: overriding, adding, and every fault named at once with its line."""

from datetime import date
from pathlib import Path

import pytest

from humasbot.errors import ConfigError, InputError
from humasbot.occasions.calendar import Calendar
from humasbot.occasions.rules import parse


def write(folder: Path, text: str) -> Path:
    file = folder / "hari.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_an_office_adds_its_anniversary_moves_a_day_and_drops_one(tmp_path: Path) -> None:
    calendar = Calendar(
        write(
            tmp_path,
            """
            [observances.hut_kami]
            name = "Hari Jadi ke-{n} Kabupaten Contoh"
            rule = "fixed:03-05"
            epoch = 1950
            tone = "festive"

            [observances.hut_jateng]
            rule = "fixed:09-09"
            epoch = 1900

            [observances.ayah]
            skip = true

            [observances.k3]
            confidence = "checked"
            source = "Edaran Kemnaker"

            [observances.festival]
            name = "Festival Sungai"
            rule = "listed"
            dates = [2027-07-03, "2027-07-04"]

            [joint_leave]
            "2028-02-28" = "Cuti Bersama Idulfitri"

            [[mourning]]
            name = "Banjir bandang"
            first = 2027-01-02
            last = 2027-01-05
            scope = ["jateng"]
            """,
        ),
        "33",
    )
    own = calendar.on(date(2027, 3, 5))[0]
    assert (own.name, own.n, own.observance.kind) == ("Hari Jadi ke-77 Kabupaten Contoh", 77, "office")
    assert own.greetable
    assert calendar.dates("hut_jateng", 2022) == []
    assert [o.name for o in calendar.on(date(2026, 9, 9)) if o.key == "hut_jateng"] == [
        "Hari Jadi ke-126 Provinsi Jawa Tengah"
    ]
    assert "ayah" not in calendar.catalogue.observances
    assert next(o for o in calendar.on(date(2027, 1, 12)) if o.key == "k3").greetable
    assert calendar.dates("festival", 2027) == [date(2027, 7, 3), date(2027, 7, 4)]
    assert "festival" in {gap.observance.key for gap in calendar.undetermined(2028)}
    assert calendar.joint_leave(2028) == {date(2028, 2, 28): "Cuti Bersama Idulfitri"}
    assert "cuti_bersama" not in {gap.observance.key for gap in calendar.undetermined(2028)}
    assert [m.name for m in calendar.mourning(2027) if m.scope] == ["Banjir bandang"]


def test_every_fault_at_once_with_its_line(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        '[observances.a]\nname = "A {x}"\nrule = "fixed:02-30"\n'
        '[observances.b]\nrule = "fixed:02-03"\ncolour = "red"\n'
        '[observances.c]\nname = "C"\nrule = "offset:nowhere+1"\n'
        '[observances.d]\nname = "D"\nrule = "fixed:01-02"\ntone = "loud"\nscope = ["Atlantis"]\n'
        '[observances.e]\nname = "E {x}"\nrule = "fixed:01-02"\nepoch = "lama"\n'
        '[observances.f]\nname = "F {x}"\nrule = "fixed:01-02"\n'
        '[[windows]]\nname = "W"\nfirst = 2027-02-02\nlast = 2027-01-01\n',
    )
    with pytest.raises(ConfigError) as caught:
        Calendar(file)
    found = [str(problem) for problem in caught.value.problems]
    assert any("hari.toml:3" in p and "fixed:02-30" in p for p in found)
    assert any("hari.toml:6" in p for p in found)
    assert any("nowhere" in p for p in found)
    assert any("Atlantis" in p for p in found)
    assert any("loud" in p or "festive" in p for p in found)
    assert any("tahun" in p for p in found)
    assert any("x" in p and "hari.toml:17" not in p for p in found)
    assert any("windows" in p for p in found)
    assert len(found) >= 8


def test_days_that_lean_on_each_other_in_a_ring_are_refused(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        '[observances.a]\nname = "A"\nrule = "offset:b+1"\n[observances.b]\nname = "B"\nrule = "offset:a-1"\n',
    )
    with pytest.raises(ConfigError, match="melingkar"):
        Calendar(file)


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"hari\.toml"):
        Calendar(write(tmp_path, "[observances"))
    with pytest.raises(ConfigError, match=r"tidak-ada\.toml"):
        Calendar(tmp_path / "tidak-ada.toml")


def test_an_unknown_place_is_refused() -> None:
    with pytest.raises(InputError, match="Atlantis"):
        Calendar(province="Atlantis")


@pytest.mark.parametrize(
    "rule",
    ["fixed:13-01", "fixed:02-30", "fixed:", "easter:x", "pawukon:210", "weton:Jumat Besar", "nth:6 Senin 10",
     "nth:1 Monday 10", "nth:1 Senin 13", "offset:nyepi", "holidays:", "listed:x", "moon:3", ""],
)  # fmt: skip
def test_a_rule_nobody_can_read_is_refused_with_examples(rule: str) -> None:
    with pytest.raises(ValueError, match="fixed:08-17"):
        parse(rule)


def test_29_february_is_a_day_in_leap_years_only(tmp_path: Path) -> None:
    calendar = Calendar(write(tmp_path, '[observances.kabisat]\nname = "Kabisat"\nrule = "fixed:02-29"\n'))
    assert calendar.dates("kabisat", 2028) == [date(2028, 2, 29)]
    assert calendar.dates("kabisat", 2027) == []
    assert "kabisat" not in {gap.observance.key for gap in calendar.undetermined(2027)}
