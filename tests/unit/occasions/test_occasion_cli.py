"""``humasbot calendar``: table, JSON, iCalendar; within a second."""

import json
import resource
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from humasbot.cli.calendar import calendar


def run(*arguments: str) -> str:
    result = CliRunner().invoke(calendar, list(arguments), env={"COLUMNS": "200"}, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_the_table_shows_clashes_joint_leave_and_what_is_not_determined() -> None:
    text = run("2027", "--month", "maret")
    assert "Senin, 8 Maret" in text
    assert "Hari Suci Nyepi Tahun Baru Saka 1949" in text
    assert "Bentrok: didahulukan." in text
    assert "Bentrok: mengalah." in text
    assert "Cuti Bersama Hari Raya Idulfitri" in text
    assert "menunggu sidang isbat" in text
    assert "April" not in text
    assert "Belum ditetapkan: Cuti Bersama 2028" in run("2028", "--month", "1")


def test_json_holds_everything_a_program_needs() -> None:
    data = json.loads(run("2027", "--json", "--province", "Bali"))
    assert data["place"] == "51"
    days = {(row["key"], row["day"]): row for row in data["days"]}
    assert days["galungan", "2027-01-13"]["scope"] == ["51"]
    assert days["idul_fitri_1", "2027-03-10"]["provisional"] is True
    assert days["hut_ri", "2027-08-17"]["n"] == 82
    assert days["hut_ri", "2027-08-17"]["weekday"] == "Selasa"
    assert days["isra_mikraj", "2027-12-26"]["holiday"] is True
    assert "2027-03-08" in data["clashes"]
    assert data["joint_leave"]["2027-03-09"] == "Cuti Bersama Hari Raya Idulfitri"
    assert data["undetermined"] == []
    gaps = json.loads(run("2028", "--json"))["undetermined"]
    assert gaps[0]["status"] == "belum ditetapkan"


def test_ics_to_a_file_and_to_the_screen(tmp_path: Path) -> None:
    file = tmp_path / "2027.ics"
    assert str(file) in run("2027", "--ics", str(file))
    assert file.read_bytes().startswith(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
    assert run("2027", "--ics", "-", "--month", "8").count("BEGIN:VEVENT") > 10


def test_english_on_request() -> None:
    result = CliRunner().invoke(
        calendar, ["2027", "--month", "8"], env={"HUMASBOT_LANG": "en", "COLUMNS": "200"}
    )
    assert "82nd Anniversary of the Republic of Indonesia" in result.output
    assert "Clash" in result.output


def test_the_offices_own_days(tmp_path: Path) -> None:
    file = tmp_path / "hari.toml"
    file.write_text('[observances.kami]\nname = "HUT ke-{n} Kami"\nrule = "fixed:03-05"\nepoch = 2000\n')
    assert "HUT ke-27 Kami" in run("2027", "--days", str(file), "--month", "3")


def test_a_month_nobody_knows_is_refused() -> None:
    result = CliRunner().invoke(calendar, ["2027", "--month", "13"])
    assert result.exit_code == 2
    assert "1 sampai 12" in result.output


def test_a_fresh_process_answers_within_a_second_of_work() -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from humasbot.cli.calendar import calendar; calendar(['2027', '--province', '*'])",
        ],
        capture_output=True,
        check=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert b"Idulfitri" in done.stdout
    # Processor time, so that a busy machine does not decide.
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 1
