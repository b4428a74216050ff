"""A folder of Markdown files."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from humasbot.errors import FetchError
from humasbot.sources.folder import Folder


@pytest.fixture
def write(tmp_path, now):
    def put(name, text, age=timedelta(hours=1)):
        path = tmp_path / "berita" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        moment = (now - age).timestamp()
        os.utime(path, (moment, moment))
        return path

    return put


@pytest.fixture
def source(tmp_path, http):
    settings = {
        "folder": str(tmp_path / "berita"),
        "link": "https://x.go.id/berita/{name}",
        "timezone": "Asia/Makassar",
    }
    return Folder.from_settings(settings, http)


def test_files_with_front_matter_become_items(write, source, now):
    write(
        "2026/jalan.md",
        "---\njudul: Jalan Baru\ntanggal: 21 November 2026 10.00\n---\nJalan **baru** dibuka.\n",
    )
    write("pasar.md", "# Pasar Pindah\n\nPasar pindah ke lapangan.\n")
    write("_contoh.md", "# Contoh\n\nJangan dibaca.\n")
    write(".git/x.md", "# Git\n\nJangan dibaca.\n")
    write("konsep.md", "---\njudul: Belum\nkonsep: ya\n---\nBelum jadi.\n")
    write("catatan.txt", "bukan Markdown")
    found = source.fetch({}, now)
    items = {item.key: item for item in found.items}
    assert set(items) == {"2026/jalan.md", "pasar.md"}
    jalan = items["2026/jalan.md"]
    assert (jalan.title, jalan.text, jalan.url) == (
        "Jalan Baru",
        "Jalan baru dibuka.",
        "https://x.go.id/berita/2026/jalan",
    )
    assert jalan.published == datetime(2026, 11, 21, 2, tzinfo=UTC)
    assert items["pasar.md"].published is None
    assert found.warnings == ()


def test_nothing_is_read_again_until_a_file_changes(write, source, now):
    write("a.md", "# Satu dua\n\nIsi berita.\n")
    first = source.fetch({}, now)
    assert source.fetch(first.state, now).unchanged
    write("a.md", "# Satu dua tiga\n\nIsi berita.\n", timedelta(minutes=5))
    (item,) = source.fetch(first.state, now).items
    assert (item.key, item.title) == ("a.md", "Satu dua tiga")


def test_a_file_that_is_being_written_waits(write, source, now):
    write("a.md", "# Satu", timedelta(seconds=0.5))
    first = source.fetch({}, now)
    assert first.items == ()
    assert len(source.fetch(first.state, now + timedelta(seconds=10)).items) == 1


def test_one_bad_file_does_not_hide_the_others(write, source, now):
    write("baik.md", "# Berita baik\n\nIsi.\n")
    write("tanpa-judul.md", "isi saja")
    write("bukan-utf8.md", b"# Caf\xe9\n")
    found = source.fetch({}, now)
    assert [item.title for item in found.items] == ["Berita baik"]
    assert len(found.warnings) == 2


def test_links_that_lead_out_of_the_folder_are_not_followed(write, source, now, tmp_path):
    write("a.md", "# Di dalam\n\nIsi.\n")
    (tmp_path / "rahasia.md").write_text("# Rahasia\n\nDi luar.\n")
    (tmp_path / "berita" / "tautan.md").symlink_to(tmp_path / "rahasia.md")
    (tmp_path / "berita" / "lingkar").symlink_to(tmp_path / "berita")
    assert [item.title for item in source.fetch({}, now).items] == ["Di dalam"]


def test_which_files_are_still_there(write, source):
    path = write("a.md", "# Satu\n\nIsi.\n")
    assert source.still(["a.md", "b.md"]) == {"a.md": True, "b.md": False}
    path.unlink()
    assert source.still(["a.md"]) == {"a.md": False}


def test_no_folder_is_one_sentence(http, tmp_path, now):
    with pytest.raises(FetchError, match="tidak-ada"):
        Folder(tmp_path / "tidak-ada", http).fetch({}, now)
