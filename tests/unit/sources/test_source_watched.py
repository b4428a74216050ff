"""One page watched for change."""

from datetime import timedelta

import pytest

from humasbot.errors import FetchError
from humasbot.sources.watched import Watched

LONG = (
    "Loket pelayanan dibuka setiap hari kerja di kantor kecamatan, warga diminta membawa kartu keluarga. " * 3
)


@pytest.fixture
def show(site):
    def serve(words, extra=""):
        body = f"<html><head><title>Jadwal Layanan</title></head><body><article><h1>Jadwal Layanan</h1><p>{LONG}</p>"
        site.serve(
            "/jadwal", f"{body}<p>{words}</p></article>{extra}</body></html>", Content_Type="text/html"
        )

    return serve


def test_a_change_that_stays_is_news_once(site, http, now, show):
    source = Watched(f"{site.url}/jadwal", http)
    show("Senin sampai Kamis saja.")
    first = source.fetch({}, now)
    assert [item.published for item in first.items] == [None]
    same = source.fetch(first.state, now)
    assert (same.items, same.unchanged) == ((), True)
    show("Senin sampai Jumat, termasuk Jumat sore.")
    waits = source.fetch(same.state, now + timedelta(hours=1))
    assert waits.items == ()
    changed = source.fetch(waits.state, now + timedelta(hours=2))
    (item,) = changed.items
    assert item.published == now + timedelta(hours=2)
    assert item.url.startswith(f"{site.url}/jadwal#")
    assert item.key != first.items[0].key
    assert "Jumat sore" in item.text
    assert source.fetch(changed.state, now + timedelta(hours=3)).items == ()


def test_what_goes_back_before_the_second_look_was_nothing(site, http, now, show):
    source = Watched(f"{site.url}/jadwal", http)
    show("Senin sampai Kamis saja.")
    state = source.fetch({}, now).state
    show("Situs sedang diperbaiki, mohon kembali lagi nanti.")
    state = source.fetch(state, now).state
    show("Senin sampai Kamis saja.")
    found = source.fetch(state, now)
    assert found.items == ()
    show("Situs sedang diperbaiki, mohon kembali lagi nanti.")
    assert source.fetch(found.state, now).items == ()


def test_counters_and_the_time_of_day_are_no_change(site, http, now, show):
    source = Watched(f"{site.url}/jadwal", http)
    show("Dibaca 153 kali. Sekarang pukul 08.15 WIB.")
    state = source.fetch({}, now).state
    show("Dibaca 1.204 kali. Sekarang pukul 09.47 WIB.")
    for _ in range(3):
        found = source.fetch(state, now)
        assert found.items == ()
        state = found.state


def test_a_page_that_is_gone_is_a_fault_and_keeps_the_memory(site, http, now):
    with pytest.raises(FetchError, match="404"):
        Watched(f"{site.url}/jadwal", http).fetch({}, now)
