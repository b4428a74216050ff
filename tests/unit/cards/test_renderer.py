import contextlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from card_helpers import BRAND, assert_sound, laid, photo
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from humasbot.cards import SIZES, Brand, Card, FitError, Renderer, finish, ground, renderer
from humasbot.errors import InputError

CARDS = Renderer(brand=BRAND)
FIELDS = {
    "headline": "Selamat Hari Guru Nasional",
    "body": "Terima kasih, Bapak dan Ibu Guru.",
    "date": "25 November 2026",
}
LETTERS = st.sampled_from("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
NAME = st.lists(st.text(LETTERS, min_size=1, max_size=14), min_size=1, max_size=40).map(
    lambda w: " ".join(w)[:300].strip()
)
ANY = st.text(
    st.characters(codec="utf-8", categories=("L", "M", "N", "P", "S", "Zs", "Cc")), min_size=1, max_size=80
)


@pytest.mark.parametrize("name", ["greeting", "announcement"])
@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_a_card_has_its_size_type_and_alt(name: str, size: tuple[int, int]) -> None:
    card = CARDS.draw(name, FIELDS, size, max_bytes=976_000)
    with Image.open(BytesIO(card.data)) as picture:
        assert (picture.size, picture.format) == (size, "JPEG")
    assert (card.width, card.height) == size
    assert len(card.data) <= 976_000
    for text in (*FIELDS.values(), BRAND.name):
        assert text.rstrip(".") in card.alt
    assert ".." not in card.alt


@given(
    st.sampled_from(["greeting", "announcement"]),
    st.sampled_from(sorted(SIZES)),
    NAME,
    st.one_of(st.just(""), NAME),
)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example("greeting", "link", "x" * 300, "")
@example("announcement", "square", "a " * 149 + "b", "c " * 149)
def test_names_of_any_length_fit_or_fail(name: str, size: str, headline: str, body: str) -> None:
    """Nothing clipped, nothing overlapping, judged by the pixels painted; or FitError naming the field."""
    failure: FitError | None = None
    try:
        ready, drawing = laid(CARDS, name, {"headline": headline, "body": body}, SIZES[size])
    except FitError as error:
        failure = error
    if failure is None:
        assert_sound(ready, drawing)
    else:
        assert failure.field in ("headline", "body")
        assert failure.over > 0
        assert len(headline) + len(body) > 20


@given(ANY)
@settings(max_examples=60, deadline=None)
def test_any_text_is_drawn_or_refused_in_words(text: str) -> None:
    with contextlib.suppress(InputError):
        image, alt = CARDS.picture("greeting", {"headline": text}, SIZES["link"])
        assert image.size == SIZES["link"]
        assert alt


def test_what_is_too_long_is_told_with_what_fits() -> None:
    with pytest.raises(FitError, match=r'"body".*1080×1080.*muat sekitar \d+ huruf, sekarang 1499') as caught:
        CARDS.draw("greeting", {"headline": "Selamat pagi", "body": "kata " * 300})
    shorter = ("kata " * 300)[: caught.value.at_most - 2]
    assert CARDS.draw("greeting", {"headline": "Selamat pagi", "body": shorter}).width == 1080


def test_one_long_word_is_told() -> None:
    with pytest.raises(FitError, match=r"headline.*%"):
        CARDS.draw("greeting", {"headline": "x" * 200})


def test_a_firm_pair_stays_on_one_line() -> None:
    words = (
        "Pemerintah Kota Contoh memperingati HUT ke-81 RI bersama seluruh warga di alun-alun pukul 08.00 WIB"
    )
    _, drawing = laid(CARDS, "greeting", {"headline": words}, SIZES["square"])
    item = next(i for i, _, _ in drawing.texts if i.node.name == "headline")
    lines = [
        " ".join(
            "".join(p.text for p in word.pieces) for t in item.block.tokens[a:b] for word, _, _ in t.atoms
        )
        for a, b in item.lines
    ]
    assert " ".join(lines) == words
    assert any("HUT ke-81 RI" in line for line in lines)
    assert any("pukul 08.00 WIB" in line for line in lines)
    assert len(lines[-1].split()) > 1


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({}, "headline"),
        ({"headline": "x", "judul": "y"}, "judul"),
        ({"headline": ["x"]}, "harus teks"),
        ({"headline": "x" * 5000}, "5000 huruf"),
        ({"headlin": "x"}, "headline"),
    ],
)
def test_wrong_fields_are_all_named(fields: dict[str, object], word: str) -> None:
    with pytest.raises(InputError, match=word):
        CARDS.draw("greeting", fields)  # type: ignore[arg-type]  # the wrong kinds are what is tested


