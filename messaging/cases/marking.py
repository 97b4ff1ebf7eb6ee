"""What staff put on a case for themselves: notes and labels. The customer never hears of them, nor do the groups."""

from datetime import datetime
from uuid import UUID

from messaging.cases.outcomes import Done, Gone
from messaging.cases.telling import note
from storage.kinds import CaseEventKind, FeedKind
from storage.models import Case, CaseLabel, Staff
from storage.store import Store


def write_note(store: Store, case_id: UUID, staff: Staff, words: str, now: datetime) -> Done | Gone:
    """Words for colleagues, also about a case that is closed."""
    case = store.cases.locked(case_id)
    if case is None:
        return Gone()
    note(store, case, CaseEventKind.NOTE, now, by=staff.id, text=words)
    return _changed(store, case, now)


def put_label(store: Store, case_id: UUID, staff: Staff, label: str, now: datetime) -> Done | Gone:
    """A label is on a case once, however often it is put there."""
    case = store.cases.locked(case_id)
    if case is None:
        return Gone()
    store.case_work.label(CaseLabel(case_id=case.id, label=label, added_by=staff.id, added_at=now))
    return _changed(store, case, now)


def take_label_off(store: Store, case_id: UUID, label: str, now: datetime) -> Done | Gone:
    case = store.cases.locked(case_id)
    if case is None:
        return Gone()
    store.case_pages.unlabel(case.id, label)
    return _changed(store, case, now)


def _changed(store: Store, case: Case, now: datetime) -> Done:
    store.feed.tell(FeedKind.CASE, case.id, case.customer_id, now)
    return Done(case)
