"""The report of the demo: one HTML page with every post as each platform would show it, readable on a phone."""

import re
import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from humasbot.app import Humasbot
from humasbot.content import Limits
from humasbot.errors import HumasbotError
from humasbot.indonesian import long_moment, number
from humasbot.pipeline.setup import unsaved
from humasbot.words import t

if TYPE_CHECKING:
    from markupsafe import Markup

MOST_POSTS = 60
LONG = 420
"""Longer texts are folded after so many characters."""
SUFFIXES = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/gif": ".gif"}
COLOURS = {"x": "#0f1419", "facebook": "#0866ff", "bluesky": "#0a6edb", "mastodon": "#563acc"}
STATES = {
    "sent": ("Terbit", "Published"),
    "dry-run": ("Uji coba", "Dry run"),
    "queued": ("Terjadwal", "Scheduled"),
    "waiting": ("Menunggu persetujuan", "Waits for approval"),
    "failed": ("Gagal", "Failed"),
    "again": ("Diumumkan lagi", "Announced again"),
    "uncertain": ("Belum pasti", "Uncertain"),
    "cancelled": ("Dibatalkan", "Cancelled"),
}
_LINK = re.compile(r"https?://[^\s<>\"]+")


def write(bot: Humasbot, file: Path, page: Path | None, now: datetime) -> Path:
    """Write the report about everything in the office's database to *file*, its pictures beside it; return *file*."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters.update({"linked": _linked, "angka": number})
    environment.globals["t"] = t
    album = Album(bot, file.with_suffix(""))
    limits = {name: limits_of(bot, name) for name in bot.config.accounts}
    posts = [
        {**bot.views.post(row["id"]), "campaign": row["campaign"]} for row in bot.views.posts(MOST_POSTS)
    ]
    # The newest first, but what is still to come last: a reader wants to see what there is.
    posts.sort(key=lambda post: (post["due_at"] <= now, post["due_at"], post["id"]), reverse=True)
    shown = [_post(bot, post, limits, album, page, file, now) for post in posts if post["variants"]]
    variants = [variant for post in shown for variant in post["variants"]]
    html = environment.get_template("report.html").render(
        agency=bot.config.agency,
        logo=album.file(bot.config.path(bot.config.agency.logo)) if bot.config.agency.logo else "",
        posts=shown,
        held=bot.views.articles(state="held"),
        known=bot.views.articles(state="known"),
        page=_relative(page, file),
        made=long_moment(now, bot.config.zone),
        counts={state: sum(variant["state"] == state for variant in variants) for state in STATES},
        accounts=[
            (name, table.platform, colour_of(bot, table.platform))
            for name, table in bot.config.accounts.items()
        ],
    )
    half = file.with_name(f".{file.name}.baru")
    half.write_text(html, encoding="utf-8")
    half.replace(file)
    return file


def limits_of(bot: Humasbot, account: str) -> Limits | None:
    """What an account accepts, credential or not; ``None`` when its settings are of no use."""
    try:
        return bot.office.stand_in(unsaved(bot.config, [account])[1][0]).limits
    except HumasbotError:
        return None


def colour_of(bot: Humasbot, name: str) -> str:
    """A platform's own colour, dark enough for white letters; the agency's for the board."""
    from humasbot.platforms.board_look import readable

    return COLOURS.get(name) or readable(bot.config.agency.primary, "#ffffff")


class Album:
    """The report's pictures, copied once each into the folder beside it."""

    def __init__(self, bot: Humasbot, folder: Path) -> None:
        self.bot = bot
        self.folder = folder

    def picture(self, reference: Mapping[str, Any]) -> dict[str, Any]:
        """A picture of a Variant as the page shows it; without an address when its file is lost."""
        name = f"{reference['digest'][:20]}{SUFFIXES.get(reference['mime'], '')}"
        try:
            data = self.bot.office.media.get(reference["digest"])
        except HumasbotError:
            return {**reference, "src": ""}
        self.folder.mkdir(parents=True, exist_ok=True)
        if not (self.folder / name).exists():
            (self.folder / name).write_bytes(data)
        return {**reference, "src": f"{self.folder.name}/{name}", "kb": max(1, len(data) // 1000)}

    def file(self, path: Path) -> str:
        """A file of the office, such as its logo."""
        if not path.is_file():
            return ""
        self.folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, self.folder / path.name)
        return f"{self.folder.name}/{path.name}"


def _post(
    bot: Humasbot,
    post: dict[str, Any],
    limits: Mapping[str, Limits | None],
    album: Album,
    page: Path | None,
    file: Path,
    now: datetime,
) -> dict[str, Any]:
    order = list(bot.config.accounts)
    variants = sorted(
        post["variants"], key=lambda row: order.index(row["account"]) if row["account"] in order else 99
    )
    return {
        "id": post["id"],
        "title": post["title"],
        "campaign": post["campaign"],
        "when": long_moment(post["due_at"], bot.config.zone),
        "later": post["due_at"] > now,
        "variants": [
            _variant(bot, row, limits.get(row["account"]), album, page, file) for row in variants
        ],
    }  # fmt: skip


def _variant(
    bot: Humasbot, row: dict[str, Any], limits: Limits | None, album: Album, page: Path | None, file: Path
) -> dict[str, Any]:
    used, most = measured(row["text"], limits)
    short, rest = _folded(row["text"])
    return {
        **row,
        "colour": colour_of(bot, row["platform"]),
        "label": t(*STATES.get(row["state"], (row["state"], row["state"]))),
        "used": used,
        "most": most,
        "share": min(100, round(100 * used / most)) if most else 0,
        "short": short,
        "rest": rest,
        "pictures": [album.picture(reference) for reference in row["media"]],
        "local": _local(bot, row, page, file),
    }


def measured(text: str, limits: Limits | None) -> tuple[int, int]:
    """How long *text* is as its platform counts it, and how long it may be (0 when that is unknown)."""
    return (limits.count(text), limits.max_text) if limits else (len(text), 0)


def _folded(text: str) -> tuple[str, str]:
    """A long text in two parts: what is shown, and what unfolds; parted at a paragraph, a sentence or a word."""
    if len(text) <= LONG * 1.4:
        return text, ""
    marks = (("\n\n", 0), (". ", 1), (" ", 0))
    cut = next((at + more for mark, more in marks if (at := text.rfind(mark, LONG // 2, LONG)) > 0), LONG)
    return text[:cut].rstrip(), text[cut:].strip()


def _local(bot: Humasbot, row: Mapping[str, Any], page: Path | None, file: Path) -> str:
    """The page of a published post as a file of this computer, since the example's web address leads nowhere."""
    table = bot.config.accounts.get(str(row["account"]))
    address = str(table.settings.get("base_url", "")).rstrip("/") + "/" if table else ""
    if page is None or not row["url"].startswith(address) or address == "/":
        return ""
    return _relative(page.parent / row["url"].removeprefix(address), file)


def _relative(target: Path | None, file: Path) -> str:
    if target is None:
        return ""
    try:
        return target.resolve().relative_to(file.parent.resolve()).as_posix()
    except ValueError:
        return target.resolve().as_uri()


def _linked(text: str) -> "Markup":
    """*text* as safe HTML with its addresses made links."""
    from markupsafe import Markup, escape

    pieces, at = [], 0
    for found in _LINK.finditer(text):
        pieces += [escape(text[at : found.start()]), Markup('<a href="{0}">{0}</a>').format(found[0])]
        at = found.end()
    return Markup("").join([*pieces, escape(text[at:])])
