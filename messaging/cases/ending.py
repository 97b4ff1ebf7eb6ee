"""A case ends with a cause and what was done; and begins again where that did not help."""

from datetime import datetime, timedelta
from uuid import UUID

from messaging.cases import clocks, terms
from messaging.cases.handing import give
from messaging.cases.opening import hear
from messaging.cases.outcomes import Done, Gone, NeedsAction
from messaging.cases.telling import note, tell
from messaging.desk import NO_DESK, Desk
from messaging.messages import Address
from messaging.recovery import COMPLAINTS
from storage.kinds import CaseCause, CaseEventKind, FeedKind
from storage.models import Case, Staff
from storage.store import Store

REOPENED = "the case is open again"
"""Why a question about its end is not sent."""


def close(
    store: Store,
    case_id: UUID,
    staff: Staff,
    cause: CaseCause | None,
    action: str,
    now: datetime,
    desk: Desk = NO_DESK,
    *,
    asks_survey: bool = True,
    is_spam: bool = False,
) -> Done | Gone | NeedsAction:
    """Resolve a case. It needs a cause and what was done (feature ES8).

    After a complaint the customer is asked some days later whether all is well (feature ES9). Of spam, and where no
    survey is wanted, nobody is asked anything; of spam nobody needs to say more.
    """
    if not is_spam and (cause is None or not action.strip()):
        return NeedsAction()
    case = store.cases.locked(case_id)
    if case is None or case.closed_at is not None:
        return Gone()
    case.closed_at, case.closed_by, case.cause, case.action, case.unread = now, staff.id, cause, action.strip(), 0
    case.asks_survey, case.is_spam = asks_survey and not is_spam, is_spam
    clocks.answered(case)
    case.recovery_due_at = _asked_again_at(store, case, now)
    store.cases.save(case)
    note(store, case, CaseEventKind.CLOSED, now, by=staff.id, text=case.action)
    store.feed.tell(FeedKind.CASE, case.id, case.customer_id, now)
    tell(store, desk, case, "alert.closed_by", now, name=staff.name, text=case.action)
    return Done(case)


def reopen(store: Store, case_id: UUID, words: str, now: datetime, desk: Desk) -> Case | None:
    """What was done did not help: the same case is open again, with new promises. None where there is none.

    One case is open at the most: where another is, that one hears it. A question about the end that nobody answered
    yet is taken back (feature CS4). Its owner keeps it while they are there; else it goes to who is, or to the pool.
    """
    case = store.cases.locked(case_id)
    customer = store.customers.get(case.customer_id) if case else None
    if case is None or customer is None:
        return None
    chat = Address(case.bot_id, case.chat_id)
    if (open_now := store.cases.open_for(customer.id)) is not None:
        hear(store, open_now, customer, chat, words, now, desk)
        return open_now
    owner = case.assigned_to
    case.closed_at = case.closed_by = case.recovery_due_at = case.is_recovered = None
    case.taken_by = case.taken_at = case.assigned_to = case.assigned_at = None
    case.reopened, case.unread = case.reopened + 1, 1
    hours, promise = terms.hours(store, case.branch, desk.zone), terms.promise_to(store, case)
    clocks.begin(case, hours, promise, now)
    note(store, case, CaseEventKind.REOPENED, now, text=words)
    give(store, case, now, before=owner)
    store.cases.save(case)
    store.outbox.cancel_surveys(store.surveys.cancel_of_case(case.id, now), REOPENED)
    store.feed.tell(FeedKind.CASE, case.id, case.customer_id, now)
    tell(store, desk, case, "alert.reopened", now, number=case.number, text=words)
    return case


def _asked_again_at(store: Store, case: Case, now: datetime) -> datetime | None:
    rules = terms.recovering(store)
    if not rules.is_on or case.is_spam or case.origin not in COMPLAINTS:
        return None
    return now + timedelta(days=rules.after_days)
