"""What the commands share: opening the office, asking, JSON, names of states."""

import getpass
import json
import os
import signal
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any, TextIO
from zoneinfo import ZoneInfo

import click

from humasbot.cli.showing import escape, heading, lines, table
from humasbot.errors import InputError
from humasbot.indonesian import stamp
from humasbot.states import NAMES
from humasbot.words import prefer, t

if TYPE_CHECKING:
    from humasbot.app import Humasbot

__all__ = [
    "NUMBER", "STATES", "actor", "as_json", "ask", "begin", "dump", "escape", "heading", "lines", "listening",
    "open_bot", "read_stdin", "state_name", "state_word", "table", "warn_of_freeze", "when",
]  # fmt: skip

as_json = click.option("--json", "as_json", is_flag=True, help=t("keluaran JSON", "output as JSON"))
listening = click.option(
    "--listen", metavar="HOST:PORT",
    help=t("layani /metrics dan /healthz di sini, misalnya 127.0.0.1:9108",
           "serve /metrics and /healthz here, for example 127.0.0.1:9108"),
)  # fmt: skip
NUMBER = click.IntRange(1, 2**31 - 1)
"""The number of a row; PostgreSQL keeps it in 32 bits."""
LONGEST = 1_000_000
"""What is read of standard input, in bytes: more than any announcement may have."""

STATES = {
    "queued": (*NAMES["queued"], "yellow"),
    "sending": (*NAMES["sending"], "yellow"),
    "sent": (*NAMES["sent"], "green"),
    "failed": (*NAMES["failed"], "red"),
    "uncertain": (*NAMES["uncertain"], "red"),
    "cancelled": (*NAMES["cancelled"], "dim"),
    "again": ("diumumkan lagi", "announced again", "dim"),
    "waiting": ("menunggu persetujuan", "waiting for approval", "cyan"),
    "draft": ("menunggu persetujuan", "waiting for approval", "cyan"),
    "dry-run": ("uji coba", "dry run", "dim"),
    "refused": ("ditolak", "refused", "red"),
}


def open_bot(ctx: click.Context, *, level: str = "error") -> "Humasbot":
    """The office of the configuration file, closed when the command ends.

    Events from *level* on go to standard error, with ``--verbose`` ordinary ones too.
    """
    from humasbot.app import Humasbot
    from humasbot.logs import configure

    bot = Humasbot(ctx.obj["config"])
    prefer(bot.config.humasbot.language)
    configure(bot.office.vault, json=False, level="info" if ctx.obj["verbose"] else level)
    ctx.call_on_close(bot.close)
    return bot


def begin(ctx: click.Context) -> None:
    """From here on something is sent: a SIGTERM is a Ctrl-C, and neither may say that nothing changed."""
    ctx.obj["begun"] = True
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    ctx.call_on_close(lambda: signal.signal(signal.SIGTERM, before))


def ask(question: str, *, terminal: bool = False) -> bool:
    """Put a question that is answered yes or no; an empty answer is no.

    With *terminal* the answer comes from the terminal even where standard input is something else. Raises
    :class:`~humasbot.errors.InputError` where nobody can answer.
    """
    if not terminal:
        return _answer(question, sys.stdin)
    try:
        with open("/dev/tty", encoding="utf-8") as screen:
            return _answer(question, screen)
    except OSError:
        return _answer(question, None)


def _answer(question: str, source: TextIO | None) -> bool:
    while True:
        click.echo(f"{question} {t('[y/T]', '[y/N]')}: ", nl=False)
        line = source.readline() if source is not None else ""
        if not line:
            click.echo()
            raise InputError(
                t("tidak ada yang menjawab, jadi tidak ada yang berubah; tanpa terminal tambahkan --yes",
                  "nobody answers, so nothing changed; without a terminal add --yes")
            )  # fmt: skip
        answer = line.strip().lower()
        if answer in ("y", "ya", "yes"):
            return True
        if answer in ("", "t", "tidak", "n", "no"):
            return False
        click.echo(t("Jawab y (ya) atau t (tidak).", "Answer y (yes) or n (no)."))


def read_stdin() -> str:
    """Standard input, as far as an announcement can be long.

    Raises :class:`~humasbot.errors.InputError` when it is not UTF-8.
    """
    if sys.stdin is None:
        return ""
    data = getattr(sys.stdin, "buffer", sys.stdin).read(LONGEST)
    try:
        return data if isinstance(data, str) else data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(t("masukan (-) bukan teks UTF-8", "standard input (-) is not UTF-8 text")) from None


def actor() -> str:
    """Who sits at this command, for the approval's record."""
    try:
        # Behind sudo it is the person who is recorded, not the account that the service runs as.
        return f"cli:{os.environ.get('SUDO_USER') or getpass.getuser()}"
    except (OSError, KeyError):
        return "cli"


def dump(value: Any) -> None:
    """Print JSON; times as ISO 8601 with their zone. Where the output is not UTF-8, it is plain ASCII."""
    plain = "utf" not in (getattr(sys.stdout, "encoding", None) or "utf").lower()
    click.echo(json.dumps(value, ensure_ascii=plain, indent=2, default=_plain))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def state_word(state: str) -> str:
    """A state in the reader's language."""
    return t(*STATES[state][:2]) if state in STATES else state


def state_name(state: str) -> str:
    """A state in the reader's language, coloured, as rich's markup."""
    colour = STATES[state][2] if state in STATES else "white"
    return f"[{colour}]{state_word(state)}[/{colour}]"


def when(moment: datetime | None, zone: ZoneInfo) -> str:
    """A moment in the agency's zone, with the zone's name."""
    return stamp(moment, zone) if moment else "–"


def warn_of_freeze(freezes: list[dict[str, Any]], zone: ZoneInfo) -> None:
    """Say first of all that nothing is being sent, where that is so."""
    for row in freezes:
        scope = (
            t("semua kantor", "every office") if row["agency_id"] is None else t("kantor ini", "this office")
        )
        lines(
            t("❄ Dibekukan ({k}) sejak {s} oleh {a}: {why}", "❄ Frozen ({k}) since {s} by {a}: {why}", k=scope,
              s=when(row["since"], zone), a=row["actor"], why=row["reason"])
        )  # fmt: skip
