"""A photo is made such as a platform takes it, and every change is told."""

from dataclasses import replace
from datetime import date
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from humasbot.content import Limits
from humasbot.errors import InputError
from humasbot.pipeline.repair import MOST_CUT, Repaired, repaired
from humasbot.platforms.instagram import Instagram

FREE = Limits(500, "tests", date(2026, 11, 22))
INSTAGRAM = Instagram.limits


def photo(width: int, height: int, kind: str = "JPEG", noise: bool = False) -> bytes:
    image = Image.new("RGB", (width, height), "teal")
    if noise:
        image = Image.effect_noise((width, height), 90).convert("RGB")
    buffer = BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def opened(found: Repaired) -> Image.Image:
    image = Image.open(BytesIO(found.data))
    assert image.size == (found.width, found.height)
    assert Image.MIME[image.format or ""] == found.mime
    return image


def test_what_fits_is_left_alone() -> None:
    assert repaired(photo(1080, 1080), INSTAGRAM).notes == ()


@pytest.mark.parametrize(
    ("size", "kind", "words"),
    [
        ((1080, 1080), "PNG", ["gambar diubah dari PNG ke JPEG"]),
        ((1000, 1300), "JPEG", ["gambar dipotong 4% di atas-bawah"]),
        ((2000, 1000), "JPEG", ["gambar dipotong 5% di kiri-kanan", "gambar dikecilkan ke 1440×"]),
        ((1000, 3000), "JPEG", ["gambar diberi tepi", "gambar dikecilkan ke 1440×"]),
        ((200, 200), "JPEG", ["gambar diperbesar ke 320×320"]),
        ((3000, 3000), "JPEG", ["gambar dikecilkan ke 1440×1440"]),
    ],
)
def test_each_repair_is_told(size: tuple[int, int], kind: str, words: list[str]) -> None:
    found = repaired(photo(*size, kind), INSTAGRAM)
    assert [note[: len(start)] for note, start in zip(found.notes, words, strict=True)] == words
    width, height = opened(found).size
    assert 320 <= width <= 1440
    assert 0.8 <= width / height <= 1.91


def test_too_many_bytes_are_pressed_out_then_scaled() -> None:
    limits = replace(FREE, max_media_bytes=30_000)
    found = repaired(photo(1200, 900, noise=True), limits)
    assert len(found.data) <= 30_000
    assert any("dikecilkan" in note for note in found.notes)
    assert any("dimampatkan" in note for note in found.notes)
    assert len([note for note in found.notes if "dikecilkan" in note]) == 1


def test_what_cannot_be_mended_is_an_error() -> None:
    with pytest.raises(InputError, match="kirim foto yang lebih besar"):
        repaired(photo(100, 100), INSTAGRAM)
    with pytest.raises(InputError):
        repaired(b"bukan gambar", FREE)


@settings(max_examples=25, deadline=None)
@given(st.integers(170, 1600), st.integers(170, 1600), st.sampled_from(["JPEG", "PNG"]))
def test_whatever_comes_is_accepted_and_little_is_cut(width: int, height: int, kind: str) -> None:
    found = repaired(photo(width, height, kind), INSTAGRAM)
    assert 320 <= found.width <= 1440
    assert 0.8 <= found.width / found.height <= 1.91
    if any("dipotong" in note for note in found.notes):
        kept = min(width / height, found.width / found.height) / max(
            width / height, found.width / found.height
        )
        assert kept >= 1 - MOST_CUT - 0.02
    changed = (found.width, found.height) != (width, height) or kind == "PNG"
    assert bool(found.notes) == changed
