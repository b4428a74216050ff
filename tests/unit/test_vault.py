"""Secrets: only by reference, and struck out of whatever is written, in every shape."""

import json
import logging
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st

from humasbot.errors import Problem
from humasbot.logs import Quiet, configure
from humasbot.vault import HIDDEN, Vault, is_reference

TOKEN = "EAABwzLixnjYBO1234567890"
PRIVATE_KEY = "-----BEGIN KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END KEY-----\n"


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HUMASBOT_LANG", "HUMAS_TOKEN", "KOSONG"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path)


def knowing(*secrets: str) -> Vault:
    vault = Vault(Path())
    for secret in secrets:
        vault.remember(secret)
    return vault


# --- references ------------------------------------------------------------------------------------------------


def test_from_the_environment(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUMAS_TOKEN", f"  {TOKEN}\n")
    assert vault.resolve({"env": "HUMAS_TOKEN"}, "token") == TOKEN
    assert vault.redact(f"Bearer {TOKEN}") == f"Bearer {HIDDEN}"


@pytest.mark.parametrize("content", [TOKEN, f"{TOKEN}\n", f"\r\n {TOKEN} \r\n", f"\ufeff{TOKEN}"])
def test_from_a_file(vault: Vault, tmp_path: Path, content: str) -> None:
    (tmp_path / "token.txt").write_text(content, encoding="utf-8")
    assert vault.resolve({"file": "token.txt"}, "token") == TOKEN
    assert vault.resolve({"file": str(tmp_path / "token.txt")}, "token") == TOKEN


@pytest.mark.parametrize(
    "value",
    [TOKEN, "", 12345678, None, True, ["env"], {}, {"env": 1}, {"env": "A", "file": "b"}, {"Env": "A"},
     {"value": TOKEN}],
)  # fmt: skip
def test_a_literal_secret_is_refused_and_not_repeated(vault: Vault, value: Any) -> None:
    assert not is_reference(value)
    assert vault.resolve(value, "[accounts.x] token") == Problem(
        "[accounts.x] token",
        'rahasia tidak boleh ditulis di sini; pakai { env = "NAMA" } atau { file = "berkas" }',
    )


@pytest.mark.parametrize("value", ["", "  \n"])
def test_an_empty_or_missing_variable(vault: Vault, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    wanted = Problem("token", "variabel lingkungan KOSONG kosong; isi di .env atau di layanan")
    assert vault.resolve({"env": "KOSONG"}, "token") == wanted
    monkeypatch.setenv("KOSONG", value)
    assert vault.resolve({"env": "KOSONG"}, "token") == wanted


@pytest.mark.parametrize(
    "name", [f"{TOKEN}{TOKEN}{TOKEN}", "abcd-efgh-ijkl-mnop", "", "A=B", "1A", "A\0B", "a b"]
)
def test_a_secret_in_the_place_of_the_name_is_not_repeated(vault: Vault, name: str) -> None:
    problem = vault.resolve({"env": name}, "token")
    assert problem == Problem(
        "token", "yang ditulis di env = bukan nama variabel; tulis namanya saja, misalnya HUMAS_TOKEN"
    )


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("tidak-ada", "berkas tidak-ada tidak terbaca (tidak ada)"),
        ("", "berkas  tidak terbaca (itu folder, bukan berkas)"),
        ("biner", "berkas biner tidak terbaca (bukan teks UTF-8)"),
        ("kosong", "berkas kosong kosong"),
        ("a\0b", "berkas a\0b tidak terbaca (ValueError)"),
    ],
)
def test_a_file_that_gives_none(vault: Vault, tmp_path: Path, path: str, words: str) -> None:
    (tmp_path / "biner").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "kosong").write_text(" \n")
    assert vault.resolve({"file": path}, "token") == Problem("token", words)


# --- striking out ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("secrets", "text", "clean"),
    [
        ((), "apa saja", "apa saja"),
        (("abcd",), "", ""),
        (("abcd",), "abcd", HIDDEN),
        (("abcd",), "xabcdyabcdz", f"x{HIDDEN}y{HIDDEN}z"),
        (("abcd",), "abcdabcd", HIDDEN),
        (("abcdef", "defghi"), "=abcdefghi=", f"={HIDDEN}="),
        (("abcd", "abcdefgh"), "abcdefgh", HIDDEN),
        (("bcde", "abcdef"), "abcdef bcde", f"{HIDDEN} {HIDDEN}"),
        (("aaaa",), "aaaaaa", HIDDEN),
        (("abc",), "abc", "abc"),
    ],
)
def test_overlapping_secrets_leave_nothing(secrets: tuple[str, ...], text: str, clean: str) -> None:
    assert knowing(*secrets).redact(text) == clean


@pytest.mark.parametrize(
    "write",
    [
        str,
        repr,
        json.dumps,
        lambda secret: json.dumps(secret, ensure_ascii=False),
        lambda secret: quote(secret, safe=""),
        lambda secret: urlencode({"token": secret}),
        lambda secret: " ".join(secret.split()),
        lambda secret: repr({"token": secret}),
        lambda secret: str(ValueError(secret)),
    ],
)
@pytest.mark.parametrize(
    "secret",
    [TOKEN, "kata sandi/ber+ekor&%", "kunci \"kutip\" \\ 'tunggal'", "kunci-é\u2028rahasia-é", PRIVATE_KEY],
)
def test_a_secret_is_known_in_every_shape(write: Callable[[str], str], secret: str) -> None:
    clean = knowing(secret.strip()).redact(f"gagal: {write(secret.strip())} di sini")
    assert clean.startswith("gagal: ")
    assert clean.endswith(" di sini")
    for word in re.findall(r"\w{4,}", secret):
        assert word not in clean


