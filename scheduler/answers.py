"""Answers to surveys are added up day by day, so that their results are read from sums (docs/adr/0014)."""

from datetime import date, datetime, timedelta
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from messaging.local_time import at_local, local_date
from scheduler.jobs import OVERLAP
from scheduler.work import Work
from storage.models import SurveyTally
from storage.store import Store
from surveys.asking import ANSWERABLE_FOR
from surveys.tallying import AskedRun, Cell, Counts, tally

RECHECKED_FOR: Final = ANSWERABLE_FOR + timedelta(days=2)
"""How far back the first look of a day adds everything up anew: until then a run may be answered and changed, and what
became of its question's message was learnt."""


async def add_up_answers(work: Work) -> int:
    """Every day on which something changed, from the runs themselves, so that a sum never drifts; how many days.

    A day that cannot be added up holds up those of its survey only until the next look.
    """
    now, zone = work.clock(), work.shop().zone
    last = await work.database.read(lambda store: store.occasions.last_success(add_up_answers.__name__))
    handled = 0
    for survey in await work.database.read(lambda store: store.survey_results.surveys()):
        for day in await work.database.read(partial(_due, survey=survey, last=last, now=now, zone=zone)):
            await add_up(work, survey, day, zone)
            handled += 1
    return handled


async def add_up(work: Work, survey: str, day: date, zone: ZoneInfo) -> None:
    """One day of one survey. It is read beside the writer, which only puts the sums down: an answer that comes in
    between is seen by the next look."""
    since, until = at_local(day, 0, zone), at_local(day + timedelta(days=1), 0, zone)
    runs = await work.database.read(lambda store: store.survey_results.asked_between(survey, since, until))
    cells = tally(AskedRun(*run) for run in runs)
    rows = [_row(survey, day, cell, counts) for cell, counts in cells.items()]
    await work.database.write(lambda store: store.survey_results.replace_day(survey, day, rows))


def _due(store: Store, survey: str, last: datetime | None, now: datetime, zone: ZoneInfo) -> list[date]:
    """Days that were never added up, those with news, and once a day the recent ones whatever happened."""
    newest = store.survey_results.newest_day(survey)
    days = set[date]()
    if newest is not None and last is not None:
        days |= {local_date(at, zone) for at in store.survey_results.changed_since(survey, last - OVERLAP)}
    start = None if newest is None else at_local(newest + timedelta(days=1), 0, zone)
    if start is not None and (last is None or local_date(last, zone) != local_date(now, zone)):
        start = min(start, at_local(local_date(now - RECHECKED_FOR, zone), 0, zone))
    while (at := store.survey_results.next_asked(survey, start)) is not None:
        day = local_date(at, zone)
        days.add(day)
        start = at_local(day + timedelta(days=1), 0, zone)
    return sorted(days)


def _row(survey: str, day: date, cell: Cell, counts: Counts) -> SurveyTally:
    return SurveyTally(
        survey=survey,
        day=day,
        dimension=cell.dimension,
        branch=cell.branch,
        value=cell.value,
        asked=counts.asked,
        heard=counts.heard,
        undelivered=counts.undelivered,
        quick=counts.quick,
        peak=counts.peak,
        **{f"score_{score}": given for score, given in enumerate(counts.scores)},
    )
