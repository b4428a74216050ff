"""What offices really write: names of 123 letters, times from–to, long addresses, a carousel's last page, a subject at
the photo's edge."""

from pathlib import Path

import pytest
from card_helpers import laid
from gallery_samples import office, photo_of
from PIL import Image, ImageChops, ImageDraw, ImageStat

from humasbot.cards import SIZES, Brand, Renderer
from humasbot.cards.check import examples, shows_photo
from humasbot.cards.ground import build
from humasbot.cards.inputs import read_focus
from humasbot.cards.photo import cover
from humasbot.cards.pictures import Content
from humasbot.errors import InputError

CARDS, _ = office()
LONG = Brand(
    "Dinas Pekerjaan Umum, Penataan Ruang, Perumahan Rakyat, dan Kawasan Permukiman Kabupaten Kepulauan Tanimbar "
    "Provinsi Maluku",
    logo=CARDS.brand.logo, portrait=CARDS.brand.portrait, primary="#7A1F2B", accent="#E9B44C",
    handles=("@dpuprkepulauantanimbar", "pupr.kepulauantanimbarkab.go.id"),
)  # fmt: skip
FLAT = ("wide", "link")


@pytest.mark.parametrize("name", CARDS.templates())
def test_a_name_of_123_letters_is_set_whole_in_every_size(name: str) -> None:
    cards = Renderer(brand=LONG)
    template = cards.template(name)
    for with_photo in (False, True) if shows_photo(template) else (False,):
        fields = {**examples(template), **({"photo": photo_of("puskesmas")} if with_photo else {})}
        for label, size in SIZES.items():
            ready, drawing = laid(cards, name, fields, size)
            shown = [
                item
                for item, _, _ in (*drawing.texts, *ready.fixed.texts)
                if "brand.name" in item.node.phrase.names
            ]
            assert len(shown) == 1, label
            assert shown[0].block.length == len(LONG.name)
            assert shown[0].px >= 22 / 1080 * size[0] - 1e-6


