"""Promises that run out: each one is warned of once and, when it is broken, told once (feature ES6)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from messaging.business_hours import Hours
from messaging.cases import clocks, terms
from messaging.cases.telling import note, tell
from messaging.desk import Desk
from messaging.local_time import local_date
from messaging.phrases import day, say
from messaging.promises import Promise, Promises, State, What, state
from storage.kinds import CaseEventKind, FeedKind, Language
from storage.models import Case, CaseEvent
from storage.store import Store

_LINE = {
    (CaseEventKind.WARNED, False): "alert.warned.answer",
    (CaseEventKind.WARNED, True): "alert.warned.end",
    (CaseEventKind.BREACHED, False): "alert.breached.answer",
    (CaseEventKind.BREACHED, True): "alert.breached.end",
}
"""By what is told, and whether it is of the end."""
_TOLD = {State.DUE_SOON: CaseEventKind.WARNED, State.BREACHED: CaseEventKind.BREACHED}


class Running(NamedTuple):
    """A promise that somebody waits for, and since when."""

    what: What
    since: datetime
    due: datetime


def running(case: Case, events: Iterable[CaseEvent]) -> Iterator[Running]:
    """The promises of an open case. `events` tell whether it was opened again, from when the last one runs anew."""
    if case.waiting_since is not None and case.next_due_at is not None:
        yield Running(clocks.answer_due(case), case.waiting_since, case.next_due_at)
    if case.resolve_due_at is not None:
        reopened = [event.at for event in events if event.kind is CaseEventKind.REOPENED]
        yield Running(What.RESOLUTION, max([case.opened_at, *reopened]), case.resolve_due_at)


def news(
    case: Case, events: Sequence[CaseEvent], hours: Hours, promises: Promises, now: datetime
) -> list[tuple[CaseEventKind, Running]]:
    """What is to be told and was not told of this very wait. Of a broken promise nobody is warned any more."""
    promise = promises.of(case.urgency, is_key=case.is_key)
    found = []
    for one in running(case, events):
        kind = _TOLD.get(_state(one, hours, promise, promises, now))
        if kind is not None and not any(
            event.kind is kind and event.text == one.what and event.at >= one.since for event in events
        ):
            found.append((kind, one))
    return found


def watch(store: Store, case_id: UUID, now: datetime, desk: Desk) -> bool:
    """Write down and tell the desk what there is to tell; False when there is nothing (any more)."""
    case = store.cases.locked(case_id)
    if case is None or case.closed_at is not None:
        return False
    hours = terms.hours(store, case.branch, desk.zone)
    found = news(case, store.case_work.events(case.id), hours, terms.promised(store), now)
    for kind, one in found:
        if kind is CaseEventKind.WARNED:
            case.warned_at = now
        else:
            case.breached_at = case.breached_at or now
        note(store, case, kind, now, text=one.what)
        until = _moment(desk.language, one.due, now, hours)
        holder = store.staff.get(case.assigned_to) if case.assigned_to else None
        owner = say(desk.language, "alert.owner", name=holder.name) if holder else say(desk.language, "alert.nobodys")
        tell(store, desk, case, _LINE[kind, one.what is What.RESOLUTION], now, until=until, owner=owner)
    if found:
        store.cases.save(case)
        store.feed.tell(FeedKind.CASE, case.id, case.customer_id, now)
    return bool(found)


def _state(one: Running, hours: Hours, promise: Promise, promises: Promises, now: datetime) -> State:
    return state(hours, promise, one.what, one.due, now, promises.warn_percent)


def _moment(language: Language, at: datetime, now: datetime, hours: Hours) -> str:
    """«14:20», of another day «3 марта, 14:20», as the branch's clock shows it."""
    local = at.astimezone(hours.zone)
    clock = f"{local.hour}:{local.minute:02d}"
    date = local_date(at, hours.zone)
    return clock if date == local_date(now, hours.zone) else f"{day(language, date)}, {clock}"
