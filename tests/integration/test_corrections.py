"""What changes after it was said becomes a proposal: an edit, a page taken back, a link that leads nowhere."""
# ruff: noqa: F811

import json
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from sqlmodel import select
from website import Website, bot, newsroom, round_of, site  # noqa: F401

from humasbot.errors import NotFoundError, StateError
from humasbot.models import Article, Link, Proposal, utc_now

pytestmark = pytest.mark.slow


def proposals(bot: Any, state: str = "") -> list[tuple[str, str]]:
    return [(row["kind"], row["state"]) for row in reversed(bot.proposals(state))]


def hours(bot: Any, *moments: float) -> None:
    """Watch at these hours from now."""
    for moment in moments:
        bot.watch(utc_now() + timedelta(hours=moment))


# --- edits -----------------------------------------------------------------------------------------------------------


def test_an_edit_is_proposed_once_with_its_difference(bot: Any, site: Website) -> None:
    one = site.add(
        "b/1", "Vaksinasi rabies gratis", "Vaksinasi hari Senin. Bawa hewan ke balai desa.", guid="1"
    )
    round_of(bot)
    assert proposals(bot) == []
    one.text = "Vaksinasi hari Rabu. Bawa hewan ke balai desa."
    for _ in range(3):
        round_of(bot)
    assert proposals(bot) == [("edit", "open")]
    shown = bot.proposal(bot.proposals()[0]["id"])
    assert shown["diff"] == "- Vaksinasi hari Senin.\n+ Vaksinasi hari Rabu."
    assert shown["before"]["text"].startswith("Vaksinasi hari Senin")
    assert shown["after"]["text"].startswith("Vaksinasi hari Rabu")
    assert shown["subject"] == f"{site.url}/b/1"
    assert shown["posts"] == [bot.views.posts()[0]["id"]]


def test_the_next_edit_replaces_the_open_one_and_shows_the_whole(bot: Any, site: Website) -> None:
    one = site.add(
        "b/1", "Vaksinasi rabies gratis", "Vaksinasi hari Senin. Bawa hewan ke balai desa.", guid="1"
    )
    round_of(bot)
    one.text = "Vaksinasi hari Rabu. Bawa hewan ke balai desa."
    round_of(bot)
    one.title = "Vaksinasi rabies gratis untuk semua"
    round_of(bot)
    assert proposals(bot) == [("edit", "dismissed"), ("edit", "open")]
    last = bot.proposal(bot.proposals()[0]["id"])
    assert "- Vaksinasi hari Senin." in last["diff"]
    assert "+ Vaksinasi rabies gratis untuk semua" in last["diff"]
    assert last["before"]["title"] == "Vaksinasi rabies gratis"


def test_an_edit_taken_back_leaves_nothing_to_decide(bot: Any, site: Website) -> None:
    one = site.add(
        "b/1", "Vaksinasi rabies gratis", "Vaksinasi hari Senin. Bawa hewan ke balai desa.", guid="1"
    )
    round_of(bot)
    before, one.text = one.text, "Vaksinasi hari Rabu. Bawa hewan ke balai desa."
    round_of(bot)
    one.text = before
    round_of(bot)
    assert proposals(bot, "open") == []
    one.text = "Vaksinasi hari Kamis. Bawa hewan ke balai desa."
    round_of(bot)
    assert proposals(bot, "open") == [("edit", "open")]


def test_after_a_persons_decision_only_what_is_new_is_shown(bot: Any, site: Website) -> None:
    one = site.add("b/1", "Vaksinasi rabies gratis", "Hari Senin. Di balai desa.", guid="1")
    round_of(bot)
    one.text = "Hari Rabu. Di balai desa."
    round_of(bot)
    number = bot.proposals()[0]["id"]
    bot.dismiss(number, actor="budi", note="sudah diumumkan lisan")
    with pytest.raises(StateError, match="budi"):
        bot.dismiss(number, actor="ani")
    with pytest.raises(NotFoundError):
        bot.proposal(number + 99)
    one.text = "Hari Rabu. Di lapangan."
    round_of(bot)
    assert bot.proposal(bot.proposals()[0]["id"])["diff"] == "- Di balai desa.\n+ Di lapangan."
    # Once more to and fro: each is an edit of its own.
    for place in ("Di balai desa.", "Di lapangan.", "Di balai desa."):
        bot.dismiss(bot.proposals()[0]["id"], actor="budi")
        one.text = f"Hari Rabu. {place}"
        round_of(bot)
    assert [state for _, state in proposals(bot)] == ["dismissed"] * 4 + ["open"]


