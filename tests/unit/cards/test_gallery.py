"""The gallery that ships with humasbot: every template in every size looks as it was judged by eye, is read aloud
whole, and bears long words, short words, odd brands and difficult photos."""

import random
import re
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from card_helpers import assert_sound, laid, photo
from gallery_samples import CASES, GOLDEN, LIMIT, office, packed, photo_of, script, strip, worst_block
from PIL import Image

from humasbot.cards import SIZES, Brand, FitError, Renderer, finish, paint
from humasbot.cards.check import examples, shows_photo
from humasbot.cards.colour import LARGE, NORMAL, luminance
from humasbot.cards.inputs import alt_text, gather
from humasbot.cards.renderer import builtin_folder
from humasbot.cards.results import Fields
from humasbot.cards.sizes import is_large, safe_area
from humasbot.cards.template import Field
from humasbot.errors import HumasbotError

CARDS, _ = office()
NAMES = CARDS.templates()
WITH_PHOTO = [name for name in NAMES if shows_photo(CARDS.template(name))]
GREETINGS = ("greeting", "greeting-friday", "greeting-weekend", "greeting-rain", "national-day")
BRIEF = {
    "greeting", "greeting-friday", "greeting-weekend", "greeting-rain", "national-day", "commemoration", "condolence",
    "announcement", "service", "press", "quote", "agenda", "numbers", "table", "warning", "hoax", "event-before",
    "event-during", "event-after", "carousel-cover", "carousel-page", "recruitment",
}  # fmt: skip
ODD_BRANDS = [
    Brand("Desa Suka", primary="#F2B705", accent="#FFFFFF", pattern="songket", handles=("@desasuka",)),
    Brand(
        "Dinas Kependudukan dan Pencatatan Sipil Kabupaten Kepulauan Tanimbar", primary="#B00020",
        accent="#0B3D91", handles=("@dukcapilkepulauantanimbar", "disdukcapil.tanimbarkab.go.id"),
    ),
    Brand("Pemprov Muda", primary="#7DD3FC", accent="#1E3A8A", pattern="truntum"),
    Brand("Balai Latihan Kerja", primary="#111111", accent="#C0C0C0", pattern="tumpal"),
    Brand("Pemerintah Kabupaten Bukit Rindang", primary="#1B7A43", accent="#F58220", pattern="parang"),
]  # fmt: skip
ODD = [Renderer(brand=brand) for brand in ODD_BRANDS]
WORDS = re.findall(
    r"\S+",
    "pelayanan warga kota kabupaten pemerintah daerah program bantuan kesehatan pendidikan jalan jembatan sungai pasar "
    "anggaran rapat koordinasi penyelenggaraan ketenagakerjaan Rp 12.500.000 pukul 08.00 WIB 17 Agustus 2026",
)


def prose(rnd: random.Random, letters: int) -> str:
    """Words, *letters* long together."""
    text = ""
    while len(text) < letters:
        text += rnd.choice(WORDS) + " "
    return text[:letters].strip() or "a"


def test_the_gallery_holds_what_was_promised() -> None:
    assert set(NAMES) >= BRIEF


@pytest.mark.parametrize("case", CASES)
def test_each_template_looks_as_it_was_judged_by_eye(case: str) -> None:
    name, kind = CASES[case]
    drawn, alt = strip(CARDS, name, photo_of(kind))
    golden = Image.open(GOLDEN / f"{case}.jpg").convert("RGB")
    again = Image.open(BytesIO(packed(drawn))).convert("RGB")
    assert worst_block(golden, again) <= LIMIT, "look at it, then run tests/unit/cards/gallery_samples.py"
    assert len(alt) > 40


def test_a_line_that_moved_is_seen(tmp_path: Path) -> None:
    (tmp_path / "moved.toml").write_text('extends = "builtin/announcement"\n[layers.body]\ngap_before = 38\n')
    moved, _ = strip(Renderer([tmp_path], CARDS.brand), "moved", None)
    golden = Image.open(GOLDEN / "announcement.jpg").convert("RGB")
    assert worst_block(golden, Image.open(BytesIO(packed(moved))).convert("RGB")) > 2 * LIMIT


