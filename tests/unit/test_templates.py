"""Text templates: what they may do, what they may not, and that a fault names file, line and variable."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from humasbot.errors import NotFoundError, TemplateError
from humasbot.occasions.greeting import Voice, everyday
from humasbot.templates import MAX_OUTPUT, Rendered, Templates, tidy

WIB = ZoneInfo("Asia/Jakarta")
Write = Callable[[str, str | bytes], Path]


@pytest.fixture(autouse=True)
def indonesian(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HUMASBOT_LANG", raising=False)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a template of the office; gives its file."""

    def write(name: str, text: str | bytes) -> Path:
        file = tmp_path / "text" / f"{name}.j2"
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    return write


def body(folder: Path, name: str = "a", **context: Any) -> str:
    return Templates([folder]).render(name, context).body


def fault(folder: Path, name: str = "a", **context: Any) -> str:
    with pytest.raises(TemplateError) as caught:
        Templates([folder]).render(name, context)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# --- a fault names file, line and variable ---------------------------------------------------------------------


def missing(file: Path, line: int, name: str) -> str:
    return f'templat {file}:{line}: variabel "{name}" tidak ada; periksa ejaannya'


def test_an_unknown_variable(tmp_path: Path, write: Write) -> None:
    file = write("a", "Halo\n\n{{ judul }}\n")
    assert fault(tmp_path) == missing(file, 3, "judul")


@pytest.mark.parametrize(
    ("expression", "name"),
    [
        ("agency.naam", "naam"),
        ("agency['kepala dinas']", "kepala dinas"),
        ("kantor.nama", "kantor"),
        ("list[7]", "7"),
        ("title.upper().x", "x"),
        ("title ~ judul", "judul"),
        ("judul if title", "judul"),
        *((f"judul | {name}", "judul") for name in ("tanggal", "tanggal_pendek", "jam", "angka", "kalimat", "tagar",
                                                    "potong", "situs", "upper", "length", "join", "replace('a', 'b')")),
    ],
)  # fmt: skip
def test_an_unknown_variable_in_any_expression(
    tmp_path: Path, write: Write, expression: str, name: str
) -> None:
    file = write("a", "\n{{ " + expression + " }}")
    assert fault(tmp_path, agency={"name": "X"}, title="T", list=[1]) == missing(file, 2, name)


def test_an_unknown_variable_in_the_parent_of_a_child(tmp_path: Path, write: Write) -> None:
    parent = write("induk", "{% block head %}\n{{ judul }}{% endblock %}{% block body %}{% endblock %}")
    child = write("a", '{% extends "text/induk.j2" %}\n{% block body %}\n{{ isi }}{% endblock %}')
    assert fault(tmp_path) == missing(parent, 2, "judul")
    assert fault(tmp_path, judul="J") == missing(child, 3, "isi")


def test_an_unknown_variable_in_an_include_a_macro_and_an_import(tmp_path: Path, write: Write) -> None:
    included = write("sisipan", "\n\n{{ nomor }}")
    write("a", '{% include "text/sisipan.j2" %}')
    assert fault(tmp_path) == missing(included, 3, "nomor")
    file = write("a", "{% macro m(x) %}\n{{ x }}{{ y }}\n{% endmacro %}\n{{ m(1) }}")
    assert fault(tmp_path) == missing(file, 2, "y")
    macros = write("makro", "{% macro m(x) %}\n\n\n{{ z }}{% endmacro %}")
    write("a", '{% import "text/makro.j2" as makro %}{{ makro.m(1) }}')
    assert fault(tmp_path) == missing(macros, 4, "z")


def test_an_unknown_variable_in_a_card_field(tmp_path: Path, write: Write) -> None:
    file = write("a", "{% block body %}x{% endblock %}\n{% block card_headline %}{{ judul }}{% endblock %}")
    assert fault(tmp_path) == missing(file, 2, "judul")


def test_a_variable_may_be_asked_for(tmp_path: Path, write: Write) -> None:
    write("a", "{% if judul is defined %}x{% endif %}{{ judul | default('tanpa judul') }}")
    assert body(tmp_path) == "tanpa judul"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a\n{{ title }", 2, "salah tulis: "),
        ("a\n\n{% block head %}", 3, "salah tulis: "),
        ("{% endfor %}", 1, "salah tulis: "),
        ("a\n{{ title | tangal }}", 2, "salah tulis: No filter named 'tangal'."),
        ("\n{{ 1 / 0 }}", 2, "ZeroDivisionError: division by zero"),
        ("\n{{ title | tanggal }}", 2, '"Rapat" bukan tanggal'),
        ("\n{{ title | jam }}", 2, '"Rapat" bukan waktu'),
        ("\n{{ title | angka }}", 2, '"Rapat" bukan bilangan'),
        ("\n{{ none | tanggal_pendek }}", 2, '"None" bukan tanggal'),
        ('\n\n{% include "text/tidak-ada.j2" %}', 3, "berkas text/tidak-ada.j2 tidak ada"),
        ('{% extends "text/tidak-ada.j2" %}', 1, "berkas text/tidak-ada.j2 tidak ada"),
        ('{% include "../../rahasia" %}', 1, "berkas ../../rahasia tidak ada"),
        ('{% include "/etc/passwd" %}', 1, "berkas /etc/passwd tidak ada"),
    ],
)
def test_other_faults(tmp_path: Path, write: Write, text: str, line: int, words: str) -> None:
    file = write("a", text)
    (tmp_path.parent / "rahasia").write_text("rahasia")
    assert fault(tmp_path, title="Rapat").startswith(f"templat {file}:{line}: {words}")


