"""What is marked in a Bluesky post's text, byte by byte, and the keys of its records."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from humasbot.platforms.bluesky_facets import facets, record_key, spans

DUE = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


def _piece(text: str, facet: dict[str, Any]) -> str:
    index = facet["index"]
    return text.encode()[index["byteStart"] : index["byteEnd"]].decode()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Baca https://contoh.go.id/a.", ["https://contoh.go.id/a"]),
        ("(https://contoh.go.id/a_(b))", ["https://contoh.go.id/a_(b)"]),
        ("“https://contoh.go.id”, lalu", ["https://contoh.go.id"]),
        ("https://contoh.go.id/a?b=1&c=%20#d!", ["https://contoh.go.id/a?b=1&c=%20#d"]),
        ("xhttps://contoh.go.id https://", []),
        ("#Brebes #Brebes-Beres, #2026 #HUT81 #", ["#Brebes", "#Brebes-Beres", "#HUT81"]),
        ("a#b &#39; ##x (#kurung)", ["#kurung"]),
        ("🇮🇩🇮🇩 #Merdeka!", ["#Merdeka"]),
        ("＃タグ #ᬩᬮᬶ", ["＃タグ", "#ᬩᬮᬶ"]),
        ("#" + "a" * 64, ["#" + "a" * 64]),
        ("#" + "a" * 65, []),
        ("humas@contoh.go.id @humas @a.b.test, (@c.test)", ["@a.b.test", "@c.test"]),
        ("https://contoh.go.id/(#a)(@a.test)", ["https://contoh.go.id/(#a)(@a.test)"]),
        ("https://contoh.go.id/@humas.test/#bagian", ["https://contoh.go.id/@humas.test/#bagian"]),
    ],
)
def test_what_is_marked(text: str, found: list[str]) -> None:
    assert [_piece(text, facet) for facet in facets(text, lambda handle: "did:plc:x")] == found


WILD = st.lists(
    st.one_of(
        st.text(max_size=12),
        st.sampled_from(
            ["https://a.id/é?x=(1)", "#Brebes", "@humas.test", " ", "\n", "(", ")", "🇮🇩", "👨‍👩‍👧", "#", "@"]
        ),
    ),
    max_size=12,
).map("".join)


@given(WILD)
def test_positions_are_within_the_text_and_never_overlap(text: str) -> None:
    raw, last = text.encode(), 0
    for facet, span in zip(facets(text, lambda handle: f"did:plc:{handle}"), spans(text), strict=True):
        start, end = facet["index"]["byteStart"], facet["index"]["byteEnd"]
        assert last <= start < end <= len(raw)
        assert raw[start:end].decode() == text[span.start : span.end]
        last = end


@given(st.text(min_size=1), st.timedeltas(timedelta(0), timedelta(days=60_000)).map(DUE.__add__))
def test_a_record_key_is_a_tid_of_its_second(key: str, due: datetime) -> None:
    tid = record_key(key, due)
    assert re.fullmatch(r"[234567abcdefghij][234567a-z]{12}", tid)
    assert tid == record_key(key, due.astimezone(timezone(timedelta(hours=9))))
    assert record_key(key, due + timedelta(seconds=1)) > tid
    number = 0
    for letter in tid:
        number = number * 32 + "234567abcdefghijklmnopqrstuvwxyz".index(letter)
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=number >> 10)
    assert moment.replace(microsecond=0) == due.replace(microsecond=0)


def test_ten_thousand_deliveries_of_one_second_have_as_many_keys() -> None:
    assert len({record_key(f"delivery-{n}", DUE) for n in range(10_000)}) == 10_000
