"""Surveys by the clock: who is asked today, after a visit and after a case.

Every question is one unit of its own: the day's limit and the customer are held, what is known is read anew, and the
occasion, the run and the message are written together. So jobs may be killed, and run beside each other.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from messaging import saved_segments
from messaging.local_time import local_date, zone_of
from messaging.messages import Address
from messaging.outbox import enqueue
from messaging.phrases import say
from scheduler.effects import done, occasion_of, skip
from scheduler.jobs import FOUND_AT_ONCE, Sweep
from scheduler.work import Shop, Work
from storage.kinds import Journey, MessageKind, SurveyKind, Touchpoint
from storage.models import Case, Customer, Occasion, Purchase
from storage.sampling import Turn
from storage.segments.fields import Moment
from storage.store import Store
from surveys import sampling
from surveys.asking import ask
from surveys.cadence import DUE_FOR, Rule
from surveys.decision import Ask, Skip, Wait, Why, decide, is_moment, morning_of, why_not_this_case
from surveys.draw import Candidate, Draw, Drawn
from surveys.sampling import Asking, askings, facts_of, fits, room_today

READ_AT_ONCE: Final = 500
VISITS: Final = (Touchpoint.DELIVERY, Touchpoint.VISIT)
"""Of one purchase. A delivery is told from a visit by its branch, so it comes first."""


# --- the relation: so many a day


async def ask_relation(work: Work) -> int:
    """The day's drip of each survey about us as a whole, each customer in their own morning."""
    now, shop = work.clock(), work.shop()
    sweep = Sweep(work)
    for asking in await work.database.read(lambda store: askings(store, Touchpoint.RELATION)):
        due = [one for one in await _drawn(work, asking, now, shop.zone) if one.at <= now]
        await sweep.page(due, partial(_ask_drawn, asking=asking, shop=shop, now=now), in_one_unit=1)
    return sweep.handled()


async def _drawn(work: Work, asking: Asking, now: datetime, zone: ZoneInfo) -> list[Drawn]:
    """Today's people of this survey who were not asked yet; nobody while it is nobody's morning."""
    read = work.database.read
    if not _is_morning_somewhere(asking.rule, await read(lambda store: store.sampling.zones()), now, zone):
        return []
    asked = await read(lambda store: sampling.asked_today(store, asking, now, zone))
    draw = Draw(asking.slug, asking.rule, asked, now, zone)
    async for page in _turns(work, asking, now, zone):
        for one in page:
            draw.add(Candidate(*one))
    return draw.drawn()


def _is_morning_somewhere(rule: Rule, zones: Sequence[str | None], now: datetime, default: ZoneInfo) -> bool:
    mornings = [morning_of(rule, zone_of(name, default), now) for name in zones]
    return any(morning is not None and morning[0] <= now < morning[1] for morning in mornings)


async def _turns(work: Work, asking: Asking, now: datetime, zone: ZoneInfo) -> AsyncIterator[list[Turn]]:
    """Whose turn it may be, of everybody or of the survey's segment; read in pages, so that others get in between."""
    rule, read = asking.rule, work.database.read
    turns = partial(
        _turn_page,
        slug=asking.slug,
        asked_before=now - timedelta(days=rule.contact_days),
        known_before=now - timedelta(days=rule.new_days),
        occurrence=_today(asking, now, zone),
    )
    last: UUID | None = None
    if rule.segment is None:
        while page := await read(partial(turns, after=last)):
            yield page
            last = page[-1].customer_id
        return
    members = partial(_members, segment=rule.segment, moment=Moment(now, zone))
    while ids := await read(partial(members, before=last)):
        yield await read(partial(turns, only=ids))
        last = ids[-1]


def _turn_page(
    store: Store,
    *,
    slug: str,
    asked_before: datetime,
    known_before: datetime,
    occurrence: str,
    after: UUID | None = None,
    only: Sequence[UUID] | None = None,
) -> list[Turn]:
    return store.sampling.turns(
        slug, asked_before, known_before, occurrence, after=after, only=only, limit=FOUND_AT_ONCE
    )


def _members(store: Store, *, segment: UUID, moment: Moment, before: UUID | None) -> list[UUID]:
    """Rules that nobody understands any more find nobody."""
    rules = saved_segments.rules_now(store, segment)
    return [] if rules is None else store.segments.page(rules, moment, FOUND_AT_ONCE, before=before)


def _today(asking: Asking, now: datetime, zone: ZoneInfo) -> str:
    """The name of a customer's turn: one a day, by the business's day."""
    return f"{asking.slug}:{local_date(now, zone).isoformat()}"


