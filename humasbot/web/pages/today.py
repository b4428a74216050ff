"""One day: what is planned, what went out, what failed and why."""

from datetime import date, timedelta
from typing import Any

from humasbot.models import utc_now
from humasbot.web.asking import Answer, Ask
from humasbot.web.rendering import bounds


def front(ask: Ask) -> Answer:
    """Today, or the day that is asked for."""
    zone = ask.who.zone
    today = utc_now().astimezone(zone).date()
    try:
        on = date.fromisoformat((ask.query.get("hari") or [""])[0])
        start, end = bounds(on, zone)
        around = (on - timedelta(days=1), on + timedelta(days=1))
    except (ValueError, OverflowError):
        on, (start, end) = today, bounds(today, zone)
        around = (on - timedelta(days=1), on + timedelta(days=1))
    posts = ask.desk.day(start, end, backlog=on == today)
    counts: dict[str, int] = {}
    for variant in (variant for row in posts for variant in row["variants"]):
        counts[variant["state"]] = counts.get(variant["state"], 0) + 1
    alerts = ask.bot.alerts.open(20) if ask.who.own and on == today else []
    for row in posts:
        row["groups"] = _by_state(row["variants"])
    values = {
        "posts": posts,
        "on": on,
        "today": today,
        "around": around,
        "state_counts": counts,
        "alerts": alerts,
    }
    return Answer("hari.html", {**values, "here": "hari"})


def _by_state(variants: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Accounts where the same came of it, together."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in variants:
        found.setdefault((row["state"], row["reason"] if row["state"] != "sent" else ""), []).append(row)
    return list(found.values())
