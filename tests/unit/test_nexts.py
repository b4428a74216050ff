"""What comes next is said with every delivery that is not out."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from humasbot.cli.nexts import say_what_to_do, tried_again

WIB = ZoneInfo("Asia/Jakarta")
SOON = datetime.now(UTC) + timedelta(minutes=10)


def test_what_waits_says_when_it_is_tried_again() -> None:
    said = tried_again("queued", "Telegram: 429", SOON, WIB)
    assert said == f"Telegram: 429; dicoba lagi {SOON.astimezone(WIB):%Y-%m-%d %H:%M} WIB"


@pytest.mark.parametrize(
    ("state", "reason", "at"),
    [
        ("queued", "", SOON),
        ("queued", "ditolak", datetime(2026, 1, 1, tzinfo=UTC)),
        ("queued", "ditolak", None),
        ("failed", "ditolak", SOON),
    ],
)
def test_nothing_is_promised_that_nobody_knows(state: str, reason: str, at: datetime | None) -> None:
    assert tried_again(state, reason, at, WIB) == reason


def test_what_only_a_person_can_do_is_one_line_for_each_kind(capsys: pytest.CaptureFixture[str]) -> None:
    say_what_to_do(["x", "bsky", "x"], [])
    assert capsys.readouterr().out == (
        "Gagal dan tidak dikirim lagi dengan sendirinya: bsky, x. Perbaiki naskah atau akunnya, lalu: "
        "humasbot announce ALAMAT --again\n"
    )
    say_what_to_do([], ["x"])
    assert capsys.readouterr().out == "Akun dijeda: x. Setelah dibereskan: humasbot accounts resume NAMA\n"
    say_what_to_do([], [])
    assert capsys.readouterr().out == ""
