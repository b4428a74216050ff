"""The board's pages and feeds, as a browser and a feed reader take them."""

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from board_kit import BASE, MOMENT, Page, fill, page_of, publish, read, settings, tree
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from humasbot.platforms import board_look as looks
from humasbot.platforms import board_site
from humasbot.platforms.board import Board
from humasbot.platforms.board_store import Stored
from humasbot.testing import picture


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "papan"


@pytest.fixture
def board(folder: Path) -> Board:
    return Board.from_settings(settings(folder))


# Pages.


def test_a_post_is_on_the_front_page_on_its_own_page_and_in_both_feeds(board: Board, folder: Path) -> None:
    receipt = publish(board, title="Judul & <judul>", text="Judul & <judul>\n\nIsi satu.\nBaris dua.")
    assert receipt.url == f"{BASE}kiriman/judul-judul-{receipt.remote_id[:10]}.html"
    front, own = read(folder / "index.html"), read(page_of(folder, receipt))
    for page in (front, own):
        assert page.text.count("Judul & <judul>") == 1
        assert "Isi satu.\nBaris dua." in page.text
    assert {"href": f"kiriman/judul-judul-{receipt.remote_id[:10]}.html"} in front.all("a")
    entry = ElementTree.parse(folder / "feed.xml").getroot().find("{*}entry")
    assert entry is not None
    assert entry.findtext("{*}title") == "Judul & <judul>"
    assert entry.findtext("{*}id") == receipt.url
    assert entry.findtext("{*}content") == "<p>Isi satu.<br>\nBaris dua.</p>"
    item = json.loads((folder / "feed.json").read_text())["items"][0]
    assert (item["url"], item["title"]) == (receipt.url, "Judul & <judul>")


def test_open_graph_is_absolute_and_complete(board: Board, folder: Path) -> None:
    media = (picture(0), picture(1))
    receipt = publish(board, title="Judul", text="Judul\n\nIsi.", media=media, link="https://contoh.go.id/a")
    page = read(page_of(folder, receipt))
    assert page.meta("og:url") == [receipt.url]
    assert page.meta("og:title") == ["Judul"]
    assert page.meta("og:description") == ["Isi."]
    assert page.meta("og:image") == [f"{BASE}gambar/{m.digest}.jpg" for m in media]
    assert page.meta("og:image:alt") == [m.alt for m in media]
    assert page.meta("og:image:width") == ["640", "640"]
    assert page.meta("twitter:card") == ["summary_large_image"]
    assert [link["href"] for link in page.all("link") if link["rel"] == "canonical"] == [receipt.url]


def test_pictures_are_stored_once_under_their_digest_and_shown_with_alt_and_size(
    board: Board, folder: Path
) -> None:
    for key in ("a", "b"):
        publish(board, key, media=(picture(0),))
    assert [p.name for p in (folder / "gambar").iterdir()] == [f"{picture(0).digest}.jpg"]
    assert (folder / f"gambar/{picture(0).digest}.jpg").read_bytes() == picture(0).data
    for image in read(folder / "index.html").all("img"):
        assert (image["alt"], image["width"], image["height"]) == (picture(0).alt, "640", "640")


@pytest.mark.parametrize(
    ("zone", "shown", "iso"),
    [
        ("Asia/Jakarta", "Senin, 23 November 2026, 06.00\N{NO-BREAK SPACE}WIB", "2026-11-23T06:00:00+07:00"),
        (
            "Asia/Makassar",
            "Senin, 23 November 2026, 07.00\N{NO-BREAK SPACE}WITA",
            "2026-11-23T07:00:00+08:00",
        ),
        ("Asia/Jayapura", "Senin, 23 November 2026, 08.00\N{NO-BREAK SPACE}WIT", "2026-11-23T08:00:00+09:00"),
    ],
)
def test_times_are_indonesian_and_name_their_zone(
    folder: Path, zone: str, shown: str, iso: str, time_machine: Any
) -> None:
    time_machine.move_to(MOMENT, tick=False)
    receipt = publish(Board.from_settings(settings(folder, zone=zone)))
    page = read(page_of(folder, receipt))
    assert shown in page.text
    assert page.all("time") == [{"datetime": iso}]
    assert receipt.published_at == MOMENT