def test_wrong_syntax_is_named_where_it_is_not_where_it_is_used(tmp_path: Path, write: Write) -> None:
    broken = write("rusak", "\n\n{{ x }")
    for use in (
        '{% include "text/rusak.j2" %}',
        '{% extends "text/rusak.j2" %}',
        '{% import "text/rusak.j2" as r %}',
    ):
        write("a", use)
        assert fault(tmp_path).startswith(f"templat {broken}:3: salah tulis: ")


def test_another_encoding(tmp_path: Path, write: Write) -> None:
    file = write("rusak", b"caf\xe9")
    write("a", '{% include "text/rusak.j2" %}')
    assert fault(tmp_path) == f"templat {file}: harus disimpan sebagai UTF-8"
    assert fault(tmp_path, "rusak") == f"templat {file}: harus disimpan sebagai UTF-8"


@pytest.mark.parametrize("use", ["include", "extends"])
def test_a_template_that_uses_itself(tmp_path: Path, write: Write, use: str) -> None:
    file = write("a", "{% " + use + ' "text/a.j2" %}')
    assert fault(tmp_path) == f"templat {file}: berkas ini memuat dirinya sendiri tanpa akhir"


@pytest.mark.parametrize(
    "name", ["tidak-ada", "../a", "/etc/passwd", "a\0b", "", "x" * 5000, "builtin/tidak-ada"]
)
def test_a_template_that_is_not_there(tmp_path: Path, write: Write, name: str) -> None:
    write("a", "ada")
    with pytest.raises(NotFoundError, match=r"tidak ada templat .*; yang ada: a, agenda"):
        Templates([tmp_path]).render(name, {})


def test_check_tells_of_each_broken_variant(tmp_path: Path, write: Write) -> None:
    write("a", "baik")
    broken = write("a.x", "{{ x }")
    encoded = write("a.facebook", b"\xff")
    write("ab", "{{ x }")
    found = Templates([tmp_path]).check("a")
    assert {problem.where: problem.message.split(": ")[0] for problem in found} == {
        "a.x": f"templat {broken}:1",
        "a.facebook": f"templat {encoded}",
    }
    assert [problem.where for problem in Templates([tmp_path]).check("tidak-ada")] == ["tidak-ada"]


# --- the sandbox -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "expression",
    [
        "title.__class__",
        "title.__class__.__mro__[1].__subclasses__()",
        "title['__class__'].__base__",
        "title | attr('__class__') | attr('__base__')",
        "'{0.__class__.__mro__}'.format(title)",
        "'{x.__class__}'.format_map({'x': title})",
        "self.__init__.__globals__",
        "cycler.__init__.__globals__.os.popen('id').read()",
        "date.strftime.__self__.__class__",
        "tag.append('x')",
        "agency.update(name='palsu')",
        "agency.pop('name')",
        "range(100001)",
    ],
)
def test_the_sandbox_holds(tmp_path: Path, write: Write, expression: str) -> None:
    context = {"title": "T", "tag": ["a"], "agency": {"name": "X"}, "date": date(2026, 11, 23)}
    file = write("a", "\n{{ " + expression + " }}")
    assert fault(tmp_path, **context).startswith(f"templat {file}:2: ")
    assert context == {"title": "T", "tag": ["a"], "agency": {"name": "X"}, "date": date(2026, 11, 23)}


def test_setting_an_attribute_of_what_was_given_is_refused(tmp_path: Path, write: Write) -> None:
    write("a", "{% set agency.name = 'palsu' %}")
    agency = {"name": "X"}
    fault(tmp_path, agency=agency)
    assert agency == {"name": "X"}


def test_what_a_template_sets_does_not_leak_into_the_next_rendering(tmp_path: Path, write: Write) -> None:
    write("a", "{{ title }}{% set title = 'lain' %}{{ title }}")
    templates, context = Templates([tmp_path]), {"title": "T"}
    assert [templates.render("a", context).body for _ in range(2)] == ["Tlain", "Tlain"]
    assert context == {"title": "T"}


@pytest.mark.parametrize("block", ["{}", "{{% block body %}}{}{{% endblock %}}"])
def test_a_loop_that_writes_without_end_has_an_end(tmp_path: Path, write: Write, block: str) -> None:
    loop = "{% for i in range(100000) %}{% for j in range(100000) %}halo {% endfor %}{% endfor %}"
    write("a", block.format(loop))
    assert MAX_OUTPUT - 10 < len(body(tmp_path)) <= MAX_OUTPUT


