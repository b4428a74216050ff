"""The daemon: APScheduler as the clock, one table of jobs, a clean stop, a heartbeat that tells whether it works.

The jobs hold no state: everything is in the database, so a daemon that dies is simply started again, and two of them
on one database do no harm.
"""

import json
import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from humasbot.app import Humasbot
from humasbot.errors import HumasbotError
from humasbot.listening import Listener, Work
from humasbot.logs import Quiet
from humasbot.models import utc_now
from humasbot.outbox import next_due
from humasbot.pipeline.crew import Crew, Stop
from humasbot.pipeline.hands import tune
from humasbot.pipeline.leading import daemon_lease, lead, step_down
from humasbot.pipeline.publish import STOP_SECONDS
from humasbot.ticking import clock
from humasbot.words import reason, t

log = Quiet("humasbot.daemon")
TICK = timedelta(seconds=1)
STALE = timedelta(minutes=2)
WATCH_SECONDS = 2.0
"""How often the wall clock is compared with the time that really passed."""
SHOW_SECONDS = 5.0
"""How often a daemon shows in the database that it lives, so that every machine can see it."""
LEAVE_SECONDS = STOP_SECONDS + 15
"""How long a stop waits for the jobs; one that hangs longer ends with the process."""


@dataclass(frozen=True, slots=True)
class Job:
    """One thing the daemon does again and again: its name, how often, and the call."""

    name: str
    every: timedelta
    call: Callable[[Humasbot, Stop], Any]


JOBS = (
    Job("lookout", timedelta(seconds=10), lambda bot, stop: None if stop() else bot.ingest(urgent=True)),
    Job("ingest", timedelta(seconds=20), lambda bot, stop: None if stop() else bot.ingest(urgent=False)),
    Job("plan", timedelta(seconds=20), lambda bot, stop: None if stop() else bot.plan()),
    Job("prepare", timedelta(seconds=5), lambda bot, stop: None if stop() else bot.prepare()),
    Job("publish", TICK, lambda bot, stop: bot.publish(stop=stop)),
    Job("reconcile", timedelta(seconds=5), lambda bot, stop: None if stop() else bot.reconcile()),
    Job("renew", timedelta(minutes=1), lambda bot, stop: bot.renew(stop=stop)),
    Job("measure", timedelta(minutes=10), lambda bot, stop: None if stop() else bot.measure()),
    Job("quotas", timedelta(minutes=5), lambda bot, stop: None if stop() else bot.ask_quotas()),
    Job("sweep", timedelta(hours=1), lambda bot, stop: None if stop() else bot.sweep()),
    Job("watch", timedelta(minutes=10), lambda bot, stop: None if stop() else bot.watch()),
    Job("seal", timedelta(seconds=5), lambda bot, stop: bot.trail.seal()),
    Job("alerts", timedelta(seconds=10), lambda bot, stop: None if stop() else bot.alerts.send()),
)
"""The one job table. A source's own interval decides when it is really read; ``ingest`` only asks who is due."""


