"""A day of a fleet with a card for each agency: planned, drawn and uploaded ahead, in a process of its own.

``python drawn_ahead.py FOLDER FIRST ALL``: FIRST agencies in one chunk, then the rest of ALL in another; each in its
own colours. Ends with one line of JSON: what was made, and the most memory it took.
"""

import json
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "plugins")]

import scripted  # noqa: E402 - the platform stands beside the tests
import sqlalchemy as sa  # noqa: E402
from sqlmodel import select  # noqa: E402

from humasbot.app import Humasbot  # noqa: E402
from humasbot.content import Checkpoint, Outgoing  # noqa: E402
from humasbot.models import Account, Agency, Campaign, utc_now  # noqa: E402
from humasbot.pipeline import bulk, prepare  # noqa: E402
from humasbot.pipeline.compose import Matter, Rule  # noqa: E402
from humasbot.pipeline.wording import Order  # noqa: E402

CAMPAIGN = {
    "occasion": "daily", "at": "06:00", "agencies": "all", "approval": "policy", "template": "pagi", "card": "greeting",
}  # fmt: skip
TEMPLATE = (
    "{% block body %}Layanan {{ agency.name }} buka.{% endblock %}"
    "{% block card_headline %}Selamat Pagi{% endblock %}"
    "{% block card_body %}Semoga lancar segala urusan hari ini.{% endblock %}"
)


class Uploading(scripted.Scripted):
    """The scripted platform, which takes pictures beforehand: large ones of small cards."""

    limits = replace(scripted.Scripted.limits, card_size=(540, 540), media_types=("image/png",))

    def prepare(self, outgoing: Outgoing, checkpoint: Checkpoint) -> None:
        checkpoint.save("uploaded", str(len(outgoing.media[0].data)))


def write_template(folder: Path) -> None:
    (folder / "templates" / "text").mkdir(parents=True)
    (folder / "templates" / "text" / "pagi.j2").write_text(TEMPLATE)


def settings(folder: Path) -> dict[str, Any]:
    write_template(folder)
    return {
        "humasbot": {"database": f"sqlite:///{folder}/armada.db", "fleet": True, "threads": 4},
        "agency": {"name": "Kementerian Contoh", "key": "pusat"},
        "campaigns": {"pagi": CAMPAIGN},
    }


def settle_in(bot: Humasbot, folder: Path, first: int, last: int) -> None:
    """Agencies from *first* up to *last*, each with colours of its own."""
    with bot.office.database.write() as session:
        for number in range(first, last):
            colour = f"#{(0x0B3D91 + 977 * number) & 0xFFFFFF:06x}"
            agency = Agency(name=f"desa{number}", title=f"Desa {number}", brand={"primary": colour})
            session.add(agency)
            session.flush()
            where = {"folder": str(folder / "platform")}
            session.add(Account(agency_id=agency.id or 0, name="satu", platform="scripted", settings=where))


def plan_and_prepare(bot: Humasbot, due: datetime) -> None:
    """Whoever has not said it yet is planned, and uploads what was drawn."""
    table = bot.config.campaigns["pagi"]
    with bot.office.database.write() as session:
        campaign = session.exec(select(Campaign).where(Campaign.name == "pagi")).one()
        head = session.exec(select(Agency).where(Agency.name == "pusat")).one()
        session.execute(sa.text("DELETE FROM humasbot_post WHERE skipped <> ''"))  # the day counts as open
    matter = Matter(title="Selamat pagi", due=due)
    order = Order(campaign, table, "day:x", 0, matter, Rule.of(table), head)
    bulk.plan_all(bot.office, order, utc_now())
    while prepare.prepare_ahead(bot.office):
        pass


def most() -> float:
    """The most memory that this process ever had (MB)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def main(folder: Path, first: int, every: int) -> dict[str, Any]:
    scripted.Scripted.limits, scripted.Scripted.prepare = Uploading.limits, Uploading.prepare
    prepare.AHEAD = timedelta(hours=2)  # a slow machine shall not miss the two minutes
    with Humasbot(settings(folder), folder=folder) as bot:
        due, peaks, begun = utc_now() + timedelta(hours=1), [], 0
        for count in (first, every):
            settle_in(bot, folder, begun, count)
            plan_and_prepare(bot, due)
            peaks.append(most())
            begun = count
        with bot.office.database.read() as session:
            told = "SELECT media, checkpoint FROM humasbot_variant v JOIN humasbot_delivery d ON d.variant_id = v.id"
            rows = [
                (json.loads(row.media), json.loads(row.checkpoint)) for row in session.execute(sa.text(told))
            ]
    return {
        "peaks": peaks,
        "cards": len({media[0]["digest"] for media, _ in rows}),
        "alts": len({media[0]["alt"] for media, _ in rows}),
        "uploaded": [int(checkpoint["uploaded"]) for _, checkpoint in rows],
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]), *map(int, sys.argv[2:]))) + "\n")
