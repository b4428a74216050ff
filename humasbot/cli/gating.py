"""Days and decisions: what waits for a person, the day of an observance, mourning, and what is held back."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

from humasbot.cli.common import NUMBER, actor, as_json, dump, escape, open_bot, table, when
from humasbot.errors import InputError
from humasbot.indonesian import long_date, short_date
from humasbot.words import t

if TYPE_CHECKING:
    from humasbot.app import Humasbot

CODES = {
    "isbat": ("menunggu sidang isbat", "waits for the isbat"),
    "estimate": ("tanggal perkiraan", "an estimate"),
    "mourning": ("berkabung", "mourning"),
    "election": ("masa tenang", "quiet days"),
    "hold": ("masa tenang", "quiet days"),
    "no_leader": ("tanpa pimpinan", "without the leader"),
    "silent": ("hening", "silence"),
    "approved_stock": ("stok saja", "stock only"),
    "stock": ("menunggu orang", "waits for a person"),
}


class Day(click.ParamType[date]):
    """A day, written ``2027-03-10``."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read it."""
        try:
            return value if isinstance(value, date) else date.fromisoformat(str(value))
        except ValueError:
            self.fail(
                t('"{x}" bukan tanggal; tulis misalnya 2027-03-10', '"{x}" is not a date; write 2027-03-10', x=value),
                param, ctx,
            )  # fmt: skip


DAY = Day()
_KEY = t("KUNCI", "KEY")
_DATE = t("TANGGAL", "DATE")


@click.command()
@as_json
@click.pass_context
def gates(ctx: click.Context, as_json: bool) -> None:
    """List what the coming days wait for."""
    bot = open_bot(ctx)
    rows = bot.days.waiting()
    if as_json:
        dump(rows)
        return
    table(
        t("Hari yang perlu diperhatikan", "Days to be seen to"),
        (t("Hari", "Day"), t("Nama", "Name"), t("Keadaan", "State"), _KEY, t("Keterangan", "Note")),
        (
            (_span(row), escape(row["name"]), t(*CODES.get(row["code"], ("", row["code"]))), row["key"],
             escape(row["reason"]))
            for row in rows
        ),
        t("Tidak ada yang menunggu keputusan.", "Nothing waits for a decision."),
        notes=True,
    )  # fmt: skip
    if any(row["key"] for row in rows):
        click.echo(
            t("Tetapkan dengan: humasbot gate confirm KUNCI, atau: humasbot gate shift KUNCI TANGGAL",
              "Decide with: humasbot gate confirm KEY, or: humasbot gate shift KEY DATE")
        )  # fmt: skip


def _span(row: dict[str, Any]) -> str:
    first, last = short_date(row["day"]), short_date(row["until"])
    return first if first == last else f"{first} – {last}"


@click.group()
def gate() -> None:
    """Decide on which day an observance falls."""


@gate.command(
    "confirm", help=t("Harinya seperti diperkirakan, atau TANGGAL", "Its day is as expected, or DATE")
)
@click.argument("key", metavar=_KEY)
@click.argument("day", type=DAY, required=False, metavar=t("[TANGGAL]", "[DATE]"))
@as_json
@click.pass_context
def confirm(ctx: click.Context, key: str, day: date | None, as_json: bool) -> None:
    """Confirm a day."""
    _decide(ctx, key, day, as_json)


@gate.command("shift", help=t("Harinya bergeser ke TANGGAL", "Its day moves to DATE"))
@click.argument("key", metavar=_KEY)
@click.argument("day", type=DAY, metavar=t("TANGGAL", "DATE"))
@as_json
@click.pass_context
def shift(ctx: click.Context, key: str, day: date, as_json: bool) -> None:
    """Move a day."""
    _decide(ctx, key, day, as_json)


def _decide(ctx: click.Context, key: str, day: date | None, as_json: bool) -> None:
    bot = open_bot(ctx)
    found, touched = bot.days.decide(key, day, actor=actor())
    if as_json:
        dump({"key": key, "day": found.day, "name": found.name, "posts": touched})
        return
    click.echo(t("{n}: {d}.", "{n}: {d}.", n=found.label, d=long_date(found.day)))
    if touched:
        click.echo(
            t("Kiriman yang menyesuaikan: {p}.", "Posts that follow: {p}.", p=", ".join(map(str, touched)))
        )


@click.group()
def mourning() -> None:
    """Freeze what is festive."""


@mourning.command(
    "start",
    help=t("Mulai: bekukan yang meriah, siapkan ucapan dukacita", "Begin: freeze what is festive, draft a condolence"),
)  # fmt: skip
@click.option("--reason", required=True, metavar=t("SEBAB", "WHY"), help=t("peristiwanya", "the event"))
@click.option("--from", "first", type=DAY, metavar=_DATE,
              help=t("sejak; bila kosong hari ini", "since; today if not given"))  # fmt: skip
@click.option("--until", "last", type=DAY, metavar=_DATE,
              help=t("sampai; bila kosong tiga hari", "until; three days if not given"))  # fmt: skip