class Daemon:
    """Runs the jobs until told to stop. ``heartbeat`` is the file in which it says that it works.

    *listen* is the host and port for ``/metrics`` and ``/healthz``, if wished.
    """

    def __init__(self, bot: Humasbot, listen: tuple[str, int] | None = None) -> None:
        self.bot = bot
        self.work = Work()
        self.listener = listen and Listener(
            listen,
            bot.office.database,
            self.work,
            zone=bot.config.agency.timezone,
            redact=bot.office.vault.redact,
        )
        self.stop = Stop()
        self.heartbeat = bot.config.path(bot.config.humasbot.data) / "daemon.json"
        self._last: dict[str, dict[str, Any]] = {}
        self._beaten = clock()
        self._muted = False
        self._lock = threading.Lock()

    def run(self) -> None:
        """Block until SIGTERM or SIGINT (or :attr:`stop`); what was begun is finished and written."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop.set())
        tune()
        crew = Crew(len(JOBS), "humasbot-job")
        scheduler = _scheduler(crew)
        for job in JOBS:
            # A missed tick is simply made up for by the next one: nothing is due because a tick says so.
            scheduler.add_job(
                self._do, "interval", args=[job, scheduler], id=job.name, seconds=job.every.total_seconds(),
                next_run_time=utc_now(), misfire_grace_time=None,
            )  # fmt: skip
        log.info("started", agency=self.bot.config.agency.name, worker=self.bot.office.worker)
        gone = threading.Event()
        shown = threading.Thread(target=self._show, args=(gone,), name="humasbot-shown", daemon=True)
        shown.start()
        scheduler.start()
        self._watch(scheduler)
        log.info("stopping")
        # The scheduler itself must not wait: it would do so holding a lock that a job may need for its end.
        scheduler.shutdown(wait=False)
        # Waiting for the jobs is what makes the stop clean: no request is cut, every answer is written.
        if not crew.shutdown(wait=True, seconds=LEAVE_SECONDS):
            log.error("left_hanging", seconds=LEAVE_SECONDS)
        if self.listener:
            self.listener.close()
        try:
            self.heartbeat.unlink(missing_ok=True)
        except OSError as fault:
            self._mute(fault)
        gone.set()
        shown.join(timeout=SHOW_SECONDS)
        log.info("stopped")

    def _watch(self, scheduler: Any) -> None:
        """Wait for the stop; when the wall clock is set back meanwhile, the jobs do not wait until it has caught up."""
        ahead = time.time() - clock()
        while not self.stop.wait(WATCH_SECONDS):
            before, ahead = ahead, time.time() - clock()
            if ahead < before - 1:
                log.warning("clock_set_back", seconds=round(before - ahead))
                for job in JOBS:
                    scheduler.modify_job(job.name, next_run_time=utc_now())

    def _show(self, gone: threading.Event) -> None:
        """Hold the lease by which other machines see us while the jobs go on; one daemon's is enough for all.

        In a thread of its own: a database that does not answer keeps no stop waiting.
        """
        office = self.bot.office
        name = daemon_lease(office.only_agency)
        last = False
        while not last:
            last = gone.wait(SHOW_SECONDS)
            try:
                if last:
                    step_down(office.database, name, office.worker)
                elif clock() < self._beaten + STALE.total_seconds():
                    lead(office.database, name, office.worker)
            except Exception:  # the jobs tell what is wrong with the database
                log.debug("not_shown", exc_info=True)

    def _do(self, job: Job, scheduler: Any) -> None:
        started = utc_now()
        error = ""
        try:
            job.call(self.bot, self.stop)
        except HumasbotError as fault:  # a job that fails is told and tried again at its next tick
            error = self.bot.office.vault.redact(str(fault))
            log.error("job_failed", job=job.name, reason=error)
        except Exception as fault:
            error = self.bot.office.vault.redact(f"{type(fault).__name__}: {fault}")
            log.exception("job_failed", job=job.name)
        self.work.ended(job.name, error)
        self._beat(job, started, error)
        self.bot.alerts.job(job.name, error)
        if job.name == "publish" and not self.stop():
            self._wake_in_time(scheduler)

    def _wake_in_time(self, scheduler: Any) -> None:
        """Run ``publish`` at the very moment the next delivery is due, not at the tick after it."""
        try:
            due = next_due(self.bot.office.database, TICK, self.bot.office.only_agency)
            if due is not None:
                scheduler.modify_job("publish", next_run_time=due)
        except (
            Exception
        ):  # the next tick tells what is wrong with the database; or the scheduler has just ended
            log.debug("no_next_due", exc_info=True)

    def _beat(self, job: Job, started: datetime, error: str) -> None:
        with self._lock:
            self._beaten = clock()
            last = self._last.setdefault(job.name, {})
            last["error"] = error
            if not error:
                last["done_at"] = started.isoformat()
            beat = {
                "at": utc_now().isoformat(),
                "pid": os.getpid(),
                "jobs": self._last,
                "hanging": {kind: self.bot.office.hanging.ids(kind) for kind in ("account", "source")},
            }
            try:
                _replace(self.heartbeat, json.dumps(beat))
                self._muted = False
            except OSError as fault:
                self._mute(fault)

    def _mute(self, fault: OSError) -> None:
        """Tell that the heartbeat cannot be written, once until it can be again: jobs end several times a second."""
        if not self._muted:
            log.error("no_heartbeat", file=str(self.heartbeat), reason=reason(fault))
        self._muted = True


def _scheduler(crew: Crew) -> Any:
    """APScheduler with our own threads, which keep no end waiting."""
    from apscheduler.executors.pool import BasePoolExecutor
    from apscheduler.schedulers.background import BackgroundScheduler

    class Threads(BasePoolExecutor):  # type: ignore[misc]  # APScheduler has no types
        def __init__(self) -> None:
            super().__init__(crew)

    return BackgroundScheduler(
        timezone=UTC,
        executors={"default": Threads()},
        job_defaults={"coalesce": True, "max_instances": 1},
        daemon=True,
    )


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".daemon-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def health(bot: Humasbot, now: datetime | None = None) -> list[str]:
    """What is wrong with the running daemon, as sentences; empty when it works."""
    return wrong_with(heard(bot), now)


def wrong_with(beat: dict[str, Any] | None, now: datetime | None = None) -> list[str]:
    """The same of what :func:`heard` gave."""
    if beat is None:
        return [
            t(
                "daemon tidak berjalan; jalankan: humasbot daemon",
                "the daemon does not run; run: humasbot daemon",
            )
        ]
    last, jobs, problems = beat["at"], beat["jobs"], []
    if abs((now or utc_now()) - last) > STALE:
        problems.append(
            t("daemon tidak memberi kabar sejak {at}; mulai ulang", "the daemon has been silent since {at}; restart it",
              at=last.isoformat(timespec="seconds"))
        )  # fmt: skip
    problems += [
        t("pekerjaan {j} gagal: {why}", "the job {j} fails: {why}", j=name, why=job["error"])
        for name, job in jobs.items()
        if job.get("error")
    ]
    problems += [
        t("panggilan ke {k} nomor {n} menggantung; mulai ulang daemon bila tetap begitu",
          "a call to {k} number {n} hangs; restart the daemon if it stays so", k=kind, n=number)
        for kind, numbers in beat.get("hanging", {}).items()
        for number in numbers
    ]  # fmt: skip
    return problems


def heard_lately(beat: dict[str, Any] | None, now: datetime | None = None) -> bool:
    """Whether what :func:`heard` gave is a sign of life of the last two minutes."""
    return beat is not None and abs((now or utc_now()) - beat["at"]) <= STALE


def heard(bot: Humasbot) -> dict[str, Any] | None:
    """What the daemon of this machine wrote last; its time is aware, UTC."""
    path = bot.config.path(bot.config.humasbot.data) / "daemon.json"
    try:
        beat: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return {**beat, "at": datetime.fromisoformat(beat["at"]).astimezone(UTC), "jobs": dict(beat["jobs"])}
    except (OSError, ValueError, KeyError, TypeError):
        return None