@pytest.mark.parametrize("cut", range(9, len(TOKEN)))
@pytest.mark.parametrize("mark", ["", "…"])
def test_a_message_cut_in_the_middle_of_a_secret_shows_none_of_it(cut: int, mark: str) -> None:
    assert knowing(TOKEN).redact(f"ditolak: {TOKEN[:cut]}{mark}") == f"ditolak: {HIDDEN}{mark}"


WORDS = st.text('ab&%" é', min_size=4, max_size=9)


@given(st.lists(WORDS, min_size=1, max_size=4), st.lists(st.text('ab&%" é•', max_size=12), max_size=4))
@settings(max_examples=300, deadline=None)
def test_no_secret_survives(secrets: list[str], between: list[str]) -> None:
    text = "".join(part + secret for part, secret in zip(between, secrets, strict=False))
    clean = knowing(*secrets).redact(text)
    assert not any(secret in clean for secret in secrets)
    assert set(clean) <= set(text) | set(HIDDEN)


@given(st.text("abcdef", max_size=20))
def test_what_holds_no_secret_stays_as_it_is(text: str) -> None:
    assert knowing("rahasia-sekali", "KUNCI").redact(text) == text


def test_the_vault_shows_nothing_of_what_it_knows() -> None:
    vault = knowing(TOKEN, "kedua")
    for shown in (repr(vault), str(vault), f"{vault}"):
        assert shown == "Vault(2 secrets)"


def test_many_threads_may_share_it() -> None:
    vault = Vault(Path())
    secrets = [f"rahasia-{n:04}" for n in range(400)]

    def work(secret: str) -> str:
        vault.remember(secret)
        return vault.redact(f"<{secret}>")

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(work, secrets)) == {f"<{HIDDEN}>"}
    assert vault.redact(" ".join(secrets)) == " ".join([HIDDEN] * 400)


# --- the log ---------------------------------------------------------------------------------------------------


class Odd:
    def __str__(self) -> str:
        return f"Odd({TOKEN})"


def test_every_value_of_an_event_is_cleaned_and_keeps_its_shape() -> None:
    event = {
        "event": f"kirim {TOKEN}",
        "number": 7,
        "share": 0.5,
        "yes": True,
        "nothing": None,
        "pin": 12345678,
        "nested": {"headers": {"Authorization": f"Bearer {TOKEN}"}, TOKEN: [1, {"deep": (TOKEN,)}]},
        "set": {TOKEN},
        "odd": Odd(),
        "error": ValueError(TOKEN),
        "bytes": TOKEN.encode(),
        "path": Path("/tmp") / TOKEN,
    }
    assert knowing(TOKEN, "12345678").processor(None, "info", event) == {
        "event": f"kirim {HIDDEN}",
        "number": 7,
        "share": 0.5,
        "yes": True,
        "nothing": None,
        "pin": HIDDEN,
        "nested": {"headers": {"Authorization": f"Bearer {HIDDEN}"}, HIDDEN: [1, {"deep": [HIDDEN]}]},
        "set": [HIDDEN],
        "odd": f"Odd({HIDDEN})",
        "error": HIDDEN,
        "bytes": f"b'{HIDDEN}'",
        "path": f"/tmp/{HIDDEN}",
    }


@pytest.mark.parametrize("as_json", [True, False])
def test_nothing_leaves_through_the_log(capfd: pytest.CaptureFixture[str], as_json: bool) -> None:
    before = structlog.get_config()
    levels = {
        name: logging.getLogger(name).level
        for name in ("urllib3", "requests", "tweepy", "httpx", "apscheduler")
    }
    secret = 'kunci "kutip" é & \\'
    try:
        configure(knowing(TOKEN, secret), json=as_json)
        log = Quiet("uji")
        try:
            raise ConnectionError(f"GET https://graph.example/?access_token={quote(secret)}") from KeyError(
                secret
            )
        except ConnectionError:
            log.exception("gagal", token=TOKEN, body={"sandi": [secret]}, alamat=f"https://x/{TOKEN}")
    finally:
        structlog.configure(**before)
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
    written = "".join(capfd.readouterr())
    assert "ConnectionError" in written
    assert HIDDEN in written
    for shape in (
        TOKEN,
        secret,
        quote(secret),
        json.dumps(secret)[1:-1],
        json.dumps(json.dumps(secret))[3:-3],
        "kunci",
    ):
        assert shape not in written
    if as_json:
        assert json.loads(written.splitlines()[0])["body"] == {"sandi": [HIDDEN]}


def test_thousands_of_secrets_are_struck_out_as_one_is(tmp_path: Path) -> None:
    few, many = Vault(tmp_path), Vault(tmp_path)
    secrets = [f"rahasia-nomor-{number:05d}-panjang" for number in range(3000)]
    few.remember(secrets[77])
    for secret in secrets:
        many.remember(secret)
    for text in (
        f"x {secrets[77]} y {secrets[77]}",
        f"terpotong {secrets[77][:-3]}…",
        "tanpa rahasia sama sekali",
    ):
        assert many.redact(text) == few.redact(text)
        assert secrets[77][:-3] not in many.redact(text)
