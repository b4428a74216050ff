"""Every text is linted before anybody can approve it, whoever wrote it; what is personal is never shown whole."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from humasbot.app import Humasbot
from humasbot.cli import main
from humasbot.errors import StateError

Open = Callable[[dict[str, Any]], Humasbot]
NIK = "3201011501900001"


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'test.db'}"


def say(tmp_path: Path, text: str) -> str:
    path = tmp_path / "tulisan.md"
    path.write_text(f"# Kabar kantor\n\n{text}\n")
    return str(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Rapat pada Jumat (08/01/2027) dan Kamis (08/01/2027).", "bukan Kamis"),
        ("Selamat Hari Pahlawan untuk semua.", "diperingati dengan khidmat"),
        (f"Penerima bantuan: NIK {NIK}.", "NIK seseorang"),
        ("Hubungi Budi di 0812-3456-7890.", "nomor telepon pribadi"),
    ],
)
def test_a_fault_of_a_text_by_hand_blocks_it(
    settings: dict[str, Any], open_bot: Open, tmp_path: Path, text: str, words: str
) -> None:
    bot = open_bot(settings)
    proposal = bot.propose(say(tmp_path, text))
    assert [words in problem for problem in proposal.problems] == [True, True]
    assert all("[" in problem and ": " in problem for problem in proposal.problems)
    with pytest.raises(StateError, match=words):
        bot.commit(proposal, actor="budi")
    assert bot.views.posts() == []


def test_the_offices_own_contacts_and_sites_are_allowed(
    settings: dict[str, Any], open_bot: Open, tmp_path: Path
) -> None:
    text = "Hubungi 0812-3456-7890 atau https://layanan.contoh.id dan https://lain.example/."
    settings["lint"] = {"contacts": ["+62 812 3456 7890"], "domains": ["contoh.id"]}
    (problem,) = {
        each.partition(": ")[2] for each in open_bot(settings).propose(say(tmp_path, text)).problems
    }
    assert "lain.example" in problem
    settings["lint"]["warn"] = ["link-domain"]
    proposal = open_bot(settings).propose(say(tmp_path, text))
    assert proposal.problems == []
    assert any("lain.example" in note for note in proposal.drafts[0].notes)


def test_a_personal_number_is_never_shown_whole(
    settings: dict[str, Any], open_bot: Open, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "berita").mkdir()
    settings["sources"]["berita"] = {"kind": "folder", "folder": "berita", "fresh": "3650d"}
    settings["campaigns"]["berita"] = {"occasion": "article", "source": "berita", "approval": "policy"}
    first = datetime(2026, 12, 1, tzinfo=UTC)
    with time_machine.travel(first, tick=False) as clock:
        bot = open_bot(settings)
        bot.ingest()
        (tmp_path / "berita" / "a.md").write_text(
            f"# Daftar penerima bantuan\n\nPenerima bantuan tahap pertama: warga dengan NIK {NIK} di kota ini.\n"
        )
        clock.move_to(first + timedelta(hours=1))
        bot.ingest()
        assert bot.plan() == 1
    (post,) = bot.views.posts()
    assert post["states"] == {"waiting": 2}
    problems = [
        problem for variant in bot.views.post(post["id"])["variants"] for problem in variant["problems"]
    ]
    assert all("32••••••••••••••" in problem for problem in problems)
    assert "blocked" in caplog.text
    assert NIK not in caplog.text
    with pytest.raises(StateError) as refused:
        bot.approve(post["id"], actor="budi")
    assert NIK not in str(refused.value)


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "humasbot.toml").write_text(
        '[agency]\nname = "Dinas Contoh"\n\n[lint]\ncontacts = ["0812-1111-2222"]\n\n'
        '[accounts.satu]\nplatform = "scripted"\nfolder = "satu"\n'
    )
    return tmp_path


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return int(ended.value.code or 0)


def test_lint_names_the_words_the_rule_and_the_law(office: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (office / "t.txt").write_text(f"Jumat (08/01/2026). NIK {NIK}. Telepon 0812-1111-2222. HUT RI ke-81.")
    assert run("lint", "t.txt", "--on", "2026-08-17", "--json") == 1
    out = capfd.readouterr().out
    rows = {row["rule"]: row for row in json.loads(out)}
    assert set(rows) == {"weekday-date", "personal-nik", "ordinal-order"}
    assert rows["weekday-date"]["suggestion"] == "Kamis"
    assert "UU 27/2022" in rows["personal-nik"]["basis"]
    assert NIK not in out
    assert run("lint", "t.txt") == 1
    assert NIK not in capfd.readouterr().out


def test_lint_of_a_post_a_clean_text_and_what_is_not_there(
    office: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (office / "kabar.md").write_text("# Layanan KTP buka Sabtu\n\nDukcapil melayani mulai pukul 08.00 WIB.\n")
    assert run("announce", "kabar.md", "--yes") == 0
    assert run("lint", "1") == 0
    assert run("lint", "kabar.md") == 0
    assert run("lint", "tidak-ada.txt") == 1
    assert "tidak terbaca" in capfd.readouterr().err


NOWHERE = (
    "# Perubahan besar\n\nAda perubahan besar dan semuanya berjalan lancar tanpa halangan apa pun juga sampai selesai "
    "sesuai dengan rencana yang sudah disusun sejak lama dan dibahas berkali-kali.\n"
)
OPEN = {"no-source", "no-date", "no-who", "no-where"}


@pytest.mark.parametrize(
    ("more", "severity"), [("", "warn"), (f"block = {sorted(OPEN)}\nwarn = ['no-who']\n", "block")]
)
def test_an_office_may_let_no_news_pass_that_leaves_questions_open(
    office: Path, capfd: pytest.CaptureFixture[str], more: str, severity: str
) -> None:
    config = office / "humasbot.toml"
    config.write_text(config.read_text().replace("[lint]\n", f"[lint]\n{more}"))
    (office / "t.md").write_text(NOWHERE)
    assert run("lint", "t.md", "--news", "--json") == (severity == "block")
    rows = [row for row in json.loads(capfd.readouterr().out) if row["rule"] in OPEN]
    assert {row["rule"]: row["severity"] for row in rows} == dict.fromkeys(OPEN, severity)
    assert all(row["words"] in NOWHERE and row["words"] and "UU 14/2008" in row["basis"] for row in rows)
    run("lint", "t.md", "--news")
    assert "“# Perubahan besar”: tidak disebut siapa" in capfd.readouterr().out


def test_a_rule_that_does_not_exist_cannot_block(office: Path, capfd: pytest.CaptureFixture[str]) -> None:
    config = office / "humasbot.toml"
    config.write_text(config.read_text().replace("[lint]\n", "[lint]\nblock = ['tanpa-sumber']\n"))
    assert run("posts") == 2
    assert "[lint] block.0" in capfd.readouterr().err
