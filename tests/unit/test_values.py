"""The frozen values at the border, the errors, and what a platform is checked against before anything is sent."""

from collections.abc import Mapping
from dataclasses import FrozenInstanceError, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any, ClassVar, Self

import pytest
from hypothesis import given
from hypothesis import strategies as st

from humasbot.content import Checkpoint, Item, Limits, Media, Outgoing, Receipt
from humasbot.errors import ConfigError, Problem, Unsupported, every, wait_until
from humasbot.platforms.base import OPTIONAL, Publisher, Setting, check_limits, read_settings, supports
from humasbot.testing import Notes

DAY = date(2026, 11, 22)
DUE = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
LIMITS = Limits(
    10, "contoh.go.id/batas", DAY, max_bytes=20, max_media=2, max_media_bytes=5, max_pixels=100, max_alt=8
)
PICTURE = Media(b"12345", "image/png", "alt", 10, 10)


@pytest.fixture(autouse=True)
def indonesian(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HUMASBOT_LANG", raising=False)


class Small(Publisher):
    """The least that a platform has to give."""

    name = "kecil"
    title = "Kecil"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("token", "token akses", "access token", secret=True),
        Setting(
            "server", "alamat server", "server's address", required=False, default="https://kecil.example"
        ),
    )
    limits = LIMITS

    @classmethod
    def from_settings(cls, settings: Mapping[str, str]) -> Self:
        read_settings(cls, settings)
        return cls()

    def publish(self, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        return Receipt(outgoing.key, "")


def say(text: str = "halo", *media: Media) -> Outgoing:
    return Outgoing("kunci", text, DUE, media=media)


def found(outgoing: Outgoing, limits: Limits = LIMITS) -> list[str]:
    return [str(problem) for problem in check_limits(outgoing, limits, "Kecil")]


# --- limits ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outgoing", "problems"),
    [
        (say(), []),
        (say("x" * 10, PICTURE, PICTURE), []),
        (say(" \n"), ["text: teks kosong"]),
        (say("x" * 11), ["text: panjang 11; Kecil menerima paling banyak 10"]),
        (say("é" * 10), []),
        (say("日" * 7), ["text: 21 bita; Kecil menerima paling banyak 20"]),
        (say("日" * 11), ["text: panjang 11; Kecil menerima paling banyak 10",
                          "text: 33 bita; Kecil menerima paling banyak 20"]),
        (say("a", *[PICTURE] * 3), ["media: 3 gambar; Kecil menerima paling banyak 2"]),
        (say("a", replace(PICTURE, data=b"123456")), ["gambar 1: 6 bita, paling banyak 5"]),
        (say("a", PICTURE, replace(PICTURE, mime="image/tiff")), ["gambar 2: jenis image/tiff tidak diterima"]),
        (say("a", replace(PICTURE, width=11)), ["gambar 1: 110 piksel, paling banyak 100"]),
        (say("a", replace(PICTURE, alt=" ")), ["gambar 1: tanpa teks alternatif"]),
        (say("a", replace(PICTURE, alt="x" * 9)), ["gambar 1: teks alternatif 9 karakter, paling banyak 8"]),
    ],
)  # fmt: skip
def test_every_way_to_break_the_limits(outgoing: Outgoing, problems: list[str]) -> None:
    assert found(outgoing) == problems
    assert [str(problem) for problem in Small().validate(outgoing)] == problems


def test_all_at_once() -> None:
    wrong = Media(b"123456", "image/tiff", "", 99, 99)
    assert len(found(say("日" * 11, wrong, wrong, wrong))) == 2 + 1 + 3 * 4


def test_a_platform_that_always_needs_a_picture() -> None:
    limits = replace(LIMITS, needs_media=True)
    assert found(say(), limits) == ["media: Kecil selalu perlu gambar"]
    assert found(say("a", PICTURE), limits) == []


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_what_fits_passes_and_what_passes_fits(text: str) -> None:
    assert (found(say(text)) == []) == (LIMITS.fits(text) and bool(text.strip()))


