"""A case's life: opened when a human is needed, taken, answered, closed with a cause."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from messaging import desk as at_desk
from messaging.desk import TAKE, Desk
from messaging.failover import handed_on_key
from messaging.messages import Address, Message
from messaging.outbox import enqueue, piece_key
from messaging.phrases import say
from messaging.reaching import address_for
from storage.kinds import CaseCause, CaseOrigin, FeedKind, MessageKind, Urgency
from storage.models import Case, Customer, OutboxMessage, Staff
from storage.store import Store

PROMISED = {Urgency.NOW: timedelta(minutes=15), Urgency.TODAY: timedelta(hours=4)}
"""How soon a human answers."""

_NO_DESK = Desk()

__all__ = [
    "PROMISED",
    "TAKE",
    "AlreadyTaken",
    "Desk",
    "Done",
    "Gone",
    "NeedsAction",
    "close",
    "correct",
    "hear",
    "hear_edit",
    "hear_part",
    "is_human_talking",
    "mark_read",
    "open_case",
    "reply",
    "take",
]


@dataclass(frozen=True, slots=True)
class Done:
    """It happened; the case as it is now."""

    case: Case


@dataclass(frozen=True, slots=True)
class AlreadyTaken:
    """A colleague has it."""

    by: str


@dataclass(frozen=True, slots=True)
class Gone:
    """There is no such open case (any more)."""


@dataclass(frozen=True, slots=True)
class NeedsAction:
    """A case is closed with what was done about it."""


def open_case(
    store: Store,
    customer: Customer,
    chat: Address,
    urgency: Urgency,
    origin: CaseOrigin,
    words: str,
    now: datetime,
    desk: Desk,
) -> bool:
    """Open the customer's one case, or add to it (it may become more urgent, never less). True when it is new."""
    if (known := store.cases.open_for(customer.id)) and _hear(store, known, customer, chat, urgency, words, now, desk):
        return False
    case = Case(
        customer_id=customer.id,
        bot_id=chat.bot_id,
        chat_id=chat.user_id,
        urgency=urgency,
        origin=origin,
        summary=words,
        opened_at=now,
        due_at=now + PROMISED[urgency],
    )
    store.cases.add(case)
    store.feed.tell(FeedKind.CASE, case.id, customer.id, now)
    at_desk.alert(store, desk, case, customer, words, now)
    return True


def hear(store: Store, case: Case, customer: Customer, chat: Address, words: str, now: datetime, desk: Desk) -> None:
    """The customer wrote again while their case is open: it is unread, and the operators' group hears it too."""
    if not _hear(store, case, customer, chat, case.urgency, words, now, desk):
        open_case(store, customer, chat, Urgency.TODAY, CaseOrigin.UNANSWERED_QUESTION, words, now, desk)


def hear_part(store: Store, case: Case, customer: Customer, words: str, now: datetime, desk: Desk) -> None:
    """One more part of an album or a forwarding whose first part was heard: not unread once more, no own line."""
    if words:
        at_desk.part(store, desk, case, customer, words, now)


def hear_edit(store: Store, case: Case, customer: Customer, words: str, now: datetime, desk: Desk) -> None:
    """The customer changed what they had written: to be read again (feature ES11)."""
    fresh = store.cases.locked(case.id)
    if fresh is None or fresh.closed_at is not None:
        return
    fresh.unread += 1
    store.cases.save(fresh)
    store.feed.tell(FeedKind.CASE, case.id, customer.id, now)
    text = say(desk.language, "alert.edited", name=at_desk.name_of(customer, desk), text=words)
    at_desk.line(store, desk, fresh, customer, text, now)


