"""Coming in and going out."""

from humasbot.web.asking import Answer, Ask


def front(ask: Ask) -> Answer:
    """For whoever is not in: how one comes in."""
    return ask.to("/") if ask.inside else Answer("masuk.html", {"again": "/"})


def link(ask: Ask) -> Answer:
    """What a link leads to: a button. Programs that look at links in messages use none up."""
    return Answer("undangan.html", {"invited": ask.bot.staff.invited(str(ask.parts["token"]))})


def enter(ask: Ask) -> Answer:
    """The button: the link is used up, the browser is in."""
    if ask.token:
        ask.bot.staff.leave(ask.token)
    token, _ = ask.bot.staff.enter(str(ask.parts["token"]))
    gone = ask.to("/", "masuk")
    return Answer(go=gone.go, status=gone.status, cookie=token)


def leave(ask: Ask) -> Answer:
    """Out, and the token is worth nothing any more."""
    ask.bot.staff.leave(ask.token)
    gone = ask.to("/masuk")
    return Answer(go=gone.go, status=gone.status, cookie="")
