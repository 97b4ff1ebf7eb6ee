"""How the machine fares: the clock's jobs, the parts that must be alive, and what became of the messages."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from starlette.responses import Response

from console.dashboard import ON_ITS_WAY
from console.pages import Visit
from console.parts import Timed
from loyalty.standing import ask_to_rate, asked_to_rate
from messaging.local_time import at_local, local_date
from messaging.messages import Address
from storage.kinds import Channel, DeliveryState
from storage.models import BaseReport, Bot, Heartbeat, JobRun
from storage.store import Store

DELIVERIES_OF: Final = timedelta(hours=24)
ALIVE_FOR: Final = timedelta(seconds=30)
MISSED_RUNS: Final = 3
SHORTEST_PATIENCE: Final = timedelta(minutes=1)
"""A job of every five seconds may take longer than three of its intervals once, and nothing is wrong."""
DAY: Final = timedelta(days=1)
DAILY_PATIENCE: Final = timedelta(hours=6)
NIGHT: Final = "rate_the_base"
JOBS: Final = (
    "ask_after_visits",
    "ask_after_cases",
    "ask_relation",
    "remind_of_surveys",
    "end_surveys",
    "find_silent_branches",
    "greet_birthdays",
    "win_back",
    "answer_kept",
    "fetch_files",
    "recount_stale",
    NIGHT,
    "judge_tiers",
    "choose_whom_to_write_to",
    "trim_feed",
    "find_flags",
    "add_up_answers",
    "reward_friends",
    "look_at_orders",
    "ask_to_invite",
    "find_duplicates",
    "give_out_cases",
    "return_unanswered",
    "watch_promises",
    "ask_whether_all_is_well",
    "forget",
    "expire_questions",
    "forget_codes",
    "open_points",
    "expire_points",
    "warn_of_expiry",
    "check_the_ledger",
    "make_codes",
    "release_reservations",
    "guard_checks",
    "forget_attempts",
    "give_out_cases",
    "return_unanswered",
    "watch_promises",
    "ask_whether_all_is_well",
    "look_at_orders",
    "sample_dialogues",
)
"""Those that have a name in the catalogues; any other is shown as it is called."""
PARTS: Final = ("web", "bots", "relay", "scheduler")


@dataclass(frozen=True, slots=True)
class JobLine:
    """One job. `is_late`: no success for three intervals (a daily one: six hours after its own); `is_failing`: its last
    run was no success. `next_at` is None for what no timetable names, and for what is due already."""

    name: str
    every_seconds: float | None
    daily_at: int | None
    run: JobRun | None
    is_late: bool
    is_failing: bool
    next_at: datetime | None

    @property
    def is_wrong(self) -> bool:
        return self.is_late or self.is_failing


@dataclass(frozen=True, slots=True)
class PartLine:
    name: str
    at: datetime
    is_late: bool


@dataclass(frozen=True, slots=True)
class BotLine:
    """What became of one bot's messages."""

    bot_id: str
    username: str
    states: Counter[DeliveryState]

    @property
    def channel(self) -> Channel:
        return Address(self.bot_id, "").channel

    @property
    def account(self) -> str:
        return f"@{self.username}" if self.username else self.bot_id.partition(":")[2]

    @property
    def on_its_way(self) -> int:
        return sum(self.states[state] for state in ON_ITS_WAY)

    def count(self, state: str) -> int:
        return self.states[DeliveryState(state)]


async def show(visit: Visit) -> Response:
    runs, beats, counts, bots, night, asked_at = await visit.read(lambda store: _look(store, visit.now))
    jobs = job_lines(visit.parts.jobs, runs, visit.now, visit.words.zone)
    parts = _parts(beats, visit.now)
    return visit.page(
        "status.html",
        jobs=jobs,
        parts=parts,
        bots=_bots(counts, bots),
        wrong=sum(job.is_wrong for job in jobs) + sum(part.is_late for part in parts),
        named_jobs=JOBS,
        named_parts=PARTS,
        night_job=NIGHT,
        night=night,
        is_asked=asked_at is not None and (night is None or asked_at > night.made_at),
    )


async def rate(visit: Visit) -> Response:
    """Do not wait for the night."""
    await visit.write(lambda store: ask_to_rate(store, visit.now))
    return visit.go("/status", notice="rating_asked")


def _look(
    store: Store, now: datetime
) -> tuple[
    list[JobRun], list[Heartbeat], list[tuple[str, DeliveryState, int]], list[Bot], BaseReport | None, datetime | None
]:
    return (
        store.occasions.jobs(),
        store.business.heartbeats(),
        store.outbox.counts(now - DELIVERIES_OF),
        store.bots.all(),
        store.reports.newest(),
        asked_to_rate(store),
    )


def job_lines(timetable: Sequence[Timed], runs: list[JobRun], now: datetime, zone: ZoneInfo) -> list[JobLine]:
    """The timetable's jobs in its order, then those that only left a trace."""
    known, timed = {run.job: run for run in runs}, {one.name: one for one in timetable}
    names = [*timed, *(name for name in known if name not in timed)]
    return [_job(name, timed.get(name), known.get(name), now, zone) for name in names]


def _job(name: str, timed: Timed | None, run: JobRun | None, now: datetime, zone: ZoneInfo) -> JobLine:
    every, daily_at = (timed.every_seconds, timed.daily_at) if timed else (None, None)
    next_at = _next(timed, run, now, zone) if timed else None
    if run is None:
        return JobLine(name, every, daily_at, None, is_late=False, is_failing=False, next_at=next_at)
    is_failing = run.failed_at is not None and (run.succeeded_at is None or run.failed_at > run.succeeded_at)
    is_late = timed is not None and (run.succeeded_at is None or now - run.succeeded_at > _patience(timed))
    return JobLine(name, every, daily_at, run, is_late, is_failing, next_at)


def _patience(timed: Timed) -> timedelta:
    """How long after its last success nothing is wrong yet."""
    if timed.daily_at is not None:
        return DAY + DAILY_PATIENCE
    return max(timedelta(seconds=MISSED_RUNS * timed.every_seconds), SHORTEST_PATIENCE)


def _next(timed: Timed, run: JobRun | None, now: datetime, zone: ZoneInfo) -> datetime | None:
    if timed.daily_at is not None:
        today = local_date(now, zone)
        at = at_local(today, timed.daily_at, zone)
        return at if at > now else at_local(today + DAY, timed.daily_at, zone)
    if run is None or run.ran_at is None:
        return None
    at = run.ran_at + timedelta(seconds=timed.every_seconds)
    return at if at > now else None


def _parts(beats: list[Heartbeat], now: datetime) -> list[PartLine]:
    return [PartLine(beat.role, beat.at, now - beat.at > ALIVE_FOR) for beat in beats]


def _bots(counts: list[tuple[str, DeliveryState, int]], bots: list[Bot]) -> list[BotLine]:
    names = {bot.id: bot.username for bot in bots}
    states: dict[str, Counter[DeliveryState]] = {}
    for bot_id, state, rows in counts:
        states.setdefault(bot_id, Counter())[state] += rows
    return [BotLine(bot_id, names.get(bot_id, ""), found) for bot_id, found in states.items()]
