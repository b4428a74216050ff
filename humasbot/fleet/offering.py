"""Offering: the leader keeps as many chunks at hand as the publishers empty in a moment, and no more.

So the engine's tables stay small whatever the backlog, and what is urgent or frozen is decided late.
"""

from collections.abc import Collection, Sequence

from humasbot import claiming, outbox
from humasbot.fleet.engine import Engine
from humasbot.pipeline.office import Office

CHUNK = 200
SMALLEST = 16
"""What is due is parted among the workers, but not into less than this."""
AHEAD = 6
"""Chunks that wait for each worker process."""


def offer(office: Office, engine: Engine, workers: int) -> int:
    """Hand out what is due, as far as there are hands; how many deliveries."""
    open_ = engine.outstanding()
    known = {number for job in open_ for number in job.ids}
    waiting = sum(1 for job in open_ if job.status == "todo")
    alerts = _line(office, CHUNK, known, claiming.ALERT)
    for chunk in _chunks(alerts, workers):
        engine.offer(chunk, claiming.ALERT, alert=True)
    known.update(alerts)
    room = max(workers, 1) * AHEAD - waiting
    if room <= 0:
        return len(alerts)
    outbox.drop_late(office.database)
    due = _line(office, room * CHUNK, known, None)
    for chunk in _chunks(due, workers):
        engine.offer(chunk, 0, alert=False)
    return len(alerts) + len(due)


def _line(office: Office, limit: int, known: Collection[int], least: int | None) -> list[int]:
    return outbox.line(office.database, limit, without=known, agency=office.only_agency, least=least)


def _chunks(numbers: Sequence[int], workers: int) -> list[Sequence[int]]:
    """One for each worker; more where they would be larger than :data:`CHUNK`."""
    size = min(CHUNK, max(SMALLEST, -(-len(numbers) // max(workers, 1))))
    return [numbers[start : start + size] for start in range(0, len(numbers), size)]
