"""``humasbot preview``: what a campaign will say on a day, as text and card files; the database is not touched."""

from datetime import date
from pathlib import Path

import click

from humasbot.cli.common import as_json, dump, escape, heading, lines
from humasbot.cli.showing import console
from humasbot.errors import InputError
from humasbot.indonesian import long_date
from humasbot.words import t


@click.command()
@click.argument("campaign", metavar=t("KAMPANYE", "CAMPAIGN"))
@click.option("--on", "on", required=True, metavar="2026-12-01", help=t("tanggalnya", "the day"))
@click.option(
    "-o",
    "--out",
    "out",
    default="pratinjau",
    show_default=True,
    metavar="FOLDER",
    help=t("folder hasil", "the folder for it"),
)
@as_json
@click.pass_context
def preview(ctx: click.Context, campaign: str, on: str, out: str, as_json: bool) -> None:
    """Write text and cards of a daily campaign for one day."""
    from humasbot.app import Humasbot

    try:
        day = date.fromisoformat(on)
    except ValueError:
        raise InputError(
            t(
                '--on "{x}" bukan tanggal; tulis misalnya 2026-12-01',
                '--on "{x}" is not a date; write 2026-12-01',
                x=on,
            )
        ) from None
    with Humasbot(ctx.obj["config"], migrate=False) as bot:
        drafts = bot.preview(campaign, day)
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    rows, screen = [], console()
    reasons = [draft.kept_back for draft in drafts]
    silent = "; ".join(dict.fromkeys(reasons)) if all(reasons) else ""
    if silent and not as_json:
        lines(
            t("! Pada {d} kampanye {c} tidak mengirim apa pun – {why}. Di bawah ini bunyinya seandainya terbit.",
              "! On {d} the campaign {c} sends nothing – {why}. Below is what it would say.", d=long_date(day),
              c=campaign, why=silent.rstrip("."))
        )  # fmt: skip
    for draft in drafts:
        stem = f"{campaign}-{day}-{draft.account.name}"
        files = [folder / f"{stem}.txt"]
        files[0].write_text(draft.text + "\n", encoding="utf-8")
        for number, media in enumerate(draft.media, start=1):
            files.append(folder / f"{stem}-{number}{media.suffix}")
            files[-1].write_bytes(media.data)
        rows.append(
            {"account": draft.account.name, "platform": draft.account.platform, "text": draft.text,
             "alt": [media.alt for media in draft.media], "problems": list(draft.problems),
             "kept_back": draft.kept_back, "notes": list(draft.notes), "files": [str(file) for file in files]}
        )  # fmt: skip
        if not as_json:
            screen.print(heading(draft.account.name, draft.account.platform), soft_wrap=True)
            lines(draft.text)
            # What keeps all of it back was said above.
            kept_back = "" if silent else draft.kept_back
            for line in filter(None, (kept_back, *draft.notes, *draft.problems)):
                lines(f"→ {line}")
            screen.print(f"[dim]{escape(', '.join(str(file) for file in files))}[/dim]", soft_wrap=True)
    if as_json:
        dump(rows)
