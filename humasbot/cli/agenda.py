"""``humasbot agenda``: the events of the calendar, and the facts that their reports wait for."""

import click

from humasbot.cli.common import actor, as_json, dump, escape, open_bot, table, when
from humasbot.errors import InputError
from humasbot.models import utc_now
from humasbot.pipeline import events
from humasbot.words import t

STAGES = {"before": ("sebelum", "before"), "during": ("saat", "during"), "after": ("sesudah", "after")}


@click.command()
@click.argument("action", required=False, type=click.Choice(["list", "fill"]), metavar="[list|fill]")
@click.argument("number", type=click.IntRange(1), required=False, metavar=t("[NOMOR]", "[NUMBER]"))
@click.argument("facts", nargs=-1, metavar=t("[NAMA=ISI]…", "[NAME=WORDS]…"))
@as_json
@click.pass_context
def agenda(
    ctx: click.Context, action: str | None, number: int | None, facts: tuple[str, ...], as_json: bool
) -> None:
    """List the events; ``fill NUMBER hadir="120 warga" hasil="…"`` fills in what a report needs."""
    bot = open_bot(ctx)
    if action == "fill":
        if number is None or not facts or not all("=" in fact for fact in facts):
            raise InputError(
                t('tulis: humasbot agenda fill NOMOR hadir="120 warga" hasil="…"',
                  'write: humasbot agenda fill NUMBER hadir="120 people" hasil="…"')
            )  # fmt: skip
        given = dict(fact.split("=", 1) for fact in facts)
        events.fill(bot.office, number, given, actor=actor(), now=utc_now())
        bot.plan()
    rows = events.listed(bot.office, utc_now())
    if as_json:
        dump(rows)
        return
    table(
        t("Agenda", "Agenda"),
        ("#", t("Waktu", "When"), t("Acara", "Event"), t("Kiriman", "Posts"), t("Keadaan", "State")),
        (
            (
                str(row["number"]), when(row["begins"], bot.config.zone), escape(row["title"]),
                ", ".join(f"{t(*STAGES[stage])} #{post}" for stage, post in row["posts"].items() if stage in STAGES),
                t("batal", "called off") if row["over"] else "",
            )
            for row in rows
        ),
        t("Tidak ada acara terbuka dalam kalender.", "There is no public event in the calendar."),
    )  # fmt: skip
