"""The ``.env`` file: read the way people write it, never stronger than the real environment."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from humasbot.environ import expand, load_env, unset
from humasbot.errors import ConfigError


@contextmanager
def kept_environment() -> Iterator[None]:
    before = dict(os.environ)
    try:
        yield
    finally:
        for name in set(os.environ) - set(before):
            del os.environ[name]
        os.environ.update(before)


@pytest.fixture(autouse=True)
def plain_environment() -> Iterator[None]:
    with kept_environment():
        yield


def test_env_lines(tmp_path: Path) -> None:
    os.environ["SUDAH_ADA"] = "dari layanan"
    (tmp_path / ".env").write_bytes(
        b"\xef\xbb\xbfPERTAMA=satu\r\n"
        b"# komentar=ya\n"
        b"  SPASI =  dua kata  \n"
        b"export EKSPOR=tiga\n"
        b"GANDA=\"empat # bukan komentar\"  # komentar\n"
        b"TUNGGAL='lima \"dalam\"'\n"
        b"TANPA=enam # komentar\n"
        b"PAGAR=#0B3D91\n"
        b"HANYA= # komentar\n"
        b"SAMA=a=b==\n"
        b"BUKAN-NAMA=x\n"
        b"1ANGKA=x\n"
        b"tanpa sama dengan\n"
        b"PISAH=a\xe2\x80\xa8b\n"
        b"SUDAH_ADA=dari berkas\n"
        b"KUTIP_LEPAS=\"tujuh\n"
    )  # fmt: skip
    load_env(tmp_path / ".env")
    wanted = {
        "PERTAMA": "satu", "SPASI": "dua kata", "EKSPOR": "tiga", "GANDA": "empat # bukan komentar",
        "TUNGGAL": 'lima "dalam"', "TANPA": "enam", "PAGAR": "#0B3D91", "HANYA": "", "SAMA": "a=b==",
        "PISAH": "a\u2028b", "SUDAH_ADA": "dari layanan", "KUTIP_LEPAS": '"tujuh',
    }  # fmt: skip
    assert {name: os.environ.get(name) for name in wanted} == wanted
    assert not {"BUKAN-NAMA", "1ANGKA", "# komentar", "tanpa sama dengan"} & set(os.environ)


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_no_env_file_is_worse_than_a_fault(tmp_path_factory: pytest.TempPathFactory, content: str) -> None:
    file = tmp_path_factory.getbasetemp() / "wild.env"
    file.write_bytes(content.encode("utf-8", "surrogatepass"))
    with kept_environment(), suppress(ConfigError):
        load_env(file)


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("tanpa tempat", "tanpa tempat"),
        ("${ISI}", "a@b:c/d%e"),
        ("sqlite:///${ISI}.db", "sqlite:///a@b:c/d%e.db"),
        ("postgresql://u:${ISI}@db/x", "postgresql://u:a%40b:c%2Fd%25e@db/x"),
        ("${TIDAK_ADA}|${KOSONG}|${ISI", "||${ISI"),
        ("$ISI ${} ${IS I}", "$ISI ${} ${IS I}"),
    ],
)
def test_places_in_an_address(text: str, whole: str) -> None:
    os.environ |= {"ISI": "a@b:c/d%e", "KOSONG": ""}
    assert expand(text) == whole


def test_what_is_not_set_is_named_once() -> None:
    os.environ |= {"ISI": "x", "KOSONG": ""}
    assert unset("${ISI}${KOSONG}${TIDAK_ADA}${KOSONG}") == ["KOSONG", "TIDAK_ADA"]
