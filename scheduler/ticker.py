"""Runs the timetable: APScheduler as an in-memory ticker and nothing more (decision D4)."""

import logging
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from apscheduler.executors.asyncio import AsyncIOExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from messaging.trouble import described
from scheduler.timetable import TIMETABLE, Entry
from scheduler.work import Work

log = logging.getLogger(__name__)
logging.getLogger("apscheduler").setLevel(logging.ERROR)  # that a job still runs is no news

SILENT_FOR = 3
"""A ticker that missed so many of its shortest intervals is dead, whatever it says of itself."""


class Ticker:
    """`start`, `stop`, and `is_alive`, which is asked from outside: a scheduler can stop without an error."""

    def __init__(
        self, work: Work, timetable: Sequence[Entry] = TIMETABLE, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._work = work
        self._timetable = timetable
        self._monotonic = monotonic
        self._ticked_at = monotonic()
        self._scheduler: AsyncIOScheduler | None = None

    def start(self) -> None:
        """Each job at once, then at its interval; one that still runs is not run again beside itself."""
        self._scheduler = AsyncIOScheduler(
            jobstores={"default": MemoryJobStore()},
            executors={"default": AsyncIOExecutor()},
            timezone="UTC",
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        for entry in self._timetable:
            trigger = IntervalTrigger(seconds=entry.every_seconds)
            now = datetime.now(UTC)
            self._scheduler.add_job(self._tick, trigger, args=[entry], id=entry.name, next_run_time=now)
        self._ticked_at = self._monotonic()
        self._scheduler.start()

    def stop(self) -> None:
        """Cancels what runs: a unit is whole or not at all, so nothing is left half done."""
        if self._scheduler:
            self._scheduler.shutdown(wait=False)
            self._scheduler = None

    def is_alive(self) -> bool:
        shortest = min(entry.every_seconds for entry in self._timetable)
        return self._monotonic() - self._ticked_at <= SILENT_FOR * shortest

    def revive(self) -> None:
        """Start anew, loudly, when it fell silent."""
        log.error("the clock stood still and is started anew")
        self.stop()
        self.start()

    async def run_all(self) -> None:
        """Every job once, now: what the demo's «next day» does."""
        for entry in self._timetable:
            await run(entry, self._work)

    async def _tick(self, entry: Entry) -> None:
        self._ticked_at = self._monotonic()
        await run(entry, self._work)
        self._ticked_at = self._monotonic()


async def run(entry: Entry, work: Work) -> None:
    """One run of one job. Never raises: a failure is logged, kept for the status page, and tried at the next tick."""
    handled: int | None = 0
    trouble, began_at, started = "", work.clock(), time.monotonic()  # what happens while it runs is for the next run
    try:
        handled = await entry.job(work)
    except Exception as error:  # one job's failure must stop neither the others nor the clock
        trouble = described(error)
        log.error("the job %s failed and is tried again: %s", entry.name, trouble)
    if handled is None:
        return  # its hour has not come: the last run stays the last
    done, seconds = handled, time.monotonic() - started
    try:
        await work.database.write(
            lambda store: store.occasions.job_ran(entry.name, began_at, handled=done, error=trouble, seconds=seconds)
        )
    except Exception as error:  # the database itself is in trouble: the job was the first to say so
        log.error("the run of %s could not be noted: %s", entry.name, described(error))
