"""What must hold of a quarter, told from what is in the database and what was said, by rules written down once more."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from storage.columns import table_of
from storage.kinds import CaseEventKind, MessageKind, OccasionOutcome, ScoreGroup, Touchpoint, Urgency
from storage.models import Case, CaseEvent, Occasion, SurveyRun
from storage.store import Store
from tests.quarter.life import Quarter
from tests.quarter.town import BUSINESS_ZONE, DAILY_LIMIT, QUOTAS, ZONES, is_open

_OCCASION = table_of(Occasion)

OPENS: Final = (CaseEventKind.OPENED, CaseEventKind.REOPENED)
OWNED: Final = (CaseEventKind.ASSIGNED, CaseEventKind.TAKEN, CaseEventKind.REPLIED)
CLOCK: Final = (Touchpoint.RELATION, Touchpoint.VISIT)


@dataclass
class Records:
    runs: list[SurveyRun]
    cases: dict[UUID, Case]
    events: dict[UUID, list[CaseEvent]]
    """By case, the oldest first."""
    skipped: Counter[str]
    """Those who were not asked, by the reason."""


async def kept_to_the_rules(quarter: Quarter) -> str:
    """Say what must hold of a quarter that was lived; what happened, in a line."""
    found = await records(quarter)
    of = {touchpoint: sum(run.touchpoint is touchpoint for run in found.runs) for touchpoint in Touchpoint}
    assert min(of[one] for one in (Touchpoint.RELATION, Touchpoint.VISIT, Touchpoint.CASE, Touchpoint.RECOVERY)) > 5
    assert asked_too_soon(found.runs) == []
    assert beyond_the_limits(found.runs) == []
    assert at_a_wrong_hour(quarter, found.runs) == []
    assert asked_during_a_case(found) == []
    assert without_an_owner(found) == []
    assert wrong_promises(found) == []
    assert said_too_often(quarter, found.runs) == []
    return account(found)


async def records(quarter: Quarter) -> Records:
    def read(store: Store) -> Records:
        runs = store.surveys._all(SurveyRun, select(table_of(SurveyRun)).order_by(table_of(SurveyRun).c.asked_at))
        found = store.cases._all(Case, select(table_of(Case)))
        happened = store.cases._all(CaseEvent, select(table_of(CaseEvent)).order_by(table_of(CaseEvent).c.at))
        events: dict[UUID, list[CaseEvent]] = defaultdict(list)
        for event in happened:
            events[event.case_id].append(event)
        left_alone = select(_OCCASION.c.reason).where(_OCCASION.c.outcome == OccasionOutcome.SKIPPED)
        skipped = Counter(store.occasions._connection.execute(left_alone).scalars())
        return Records(runs, {case.id: case for case in found}, events, skipped)

    return await quarter.database.read(read)


def asked_too_soon(runs: Iterable[SurveyRun]) -> list[str]:
    """The same question again within its time, or any of the clock's within a week of another."""
    by_customer: dict[UUID, list[SurveyRun]] = defaultdict(list)
    for run in runs:
        by_customer[run.customer_id].append(run)
    wrong = []
    for own in by_customer.values():
        for touchpoint, days in ((Touchpoint.RELATION, 90), (Touchpoint.VISIT, 30), (Touchpoint.CASE, 1)):
            same = [run for run in own if run.touchpoint is touchpoint]
            wrong += [f"{touchpoint} twice in {days} days" for one, two in pairwise(same) if _days(one, two) < days]
        wrong += [
            f"{two.touchpoint} {_days(one, two):.1f} days after {one.touchpoint}"
            for one, two in pairwise(own)
            if two.touchpoint in CLOCK and _days(one, two) < 7
        ]
    return wrong


def beyond_the_limits(runs: Iterable[SurveyRun]) -> list[str]:
    """Days of which more were asked than the day, or a branch, has places."""
    asked = [run for run in runs if run.touchpoint is Touchpoint.RELATION]
    days = Counter(run.asked_at.astimezone(BUSINESS_ZONE).date() for run in asked)
    branches = Counter((run.asked_at.astimezone(BUSINESS_ZONE).date(), run.branch) for run in asked)
    wrong = [f"{many} on {day}" for day, many in days.items() if many > DAILY_LIMIT]
    return wrong + [f"{many} of {key}" for key, many in branches.items() if many > QUOTAS.get(key[1], many)]


def at_a_wrong_hour(quarter: Quarter, runs: Iterable[SurveyRun]) -> list[str]:
    zones = {one.customer.id: ZoneInfo(ZONES[one.branch]) for one in quarter.town}
    wrong = []
    for run in runs:
        local = run.asked_at.astimezone(zones[run.customer_id])
        is_morning = local.weekday() < 5 and 9 <= local.hour < 12
        if not (is_morning if run.touchpoint is Touchpoint.RELATION else 9 <= local.hour < 21):
            wrong.append(f"{run.touchpoint} at {local}")
    return wrong


