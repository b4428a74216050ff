"""What was said stays said: through moves, new ids, reused ids and whole sites that are built anew."""
# ruff: noqa: F811

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from sqlmodel import select
from website import Website, bot, newsroom, round_of, site  # noqa: F401

from humasbot.models import Article, Source, utc_now

pytestmark = pytest.mark.slow


def articles(bot: Any) -> list[Article]:
    with bot.office.database.read() as session:
        return list(session.exec(select(Article).order_by(Article.id)).all())


def titles(public: Any) -> list[str]:
    return sorted(post["text"].splitlines()[0] for post in public("satu"))


STORIES = ["Jadwal vaksinasi rabies", "Jembatan Sungai Hitam dibuka", "Pendaftaran sekolah dasar"]


@pytest.fixture
def said(bot: Any, site: Website, public: Any) -> Any:
    """Three stories said already, one of them without a date."""
    for number, title in enumerate(STORIES):
        site.add(f"berita/{number}", title, guid=f"{site.url}/?p={number}", age=timedelta(hours=3 - number))
    round_of(bot)
    site.add("berita/tanpa-tanggal", "Pengumuman tanpa tanggal", guid=f"{site.url}/?p=99", age=None)
    round_of(bot)
    assert len(public("satu")) == 4
    return bot


def test_another_domain_says_nothing_anew(said: Any, site: Website, public: Any) -> None:
    site.home = "https://baru.contoh.go.id"
    for one in site.news:
        one.guid = one.guid.replace(site.url, site.home)
    round_of(said)
    assert len(public("satu")) == 4
    assert len(articles(said)) == 4
    assert all(article.url.startswith("https://baru.contoh.go.id/") for article in articles(said))
    site.add("berita/baru", "Berita pertama di alamat baru", guid=f"{site.home}/?p=200")
    round_of(said)
    assert len(public("satu")) == 5


def test_https_and_www_are_the_same_page(said: Any, site: Website, public: Any) -> None:
    site.home = site.url.replace("http://", "https://")
    for one in site.news:
        one.guid, one.path = one.guid.replace("http://", "https://"), one.path + "/"
    with said.office.database.write() as session:
        session.exec(select(Source)).one().state = {}  # as after a change of the address in humasbot.toml
    round_of(said)
    assert (len(public("satu")), len(articles(said))) == (4, 4)


def test_another_scheme_of_ids_says_nothing_anew(said: Any, site: Website, public: Any) -> None:
    for number, one in enumerate(site.news):
        one.guid = f"tag:contoh.go.id,2026:{number + 700}"
    round_of(said)
    for one in site.news:
        one.guid = ""
    round_of(said)
    assert (len(public("satu")), len(articles(said))) == (4, 4)


def test_new_addresses_and_ids_at_once_on_another_domain(said: Any, site: Website, public: Any) -> None:
    """A site that was built anew: only words and dates are left."""
    site.home = "https://baru.contoh.go.id"
    for number, one in enumerate(site.news):
        one.guid, one.path = f"node/{number + 40}", f"id/kabar/{number}-judul"
        one.text = one.text.replace("petugas", "para petugas")
    round_of(said)
    assert (len(public("satu")), len(articles(said))) == (4, 4)


def test_ids_that_are_only_places_in_the_list_take_nothing_for_an_edit(
    bot: Any, site: Website, public: Any
) -> None:
    for number in range(12):
        site.add(
            f"berita/{number}", f"Kabar nomor {number * 37 % 100} dari kelurahan {'ABCDEFGHIJKL'[number]}"
        )
        for place, one in enumerate(reversed(site.news)):
            one.guid = str(place + 1)
        round_of(bot)
    assert titles(public) == sorted(one.title for one in site.news)
    assert {(article.title, article.url.rsplit("/", 1)[1]) for article in articles(bot)} == {
        (one.title, one.path.rsplit("/", 1)[1]) for one in site.news
    }
    assert all(article.changed_at is None for article in articles(bot))


def test_an_id_given_to_something_else_is_something_else(bot: Any, site: Website, public: Any) -> None:
    site.add("berita/lama", "Bazar murah di lapangan kota", guid="17", age=timedelta(hours=5))
    round_of(bot)
    site.news.clear()
    site.add("pengumuman/lain", "Pemadaman listrik hari Minggu", guid="17", age=timedelta(minutes=5))
    round_of(bot)
    round_of(bot)
    assert titles(public) == ["Bazar murah di lapangan kota", "Pemadaman listrik hari Minggu"]


