"""How the machine fares: the clock's jobs, the parts that must be alive, and what became of the messages."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from starlette.responses import Response

from console.dashboard import ON_ITS_WAY
from console.pages import Visit
from messaging.messages import Address
from storage.kinds import Channel, DeliveryState
from storage.models import Bot, Heartbeat, JobRun
from storage.store import Store

DELIVERIES_OF: Final = timedelta(hours=24)
ALIVE_FOR: Final = timedelta(seconds=30)
MISSED_RUNS: Final = 3
SHORTEST_PATIENCE: Final = timedelta(minutes=1)
"""A job of every five seconds may take longer than three of its intervals once, and nothing is wrong."""
JOBS: Final = (
    "ask_after_purchases",
    "greet_birthdays",
    "win_back",
    "answer_kept",
    "trim_feed",
    "find_flags",
    "find_duplicates",
    "forget",
)
"""Those that have a name in the catalogues; any other is shown as it is called."""
PARTS: Final = ("web", "bots", "relay", "scheduler")


@dataclass(frozen=True, slots=True)
class JobLine:
    """One job. `is_late`: no success for three intervals; `is_failing`: its last run was no success."""

    name: str
    every_seconds: float | None
    run: JobRun | None
    is_late: bool
    is_failing: bool

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
    runs, beats, counts, bots = await visit.read(lambda store: _look(store, visit.now))
    jobs, parts = job_lines(visit.parts.jobs, runs, visit.now), _parts(beats, visit.now)
    return visit.page(
        "status.html",
        jobs=jobs,
        parts=parts,
        bots=_bots(counts, bots),
        wrong=sum(job.is_wrong for job in jobs) + sum(part.is_late for part in parts),
        named_jobs=JOBS,
        named_parts=PARTS,
    )


def _look(
    store: Store, now: datetime
) -> tuple[list[JobRun], list[Heartbeat], list[tuple[str, DeliveryState, int]], list[Bot]]:
    return (
        store.occasions.jobs(),
        store.business.heartbeats(),
        store.outbox.counts(now - DELIVERIES_OF),
        store.bots.all(),
    )


def job_lines(timetable: Sequence[tuple[str, float]], runs: list[JobRun], now: datetime) -> list[JobLine]:
    """The timetable's jobs in its order, then those that only left a trace."""
    known, every = {run.job: run for run in runs}, dict(timetable)
    names = [*every, *(name for name in known if name not in every)]
    return [_job(name, every.get(name), known.get(name), now) for name in names]


def _job(name: str, every_seconds: float | None, run: JobRun | None, now: datetime) -> JobLine:
    if run is None:
        return JobLine(name, every_seconds, None, is_late=False, is_failing=False)
    is_failing = run.failed_at is not None and (run.succeeded_at is None or run.failed_at > run.succeeded_at)
    is_late = False
    if every_seconds is not None:
        patience = max(timedelta(seconds=MISSED_RUNS * every_seconds), SHORTEST_PATIENCE)
        last = run.succeeded_at
        is_late = last is None or now - last > patience
    return JobLine(name, every_seconds, run, is_late, is_failing)


def _parts(beats: list[Heartbeat], now: datetime) -> list[PartLine]:
    return [PartLine(beat.role, beat.at, now - beat.at > ALIVE_FOR) for beat in beats]


def _bots(counts: list[tuple[str, DeliveryState, int]], bots: list[Bot]) -> list[BotLine]:
    names = {bot.id: bot.username for bot in bots}
    states: dict[str, Counter[DeliveryState]] = {}
    for bot_id, state, rows in counts:
        states.setdefault(bot_id, Counter())[state] += rows
    return [BotLine(bot_id, names.get(bot_id, ""), found) for bot_id, found in states.items()]