def reply(
    store: Store,
    case_id: UUID,
    staff: Staff,
    text: str,
    now: datetime,
    desk: Desk = _NO_DESK,
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
    _hold(case, staff, now)
    case.replied_at = case.replied_at or now
    case.unread = 0
    to = address_for(store, case.customer_id, MessageKind.OPERATOR_REPLY, now)
    if isinstance(to, Address):  # else nothing is open: it is tried where the case stands, and its failure is seen
        case.bot_id, case.chat_id = to.bot_id, to.user_id
    store.cases.save(case)
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
    _tell(store, desk, case, "alert.replied", now, said_in, name=staff.name, text=text)
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
        _tell(store, desk, case, "alert.corrected", now, said_in, name=staff.name, text=text)


def take(
    store: Store,
    case_id: UUID,
    staff: Staff,
    now: datetime,
    desk: Desk = _NO_DESK,
    *,
    said_in: Address | None = None,
    even_from_colleague: bool = False,
) -> Done | AlreadyTaken | Gone:
    """Make the case this operator's own."""
    case = store.cases.locked(case_id)
    if case is None or case.closed_at is not None:
        return Gone()
    if not even_from_colleague and (refusal := _colleague(store, case, staff)):
        return refusal
    is_news = case.taken_by != staff.id
    case.taken_by, case.taken_at = staff.id, now
    store.cases.save(case)
    store.feed.tell(FeedKind.CASE, case.id, case.customer_id, now)
    if is_news:
        _tell(store, desk, case, "alert.taken_by", now, said_in, name=staff.name)
    return Done(case)


def close(
    store: Store,
    case_id: UUID,
    staff: Staff,
    cause: CaseCause,
    action: str,
    now: datetime,
    desk: Desk = _NO_DESK,
) -> Done | Gone | NeedsAction:
    """Resolve a case. It needs a cause and what was done (feature ES8)."""
    if not action.strip():
        return NeedsAction()
    case = store.cases.locked(case_id)
    if case is None or case.closed_at is not None:
        return Gone()
    case.closed_at, case.closed_by, case.cause, case.action, case.unread = now, staff.id, cause, action.strip(), 0
    store.cases.save(case)
    store.feed.tell(FeedKind.CASE, case.id, case.customer_id, now)
    _tell(store, desk, case, "alert.closed_by", now, None, name=staff.name, text=case.action)
    return Done(case)


def mark_read(store: Store, case_id: UUID, now: datetime) -> None:
    """A member of staff looked at the conversation."""
    case = store.cases.locked(case_id)
    if case is not None and case.unread:
        case.unread = 0
        store.cases.save(case)
        store.feed.tell(FeedKind.CASE, case.id, case.customer_id, now)


def is_human_talking(case: Case | None) -> bool:
    """While it is so, the bot leaves the words to the human (feature ES3)."""
    return case is not None and case.closed_at is None and (case.taken_by is not None or case.replied_at is not None)


def _hear(
    store: Store,
    case: Case,
    customer: Customer,
    chat: Address,
    urgency: Urgency,
    words: str,
    now: datetime,
    desk: Desk,
) -> bool:
    """Add to the case as it is now: staff may have taken it since the turn read it. False when they closed it."""
    fresh = store.cases.locked(case.id)
    if fresh is None or fresh.closed_at is not None:
        return False
    case = fresh
    case.bot_id, case.chat_id = chat.bot_id, chat.user_id
    case.unread += 1
    if urgency is Urgency.NOW and case.urgency is not Urgency.NOW:
        case.urgency, case.due_at = urgency, min(case.due_at, now + PROMISED[urgency])
    store.cases.save(case)
    store.feed.tell(FeedKind.CASE, case.id, customer.id, now)
    text = say(desk.language, "alert.more", name=at_desk.name_of(customer, desk), text=words)
    at_desk.line(store, desk, case, customer, text, now)
    return True


def _tell(
    store: Store, desk: Desk, case: Case, key: str, now: datetime, said_in: Address | None, **values: object
) -> None:
    """What one operator did, for the others: wherever they sit they see the same case."""
    customer = store.customers.get(case.customer_id)
    if customer is not None:
        text = say(desk.language, key, customer=at_desk.name_of(customer, desk), **values)
        at_desk.line(store, desk, case, customer, text, now, but=said_in)


def _hold(case: Case, staff: Staff, now: datetime) -> None:
    if case.taken_by is None:
        case.taken_by, case.taken_at = staff.id, now


def _colleague(store: Store, case: Case, staff: Staff) -> AlreadyTaken | None:
    if case.taken_by in (None, staff.id):
        return None
    assert case.taken_by is not None
    colleague = store.staff.get(case.taken_by)
    return AlreadyTaken(colleague.name if colleague else "")
