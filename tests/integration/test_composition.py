"""What composing adds by the office's tables, and what it only remarks."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from humasbot.app import Humasbot

Open = Callable[[dict[str, Any]], Humasbot]


@pytest.fixture
def database_url(tmp_path: Path, migrated: Path) -> str:
    (tmp_path / "test.db").write_bytes(migrated.read_bytes())
    return f"sqlite:///{tmp_path / 'test.db'}"


def written(folder: Path, text: str) -> str:
    (folder / "kabar.md").write_text(
        f"---\nkategori: Layanan\ncategories: [Layanan]\n---\n# Layanan KTP\n\n{text}\n"
    )
    return str(folder / "kabar.md")


def test_tables_add_their_lines_before_the_sign_off_and_only_then(
    settings: dict[str, Any], open_bot: Open, tmp_path: Path
) -> None:
    settings["hashtags"] = {"*": ["KotaContoh", "HaloWarga"]}
    settings["mentions"] = {"Wali Kota Contoh": {"scripted": "@walikota"}}
    bot = open_bot(settings)
    words = "Wali Kota Contoh membuka layanan di Balai Kota, Senin 7 Desember 2026."
    draft = bot.propose(written(tmp_path, words)).drafts[0]
    assert draft.text.endswith("@walikota\n#KotaContoh #HaloWarga\n— Diskominfo")
    assert draft.problems == ()


def test_heavy_words_are_remarked_and_stand_as_they_were(
    settings: dict[str, Any], open_bot: Open, tmp_path: Path
) -> None:
    text = "Dalam rangka penyelenggaraan layanan, persyaratan pendaftaran disampaikan kepada masyarakat di Balai Kota."
    plain = open_bot(settings).propose(written(tmp_path, text)).drafts[0]
    settings["lint"] = {"audience": "warga"}
    draft = open_bot(settings).propose(written(tmp_path, text)).drafts[0]
    assert draft.text == plain.text
    assert "Dalam rangka penyelenggaraan" in draft.text
    added = [note for note in draft.notes if note not in plain.notes]
    assert any("plain-word" in note and "untuk" in note for note in added)
    assert any("level-words" in note for note in added)
    assert draft.problems == plain.problems


def test_a_photo_is_credited_where_it_is_shown(bot: Humasbot, tmp_path: Path) -> None:
    picture = Image.new("RGB", (800, 600), "navy")
    exif = picture.getexif()
    exif[0x013B] = "Siti Aminah"
    picture.save(tmp_path / "loket.jpg", exif=exif)
    rows = "2026-12-07,08.00,Layanan KTP,Warga dilayani.,loket.jpg,Warga di loket,{card}\n"
    for card, credited in (("foto", True), ("tanpa", False)):
        file = tmp_path / f"{card}.csv"
        file.write_text("tanggal,jam,judul,teks,gambar,alt,kartu\n" + rows.format(card=card))
        intake = bot.imports.propose(file)
        assert [str(fault) for fault in intake.faults] == []
        assert {
            "Foto: Siti Aminah" in variant.text for each in intake.ready for variant in each.variants
        } == {credited}