@pytest.mark.parametrize("size", [(10, 10), (1080, 200), (9000, 9000), (300, 3000)])
def test_sizes_out_of_reason_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(InputError, match=f"{size[0]}×{size[1]}"):
        CARDS.draw("greeting", FIELDS, size)


def test_other_sizes_are_drawn() -> None:
    assert CARDS.draw("greeting", FIELDS, (1280, 720)).width == 1280
    assert CARDS.draw("greeting", FIELDS, (1500, 1500)).height == 1500


def test_control_characters_and_spaces_are_cleaned() -> None:
    rough = {"headline": "  Selamat\u200b \x07 pagi\u202e  "}
    assert CARDS.draw("greeting", rough).data == CARDS.draw("greeting", {"headline": "Selamat pagi"}).data


def test_bytes_are_the_same_on_every_thread_and_in_any_order() -> None:
    jobs = [(n, k) for n in range(6) for k in (None, "busy", "bright")]

    def draw(job: tuple[int, str | None]) -> str:
        number, kind = job
        card = cards.draw(
            "greeting",
            {**FIELDS, "headline": f"Selamat Hari ke-{number}"},
            photo=photo(kind) if kind else None,
        )
        return sha256(card.data).hexdigest()

    cards = Renderer(brand=BRAND)
    alone = [draw(job) for job in jobs]
    cards = Renderer(brand=BRAND)
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(draw, reversed(jobs)))
    assert alone == together[::-1]
    assert alone == [draw(job) for job in jobs]


ONCE = """
import sys
from hashlib import sha256
from humasbot.cards import Brand, Renderer
cards = Renderer(brand=Brand("Kota Contoh", pattern="kawung"))
print(sha256(cards.draw("greeting", {"headline": "Selamat Hari Guru"}).data).hexdigest())
"""


def test_bytes_are_the_same_in_every_process() -> None:
    found = set()
    for seed in ("0", "1"):
        environ = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-c", ONCE], capture_output=True, text=True, check=True, env=environ
        )
        found.add(done.stdout)
    assert len(found) == 1


def test_importing_is_light() -> None:
    code = "import sys, humasbot.cards; print('PIL' in sys.modules or any(m.startswith('PIL.') for m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_kept_ground_is_not_drawn_on() -> None:
    cards = Renderer(brand=BRAND)
    first = cards.draw("greeting", {"headline": "Satu dua tiga empat"})
    for _ in range(4):
        cards.draw("greeting", {"headline": "Lima enam tujuh delapan"})
    assert cards.draw("greeting", {"headline": "Satu dua tiga empat"}).data == first.data


def test_a_card_knows_its_suffix() -> None:
    assert Card(b"", "image/png", 1, 1, "").suffix == ".png"


def test_reload_reads_a_template_anew(tmp_path: Path) -> None:
    file = tmp_path / "uji.toml"
    file.write_text('extends = "builtin/greeting"\ntitle = "Satu"\n', encoding="utf-8")
    cards = Renderer([tmp_path], BRAND)
    assert cards.template("uji").title == "Satu"
    file.write_text('extends = "builtin/greeting"\ntitle = "Dua"\n', encoding="utf-8")
    assert cards.template("uji").title == "Satu"
    cards.reload()
    assert cards.template("uji").title == "Dua"


LONG = (
    "Dinas Pemberdayaan Perempuan, Perlindungan Anak, Pengendalian Penduduk dan Keluarga Berencana "
    "Kabupaten Contoh Raya"
)


def test_an_agency_of_a_long_name_and_long_handles_has_its_cards() -> None:
    handles = ("@dp3ap2kb.kabupatencontohraya", "dp3ap2kb.kabupatencontohraya.go.id")
    cards = Renderer(brand=Brand(LONG, short="DP3AP2KB", handles=handles))
    for size in SIZES.values():
        ready, drawing = laid(cards, "greeting", FIELDS, size)
        assert_sound(ready, ready.fixed)
        assert_sound(ready, drawing)


