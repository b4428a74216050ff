"""BMKG's shapes and mutations of them: right facts, one event over its revisions, never a crash."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from bmkg_world import ELSEWHERE, SQUARE, cap, hours, quake, text_of
from hypothesis import given, settings
from hypothesis import strategies as st

from humasbot.content import Found
from humasbot.errors import ConfigError, FetchError
from humasbot.net import Http
from humasbot.sources.bmkg import Earthquakes, Forecasts, Warnings
from humasbot.sources.bmkg_budget import Budget
from humasbot.sources.bmkg_cap import read_alert, read_list
from humasbot.sources.bmkg_days import read_days
from humasbot.sources.bmkg_quakes import merged, read_quakes, same

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
WIB = ZoneInfo("Asia/Jakarta")
REAL = Path("/work/shared/data/bmkg")
WILD = st.one_of(
    st.text(max_size=40), st.none(), st.integers(), st.floats(), st.booleans(),
    st.lists(st.text(max_size=3), max_size=3),
    st.sampled_from(["", "-8.51,123.27", "91,200", "NaN", "inf", "1e9", "5,4", "M 5", "23 Des 2026", "2026-13-40"]),
)  # fmt: skip

NESTED = st.recursive(
    st.none() | st.text(max_size=5),
    lambda each: (
        st.lists(each, max_size=2)
        | st.dictionaries(st.sampled_from(["Infogempa", "gempa", "data", "cuaca"]), each, max_size=2)
    ),
    max_leaves=6,
)


def body(entries: Any) -> bytes:
    return text_of({"Infogempa": {"gempa": entries}})


class Quakes(Earthquakes):
    def __init__(self, pages: Mapping[str, bytes]) -> None:
        super().__init__("http://bmkg/", Http())
        self.pages = pages

    def _get(self, url: str) -> bytes:
        if url.rpartition("/")[2] not in self.pages:
            raise FetchError("404")
        return self.pages[url.rpartition("/")[2]]


class Alerts(Warnings):
    def __init__(self, pages: Mapping[str, str]) -> None:
        super().__init__("http://bmkg/nowcast", (-6.91, 107.61), Http())
        self.pages = pages
        self.asked: list[str] = []

    def _get(self, url: str) -> bytes:
        self.asked.append(url)
        if url == self.url:
            listed = "".join(
                f"<item><link>http://bmkg/{n}.xml</link><guid>{n}</guid></item>" for n in self.pages
            )
            return f"<rss><channel>{listed}</channel></rss>".encode()
        return self.pages[url.rpartition("/")[2].removesuffix(".xml")].encode()


@pytest.mark.parametrize("name", ["bmkg_autogempa_2026-09-23.json", "bmkg_gempadirasakan_2026-09-23.json"])
def test_the_captured_lists(name: str) -> None:
    if not (REAL / name).exists():
        pytest.skip("the captured samples are not on this machine")
    found = read_quakes((REAL / name).read_bytes())
    assert {facts["magnitude"] for facts in found} in ({1.8}, {4.7, 4.6})
    assert all(datetime.fromisoformat(facts["time"]).tzinfo for facts in found)


def test_the_captured_warnings() -> None:
    if not (REAL / "nowcast_rss.xml").exists():
        pytest.skip("the captured samples are not on this machine")
    assert len(read_list((REAL / "nowcast_rss.xml").read_bytes())) == 3
    alert = read_alert((REAL / "nowcast_cap_banten.xml").read_bytes())
    assert alert.expires == datetime(2026, 2, 16, 19, 0, tzinfo=UTC)
    assert alert.holds((-6.65, 106.41))
    assert not alert.holds((-6.12, 106.15))
    assert "Masyarakat dihimbau" in alert.facts["description"]


def test_an_object_and_an_array_are_read_alike() -> None:
    assert read_quakes(body(quake(NOW))) == read_quakes(body([quake(NOW)]))


def test_without_its_datetime_the_indonesian_date_is_read() -> None:
    for month, name in ((5, "Mei"), (8, "Agu"), (10, "Okt"), (12, "Des")):
        entry = quake(datetime(2026, month, 3, 2, 5, 6, tzinfo=UTC))
        assert entry["Tanggal"] == f"03 {name} 2026"
        (facts,) = read_quakes(body({**entry, "DateTime": ""}))
        assert facts["time"] == f"2026-{month:02}-03T02:05:06+00:00"


@settings(max_examples=150)
@given(st.dictionaries(st.sampled_from(sorted(quake(NOW))), WILD, max_size=6))
def test_any_mutation_of_an_entry_is_read_or_left_out(change: dict[str, Any]) -> None:
    found = read_quakes(body([{**quake(NOW), **change}, "x", None, 3]))
    assert len(found) <= 1
    for facts in found:
        assert datetime.fromisoformat(facts["time"]).tzinfo is not None
        assert -1 <= facts["magnitude"] <= 10.5
        assert abs(facts["latitude"]) <= 90
        assert abs(facts["longitude"]) <= 180
        assert "/" not in facts.get("shakemap", "")


@settings(max_examples=100)
@given(st.one_of(st.binary(max_size=60), NESTED.map(text_of)))
def test_what_is_no_answer_of_bmkgs_is_a_plain_fault(answer: bytes) -> None:
    for read in (read_quakes, read_list, read_alert, lambda raw: read_days(raw, WIB)):
        try:
            read(answer)
        except FetchError:
            pass


@given(
    st.lists(
        st.tuples(st.integers(-20, 20), st.floats(-0.3, 0.3), st.sampled_from(["5.0", "5.4", "5.9"])),
        min_size=1, max_size=8,
    ),
    st.booleans(),
)  # fmt: skip
def test_revisions_are_merged_and_others_stay_apart(
    revisions: list[tuple[int, float, str]], other: bool
) -> None:
    entries = [
        read_quakes(body(quake(NOW + timedelta(seconds=s), m, Coordinates=f"{-7 + shift:.2f},107.55")))
        for s, shift, m in revisions
    ]
    if other:
        entries.insert(0, read_quakes(body(quake(NOW + timedelta(minutes=10)))))
        entries.append(read_quakes(body(quake(NOW, Coordinates="-2.0,140.0"))))
    found = merged({}, entries)
    assert len(found) == (3 if other else 1)
    ours = next(
        facts
        for facts in found.values()
        if abs(facts["latitude"] + 7) < 0.4 and facts["time"] < "2026-11-23T02:05"
    )
    assert ours["magnitude"] == float(revisions[-1][2])


def test_an_aftershock_within_the_minute_stays_itself() -> None:
    first, second = quake(NOW, "5.4"), quake(NOW + timedelta(seconds=50), "4.1")
    once = merged({}, [read_quakes(body([first, second])), read_quakes(body(second))])
    assert [facts["magnitude"] for facts in once.values()] == [5.4, 4.1]
    revised = quake(NOW + timedelta(seconds=53), "4.3")
    again = merged(once, [read_quakes(body([revised, first])), read_quakes(body(revised))])
    assert [facts["magnitude"] for facts in again.values()] == [5.4, 4.3]
    assert again.keys() == once.keys()


def test_what_one_list_lacks_another_gives() -> None:
    bare = {k: v for k, v in quake(NOW).items() if k not in ("Dirasakan", "Shakemap")}
    felt = {k: v for k, v in quake(NOW).items() if k != "Potensi"}
    source = Quakes({"gempaterkini.json": body([bare]), "gempadirasakan.json": body([felt])})
    found = source.fetch({}, NOW)
    (one,) = found.happenings
    assert one.facts["felt"]
    assert one.facts["potential"]
    assert len(found.warnings) == 1
    with pytest.raises(FetchError):
        Quakes({}).fetch({}, NOW)


@pytest.mark.parametrize(
    "state", [{"known": "["}, {"known": "[1]"}, {"known": "3"}, {"events": "null"}, {"events": "x"}]
)
def test_a_broken_memory_is_forgotten(state: dict[str, str]) -> None:
    assert Quakes({"autogempa.json": body(quake(NOW))}).fetch(state, NOW).happenings
    assert Alerts({"a": cap("a", NOW, NOW + timedelta(hours=1))}).fetch(state, NOW).happenings


def test_only_new_alerts_are_fetched_and_only_ours_kept() -> None:
    source = Alerts(
        {
            "a": cap("a", NOW, NOW + timedelta(hours=2)),
            "b": cap("b", NOW, NOW + timedelta(hours=2), ELSEWHERE),
        }
    )
    first = source.fetch({}, NOW)
    assert [each.key for each in first.happenings] == ["warning:a"]
    second = source.fetch({str(k): str(v) for k, v in first.state.items()}, NOW)
    assert second.happenings == ()
    assert len(source.asked) == 4


def test_an_update_belongs_to_its_event_and_may_leave_the_office() -> None:
    sent = NOW.isoformat()
    pages = {"a": cap("a", NOW, NOW + timedelta(hours=2))}
    source = Alerts(pages)
    state = source.fetch({}, NOW).state
    later = NOW + timedelta(minutes=20)
    pages["b"] = cap(
        "b", later, NOW + timedelta(hours=4), msgType="Update", references=f"x,a,{sent}", headline="Meluas"
    )
    found = source.fetch({str(k): str(v) for k, v in state.items()}, NOW)
    (one,) = found.happenings
    assert (one.key, one.over, one.facts["headline"]) == ("warning:a", False, "Meluas")
    pages["c"] = cap(
        "c", later, NOW + timedelta(hours=4), ELSEWHERE, msgType="Update", references=f"x,b,{sent}"
    )
    (one,) = source.fetch({str(k): str(v) for k, v in found.state.items()}, NOW).happenings
    assert (one.key, one.over) == ("warning:a", True)


@settings(max_examples=120)
@given(st.integers(0, 1800), st.integers(0, 60), st.binary(max_size=12))
def test_any_mutation_of_an_alert_is_read_or_refused(at: int, cut: int, put: bytes) -> None:
    whole = cap("a", NOW, NOW + timedelta(hours=2)).encode()
    changed = whole[:at] + put + whole[at + cut :]
    try:
        alert = read_alert(changed)
    except FetchError:
        return
    assert alert.expires.tzinfo is not None
    alert.holds((-6.91, 107.61))


def test_entities_and_missing_ends_are_refused() -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY x "yyyyyyyyyy">]><alert><identifier>&x;</identifier></alert>'
    with pytest.raises(FetchError):
        read_alert(bomb)
    with pytest.raises(FetchError):
        read_alert(cap("a", NOW, NOW).replace("<expires>", "<x>").replace("</expires>", "</x>").encode())


def test_a_circle_is_an_area_too() -> None:
    xml = cap("a", NOW, NOW).replace(f"<polygon>{SQUARE}</polygon>", "<circle>-6.90,107.60 5</circle>")
    assert read_alert(xml.encode()).holds((-6.91, 107.61))
    assert not read_alert(xml.encode()).holds((-7.5, 107.61))


def test_the_forecast_of_whole_days() -> None:
    midnight = datetime(2026, 11, 23, tzinfo=WIB)
    whole = hours(midnight, wet="Hujan Petir")
    whole[0] = whole[0][5:]  # what is left of today
    whole[2][3]["t"] = None
    found = read_days(text_of({"data": [{"cuaca": whole}]}), WIB)
    assert [each.facts["day"] for each in found] == ["2026-11-24", "2026-11-25"]
    assert found[0].facts["words"] == "cerah berawan hingga hujan petir"
    assert found[0].facts["rain"] is True
    assert (found[0].facts["low"], found[0].facts["high"]) == (22, 29)
    assert found[0].begins == datetime(2026, 11, 24, tzinfo=WIB)


def test_what_bmkg_says_of_a_wrong_code_is_a_fault() -> None:
    with pytest.raises(FetchError):
        read_days(
            json.dumps({"message": "Data not found", "error": "Not Found", "statusCode": 404}).encode(), WIB
        )
    for code in ("3273021001", "32.73.02", "32.73.02.10 1"):
        with pytest.raises(ConfigError):
            Forecasts.from_settings({"adm4": code}, Http())


def test_the_allowance_holds_over_processes_and_time(tmp_path: Path) -> None:
    now = [1000.0]
    one, two = (Budget(tmp_path / "b", most=3, clock=lambda: now[0]) for _ in range(2))
    one.spend()
    two.spend()
    one.spend()
    for each in (one, two):
        with pytest.raises(FetchError) as caught:
            each.spend()
        assert caught.value.temporary
    now[0] += 60
    two.spend()
    (tmp_path / "b").write_bytes(b"\xff nan 1e999 kata " + b"9" * 5000)
    two.spend()
    now[0] = 10.0  # the clock was set back
    one.spend()


@given(st.lists(st.floats(0, 30), min_size=1, max_size=120))
def test_never_more_than_allowed_in_any_minute(waits: list[float]) -> None:
    now = [0.0]
    budget = Budget(Path("/nonexistent/folder/file"), most=5, clock=lambda: now[0])
    spent: list[float] = []
    for wait in waits:
        now[0] += wait
        try:
            budget.spend()
        except FetchError:
            continue
        spent.append(now[0])
    for moment in spent:
        assert sum(moment - 60 < each <= moment for each in spent) <= 5


def test_settings_are_checked() -> None:
    for given_ in ({"latitude": "north", "longitude": "107"}, {"latitude": "-6.9", "longitude": "207"}):
        with pytest.raises(ConfigError):
            Warnings.from_settings(given_, Http())
    with pytest.raises(ConfigError):
        Earthquakes.from_settings({"url": "ftp://x"}, Http())


def test_same_is_symmetric() -> None:
    (one,), (other,) = (read_quakes(body(quake(NOW + timedelta(seconds=s)))) for s in (0, 60))
    assert same(one, other)
    assert same(other, one)
    assert isinstance(Quakes({"autogempa.json": body([])}).fetch({}, NOW), Found)
