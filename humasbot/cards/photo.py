"""Photos from the outside: opened safely, set upright, made plain RGB, cut to cover a box with the subject in view."""

from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from humasbot.cards import turbo
from humasbot.cards.cache import Bounded
from humasbot.cards.encode import write
from humasbot.errors import InputError
from humasbot.words import t

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PIXELS = 40_000_000
MOST_BYTES = 40_000_000
NEAR = 0.955  # a scale from which a photo is cut rather than scaled
BAND = 128  # rows
SHORTEST = 200  # px: below that a photo is a smear on any card
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "MPO")
Source = bytes | Path
Spot = tuple[float, float]
_digests: Bounded[str] = Bounded(4000)
_MIDDLE = (0.5, 0.42)  # a little above the middle: heads are there


def read(source: Source) -> bytes:
    """The file's bytes; InputError where it is absent, empty or too big."""
    if isinstance(source, Path):
        if not source.is_file():
            raise InputError(t("Berkas foto {p} tidak ada.", "The photo file {p} does not exist.", p=source))
        if source.stat().st_size > MOST_BYTES:
            raise _refused(
                t("berkasnya lebih dari {n} MB", "its file is over {n} MB", n=MOST_BYTES // 1_000_000)
            )
        source = source.read_bytes()
    if len(source) > MOST_BYTES:
        raise _refused(t("berkasnya lebih dari {n} MB", "its file is over {n} MB", n=MOST_BYTES // 1_000_000))
    return source


def digest(source: Source) -> str:
    """SHA-256 of the file: the key under which renditions are kept. A file not changed since is not read again.

    InputError as :func:`read`.
    """
    if not isinstance(source, Path):
        return sha256(source).hexdigest()
    try:
        state = source.stat()
    except OSError:
        return sha256(read(source)).hexdigest()
    key = (str(source), state.st_mtime_ns, state.st_size)
    found = _digests.get(key)
    if found is None:
        found = sha256(read(source)).hexdigest()
        _digests.put(key, found)
    return found


def open_photo(data: bytes, wanted: tuple[int, int] | None = None, *, flatten: bool = True) -> "Image":
    """The picture in *data*, upright, RGB (RGBA where not *flatten* and it has transparency).

    *wanted* (width, height in px) lets a JPEG be read at a smaller scale that still covers it. Raises InputError, with
    a sentence that says what to send instead, for everything that cannot be shown rightly.
    """
    from PIL import Image

    name = _foreign(data)
    if name:
        raise _refused(
            t(
                "formatnya {x}; simpan sebagai JPEG atau PNG",
                "its format is {x}; save it as JPEG or PNG",
                x=name,
            )
        )
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as image:
            _check(image)
            turned = image.getexif().get(0x0112, 1)
            quick: Image.Image | None = None
            if wanted and image.format in ("JPEG", "MPO"):
                least = wanted[::-1] if turned in (5, 6, 7, 8) else wanted
                if image.mode == "RGB":
                    quick = turbo.decode(data, image.size, least)
                image.draft("RGB", least)
            if quick is None:
                image.load()
            picture = _upright(quick or image, turned)
            profile = image.info.get("icc_profile")
    except InputError:
        raise
    except Image.DecompressionBombError as error:
        raise _too_many() from error
    except (
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
        TypeError,
        KeyError,
        IndexError,
        OverflowError,
    ) as error:
        raise _refused(
            t("berkasnya rusak atau terpotong; kirim ulang", "its file is damaged or cut off; send it again")
        ) from error
    return _plain(picture, profile, wanted, flatten=flatten)


def _upright(picture: "Image", turned: int) -> "Image":
    """*picture* turned as its EXIF orientation *turned* (1 to 8) says."""
    from PIL.Image import Transpose

    way = {
        2: Transpose.FLIP_LEFT_RIGHT, 3: Transpose.ROTATE_180, 4: Transpose.FLIP_TOP_BOTTOM, 5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270, 7: Transpose.TRANSVERSE, 8: Transpose.ROTATE_90,
    }.get(turned)  # fmt: skip
    return picture if way is None else picture.transpose(way)


def _check(image: "Image") -> None:
    if image.width * image.height > MOST_PIXELS:
        raise _too_many()
    if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
        raise _refused(
            t("gambarnya bergerak; kirim satu gambar diam", "it is animated; send one still picture")
        )
    if image.format != "MPO" and min(image.size) < 2:
        raise _refused(t("ukurannya hanya {w}×{h}", "it is only {w}×{h}", w=image.width, h=image.height))


def _plain(
    picture: "Image", profile: bytes | None, wanted: tuple[int, int] | None, *, flatten: bool
) -> "Image":
    if picture.mode.startswith("I"):
        return _banded(picture, wanted, _from_16_bits)
    if picture.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in picture.info:
        return _banded(picture, wanted, _on_white) if flatten else picture.convert("RGBA")
    if profile and picture.mode in ("RGB", "CMYK"):
        picture = _to_srgb(picture, profile)
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def _banded(picture: "Image", wanted: tuple[int, int] | None, plain: "Callable[[Image], Image]") -> "Image":
    """*picture* made RGB by *plain*, band by band, and made smaller at once where it is far larger than *wanted*: so
    that 40 megapixels are in memory once and not three times."""
    from PIL import Image

    times = max(1, min(picture.width // wanted[0], picture.height // wanted[1])) if wanted else 1
    ground = Image.new("RGB", (-(-picture.width // times), -(-picture.height // times)))
    rows = max(1, BAND // times) * times
    for top in range(0, picture.height, rows):
        band = plain(picture.crop((0, top, picture.width, min(top + rows, picture.height))))
        ground.paste(band.reduce(times) if times > 1 else band, (0, top // times))
    return ground


def _on_white(band: "Image") -> "Image":
    from PIL import Image

    band = band.convert("RGBA")
    plain = Image.new("RGB", band.size, (255, 255, 255))
    plain.paste(band, (0, 0), band)
    return plain


def _from_16_bits(band: "Image") -> "Image":
    """A plain conversion would clip all above 255 to white."""
    return band.point(lambda v: v * (1 / 256)).convert("L").convert("RGB")


def _to_srgb(picture: "Image", profile: bytes) -> "Image":
    from PIL import ImageCms

    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        if picture.mode == "RGB" and "srgb" in (ImageCms.getProfileDescription(source) or "").lower():
            return picture
        turned = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
        return turned if turned is not None else picture
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture  # a broken profile: the plain colours are the best guess


def _foreign(data: bytes) -> str:
    """The name of a format that is known but not taken, or ``""``."""
    if data[4:8] == b"ftyp":
        return "AVIF" if data[8:12] in (b"avif", b"avis") else "HEIC"
    start = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<svg", b"<?xml", b"<!doctype svg")):
        return "SVG"
    for magic, name in (
        (b"%pdf", "PDF"),
        (b"%!ps", "EPS"),
        (b"ii*\0", "TIFF"),
        (b"mm\0*", "TIFF"),
        (b"8bps", "PSD"),
        (b"bm", "BMP"),
    ):
        if start.startswith(magic):
            return name
    return ""


def _refused(why: str) -> InputError:
    return InputError(t("Foto tidak dapat dipakai: {x}.", "The photo cannot be used: {x}.", x=why))


def _too_many() -> InputError:
    most = MOST_PIXELS // 1_000_000
    return _refused(
        t("lebih dari {n} megapiksel; perkecil dahulu", "it is over {n} megapixels; make it smaller", n=most)
    )


def cover(
    picture: "Image", size: tuple[int, int], focus: Spot | None = None, aim: Spot = (0.5, 0.5)
) -> "Image":
    """*picture* cut and scaled to fill *size* exactly, its *focus* as near to the *aim* of the box as can be (both 0 to
    1, across and down)."""
    from PIL import Image

    width, height = size
    if picture.size == size:
        return picture
    scale = max(width / picture.width, height / picture.height)
    wide, high = min(width / scale, picture.width), min(height / scale, picture.height)
    fx, fy = focus or _MIDDLE
    left = min(max(fx * picture.width - wide * aim[0], 0.0), picture.width - wide)
    top = min(max(fy * picture.height - high * aim[1], 0.0), picture.height - high)
    box = (left, top, left + wide, top + high)
    if NEAR <= scale <= 1:  # so little too large that cutting off the rest is better than scaling, and free
        x, y = (max(0, min(round(c - side / 2), most - side)) for c, side, most in (
            (left + wide / 2, width, picture.width), (top + high / 2, height, picture.height)
        ))  # fmt: skip
        return picture.crop((x, y, x + width, y + height))
    # Hamming is as sharp as bicubic when a photo gets smaller, and a third faster.
    way = Image.Resampling.LANCZOS if scale > 1 else Image.Resampling.HAMMING
    return picture.resize(size, way, box=box, reducing_gap=2.0 if scale < 0.5 else None)


def rendition(
    data: bytes, size: tuple[int, int], focus: Spot | None = None, aim: Spot = (0.5, 0.5)
) -> "Image":
    """The photo in *data* ready for a box of *size* px, RGB, cut as :func:`cover` does. InputError as
    :func:`open_photo`, or if it is tiny."""
    picture = open_photo(data, size)
    if min(picture.size) < SHORTEST and min(picture.size) < min(size):
        raise _refused(
            t("ukurannya hanya {w}×{h}, paling kecil {n} piksel", "it is only {w}×{h}, the least is {n} px",
              w=picture.width, h=picture.height, n=SHORTEST)
        )  # fmt: skip
    return cover(picture, size, focus, aim)


def normalise(data: bytes, shorter: int = 1080) -> bytes:
    """The photo in *data* as an upright sRGB JPEG whose shorter side is at most *shorter* px: what ingest keeps.

    The same bytes for the same photo. InputError as :func:`open_photo`.
    """
    picture = open_photo(data, (shorter, shorter))
    if min(picture.size) > shorter:
        scale = shorter / min(picture.size)
        size = (max(shorter, round(picture.width * scale)), max(shorter, round(picture.height * scale)))
        picture = cover(picture, size)
    return write(picture, "JPEG", quality=88, subsampling=2)


class PhotoStore:
    """A folder of normalised photos, each under the hash of the photo that it was made from."""

    def __init__(self, folder: Path, shorter: int = 1080) -> None:
        self.folder = folder
        self.shorter = shorter

    def keep(self, source: Source, normalise: Callable[[bytes, int], bytes] = normalise) -> Path:
        """The normalised photo's file, made now if it is not there yet. InputError as :func:`open_photo`."""
        data = read(source)
        path = self.folder / f"{digest(data)[:40]}-{self.shorter}.jpg"
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(".part")
            part.write_bytes(normalise(data, self.shorter))
            part.replace(path)
        return path
