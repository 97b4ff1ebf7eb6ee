"""Everything that is done by the clock, on one page. The database is the schedule: a job only looks what is due."""

from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from scheduler import jobs
from scheduler.work import Work


class Entry(NamedTuple):
    every_seconds: float
    job: Callable[[Work], Awaitable[int]]

    @property
    def name(self) -> str:
        return self.job.__name__


TIMETABLE: Final = (
    Entry(5, jobs.answer_kept),
    Entry(15, jobs.ask_after_purchases),
    Entry(15, jobs.greet_birthdays),
    Entry(15, jobs.win_back),
    Entry(30, jobs.find_flags),
    Entry(3600, jobs.find_duplicates),
    Entry(600, jobs.trim_feed),
    Entry(600, jobs.forget),
)
