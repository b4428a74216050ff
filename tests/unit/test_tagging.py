"""Hashtags and mentions from the office's own tables, and whose picture it is."""

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from humasbot.config import Config, parse
from humasbot.pipeline import tagging

TABLES: dict[str, Any] = {
    "agency": {"name": "Dinas Contoh"},
    "hashtags": {
        "Kesehatan": ["SehatBersama", "#Imunisasi", "info_desa"], "*": ["KebumenMaju"],
        "Lain": ["sehatbersama", "Desa2026"],
    },
    "mentions": {
        "Bupati Contoh": {"x": "@bupaticontoh", "mastodon": "@bupati@sosial.go.id"}, "PMI": {"x": "@palangmerah"},
    },
}  # fmt: skip


def read(**changes: Any) -> tuple[Config, list[str]]:
    config, problems = parse(TABLES | changes, Path())
    assert config is not None
    return config, [str(problem) for problem in [*problems, *tagging.faults(config)]]


def test_without_tables_nothing_is_added() -> None:
    config, problems = read(hashtags={}, mentions={})
    assert (problems, tagging.hashtags(config, "x", ["Kesehatan"])) == ([], [])
    assert (tagging.handles(config, "x"), tagging.mentioned(config, "x", "Bupati Contoh")) == ({}, [])


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("telegram", ["#SehatBersama", "#Imunisasi", "#info_desa"]),
        ("mastodon", ["#SehatBersama", "#Imunisasi", "#info_desa", "#Desa2026", "#KebumenMaju"]),
        ("linkedin", ["#SehatBersama", "#Imunisasi", "#Desa2026"]),
        ("x", ["#SehatBersama", "#Imunisasi"]),
        ("threads", ["#SehatBersama"]),
        ("email", []),
        ("punya-sendiri", ["#SehatBersama", "#Imunisasi", "#info_desa"]),
    ],
)
def test_hashtags_are_those_of_the_categories_as_the_platform_takes_them(
    kind: str, expected: list[str]
) -> None:
    config, problems = read()
    assert problems == []
    assert tagging.hashtags(config, kind, ["kesehatan", "Lain", "tidak ada"]) == expected


def test_who_is_named_is_mentioned_by_the_handle_of_that_platform() -> None:
    config, _ = read()
    text = "PMI dan Bupati Contoh hadir. Bupati Contohan tidak."
    assert tagging.mentioned(config, "x", text) == ["@palangmerah", "@bupaticontoh"]
    assert tagging.mentioned(config, "mastodon", text) == ["@bupati@sosial.go.id"]
    assert tagging.mentioned(config, "facebook", text) == []
    assert tagging.mentioned(config, "x", "PMI @palangmerah hadir") == []
    assert tagging.handles(config, "facebook")["PMI"] == "PMI"


@pytest.mark.parametrize(
    "change",
    [
        {"hashtags": {"a": ["dua kata"]}}, {"hashtags": {"a": ["2026"]}}, {"hashtags": {"a": "satu"}},
        {"hashtags": {"a": ["tanda-hubung"]}}, {"hashtags": []},
        {"mentions": {"PMI": {"x": "palangmerah"}}}, {"mentions": {"PMI": {"friendster": "@pmi"}}},
        {"mentions": {"PMI": "@pmi"}},
    ],
)  # fmt: skip
def test_what_cannot_be_a_hashtag_or_a_handle_is_told(change: dict[str, Any]) -> None:
    _, problems = read(**change)
    assert len(problems) == 1


@pytest.mark.parametrize(
    ("caption", "alt", "expected"),
    [
        ("Warga antre. Foto: Humas Pemkab/Budi", "", "Humas Pemkab/Budi"),
        ("(Foto: Dok. BPBD)", "", "Dok. BPBD"),
        ("Dok. Diskominfo", "", "Dok. Diskominfo"),
        ("", "Warga di loket (Foto/Antara)", "Antara"),
        ("Warga antre di loket foto", "", ""),
        ("Foto: lihat https://jahat.example", "", ""),
        ("Foto: " + "x" * 200, "", ""),
        ("", "", ""),
    ],
)
def test_a_credit_is_what_stands_there_or_nothing(caption: str, alt: str, expected: str) -> None:
    assert tagging.credit(caption, alt) == expected


def test_the_file_itself_may_name_its_maker() -> None:
    picture, data = Image.new("RGB", (8, 8)), io.BytesIO()
    exif = picture.getexif()
    exif[0x013B] = "Siti  Aminah"
    picture.save(data, "JPEG", exif=exif)
    assert tagging.credit("", "", data.getvalue()) == "Siti Aminah"
    assert tagging.credit("Foto: Budi", "", data.getvalue()) == "Budi"
    assert tagging.credit("", "", b"rusak") == ""
