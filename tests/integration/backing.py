"""What the tests of backups share."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import time_machine
from sqlmodel import col, select

from humasbot.app import Humasbot
from humasbot.backup import Restored, restore, save
from humasbot.models import Delivery, utc_now


def bring_back(bot: Humasbot, path: Path, **options: Any) -> Restored:
    """Restore over the office's own database, as its command does, and open nothing else."""
    bot.office.database.close()
    return restore(bot.config, bot.office.database, path, actor="uji", **{"force": True, **options})


def backed_up(bot: Humasbot, path: Path) -> Path:
    save(bot.config, bot.office.database, path)
    return path


def announce(bot: Humasbot, folder: Path, number: int, **options: Any) -> None:
    page = folder / f"kabar{number}.md"
    page.write_text(f"# Kabar ke-{number} hari ini\n\nIsi kabar nomor {number} untuk warga kota.\n")
    bot.announce(str(page), actor="budi", **options)


def states(bot: Humasbot) -> list[str]:
    with bot.office.database.read() as session:
        return sorted(session.exec(select(Delivery.state)).all())


def every(bot: Humasbot, model: Any) -> list[Any]:
    with bot.office.database.read() as session:
        return list(session.exec(select(model).order_by(col(model.id))).all())


def later(bot: Humasbot) -> None:
    """Look for everything until nothing is left to look for."""
    for hours in range(1, 4):
        with time_machine.travel(utc_now() + timedelta(hours=hours)):
            bot.reconcile()
