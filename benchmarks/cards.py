"""How fast cards are drawn, against the physical limit and against others.

The limit is the time that libjpeg-turbo takes to encode the same finished picture (simplejpeg on RGBX, 4:2:0, quality
90; where simplejpeg is not installed, Pillow's own encoder, and the output says so). It is measured in one process,
turn and turn about with the cards, because a shared machine's speed swings; ratios are of medians of CPU time.

    python benchmarks/cards.py [--json] [--quick] [--rivals]

Keys: shared_photo_x_limit, shared_photo_per_s, two_core_speedup, own_photo_normalised_x_limit, own_photo_12mp_x_limit,
layout_ms, peak_mb, cold_s, limit_ms, limit_by, and with --rivals vs_chromium, vs_satori, vs_pictex (or why not).
"""

import argparse
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from cards_rivals import rivals

from humasbot.cards import Brand, Renderer, photo
from humasbot.cards.inputs import gather

SIZE = (1080, 1080)
TEMPLATES = Path(__file__).resolve().parent / "cards_templates"
WORDS = [
    "pemerintah",
    "kota",
    "bersama",
    "warga",
    "membuka",
    "pelayanan",
    "baru",
    "administrasi",
    "kependudukan",
    "di",
    "kantor",
    "kelurahan",
    "mulai",
    "hari",
    "senin",
    "agar",
    "setiap",
    "keluarga",
    "dapat",
    "mengurus",
    "dokumen",
    "dengan",
    "cepat",
    "tanpa",
    "biaya",
    "tambahan",
    "sampai",
    "selesai",
    "jadwal",
    "vaksinasi",
    "puskesmas",
    "sekolah",
    "jalan",
    "jembatan",
    "pasar",
    "taman",
    "banjir",
    "siaga",
    "posko",
    "bantuan",
    "pangan",
    "beras",
    "harga",
    "stabil",
    "pelatihan",
    "kerja",
    "beasiswa",
    "pendaftaran",
    "daring",
    "aplikasi",
    "laporan",
    "aduan",
    "ditanggapi",
    "petugas",
    "lapangan",
]


def fields(seed: int) -> dict[str, str]:
    """One card's texts, all different from the others'."""
    rnd = random.Random(seed)
    return {
        "headline": " ".join(rnd.choices(WORDS, k=rnd.randint(4, 7))).capitalize() + f" {seed}",
        "body": " ".join(rnd.choices(WORDS, k=rnd.randint(20, 24))).capitalize() + ".",
    }


