"""Cards of a fleet: each agency's own, drawn while its day is planned, in memory that does not grow with the fleet."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import drawn_ahead
import pytest
from promised import on_sqlite
from sqlmodel import select

from humasbot.app import Humasbot
from humasbot.models import Account, Agency, Variant
from humasbot.pipeline import office

BOUND_MB = 220
"""The whole process; measured: 198, of which 75 are the program before its first card."""
GROWTH_MB = 17
"""Measured: 8 to 12; the 150 pictures of the second chunk (100 KB each) would add 15 if they stayed in memory."""


def cards(bot: Humasbot) -> dict[str, list[dict[str, Any]]]:
    """The card of each account, by its agency."""
    query = select(Agency.name, Variant).join(Account, Account.agency_id == Agency.id)
    with bot.office.database.read() as session:
        rows = session.exec(query.join(Variant, Variant.account_id == Account.id).order_by(Variant.id)).all()
    found: dict[str, list[dict[str, Any]]] = {}
    for name, variant in rows:
        found.setdefault(name, []).extend(variant.media)
    return found


@on_sqlite
def test_each_agency_of_a_fleet_has_a_card_of_its_own(
    settings: dict[str, Any], tmp_path: Path, open_bot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own name, its own colours, or the head's where it gives none; its accounts share it."""
    monkeypatch.setattr(office, "MOST_RENDERERS", 2)
    drawn_ahead.write_template(tmp_path)
    settings["humasbot"] |= {"fleet": True, "templates": str(tmp_path / "templates")}
    settings["agency"] |= {"primary": "#7A1F1F", "accent": "#22AA66"}
    settings["accounts"] = {}
    settings["campaigns"]["pagi"] = {**drawn_ahead.CAMPAIGN, "late": "send"}
    bot: Humasbot = open_bot(settings)
    brands: list[dict[str, str]] = [{}, {}, {"primary": "#0B3D91"}]
    with bot.office.database.write() as session:
        for number, brand in enumerate(brands):
            agency = Agency(name=f"desa{number}", title=f"Desa {number}", brand=brand)
            session.add(agency)
            session.flush()
            for name in ("satu", "dua"):
                where = {"folder": f"{name}{number}"}
                session.add(Account(agency_id=agency.id or 0, name=name, platform="scripted", settings=where))
    assert bot.plan() > 0
    found = cards(bot)
    for number in range(3):
        shown = found[f"desa{number}"]
        assert all(f"dari Desa {number}:" in card["alt"] for card in shown)
        assert len({card["digest"] for card in shown}) == len(shown) / 2
    assert len({card["digest"] for shown in found.values() for card in shown}) == len(found) * len(shown) / 2
    assert dominant(bot, found["desa0"][0]) == dominant(bot, found["desa1"][0])
    assert dominant(bot, found["desa0"][0]) != dominant(bot, found["desa2"][0])
    assert len(bot.office._renderers) == 2


def dominant(bot: Humasbot, card: dict[str, Any]) -> tuple[int, ...]:
    """The colour in the upper left corner, coarsely: the ground's."""
    from io import BytesIO

    from PIL import Image

    with Image.open(BytesIO(bot.office.media.get(card["digest"]))) as image:
        pixel = image.convert("RGB").getpixel((4, 4))
    assert isinstance(pixel, tuple)
    return tuple(int(channel) // 16 for channel in pixel)


@pytest.mark.slow
@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="this system does not tell a process's peak memory"
)
def test_cards_drawn_ahead_need_no_more_memory_for_more_agencies(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, drawn_ahead.__file__, str(tmp_path), "150", "300"], cwd=tmp_path, text=True,
        # Else glibc may keep up to 64 MB for any thread that ever drew, which says nothing about us.
        env=os.environ | {"MALLOC_ARENA_MAX": "2"}, capture_output=True, timeout=300, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout.splitlines()[-1])
    assert found["cards"] == found["alts"] == len(found["uploaded"]) == 300
    few, many = found["peaks"]
    assert many < BOUND_MB
    assert many - few < GROWTH_MB