def test_goldens_are_small_and_none_is_left_over() -> None:
    files = list(GOLDEN.glob("*"))
    assert {file.stem for file in files} == set(CASES)
    assert sum(file.stat().st_size for file in files) < 1_500_000


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_check_finds_no_fault(name: str) -> None:
    assert Renderer(brand=CARDS.brand).check(name) == []


@pytest.mark.parametrize("name", NAMES)
def test_required_fields_alone_make_a_card(name: str) -> None:
    fields = examples(CARDS.template(name), only_required=True)
    for size in SIZES.values():
        ready, drawing = laid(CARDS, name, fields, size)
        assert drawing.texts
        assert not ready.plan.template.problems


# -- read aloud -----------------------------------------------------------------------------------------------------


def facts(field: Field) -> tuple[Any, list[str]]:
    """A value for the field in which each word can be found again, and those words."""
    if field.kind == "rows":
        rows = [[f"{field.name} {column} {n}" for column in field.columns] for n in (1, 2)]
        if field.name == "series":
            rows = [["bulan satu", "120"], ["bulan dua", "340"]]
        return rows, [word for row in rows for word in row]
    value = f"nilai {field.name.replace('_', ' ')}"
    return value, [value]


def aloud(name: str, fields: Fields) -> str:
    """The alt text of the card that these fields would make."""
    template = CARDS.template(name)
    return alt_text(template, gather(template, fields, None, CARDS.brand))


@pytest.mark.parametrize("name", NAMES)
def test_the_alt_text_tells_every_fact_given(name: str) -> None:
    template = CARDS.template(name)
    given = {field.name: facts(field) for field in template.fields.values()}
    alt = aloud(name, {key: value for key, (value, _) in given.items()})
    for key, (_, words) in given.items():
        if key in ("cue", "qr"):  # an arrow's word and a code: no facts for one who listens
            continue
        assert [word for word in words if word not in alt] == [], (key, alt)
    assert CARDS.brand.name in alt
    assert_read_aloud(alt)


@pytest.mark.parametrize("name", NAMES)
def test_the_alt_text_is_whole_with_the_required_fields_alone(name: str) -> None:
    for only_required in (True, False):
        assert_read_aloud(aloud(name, examples(CARDS.template(name), only_required=only_required)))


def assert_read_aloud(alt: str) -> None:
    """An Indonesian sentence without leftovers of the pattern it was made from."""
    assert re.match(r"(Kartu|Sampul|Halaman) ", alt), alt
    assert alt.endswith((".", "!", "?", "”")), alt
    assert not re.search(r"[\[\]{}|<>]|\s[.,:;]|[,:;][.,:;]|\.\.|\s\s|None", alt), alt


# -- tone -----------------------------------------------------------------------------------------------------------


def colourfulness(picture: Image.Image) -> float:
    """The part of the picture that has a colour to speak of, 0 to 1."""
    saturation = picture.resize((108, 108)).convert("HSV").getchannel("S").tobytes()
    return sum(value > 40 for value in saturation) / len(saturation)


@pytest.mark.parametrize("kind", ["", "festival-sungai"])
def test_a_condolence_is_black_grey_and_white_and_says_what_it_is(kind: str) -> None:
    cards = Renderer(brand=Brand("Pemkot", primary="#E11D48", accent="#F59E0B", pattern="kawung"))
    fields = examples(cards.template("condolence"))
    for size in SIZES.values():
        picture, alt = cards.picture("condolence", fields, size, photo_of(kind))
        assert max(high - low for low, high in zip(*_spread(picture), strict=True)) <= 2
        assert "Turut berdukacita" in alt
    with pytest.raises(HumasbotError, match="kicker"):
        cards.picture("condolence", {**fields, "kicker": "Selamat ulang tahun"})


