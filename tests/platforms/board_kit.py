"""What the tests of the board share: an account, a page as a parser sees it, and its folder as bytes."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from humasbot.content import Outgoing, Receipt
from humasbot.platforms.board import Board
from humasbot.testing import Notes

BASE = "https://papan.contoh.go.id/kabar/"
MOMENT = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)


def settings(folder: Path, **more: str) -> dict[str, str]:
    given = {
        "folder": str(folder),
        "base_url": BASE,
        "title": "Kabar Contoh",
        "agency": "Dinas Kominfo Contoh",
    }
    return {**given, **more}


def outgoing(key: str = "k", text: str = "Isi kiriman.", **more: Any) -> Outgoing:
    return Outgoing(key, text, MOMENT, **more)


def publish(board: Board, *args: Any, **more: Any) -> Receipt:
    return board.publish(outgoing(*args, **more), Notes())


def page_of(folder: Path, receipt: Receipt) -> Path:
    return folder / receipt.url.removeprefix(BASE)


def tree(folder: Path) -> dict[str, bytes]:
    skip = {".kunci", ".periksa"}
    files = (p for p in folder.rglob("*") if p.is_file() and p.name not in skip)
    return {str(p.relative_to(folder)): p.read_bytes() for p in files}


@dataclass
class Page(HTMLParser):
    """A page as a parser sees it; raises on tags that do not match."""

    source: str
    tags: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    text: str = ""
    article: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.feed(self.source)
        assert self.stack == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in ("meta", "link", "img", "br"):
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.stack and "title" not in self.stack:
            self.text += data
            if "p" in self.stack and "article" in self.stack and "time" not in self.stack:
                self.article += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def meta(self, name: str) -> list[str]:
        return [m["content"] for m in self.all("meta") if name in (m.get("property"), m.get("name"))]


def read(path: Path) -> Page:
    return Page(path.read_text())


def fill(board: Board, amount: int, start: int = 0) -> list[Receipt]:
    return [publish(board, f"k{n}", f"Kiriman nomor {n}.") for n in range(start, start + amount)]