def test_the_text_that_is_the_heading_or_the_link_is_not_shown_twice() -> None:
    link = "https://contoh.go.id/a"
    split = looks.split_title
    assert split("Judul", f"Judul\n\nIsi\n\n{link}", link) == ("Judul", "Isi")
    assert split("", f"Baris pertama\n\nIsi {link}", link) == ("Baris pertama", f"Isi {link}")
    assert split("Judul", "Lain\n\nIsi", "") == ("Judul", "Lain\n\nIsi")
    assert split("", "Satu baris saja", "") == ("", "Satu baris saja")
    assert split("", "x" * 111 + "\nIsi", "") == ("", "x" * 111 + "\nIsi")


@pytest.mark.parametrize(
    ("line", "html"),
    [
        ("Buka https://a.id/b.", 'Buka <a href="https://a.id/b">a.id/b</a>.'),
        ("(https://a.id/b_(c))", '(<a href="https://a.id/b_(c)">a.id/b_(c)</a>)'),
        ("https://a.id/?x=1&y=2", '<a href="https://a.id/?x=1&amp;y=2">a.id/?x=1&amp;y=2</a>'),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("https://", "https://"),
        ('https://a.id/"onclick="x', '<a href="https://a.id/">a.id</a>&#34;onclick=&#34;x'),
        ("<https://a.id>", '&lt;<a href="https://a.id">a.id</a>&gt;'),
        ("https://a.id/" + "p" * 80, f'<a href="https://a.id/{"p" * 80}">a.id/{"p" * 54}…</a>'),
        ("“https://a.id/b”…", '“<a href="https://a.id/b">a.id/b</a>”…'),
    ],
)
def test_web_addresses_become_links_and_nothing_else_does(line: str, html: str) -> None:
    assert looks.paragraphs(line) == f"<p>{html}</p>"


@examples(max_examples=60)
@given(st.text(max_size=300), st.text(max_size=60), st.text(max_size=60))
def test_text_is_data_whatever_it_holds(text: str, title: str, link: str) -> None:
    pages = Board.from_settings(settings(Path("/papan"))).site.pages
    post = Stored("0" * 16, "k", "kiriman-0", title, text, link, "id", MOMENT, ())
    for html in (pages.permalink(post), pages.listing([post], number=0, newer="", older="")):
        page = Page(html.decode())
        assert page.all("script") == []
        assert all(
            a["href"].startswith(("http", "#", "index", "feed", "../", "kiriman/")) for a in page.all("a")
        )
    ElementTree.fromstring(pages.atom([post]))
    json.loads(pages.json_feed([post]))
    if title.strip():
        body = looks.split_title(title, text, looks.safe_link(link))[1]
        assert re.sub(r"\s", "", str(looks.paragraphs(body).striptags())) in re.sub(r"\s", "", page.text)


@given(st.text(max_size=200), st.text(max_size=200))
def test_a_slug_is_a_plain_file_name(title: str, text: str) -> None:
    name = looks.slug(title, text, "0123456789abcdef")
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*-0123456789", name)
    assert len(name) <= 72


@given(st.integers(0, 0xFFFFFF).map(lambda n: f"#{n:06x}"))
def test_any_colour_is_made_readable(colour: str) -> None:
    assert looks.contrast(looks.ink_on(colour), colour) >= looks.AA
    for grounds in ((looks.PAPER_LIGHT, looks.PAGE_LIGHT), (looks.PAPER_DARK, looks.PAGE_DARK)):
        ink = looks.readable(colour, *grounds)
        assert min(looks.contrast(ink, ground) for ground in grounds) >= looks.AA


def test_a_readable_colour_stays_as_it_is_and_the_inks_of_the_style_are_readable() -> None:
    assert looks.readable("#0b5394", looks.PAPER_LIGHT, looks.PAGE_LIGHT) == "#0b5394"
    assert round(looks.contrast("#777777", "#ffffff"), 2) == 4.48
    style = (Path(looks.__file__).parent / "board_assets/style.css").read_text()
    schemes = re.findall(r"--page:(#\w+);--paper:(#\w+);--ink:(#\w+);--soft:(#\w+)", style)
    assert len(schemes) == 3
    for page, paper, ink, soft in schemes:
        for ground in (page, paper):
            assert looks.contrast(_long(ink), _long(ground)) >= 7
            assert looks.contrast(_long(soft), _long(ground)) >= looks.AA
    assert {(_long(s[1]), s[0]) for s in schemes[:2]} == {
        (looks.PAPER_LIGHT, looks.PAGE_LIGHT),
        (looks.PAPER_DARK, looks.PAGE_DARK),
    }


def _long(colour: str) -> str:
    return colour if len(colour) == 7 else "#" + "".join(c * 2 for c in colour[1:])


