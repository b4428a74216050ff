"""The example office: its files copied into a folder, its news dated to be fresh on whichever day that is."""

import re
import shutil
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from humasbot.errors import InputError
from humasbot.indonesian import long_date
from humasbot.models import utc_now
from humasbot.templates import builtin_folder
from humasbot.words import t

ZONE = ZoneInfo("Asia/Jakarta")
MARK = ".humasbot-contoh"
GREETING_HOUR = 6
MADE = (
    "humasbot.toml", "logo.png", "website", "public", "data", "laporan", "laporan.html",
    "humasbot.db", "humasbot.db-wal", "humasbot.db-shm",
)  # fmt: skip
"""Everything the demo itself writes: what ``--fresh`` takes away, and nothing else."""
_PLACE = re.compile(r"\{\{(rfc|lokal|utc|hari):([+-]\d+)([mhd])\}\}")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def write(folder: Path, now: datetime | None = None, *, fresh: bool = False) -> bool:
    """Write the example office into *folder* where its files are missing; return whether any was.

    *now* (aware) is what the news is dated by. With ``fresh`` what an earlier demo made is removed first. Raises
    :class:`~humasbot.errors.InputError` for a folder that holds something else, so that no real office is touched.
    """
    _refuse_strangers(folder)
    if fresh and (folder / MARK).exists():
        clear(folder)
    folder.mkdir(parents=True, exist_ok=True)
    # First of all, so that a copy that was interrupted is known for ours and simply completed next time.
    (folder / MARK).write_text(
        t("Kantor contoh humasbot.\n", "humasbot's example office.\n"), encoding="utf-8"
    )
    moment = now or utc_now()
    ours = builtin_folder() / "demo"
    files = sorted(file for file in ours.rglob("*") if file.is_file())
    made = [_copy(file, folder / file.relative_to(ours), moment) for file in files]
    return any(made)


def clear(folder: Path) -> None:
    """Remove what the demo made in *folder*; everything else in it stays."""
    for name in MADE:
        path = folder / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def dated(text: str, now: datetime) -> str:
    """*text* with its places filled: ``{{utc:-2h}}`` and the like are moments before or after *now* (aware)."""

    def fill(found: re.Match[str]) -> str:
        moment = now + timedelta(**{_UNITS[found[3]]: int(found[2])})
        if found[1] == "rfc":
            return format_datetime(moment.astimezone(ZONE))
        if found[1] == "hari":
            return long_date(moment.astimezone(ZONE))
        zone = ZONE if found[1] == "lokal" else ZoneInfo("UTC")
        return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"

    # Before six the greeting of the day would still lie ahead, and there would be no card to look at.
    hour = min(GREETING_HOUR, now.astimezone(ZONE).hour)
    return _PLACE.sub(fill, text).replace("{{jam_sapaan}}", f"{hour:02}:00")


def _refuse_strangers(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise InputError(
            t(
                "{f} bukan folder; pilih --folder lain",
                "{f} is not a folder; choose another --folder",
                f=folder,
            )
        )
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise InputError(
            t("folder {f} berisi berkas lain, bukan kantor contoh; pilih --folder lain",
              "the folder {f} holds other files, not an example office; choose another --folder", f=folder)
        )  # fmt: skip


def _copy(source: Path, target: Path, now: datetime) -> bool:
    if target.exists():
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_name(f".{target.name}.baru")
    if source.suffix in (".toml", ".xml"):
        half.write_text(dated(source.read_text(encoding="utf-8"), now), encoding="utf-8")
    else:
        shutil.copyfile(source, half)
    half.replace(target)
    return True