@click.option("--scope", multiple=True, metavar=t("DAERAH", "PLACE"),
              help=t("hanya daerah ini; boleh diulang", "this place only; may be repeated"))  # fmt: skip
@click.option("--to", multiple=True, default=("*",), metavar=t("AKUN", "ACCOUNT"),
              help=t("akun untuk ucapan dukacita", "accounts for the condolence"))  # fmt: skip
@as_json
@click.pass_context
def start(
    ctx: click.Context, reason: str, first: date | None, last: date | None, scope: tuple[str, ...],
    to: tuple[str, ...], as_json: bool,
) -> None:  # fmt: skip
    """Begin to mourn."""
    bot = open_bot(ctx)
    done = bot.days.start_mourning(reason, actor=actor(), first=first, last=last, scope=scope, to=to)
    if as_json:
        dump({"mourning": done.number, "first": done.first, "last": done.last, "frozen": list(done.frozen),
              "condolence": done.condolence})  # fmt: skip
        return
    click.echo(
        t("Berkabung {f} sampai {u}. Dibekukan: {n} kiriman.", "Mourning {f} to {u}. Frozen: {n} posts.",
          f=long_date(done.first), u=long_date(done.last), n=len(done.frozen))
    )  # fmt: skip
    if done.frozen:
        click.echo(
            t(
                "Lihat dan putuskan satu per satu: humasbot frozen",
                "See and decide one by one: humasbot frozen",
            )
        )
    if done.condolence:
        click.echo(
            t("Ucapan dukacita menunggu persetujuan: humasbot approve {p}",
              "A condolence waits for approval: humasbot approve {p}", p=done.condolence)
        )  # fmt: skip


@mourning.command(
    "end",
    help=t(
        "Akhiri; yang dibekukan diputuskan satu per satu", "End it; what was frozen is decided one by one"
    ),
)
@click.option("--on", "on", type=DAY, metavar=_DATE,
              help=t("hari pertama tanpa berkabung; bila kosong hari ini",
                     "the first day without; today if not given"))  # fmt: skip
@as_json
@click.pass_context
def end(ctx: click.Context, on: date | None, as_json: bool) -> None:
    """End the mourning."""
    bot = open_bot(ctx)
    ended = bot.days.end_mourning(actor=actor(), on=on)
    rows = bot.days.frozen()
    if as_json:
        dump({"ended": ended, "frozen": [row["post"] for row in rows]})
        return
    click.echo(t("Masa berkabung berakhir.", "The mourning has ended."))
    if rows:
        _show_frozen(bot, rows)


@click.command()
@click.argument("action", required=False, type=click.Choice(["release", "drop"]), metavar="[release|drop]")
@click.argument("posts", nargs=-1, type=NUMBER, metavar=t("[NOMOR]…", "[NUMBER]…"))
@click.option("--at", metavar="'2027-03-10 08:00'", help=t("waktu baru, jam setempat", "a new time, local"))
@as_json
@click.pass_context
def frozen(
    ctx: click.Context, action: str | None, posts: tuple[int, ...], at: str | None, as_json: bool
) -> None:
    """List what is held back; ``release`` lets posts go, ``drop`` gives them up."""
    from humasbot.models import utc_now

    if action and not posts:
        raise click.UsageError(t("sebutkan nomor kirimannya", "name the number of the post"))
    bot = open_bot(ctx)
    moment = _moment(at, bot) if at else None
    for number in posts:
        if action == "release":
            if any(row["post"] == number and row["due_at"] < utc_now() for row in bot.days.frozen()):
                click.echo(
                    t("#{n}: waktunya sudah lewat; periksa tanggal di teksnya: humasbot posts {n}",
                      "#{n}: its time has passed; check the date in its text: humasbot posts {n}", n=number)
                )  # fmt: skip
            bot.days.release(number, actor=actor(), at=moment)
        elif action == "drop":
            bot.days.drop(number, actor=actor())
    rows = bot.days.frozen()
    if as_json:
        dump(rows)
        return
    _show_frozen(bot, rows)


def _moment(text: str, bot: "Humasbot") -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=bot.config.zone)
    except ValueError:
        raise InputError(
            t('--at "{x}" bukan waktu; tulis misalnya "2027-03-10 08:00"',
              '--at "{x}" is not a time; write "2027-03-10 08:00"', x=text)
        ) from None  # fmt: skip


def _show_frozen(bot: "Humasbot", rows: list[dict[str, Any]]) -> None:
    table(
        t("Ditahan", "Held back"),
        ("#", t("Waktu", "When"), t("Kampanye", "Campaign"), t("Isi", "What"), t("Sebab", "Why")),
        (
            (str(row["post"]), when(row["due_at"], bot.config.zone), row["campaign"], escape(row["title"]),
             escape(row["reason"]))
            for row in rows
        ),
        t("Tidak ada yang ditahan.", "Nothing is held back."),
        notes=True,
    )  # fmt: skip
    if rows:
        click.echo(
            t("Putuskan dengan: humasbot frozen release NOMOR, atau: humasbot frozen drop NOMOR",
              "Decide with: humasbot frozen release NUMBER, or: humasbot frozen drop NUMBER")
        )  # fmt: skip