def test_unreadable_links_are_not_shown(board: Board, folder: Path) -> None:
    for n, link in enumerate(("javascript:alert(1)", "data:text/html,x", "https://[", "//contoh.go.id")):
        page = read(page_of(folder, publish(board, str(n), link=link)))
        assert [a for a in page.all("a") if a.get("class") == "link"] == []


# The whole site.


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board_site, "CHUNK", 3)


@pytest.mark.usefixtures("small_chunks")
def test_each_page_is_well_made(board: Board, folder: Path) -> None:
    fill(board, 10)
    publish(board, "x", title="Ada gambar", media=(picture(0),), link="https://contoh.go.id/x", language="jv")
    pages = list(folder.rglob("*.html"))
    assert len(pages) == 1 + 2 + 11
    for path in pages:
        page = read(path)
        assert page.source.startswith('<!doctype html>\n<html lang="id">')
        assert len(page.all("title")) == len(page.all("h1")) == len(page.all("main")) == 1
        assert len(page.all("header")) == len(page.all("footer")) == 1
        assert page.all("script") == []
        assert "width=device-width" in page.meta("viewport")[0]
        first = page.all("a")[0]
        assert (first["class"], first["href"], page.all("main")[0]["id"]) == ("skip", "#isi", "isi")
        assert all(nav["aria-label"] for nav in page.all("nav"))
        assert all(image["alt"] for image in page.all("img"))
        ids = [a["id"] for _, a in page.tags if "id" in a]
        assert len(ids) == len(set(ids))
        assert {a["aria-labelledby"] for a in page.all("article")} <= set(ids)
        _links_lead_somewhere(path, page, folder)


def _links_lead_somewhere(path: Path, page: Page, folder: Path) -> None:
    for tag, attributes in page.tags:
        target = attributes.get("href") or attributes.get("src") or ""
        if tag == "a" and attributes.get("class") == "link":
            continue
        if target.startswith(BASE):
            assert (folder / (target.removeprefix(BASE) or "index.html")).is_file()
        elif target and not target.startswith("#"):
            assert "//" not in target, "nothing comes from elsewhere"
            assert (path.parent / target).resolve().is_file()


@pytest.mark.usefixtures("small_chunks")
def test_walking_from_page_to_page_shows_each_post_once_newest_first(board: Board, folder: Path) -> None:
    fill(board, 14)
    path, seen = folder / "index.html", []
    while True:
        page = read(path)
        seen += [int(n) for n in re.findall(r"Kiriman nomor (\d+)\.", page.article)]
        older = [a["href"] for a in page.all("a") if a.get("rel") == "next"]
        if not older:
            break
        before, path = path, (path.parent / older[0]).resolve()
        newer = [a["href"] for a in read(path).all("a") if a.get("rel") == "prev"]
        assert (path.parent / newer[0]).resolve() == before
    assert seen == list(range(13, -1, -1))


@pytest.mark.usefixtures("small_chunks")
def test_adding_one_by_one_draws_what_drawing_all_anew_draws(board: Board, folder: Path) -> None:
    for n in range(13):
        fill(board, 1, start=n)
        little_by_little = tree(folder)
        (folder / "data/.terbit").unlink()
        board.verify()
        assert tree(folder) == little_by_little


@pytest.mark.usefixtures("small_chunks")
def test_a_full_archive_page_never_changes_again(board: Board, folder: Path) -> None:
    fill(board, 13)
    before = (folder / "halaman/1.html").read_bytes()
    fill(board, 9, start=13)
    assert (folder / "halaman/1.html").read_bytes() == before


def test_other_settings_redraw_every_page(board: Board, folder: Path) -> None:
    receipt = publish(board)
    other = Board.from_settings(settings(folder, title="Judul Baru", colour="#7a1f1f"))
    other.verify()
    assert "Judul Baru" in read(page_of(folder, receipt)).text
    assert "#7a1f1f" in (folder / "index.html").read_text()


def test_without_a_title_the_agency_is_the_title(folder: Path) -> None:
    given = {name: value for name, value in settings(folder).items() if name != "title"}
    Board.from_settings(given).verify()
    assert read(folder / "index.html").text.count("Dinas Kominfo Contoh") == 2, "the heading and the footer"


def test_an_empty_board_has_a_page(board: Board, folder: Path) -> None:
    assert board.verify() == f"Kabar Contoh ({BASE})"
    assert "Belum ada kiriman." in read(folder / "index.html").text
    ElementTree.parse(folder / "feed.xml")
