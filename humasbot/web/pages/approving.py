"""What waits for a yes or a no, one Post after the other."""

from datetime import timedelta
from typing import Any

from humasbot.errors import NotFoundError
from humasbot.models import utc_now
from humasbot.pipeline.deskview import cost_of
from humasbot.web.asking import Answer, Ask

OVERDUE = timedelta(minutes=15)
"""Whoever approves later than this is told that it goes out at once."""
ALIKE = ("state", "title", "text", "link", "due_at", "not_after", "problems", "notes", "reason", "changed")


def front(ask: Ask) -> Answer:
    """Every Post that waits."""
    return Answer("menunggu.html", {"posts": ask.desk.waiting(), "here": "menunggu"})


def post(ask: Ask) -> Answer:
    """One Post: everything that an approval covers, and the buttons."""
    found = ask.desk.post(ask.number("nomor"))
    waits = [row for row in found["variants"] if row["state"] == "waiting"]
    name = ask.who.name
    ready = [row for row in waits if not row["problems"] and not row["late"] and name not in row["consents"]]
    groups = grouped([row for row in found["variants"] if row["hash"]])
    values = {
        "post": found,
        "groups": groups,
        "others": grouped([row for row in found["variants"] if not row["hash"]]),
        "notes": shared_notes(groups),
        "waits": waits,
        "ready": ready,
        "queued": [row for row in found["variants"] if row["state"] == "queued"],
        "cost": cost_of(waits),
        "overdue": bool(ready) and min(row["due_at"] for row in ready) < utc_now() - OVERDUE,
        "here": "menunggu",
    }
    return Answer("kiriman.html", values)


def grouped(variants: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Variants that say and show the same, together."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in variants:
        pictures = [(each["digest"], each["alt"]) for each in row["pictures"]]
        row["own_notes"] = row["notes"]
        found.setdefault(repr([*(row[key] for key in ALIKE), pictures]), []).append(row)
    _once([each for group in found.values() for each in group[0]["pictures"]])
    return list(found.values())


def _once(pictures: list[dict[str, Any]]) -> None:
    """Mark the pictures, and the alt texts, that stand further up already."""
    shown, told = set(), set()
    for each in pictures:
        each["before"], each["told"] = (each["digest"], each["alt"]) in shown, each["alt"] in told
        shown.add((each["digest"], each["alt"]))
        told.add(each["alt"])


def shared_notes(groups: list[list[dict[str, Any]]]) -> list[str]:
    """The notes that all of several groups have, which need to be told once only."""
    if len(groups) < 2:
        return []
    shared = [note for note in groups[0][0]["notes"] if all(note in group[0]["notes"] for group in groups)]
    for row in (row for group in groups for row in group):
        row["own_notes"] = [note for note in row["notes"] if note not in shared]
    return shared


def approve(ask: Ask) -> Answer:
    """Yes to what was shown."""
    number = ask.number("nomor")
    made = ask.desk.approve(number, ask.shown(), actor=ask.who.name)
    if made:
        return _next(ask, number, "setuju", n=len(made))
    return _next(ask, number, unqueued(ask, number))


def unqueued(ask: Ask, number: int) -> str:
    """Why nothing is queued after a yes: another person has to say so too, or nothing of it is in earnest."""
    still = {row["id"] for row in ask.desk.post(number)["variants"] if row["state"] == "waiting"}
    return "kedua" if still & set(ask.shown()) else "uji"


def refuse(ask: Ask) -> Answer:
    """No to what was shown."""
    number = ask.number("nomor")
    refused = ask.desk.refuse(number, ask.shown(), reason=ask.text("alasan"), actor=ask.who.name)
    return _next(ask, number, "tolak", n=refused)


def cancel(ask: Ask) -> Answer:
    """Stop what is queued."""
    number = ask.number("nomor")
    return ask.to(f"/kiriman/{number}", "batal", n=ask.desk.cancel(number, actor=ask.who.name))


def picture(ask: Ask) -> Answer:
    """A picture as it would be sent."""
    found = ask.desk.picture(ask.number("varian"), int(ask.parts["ke"]))
    if not found.mime.startswith("image/") or not found.digest.startswith(str(ask.parts["tanda"])):
        raise NotFoundError("–")
    return Answer(body=found.data, kind=found.mime)


def _next(ask: Ask, done: int, told: str, **values: object) -> Answer:
    """The Post that is to be looked at after this one: the rest of it, or the next that waits for this person."""
    rows = ask.desk.waiting()
    mine = [row["id"] for row in rows if ask.who.name not in row["consents"]]
    where = done if done in mine else next(iter(mine), None)
    return ask.to(f"/kiriman/{where}" if where else "/", told, **values)