def test_what_was_never_said_needs_no_correction(newsroom: Any, open_bot: Any, site: Website) -> None:
    old = site.add("b/lama", "Berita lama sebelum kami", age=timedelta(days=30), guid="1")
    newsroom["accounts"]["satu"]["dry_run"] = newsroom["accounts"]["dua"]["dry_run"] = True
    bot = open_bot(newsroom)
    round_of(bot)
    new = site.add("b/baru", "Berita baru untuk uji coba", guid="2")
    round_of(bot)
    old.text = new.text = "Isinya lain sama sekali sekarang."
    round_of(bot)
    assert proposals(bot) == []


def test_an_edit_before_the_approval_is_noted_where_it_is_approved(
    newsroom: Any, open_bot: Any, site: Website
) -> None:
    newsroom["campaigns"]["berita"]["approval"] = "person"
    bot = open_bot(newsroom)
    round_of(bot)
    one = site.add("b/1", "Vaksinasi rabies gratis", "Hari Senin di balai desa.", guid="1")
    round_of(bot)
    one.text = "Hari Rabu di balai desa."
    for _ in range(2):
        round_of(bot)
    assert proposals(bot) == []
    post = bot.views.post(bot.views.posts()[0]["id"])
    for variant in post["variants"]:
        assert [note for note in variant["notes"] if "disunting" in note] == [
            "beritanya disunting di situs sesudah ini disusun; periksa dahulu"
        ]


def test_counters_and_white_space_are_no_edit(bot: Any, site: Website) -> None:
    one = site.add("b/1", "Vaksinasi rabies gratis", "Hari Senin di balai desa. Dibaca: 12 kali", guid="1")
    round_of(bot)
    one.text = "Hari Senin  di balai desa. Dibaca: 3.410 kali"
    round_of(bot)
    assert proposals(bot) == []


# --- taken back ------------------------------------------------------------------------------------------------------


def test_a_page_taken_back_is_flagged_once_after_two_looks(bot: Any, site: Website) -> None:
    one = site.add("b/1", "Lelang jabatan dibuka", guid="1")
    round_of(bot)
    hours(bot, 0.1)
    one.page, one.listed = 404, False
    hours(bot, 7)
    assert proposals(bot) == []
    hours(bot, 7.1, 8, 33, 60)
    assert proposals(bot) == [("withdrawn", "open")]
    row = bot.proposals()[0]
    assert row["posts"] == [bot.views.posts()[0]["id"]]
    assert row["title"] == "Lelang jabatan dibuka"
    assert "404" in row["diff"]


def test_published_again_closes_the_flag_and_withdrawn_again_is_a_new_one(bot: Any, site: Website) -> None:
    one = site.add("b/1", "Lelang jabatan dibuka", guid="1")
    round_of(bot)
    one.page = 410
    hours(bot, 1, 2)
    assert proposals(bot) == [("withdrawn", "open")]
    one.page = 200
    hours(bot, 30)
    assert proposals(bot) == [("withdrawn", "dismissed")]
    one.page = 410
    hours(bot, 40, 41)
    assert proposals(bot) == [("withdrawn", "dismissed"), ("withdrawn", "open")]


@pytest.mark.parametrize("status", [500, 503, 403, 429])
def test_a_site_in_trouble_withdraws_nothing(bot: Any, site: Website, status: int) -> None:
    one = site.add("b/1", "Lelang jabatan dibuka", guid="1")
    round_of(bot)
    one.page = status
    hours(bot, 1, 2, 26, 50)
    assert proposals(bot) == []


def test_a_site_that_is_gone_as_a_whole_floods_nobody(bot: Any, site: Website) -> None:
    for number in range(5):
        site.add(f"b/{number}", f"Pengumuman penting nomor {number}{number}", guid=str(number))
    round_of(bot)
    site.front = 404
    for one in site.news:
        one.page = 404
    hours(bot, 1, 2, 8, 9, 30, 100)
    assert proposals(bot) == []
    site.front = 200
    hours(bot, 110, 111)
    assert proposals(bot) == [("withdrawn", "open")] * 5


# --- dead links ------------------------------------------------------------------------------------------------------


def test_a_link_that_stays_broken_is_found_by_the_weekly_look(bot: Any, site: Website) -> None:
    one = site.add("b/1", "Lelang jabatan dibuka", guid="1")
    round_of(bot)
    week = 24 * 7
    hours(bot, *(step * 6 for step in range(1, 4)), week * 3)
    with bot.office.database.read() as session:
        link = session.exec(select(Link)).one()
    assert timedelta(days=6) < link.next_at - link.checked_at < timedelta(days=8)
    one.page = 500
    hours(bot, *(week * 4 + day * 24 for day in range(1, 3)))
    assert proposals(bot) == []
    hours(bot, *(week * 4 + day * 24 for day in range(3, 9)))
    assert proposals(bot) == [("dead_link", "open")]


