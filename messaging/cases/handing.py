"""Whose work a case is: given out, handed over, or taken away from who does not answer (features ES4, ES5)."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from messaging import assignment
from messaging.assignment import MOST_RETURNS, SEEN_WITHIN, Operator, Waiting
from messaging.business_hours import open_seconds
from messaging.cases import terms
from messaging.cases.outcomes import Done, Gone
from messaging.cases.telling import note, tell
from messaging.desk import MAY_ANSWER, Desk, tell_supervisors
from messaging.phrases import count
from storage.case_work import Colleague
from storage.kinds import CaseEventKind, FeedKind
from storage.models import Case, Staff
from storage.store import Store

OF_LATE: Final = timedelta(days=7)
"""Who got a case longer ago than this is as far up the row as who never had one."""
_GOT = (CaseEventKind.ASSIGNED, CaseEventKind.TRANSFERRED, CaseEventKind.TAKEN)


def owner_for(
    store: Store, case: Case, now: datetime, had_by: Collection[UUID] = (), before: UUID | None = None
) -> Colleague | None:
    """Who gets the case now; nobody: the pool. Who had it `before` keeps it while they are there.

    Until this unit ends nothing else is given out.
    """
    store.case_work.lock_assignment()
    staff = store.case_work.colleagues(MAY_ANSWER, now - SEEN_WITHIN, now - OF_LATE)
    if knows_it := next((one for one in staff if one.id == before and one.is_online), None):
        return knows_it
    operators = (Operator(one.id, one.role, one.branch, one.is_online, one.open_cases, one.given_at) for one in staff)
    chosen = assignment.choose(as_waiting(case, had_by), operators, terms.assigning(store))
    return next((one for one in staff if one.id == chosen), None)


def as_waiting(case: Case, had_by: Collection[UUID] = ()) -> Waiting:
    """The case as the rules of giving out see it."""
    since = case.waiting_since or case.opened_at
    return Waiting(case.id, case.branch, case.urgency, case.is_key, since, had_by)


def give_out(store: Store, case_id: UUID, now: datetime, desk: Desk) -> bool:
    """A case from the pool becomes somebody's work; False when it is no longer there, or nobody can have it."""
    case = store.cases.locked(case_id)
    is_free = case is not None and case.assigned_to is None and case.taken_by is None
    if case is None or not is_free or case.closed_at is not None or case.waiting_since is None:
        return False
    if not give(store, case, now, _had_by(store, case)):
        return False
    assert case.assigned_to is not None
    store.cases.save(case)
    store.feed.tell(FeedKind.CASE, case.id, case.customer_id, now)
    tell(store, desk, case, "alert.given_to", now, name=_name(store, case.assigned_to))
    return True


def give(store: Store, case: Case, now: datetime, had_by: Collection[UUID] = (), before: UUID | None = None) -> bool:
    """Set the case's owner, if there is anybody; the caller saves it."""
    owner = owner_for(store, case, now, had_by, before)
    if owner is None:
        return False
    case.assigned_to, case.assigned_at = owner.id, now
    note(store, case, CaseEventKind.ASSIGNED, now, to=owner.id)
    return True


def give_back(store: Store, case_id: UUID, now: datetime, desk: Desk) -> bool:
    """Who has the case did not answer in time: it goes to the next one, or to the pool; False while there is time.

    Nobody gets it twice in one wait. When the second one let it lie too, the supervisors hear of it.
    """
    case = store.cases.locked(case_id)
    minutes = terms.assigning(store).return_minutes
    if case is None or not _is_let_lie(store, case, minutes, now, desk):
        return False
    assert case.assigned_to is not None
    was, had_by = _name(store, case.assigned_to), {case.assigned_to, *_had_by(store, case)}
    case.assigned_to = case.assigned_at = case.taken_by = case.taken_at = None
    note(store, case, CaseEventKind.RETURNED, now)
    is_given = give(store, case, now, had_by)
    store.cases.save(case)
    store.feed.tell(FeedKind.CASE, case.id, case.customer_id, now)
    time = count(desk.language, "alert.minutes", minutes)
    if is_given and case.assigned_to is not None:
        tell(store, desk, case, "alert.returned", now, was=was, time=time, name=_name(store, case.assigned_to))
    else:
        tell(store, desk, case, "alert.returned_to_pool", now, was=was, time=time)
    if not is_given or _returns(store, case) == MOST_RETURNS:
        tell_supervisors(store, desk, case, "alert.let_lie", now)
    return True


def transfer(
    store: Store, case_id: UUID, by: Staff, to: Staff | None, reason: str, now: datetime, desk: Desk
) -> Done | Gone:
    """Hand a case over, whoever has it; its new owner is to take it or answer. To nobody: back to the pool."""
    case = store.cases.locked(case_id)
    if case is None or case.closed_at is not None:
        return Gone()
    case.assigned_to, case.assigned_at = (to.id, now) if to else (None, None)
    case.taken_by = case.taken_at = None
    case.unread = max(case.unread, 1)  # it is news to whoever gets it
    case.waiting_since = case.waiting_since or now  # the customer waits for whoever gets it
    store.cases.save(case)
    note(store, case, CaseEventKind.TRANSFERRED, now, by=by.id, to=to.id if to else None, text=reason)
    store.feed.tell(FeedKind.CASE, case.id, case.customer_id, now)
    if to:
        tell(store, desk, case, "alert.transferred", now, name=by.name, to=to.name, text=reason)
    else:
        tell(store, desk, case, "alert.transferred_to_pool", now, name=by.name, text=reason)
    return Done(case)


def _is_let_lie(store: Store, case: Case, minutes: int, now: datetime, desk: Desk) -> bool:
    """Whether the customer waited for this very owner for so many open minutes."""
    if case.closed_at is not None or case.assigned_to is None or case.waiting_since is None:
        return False
    held_since = max(moment for moment in (case.assigned_at, case.taken_at, case.waiting_since) if moment)
    return open_seconds(terms.hours(store, case.branch, desk.zone), held_since, now) >= minutes * 60


def _had_by(store: Store, case: Case) -> set[UUID]:
    """Everybody whose it was since the customer began to wait."""
    return {
        event.to_staff_id
        for event in store.case_work.events(case.id)
        if event.kind in _GOT and event.to_staff_id and case.waiting_since and event.at >= case.waiting_since
    }


def _returns(store: Store, case: Case) -> int:
    since = case.waiting_since or case.opened_at
    events = store.case_work.events(case.id)
    return sum(event.kind is CaseEventKind.RETURNED and event.at >= since for event in events)


def _name(store: Store, staff_id: UUID) -> str:
    staff = store.staff.get(staff_id)
    return staff.name if staff else ""
