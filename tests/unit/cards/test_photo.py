import struct
import subprocess
import sys
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from card_helpers import BRAND, jpeg, photo
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from humasbot.cards import Renderer
from humasbot.cards import photo as photos
from humasbot.cards.photo import PhotoStore, cover, normalise, open_photo, rendition
from humasbot.errors import InputError

HALVES = Image.new("RGB", (400, 300), "#D02020")
HALVES.paste("#2020D0", (200, 0, 400, 300))


def near(pixel: tuple[int, ...], wanted: tuple[int, int, int], slack: int = 24) -> bool:
    return all(abs(a - b) <= slack for a, b in zip(pixel[:3], wanted, strict=True))


def with_orientation(turn: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = turn
    return jpeg(HALVES, exif=exif, quality=95)


@pytest.mark.parametrize("turn", range(1, 9))
def test_photos_are_set_upright(turn: int) -> None:
    opened = open_photo(with_orientation(turn))
    assert opened.size == ((300, 400) if turn >= 5 else (400, 300))
    red = {
        1: (20, 150),
        2: (380, 150),
        3: (380, 150),
        4: (20, 150),
        5: (150, 20),
        6: (150, 20),
        7: (150, 380),
        8: (150, 380),
    }
    assert near(opened.getpixel(red[turn]), (208, 32, 32))


def png16(grey: int) -> bytes:
    picture = Image.new("I;16", (300, 300), grey)
    return jpeg(picture, kind="PNG")


def test_sixteen_bit_grey_is_not_clipped_to_white() -> None:
    assert near(open_photo(png16(32768)).getpixel((5, 5)), (128, 128, 128), 2)


def test_cmyk_is_converted() -> None:
    opened = open_photo(jpeg(Image.new("CMYK", (300, 300), (0, 255, 255, 0))))
    assert opened.mode == "RGB"
    assert near(opened.getpixel((9, 9)), (255, 0, 0), 40)


def test_transparency_is_laid_on_white() -> None:
    picture = Image.new("RGBA", (300, 300), (0, 0, 0, 0))
    assert open_photo(jpeg(picture, kind="PNG")).getpixel((3, 3)) == (255, 255, 255)
    palette = picture.quantize(8)
    palette.info["transparency"] = 0
    assert open_photo(jpeg(palette, kind="PNG", transparency=palette.getpixel((0, 0)))).getpixel((3, 3)) == (
        255,
        255,
        255,
    )


def test_a_wide_gamut_photo_is_brought_to_srgb() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert near(open_photo(jpeg(HALVES, icc_profile=lab, quality=95)).getpixel((20, 150)), (208, 32, 32))
    assert open_photo(jpeg(HALVES, icc_profile=b"broken profile")).size == (400, 300)


def animated(kind: str) -> bytes:
    frames = [Image.new("RGB", (300, 300), c) for c in ("red", "blue")]
    return jpeg(frames[0], kind=kind, save_all=True, append_images=frames[1:], duration=100)


HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 50
REFUSED = {
    "heic": (HEIC, "HEIC"),
    "avif": (b"\0\0\0\x1cftypavif" + b"\0" * 60, "AVIF"),
    "svg": (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
    "eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n", "EPS"),
    "pdf": (b"%PDF-1.7\n", "PDF"),
    "tiff": (b"II*\0" + b"\0" * 40, "TIFF"),
    "truncated": (jpeg(HALVES)[:900], "terpotong"),
    "truncated png": (jpeg(HALVES, kind="PNG")[:200], "terpotong"),
    "gif": (animated("GIF"), "bergerak"),
    "apng": (animated("PNG"), "bergerak"),
    "webp": (animated("WEBP"), "bergerak"),
    "text": (b"bukan gambar", "rusak"),
    "empty": (b"", "rusak"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_shown_rightly_is_refused_in_words(name: str) -> None:
    data, word = REFUSED[name]
    with pytest.raises(InputError, match=word):
        open_photo(data)


def chunk(tag: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data))


def png(width: int, height: int, kind: int, rows: int | None = None, bits: int = 8) -> bytes:
    """A PNG of many pixels in few bytes, all nought; *rows* of them only, where given."""
    deflate = zlib.compressobj(1)
    row = b"\0" * (1 + width * {0: 1, 2: 3, 4: 2, 6: 4}[kind] * bits // 8)
    packed = [deflate.compress(row) for _ in range(height if rows is None else rows)]
    header = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0)
    data = b"".join(packed) + deflate.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [7000, 30_000, 60_000])
def test_a_bomb_is_refused_before_it_is_unpacked(side: int) -> None:
    with pytest.raises(InputError, match="megapiksel"):
        open_photo(png(side, side, 0, rows=50))


MEMORY = """
import sys
from pathlib import Path
from humasbot.cards.photo import read, rendition
rendition(read(Path(sys.argv[1])), (1080, int(sys.argv[2])))
print(next(int(l.split()[1]) / 1000 for l in open("/proc/self/status") if l.startswith("VmHWM")))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc to see peak memory")
@pytest.mark.parametrize(
    ("kind", "bits", "high"), [(2, 8, 1080), (6, 8, 583), (4, 8, 1080), (0, 16, 1080)],
    ids=["rgb", "rgba", "grey with alpha", "16 bits"],
)  # fmt: skip
def test_the_biggest_photo_taken_stays_within_300_mb(kind: int, bits: int, high: int, tmp_path: Path) -> None:
    file = tmp_path / "besar.png"
    file.write_bytes(png(7900, 5000, kind, bits=bits))
    code = [sys.executable, "-c", MEMORY, str(file), str(high)]
    done = subprocess.run(code, capture_output=True, text=True, check=True)
    assert float(done.stdout) < 300


@given(st.binary(max_size=400), st.integers(0, 300))
@settings(max_examples=80, deadline=None)
def test_broken_files_are_refused_never_a_crash(noise: bytes, at: int) -> None:
    good = jpeg(HALVES.resize((64, 48)), kind="PNG" if at % 2 else "JPEG")
    broken = good[:at] + noise + good[at + len(noise) :]
    try:
        opened = open_photo(broken)
    except InputError:
        return
    assert opened.mode == "RGB"


def test_the_subject_is_kept_in_view() -> None:
    picture = Image.new("RGB", (1000, 400), "white")
    picture.paste("red", (880, 100, 980, 300))
    kept = cover(picture, (400, 400), (0.93, 0.5))
    assert kept.size == (400, 400)
    assert near(kept.getpixel((330, 200)), (255, 0, 0))


def test_a_rendition_covers_its_box_exactly() -> None:
    for size in ((300, 300), (640, 120), (90, 700)):
        assert rendition(photo("dark"), size).size == size


def test_a_tiny_photo_is_refused() -> None:
    with pytest.raises(InputError, match="200 piksel"):
        rendition(jpeg(HALVES.resize((120, 90))), (1080, 1080))


def test_normalising_is_stable_and_never_enlarges() -> None:
    first = normalise(photo("bright", (2000, 1500)))
    assert first == normalise(photo("bright", (2000, 1500)))
    assert Image.open(BytesIO(first)).size == (1440, 1080)
    assert Image.open(BytesIO(normalise(jpeg(HALVES)))).size == (400, 300)


def test_the_store_keeps_by_content(tmp_path: Path) -> None:
    store = PhotoStore(tmp_path / "foto")
    one = store.keep(photo("dark"))
    file = tmp_path / "x.jpg"
    file.write_bytes(photo("dark"))
    assert store.keep(file) == one
    assert [p.suffix for p in (tmp_path / "foto").iterdir()] == [".jpg"]


def test_a_missing_or_too_heavy_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="tidak-ada"):
        photos.read(tmp_path / "tidak-ada.jpg")
    monkeypatch.setattr(photos, "MOST_BYTES", 1000)
    with pytest.raises(InputError, match="MB"):
        photos.read(photo("busy"))


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    file = tmp_path / "foto.png"
    file.write_bytes(photo("busy"))
    cards = Renderer(brand=BRAND)
    one = cards.draw("greeting", {"headline": "Satu"}, photo=file)
    file.write_bytes(photo("bright"))
    two = cards.draw("greeting", {"headline": "Satu"}, photo=file)
    assert one.data != two.data