# --- settings --------------------------------------------------------------------------------------------------


def test_settings_are_filled_and_trimmed() -> None:
    assert read_settings(Small, {"token": " a b \n"}) == {"token": "a b", "server": "https://kecil.example"}
    assert read_settings(Small, {"token": "a", "server": ""})["server"] == "https://kecil.example"


def test_every_fault_of_the_settings_at_once_and_no_secret_in_it() -> None:
    with pytest.raises(ConfigError) as caught:
        Small.from_settings({"token": "  ", "tokn": "EAAB-rahasia", "srver": "EAAB-rahasia"})
    assert [str(problem) for problem in caught.value.problems] == [
        "tokn: tidak dikenal oleh Kecil; yang ada: token, server",
        "srver: tidak dikenal oleh Kecil; yang ada: token, server",
        "token: wajib diisi untuk Kecil: token akses",
    ]
    assert "EAAB" not in repr(caught.value)


@pytest.mark.parametrize("method", OPTIONAL)
def test_what_is_not_overridden_is_not_there(method: str) -> None:
    assert not supports(Small, method)
    arguments: dict[str, tuple[Any, ...]] = {
        "verify": (),
        "allowances": (),
        "find_existing": (say(), DUE),
        "prepare": (say(), Notes()),
        "edit": (Receipt("1", ""), say(), Notes()),
        "reply": (Receipt("1", ""), say(), Notes()),
    }
    with pytest.raises(Unsupported, match=r"^Kecil tidak "):
        getattr(Small(), method)(*arguments.get(method, (Receipt("1", ""),)))
    more = type("More", (Small,), {method: lambda self, *_: None})
    assert supports(more, method)
    assert supports(more(), method)


# --- values ----------------------------------------------------------------------------------------------------


def test_values_are_frozen_and_show_no_bytes() -> None:
    assert "12345" not in repr(say("a", PICTURE))
    for value, name in ((PICTURE, "alt"), (say(), "text"), (LIMITS, "max_text"), (Receipt("1", ""), "url")):
        with pytest.raises(FrozenInstanceError):
            setattr(value, name, "x")


@pytest.mark.parametrize("mime", ["image/jpeg", "image/png", "image/webp", "image/gif"])
def test_a_picture_knows_its_hash_and_ending(mime: str) -> None:
    picture = replace(PICTURE, mime=mime)
    assert picture.digest == sha256(b"12345").hexdigest()
    assert picture.suffix in (".jpg", f".{mime.partition('/')[2]}")


WORDS = st.lists(st.text("ab ", max_size=3), min_size=3, max_size=3)


@given(WORDS, WORDS)
def test_the_digest_of_an_item_changes_whenever_its_words_do(first: list[str], second: list[str]) -> None:
    one, other = (
        Item(key="1", url="https://a.example/1", title=title, text=text, summary=summary)
        for title, text, summary in (first, second)
    )
    assert (one.digest == other.digest) == (first == second)
    moved = replace(one, key="2", url="https://b.example/2", modified=DUE, categories=("x",), author="y")
    assert moved.digest == one.digest


# --- errors ----------------------------------------------------------------------------------------------------


def test_a_configuration_error_carries_every_problem() -> None:
    error = ConfigError(Problem("a:1", "satu"), "dua")
    assert error.problems == (Problem("a:1", "satu"), Problem("", "dua"))
    assert str(error) == "a:1: satu\ndua"
    assert every(error.problems) == "- a:1: satu\n- dua"


@given(st.timedeltas(timedelta(days=-999), timedelta(days=999)))
def test_the_time_until_is_never_negative(wait: timedelta) -> None:
    assert wait_until(DUE + wait, DUE) == max(wait, timedelta(0))


def test_until_now_is_measured_from_the_present() -> None:
    left = wait_until(datetime.now(UTC) + timedelta(hours=1))
    assert timedelta(minutes=59) < left <= timedelta(hours=1)
    with pytest.raises(TypeError):
        wait_until(datetime(2026, 11, 22), DUE)
