"""The office's own page: the suite, its settings, and its files through kills, full disks and broken neighbours."""

import errno
import json
import multiprocessing
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from board_kit import BASE, MOMENT, fill, outgoing, page_of, publish, read, settings

from humasbot.errors import ConfigError, Retryable, Uncertain
from humasbot.platforms.board import Board
from humasbot.platforms.board_store import Folder
from humasbot.testing import Fault, Harness, PublisherSuite, Seen, When, picture


class FaultyFolder(Folder):
    """A folder on a disk that fails at a planned moment."""

    failing: str = ""

    def stage(self, relative: str, content: bytes) -> Path:
        if self.failing == "stage" and relative.startswith("data/2"):
            self.failing = ""
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().stage(relative, content)

    def settle(self, relative: str) -> None:
        if self.failing == "settle" and relative.startswith("data/2"):
            self.failing = ""
            raise OSError(errno.EIO, "Input/output error")
        super().settle(relative)


class BoardHarness(Harness):
    platform = Board
    wait = None

    def __init__(self, folder: Path) -> None:
        self.settings = settings(folder)
        self.folder = FaultyFolder(folder)
        folder.mkdir()

    def publisher(self) -> Board:
        board = Board.from_settings(self.settings)
        board.folder = board.site.folder = self.folder
        return board

    def posts(self) -> list[Seen]:
        stored = [self.folder.read(name) for name in self.folder.names()]
        return [
            Seen(
                post.id,
                post.text,
                post.link,
                tuple(Path(p.file).stem for p in post.pictures),
                tuple(p.alt for p in post.pictures),
                BASE + post.path,
            )
            for post in stored
        ]

    def uploads(self) -> int:
        return 0

    def fault(self, kind: Fault, when: When) -> None:
        if when is When.LOOKING:
            if self.folder.path.exists():
                self.folder.path.rename(self.folder.path.with_name("away"))
            self.folder.path.write_text("a file where the folder should be")
        else:
            self.folder.failing = "stage" if kind is Fault.REFUSE_CONNECTION else "settle"

    def heal(self) -> None:
        self.folder.failing = ""
        if self.folder.path.is_file():
            self.folder.path.unlink()
        if (away := self.folder.path.with_name("away")).exists():
            away.rename(self.folder.path)

    def age(self, by: timedelta) -> None:
        for name in self.folder.names():
            post = self.folder.read(name)
            post = replace(post, published_at=post.published_at - by)
            self.folder.write(f"data/{post.name}", post.to_json())
            self.folder.remove(f"data/{name}")


class TestBoardSuite(PublisherSuite):
    idempotent = True
    crowd = 5
    cannot: ClassVar = {
        Fault.RATE_LIMIT: "a folder has no quota",
        Fault.AUTH_DEAD: "a folder has no credential",
        Fault.REFUSED: "a folder takes any content",
        Fault.ANSWER_LOST_BEFORE_ACCEPT: "a rename either happened or raised",
        Fault.SERVER_ERROR_AFTER_ACCEPT: "there is no server, only the disk",
        Fault.GARBAGE_AFTER_ACCEPT: "there is no answer to be spoilt",
        Fault.CUT_AFTER_ACCEPT: "there is no answer to be cut",
        "test_a_drip_is_not_waited_for": "a disk has no answer that drips",
        "test_a_redirect_is_not_followed": "a folder leads nowhere",
    }

    @pytest.fixture
    def harness(self, tmp_path: Path) -> BoardHarness:
        return BoardHarness(tmp_path / "papan")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "papan"


@pytest.fixture
def board(folder: Path) -> Board:
    return Board.from_settings(settings(folder))


# Settings.


def test_every_fault_of_the_settings_is_named() -> None:
    wrong = {
        "folder": "papan",
        "base_url": "ftp://x",
        "title": "T",
        "agency": "A",
        "colour": "biru",
        "zone": "WIB",
    }
    with pytest.raises(ConfigError) as caught:
        Board.from_settings(wrong)
    assert [p.where for p in caught.value.problems] == ["folder", "base_url", "colour", "zone"]


@pytest.mark.parametrize(
    "base",
    ["", "contoh.go.id", "https://", "https://u:p@contoh.go.id", "https://contoh.go.id/?a=1", "https://[x"],
)
def test_a_base_url_must_be_a_plain_web_address(tmp_path: Path, base: str) -> None:
    with pytest.raises(ConfigError, match="base_url"):
        Board.from_settings(settings(tmp_path, base_url=base))


# The folder.


def test_the_web_server_may_read_every_public_file(board: Board, folder: Path) -> None:
    publish(board, media=(picture(0),))
    for path in folder.rglob("*"):
        if path.is_file() and path.name != ".kunci":
            assert path.stat().st_mode & 0o777 == 0o644, path


