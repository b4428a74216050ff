"""``humasbot demo``: the whole main job without key, account or network; twice, at any hour, in any folder."""

import json
import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

import pytest
import time_machine
from lxml import etree, html
from PIL import Image
from rich.cells import cell_len

from humasbot.app import Humasbot
from humasbot.checking import check
from humasbot.cli import main
from humasbot.demo import office, report
from humasbot.demo.run import Outcome, run
from humasbot.errors import InputError
from humasbot.templates import builtin_folder

WIB = ZoneInfo("Asia/Jakarta")


@dataclass(frozen=True)
class Done:
    """What a command left: its exit code and what it printed."""

    code: int
    out: str
    err: str

    @property
    def summary(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found


@pytest.fixture(scope="module", autouse=True)
def no_network() -> Iterator[None]:
    """Every way out of the machine raises: the demo must not even try."""

    def refuse(*arguments: object, **_: object) -> None:
        raise AssertionError(f"the demo asked the network: {arguments}")

    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex", "sendto"):
            patch.setattr(socket.socket, name, refuse)
        patch.setattr(socket, "getaddrinfo", refuse)
        yield


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    monkeypatch.setenv("COLUMNS", "80")

    def call(*arguments: str) -> Done:
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(["demo", *arguments])
        out, err = capfd.readouterr()
        return Done(int(ended.value.code or 0), out, err)

    return call


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An example office that has run once."""
    folder = tmp_path_factory.mktemp("kantor") / "demo"
    outcome = round_of(folder)
    assert (outcome.new_articles, outcome.published, outcome.problems) == (7, 8, ())
    return folder


def round_of(folder: Path) -> Outcome:
    office.write(folder)
    with Humasbot(folder / "humasbot.toml") as bot:
        return run(bot, lambda step, done, total, result="": None)


def test_the_first_run_publishes_and_the_second_nothing(demo: Callable[..., Done], tmp_path: Path) -> None:
    folder = str(tmp_path / "demo")
    first = demo("--folder", folder, "--json")
    assert first.code == 0, first.err
    said = first.summary
    assert {key: said[key] for key in ("new_articles", "posts", "published", "dry_run", "scheduled", "held")} == {
        "new_articles": 7, "posts": 9, "published": 8, "dry_run": 36, "scheduled": 1, "held": 1,
    }  # fmt: skip
    assert said["seconds"] < 60
    assert said["problems"] == []
    assert Path(said["report"]).is_file()
    pages = sorted((tmp_path / "demo" / "public" / "kiriman").glob("*.html"))
    assert len(pages) == 8

    again = demo("--folder", folder)
    assert again.code == 0
    assert "Tidak ada yang baru" in again.out
    third = demo("--folder", folder, "--json").summary
    assert (third["new_articles"], third["posts"], third["published"]) == (0, 0, 0)
    assert sorted((tmp_path / "demo" / "public" / "kiriman").glob("*.html")) == pages


@pytest.mark.slow
def test_the_table_fits_a_narrow_terminal(demo: Callable[..., Done], tmp_path: Path) -> None:
    done = demo("--folder", str(tmp_path / "demo"))
    assert done.code == 0, done.err
    lines = [line for line in done.out.splitlines() if str(tmp_path) not in line]
    assert max(cell_len(line) for line in lines) <= 80
    row = next(line for line in lines if line.startswith("12 Pompa"))
    lengths = re.findall(r"([✓○]) ([\d.]+) ▣", row)
    assert [sign for sign, _ in lengths] == ["✓", "○", "○", "○", "○"]
    limits = re.search(r"≤ 20\.000 +≤ 280 +≤ 63\.206 +≤ 300 +≤ 500", done.out)
    assert limits is not None
    assert all(
        int(used.replace(".", "")) <= most
        for (_, used), most in zip(lengths, (20_000, 280, 63_206, 300, 500), strict=True)
    )
    assert done.err == ""


@pytest.mark.slow
@pytest.mark.parametrize("hour", [0, 3, 23])
def test_at_any_hour_the_news_is_fresh_and_the_greeting_of_today_is_out(tmp_path: Path, hour: int) -> None:
    moment = datetime(2027, 4, 13, hour, 20, tzinfo=WIB)
    with time_machine.travel(moment, tick=True):
        outcome = round_of(tmp_path / "demo")
    assert (outcome.new_articles, outcome.published, outcome.scheduled) == (7, 8, 1)
    greeting = next(post for post in outcome.posts if "13 April 2027" in post["title"])
    board = next(variant for variant in greeting["variants"] if variant["account"] == "papan")
    assert board["state"] == "sent"
    assert "Selasa, 13 April 2027" in board["text"]


@pytest.mark.slow
def test_what_was_scheduled_goes_out_on_the_next_day_once(tmp_path: Path) -> None:
    with time_machine.travel(datetime(2027, 4, 13, 14, 0, tzinfo=WIB), tick=True):
        round_of(tmp_path / "demo")
    with time_machine.travel(datetime(2027, 4, 14, 6, 1, tzinfo=WIB), tick=True):
        morning = round_of(tmp_path / "demo")
        assert (morning.new_articles, morning.published) == (0, 1)
        assert round_of(tmp_path / "demo").published == 0


def test_the_report_shows_every_account_and_all_its_files_are_there(made: Path) -> None:
    page = html.parse(str(made / "laporan.html")).getroot()
    cards = page.xpath("//article")
    assert len(cards) == 9 * 5
    for card in cards:
        used, most = re.findall(r"[\d.]+", card.xpath(".//*[@class='size']//strong")[0].text)
        assert 0 < int(used.replace(".", "")) <= int(most.replace(".", ""))
        (picture,) = card.xpath(".//img")
        assert picture.get("alt").strip() in " ".join(card.xpath(".//*[@class='alts']")[0].itertext())
    for address in page.xpath("//@src | //@href"):
        if not urlsplit(address).scheme:
            assert (made / unquote(address)).is_file(), address
    assert page.get("lang") == "id"
    assert all(image.get("alt") for image in page.xpath("//img"))


def test_the_example_office_passes_its_own_check(made: Path) -> None:
    found = list(check(made / "humasbot.toml", offline=True))
    assert [finding.area for finding in found if finding.level != "ok"] == [
        "alerts"
    ]  # nobody to tell, rightly
    assert {"account", "source", "template", "database"} <= {finding.area for finding in found}


def test_held_draft_and_old_news_are_public_nowhere(made: Path) -> None:
    public = "".join(path.read_text() for path in (made / "public").rglob("*.html"))
    assert "Genangan di Rawa Indah" in public
    for hidden in ("tes upload foto", "masih draf", "Koridor 4", "Perpustakaan Kota"):
        assert hidden not in public
    shown = (made / "laporan.html").read_text()
    assert "judul seperti uji coba" in shown
    assert "masih draf" not in shown
    assert "Koridor 4" in shown


def test_no_text_of_the_report_can_become_markup() -> None:
    wild = 'Kabar <script>alert(1)</script> & "ini" https://a.example/?x="><img src=x onerror=1> ujung'
    found = str(report._linked(wild))
    assert "<script" not in found
    assert "<img" not in found
    assert html.fromstring(f"<p>{found}</p>").text_content() == wild


def test_titles_keep_their_entities_emoji_and_apostrophes(made: Path) -> None:
    shown = html.parse(str(made / "laporan.html")).getroot().text_content()
    for title in (
        "“Kurang dari Dua Jam”",
        "Adminduk & Samsat",
        "Kampung Sungai 🏮",
        "Na’im Hu'u Dilantik",
        "👨‍👩‍👧‍👦",
    ):
        assert title in shown
    assert "&#8220;" not in shown
    assert "&amp;" not in shown


def test_a_folder_with_other_files_is_left_alone(demo: Callable[..., Done], tmp_path: Path) -> None:
    (tmp_path / "humasbot.toml").write_text("# kantor sungguhan\n")
    done = demo("--folder", str(tmp_path), "--fresh")
    assert done.code == 1
    assert "pilih --folder lain" in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["humasbot.toml"]


def test_a_file_in_the_folders_place_is_one_sentence(demo: Callable[..., Done], tmp_path: Path) -> None:
    (tmp_path / "demo").write_text("berkas")
    done = demo("--folder", str(tmp_path / "demo"))
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert "bukan folder" in done.err


def test_an_account_that_would_really_publish_stops_the_demo(tmp_path: Path) -> None:
    office.write(tmp_path)
    config = tmp_path / "humasbot.toml"
    text = config.read_text()
    config.write_text(text.replace("dry_run = true\nhandle", "handle"))
    assert config.read_text() != text
    with pytest.raises(InputError, match="bluesky tidak lagi uji coba"):
        round_of(tmp_path)
    assert not (tmp_path / "public").exists()


@pytest.mark.slow
def test_fresh_begins_anew_and_keeps_what_is_not_ours(demo: Callable[..., Done], tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    round_of(folder)
    (folder / "templates" / "text").mkdir(parents=True)
    (folder / "templates" / "text" / "greeting.j2").write_text("{% block head %}Halo{% endblock %}")
    done = demo("--folder", str(folder), "--fresh", "--json")
    assert done.summary["published"] == 8
    assert (folder / "templates" / "text" / "greeting.j2").is_file()
    assert "Halo" in (folder / "laporan.html").read_text()


def test_what_cannot_be_composed_is_told_and_the_rest_goes_out(tmp_path: Path) -> None:
    office.write(tmp_path)
    folder = tmp_path / "templates" / "text"
    folder.mkdir(parents=True)
    (folder / "greeting.j2").write_text("{% block head %}{{ salah }}{% endblock %}")
    outcome = round_of(tmp_path)
    assert outcome.published == 7
    (problem,) = outcome.problems
    assert problem.startswith("pagi: tidak dapat disusun")
    (folder / "greeting.j2").unlink()
    assert round_of(tmp_path).problems == ()


def test_a_copy_that_was_cut_off_is_completed(tmp_path: Path) -> None:
    assert office.write(tmp_path)
    (tmp_path / "website" / "export.xml").unlink()
    (tmp_path / "logo.png").unlink()
    (tmp_path / "humasbot.toml").write_text((tmp_path / "humasbot.toml").read_text() + "# diubah\n")
    assert office.write(tmp_path)
    assert (tmp_path / "website" / "export.xml").is_file()
    assert (tmp_path / "logo.png").is_file()
    assert (tmp_path / "humasbot.toml").read_text().endswith("# diubah\n")
    assert not office.write(tmp_path)


def test_the_export_is_dated_by_the_day_it_is_copied() -> None:
    now = datetime(2026, 12, 31, 20, 0, tzinfo=UTC)
    text = office.dated((builtin_folder() / "demo" / "website" / "export.xml").read_text(), now)
    assert "{{" not in text
    root = etree.fromstring(text.encode())
    space = {"wp": "http://wordpress.org/export/1.2/"}
    for item in root.iterfind("channel/item"):
        if item.findtext("wp:post_type", namespaces=space) != "post":
            continue
        utc = datetime.fromisoformat(item.findtext("wp:post_date_gmt", namespaces=space) + "+00:00")
        local = datetime.fromisoformat(item.findtext("wp:post_date", namespaces=space))
        assert local.replace(tzinfo=WIB) == utc
        age = now - utc
        old = "Koridor 4" in item.findtext("title") or "Perpustakaan" in item.findtext("title")
        assert (age > timedelta(days=1)) == old
    assert office.dated("{{hari:+1d}}", now) == "Sabtu, 2 Januari 2027"


def test_the_pictures_are_small_and_real() -> None:
    pictures = sorted((builtin_folder() / "demo").rglob("*.jpg"))
    assert len(pictures) == 4
    for path in pictures:
        assert path.stat().st_size <= 120_000
        with Image.open(path) as image:
            image.load()
            assert image.size == (1600, 1000)