def _ask_drawn(store: Store, one: Drawn, asking: Asking, shop: Shop, now: datetime) -> bool:
    """Who cannot be asked leaves their place to the next; where somebody else took the day's last place, it is over."""
    store.sampling.lock_limit(asking.slug, asking.touchpoint)
    customer = _held(store, one.customer_id)
    if customer is None or room_today(store, asking, now, shop.zone).why_not(one.branch) is not None:
        return False
    occasion = occasion_of(Journey.SURVEY, customer.id, _today(asking, now, shop.zone), now)
    return _settle(store, occasion, asking, customer, About(branch=one.branch), shop, now)


# --- after a visit


async def ask_after_visits(work: Work) -> int:
    """«How was it?» after each visit or delivery that nobody was asked about, while it is remembered."""
    now, shop, read = work.clock(), work.shop(), work.database.read
    asked = await read(lambda store: askings(store, *VISITS))
    if not asked:
        return 0
    sweep, last = Sweep(work), None
    since, until = _due_between(asked, now)
    while page := await read(partial(_visits, since=since, until=until, after=last)):
        ready = await read(partial(_ready_visits, purchases=page, asked=asked, now=now, zone=shop.zone))
        await sweep.page(ready, partial(ask_about_visit, asked=asked, shop=shop, now=now), in_one_unit=1)
        last = page[-1]
    return sweep.handled()


def _due_between(asked: Sequence[Asking], now: datetime) -> tuple[datetime, datetime]:
    """When it was that somebody may be asked about now."""
    waits = [timedelta(minutes=one.rule.after_minutes) for one in asked]
    return now - max(waits) - DUE_FOR, now - min(waits)


def _visits(store: Store, since: datetime, until: datetime, after: Purchase | None) -> list[Purchase]:
    return store.sampling.visits(since, until, after, READ_AT_ONCE)


def _ready_visits(
    store: Store, purchases: Sequence[Purchase], asked: Sequence[Asking], now: datetime, zone: ZoneInfo
) -> list[Purchase]:
    """Without those whose customers write or sleep: no unit is opened for them every few seconds of the night."""
    facts = facts_of(store, asked[0], [one.customer_id for one in purchases], now, zone)
    return [
        one
        for one in purchases
        if one.customer_id in facts
        and is_moment(facts[one.customer_id][0], Touchpoint.VISIT, asked[0].rule, now, zone)
        and _is_due(_asking_for(store, asked, one.customer_id, one.branch, now, zone), one.at, now)
    ]


def ask_about_visit(store: Store, purchase: Purchase, asked: Sequence[Asking], shop: Shop, now: datetime) -> bool:
    asking = _asking_for(store, asked, purchase.customer_id, purchase.branch, now, shop.zone)
    if asking is not None:
        store.sampling.lock_limit(asking.slug, asking.touchpoint)
    customer = _held(store, purchase.customer_id)
    visit = store.purchases.get(purchase.id)
    if customer is None or visit is None or visit.amount_minor <= visit.returned_minor:
        return False  # merged, or given back meanwhile
    occasion = occasion_of(Journey.CSAT_AFTER_PURCHASE, customer.id, visit.id.hex, now)
    about = About(branch=visit.branch, seller=visit.seller, purchase_id=visit.id)
    return _is_due(asking, visit.at, now) and _settle(store, occasion, asking, customer, about, shop, now)


def _asking_for(
    store: Store, asked: Sequence[Asking], customer_id: UUID, branch: str, now: datetime, zone: ZoneInfo
) -> Asking | None:
    """The first survey that is meant for this."""
    return next((one for one in asked if fits(store, one, customer_id, branch, now, zone)), None)


def _is_due(asking: Asking | None, at: datetime, now: datetime) -> bool:
    """What no survey is meant for is settled at once."""
    return asking is None or at + timedelta(minutes=asking.rule.after_minutes) <= now


# --- after a case


async def ask_after_cases(work: Work) -> int:
    """«Was it solved?» after each closed case; those that nobody is asked about keep the reason."""
    now, shop, read = work.clock(), work.shop(), work.database.read
    asked = await read(lambda store: askings(store, Touchpoint.CASE))
    if not asked:
        return 0
    sweep, last = Sweep(work), None
    since, until = _due_between(asked, now)
    while page := await read(partial(_cases, since=since, until=until, after=last)):
        ready = await read(partial(_ready_cases, cases=page, asked=asked, now=now, zone=shop.zone))
        await sweep.page(ready, partial(ask_about_case, asked=asked, shop=shop, now=now), in_one_unit=1)
        last = page[-1]
    return sweep.handled()


