"""A month's plan from a spreadsheet: every fault at once, nothing by halves, never twice."""

import csv
import io
import json
import warnings
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from click.testing import CliRunner
from sqlmodel import select

from humasbot.app import Humasbot
from humasbot.cli import cli
from humasbot.errors import HumasbotError, InputError, NotFoundError, StateError
from humasbot.models import Post, Variant
from humasbot.pipeline.imports.rows import COLUMNS, example
from humasbot.pipeline.imports.sheet import MOST_ROWS

WIB = ZoneInfo("Asia/Jakarta")
NOW = datetime(2026, 11, 23, 9, tzinfo=WIB)
Open = Callable[[dict[str, Any]], Humasbot]


@pytest.fixture
def database_url(tmp_path: Path, migrated: Path) -> str:
    (tmp_path / "test.db").write_bytes(migrated.read_bytes())
    return f"sqlite:///{tmp_path / 'test.db'}"


@pytest.fixture(autouse=True)
def _clock() -> Any:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def plan(folder: Path, *rows: dict[str, str], name: str = "rencana.csv", separator: str = ",") -> Path:
    columns = list(dict.fromkeys(key for row in rows for key in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, delimiter=separator)
    writer.writeheader()
    writer.writerows(rows)
    (folder / name).write_text(text.getvalue(), encoding="utf-8", newline="")
    return folder / name


def row(**changes: str) -> dict[str, str]:
    given = {"tanggal": "2026-12-01", "jam": "08.00", "judul": "Layanan KTP", "teks": "Kantor buka Sabtu ini.",
             "kartu": "tanpa"}  # fmt: skip
    return given | changes


def test_a_plan_becomes_posts_that_wait_and_the_same_file_makes_nothing_new(
    bot: Humasbot, tmp_path: Path
) -> None:
    file = plan(
        tmp_path, row(), row(tanggal="Rabu, 2 Desember 2026", jam="pukul 15.30 WITA", akun="satu", teks="Yang lain."),
        separator=";",
    )  # fmt: skip
    intake = bot.imports.propose(file)
    assert intake.faults == ()
    taken = bot.imports.commit(intake, actor="ani")
    assert len(taken.posts) == 2
    first, second = (bot.views.post(number) for number in taken.posts)
    assert first["due_at"] == datetime(2026, 12, 1, 8, tzinfo=WIB)
    assert second["due_at"] == datetime(2026, 12, 2, 14, 30, tzinfo=WIB)
    assert [each["account"] for each in first["variants"]] == ["dua", "satu"]
    assert [each["account"] for each in second["variants"]] == ["satu"]
    assert {each["state"] for each in (*first["variants"], *second["variants"])} == {"waiting"}
    assert bot.views.deliveries() == []  # nothing leaves before somebody said yes

    again = bot.imports.propose(file)
    assert (again.known, again.ready, again.faults) == ((2, 3), (), ())
    assert bot.imports.commit(again, actor="ani").number is None
    assert len(bot.views.posts()) == 2


def test_every_fault_is_told_by_row_and_column_and_nothing_is_taken(bot: Humasbot, tmp_path: Path) -> None:
    file = plan(
        tmp_path,
        row(tanggal="2026-11-01"),
        row(tanggal="03/04/2027", teks="b"),
        row(tanggal="Senin, 1 Desember 2026", teks="c"),
        row(tanggal="31 Februari 2027", teks="d"),
        row(tanggal="46357", teks="e"),
        row(tanggal="1 Desember", teks="f"),
        row(jam="jam delapan", teks="g"),
        row(jam="", teks="h"),
        row(akun="satu, tiga", teks="i"),
        row(judul="", teks=""),
        row(gambar="tidak-ada.jpg", alt="Loket", teks="j"),
        row(gambar="../rahasia.jpg", alt="Loket", teks="k"),
        row(gambar="ada.jpg", teks="l"),
        row(kartu="entah", teks="m"),
        row(kampanye="entah", teks="n"),
        row(teks='=HYPERLINK("http://x.example")'),
        row(teks="Hubungi 0812-3456-7890 ya, Rabu 1 Desember 2026."),
        row(tautan="javascript:alert(1)", teks="o"),
        row(nada="riang", teks="p"),
    )
    intake = bot.imports.propose(file)
    told = {(fault.row, fault.column) for fault in intake.faults}
    assert told == {
        (2, "tanggal"), (3, "tanggal"), (4, "tanggal"), (5, "tanggal"), (6, "tanggal"), (7, "tanggal"), (8, "jam"),
        (9, "jam"), (10, "akun"), (11, "teks"), (12, "gambar"), (13, "gambar"), (14, "alt"), (15, "kartu"),
        (16, "kampanye"), (17, "teks"), (18, "teks"), (19, "tautan"), (20, "nada"),
    }  # fmt: skip
    words = {fault.row: str(fault) for fault in intake.faults}
    assert "dua cara" in words[3]
    assert "Selasa, 1 Desember 2026" in words[4]
    assert "tiga" in words[10]
    assert "luar folder" in words[13]
    assert "0812-3456-7890" not in " ".join(map(str, intake.faults))  # masked, also here
    with pytest.raises(StateError):
        bot.imports.commit(intake, actor="ani")
    assert bot.views.posts() == []


def test_sound_rows_are_taken_where_the_faulty_are_to_be_skipped(bot: Humasbot, tmp_path: Path) -> None:
    file = plan(tmp_path, row(), row(tanggal="kapan-kapan"))
    taken = bot.imports.commit(bot.imports.propose(file), actor="ani", skip_faulty=True)
    assert len(taken.posts) == 1
    mended = plan(tmp_path, row(), row(tanggal="2026-12-03", teks="Lain."))
    intake = bot.imports.propose(mended)
    assert (intake.known, len(intake.ready), intake.faults) == ((2,), 1, ())


def test_what_is_said_already_is_a_duplicate_unless_meant(bot: Humasbot, tmp_path: Path) -> None:
    bot.imports.commit(bot.imports.propose(plan(tmp_path, row(tautan="https://contoh.go.id/a"))), actor="ani")
    later = row(tanggal="2026-12-09")
    for repeated in (
        later | {"tautan": "https://contoh.go.id/a", "teks": "Baru."},
        later | {"tautan": "https://contoh.go.id/a"},
    ):
        (fault,) = bot.imports.propose(plan(tmp_path, repeated)).faults
        assert fault.column == "tautan"
        assert "kiriman 1" in str(fault)
        assert bot.imports.propose(plan(tmp_path, repeated | {"ulang": "ya"})).faults == ()
    twice = plan(tmp_path, row(tanggal="2026-12-20", teks="Sama."), row(tanggal="2026-12-21", teks="Sama."))
    (fault,) = bot.imports.propose(twice).faults
    assert (fault.row, "baris 2" in str(fault)) == (3, True)
    same = plan(tmp_path, row(teks="Z."), row(teks="Z."))
    assert [fault.row for fault in bot.imports.propose(same).faults] == [3]


def test_a_key_names_one_row_for_ever(bot: Humasbot, tmp_path: Path) -> None:
    bot.imports.commit(bot.imports.propose(plan(tmp_path, row(kunci="a-1"))), actor="ani")
    assert bot.imports.propose(plan(tmp_path, row(kunci="a-1"), name="lain.csv")).known == (2,)
    (fault,) = bot.imports.propose(plan(tmp_path, row(kunci="a-1", teks="Lain."))).faults
    assert fault.column == "kunci"


def test_a_campaign_words_its_rows_and_greetings_make_their_own(
    settings: dict[str, Any], open_bot: Open, tmp_path: Path
) -> None:
    (tmp_path / "templates" / "text").mkdir(parents=True)
    (tmp_path / "templates" / "text" / "agenda.j2").write_text("AGENDA: {{ title }} – {{ text }}")
    settings["campaigns"] = {
        "agenda": {"occasion": "recurring", "rule": "FREQ=YEARLY", "at": "08:00", "template": "agenda",
                   "picture": "none", "accounts": ["dua"], "late": "skip"},
        "pagi": {"occasion": "daily", "at": "06:00"},
    }  # fmt: skip
    bot = open_bot(settings)
    file = plan(tmp_path, row(kampanye="agenda", kartu=""), row(kampanye="pagi", teks="x"))
    intake = bot.imports.propose(file)
    assert [(fault.row, fault.column) for fault in intake.faults] == [(3, "kampanye")]
    (post,) = bot.imports.commit(intake, actor="ani", skip_faulty=True).posts
    (variant,) = bot.views.post(post)["variants"]
    assert (variant["account"], variant["text"]) == ("dua", "AGENDA: Layanan KTP – Kantor buka Sabtu ini.")
    with bot.office.database.read() as session:
        (saved,) = session.exec(select(Variant)).all()
    assert saved.not_after == datetime(2026, 12, 1, 11, tzinfo=WIB)


def test_a_picture_beside_the_plan_goes_along_with_its_words(bot: Humasbot, tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (640, 480), "green").save(tmp_path / "loket.jpg")
    (tmp_path / "rusak.jpg").write_bytes(b"bukan gambar")
    file = plan(
        tmp_path,
        row(gambar="loket.jpg", alt="Warga di loket", kartu="foto"),
        row(gambar="rusak.jpg", alt="x", teks="y"),
    )
    intake = bot.imports.propose(file)
    assert [(fault.row, fault.column) for fault in intake.faults] == [(3, "gambar")]
    (post,) = bot.imports.commit(intake, actor="ani", skip_faulty=True).posts
    assert [media["alt"] for each in bot.views.post(post)["variants"] for media in each["media"]] == [
        "Warga di loket"
    ] * 2


def test_posts_close_to_each_other_are_told_to_the_approver_only_then(bot: Humasbot, tmp_path: Path) -> None:
    rows = [row(jam=clock, teks=f"Kabar {clock}.", akun=name)
            for clock, name in (("08.00", "satu"), ("08.10", "satu"), ("08.15", "satu"), ("08.05", "dua"))]  # fmt: skip
    a, b, c, d = bot.imports.commit(bot.imports.propose(plan(tmp_path, *rows)), actor="ani").posts
    notes = {number: bot.views.post(number)["variants"][0]["notes"] for number in (a, b, c, d)}
    assert any(f"kiriman {a} " in note for note in notes[b])
    assert any(f"kiriman {b} " in note for note in notes[c])
    assert not any(f"kiriman {a} " in note for note in notes[c])  # fifteen minutes apart is apart enough
    assert not any("berdekatan" in note for note in notes[d])
    near = {number: [each.post_id for each in found] for number, found in bot.days.neighbours().items()}
    assert near == {a: [b], b: [a, c], c: [b]}
    bot.cancel(b, actor="ani")
    assert bot.days.neighbours() == {}


def write_xlsx(path: Path, *rows: list[Any]) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.Workbook()
        for cells in rows:
            book.active.append(cells)
        book.save(path)


def test_xlsx_with_real_dates_and_a_formula(bot: Humasbot, tmp_path: Path) -> None:
    from datetime import time

    file = tmp_path / "rencana.xlsx"
    write_xlsx(
        file,
        ["Tanggal", "Jam", "Judul", "Teks", "Kartu"],
        [datetime(2026, 12, 1), time(8, 0), "Satu", "Isi satu.", "tanpa"],
        [None, None, None, None, None],
        [datetime(2026, 12, 2, 10, 30), None, "Dua", "Isi dua.", "tanpa"],
        ["2026-12-03", "09:00", "Tiga", "=1+1", "tanpa"],
    )
    intake = bot.imports.propose(file)
    assert [(fault.row, fault.column) for fault in intake.faults] == [(5, "Teks")]
    assert [each.row.due for each in intake.ready] == [
        datetime(2026, 12, 1, 8, tzinfo=WIB), datetime(2026, 12, 2, 10, 30, tzinfo=WIB),
    ]  # fmt: skip


def test_without_openpyxl_the_sentence_says_what_to_install(
    bot: Humasbot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    write_xlsx(tmp_path / "a.xlsx", ["tanggal"])
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(InputError, match=r"humasbot\[xlsx\]"):
        bot.imports.propose(tmp_path / "a.xlsx")


def _zip(**parts: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return data.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.csv", b"x" * 5_000_001, "terlalu besar"),
        ("a.csv", b"tanggal,jam,teks\n" + b"2026-12-01,08.00,a\n" * (MOST_ROWS + 1), "lebih dari"),
        ("a.csv", b"", "kosong"),
        ("a.csv", b"tanggal,teks\n\xff\xfa,\x81", "UTF-8"),
        ("a.csv", b'tanggal,teks\n"' + b"a" * 200_000, "rusak"),
        ("a.pdf", b"%PDF", "hanya .csv"),
        ("a.xlsx", b"PK bukan", "bukan berkas .xlsx"),
        ("a.xlsx", _zip(**{"a.xml": b"0" * 61_000_000}), "setelah dibuka"),
        ("a.xlsx", _zip(**{"a.xml": b'<!DOCTYPE lolz [<!ENTITY a "b">]>'}), "DOCTYPE"),
        ("a.xlsx", _zip(**{"a.xml": b"<a/>"}), "utuh"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_a_plan_is_refused_with_a_sentence(
    bot: Humasbot, tmp_path: Path, name: str, data: bytes, words: str
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(HumasbotError, match=words):
        bot.imports.propose(tmp_path / name)


def test_a_wrong_header_is_told_with_the_nearest_right_name(bot: Humasbot, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("tangal,jam,teks,teks\n")
    told = [str(fault) for fault in bot.imports.propose(tmp_path / "a.csv").faults]
    assert any("tanggal?" in each for each in told)
    assert any("dua kali" in each for each in told)
    assert any("wajib ada" in each for each in told)


def test_the_command_from_the_example_to_the_approval_of_all(
    settings: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("humasbot.toml").write_text(
        '[agency]\nname = "Dinas Contoh"\n[humasbot]\ndatabase = "sqlite:///test.db"\n'
        '[accounts.satu]\nplatform = "scripted"\nfolder = "satu"\n'
    )
    shown = CliRunner().invoke(cli, ["import", "--example"]).output
    assert next(csv.reader(shown.splitlines())) == [names[0] for names in COLUMNS.values()]
    assert CliRunner().invoke(cli, ["import", "--example", "contoh.csv"]).exit_code == 0
    assert Path("contoh.csv").read_bytes().decode("utf-8-sig").splitlines() == shown.splitlines()
    with pytest.raises(InputError):
        CliRunner().invoke(cli, ["import", "--example", "contoh.csv"], catch_exceptions=False)
    plan(tmp_path, row(), row(jam="08.10", teks="Kedua."), name="ini.csv")

    def run(*words: str) -> Any:
        return CliRunner().invoke(cli, list(words), catch_exceptions=False)

    assert run("import", "ini.csv", "--dry-run").exit_code == 0
    result = run("import", "ini.csv", "--json")
    assert (result.exit_code, json.loads(result.output)["posts"]) == (0, [1, 2])
    assert "1" in run("import", "--list").output
    approved = json.loads(run("approve", "--all-of", "1", "--json").output)
    assert approved == {"import": 1, "approved": [1, 2], "refused": {}}
    assert len(json.loads(run("deliveries", "--json").output)) == 2
    near = "! kiriman 1, 2 berdekatan pada akun yang sama (satu), mulai 2026-12-01 08:00 WIB"
    assert near in run("posts").output.splitlines()
    assert "! satu: berdekatan dengan kiriman 1 (2026-12-01 08:00 WIB)" in run("posts", "2").output
    with pytest.raises(NotFoundError):
        run("approve", "--all-of", "9")
    with pytest.raises(InputError):
        run("approve")


def test_the_example_is_a_sound_plan(settings: dict[str, Any], open_bot: Open, tmp_path: Path) -> None:
    (tmp_path / "contoh.csv").write_text(example(date(2029, 12, 20)), newline="")
    settings["accounts"]["satu"]["dry_run"] = settings["accounts"]["dua"]["dry_run"] = True
    with time_machine.travel(datetime(2029, 12, 20, tzinfo=WIB), tick=False):
        intake = open_bot(settings).imports.propose(tmp_path / "contoh.csv")
        assert [str(fault) for fault in intake.faults] == []
        assert len(intake.ready) == 2


def test_two_imports_at_once_take_a_row_once(bot: Humasbot, tmp_path: Path) -> None:
    file = plan(tmp_path, row())
    one, two = bot.imports.propose(file), bot.imports.propose(file)
    bot.imports.commit(one, actor="ani")
    with pytest.raises(StateError, match="ulangi"):
        bot.imports.commit(two, actor="budi")
    with bot.office.database.read() as session:
        assert len(session.exec(select(Post)).all()) == 1
