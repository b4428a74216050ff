"""Who may come in, for the admin."""

from humasbot.web.asking import Answer, Ask
from humasbot.web.pages.deciding import own


def front(ask: Ask) -> Answer:
    """Everybody of this agency."""
    rows = [row for row in ask.bot.staff.people() if row["agency"] == ask.who.key]
    return Answer("orang.html", {"people": rows, "here": "rem"})


def revoke(ask: Ask) -> Answer:
    """Put somebody out."""
    own(ask)
    ask.bot.staff.revoke(ask.text("nama"), actor=ask.who.name)
    return ask.to("/orang", "putus")
