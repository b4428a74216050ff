"""``humasbot cards``: each command as an office types it, in an empty folder and with a configuration."""

import json
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from humasbot.cli import cli


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in; Indonesian messages."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HUMASBOT_LANG", raising=False)
    monkeypatch.delenv("HUMASBOT_CONFIG", raising=False)
    return tmp_path


def cards(*words: str) -> Result:
    """What the command does and prints."""
    return CliRunner().invoke(cli, ["cards", *words])


def test_draw_writes_the_card_and_tells_its_alt_text(office: Path) -> None:
    done = cards("draw", "greeting", "--field", "headline=Selamat pagi", "--size", "story", "-o", "pagi.png")
    assert done.exit_code == 0, done.output
    assert "Kartu ucapan dari Nama Instansi: Selamat pagi." in done.output
    with Image.open(office / "pagi.png") as picture:
        assert picture.size == (1080, 1920)
        assert picture.format == "PNG"


def test_draw_reads_rows_a_photo_and_gives_json(office: Path) -> None:
    photo = BytesIO()
    Image.new("RGB", (800, 600), "#88AACC").save(photo, "JPEG")
    (office / "foto.jpg").write_bytes(photo.getvalue())
    done = cards(
        "draw", "event-after", "--field", "headline=Pasar murah", "--field", "figures=1.200 | paket; 3 | kecamatan",
        "--photo", "foto.jpg", "--size", "800x800", "-o", "hasil/kartu.jpg", "--json",
    )  # fmt: skip
    told = json.loads(done.output)
    assert (told["width"], told["height"]) == (800, 800)
    assert "1.200, paket; 3, kecamatan" in told["alt"]
    assert (office / "hasil" / "kartu.jpg").stat().st_size == told["bytes"]


def test_draw_follows_the_brand_of_the_configuration(office: Path) -> None:
    (office / "humasbot.toml").write_text('[agency]\nname = "Kota Merah"\nprimary = "#B00020"\n')
    done = cards("draw", "greeting", "--field", "headline=Halo", "-o", "halo.png")
    assert "Kartu ucapan dari Kota Merah: Halo." in done.output
    with Image.open(office / "halo.png") as picture:
        red, green, _ = picture.convert("RGB").getpixel((20, 400))
    assert red > 100 > 40 > green


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("draw", "greting", "-o", "x.png"), "Mungkin: greeting"),
        (("draw", "greeting", "-o", "x.png"), '"headline" harus ada'),
        (("draw", "greeting", "--field", "headlin=A", "-o", "x.png"), 'mungkin "headline"'),
        (("draw", "greeting", "--field", "headline", "-o", "x.png"), "tulis NAMA=ISI"),
        (("draw", "greeting", "--field", "headline=A", "-o", "x.gif"), ".jpg, .png atau .webp"),
        (("draw", "greeting", "--field", "headline=A", "--size", "besar", "-o", "x.png"), "pilih square"),
        (("batch", "greeting", "tiada.csv"), "tiada.csv tidak ada"),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(office: Path, words: tuple[str, ...], told: str) -> None:
    done = cards(*words)
    assert done.exit_code != 0
    assert told in str(done.exception)
    assert not list(office.glob("x.*"))


def test_gallery_shows_a_template_in_every_size(office: Path) -> None:
    done = cards("gallery", "hoax")
    assert done.exit_code == 0, done.output
    page = (office / "galeri" / "index.html").read_text(encoding="utf-8")
    for label in ("square", "tall", "wide", "link", "story"):
        assert f'src="hoax-{label}.jpg"' in page
        assert (office / "galeri" / f"hoax-{label}.jpg").stat().st_size > 10_000
    assert 'alt="Kartu klarifikasi dari' in page


def test_check_names_file_line_and_layer(office: Path) -> None:
    (office / "rusak.toml").write_text(
        'extends = "builtin/base"\nalt = "{headline}"\n[layers.judul]\ntype = "text"\ntext = "{hedline}"\nsise = 3\n'
    )
    done = cards("check", "rusak.toml")
    assert done.exit_code == 1
    assert "rusak.toml:5 lapisan judul" in done.output
    assert 'rusak.toml:6 lapisan judul: kunci "sise" tidak dikenal, mungkin "size"' in done.output
    assert cards("check", "agenda").output == "✓ agenda\n"


def test_watch_tells_a_fault_and_draws(office: Path) -> None:
    assert cards("watch", "tiada", "--times", "1").output.startswith("✗ ")
    done = cards("watch", "service", "--times", "1", "--size", "wide", "-o", "lihat.png")
    assert done.output.startswith("✓ lihat.png")
    with Image.open(office / "lihat.png") as picture:
        assert picture.size == (1200, 675)


def test_batch_names_the_bad_row_and_draws_the_rest(office: Path) -> None:
    (office / "baris.csv").write_text(
        "file;headline;date;photo\nsatu;Selamat Pagi;23 November 2026;\ndua;;;\ntiga;Halo;;tiada.jpg\nempat;Sore;;\n",
        encoding="utf-8-sig",
    )
    done = cards("batch", "greeting", "baris.csv", "--workers", "1")
    assert done.exit_code == 1
    assert "2 kartu di kartu, 2 baris gagal." in done.output
    assert "baris:2" in done.output
    assert "tiada.jpg" in done.output
    assert sorted(file.name for file in (office / "kartu").iterdir()) == [
        "empat.jpg", "empat.txt", "satu.jpg", "satu.txt",
    ]  # fmt: skip
    assert "23 November 2026" in (office / "kartu" / "satu.txt").read_text(encoding="utf-8")


def test_check_tells_what_of_the_brand_cannot_be_read_with_the_numbers(office: Path) -> None:
    (office / "humasbot.toml").write_text(
        '[agency]\nname = "Kota"\nprimary = "#15803D"\naccent = "#16A34A"\npattern = "batik"\n'
    )
    done = cards("check", "greeting")
    assert (
        "! merek: warna kedua #16A34A di atas warna utama #15803D hanya 1.52:1 (perlu 4,5:1)" in done.output
    )
    assert '! merek: pola "batik" tidak ada; pilih: kawung' in done.output


def test_a_focus_and_what_the_photo_shows_are_fields_of_every_card_with_a_photo(office: Path) -> None:
    Image.new("RGB", (1600, 800), "#88AACC").save(office / "foto.jpg")
    given = ["--field", "headline=Halo", "--photo", "foto.jpg", "--field", "photo_alt=Langit biru"]
    done = cards("draw", "greeting", *given, "--field", "focus=kanan atas", "-o", "a.jpg")
    assert "Foto: Langit biru." in done.output
    refused = cards("draw", "greeting", *given, "--field", "focus=sana", "-o", "b.jpg")
    assert refused.exit_code == 1
    assert 'focus "sana" tidak terbaca' in str(refused.exception or refused.output)
