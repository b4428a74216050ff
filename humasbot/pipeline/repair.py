"""Preflight's repairs: a photo made such as a platform takes it, and every change told to whoever approves."""

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from humasbot.content import Limits
from humasbot.errors import InputError
from humasbot.words import t

if TYPE_CHECKING:
    from PIL.Image import Image

LONGEST_SIDE = 2048
"""Longest side, in pixels, of a photo that is sent; more is lost on every screen."""
MOST_CUT = 0.25
"""What share of a photo may be cut off to give it a shape that is accepted; beyond, it gets a border instead."""
MOST_BLOWN_UP = 2.0
SMALLER = 0.8
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WebP", "image/gif": "GIF"}


@dataclass(frozen=True, slots=True)
class Repaired:
    """A photo as a platform takes it, and what was done to it, one sentence each."""

    data: bytes
    mime: str
    width: int
    height: int
    notes: tuple[str, ...]


def repaired(photo: bytes, limits: Limits) -> Repaired:
    """*photo* within *limits*. Raises :class:`~humasbot.errors.InputError` for what cannot be mended."""
    from humasbot.cards.photo import open_photo

    notes: list[str] = []
    picture = open_photo(photo)
    picture = _shaped(picture, limits, notes)
    picture = _exact(_sized(picture, limits, notes), limits)
    mime = "image/jpeg" if "image/jpeg" in limits.media_types else limits.media_types[0]
    was = _format(photo)
    if was not in (FORMATS[mime], "MPO"):
        notes.append(t("gambar diubah dari {a} ke {b}", "the picture is converted from {a} to {b}", a=was,
                       b=FORMATS[mime]))  # fmt: skip
    data, picture = _encoded(picture, mime, limits, notes, len(photo))
    return Repaired(data, mime, picture.width, picture.height, tuple(notes))


def _format(photo: bytes) -> str:
    from PIL import Image

    with Image.open(BytesIO(photo)) as image:
        return str(image.format)


def _shaped(picture: "Image", limits: Limits, notes: list[str]) -> "Image":
    """Cut to the nearest shape that is accepted; where too much would be lost, on a border of its own colour."""
    if limits.ratios is None:
        return picture
    least, most = limits.ratios
    width, height = picture.size
    ratio = width / height
    if least <= ratio <= most:
        return picture
    wanted = least if ratio < least else most
    # Rounded towards the inside of what is accepted.
    kept = (width, int(width / wanted)) if ratio < wanted else (int(height * wanted), height)
    lost = 1 - kept[0] * kept[1] / (width * height)
    if lost <= MOST_CUT:
        left, top = (width - kept[0]) // 2, (height - kept[1]) // 2
        sides = t("kiri-kanan", "left and right") if kept[0] < width else t("atas-bawah", "top and bottom")
        notes.append(
            t(
                "gambar dipotong {n:.0f}% di {s} agar bentuknya diterima",
                "{n:.0f}% of the picture is cut off ({s}) for a shape that is accepted",
                n=lost * 100,
                s=sides,
            )
        )
        return picture.crop((left, top, left + kept[0], top + kept[1]))
    from PIL import Image

    whole = (-int(-height * wanted), height) if ratio < wanted else (width, -int(-width / wanted))
    ground = picture.convert("RGB").resize((1, 1)).getpixel((0, 0))
    canvas = Image.new("RGB", whole, ground)
    canvas.paste(picture, ((whole[0] - width) // 2, (whole[1] - height) // 2))
    notes.append(
        t(
            "gambar diberi tepi agar bentuknya diterima",
            "the picture gets a border for a shape that is accepted",
        )
    )
    return canvas


def _sized(picture: "Image", limits: Limits, notes: list[str]) -> "Image":
    """Within the widths and the number of pixels that are accepted."""
    least, most = limits.widths or (1, LONGEST_SIDE)
    scale = min(1.0, LONGEST_SIDE / max(picture.size), most / picture.width)
    if limits.max_pixels is not None:
        scale = min(scale, (limits.max_pixels / (picture.width * picture.height)) ** 0.5)
    if picture.width * scale < least:
        scale = least / picture.width
        if scale > MOST_BLOWN_UP:
            raise InputError(
                t("gambar hanya {w} piksel lebarnya, harus {n}; kirim foto yang lebih besar",
                  "the picture is only {w} pixels wide, it must be {n}; send a larger photo", w=picture.width, n=least)
            )  # fmt: skip
    if scale == 1.0:
        return picture
    return _scaled(picture, scale, notes, up=scale > 1)


def _exact(picture: "Image", limits: Limits) -> "Image":
    """Without the one row or column by which rounding may have missed the shape."""
    if limits.ratios is None:
        return picture
    least, most = limits.ratios
    width, height = picture.size
    if width / height < least:
        return picture.crop((0, 0, width, int(width / least)))
    if width / height > most:
        return picture.crop((0, 0, int(height * most), height))
    return picture


def _scaled(picture: "Image", scale: float, notes: list[str], *, up: bool = False) -> "Image":
    from PIL.Image import Resampling

    rounded = round if up else int
    size = (max(1, rounded(picture.width * scale)), max(1, rounded(picture.height * scale)))
    words = ("gambar diperbesar ke {w}×{h}", "the picture is enlarged to {w}×{h}")
    if not up:
        words = ("gambar dikecilkan ke {w}×{h}", "the picture is reduced to {w}×{h}")
    notes.append(t(*words, w=size[0], h=size[1]))
    return picture.resize(size, Resampling.LANCZOS)


def _encoded(
    picture: "Image", mime: str, limits: Limits, notes: list[str], before: int
) -> "tuple[bytes, Image]":
    """As a file within the bytes that are accepted: by its quality first, then by its size."""
    from humasbot.cards.encode import encode

    while True:
        try:
            data = encode(picture, mime, limits.max_media_bytes)
            break
        except InputError:
            least = limits.widths[0] if limits.widths else 64
            if picture.width * SMALLER < least:
                raise
            if notes and notes[-1].startswith(t("gambar dikecilkan", "the picture is reduced")):
                notes.pop()
            picture = _scaled(picture, SMALLER, notes)
    if before > limits.max_media_bytes:
        notes.append(t("gambar dimampatkan dari {a} kB ke {b} kB", "the picture is compressed from {a} kB to {b} kB",
                       a=before // 1000, b=len(data) // 1000))  # fmt: skip
    return data, picture
