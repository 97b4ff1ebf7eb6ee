"""Staff answer: a case is taken, its customer written to, what was said corrected."""

from datetime import datetime
from uuid import UUID

from messaging.cases import clocks
from messaging.cases.outcomes import AlreadyTaken, Done, Gone
from messaging.cases.telling import note, tell
from messaging.desk import NO_DESK, Desk
from messaging.failover import handed_on_key
from messaging.messages import Address, Message
from messaging.outbox import enqueue, piece_key
from messaging.reaching import address_for
from storage.kinds import CaseEventKind, FeedKind, MessageKind
from storage.models import Case, OutboxMessage, Staff
from storage.store import Store


def reply(
    store: Store,
    case_id: UUID,
    staff: Staff,
    text: str,
    now: datetime,
    desk: Desk = NO_DESK,
    *,
    said_in: Address | None = None,
    key: str | None = None,
) -> Done | AlreadyTaken | Gone:
    """Answer the customer where they wrote last. An untaken case becomes this operator's; a colleague's is refused.

    `said_in`: the operators' chat where it was written, which need not hear it again. `key` finds the answer again when
    the operator edits it.
    """
    case = store.cases.locked(case_id)
    if case is None or case.closed_at is not None:
        return Gone()
    if refusal := _colleague(store, case, staff):
        return refusal
    if case.taken_by is None:
        _hold(case, staff, now)
    case.replied_at, case.replied_by = case.replied_at or now, staff.id
    case.unread = 0
    clocks.answered(case)
    to = address_for(store, case.customer_id, MessageKind.OPERATOR_REPLY, now)
    if isinstance(to, Address):  # else nothing is open: it is tried where the case stands, and its failure is seen
        case.bot_id, case.chat_id = to.bot_id, to.user_id
    store.cases.save(case)
    note(store, case, CaseEventKind.REPLIED, now, by=staff.id)
    message = Message(text, kind=MessageKind.OPERATOR_REPLY)
    enqueue(
        store,
        Address(case.bot_id, case.chat_id),
        [message],
        now,
        customer_id=case.customer_id,
        case_id=case.id,
        staff_id=staff.id,
        dedupe_key=key,
    )
    store.feed.tell(FeedKind.CASE, case.id, case.customer_id, now)
    tell(store, desk, case, "alert.replied", now, said_in, name=staff.name, text=text)
    return Done(case)


def correct(
    store: Store, said: OutboxMessage, text: str, now: datetime, desk: Desk, *, said_in: Address, staff: Staff
) -> None:
    """The operator edited an answer: so does the customer's chat where the channel can, else it is said anew (ES11)."""
    while handed_on := store.outbox.by_dedupe_key(handed_on_key(said.id)):  # it went by another channel
        said = handed_on
    came_in_pieces = said.dedupe_key and store.outbox.by_dedupe_key(piece_key(said.dedupe_key, 1))
    edits = None if came_in_pieces else said.id
    message = Message(text, edits=edits, kind=MessageKind.OPERATOR_REPLY)
    enqueue(
        store,
        Address(said.bot_id, said.user_id),
        [message],
        now,
        customer_id=said.customer_id,
        case_id=said.case_id,
        staff_id=said.staff_id,
    )
    if said.case_id and (case := store.cases.get(said.case_id)):
        tell(store, desk, case, "alert.corrected", now, said_in, name=staff.name, text=text)


def take(
    store: Store,
    case_id: UUID,
    staff: Staff,
    now: datetime,
    desk: Desk = NO_DESK,
    *,
    said_in: Address | None = None,
    even_from_colleague: bool = False,
) -> Done | AlreadyTaken | Gone:
    """Make the case this operator's own, whoever's work it was so far."""
    case = store.cases.locked(case_id)
    if case is None or case.closed_at is not None:
        return Gone()
    if not even_from_colleague and (refusal := _colleague(store, case, staff)):
        return refusal
    is_news = case.taken_by != staff.id
    _hold(case, staff, now)
    store.cases.save(case)
    store.feed.tell(FeedKind.CASE, case.id, case.customer_id, now)
    if is_news:
        note(store, case, CaseEventKind.TAKEN, now, by=staff.id, to=staff.id)
        tell(store, desk, case, "alert.taken_by", now, said_in, name=staff.name)
    return Done(case)


def mark_read(store: Store, case_id: UUID, now: datetime) -> None:
    """A member of staff looked at the conversation."""
    case = store.cases.locked(case_id)
    if case is not None and case.unread:
        case.unread = 0
        store.cases.save(case)
        store.feed.tell(FeedKind.CASE, case.id, case.customer_id, now)


def is_human_talking(case: Case | None) -> bool:
    """While it is so, the bot leaves the words to the human (feature ES3). To be given a case is not to talk yet."""
    return case is not None and case.closed_at is None and (case.taken_by is not None or case.replied_at is not None)


def _hold(case: Case, staff: Staff, now: datetime) -> None:
    case.taken_by, case.taken_at = staff.id, now
    if case.assigned_to != staff.id:
        case.assigned_to, case.assigned_at = staff.id, now


def _colleague(store: Store, case: Case, staff: Staff) -> AlreadyTaken | None:
    if case.taken_by in (None, staff.id):
        return None
    assert case.taken_by is not None
    colleague = store.staff.get(case.taken_by)
    return AlreadyTaken(colleague.name if colleague else "")