def natural_photo(path: Path, size: tuple[int, int], seed: int = 1) -> Path:
    """A made-up photo with detail at every scale, as real ones have (amplitude falls with frequency), its channels
    alike but for a slow drift; as detailed as the real photo of 2026-11-22 (257 kB normalised, 243 kB as a card)."""
    from PIL import Image, ImageChops

    rnd = random.Random(seed)

    def layer(octave: int, part: float) -> Image.Image:
        small = (max(2, size[0] * 2**octave // 4096), max(2, size[1] * 2**octave // 4096))
        noise = Image.frombytes("L", small, rnd.randbytes(small[0] * small[1])).resize(
            size, Image.Resampling.BICUBIC
        )
        return noise.point(lambda v: int(128 + (v - 128) * part))

    grey = Image.linear_gradient("L").resize(size).point(lambda v: 190 - v // 3)
    for octave in range(3, 12):
        grey = ImageChops.add(grey, layer(octave, 0.73 ** (octave - 1)), 1, -128)
    bands = [ImageChops.add(grey, layer(3 + channel, 0.4), 1, -128) for channel in range(3)]
    Image.merge("RGB", bands).save(path, "JPEG", quality=92)
    return path


def logo(path: Path) -> Path:
    """A made-up mark with transparency."""
    from PIL import Image, ImageDraw

    picture = Image.new("RGBA", (400, 440), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    draw.polygon([(200, 10), (390, 80), (370, 260), (200, 430), (30, 260), (10, 80)], fill=(242, 183, 5, 255))
    draw.ellipse((120, 110, 280, 270), fill=(255, 255, 255, 255))
    picture.save(path)
    return path


def limit_encoder(picture: Any) -> tuple[Callable[[], object], str]:
    """What encodes *picture* as fast as it can be done, and its name."""
    try:
        import numpy
        import simplejpeg
    except ImportError:
        from humasbot.cards.encode import encode

        return lambda: encode(picture, "image/jpeg", None), "Pillow (simplejpeg is not installed)"
    pixels = numpy.zeros((*picture.size[::-1], 4), numpy.uint8)
    pixels[:, :, :3] = numpy.asarray(picture)
    return lambda: simplejpeg.encode_jpeg(pixels, 90, "RGBX", "420"), f"simplejpeg {simplejpeg.__version__}"


def timed(work: Callable[[], object]) -> float:
    """CPU milliseconds of one call."""
    start = time.process_time()
    work()
    return (time.process_time() - start) * 1000


def against_limit(
    draw: Callable[[int], object], limit: Callable[[], object], count: int
) -> tuple[float, float]:
    """Median CPU ms of *draw* and of *limit*, measured in turns."""
    drawn, least = [], []
    for number in range(count):
        drawn.append(timed(lambda n=number: draw(n)))
        least.append(timed(limit))
    return statistics.median(drawn), statistics.median(least)


def shared(cards: Renderer, shot: Path, count: int) -> dict[str, Any]:
    """All texts different, one photo."""
    picture, _ = cards.picture("bench", fields(5), SIZE, shot)
    limit, by = limit_encoder(picture)

    def draw(number: int) -> None:
        cards.draw("bench", fields(number), SIZE, shot)

    for number in range(100_000, 100_150):
        draw(number)
    card, least = against_limit(draw, limit, count)
    return {
        "shared_photo_x_limit": card / least,
        "shared_photo_per_s": 1000 / card,
        "shared_photo_ms": card,
        "limit_ms": least,
        "limit_by": by,
    }


def two_cores(cards: Renderer, shot: Path, turns: int) -> float:
    """Cards a second of two threads over those of one: the best of many short windows of each, in turns, for a window
    in which something else had the second core says nothing about the drawing."""

    def draw(number: int) -> None:
        cards.draw("bench", fields(number), SIZE, shot)

    one, two = [], []
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(draw, range(40)))
        for turn in range(turns):
            numbers = range(turn * 40, turn * 40 + 40)
            start = time.perf_counter()
            for number in numbers:
                draw(number)
            one.append(time.perf_counter() - start)
            start = time.perf_counter()
            list(pool.map(draw, numbers))
            two.append(time.perf_counter() - start)
    return min(one) / min(two)


def own(cards: Renderer, folder: Path, count: int) -> dict[str, float]:
    """A photo of its own for each card: normalised before, and as it came from a 12-megapixel camera."""
    big = [natural_photo(folder / f"big{n}.jpg", (4000, 3000), n) for n in range(2)]
    small = [photo.normalise(path.read_bytes()) for path in big]
    # A few bytes after the end of a JPEG change its hash and nothing else: every card meets a photo never seen before.
    fresh = [small[n % 2] + b"\0" * 2 + str(n).encode() for n in range(count)]
    raw = [path.read_bytes() for path in big]
    picture, _ = cards.picture("bench", fields(5), SIZE, fresh[0])
    limit, _ = limit_encoder(picture)
    normal, least = against_limit(lambda n: cards.draw("bench", fields(n), SIZE, fresh[n]), limit, count)
    twelve, least12 = against_limit(
        lambda n: cards.draw("bench", fields(n), SIZE, raw[n % 2] + b"\0" * 2 + str(n).encode()),
        limit,
        max(6, count // 6),
    )
    return {
        "own_photo_normalised_x_limit": normal / least,
        "own_photo_12mp_x_limit": twelve / least12,
        "own_photo_normalised_ms": normal,
        "own_photo_12mp_ms": twelve,
    }


def layout_ms(cards: Renderer, count: int) -> float:
    """Median CPU ms to lay out one card whose words are known already."""
    ready = cards.ready("bench", SIZE)
    inputs = [gather(ready.plan.template, fields(n), None, cards.brand) for n in range(count)]
    for one in inputs:
        ready.lay(one)
    return statistics.median(timed(lambda one=one: ready.lay(one)) for one in inputs)


def fleet(count: int) -> dict[str, float]:
    """Median CPU ms of a greeting for another agency: of other colours, of another name only, and for the same one."""
    words = {"headline": "Selamat Pagi", "body": "Semoga lancar segala urusan hari ini."}

    def draw(number: int, colour: str) -> None:
        Renderer(brand=Brand(f"Pemerintah Desa Contoh {number}", primary=colour)).draw("greeting", words)

    same = Renderer(brand=Brand("Pemerintah Desa Contoh"))
    draw(0, "#0B3D91")
    same.draw("greeting", words)
    ways: dict[str, Callable[[int], object]] = {
        "new_colours": lambda n: draw(n, f"#0B{n:02X}91"),
        "new_name": lambda n: draw(n, "#0B3D91"),
        "same_agency": lambda n: same.draw("greeting", {**words, "body": f"Semoga lancar hari ini {n}."}),
    }
    found = {
        f"fleet_{way}_ms": statistics.median(
            timed(lambda n=n, way=way: ways[way](n)) for n in range(1, count)
        )
        for way in ways
    }
    for way in ("new_colours", "new_name"):
        found[f"fleet_{way}_x_same_agency"] = found[f"fleet_{way}_ms"] / found["fleet_same_agency_ms"]
    return found


COLD = """
import time; start = time.perf_counter()
from pathlib import Path
from humasbot.cards import Brand, Renderer
brand = Brand("Dinas Komunikasi dan Informatika Kota Contoh", logo=Path({logo!r}), portrait=Path({face!r}))
cards = Renderer([Path({templates!r})], brand)
cards.draw("bench", {fields!r}, photo=Path({photo!r}))
print(time.perf_counter() - start)
"""
PEAK = """
import sys; sys.path.insert(0, {here!r})
from pathlib import Path
from cards import fields
from humasbot.cards import Brand, Renderer
brand = Brand("Dinas Komunikasi dan Informatika Kota Contoh", logo=Path({logo!r}), portrait=Path({face!r}))
cards = Renderer([Path({templates!r})], brand)
for n in range({count}):
    cards.draw("bench", fields(n), photo=Path({photo!r}))
print(next(int(line.split()[1]) / 1000 for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def in_fresh_process(code: str) -> float:
    """What the code prints last, as a number, from a process of its own."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Every measurement."""
    count = 60 if arguments.quick else 300
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        mark = logo(folder / "logo.png")
        shot = natural_photo(folder / "shared.jpg", (1620, 1215), 7)
        face = natural_photo(folder / "face.jpg", (600, 600), 3)
        brand = Brand("Dinas Komunikasi dan Informatika Kota Contoh", logo=mark, portrait=face)
        cards = Renderer([TEMPLATES], brand)
        places = {
            "templates": str(TEMPLATES),
            "face": str(face),
            "logo": str(mark),
            "photo": str(shot),
            "fields": fields(3),
            "here": str(Path(__file__).parent),
        }
        found: dict[str, Any] = {}
        found["cold_s"] = statistics.median(in_fresh_process(COLD.format(**places)) for _ in range(3))
        found["peak_mb"] = in_fresh_process(PEAK.format(**places, count=300 if arguments.quick else 2000))
        found |= shared(cards, shot, count)
        found["two_core_speedup"] = two_cores(cards, shot, 8 if arguments.quick else 25)
        found["layout_ms"] = layout_ms(cards, count)
        found |= own(cards, folder, max(12, count // 4))
        found |= fleet(max(12, count // 4))
        if arguments.rivals:
            found |= rivals.run(fields, shot, found["shared_photo_ms"], 20 if arguments.quick else 60)
    found["this_process_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    return found


BARS = {
    "shared_photo_x_limit": (2.0, "at most"), "shared_photo_per_s": (100, "at least"),
    "two_core_speedup": (1.8, "at least"),
    "own_photo_normalised_x_limit": (5.0, "at most"), "own_photo_12mp_x_limit": (13.0, "at most"),
    "layout_ms": (0.5, "at most"), "peak_mb": (120, "at most"), "cold_s": (0.5, "at most"),
    "vs_chromium": (7, "at least"), "vs_satori": (15, "at least"), "vs_pictex": (10, "at least"),
}  # fmt: skip


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="fewer cards; for a look, not for a record")
    parser.add_argument(
        "--rivals", action="store_true", help="also Chromium, satori and PicTex where installed"
    )
    found = run(parser.parse_args())
    if "--json" in sys.argv:
        print(json.dumps({k: round(v, 3) if isinstance(v, float) else v for k, v in found.items()}, indent=1))
        return 0
    for key, value in found.items():
        bar = BARS.get(key)
        shown = f"{value:.3f}" if isinstance(value, float) else str(value)
        print(f"{key:32} {shown:>12}" + (f"   {bar[1]} {bar[0]}" if bar else ""))
    return 0


if __name__ == "__main__":
    sys.exit(main())
