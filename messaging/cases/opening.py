"""A case begins, and hears what the customer goes on saying."""

from datetime import datetime

from messaging import desk as at_desk
from messaging.cases import clocks, terms
from messaging.cases.handing import owner_for
from messaging.cases.telling import note
from messaging.desk import Desk
from messaging.messages import Address
from messaging.phrases import say
from messaging.promises import What, due_at
from messaging.recovery import COMPLAINTS
from storage.kinds import CaseEventKind, CaseOrigin, FeedKind, Urgency
from storage.models import Case, CaseLabel, Customer, SurveyRun
from storage.store import Store


def open_case(
    store: Store,
    customer: Customer,
    chat: Address,
    urgency: Urgency,
    origin: CaseOrigin,
    words: str,
    now: datetime,
    desk: Desk,
    *,
    run: SurveyRun | None = None,
    branch: str = "",
    label: str = "",
) -> bool:
    """Open the customer's one case, or add to it: it may become more urgent or a complaint, never less. True when new.

    `run` is the survey whose answer needs a person; `branch` whose people get it, where not those of the visit.
    """
    known = store.cases.open_for(customer.id)
    heard = _hear(store, known, customer, chat, urgency, words, now, desk, origin) if known else None
    case = heard or _new(store, customer, chat, urgency, origin, words, now, desk, run, branch)
    if label:
        store.case_work.label(CaseLabel(case_id=case.id, label=label, added_at=now))
    return heard is None


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


def _new(
    store: Store,
    customer: Customer,
    chat: Address,
    urgency: Urgency,
    origin: CaseOrigin,
    words: str,
    now: datetime,
    desk: Desk,
    run: SurveyRun | None,
    branch: str,
) -> Case:
    subject = store.case_work.subject(customer.id, run.purchase_id if run else None)
    branch = branch or (run.branch if run else "") or subject.branch
    promise = terms.promised(store).of(urgency, is_key=subject.is_key)
    hours = terms.hours(store, branch, desk.zone)
    case = Case(
        customer_id=customer.id,
        bot_id=chat.bot_id,
        chat_id=chat.user_id,
        urgency=urgency,
        origin=origin,
        summary=words,
        branch=branch,
        service=subject.service,
        run_id=run.id if run else None,
        is_key=subject.is_key,
        opened_at=now,
        due_at=due_at(hours, promise, What.FIRST, now),
    )
    clocks.begin(case, hours, promise, now)
    owner = owner_for(store, case, now)
    if owner is not None:
        case.assigned_to, case.assigned_at = owner.id, now
    store.cases.add(case)
    note(store, case, CaseEventKind.OPENED, now)
    if owner is not None:
        note(store, case, CaseEventKind.ASSIGNED, now, to=owner.id)
    store.feed.tell(FeedKind.CASE, case.id, customer.id, now)
    at_desk.alert(store, desk, case, customer, words, now, owner=owner.name if owner else "")
    return case


def _hear(
    store: Store,
    case: Case,
    customer: Customer,
    chat: Address,
    urgency: Urgency,
    words: str,
    now: datetime,
    desk: Desk,
    origin: CaseOrigin | None = None,
) -> Case | None:
    """Add to the case as it is now: staff may have taken it since the turn read it. None when they closed it."""
    fresh = store.cases.locked(case.id)
    if fresh is None or fresh.closed_at is not None:
        return None
    case = fresh
    case.bot_id, case.chat_id = chat.bot_id, chat.user_id
    case.unread += 1
    if origin in COMPLAINTS and case.origin not in COMPLAINTS:
        case.origin = origin  # whoever asks and then complains is asked later whether all is well
    hours = terms.hours(store, case.branch, desk.zone)
    if urgency is Urgency.NOW and case.urgency is not Urgency.NOW:
        case.urgency = urgency
        clocks.hurry(case, hours, terms.promise_to(store, case), now)
    clocks.wait(case, hours, terms.promise_to(store, case), now)
    store.cases.save(case)
    store.feed.tell(FeedKind.CASE, case.id, customer.id, now)
    text = say(desk.language, "alert.more", name=at_desk.name_of(customer, desk), text=words)
    at_desk.line(store, desk, case, customer, text, now)
    return case
