"""Cases by the clock: given out, taken from who does not answer, warned of, and asked about when they are over."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from messaging import cases
from messaging.assignment import in_order
from messaging.cases import terms
from messaging.cases.handing import as_waiting
from messaging.cases.watching import news
from messaging.consent import Refusal
from messaging.local_time import local_date, undisturbed_at, zone_of
from messaging.outbox import enqueue
from messaging.phrases import day, say
from messaging.reaching import address_for
from scheduler.effects import done, is_writing, occasion_of, skip
from scheduler.jobs import FOUND_AT_ONCE, Sweep, for_each
from scheduler.survey_units import held
from scheduler.work import Shop, Work
from storage.kinds import Journey, MessageKind, SurveyKind, Touchpoint
from storage.store import Store
from surveys import recovery
from surveys.asking import ANSWERABLE_FOR, ask

ONE = 1
"""Case in a unit: each is held until its unit ends, and two units with several of them could wait for each other."""


async def give_out_cases(work: Work) -> int:
    """Cases that are nobody's, to whoever is there by now: what cannot wait first (feature ES4)."""
    now, desk = work.clock(), work.shop().desk
    waiting = await work.database.read(lambda store: store.case_work.pool(FOUND_AT_ONCE))
    due = [one.id for one in in_order(map(as_waiting, waiting))]
    return await for_each(work, due, lambda store, one: cases.give_out(store, one, now, desk), in_one_unit=ONE)


async def return_unanswered(work: Work) -> int:
    """Cases whose holder lets the customer wait (feature ES5)."""
    now, desk = work.clock(), work.shop().desk

    def let_wait(store: Store) -> list[UUID]:
        # Of the open minutes none is longer than a minute: who had less than these by the clock is not late yet.
        since = now - timedelta(minutes=terms.assigning(store).return_minutes)
        return [case.id for case in store.case_work.held(since, FOUND_AT_ONCE)]

    due = await work.database.read(let_wait)
    return await for_each(work, due, lambda store, one: cases.give_back(store, one, now, desk), in_one_unit=ONE)


async def watch_promises(work: Work) -> int:
    """Promises that run out, or ran out (feature ES6)."""
    now, desk = work.clock(), work.shop().desk
    sweep, after = Sweep(work), None

    def look(store: Store, after: UUID | None) -> tuple[UUID | None, list[UUID]]:
        page = store.case_work.promised(after, FOUND_AT_ONCE)
        events, promises = store.case_work.told([case.id for case in page]), terms.promised(store)
        hours = {branch: terms.hours(store, branch, desk.zone) for branch in {case.branch for case in page}}
        due = [case.id for case in page if news(case, events.get(case.id, []), hours[case.branch], promises, now)]
        return page[-1].id if len(page) == FOUND_AT_ONCE else None, due

    while True:
        after, due = await work.database.read(partial(look, after=after))
        await sweep.page(due, lambda store, one: cases.watch(store, one, now, desk), in_one_unit=ONE)
        if after is None:
            return sweep.handled()


async def ask_whether_all_is_well(work: Work) -> int:
    """Some days after a complaint was closed (features ES9, B12)."""
    now, shop = work.clock(), work.shop()
    due = await work.database.read(lambda store: store.recoveries.due(now, FOUND_AT_ONCE))
    return await for_each(work, due, lambda store, one: ask_again(store, one, shop, now), in_one_unit=ONE)


def ask_again(store: Store, case_id: UUID, shop: Shop, now: datetime) -> bool:
    """Ask once whether the repair held. It waits for the customer's day and for the end of what they are writing; who
    may not be asked, complains again at this moment, or was asked something else of late, is left alone."""
    found = store.cases.get(case_id)
    customer = held(store, found.customer_id) if found else None  # before the case, as everybody does it
    case = store.cases.locked(case_id)
    if customer is None or case is None or case.customer_id != customer.id:
        return False
    if case.closed_at is None or case.recovery_due_at is None or case.recovery_due_at > now:
        return False
    is_busy = is_writing(store, customer.id, now) or store.surveys.waits_for_words(customer.id, now)
    if is_busy or undisturbed_at(customer, now, shop.zone) > now:
        return False
    case.recovery_due_at = None
    store.cases.save(case)
    occurrence, kind = f"{case.id.hex}:{case.reopened}", SurveyKind.CSAT
    occasion = occasion_of(Journey.RECOVERY_CHECK, customer.id, occurrence, now, survey=kind.value)
    if not store.occasions.add(occasion):
        return False
    to = address_for(store, customer.id, MessageKind.SURVEY, now)
    if isinstance(to, Refusal):
        return skip(store, occasion, to.value)
    if (reason := recovery.why_not(store, case, now)) is not None:
        return skip(store, occasion, reason.value)
    about = Touchpoint.RECOVERY
    question = ask(store, customer, to.bot_id, kind, now, touchpoint=about, case_id=case.id, branch=case.branch)
    since = day(customer.language, local_date(case.opened_at, zone_of(customer.time_zone, shop.zone)))
    text = say(customer.language, "recovery.question", business=shop.name, since=since)
    message = replace(question, text=text, kind=MessageKind.SURVEY)
    sent = enqueue(store, to, [message], now, customer_id=customer.id, journey=Journey.RECOVERY_CHECK)
    store.sampling.note_asked(customer.id, sent[0].id, now, now + ANSWERABLE_FOR, None)
    return done(store, occasion, sent[0].id)