def _spread(picture: Image.Image) -> tuple[list[int], list[int]]:
    """For a sample of pixels, the least and the greatest of the three channels."""
    pixels = picture.resize((200, 200), Image.Resampling.NEAREST).tobytes()
    triples = [pixels[i : i + 3] for i in range(0, len(pixels), 3)]
    return [min(triple) for triple in triples], [max(triple) for triple in triples]


@pytest.mark.parametrize("name", GREETINGS)
def test_a_greeting_is_never_grey(name: str) -> None:
    grey = [layer.name for layer in CARDS.template(name).layers.values() if layer.keys.get("tone") == "grey"]
    ribbons = [la.name for la in CARDS.template(name).layers.values() if la.keys.get("icon") == "ribbon"]
    assert grey + ribbons == []
    for kind in ("", "puskesmas") if name in WITH_PHOTO else ("",):
        picture, _ = CARDS.picture(name, examples(CARDS.template(name)), (1080, 1080), photo_of(kind))
        assert colourfulness(picture) > 0.2


def test_the_false_claim_is_struck_and_labelled_beside_the_fact() -> None:
    _, drawing = laid(CARDS, "hoax", examples(CARDS.template("hoax")), (1200, 675))
    texts = {item.node.name: item for item, _, _ in drawing.texts}
    claim, fact = texts["claim"], texts["headline"]
    assert {style.struck for style in claim.node.looks} == {True}
    assert {style.struck for style in fact.node.looks} == {False}
    assert texts["wrong_label"].node.phrase.source == "HOAKS"
    assert texts["right_label"].node.phrase.source == "FAKTA"
    assert texts["wrong_label"].box[2] < texts["right_label"].box[0]


# -- what offices do to cards ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_story_keeps_its_words_clear_of_the_buttons(name: str) -> None:
    size = SIZES["story"]
    left, top, right, bottom = safe_area(size)
    ready, drawing = laid(CARDS, name, examples(CARDS.template(name)), size)
    boxes = [box for _, _, box in (*drawing.texts, *ready.fixed.texts)]
    assert all(box[0] >= left + 40 and box[2] <= right - 40 for box in boxes)
    assert all(box[1] >= top and box[3] <= bottom for box in boxes)


