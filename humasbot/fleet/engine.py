"""The engine: procrastinate carries chunks of delivery numbers from the one who leads to those who publish.

It is only the carrier. What was sent stands in our own rows: a chunk that is lost is offered again, one that comes
twice finds nothing left to claim. docs/FLEET.md tells why procrastinate.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from humasbot.database import Database
from humasbot.errors import ConfigError
from humasbot.words import t

PUBLISH, ALERT = "humasbot-publish", "humasbot-alert"
"""The two queues; alerts have workers of their own."""
TASK = "humasbot:publish"
STALE = 30
"""Seconds without a heartbeat after which a worker counts as dead, and its chunks as lost."""
POLL_SECONDS = 0.5

_OUTSTANDING = sa.text(
    "SELECT job.id, job.status::text AS status, job.queue_name, job.args -> 'ids' AS ids FROM procrastinate_jobs job "
    "LEFT JOIN procrastinate_workers worker ON worker.id = job.worker_id "
    "WHERE job.task_name = :task AND (job.status = 'todo' OR (job.status = 'doing' "
    "AND worker.last_heartbeat > now() - make_interval(secs => :stale)))"
)
_LOST = sa.text(
    "DELETE FROM procrastinate_jobs job WHERE job.task_name = :task AND job.status = 'doing' AND NOT EXISTS ("
    "SELECT 1 FROM procrastinate_workers worker WHERE worker.id = job.worker_id "
    "AND worker.last_heartbeat > now() - make_interval(secs => :stale)) RETURNING job.id"
)
_WORKERS = sa.text(
    "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => :stale)"
)
_TIDY = (
    "ALTER TABLE procrastinate_jobs SET (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 500, "
    "autovacuum_analyze_scale_factor = 0.0, autovacuum_analyze_threshold = 500)"
)
"""The table is emptied as fast as it is filled: without this PostgreSQL would see to it far too seldom."""


class Engine:
    """procrastinate on our own database, beside our tables."""

    def __init__(self, database: Database) -> None:
        if database.is_sqlite:
            raise ConfigError(
                t("worker perlu PostgreSQL; satu mesin cukup dengan: humasbot daemon",
                  "workers need PostgreSQL; one machine is served by: humasbot daemon")
            )  # fmt: skip
        try:
            import procrastinate
        except ModuleNotFoundError:
            raise ConfigError(
                t('worker perlu mesin antrean; jalankan: pip install "humasbot[fleet]"',
                  'workers need the engine; run: pip install "humasbot[fleet]"')
            ) from None  # fmt: skip
        self.database = database
        url = make_url(database.url).set(drivername="postgresql")
        dsn = url.render_as_string(hide_password=False)
        self._app: Any = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=dsn, min_size=1))
        self._sync: Any = procrastinate.App(
            connector=procrastinate.SyncPsycopgConnector(conninfo=dsn, min_size=1)
        )
        self._opened = False

    def prepare(self) -> None:
        """Make the engine's tables, once; many may start at the same moment."""
        with self.database.engine.connect() as connection:
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('humasbot_engine'))"))
            if connection.execute(sa.text("SELECT to_regclass('procrastinate_jobs')")).scalar() is None:
                raw = connection.connection.driver_connection
                assert raw is not None  # noqa: S101 - the connection is open
                cursor = raw.cursor()
                cursor.execute(self._sync.schema_manager.get_schema())
                cursor.execute(_TIDY)
                cursor.close()
            connection.commit()
        if not self._opened:
            self._sync.open()
            self._opened = True

    def close(self) -> None:
        """Close its connections."""
        if self._opened:
            self._sync.close()
            self._opened = False

    def offer(self, ids: Sequence[int], priority: int, *, alert: bool) -> None:
        """Hand a chunk to whoever publishes."""
        queue = ALERT if alert else PUBLISH
        self._sync.configure_task(TASK, queue=queue, priority=priority).defer(ids=list(ids))

    def outstanding(self) -> list[Any]:
        """Every chunk that waits or is being worked on by a living worker: ``status``, ``queue_name`` and ``ids``."""
        with self.database.engine.connect() as connection:
            return list(connection.execute(_OUTSTANDING, {"task": TASK, "stale": STALE}).all())

    def forget_lost(self) -> int:
        """Remove the chunks of workers that died; what was in them is offered again. How many there were."""
        with self.database.engine.begin() as connection:
            return len(connection.execute(_LOST, {"task": TASK, "stale": STALE}).all())

    def workers(self) -> int:
        """How many live."""
        with self.database.engine.connect() as connection:
            return int(connection.execute(_WORKERS, {"stale": STALE}).scalar() or 0)

    def work(
        self, publish: Callable[[Sequence[int], bool], None], stop: Callable[[], bool], at_once: int
    ) -> None:
        """Call *publish* (ids, whether they are alerts) for each chunk until *stop*, *at_once* at a time."""

        @self._app.task(name=TASK, pass_context=True)  # type: ignore[untyped-decorator]  # loaded when it is there
        async def carry(context: Any, ids: list[int]) -> None:
            await asyncio.to_thread(publish, ids, context.job.queue == ALERT)

        asyncio.run(self._work(stop, at_once))

    async def _work(self, stop: Callable[[], bool], at_once: int) -> None:
        async with self._app.open_async():
            options = {"fetch_job_polling_interval": POLL_SECONDS, "delete_jobs": "always",
                       "install_signal_handlers": False, "update_heartbeat_interval": STALE / 6,
                       "stalled_worker_timeout": STALE}  # fmt: skip
            loops = [
                asyncio.create_task(self._app.run_worker_async(queues=[queue], concurrency=count, **options))
                for queue, count in ((PUBLISH, at_once), (ALERT, 2))
            ]
            while not stop() and not any(loop.done() for loop in loops):
                await asyncio.sleep(0.2)
            for loop in loops:
                loop.cancel()  # procrastinate takes this for: finish what runs, begin nothing
            results = await asyncio.gather(*loops, return_exceptions=True)
            for result in results:
                if isinstance(result, Exception):
                    raise result


class EngineHealth:
    """Whether the engine's tables are there and somebody works; asked by ``/healthz``, without opening the engine."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def publishers(self) -> int:
        """How many processes publish; each listens to two queues."""
        with self._database.engine.connect() as connection:
            if connection.execute(sa.text("SELECT to_regclass('procrastinate_workers')")).scalar() is None:
                return 0
            return (int(connection.execute(_WORKERS, {"stale": STALE}).scalar() or 0) + 1) // 2

    def fault(self) -> str:
        """What is wrong with it, as one sentence, or nothing."""
        if self.publishers():
            return ""
        return t("tidak ada pengirim yang hidup, jadi tidak ada yang terkirim; jalankan: humasbot worker publish",
                 "no publisher lives, so nothing is sent; run: humasbot worker publish")  # fmt: skip