def asked_during_a_case(found: Records) -> list[str]:
    spans: dict[UUID, list[tuple[datetime, datetime]]] = defaultdict(list)
    for case in found.cases.values():
        spans[case.customer_id] += list(_open_spans(found.events[case.id]))
    return [
        f"{run.touchpoint} at {run.asked_at} in a case"
        for run in found.runs
        if run.touchpoint is not Touchpoint.MENU
        and any(opened < run.asked_at < closed for opened, closed in spans[run.customer_id])
    ]


def without_an_owner(found: Records) -> list[str]:
    """Detractors who, five minutes after their answer, had no case with somebody whose work it was."""
    by_customer: dict[UUID, list[list[CaseEvent]]] = defaultdict(list)
    for case in found.cases.values():
        by_customer[case.customer_id].append(found.events[case.id])
    wrong = []
    for run in found.runs:
        if run.score_group is not ScoreGroup.DETRACTOR or run.answered_at is None:
            continue
        until = run.answered_at + timedelta(minutes=5)
        if not any(_is_owned(events, run.answered_at, until) for events in by_customer[run.customer_id]):
            wrong.append(f"{run.kind} {run.score} at {run.answered_at} ({run.touchpoint})")
    return wrong


def wrong_promises(found: Records, least: int = 30) -> list[str]:
    """First answers promised by another clock than the branch's own: its lunch, its holidays, its zone. A case that
    became urgent on the way lies between the two promises; those of no branch are left out."""
    wrong, judged = [], 0
    for case in found.cases.values():
        if not case.branch or case.reopened:
            continue
        minutes, at = 0, case.opened_at
        while at < case.due_at:
            minutes += is_open(case.branch, at)
            at += timedelta(minutes=1)
        urgent, usual = (7, 120) if case.is_key else (15, 240)
        judged += 1
        became_urgent = case.urgency is Urgency.NOW and urgent < minutes <= usual
        if not became_urgent and not any(abs(minutes - one) <= 1 for one in (urgent, usual)):
            wrong.append(f"{minutes} open minutes in {case.branch} from {case.opened_at} to {case.due_at}")
    assert judged >= least
    return wrong


def said_too_often(quarter: Quarter, runs: Iterable[SurveyRun]) -> list[str]:
    """Questions put again but for one reminder, and reminders of what was answered."""
    put = Counter(one.message.survey_run_id for _, one in quarter.carried if one.message.kind is MessageKind.SURVEY)
    wrong = []
    for run in runs:
        reminders = int(run.reminded_at is not None)
        if put[run.id] > 1 + reminders:
            wrong.append(f"{run.kind} put {put[run.id]} times, with {reminders} reminders")
        if run.reminded_at and run.answered_at and run.answered_at < run.reminded_at:
            wrong.append(f"reminded at {run.reminded_at} of what was answered at {run.answered_at}")
    return wrong


def account(found: Records) -> str:
    """What happened, in one line for the results."""
    asked = Counter(run.touchpoint.value for run in found.runs if run.touchpoint is not Touchpoint.MENU)
    answered = Counter(run.touchpoint.value for run in found.runs if run.answered_at and run.touchpoint.value in asked)
    detractors = sum(run.score_group is ScoreGroup.DETRACTOR for run in found.runs)
    broken = sum(any(one.kind is CaseEventKind.BREACHED for one in events) for events in found.events.values())
    return (
        f"asked {_counted(asked)}; answered {_counted(answered)}; {detractors} low scores; {len(found.cases)} cases, "
        f"promises kept in {len(found.cases) - broken}, broken in {broken}; skipped: {_counted(found.skipped)}"
    )


def _counted(counts: Counter[str]) -> str:
    return f"{counts.total()} ({', '.join(f'{what} {many}' for what, many in counts.most_common())})"


def _days(one: SurveyRun, two: SurveyRun) -> float:
    return (two.asked_at - one.asked_at).total_seconds() / 86_400


def _open_spans(events: Iterable[CaseEvent]) -> Iterable[tuple[datetime, datetime]]:
    opened = None
    for event in events:
        if event.kind in OPENS:
            opened = event.at
        elif event.kind is CaseEventKind.CLOSED and opened is not None:
            yield opened, event.at
            opened = None
    if opened is not None:
        yield opened, datetime.max.replace(tzinfo=opened.tzinfo)


def _is_owned(events: Iterable[CaseEvent], at: datetime, until: datetime) -> bool:
    is_open_, has_owner = False, False
    for event in events:
        if event.at > until:
            break
        if event.kind in OPENS:
            is_open_, has_owner = True, False
        elif event.kind is CaseEventKind.CLOSED:
            is_open_ = event.at >= at
        elif event.kind in OWNED:
            has_owner = True
    return is_open_ and has_owner
