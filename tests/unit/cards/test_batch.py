from pathlib import Path

import pytest
from card_helpers import BRAND, jpeg, photo
from PIL import Image

from humasbot.cards import CardProblem, Renderer
from humasbot.cards.batch import draw_batch
from humasbot.cards.gallery import write_gallery

ROWS = [
    {"headline": "Selamat pagi", "file": "pagi.jpg"},
    {"body": "tanpa judul"},
    {"headline": "kata " * 200},
    {"headline": "Selamat malam", "photo": "tidak-ada.jpg"},
    {"headline": "Selamat sore", "date": ""},
]


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_a_bad_row_is_named_and_the_rest_are_drawn(tmp_path: Path, workers: int) -> None:
    found = list(draw_batch(Renderer(brand=BRAND), "greeting", ROWS, tmp_path, workers))
    assert [number for number, _ in found] == [1, 2, 3, 4, 5]
    outcomes = [outcome for _, outcome in found]
    assert outcomes[0] == tmp_path / "pagi.jpg"
    assert outcomes[4] == tmp_path / "greeting-00005.jpg"
    assert all(
        isinstance(o, CardProblem) and o.line == n for n, o in enumerate(outcomes, 1) if n in (2, 3, 4)
    )
    assert "headline" in str(outcomes[1])
    assert "tidak-ada.jpg" in str(outcomes[3])
    assert "Selamat pagi" in (tmp_path / "pagi.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("workers", [1, 2])
def test_a_second_row_with_the_same_file_name_does_not_overwrite_the_first(
    tmp_path: Path, workers: int
) -> None:
    rows = [
        {"headline": text, "file": name} for text, name in (("Satu", "ibu"), ("Dua", "ibu.jpg"), ("Tiga", ""))
    ]
    found = [outcome for _, outcome in draw_batch(Renderer(brand=BRAND), "greeting", rows, tmp_path, workers)]
    assert found[0] == tmp_path / "ibu.jpg"
    assert isinstance(found[1], CardProblem)
    assert (found[1].line, found[1].message) == (2, 'nama berkas "ibu.jpg" sudah dipakai baris 1')
    assert found[2] == tmp_path / "greeting-00003.jpg"
    assert "Satu" in (tmp_path / "ibu.txt").read_text(encoding="utf-8")


def test_files_never_leave_the_folder(tmp_path: Path) -> None:
    ((number, path),) = draw_batch(
        Renderer(brand=BRAND), "greeting", [{"headline": "x", "file": "../../jahat.jpg"}], tmp_path / "a", 1
    )
    assert number == 1
    assert path == tmp_path / "a" / "jahat.jpg"


def test_the_gallery_is_one_page_with_every_size(tmp_path: Path) -> None:
    logo = tmp_path / "logo.png"
    logo.write_bytes(jpeg(Image.new("RGBA", (200, 240), (200, 30, 30, 255)), kind="PNG"))
    from dataclasses import replace

    cards = Renderer(brand=replace(BRAND, logo=logo, name="Kota <Contoh>"))
    page = write_gallery(cards, tmp_path / "galeri", ["greeting", "tidak-ada"])
    text = page.read_text(encoding="utf-8")
    assert text.count("<img") == 10
    assert "Kota &lt;Contoh&gt;" in text
    assert "tidak-ada" in text
    assert all((page.parent / name).is_file() for name in ("greeting-square.jpg", "greeting-story-photo.jpg"))
    assert photo("dark")
