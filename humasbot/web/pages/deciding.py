"""What only a person can decide: deliveries in doubt, what is held back, days, and what has to be deleted by hand."""

from datetime import date, datetime, timedelta
from typing import Any

from humasbot.errors import InputError
from humasbot.models import utc_now
from humasbot.web.asking import Answer, Ask
from humasbot.web.pages.approving import grouped, unqueued
from humasbot.words import t

DOUBTS = ("isbat", "estimate")
"""Held until a day is decided, which lets them go by itself."""


def front(ask: Ask) -> Answer:
    """Everything that waits for a decision."""
    desk, own = ask.desk, ask.who.own
    held = [_held(row) for row in desk.frozen()]
    days = [row for row in ask.bot.days.waiting() if row["key"]] if own else []
    values = {
        "uncertain": desk.uncertain(),
        "held": [row for row in held if row["held"]["code"] not in DOUBTS],
        "doubted": [row for row in held if row["held"]["code"] in DOUBTS],
        "days": [{**row, "choices": _choices(row["day"])} for row in days],
        "to_delete": desk.to_delete(),
        "proposals": ask.bot.proposals() if own else [],
        "here": "keputusan",
    }
    return Answer("keputusan.html", values)


def _held(row: dict[str, Any]) -> dict[str, Any]:
    """A held Post with what of it would go out, and which accounts have it already."""
    loose = [each for each in row["variants"] if each["hash"]]
    out = [each["account"] for each in row["variants"] if not each["hash"] and each["state"] != "refused"]
    return {**row, "groups": grouped(loose), "out": out, "late": row["due_at"] < utc_now()}


def _choices(day: date) -> list[date]:
    """The expected day and the one after: an isbat shifts by one day."""
    return [day, day + timedelta(days=1)]


def resolve(ask: Ask) -> Answer:
    """A delivery in doubt: it is there, it is sent again, or it is dropped."""
    number, choice, who = ask.number("nomor"), ask.text("pilih"), ask.who.name
    if choice == "ada":
        if not ask.text("alamat"):
            raise InputError(t("tempelkan alamat kirimannya", "paste the address of the post"))
        ask.desk.resolve(number, actor=who, exists=ask.text("alamat"))
    elif choice == "ulang":
        if ask.text("pasti") != "ya":
            raise InputError(
                t("lihat dahulu akunnya dan centang bahwa kirimannya tidak ada di sana",
                  "look at the account first, and tick that the post is not there")
            )  # fmt: skip
        ask.desk.resolve(number, actor=who, resend=True)
    elif choice == "buang":
        ask.desk.resolve(number, actor=who, drop=True)
    else:
        raise _unclear()
    return ask.to("/keputusan", choice)


def held(ask: Ask) -> Answer:
    """A held Post: it goes out after all, or not at all."""
    number, choice = ask.number("nomor"), ask.text("pilih")
    if choice == "lepas":
        made = ask.desk.release(number, ask.shown(), actor=ask.who.name, at=_moment(ask))
        return ask.to("/keputusan", "lepas" if made else unqueued(ask, number), n=len(made))
    if choice != "buang":
        raise _unclear()
    ask.desk.drop(number, actor=ask.who.name)
    return ask.to("/keputusan", "buang")


def _moment(ask: Ask) -> datetime | None:
    text = ask.text("waktu")
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ask.who.zone) if text else None
    except ValueError:
        raise InputError(t('"{x}" bukan waktu', '"{x}" is not a time', x=text[:40])) from None


def day(ask: Ask) -> Answer:
    """An observance falls on that day."""
    text = ask.text("tanggal")
    try:
        on = date.fromisoformat(text)
    except ValueError:
        raise InputError(t('"{x}" bukan tanggal', '"{x}" is not a date', x=text[:40])) from None
    own(ask)
    _, touched = ask.bot.days.decide(str(ask.parts["kunci"]), on, actor=ask.who.name)
    return ask.to("/keputusan", "hari", n=len(touched))


def deleted(ask: Ask) -> Answer:
    """A person has deleted what could not be withdrawn by us."""
    ask.desk.deleted(ask.number("nomor"), actor=ask.who.name)
    return ask.to("/keputusan", "hapus")


def own(ask: Ask) -> None:
    """Refuse what concerns the whole office to those of another agency."""
    if not ask.who.own:
        raise InputError(
            t("ini diputuskan oleh kantor {k}", "this is decided by the office {k}", k=ask.bot.config.agency.name)
        )  # fmt: skip


def _unclear() -> InputError:
    return InputError(t("pilih salah satu tombol", "choose one of the buttons"))
