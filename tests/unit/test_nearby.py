"""Posts close to each other are told in one line for each group, not one for each pair."""

from datetime import UTC, datetime, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from humasbot.cli import neighbours
from humasbot.pipeline.nearby import Neighbour, groups

ZONE = ZoneInfo("Asia/Jakarta")
DAWN = datetime(2026, 12, 1, tzinfo=UTC)
APART = timedelta(minutes=15)
Said = dict[str, dict[int, int]]
"""Of each account, the Posts and their minutes."""


def near(said: Said) -> dict[int, list[Neighbour]]:
    """As the database answers: mutual, account by account."""
    found: dict[int, list[Neighbour]] = {}
    for account, posts in said.items():
        due = {number: DAWN + timedelta(minutes=minute) for number, minute in posts.items()}
        for pair in combinations(posts, 2):
            if abs(due[pair[0]] - due[pair[1]]) < APART:
                for one, other in (pair, pair[::-1]):
                    found.setdefault(one, []).append(
                        Neighbour(other, account, "pagi", f"Kabar {other}", due[other])
                    )
    return found


def test_a_busy_morning_is_one_line_and_another_day_another(capfd: pytest.CaptureFixture[str]) -> None:
    said: Said = {
        "satu": {1: 0, 2: 5, 3: 10, 4: 14, 8: 1440, 9: 1441},
        "dua": {1: 0, 3: 10},
        "tiga": {5: 0, 8: 1440},
    }
    neighbours.of_many(near(said), [9, 8, 5, 4, 3, 2, 1], ZONE)
    assert capfd.readouterr().out.splitlines() == [
        "! kiriman 1, 2, 3, 4 berdekatan pada akun yang sama (dua, satu), mulai 2026-12-01 07:00 WIB",
        "! kiriman 8, 9 berdekatan pada akun yang sama (satu), mulai 2026-12-02 07:00 WIB",
    ]


def test_of_one_post_each_other_is_told_once_with_its_accounts(capfd: pytest.CaptureFixture[str]) -> None:
    said: Said = {f"akun{n:02}": {1: 0, 2: 5} for n in range(12)}
    neighbours.of_one(near(said)[1], ZONE)
    assert capfd.readouterr().out.splitlines() == [
        "! akun00, akun01, akun02, akun03, akun04, akun05, akun06, akun07 dan 4 lain: berdekatan dengan kiriman 2 "
        "(2026-12-01 07:05 WIB): Kabar 2"
    ]


@settings(max_examples=40)
@given(
    st.dictionaries(
        st.sampled_from(["satu", "dua", "tiga"]), st.dictionaries(st.integers(1, 12), st.integers(0, 240))
    ),
    st.sets(st.integers(1, 12)),
)
def test_every_pair_with_a_shown_post_is_in_one_group_and_no_other_post(said: Said, shown: set[int]) -> None:
    close = near(said)
    found = groups(close, shown)
    for number in shown:
        holding = [group for group in found if number in group.posts and number in close]
        others = {each.post_id for each in close.get(number, ())}
        assert any(others <= set(group.posts) for group in holding) is (number in close)
    named = {number for group in found for number in group.posts}
    assert named == {n for n in shown if n in close} | {e.post_id for n in shown for e in close.get(n, ())}
    assert len(found) <= len(shown)