def test_a_name_too_long_for_its_place_gives_way_to_the_short_one(tmp_path: Path) -> None:
    text = 'alt = "{a}"\n[fields.a]\n[layers.name]\ntype = "text"\ntext = "{brand.name}"\nsize = 60\nmax_lines = 1\n'
    (tmp_path / "nama.toml").write_text(text, encoding="utf-8")
    brand = Brand(LONG, short="DP3AP2KB")
    (item, _, _) = Renderer([tmp_path], brand).ready("nama", SIZES["square"]).fixed.texts[0]
    assert item.block.length == len("DP3AP2KB")
    with pytest.raises(FitError, match=r"brand\.name"):
        Renderer([tmp_path], Brand(LONG)).ready("nama", SIZES["square"])


def test_too_many_rows_are_told_with_how_many_fit(tmp_path: Path) -> None:
    text = (
        'alt = "{a}"\n[fields.a]\nkind = "rows"\ncolumns = ["t"]\n[layers.l]\ntype = "list"\nfield = "a"\nitem = "i"\n'
        '[layers.i]\ntype = "stack"\n[layers.t]\ntype = "text"\nin = "i"\ntext = "{t}"\nsize = 40\n'
    )
    (tmp_path / "daftar.toml").write_text(text, encoding="utf-8")
    cards = Renderer([tmp_path], BRAND)
    assert cards.draw("daftar", {"a": ["satu", "dua"]}).alt == "satu; dua."
    with pytest.raises(FitError, match=r"muat \d+ baris, sekarang 58"):
        cards.draw("daftar", {"a": [{"t": f"baris {n}"} for n in range(58)]})
    with pytest.raises(FitError, match=r'"t".*kelebihan'):
        cards.draw("daftar", {"a": [{"t": "x" * 300}, {"t": "y"}]})


def test_the_writers_text_is_blamed_before_the_brands() -> None:
    date = "Senin sampai Jumat, 23 November sampai 4 Desember 2026, pukul 08.00 WIB " * 3
    with pytest.raises(FitError) as caught:
        CARDS.draw("greeting", {"headline": "Selamat", "date": date})
    assert caught.value.field == "date"
    assert 0 < caught.value.at_most < len(date)


def test_a_pattern_of_its_own_stays_whatever_the_brand_has(tmp_path: Path) -> None:
    text = 'alt = "x"\n[fields.a]\nexample = "a"\n[layers.p]\ntype = "pattern"\npattern = "garis"\ncolour = "black"\n'
    (tmp_path / "brand.toml").write_text(text)
    (tmp_path / "own.toml").write_text(text + "own = true\n")
    drawn = {
        (name, pattern): Renderer([tmp_path], Brand("X", pattern=pattern)).picture(name, {})[0].tobytes()
        for name in ("brand", "own") for pattern in (None, "kawung")
    }  # fmt: skip
    assert drawn["own", "kawung"] == drawn["own", None] == drawn["brand", None] != drawn["brand", "kawung"]


def test_agencies_of_one_look_share_what_shows_no_word_of_theirs(tmp_path: Path) -> None:
    """A name, and a code that holds a handle, are each agency's own; all else of a fleet's cards is drawn once."""
    text = """
alt = "{a}"
[fields.a]
[layers.ground]
type = "pattern"
box = { left = 0, top = 500, width = 1080, height = 580 }
[layers.name]
type = "text"
text = "{brand.name}"
size = 60
box = { left = 72, top = 72, width = 900, height = 90 }
[layers.code]
type = "qr"
text = "{brand.handle}"
box = { left = 72, top = 700, width = 250, height = 250 }
"""
    (tmp_path / "desa.toml").write_text(text)

    def card(name: str, handle: str) -> bytes:
        brand = Brand(name, handles=(handle,), pattern="kawung")
        return Renderer([tmp_path], brand).draw("desa", {"a": "x"}).data

    shared = [card("Desa Satu", "@satu"), card("Desa Dua", "@dua"), card("Desa Dua", "@tiga")]
    assert len(set(shared)) == 3
    for cache in (ground._flat, finish._drawn, renderer._bases):
        cache.clear()
    assert card("Desa Dua", "@tiga") == shared[2]
    for cache in (ground._flat, finish._drawn, renderer._bases):
        cache.clear()
    assert card("Desa Dua", "@dua") == shared[1]