def test_a_broken_post_file_is_reported_and_the_others_go_on(
    board: Board, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    receipts = fill(board, 3)
    bad = folder / "data" / board.folder.names()[1]
    good = bad.read_bytes()
    bad.write_bytes(good[:40])
    (folder / "data/.terbit").unlink()
    assert board.verify().endswith("; 1 berkas rusak")
    assert bad.name in caplog.text
    fill(board, 1, start=3)
    assert re.findall(r"nomor (\d)", read(folder / "index.html").article) == ["3", "2", "0"]
    assert page_of(folder, receipts[1]).exists(), "a page of a file that can be mended is kept"
    with pytest.raises(Uncertain, match="rusak"):
        board.find_existing(outgoing("k1"), MOMENT)
    bad.write_bytes(good)
    assert "rusak" not in board.verify()
    assert re.findall(r"nomor (\d)", read(folder / "index.html").article) == ["3", "2", "1", "0"]


@pytest.mark.parametrize(
    "change",
    [
        {"slug": "../../etc/passwd"},
        {"pictures": [{"file": "../x.jpg", "mime": "", "alt": "", "width": 1, "height": 1}]},
        {"id": "0" * 16},
        {"published_at": "2026"},
        {"text": 3},
        {"more": ""},
    ],
)
def test_a_post_file_that_lies_is_broken(board: Board, folder: Path, change: dict[str, Any]) -> None:
    publish(board)
    path = folder / "data" / board.folder.names()[0]
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(Uncertain, match="rusak"):
        board.find_existing(outgoing(), MOMENT)


class DiesWhileDrawing(Folder):
    """The process is killed after the post's file is in place, before the pages are drawn."""

    def write(self, relative: str, content: bytes) -> None:
        if relative == "index.html":
            raise KeyboardInterrupt
        super().write(relative, content)


def test_after_a_kill_between_file_and_pages_the_post_is_found_and_drawn(board: Board, folder: Path) -> None:
    publish(board, "first")
    healthy = board.folder
    board.folder = board.site.folder = DiesWhileDrawing(folder)
    with pytest.raises(KeyboardInterrupt):
        publish(board, "second", "Kiriman kedua.")
    assert "kedua" not in read(folder / "index.html").text
    board.folder = board.site.folder = healthy
    found = board.find_existing(outgoing("second"), MOMENT)
    assert found is not None
    assert page_of(folder, found).is_file()
    assert "kedua" in read(folder / "index.html").text
    assert publish(board, "second", "Kiriman kedua.") == found


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX resource limits")
def test_a_disk_that_takes_no_more_is_retryable_and_leaves_nothing_behind(folder: Path) -> None:
    code = f"""
import resource, signal, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from board_kit import outgoing, settings, tree
from pathlib import Path
from humasbot.errors import Retryable
from humasbot.platforms.board import Board
from humasbot.testing import Notes, picture
folder = Path({str(folder)!r})
board = Board.from_settings(settings(folder))
board.publish(outgoing("first"), Notes())
before = tree(folder)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))
for media in ((), (picture(0),)):
    try:
        board.publish(outgoing("second", "x" * 300, media=media), Notes())
    except Retryable as error:
        print(error)
assert tree(folder) == before, set(tree(folder)) ^ set(before)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("tidak dapat ditulis") == 2


def test_what_a_killed_writer_left_half_written_is_tidied_away(board: Board, folder: Path) -> None:
    receipt = publish(board)
    for place in ("", "data", "kiriman"):
        (folder / place / ".tmp-abc").write_text("half")
    board.delete(receipt)
    assert list(folder.rglob(".tmp-*")) == []


def test_a_folder_that_is_away_cannot_be_asked(board: Board, folder: Path, tmp_path: Path) -> None:
    publish(board)
    shutil.move(folder, tmp_path / "away")
    with pytest.raises(Uncertain):
        board.find_existing(outgoing(), MOMENT)
    lost = Board.from_settings(settings(tmp_path / "no" / "such"))
    for call in (lost.verify, lambda: publish(lost)):
        with pytest.raises(Retryable, match="tidak ada"):
            call()


def test_too_little_room_is_reported(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9, 8, 1_000_000))  # type: ignore[attr-defined]  # the type it returns
    with pytest.raises(Retryable, match="hanya 1 MB"):
        board.verify()


def _publish_some(folder: str, start: int) -> None:
    fill(Board.from_settings(settings(Path(folder))), 5, start=start)


def test_several_processes_write_one_after_the_other(board: Board, folder: Path) -> None:
    folder.mkdir()
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_publish_some, args=(str(folder), n * 5)) for n in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    names = board.folder.names()
    assert len(names) == 15
    assert board.site.fresh(names)
    assert read(folder / "index.html").article.count("Kiriman nomor") == 15


def test_a_lock_that_is_never_given_back_is_retryable(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("humasbot.platforms.board_store.LOCK_SECONDS", 0.0)
    with board.folder.lock(), pytest.raises(Retryable, match="dikunci"):
        publish(board)


def test_deleting_takes_page_and_picture_unless_another_post_shows_it(board: Board, folder: Path) -> None:
    one = publish(board, "a", media=(picture(0), picture(1)))
    publish(board, "b", media=(picture(1),))
    board.delete(one)
    assert not page_of(folder, one).exists()
    assert [p.stem for p in (folder / "gambar").iterdir()] == [picture(1).digest]
    assert "a" not in [json.loads(p.read_text())["key"] for p in (folder / "data").glob("*.json")]


def test_the_clock_going_back_still_draws_every_post(board: Board, folder: Path, time_machine: Any) -> None:
    for day in (3, 1, 2):
        time_machine.move_to(datetime(2026, 11, day, 5, tzinfo=UTC))
        publish(board, str(day), f"Hari ke-{day}.")
    assert re.findall(r"Hari ke-(\d)", read(folder / "index.html").article) == ["3", "2", "1"]