def test_sent_to_the_front_page_is_a_dead_link(bot: Any, site: Website) -> None:
    one = site.add("b/1", "Lelang jabatan dibuka", guid="1")
    round_of(bot)
    one.page = 302
    hours(bot, 1, 2)
    assert proposals(bot) == [("dead_link", "open")]


def test_a_page_announced_by_hand_is_watched_too(bot: Any, site: Website) -> None:
    one = site.add(
        "b/1", "Lelang jabatan dibuka untuk umum", "Isi pengumuman lelang jabatan. " * 5, listed=False
    )
    bot.announce(f"{site.url}/b/1", actor="budi")
    bot.publish()
    one.page = 404
    hours(bot, 1, 2, 3)
    (row,) = bot.proposals()
    assert (row["kind"], row["article_id"], row["subject"]) == ("withdrawn", None, f"{site.url}/b/1")
    assert row["title"] == "Lelang jabatan dibuka untuk umum"


def test_a_round_is_bounded_and_comes_to_everything(bot: Any, site: Website) -> None:
    from humasbot.pipeline.watch import watch

    for number in range(9):
        site.add(f"b/{number}", f"Pengumuman penting nomor {number}{number}", guid=str(number))
    round_of(bot)
    later = utc_now() + timedelta(hours=1)
    assert [watch(bot.office, later, most=4) for _ in range(4)] == [4, 4, 1, 0]
    asked = [path for path in site.asked if path.startswith("/b/")]
    assert sorted(asked) == sorted(f"/b/{number}" for number in range(9))


# --- the command -----------------------------------------------------------------------------------------------------


def test_the_command_lists_shows_and_dismisses(
    newsroom: Any, open_bot: Any, site: Website, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from humasbot.cli import cli

    bot = open_bot(newsroom)
    round_of(bot)
    one = site.add("b/1", "Vaksinasi [rabies] gratis", "Vaksinasi hari Senin. Bawa hewan.", guid="1")
    round_of(bot)
    one.text = "Vaksinasi hari Rabu. Bawa hewan."
    round_of(bot)
    monkeypatch.setattr("humasbot.cli.proposals.open_bot", lambda ctx: bot)
    run = CliRunner(env={"COLUMNS": "160"})  # wide enough for the title on one line
    assert "Vaksinasi [rabies] gratis" in run.invoke(cli, ["proposals"]).output
    (row,) = json.loads(run.invoke(cli, ["proposals", "list", "--json"]).output)
    shown = run.invoke(cli, ["proposals", "show", str(row["id"])]).output
    assert "- Vaksinasi hari Senin." in shown
    assert "+ Vaksinasi hari Rabu." in shown
    done = run.invoke(cli, ["proposals", "dismiss", str(row["id"]), "--note", "tak perlu", "--json"])
    assert json.loads(done.output)["state"] == "dismissed"
    assert "Tidak ada yang perlu dikoreksi." in run.invoke(cli, ["proposals"]).output
    assert "tak perlu" in run.invoke(cli, ["proposals", "--all"]).output
    assert run.invoke(cli, ["proposals", "show"]).exit_code == 2


def test_one_change_is_one_proposal_in_the_database(bot: Any, site: Website) -> None:
    from humasbot.pipeline.changes import lost

    site.add("b/1", "Vaksinasi rabies gratis", guid="1")
    round_of(bot)
    now = utc_now()
    with bot.office.database.write() as session:
        article = session.exec(select(Article)).one()
        made = [lost(session, 1, "withdrawn", article.url, article, now, "HTTP 404", now) for _ in range(3)]
    assert [row is not None for row in made] == [True, False, False]
    with bot.office.database.read() as session:
        assert len(session.exec(select(Proposal)).all()) == 1


# --- taking ----------------------------------------------------------------------------------------------------------


def test_a_taken_edit_is_corrected_once(bot: Any, site: Website) -> None:
    words = "Vaksinasi hari Senin. Bawa hewan ke balai desa."
    one = site.add("b/1", "Vaksinasi rabies gratis", words, guid="1")
    round_of(bot)
    bot.publish()
    one.text = "Vaksinasi hari Selasa. Bawa hewan ke balai desa."
    round_of(bot)
    assert proposals(bot) == [("edit", "open")]
    found = bot.corrections(1)
    assert all("Vaksinasi hari Selasa." in draft.text for each in found for draft in each.drafts)
    assert not any("Bawa hewan" in draft.text for each in found for draft in each.drafts)
    made = bot.correct(found, actor="budi", proposal=1)
    assert proposals(bot) == [("edit", "taken")]
    with pytest.raises(StateError):
        bot.correct(found, actor="ani", proposal=1)
    bot.publish()
    [number] = made
    assert {row["state"] for row in bot.views.post(number)["variants"]} == {"sent"}
    assert len(bot.views.posts()) == 2
