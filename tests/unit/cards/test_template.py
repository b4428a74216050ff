from pathlib import Path

import pytest

from humasbot.cards import Brand, CardProblem, Renderer, schema
from humasbot.cards.library import Library
from humasbot.cards.renderer import builtin_folder
from humasbot.errors import TemplateError

GOOD = """\
title = "Uji"
alt = "Kartu {headline}."

[fields.headline]
required = true
example = "Judul"

[layers.ground]
type = "colour"
colour = "primary"

[layers.headline]
type = "text"
text = "{headline}"
colour = "white"
box = { left = 60, right = 60, top = 60, bottom = 60 }
"""


def renderer(folder: Path, **files: str) -> Renderer:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return Renderer([folder], Brand("Kota Contoh"))


def faults(folder: Path, text: str, **others: str) -> list[CardProblem]:
    return renderer(folder, uji=text, **others).check("uji")


def test_a_sound_template_has_no_fault(tmp_path: Path) -> None:
    assert faults(tmp_path, GOOD) == []


def test_ours_have_no_fault() -> None:
    cards = Renderer(brand=Brand("Kota Contoh"))
    assert {"greeting", "announcement"} <= set(cards.templates())
    assert "base" not in cards.templates()
    assert [str(p) for name in ("greeting", "announcement") for p in cards.check(name)] == []


WRONG = {
    "unknown key": ('colour = "white"', 'couleur = "white"', 15, "headline", "colour"),
    "unknown type": ('type = "text"', 'type = "teks"', 13, "headline", "text"),
    "unknown colour": ('colour = "white"', 'colour = "biru"', 15, "headline", "biru"),
    "undeclared field": ('text = "{headline}"', 'text = "{judul}"', 14, "headline", "judul"),
    "unclosed tag": ('text = "{headline}"', 'text = "<b>{headline}"', 14, "headline", "<b>"),
    "unknown tag": ('text = "{headline}"', 'text = "<merah>{headline}</merah>"', 14, "headline", "merah"),
    "box leaves": ("left = 60,", "left = -900,", 16, "headline", "keluar dari kartu"),
    "wrong kind": ('colour = "white"', "size = true", 15, "headline", "size"),
    "wrong choice": ('colour = "white"', 'align = "kiri"', 15, "headline", "left, center, right"),
    "no such stack": ('colour = "white"', 'in = "tumpuk"', 15, "headline", "tumpuk"),
    "wrong box": ("left = 60,", "kiri = 60,", 16, "headline", "left"),
    "text missing": ('text = "{headline}"\n', "", 12, "headline", "text"),
    "field key": ("required = true", "wajib = true", 5, "", "wajib"),
    "no alt": ('alt = "Kartu {headline}."', "", 0, "", "alt"),
    "alt names no field": ('alt = "Kartu {headline}."', 'alt = "Kartu {judul}."', 2, "", "judul"),
    "top key": ('title = "Uji"', 'judul = "Uji"', 1, "", "judul"),
    "no such parent": ('title = "Uji"', 'extends = "tidak-ada"', 1, "", "tidak-ada"),
    "no example": ('example = "Judul"', "", 4, "", "example"),
    "unclosed place": ('text = "{headline}"', 'text = "{headline"', 14, "headline", "tanpa pasangannya"),
    "orphan's phrase": (
        'text = "{headline}"',
        'in = "x"\ntext = "{headline"',
        15,
        "headline",
        "tanpa pasangannya",
    ),
    "unknown icon": (
        'type = "text"',
        'type = "icon"\nicon = "megafone"',
        14,
        "headline",
        'mungkin "megaphone"',
    ),
    "unknown pattern": (
        'type = "colour"',
        'type = "pattern"\npattern = "batik"',
        10,
        "ground",
        "kawung, parang",
    ),
    "missing letter": ('example = "Judul"', 'example = "Judul 漢"', 4, "", "U+6F22"),
    "missing letter in a text": ('text = "{headline}"', 'text = "漢 {headline}"', 14, "headline", "U+6F22"),
    "too long": (
        'example = "Judul"',
        'example = "' + "mempertanggungjawabkan" * 20 + '"',
        4,
        "",
        "terlalu panjang",
    ),
    "column of no text": (
        'type = "text"',
        'type = "shape"\nwidth = "column"',
        14,
        "headline",
        '"fill" atau "hug"',
    ),
    "bad toml": ('title = "Uji"', 'title = "Uji', 1, "", "TOML"),
}


@pytest.mark.parametrize("name", WRONG)
def test_every_fault_is_named_with_its_line(tmp_path: Path, name: str) -> None:
    old, new, line, layer, word = WRONG[name]
    assert old in GOOD
    found = faults(tmp_path, GOOD.replace(old, new))
    assert found, "no fault found"
    match = [p for p in found if word in p.message]
    assert match, [str(p) for p in found]
    assert (match[0].line, match[0].layer) == (line, layer)
    assert match[0].file.endswith("uji.toml")