@pytest.mark.parametrize(
    "text",
    ["{{ 7*7 }}", "{% include 'text/a.j2' %}", "{# x #}", "{{ agency.__class__ }}", "{% raw %}", "#}%}}}"],
)
def test_what_a_website_says_is_data(tmp_path: Path, write: Write, text: str) -> None:
    write("a", "{% block head %}{{ title }}{% endblock %}{% block body %}{{ text | kalimat }}{% endblock %}")
    rendered = Templates([tmp_path]).render("a", {"title": text, "text": text})
    assert (rendered.head, rendered.body) == (text, text)


def test_nothing_is_escaped(tmp_path: Path, write: Write) -> None:
    write("a", "{{ title }}")
    assert body(tmp_path, title='Hu\'u & <b>Dompu</b> "kota"') == 'Hu\'u & <b>Dompu</b> "kota"'


# --- blocks, variants, folders ---------------------------------------------------------------------------------


def test_a_template_without_blocks_is_all_body(tmp_path: Path, write: Write) -> None:
    write("a", "\n\nSatu   \n\n\n\nDua\t\n")
    assert Templates([tmp_path]).render("a", {}) == Rendered("", "Satu\n\nDua", "", {})


def test_blocks_are_the_parts_and_see_what_is_set_at_the_top(tmp_path: Path, write: Write) -> None:
    write("a", "{% set sapa = 'Halo ' ~ title %}ini hilang\n{% block head %}{{ sapa }}{% endblock %}"
               "{% block tail %} {{ link }} \n{% endblock %}{% block card_headline %}{{ sapa }}!{% endblock %}"
               "{% block lain %}tak terpakai{% endblock %}")  # fmt: skip
    rendered = Templates([tmp_path]).render("a", {"title": "Warga", "link": "https://x"})
    assert rendered == Rendered("Halo Warga", "", "https://x", {"headline": "Halo Warga!"})


def test_a_child_sets_what_the_blocks_of_its_parent_use(tmp_path: Path, write: Write) -> None:
    write(
        "induk",
        "{% set nama = 'induk' %}{% block head %}{{ nama }}{% endblock %}{% block body %}B{% endblock %}",
    )
    write(
        "a",
        '{% extends "text/induk.j2" %}{% block body %}{{ super() }}+{{ ibu }}{% endblock %}{% set ibu = 1 %}',
    )
    assert Templates([tmp_path]).render("a", {}) == Rendered("induk", "B+1", "", {})


def test_the_account_stands_before_the_platform_before_the_rest(tmp_path: Path, write: Write) -> None:
    for name in ("a", "a.facebook", "a.utama"):
        write(name, name)
    templates = Templates([tmp_path])

    def said(platform: str, account: str) -> str:
        return templates.render("a", {}, platform=platform, account=account).body

    assert said("facebook", "utama") == "a.utama"
    assert said("facebook", "lain") == "a.facebook"
    assert said("x", "lain") == "a"
    assert said("x", "") == "a"
    assert said("../a", "/etc/passwd") == "a"


def test_the_folder_of_the_office_stands_before_ours_and_extends_it(tmp_path: Path, write: Write) -> None:
    day = datetime(2026, 11, 23, 6, 0, tzinfo=WIB)
    greeting = everyday(day.date(), Voice("Kota Contoh", "Warga"))
    context = {"date": day, "agency": {"sign_off": "— Diskominfo"}, "greeting": greeting}
    ours = Templates().render("greeting", context)
    write(
        "greeting",
        '{% extends "builtin/text/greeting.j2" %}{% block head %}{{ super() }} Halo!{% endblock %}',
    )
    theirs = Templates([tmp_path]).render("greeting", context)
    assert theirs.head == f"{ours.head} Halo!"
    assert (theirs.body, theirs.tail, theirs.card) == (ours.body, ours.tail, ours.card)
    assert Templates([tmp_path]).render("builtin/greeting", context) == ours


def test_names_tell_whose_file_it_is(tmp_path: Path, write: Write) -> None:
    mine = write("greeting", "x")
    write("greeting.x", "x")
    write("yatim.x", "x")
    names = Templates([tmp_path]).names()
    assert names["greeting"] == mine
    assert "greeting.x" in names
    assert "yatim.x" not in names
    assert not names["announcement"].is_relative_to(tmp_path)


def test_an_edited_template_is_seen_at_once(tmp_path: Path, write: Write) -> None:
    write("a", "lama")
    templates = Templates([tmp_path])
    assert templates.render("a", {}).body == "lama"
    write("a", "yang baru")
    assert templates.render("a", {}).body == "yang baru"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("", ""),
        (" \n\t\n", ""),
        ("a \r\nb", "a\nb"),
        ("a\n\n\n\nb", "a\n\nb"),
        ("a\n \n\t\n\nb\n", "a\n\nb"),
        ("  a\n  b", "a\n  b"),
        ("a\u2028b", "a\nb"),
    ],
)
def test_tidy(text: str, clean: str) -> None:
    assert tidy(text) == clean
