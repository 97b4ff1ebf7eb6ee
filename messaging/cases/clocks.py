"""A case's three clocks: since when the customer waits, when the answer is due, and when the end is."""

from datetime import datetime

from messaging.business_hours import Hours
from messaging.promises import Promise, What, due_at
from storage.models import Case


def begin(case: Case, hours: Hours, promise: Promise, now: datetime) -> None:
    """The case is open, or open again: the customer waits."""
    case.waiting_since = case.next_due_at = None
    wait(case, hours, promise, now)
    case.resolve_due_at = due_at(hours, promise, What.RESOLUTION, now)


def wait(case: Case, hours: Hours, promise: Promise, now: datetime) -> None:
    """The customer wrote. Who waits already goes on waiting since their first word."""
    if case.waiting_since is None:
        case.waiting_since, case.next_due_at = now, due_at(hours, promise, answer_due(case), now)


def hurry(case: Case, hours: Hours, promise: Promise, now: datetime) -> None:
    """It became urgent: from now on the shorter promise, unless the longer one ends sooner."""
    if case.replied_at is None:
        case.due_at = min(case.due_at, due_at(hours, promise, What.FIRST, now))
    if case.next_due_at is not None:
        case.next_due_at = min(case.next_due_at, due_at(hours, promise, answer_due(case), now))
    if case.resolve_due_at is not None:
        case.resolve_due_at = min(case.resolve_due_at, due_at(hours, promise, What.RESOLUTION, now))


def answered(case: Case) -> None:
    """A human did; what the bot says by itself is no answer and does not come here."""
    case.waiting_since = case.next_due_at = None


def answer_due(case: Case) -> What:
    """Which promise the running wait is about."""
    return What.FIRST if case.replied_at is None else What.NEXT