def test_a_fault_of_the_examples_is_told_once_with_the_sizes_that_have_it(tmp_path: Path) -> None:
    narrow = GOOD.replace(
        'colour = "white"', 'colour = "white"\nstory.box = { left = 60, width = 70, top = 500, height = 60 }'
    )
    (told,) = faults(tmp_path, narrow.replace('"Judul"', '"Mempertanggungjawabkan"'))
    assert told.message.startswith("ukuran story: ")
    everywhere = faults(tmp_path, GOOD.replace('example = "Judul"', 'example = "漢"'))
    assert len(everywhere) == 1
    assert not everywhere[0].message.startswith("ukuran")


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    text = GOOD.replace('colour = "white"', 'colour = "biru"').replace(
        'colour = "primary"', 'colour = "merah"'
    )
    assert {p.layer for p in faults(tmp_path, text)} == {"ground", "headline"}


def test_a_faulty_template_is_not_drawn(tmp_path: Path) -> None:
    cards = renderer(tmp_path, uji=GOOD.replace('colour = "white"', 'colour = "biru"'))
    with pytest.raises(TemplateError, match=r"uji\.toml:15"):
        cards.draw("uji", {"headline": "x"})


def test_texts_upon_one_another_are_a_fault(tmp_path: Path) -> None:
    text = (
        GOOD
        + '\n[layers.twice]\ntype = "text"\ntext = "{headline}"\ncolour = "white"\nbox = { left = 60, top = 60 }\n'
    )
    assert any("bertumpuk" in p.message for p in faults(tmp_path, text))


def test_a_text_on_a_bare_photo_is_a_fault(tmp_path: Path) -> None:
    text = GOOD.replace('type = "colour"\ncolour = "primary"', 'type = "photo"')
    text = text.replace('example = "Judul"', f'example = "{"Judul yang panjang " * 8}"').replace(
        '"{headline}"', '"{headline}"\nsize = 160'
    )
    assert any("scrim" in p.message for p in faults(tmp_path, text))


def test_a_child_changes_keys_and_keeps_the_rest(tmp_path: Path) -> None:
    child = 'extends = "uji"\n[layers.headline]\nsize = 90\n[layers.ground]\nremove = true\n'
    cards = renderer(tmp_path, uji=GOOD, anak=child)
    template = cards.template("anak")
    assert list(template.layers) == ["headline"]
    assert template.layers["headline"].keys["size"] == 90
    assert template.layers["headline"].keys["text"] == "{headline}"
    assert template.alt == "Kartu {headline}."


def test_a_users_file_may_extend_the_one_it_hides(tmp_path: Path) -> None:
    cards = renderer(tmp_path, greeting='extends = "builtin/greeting"\ntitle = "Ucapan kami"\n')
    assert cards.template("greeting").title == "Ucapan kami"
    assert cards.draw("builtin/greeting", {"headline": "Selamat"}).width == 1080
    plain = renderer(tmp_path, greeting='extends = "greeting"\ntitle = "Ucapan kami"\n')
    assert plain.check("greeting") == []


def test_layers_are_put_in_their_place(tmp_path: Path) -> None:
    child = (
        'extends = "uji"\n[layers.band]\ntype = "band"\nafter = "ground"\n'
        '[layers.first]\ntype = "colour"\nbefore = "ground"\n'
    )
    assert list(renderer(tmp_path, uji=GOOD, anak=child).template("anak").layers) == [
        "first",
        "ground",
        "band",
        "headline",
    ]


def test_templates_that_extend_each_other_are_a_fault(tmp_path: Path) -> None:
    found = faults(tmp_path, 'extends = "lain"\n' + GOOD, lain='extends = "uji"\n')
    assert any("saling mewarisi" in p.message for p in found)


def test_a_stack_within_itself_is_a_fault(tmp_path: Path) -> None:
    text = GOOD + '\n[layers.a]\ntype = "stack"\nin = "b"\n[layers.b]\ntype = "stack"\nin = "a"\n'
    cards = renderer(tmp_path, uji=text)
    assert isinstance(cards.check("uji"), list)


def test_size_overrides(tmp_path: Path) -> None:
    text = GOOD + "landscape.size = 50\nwide.size = 40\nstory.hide = true\n"
    layer = renderer(tmp_path, uji=text).template("uji").layers["headline"]
    assert [layer.at(s).get("size") for s in ("square", "link", "wide")] == [None, 50, 40]
    assert layer.at("story")["hide"] is True


def test_an_unknown_template_suggests_one() -> None:
    with pytest.raises(TemplateError, match="greeting"):
        Renderer().draw("greting", {})


@pytest.mark.parametrize("name", ["../rahasia", "a/b", "..", "", "builtin/../x"])
def test_names_never_leave_the_folders(tmp_path: Path, name: str) -> None:
    (tmp_path / "rahasia.toml").write_text(GOOD, encoding="utf-8")
    inner = tmp_path / "kartu"
    inner.mkdir()
    assert Library([inner], builtin_folder()).find(name) is None


def test_the_manual_tells_every_layer_type_and_key() -> None:
    manual = (Path(__file__).resolve().parents[3] / "docs" / "CARDS.md").read_text(encoding="utf-8")
    for kind, keys in schema.KEYS.items():
        assert f"**{kind}**" in manual
        missing = [
            key
            for key in keys
            if f"`{key}`" not in manual and f"`{key} =" not in manual and f"{key} = " not in manual
        ]
        assert not missing, (kind, missing)