@pytest.mark.parametrize("kept", [2, 5])
def test_entries_that_share_one_address_stay_apart(bot: Any, site: Website, kept: int) -> None:
    """A board of notices at one address, of which the feed shows the last ones only."""
    for number, part in enumerate("ABCDE"):
        site.add("pengumuman", f"Pengumuman dari bagian {part} kantor", guid=f"p{number}", age=None)
        for one in site.news[:-kept]:
            one.listed = False
        if number % 2 == 0:
            round_of(bot)
    assert [article.title for article in articles(bot)] == [one.title for one in site.news]


def test_a_weekly_notice_of_the_same_words_is_news_each_week(bot: Any, site: Website, public: Any) -> None:
    for week in range(3):
        site.add(f"keliling-{week}", "Jadwal SIM keliling minggu ini", "SIM keliling di alun-alun kota, pukul 08.00.",
                 age=timedelta(hours=9 - week))  # fmt: skip
        round_of(bot)
    assert len(public("satu")) == 3


def test_a_site_that_was_imported_anew_with_todays_date_is_held(
    said: Any, site: Website, public: Any
) -> None:
    """Nothing is left to know it by, and there is far too much of it: a person decides."""
    site.news.clear()
    site.home = "https://baru.contoh.go.id"
    for number in range(60):
        site.add(f"kabar/{number}", f"Arsip {number * 7919} tentang kelurahan {number}",
                 f"Arsip lama nomor {number * 31}. Isi.",
                 guid=f"n{number}", age=timedelta(minutes=number))  # fmt: skip
    round_of(said)
    assert len(public("satu")) == 4
    held = [article for article in articles(said) if article.state == "held"]
    assert len(held) == 60
    assert "60" in held[0].note
    said.release(held[0].id)
    round_of(said)
    assert len(public("satu")) == 5


def test_a_source_read_by_another_kind_knows_its_articles(
    said: Any, site: Website, public: Any, settings: Any
) -> None:
    """The office changes from the feed to the export or to REST: other ids, the same pages."""
    with said.office.database.write() as session:
        for article in session.exec(select(Article)).all():
            article.key = f"rest-{article.id}"
        session.exec(select(Source)).one().state = {}
    round_of(said)
    assert (len(public("satu")), len(articles(said))) == (4, 4)
    # From now on they are known by the new ids: an address may change, and the words with it.
    for one in site.news:
        one.path, one.text = f"kabar/{one.path}", f"{one.text} Diperbarui petang ini."
    round_of(said)
    assert (len(public("satu")), len(articles(said))) == (4, 4)


def png(colour: str) -> bytes:
    data = BytesIO()
    Image.new("RGB", (40, 30), colour).save(data, "PNG")
    return data.getvalue()


def test_a_picture_that_lives_a_minute_is_kept_at_once_and_only_once(bot: Any, site: Website) -> None:
    signed = f"{site.url}/foto.png?X-Amz-Expires=60&X-Amz-Signature="
    site.files["/foto.png"] = png("navy")
    one = site.add("berita/foto", "Foto peresmian jembatan", guid="f1", image=signed + "a")
    again = [one]
    round_of(bot)
    (article,) = articles(bot)
    assert article.image_url == f"{site.url}/foto.png"
    assert bot.office.media.get(article.image_digest) == site.files["/foto.png"]
    asked = len([path for path in site.asked if path.startswith("/foto.png")])
    assert asked == 1
    for sign in "bc":
        again[0].image = signed + sign
        round_of(bot)
    assert len([path for path in site.asked if path.startswith("/foto.png")]) == asked
    site.files.clear()  # the address is dead by now
    with bot.office.database.read() as session:
        source = session.exec(select(Source)).one()
    assert bot.office.image(source, articles(bot)[0]) == png("navy")


def test_a_dying_picture_that_cannot_be_had_stops_nothing(bot: Any, site: Website, public: Any) -> None:
    site.add(
        "berita/foto", "Foto peresmian jembatan", guid="f1", image=f"{site.url}/hilang.png?X-Amz-Signature=a"
    )
    round_of(bot)
    assert len(public("satu")) == 1
    assert articles(bot)[0].image_digest == ""


def test_many_after_days_off_are_no_flood(bot: Any, site: Website) -> None:
    with bot.office.database.write() as session:
        session.exec(select(Source)).one().read_at = utc_now() - timedelta(days=3)
    for number in range(60):
        site.add(
            f"b/{number}",
            f"Kabar {number * 7919} dari kelurahan {number}",
            guid=f"n{number}",
            age=timedelta(hours=number),
        )
    round_of(bot)
    assert {article.state for article in articles(bot)} == {"new"}