def _cases(store: Store, since: datetime, until: datetime, after: Case | None) -> list[Case]:
    return store.sampling.closed_cases(since, until, after, READ_AT_ONCE)


def _ready_cases(
    store: Store, cases: Sequence[Case], asked: Sequence[Asking], now: datetime, zone: ZoneInfo
) -> list[Case]:
    facts = facts_of(store, asked[0], [one.customer_id for one in cases], now, zone)
    return [
        one
        for one in cases
        if one.customer_id in facts and is_moment(facts[one.customer_id][0], Touchpoint.CASE, asked[0].rule, now, zone)
    ]


def ask_about_case(store: Store, found: Case, asked: Sequence[Asking], shop: Shop, now: datetime) -> bool:
    """The credit goes to whose work it was, else to who answered last (feature CS6)."""
    asking = _asking_for(store, asked, found.customer_id, found.branch, now, shop.zone)
    if asking is not None:
        store.sampling.lock_limit(asking.slug, asking.touchpoint)
    case = store.cases.locked(found.id)
    customer = _held(store, found.customer_id)
    if customer is None or case is None or case.customer_id != customer.id or case.closed_at is None:
        return False  # reopened, or somebody else's since a merge
    if not _is_due(asking, case.closed_at, now):
        return False
    occasion = occasion_of(Journey.SURVEY, customer.id, f"case:{case.id.hex}:{case.reopened}", now)
    reason = why_not_this_case(
        is_spam=case.is_spam,
        asks_survey=case.asks_survey,
        was_answered=case.replied_by is not None,
        was_asked=store.sampling.was_asked_about(case.id),
    )
    if reason is not None:
        return store.occasions.add(occasion) and skip(store, occasion, reason.value)
    about = About(branch=case.branch, case=case, staff_id=case.assigned_to or case.replied_by)
    return _settle(store, occasion, asking, customer, about, shop, now)


# --- one question


@dataclass(frozen=True, slots=True)
class About:
    """What is asked about. `staff_id`: whose work it was."""

    branch: str = ""
    seller: str = ""
    purchase_id: UUID | None = None
    case: Case | None = None
    staff_id: UUID | None = None


def _held(store: Store, customer_id: UUID) -> Customer | None:
    """Until the unit ends nobody else asks this customer anything."""
    customer = store.customers.held(customer_id)
    return None if customer is None or customer.erased_at is not None else customer


def _settle(
    store: Store, occasion: Occasion, asking: Asking | None, customer: Customer, about: About, shop: Shop, now: datetime
) -> bool:
    """Asked, or left alone with the reason; False where it waits, or is settled already."""
    if asking is None:
        return store.occasions.add(occasion) and skip(store, occasion, Why.NOT_IN_SEGMENT.value)
    facts, to = facts_of(store, asking, [customer.id], now, shop.zone)[customer.id]
    decision = decide(facts, asking.touchpoint, asking.rule, now, shop.zone)
    if isinstance(decision, Ask) and (full := room_today(store, asking, now, shop.zone).why_not(about.branch)):
        decision = Skip(full.value)
    if isinstance(decision, Wait) or not store.occasions.add(occasion):
        return False
    if isinstance(decision, Skip):
        return skip(store, occasion, decision.reason)
    assert isinstance(to, Address)  # a refusal is a reason to skip
    return done(store, occasion, _put(store, asking, customer, to, about, shop, occasion.journey, now))


def _put(
    store: Store,
    asking: Asking,
    customer: Customer,
    to: Address,
    about: About,
    shop: Shop,
    journey: Journey,
    now: datetime,
) -> UUID:
    """The run and its first question; the id of the message."""
    question = ask(
        store,
        customer,
        to.bot_id,
        asking.kind,
        now,
        touchpoint=asking.touchpoint,
        survey=asking.slug,
        purchase_id=about.purchase_id,
        case_id=about.case.id if about.case else None,
        branch=about.branch,
        seller=about.seller,
        business=shop.name,
    )
    if about.case is not None and asking.kind is SurveyKind.CSAT:  # its own words are about a visit
        text = say(customer.language, "survey.case.question", number=about.case.number, business=shop.name)
        question = replace(question, text=text)
    message = replace(question, kind=MessageKind.SURVEY)
    sent = enqueue(store, to, [message], now, customer_id=customer.id, journey=journey)
    expires_at = now + timedelta(days=asking.rule.expire_days)
    store.sampling.note_asked(customer.id, sent[0].id, now, expires_at, about.staff_id)
    return sent[0].id
