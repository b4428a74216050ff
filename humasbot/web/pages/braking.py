"""The brake: freeze and lift; begin to mourn and end it."""

from datetime import date, timedelta

from humasbot.errors import InputError
from humasbot.models import utc_now
from humasbot.pipeline.deciding import DAYS_OF_MOURNING
from humasbot.web.asking import Answer, Ask
from humasbot.web.pages.deciding import own
from humasbot.words import t


def front(ask: Ask) -> Answer:
    """What stands still now, and the buttons."""
    return Answer("rem.html", {"here": "rem"})


def freeze(ask: Ask) -> Answer:
    """Freeze, lift, or end a mourning."""
    own(ask)
    choice, who = ask.text("pilih"), ask.who.name
    if choice == "beku":
        ask.bot.freeze(reason=ask.text("alasan"), actor=who)
    elif choice == "cair":
        ask.bot.unfreeze(actor=who)
    elif choice == "usai":
        ask.bot.days.end_mourning(actor=who)
    else:
        raise InputError(t("pilih salah satu tombol", "choose one of the buttons"))
    return ask.to("/keputusan" if choice == "usai" else "/rem", choice)


def ask_mourning(ask: Ask) -> Answer:
    """What a mourning would do, before anybody begins one."""
    today = utc_now().astimezone(ask.who.zone).date()
    last = today + timedelta(days=DAYS_OF_MOURNING - 1)
    return Answer("berkabung.html", {"today": today, "last": last, "here": "rem"})


def mourning(ask: Ask) -> Answer:
    """Begin to mourn."""
    own(ask)
    done = ask.bot.days.start_mourning(
        ask.text("sebab"), actor=ask.who.name, first=_day(ask, "mulai"), last=_day(ask, "sampai")
    )
    return ask.to("/keputusan", "duka", n=len(done.frozen))


def _day(ask: Ask, name: str) -> date | None:
    text = ask.text(name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InputError(t('"{x}" bukan tanggal', '"{x}" is not a date', x=text[:40])) from None