@pytest.mark.parametrize("name", NAMES)
def test_long_and_short_words_fit_or_are_refused(name: str) -> None:
    rnd, template = random.Random(name), CARDS.template(name)
    drawn, refused = 0, set()
    for number, size in enumerate((*SIZES.values(), *SIZES.values())):
        fields = examples(template)
        fields["headline"] = prose(rnd, (1, 7, 40, 90, 300)[(number + number // 5) % 5])
        for key, field in template.fields.items():
            if field.kind == "text" and key != "headline" and rnd.random() < 0.4:
                fields[key] = prose(rnd, rnd.choice((1, 12, 60)))
        try:
            ready, drawing = laid(CARDS, name, fields, size)
        except FitError as error:
            refused.add(error.field)
            continue
        drawn += 1
        if number % 3 == 0:
            assert_sound(ready, drawing)
    assert drawn >= 3
    columns = {column for field in template.fields.values() for column in field.columns}
    assert refused <= {*template.fields, *columns}


@pytest.mark.parametrize("name", NAMES)
def test_a_card_of_ordinary_length_fits_every_size(name: str) -> None:
    """What a headline of a news site and its first sentence measure: 85 and 150 letters."""
    template = CARDS.template(name)
    fields = examples(template)
    body = "Warga dapat datang tanpa janji pada hari kerja, dan petugas mendahulukan lansia serta ibu hamil di loket."
    for key, text in (
        ("headline", "Pemerintah kota membuka kembali layanan kependudukan di tujuh kecamatan pekan depan"),
        ("body", body),
    ):
        if key in fields:
            fields[key] = text
    for size in SIZES.values():
        ready, drawing = laid(CARDS, name, fields, size)
        assert_sound(ready, drawing) if size == (1200, 630) else None


def draw_odd(name: str, brand: int, size: tuple[int, int], kind: str) -> None:
    """Draw the example in an odd brand; raises where the brand cannot be served."""
    subject = photo(kind) if name in WITH_PHOTO else None
    drawn, _ = ODD[brand].picture(name, examples(CARDS.template(name)), size, subject)
    assert drawn.size == size


@pytest.mark.parametrize("name", NAMES)
def test_an_odd_brand_is_drawn_too(name: str) -> None:
    """One brand and one size each, so that every pair comes up among the templates."""
    at = NAMES.index(name)
    draw_odd(name, at % 5, list(SIZES.values())[at * 2 % 5 if at < 15 else at % 5], "busy")


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_odd_brand_is_drawn_in_every_size_on_every_photo(name: str) -> None:
    for brand in range(len(ODD)):
        for size in SIZES.values():
            for kind in ("bright", "dark", "busy", "split") if name in WITH_PHOTO else ("bright",):
                draw_odd(name, brand, size, kind)


@pytest.mark.parametrize("name", WITH_PHOTO)
def test_words_are_readable_on_any_photo(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[Image.Image, Any, dict[str, tuple[int, int, int]]]] = []

    def note(canvas: Image.Image, item: Any, colours: dict[str, tuple[int, int, int]]) -> None:
        box = tuple(round(v) for v in paint.ink_box(item))
        ground = canvas.crop(box)
        every_third = (max(1, ground.width // 3), max(1, ground.height // 3))
        seen.append((ground.resize(every_third, Image.Resampling.NEAREST), item, colours))

    monkeypatch.setattr(finish.paint, "text", note)
    kind, size = (("bright", "wide"), ("split", "square"), ("busy", "link"))[WITH_PHOTO.index(name) % 3]
    fields = {**examples(CARDS.template(name)), "headline": prose(random.Random(name), 70)}
    ODD[4].picture(name, fields, SIZES[size], photo(kind))
    checked = 0
    for ground, item, colours in seen:
        shades = [luminance(colour) for _, colour in ground.getcolors(4_000_000)]
        for style in item.node.looks:
            large = is_large(item.px * style.scale, style.weight, SIZES[size][0])
            light = luminance(colours[style.colour])
            least = min((max(light, s) + 0.05) / (min(light, s) + 0.05) for s in shades)
            assert least >= (LARGE if large else NORMAL), (kind, item.node.name, least)
            checked += 1
    assert checked >= 5


# -- for people -----------------------------------------------------------------------------------------------------


def test_fields_of_one_meaning_have_one_name() -> None:
    """A campaign gives headline, body, date, label, kicker and link; a synonym would stay empty."""
    known = {
        "headline", "body", "date", "label", "kicker", "link", "place", "contact", "source", "theme", "number",
        "position", "life", "prayer", "hours", "requirements", "cost", "speaker", "context", "events", "figures",
        "series", "rows", "unit", "steps", "magnitude", "depth", "claim", "page", "pages", "points", "cue",
        "positions", "deadline", "deadline_label", "qr",
    }  # fmt: skip
    for name in NAMES:
        fields = CARDS.template(name).fields
        assert set(fields) <= known
        assert fields["headline"].required
        assert all(field.about and field.example for field in fields.values())


def test_the_list_of_templates_and_the_pictures_in_docs_are_current() -> None:
    docs = builtin_folder().parents[1] / "docs" / "cards"
    assert (docs / "README.md").read_text(encoding="utf-8") == script().manual(CARDS)
    for file, most, size in (
        ("contact-sheet.jpg", 1_200_000, None),
        ("greeting.jpg", 150_000, (1080, 1080)),
        ("announcement.jpg", 150_000, (1080, 1080)),
    ):
        assert (docs / file).stat().st_size <= most
        with Image.open(docs / file) as picture:
            assert size in (None, picture.size)
