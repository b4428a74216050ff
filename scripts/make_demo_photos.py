"""Draw the example office's pictures: four illustrated scenes and a logo, so that no stock photo is needed.

Run ``python scripts/make_demo_photos.py``; the files land in ``content_templates/demo``. The result is the same on
every run (fixed seeds). The city of Tirta Asri and everything in the pictures is invented.
"""

import math
from pathlib import Path

from demo_canvas import HEIGHT, WIDTH, Point, Scene
from PIL import Image, ImageChops, ImageDraw

HERE = Path(__file__).resolve().parent.parent / "content_templates" / "demo"
UPLOADS = HERE / "website" / "wp-content" / "uploads"


def skyline(scene: Scene, foot: float, fill: str, windows: str, tallest: float) -> None:
    """A row of city buildings with lit windows."""
    x = -20.0
    while x < WIDTH:
        wide, high = scene.random.uniform(50, 120), scene.random.uniform(0.35, 1) * tallest
        scene.box(x, foot - high, wide, high + 4, fill)
        for row in range(int(high // 26)):
            for place in range(int(wide // 22)):
                if scene.random.random() < 0.36:
                    scene.box(x + 9 + place * 21, foot - high + 12 + row * 25, 9, 12, windows, 0.85)
        x += wide + scene.random.uniform(2, 26)


def pump_truck(scene: Scene, x: float, foot: float, size: float) -> None:
    """A mobile flood pump with its hose in the canal."""
    u = size / 100
    scene.disc(x + 78 * u, foot + 6 * u, 86 * u, "#0d2233", 0.35, blur=14, tall=0.1)
    scene.line(
        [(x + 4 * u, foot - 34 * u), (x - 26 * u, foot - 40 * u), (x - 52 * u, foot - 62 * u)],
        "#1f2a33",
        11 * u,
    )
    jet = [(x - (52 + t * 9) * u, foot - (66 + 34 * math.sin(math.pi * t / 9)) * u) for t in range(11)]
    for width, alpha in ((15, 0.3), (8, 0.5)):
        scene.line(jet, "#d8f2ff", width * u, alpha)
    scene.disc(*jet[-1], 26 * u, "#e8f8ff", 0.6, blur=6, tall=0.4)
    scene.box(x, foot - 62 * u, 104 * u, 50 * u, "#f28c28", radius=5 * u)
    scene.box(x, foot - 26 * u, 104 * u, 9 * u, "#fff3d6")
    for number in range(5):
        scene.box(x + (10 + number * 13) * u, foot - 54 * u, 6 * u, 20 * u, "#b9610f", radius=2 * u)
    scene.box(x + 108 * u, foot - 72 * u, 46 * u, 60 * u, "#f6a24a", radius=7 * u)
    scene.shape([(x + 132 * u, foot - 66 * u), (x + 146 * u, foot - 66 * u), (x + 151 * u, foot - 42 * u),
                 (x + 132 * u, foot - 42 * u)], "#20394a")  # fmt: skip
    scene.box(x + 112 * u, foot - 80 * u, 20 * u, 8 * u, "#4fc3f7", radius=3 * u)
    scene.disc(x + 122 * u, foot - 77 * u, 30 * u, "#7fdcff", 0.35, blur=10)
    scene.box(x - 4 * u, foot - 14 * u, 162 * u, 8 * u, "#2b2f36", radius=3 * u)
    for wheel in (24, 84, 134):
        scene.disc(x + wheel * u, foot - 4 * u, 14 * u, "#1c1f24")
        scene.disc(x + wheel * u, foot - 4 * u, 6 * u, "#9aa4ad")


def pumps() -> Scene:
    """Flood pumps beside a canal at dusk."""
    scene = Scene(11)
    scene.gradient(0, 640, ["#16305c", "#3f5f93", "#c98a86", "#f4b06b", "#f8cf8d"])
    scene.disc(1180, 560, 210, "#ffe0a3", 0.55, blur=120)
    scene.disc(1180, 560, 56, "#fff0c9", 0.95, blur=4)
    scene.clouds(70, 330, 7, "#8592b4", 0.28)
    scene.clouds(300, 470, 5, "#f6b48c", 0.3)
    scene.shape(scene.ridge(600, 90), "#5b5f88", 0.75)
    skyline(scene, 640, "#2c3a5f", "#ffd98a", 190)
    scene.gradient(640, HEIGHT, ["#e0a070", "#7b6f86", "#344a72", "#172c4c"])
    scene.mirror(640, 230, 0.75)
    scene.ripples(646, "#ffe2b0", 150, 0.34)
    scene.shape([(0, 700), (WIDTH, 800), (WIDTH, 842), (0, 726)], "#232c3d", 0.55, blur=12)
    scene.shape([(0, 800), (980, 838), (WIDTH, 900), (WIDTH, HEIGHT), (0, HEIGHT)], "#3d4654")
    scene.shape([(0, 800), (980, 838), (WIDTH, 900), (WIDTH, 914), (980, 850), (0, 812)], "#98a1ac")
    for x, foot, size in ((290, 842, 118), (700, 870, 142), (1215, 922, 172)):
        pump_truck(scene, x, foot, size)
    for x, foot in ((130, 812), (1490, 900)):
        scene.box(x, foot - 250, 7, 250, "#20262f")
        scene.box(x - 40, foot - 254, 48, 7, "#20262f", radius=3)
        scene.disc(x - 34, foot - 244, 70, "#ffe9a8", 0.4, blur=28)
        scene.disc(x - 34, foot - 246, 9, "#fff8dc")
    return scene


def house(scene: Scene, x: float, foot: float, wide: float, wall: str, roof: str) -> None:
    """A small riverside house with a lit door and windows."""
    high = wide * scene.random.uniform(0.62, 0.85)
    scene.box(x, foot - high, wide, high, wall)
    scene.shape([(x - wide * 0.1, foot - high), (x + wide * 0.22, foot - high - wide * 0.34),
                 (x + wide * 0.78, foot - high - wide * 0.34), (x + wide * 1.1, foot - high)], roof)  # fmt: skip
    scene.box(x + wide * 0.4, foot - high * 0.62, wide * 0.2, high * 0.62, "#4b2f2a", radius=3)
    for place in (0.12, 0.68):
        scene.box(x + wide * place, foot - high * 0.66, wide * 0.19, high * 0.3, "#ffe39b", radius=3)
        scene.disc(x + wide * (place + 0.09), foot - high * 0.52, wide * 0.2, "#ffd56b", 0.28, blur=12)


def festival() -> Scene:
    """Lanterns over a riverside kampung in the evening."""
    scene = Scene(23)
    scene.gradient(0, 640, ["#0d1640", "#2b2a6b", "#6a3d86", "#c65f7f", "#f19a6b"])
    for _ in range(130):
        x, y = scene.random.uniform(0, WIDTH), scene.random.uniform(0, 330)
        scene.disc(x, y, scene.random.uniform(0.7, 1.9), "#fff6df", scene.random.uniform(0.3, 0.9))
    scene.shape(scene.ridge(560, 120), "#3b2b62", 0.85)
    walls = ("#f26d6d", "#f7b538", "#4fb3bf", "#8bc37a", "#f08cb0", "#6c8ee0", "#f4845f", "#b58be0")
    for foot, size in ((560, 84), (612, 112), (668, 148)):
        x = scene.random.uniform(-60, 0)
        while x < WIDTH:
            wide = size * scene.random.uniform(0.85, 1.2)
            house(
                scene,
                x,
                foot,
                wide,
                scene.random.choice(walls),
                scene.random.choice(("#7a3b3b", "#5a3550", "#82503c")),
            )
            x += wide * 1.22
        scene.shape([(0, foot), (WIDTH, foot), (WIDTH, foot + 8), (0, foot + 8)], "#2a1f3f", 0.6)
    scene.box(0, 668, WIDTH, 22, "#2d2540")
    scene.gradient(690, HEIGHT, ["#5a3f77", "#3a2c66", "#171a44"])
    scene.mirror(690, 300, 0.85)
    scene.ripples(700, "#ffd08a", 190, 0.4)
    for row, (left, sag, right) in enumerate(((130, 250, 60), (60, 220, 190))):
        wire = [
            (t * WIDTH / 40, left + (right - left) * t / 40 + sag * math.sin(math.pi * t / 40))
            for t in range(41)
        ]
        scene.line(wire, "#1b1638", 3)
        for number, (x, y) in enumerate(wire[2:-1:3]):
            fill = ("#ff6f59", "#ffca3a", "#8ac926", "#4cc9f0", "#ff8fab")[(number + row * 2) % 5]
            scene.disc(x, y + 30, 62, fill, 0.36, blur=22)
            scene.disc(x, y + 30, 21, fill, tall=1.22)
            scene.disc(x, y + 30, 9, "#fff3c4", 0.75, blur=5, tall=1.3)
            scene.box(x - 9, y + 4, 18, 6, "#3a1f2b", radius=2)
            scene.line([(x, y + 56), (x, y + 74)], "#ffe0a0", 3)
    for x, y, size in ((320.0, 790.0, 1.0), (820.0, 850.0, 1.5), (1290.0, 800.0, 1.15)):
        wide, deep = 110 * size, 34 * size
        hull = [(x - wide, y), (x + wide, y), (x + wide * 0.64, y + deep), (x - wide * 0.64, y + deep)]
        scene.shape(hull, "#5b2f2a")
        scene.disc(x, y - 18 * size, 44 * size, "#ffd56b", 0.5, blur=20)
        scene.box(x - 34 * size, y - 44 * size, 68 * size, 44 * size, "#ffb347", radius=10 * size)
        scene.shape(
            [(x - 44 * size, y - 44 * size), (x, y - 74 * size), (x + 44 * size, y - 44 * size)], "#c8553d"
        )
    return scene


def clinic() -> Scene:
    """A community health centre in the morning."""
    scene = Scene(37)
    scene.gradient(0, 720, ["#4aa8de", "#8ccbec", "#cfeaf5", "#f4f7ee"])
    scene.clouds(80, 360, 9, "#ffffff", 0.5)
    scene.shape(scene.ridge(560, 80), "#8fb9a8", 0.9)
    scene.shape(scene.ridge(620, 45), "#6aa582", 0.95)
    for x, tall in ((120, 330), (1420, 380), (1530, 300)):
        scene.palm(x, 735, tall, "#2f6f52")
    scene.gradient(720, HEIGHT, ["#86c06c", "#63a355", "#4b8a48"])
    scene.shape([(560, 752), (900, 752), (1240, HEIGHT), (250, HEIGHT)], "#d9d4c8")
    scene.shape([(690, 752), (770, 752), (830, HEIGHT), (660, HEIGHT)], "#efeadd", 0.7)
    scene.disc(735, 756, 520, "#2e5a3d", 0.35, blur=26, tall=0.05)
    scene.box(260, 500, 950, 250, "#fbfaf6")
    scene.box(260, 700, 950, 50, "#bfe0d2")
    scene.shape([(210, 505), (330, 390), (1140, 390), (1260, 505)], "#1f8a70")
    scene.shape([(210, 505), (1260, 505), (1250, 526), (220, 526)], "#15634f")
    for x in (312, 442, 900, 1030):
        scene.box(x, 560, 96, 104, "#2f5d73", radius=5)
        scene.box(x + 6, 566, 40, 92, "#8fd0e6", radius=3)
        scene.box(x + 50, 566, 40, 92, "#a9deee", radius=3)
    scene.shape([(560, 470), (735, 366), (910, 470)], "#27a387")
    scene.shape([(560, 470), (910, 470), (902, 488), (568, 488)], "#15634f")
    for x in (582, 868):
        scene.box(x, 488, 20, 262, "#e7e2d6")
    scene.box(650, 560, 170, 190, "#335f72", radius=4)
    scene.box(658, 568, 74, 182, "#bfe8f3")
    scene.box(738, 568, 74, 182, "#cdeef6")
    scene.disc(735, 432, 31, "#ffffff")
    scene.box(727, 412, 16, 40, "#1f8a70", radius=3)
    scene.box(715, 424, 40, 16, "#1f8a70", radius=3)
    for x in (150, 1290, 1400):
        scene.tree(x, 800, 190, ("#2f7d4f", "#3d9660", "#57ad71"))
    # A green cross: the red one belongs to the Red Cross by law (UU 1/2018).
    for x in (*range(20, 400, 46), *range(1100, WIDTH, 46)):
        scene.disc(
            x,
            862 + scene.random.uniform(-6, 6),
            30,
            scene.random.choice(("#3f8f53", "#4fa05f", "#388049")),
            tall=0.7,
        )
        scene.disc(x + 6, 848, 5, scene.random.choice(("#ffd166", "#ff8fab", "#fff1e6")))
    return scene


def city_hall() -> Scene:
    """A city hall with a stepped Javanese roof below a volcano at sunrise."""
    scene = Scene(53)
    scene.gradient(0, 700, ["#27508f", "#6d8fc2", "#f3c5a0", "#fde5b8"])
    scene.disc(420, 520, 330, "#ffe3a6", 0.6, blur=150)
    scene.disc(420, 520, 62, "#fff6da", blur=4)
    scene.clouds(80, 280, 7, "#ffffff", 0.32)
    scene.shape(
        [(640, 640), (1010, 268), (1068, 262), (1110, 284), (WIDTH, 620), (WIDTH, 720), (560, 720)],
        "#5b76a8",
        0.92,
    )
    scene.shape([(1010, 268), (1068, 262), (1110, 284), (1168, 320), (1090, 308), (1046, 342), (1000, 300), (960, 318)],
                "#e9dfe4", 0.75, blur=4)  # fmt: skip
    scene.shape(scene.ridge(640, 70), "#6f8f8d", 0.9)
    scene.shape(scene.ridge(690, 40), "#4c7a63")
    scene.gradient(716, HEIGHT, ["#7fb56a", "#5c9a55", "#3f7a47"])
    scene.shape([(690, 770), (910, 770), (1240, HEIGHT), (360, HEIGHT)], "#e3d7c1")
    scene.disc(800, 772, 470, "#2b4f38", 0.4, blur=26, tall=0.05)
    scene.box(380, 640, 840, 130, "#f6efe0")
    scene.box(380, 742, 840, 30, "#c9b79a")
    for x in range(412, 1200, 97):
        scene.box(x, 622, 22, 148, "#fffaf0")
        scene.box(x - 5, 760, 32, 12, "#b9a483")
        scene.box(x + 34, 664, 40, 80, "#6b4a35", radius=3)
    for left, right, top, foot, inner in (
        (330, 1270, 560, 634, 170),
        (480, 1120, 478, 556, 120),
        (590, 1010, 372, 474, 130),
    ):
        scene.shape([(left, foot), (left + inner, top), (right - inner, top), (right, foot)], "#9a4a32")
        scene.shape([(left, foot), (right, foot), (right - 12, foot + 13), (left + 12, foot + 13)], "#6d3122")
    scene.box(716, 360, 168, 14, "#6d3122", radius=4)
    scene.box(796, 330, 8, 32, "#e0b04c")
    scene.disc(800, 328, 9, "#f2c75c")
    scene.box(196, 330, 8, 480, "#e8e8e8")
    scene.disc(200, 328, 8, "#e0b04c")
    for half, fill in ((0, "#d7263d"), (1, "#ffffff")):
        edge = [(204 + t * 10, 340 + half * 52 + 7 * math.sin(t / 2.4)) for t in range(17)]
        scene.shape([*edge, *[(x, y + 52) for x, y in reversed(edge)]], fill)
    for x in (70, 320, 1300, 1420, 1540):
        scene.tree(x, 830, 200, ("#2b6b45", "#38875a", "#57a56c"))
    for x in (150, 1480):
        scene.palm(x, 820, 330, "#285c44")
    for side in (-1, 1):
        for step in range(9):
            y = 800 + step * 24
            scene.disc(800 + side * (150 + step * 38), y, 17 + step * 1.6, "#3a7f49", tall=0.75)
            scene.disc(800 + side * (150 + step * 38), y - 9, 5, ("#ffd166", "#ef476f", "#ffffff")[step % 3])
    return scene


def logo(path: Path) -> None:
    """The invented city's emblem: a lotus above waves on a disc."""
    side = 512 * 4
    image = Image.new("RGBA", (side, side))
    draw = ImageDraw.Draw(image)
    u = side / 512
    draw.ellipse((8 * u, 8 * u, 504 * u, 504 * u), fill="#f2b705")
    draw.ellipse((24 * u, 24 * u, 488 * u, 488 * u), fill="#0b5563")
    inside = Image.new("L", (side, side))
    ImageDraw.Draw(inside).ellipse((38 * u, 38 * u, 474 * u, 474 * u), fill=255)
    waves = Image.new("RGBA", (side, side))
    brush = ImageDraw.Draw(waves)
    for number, fill in enumerate(("#1a8fa3", "#49b7c6", "#c8eef2")):
        top = [
            (x, (330 + number * 42) * u + 13 * u * math.sin(x / u / 38 + number * 1.4))
            for x in range(0, side + 8, 8)
        ]
        brush.polygon([*top, (side, side), (0, side)], fill=fill)
    image.paste(waves, mask=ImageChops.multiply(waves.getchannel("A"), inside))
    for angle, long, fill in ((-64, 150, "#f7d76a"), (64, 150, "#f7d76a"), (-34, 186, "#fbe9a9"), (34, 186, "#fbe9a9"),
                              (0, 210, "#ffffff")):  # fmt: skip
        petal = Image.new("L", (side, side))
        ImageDraw.Draw(petal).polygon(_petal(256 * u, 322 * u, long * u, math.radians(angle)), fill=255)
        image.paste(Image.new("RGBA", (side, side), fill), mask=petal)
    path.parent.mkdir(parents=True, exist_ok=True)
    image.resize((512, 512), Image.Resampling.LANCZOS).quantize(128, Image.Quantize.FASTOCTREE).save(
        path, optimize=True
    )


def _petal(x: float, y: float, long: float, angle: float) -> list[Point]:
    """A pointed leaf from (*x*, *y*) upwards, turned by *angle* radians."""
    sides = [(s * long * 0.2 * math.sin(math.pi * t / 24) ** 0.9, long * t / 24) for s, steps in ((-1, range(25)),
             (1, range(24, -1, -1))) for t in steps]  # fmt: skip
    return [
        (x + px * math.cos(angle) + py * math.sin(angle), y + px * math.sin(angle) - py * math.cos(angle))
        for px, py in sides
    ]


def main() -> None:
    """Draw everything."""
    for name, draw in (
        ("pompa-banjir", pumps),
        ("festival-sungai", festival),
        ("puskesmas", clinic),
        ("balai-kota", city_hall),
    ):
        path = UPLOADS / f"{name}.jpg"
        draw().save(path)
        print(path, path.stat().st_size)
    logo(HERE / "logo.png")


if __name__ == "__main__":
    main()
