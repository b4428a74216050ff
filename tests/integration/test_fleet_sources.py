"""A fleet's one reader reads every agency's sources, and looks after every agency's links."""
# ruff: noqa: F811

from datetime import timedelta
from typing import Any

import pytest
from promised import on_sqlite
from sqlmodel import select
from website import Website, again, site  # noqa: F401

from humasbot.app import Humasbot
from humasbot.models import Agency, Article, Proposal, Source, utc_now

pytestmark = on_sqlite


@pytest.fixture
def village(settings: dict[str, Any], site: Website, open_bot: Any) -> Humasbot:
    """An agency with a configuration of its own, on the fleet's database."""
    settings["humasbot"]["allow_hosts"] = ["127.0.0.1"]
    mine = {
        **settings,
        "agency": {"name": "Desa Satu", "key": "desa1", "timezone": "Asia/Jayapura"},
        "accounts": {"satu": settings["accounts"]["satu"]},
        "sources": {
            "situs": {"kind": "feed", "url": f"{site.url}/feed"},
            "ekspor": {"kind": "file", "file": "ekspor.xml"},
        },
        "campaigns": {
            "berita": {"occasion": "article", "source": "situs", "template": "announcement", "approval": "policy",
                       "picture": "none"},
        },
    }  # fmt: skip
    bot: Humasbot = open_bot(mine)
    return bot


@pytest.fixture
def head(settings: dict[str, Any], village: Humasbot, open_bot: Any) -> Humasbot:
    """The one whose ``worker ingest`` reads for all."""
    settings["humasbot"] = {**settings["humasbot"], "fleet": True}
    settings["agency"]["key"] = "pusat"
    bot: Humasbot = open_bot(settings)
    return bot


def test_the_sources_of_every_agency_are_read_and_its_links_watched(
    village: Humasbot, head: Humasbot, site: Website
) -> None:
    head.ingest()
    page = site.add("b/1", "Posyandu pindah ke balai desa")
    again(head)
    assert head.ingest() == 1
    with head.office.database.read() as session:
        assert session.exec(select(Article.title)).all() == ["Posyandu pindah ke balai desa"]
        export = session.exec(select(Source).where(Source.name == "ekspor")).one()
    # What lies in the village's own folder is left to the village, and not called broken.
    assert (export.failures, export.read_at) == (0, None)
    village.plan()
    assert village.publish() == 1
    assert head.watch(utc_now() + timedelta(minutes=1)) == 1
    page.page, page.listed = 404, False
    for hours in (7, 8):
        head.watch(utc_now() + timedelta(hours=hours))
    with head.office.database.read() as session:
        proposal = session.exec(select(Proposal)).one()
        assert session.get_one(Agency, proposal.agency_id).name == "desa1"


@pytest.mark.slow
def test_an_office_alone_reads_its_own_only(village: Humasbot, head: Humasbot) -> None:
    with head.office.database.write() as session:
        other = Agency(name="desa2", title="Desa Dua")
        session.add(other)
        session.flush()
        session.add(
            Source(
                agency_id=other.id or 0, name="situs", kind="feed", settings={"url": "http://127.0.0.1:1/f"}
            )
        )
    village.ingest()
    with head.office.database.read() as session:
        row = session.exec(select(Source).where(Source.agency_id == other.id)).one()
        assert (row.failures, row.read_at) == (0, None)
    head.ingest()
    with head.office.database.read() as session:
        assert session.exec(select(Source).where(Source.agency_id == other.id)).one().failures == 1
