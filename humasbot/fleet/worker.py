"""The roles: who publishes, who reads sources, who leads. Any number of each, on any number of machines."""

import signal
import threading
from collections.abc import Callable, Sequence

from humasbot.app import Humasbot
from humasbot.daemon import JOBS, Job
from humasbot.errors import HumasbotError
from humasbot.fleet.engine import Engine
from humasbot.fleet.health import faults, needs_fleet
from humasbot.fleet.offering import offer
from humasbot.listening import Listener, Work
from humasbot.logs import Quiet
from humasbot.pipeline.crew import Slow, Stop
from humasbot.pipeline.hands import Hands, tune
from humasbot.pipeline.leading import lead, step_down
from humasbot.pipeline.publish import publish_batch
from humasbot.ticking import clock

log = Quiet("humasbot.worker")
AT_ONCE = 2
"""Chunks a publisher works on at a time, so that the end of one keeps no thread idle."""
ALERT_THREADS = 8
OFFER_SECONDS = 0.25
RENEW_SECONDS = 5.0


DUTIES = {
    "schedule": tuple(job for job in JOBS if job.name not in ("publish", "ingest", "lookout")),
    "ingest": tuple(job for job in JOBS if job.name in ("ingest", "lookout")),
}
"""What of the daemon's table a leader does."""


class Worker:
    """Does one role until told to stop."""

    def __init__(self, bot: Humasbot, listen: tuple[str, int] | None = None) -> None:
        self.bot = bot
        self.listen = listen
        self.work = Work()
        self.stop = Stop()
        self.leads = False

    def run(self, role: str) -> None:
        """Block until SIGTERM or SIGINT; what was begun is finished and written.

        Raises :class:`~humasbot.errors.ConfigError` where the configuration is of one office alone.
        """
        needs_fleet(self.bot)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop.set())
        log.info("started", role=role, worker=self.bot.office.worker)
        listener = self._listener(role)
        try:
            if role == "publish":
                self.publish()
            else:
                self.duties(role)
        finally:
            if listener is not None:
                listener.close()
        log.info("stopped", role=role)

    def _listener(self, role: str) -> Listener | None:
        if self.listen is None:
            return None
        office = self.bot.office

        def missing() -> str:
            return "; ".join(faults(office.database, office.only_agency, office.zone))

        return Listener(
            self.listen, office.database, self.work, zone=self.bot.config.agency.timezone,
            redact=office.vault.redact, engine=missing,
        )  # fmt: skip

    # Publishing

    def publish(self) -> None:
        """Send the chunks that the engine brings."""
        tune()
        engine = Engine(self.bot.office.database)
        engine.prepare()
        hands = Hands(self.bot.config.humasbot.threads, "humasbot-publish")
        urgent = Hands(ALERT_THREADS, "humasbot-alert")
        slow = Slow()

        def batch(ids: Sequence[int], alert: bool) -> None:
            try:
                publish_batch(
                    self.bot.office, ids, urgent if alert else hands, stop=self.stop, aside=slow.take
                )
            except HumasbotError as fault:  # the rows wait, and are offered again
                error = self.bot.office.vault.redact(str(fault))
                log.error("chunk_failed", reason=error)
                self.work.ended("publish", error)
            else:
                self.work.ended("publish", "")

        try:
            engine.work(batch, self._stopping, AT_ONCE)
        finally:
            slow.join()
            hands.close()
            urgent.close()
            engine.close()

    def _stopping(self) -> bool:
        self.work.alive()
        return self.stop()

    # Leading

    def duties(self, role: str) -> None:
        """Do the duties of *role* while we lead; else wait for the leader's end."""
        engine = self._engine() if role == "schedule" else None
        threads = [threading.Thread(target=self._again, args=(duty,), daemon=True) for duty in DUTIES[role]]
        holder, renewed = self.bot.office.worker, float("-inf")
        for thread in threads:
            thread.start()
        try:
            while not self.stop.wait(OFFER_SECONDS):
                if clock() >= renewed + RENEW_SECONDS:
                    self._renew(role, holder)
                    renewed = clock()
                if self.leads and engine is not None:
                    self._guarded("offer", lambda: self._offer(engine))
        finally:
            for thread in threads:
                thread.join(timeout=60)
            self._guarded("step_down", lambda: step_down(self.bot.office.database, role, holder))
            if engine is not None:
                engine.close()

    def _engine(self) -> Engine:
        engine = Engine(self.bot.office.database)
        engine.prepare()
        return engine

    def _renew(self, role: str, holder: str) -> None:
        before, self.leads = self.leads, False
        self._guarded("lead", lambda: setattr(self, "leads", lead(self.bot.office.database, role, holder)))
        if self.leads != before:
            log.warning("leading" if self.leads else "following", role=role)

    def _offer(self, engine: Engine) -> None:
        if lost := engine.forget_lost():
            log.warning("chunks_lost", chunks=lost)
        offer(self.bot.office, engine, engine.workers() // 2)  # each publisher listens to two queues

    def _again(self, duty: Job) -> None:
        due = float("-inf")
        while not self.stop.wait(0.5):
            if self.leads and clock() >= due:
                due = clock() + duty.every.total_seconds()
                self._guarded(duty.name, lambda: duty.call(self.bot, self.stop))

    def _guarded(self, name: str, call: Callable[[], object]) -> None:
        """One that fails is told, and tried again at its next time."""
        error = ""
        try:
            call()
        except HumasbotError as fault:
            error = self.bot.office.vault.redact(str(fault))
            log.error("job_failed", job=name, reason=error)
        except Exception as fault:
            error = self.bot.office.vault.redact(f"{type(fault).__name__}: {fault}")
            log.exception("job_failed", job=name)
        self.work.ended(name, error)
        self.bot.alerts.job(name, error)