@pytest.mark.parametrize("name", ["greeting", "event-after", "carousel-cover", "greeting-weekend"])
def test_a_long_name_leaves_the_photo_in_sight_on_flat_cards(name: str) -> None:
    subject = photo_of("puskesmas")
    for label in FLAT:
        pictures = [
            Renderer(brand=brand).picture(name, examples(CARDS.template(name)), SIZES[label], subject)[0]
            for brand in (LONG, Brand("Desa Suka", primary=LONG.primary, accent=LONG.accent))
        ]
        right = (SIZES[label][0] * 68 // 100, 0, SIZES[label][0] - 20, SIZES[label][1] * 80 // 100)
        difference = ImageChops.difference(*(picture.crop(right) for picture in pictures))
        assert max(ImageStat.Stat(difference).mean) < 1.0, label


@pytest.mark.parametrize(
    "time", ["07.30", "07.30 WIB", "07.30–08.30", "07.30–08.30 WIB", "19.30–selesai", "Pukul 07.30 WITA"]
)
def test_the_agenda_takes_any_way_of_writing_a_time(time: str) -> None:
    events = [
        [time, "Apel pagi dan penyerahan penghargaan", "Halaman Balai Kota"],
        ["13.00", "Rapat", "Aula"],
    ]
    for size in SIZES.values():
        _, drawing = laid(CARDS, "agenda", {**examples(CARDS.template("agenda")), "events": events}, size)
        times = [item for item, _, _ in drawing.texts if item.node.name == "event_time"]
        titles = [item for item, _, _ in drawing.texts if item.node.name == "event_title"]
        assert [len(item.lines) for item in times] == [1, 1]
        assert times[0].box[2] - times[0].box[0] == pytest.approx(times[1].box[2] - times[1].box[0])
        for when, title in zip(times, titles, strict=True):  # beside one another, never one above the other
            assert when.box[2] < title.box[0]
            assert when.box[1] < title.box[3]


def test_a_long_address_for_applications_fits_every_size() -> None:
    for link in (
        "https://sdm.tirtaasri.go.id/relawan-lansia-2027",
        "rekrutmen.kabkepulauantanimbar.go.id/cpns/2027",
    ):
        for size in SIZES.values():
            _, drawing = laid(
                CARDS, "recruitment", {**examples(CARDS.template("recruitment")), "link": link}, size
            )
            assert sum("link" in item.node.phrase.names for item, _, _ in drawing.texts) == 1


def test_the_last_page_of_a_carousel_asks_nobody_to_go_on() -> None:
    def names(page: str, pages: str) -> set[str]:
        fields = {**examples(CARDS.template("carousel-page")), "page": page, "pages": pages}
        ready, drawing = laid(CARDS, "carousel-page", fields, SIZES["square"])
        ground = {layer.name for layer in ready.plan.ground if layer.shown({"page": page, "pages": pages})}
        return {item.node.name for item, _ in drawing.items if hasattr(item, "node")} | ground

    assert {"cue", "swipe", "edge"} <= names("5", "6")
    assert names("6", "6") & {"cue", "swipe", "edge", "last"} == {"last"}


@pytest.mark.parametrize("name", ["agenda", "table"])
def test_no_template_says_the_link_of_the_one_it_was_made_from(name: str) -> None:
    fields = CARDS.template(name).fields
    assert fields["link"].example != CARDS.template("announcement").fields["link"].example
    assert ("label" in fields) == any(
        "{label}" in str(la.keys.get("text")) for la in CARDS.template(name).layers.values()
    )


# -- what to keep in view -------------------------------------------------------------------------------------------


def dotted(folder: Path, at: tuple[float, float]) -> Path:
    """A grey photo with one red dot."""
    picture = Image.new("RGB", (2400, 1000), "#777777")
    x, y = at[0] * 2400, at[1] * 1000
    ImageDraw.Draw(picture).ellipse((x - 40, y - 40, x + 40, y + 40), fill="#ff0000")
    picture.save(folder / "dot.jpg", quality=95)
    return folder / "dot.jpg"


def red(picture: Image.Image) -> int:
    """How many pixels are nearly pure red."""
    r, g, b = picture.split()
    mask = ImageChops.multiply(r.point(lambda v: 255 * (v > 200)), ImageChops.multiply(
        g.point(lambda v: 255 * (v < 60)), b.point(lambda v: 255 * (v < 60))))  # fmt: skip
    return mask.histogram()[255]


def test_what_the_giver_of_a_photo_calls_its_subject_stays_in_view(tmp_path: Path) -> None:
    subject = dotted(tmp_path, (0.06, 0.5))
    fields = examples(CARDS.template("press"))
    for label in ("square", "tall", "story"):
        without, _ = CARDS.picture("press", fields, SIZES[label], subject)
        kept, _ = CARDS.picture("press", {**fields, "focus": "6% 50%"}, SIZES[label], subject)
        assert (red(without), red(kept) > 500) == (0, True), label
        again, _ = CARDS.picture("press", fields, SIZES[label], subject)
        assert again.tobytes() == without.tobytes()  # one photo, two cuts: kept apart


@pytest.mark.parametrize(
    ("given", "spot"),
    [("30% 60%", (0.3, 0.6)), ("0.3, 0.6", (0.3, 0.6)), ("0,3 0,6", (0.3, 0.6)), ("kiri", (0.2, 0.42)),
     ("kiri atas", (0.2, 0.2)), ("right bottom", (0.8, 0.8)), ("tengah", (0.5, 0.5)), ("", None), (None, None)],
)  # fmt: skip
def test_a_focus_is_read_as_people_write_it(given: str | None, spot: tuple[float, float] | None) -> None:
    assert read_focus(given) == (pytest.approx(spot) if spot else None)


@pytest.mark.parametrize("given", ["30 60", "30%", "utara", "120% 10%", "1 2 3", "-1 0"])
def test_a_focus_that_cannot_be_read_is_refused_with_what_to_write(given: str) -> None:
    with pytest.raises(InputError, match=r'focus ".*" tidak terbaca; tulis seperti "30% 60%"'):
        CARDS.picture("press", {**examples(CARDS.template("press")), "focus": given})


def test_the_aim_moves_the_focus_within_the_box() -> None:
    picture = Image.linear_gradient("L").resize((100, 400))
    middle, high = (
        cover(picture, (100, 100), (0.5, 0.5), (0.5, aim)).getpixel((50, 50)) for aim in (0.5, 0.1)
    )
    assert high - middle == pytest.approx(0.4 * 100 * 255 / 400, abs=2)


def test_what_the_photo_shows_is_read_aloud_where_it_is_told() -> None:
    fields = {**examples(CARDS.template("press")), "photo_alt": "Petugas menyalakan pompa di tepi sungai"}
    with_photo = CARDS.picture("press", fields, SIZES["square"], photo_of("pompa-banjir"))[1]
    assert with_photo.endswith("Foto: Petugas menyalakan pompa di tepi sungai.")
    assert "Foto" not in CARDS.picture("press", fields, SIZES["square"])[1]


# -- the flag's colours ---------------------------------------------------------------------------------------------

RED, WHITE = (206, 17, 38), (255, 255, 255)


@pytest.mark.parametrize("label", SIZES)
def test_nothing_is_printed_over_the_red_and_white(label: str) -> None:
    cards = Renderer(brand=LONG)
    long = {
        "headline": "Dirgahayu Hari Jadi ke-76 Provinsi Kalimantan Selatan dan HUT ke-81 Republik Indonesia",
        "number": "1.276", "kicker": "14 Agustus 1950 – 14 Agustus 2026 di seluruh kabupaten dan kota",
    }  # fmt: skip
    fields = {**examples(cards.template("national-day")), **long}
    drawn, _ = cards.picture("national-day", fields, SIZES[label])
    plan = cards.ready("national-day", SIZES[label]).plan
    ground = build(plan, Content({}, {}, {}, cards.brand, plan.colours), ()).image
    for colour in (RED, WHITE):
        parts = [
            band.point(lambda v, c=c: 255 * (v == c)) for band, c in zip(ground.split(), colour, strict=True)
        ]
        ribbon = ImageChops.multiply(ImageChops.multiply(parts[0], parts[1]), parts[2])
        assert ribbon.histogram()[255] > 4000
        after = ImageChops.difference(ground, drawn).convert("L").point(lambda v: 255 * (v > 0))
        assert ImageChops.multiply(after, ribbon).getbbox() is None
