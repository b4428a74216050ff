"""Collisions: campaigns that will speak on the same account at nearly the same time, told before it happens."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from humasbot.errors import HumasbotError
from humasbot.pipeline.nearby import span
from humasbot.pipeline.occasions.registry import kind_of
from humasbot.pipeline.office import Office

DAYS = 14


@dataclass(frozen=True, slots=True)
class Collision:
    """Two campaigns closer than ``[humasbot] apart`` on one account; the moments are of the office's zone."""

    account: str
    first: str
    first_at: datetime
    second: str
    second_at: datetime


def collisions(office: Office, now: datetime, days: int = DAYS) -> list[Collision]:
    """Every collision of the coming days, in order; of each pair of campaigns on an account only the first."""
    found: dict[tuple[str, str, str], Collision] = {}
    apart = span(office)
    for account, spoken in _spoken(office, now, days).items():
        for (at, name), (next_at, other) in pairwise(sorted(spoken)):
            key = (account, min(name, other), max(name, other))
            if name != other and next_at - at < apart and key not in found:
                found[key] = Collision(account, name, at, other, next_at)
    return sorted(found.values(), key=lambda each: (each.first_at, each.account))


def _spoken(office: Office, now: datetime, days: int) -> dict[str, list[tuple[datetime, str]]]:
    """When each account speaks, and for which campaign."""
    accounts: dict[str, list[tuple[datetime, str]]] = {name: [] for name in office.config.accounts}
    for name, moment in _moments(office, now, days):
        table = office.config.campaigns[name]
        for account in accounts:
            if "*" in table.accounts or account in table.accounts:
                accounts[account].append((moment, name))
    return accounts


def _moments(office: Office, now: datetime, days: int) -> Iterator[tuple[str, datetime]]:
    today = now.astimezone(office.zone).date()
    for name, table in office.config.campaigns.items():
        for offset in range(days):
            try:
                found = kind_of(table.occasion).on(office, name, table, today + timedelta(days=offset))
            except HumasbotError:  # whatever is wrong with it is told where it is planned
                break
            yield from ((name, each.due.astimezone(office.zone)) for each in found if not each.skip)
