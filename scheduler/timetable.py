"""Everything that is done by the clock, on one page. The database is the schedule: a job only looks what is due."""

from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from scheduler import (
    answers,
    cases,
    dialogues,
    drip,
    files,
    friends,
    jobs,
    morning,
    night,
    open_surveys,
    points,
    promos,
    surveys,
    tiers,
    till,
)
from scheduler.work import Work


class Entry(NamedTuple):
    """How often a job looks. One that has its hour once a day (`daily_at`: minutes after midnight) says None when it
    found that its hour has not come."""

    every_seconds: float
    job: Callable[[Work], Awaitable[int | None]]
    daily_at: int | None = None

    @property
    def name(self) -> str:
        return self.job.__name__


TIMETABLE: Final = (
    Entry(5, jobs.answer_kept),
    Entry(5, files.fetch_files),
    Entry(5, night.recount_stale),
    Entry(5, promos.make_codes),
    Entry(15, promos.release_reservations),
    Entry(15, surveys.ask_after_visits),
    Entry(30, surveys.ask_after_cases),
    Entry(300, drip.ask_relation),
    Entry(600, open_surveys.remind_of_surveys),
    Entry(60, open_surveys.end_surveys),
    Entry(600, open_surveys.find_silent_branches, open_surveys.AT_MINUTE),
    Entry(15, jobs.greet_birthdays),
    Entry(15, jobs.win_back),
    Entry(60, points.open_points),
    Entry(60, points.expire_points),
    Entry(600, points.warn_of_expiry),
    Entry(600, points.check_the_ledger, jobs.AFTER_THE_BASE),
    Entry(30, friends.reward_friends),
    Entry(600, friends.look_at_orders, jobs.AFTER_THE_BASE),
    Entry(60, friends.ask_to_invite),
    Entry(30, jobs.find_flags),
    Entry(30, answers.add_up_answers),
    Entry(30, night.rate_the_base, night.AT_MINUTE),
    Entry(30, tiers.judge_tiers, jobs.AFTER_THE_BASE),
    Entry(30, morning.choose_whom_to_write_to, morning.AT_MINUTE),
    Entry(3600, jobs.find_duplicates),
    Entry(30, cases.give_out_cases),
    Entry(30, cases.return_unanswered),
    Entry(30, cases.watch_promises),
    Entry(60, cases.ask_whether_all_is_well),
    Entry(3600, dialogues.sample_dialogues),
    Entry(5, till.expire_questions),
    Entry(600, till.forget_codes),
    Entry(3600, promos.guard_checks),
    Entry(3600, promos.forget_attempts),
    Entry(600, jobs.trim_feed),
    Entry(600, jobs.forget),
)
