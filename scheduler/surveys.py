"""Surveys after something happened: a visit, a delivery, a case.

Every question is one unit of its own: the day's limit and the customer are held, what is known is read anew, and the
occasion, the run and the message are written together. So jobs may be killed, and run beside each other.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from scheduler.effects import occasion_of, skip
from scheduler.jobs import Sweep
from scheduler.survey_units import About, held, settle
from scheduler.work import Shop, Work
from storage.kinds import Journey, Touchpoint
from storage.models import Case, Purchase
from storage.store import Store
from surveys.cadence import DUE_FOR
from surveys.decision import is_moment, why_not_this_case
from surveys.sampling import Asking, askings, facts_of, fits

Happened = TypeVar("Happened", Purchase, Case)

READ_AT_ONCE: Final = 500
VISITS: Final = (Touchpoint.DELIVERY, Touchpoint.VISIT)
"""Of one purchase. A delivery is told from a visit by its branch, so it comes first."""


async def _ask_about(
    work: Work,
    touchpoints: Sequence[Touchpoint],
    page_of: Callable[..., list[Happened]],
    ready_of: Callable[..., list[Happened]],
    ask_about: Callable[..., bool],
) -> int:
    """Page by page through what happened and may be asked about now; each question is a unit."""
    now, shop, read = work.clock(), work.shop(), work.database.read
    asked = await read(lambda store: askings(store, *touchpoints))
    if not asked:
        return 0
    sweep, last = Sweep(work), None
    since, until = _due_between(asked, now)
    while page := await read(partial(page_of, since=since, until=until, after=last)):
        ready = await read(partial(ready_of, found=page, asked=asked, now=now, zone=shop.zone))
        await sweep.page(ready, partial(ask_about, asked=asked, shop=shop, now=now), in_one_unit=1)
        last = page[-1]
    return sweep.handled()


def _due_between(asked: Sequence[Asking], now: datetime) -> tuple[datetime, datetime]:
    """When it was that somebody may be asked about now."""
    waits = [timedelta(minutes=one.rule.after_minutes) for one in asked]
    return now - max(waits) - DUE_FOR, now - min(waits)


# --- after a visit


async def ask_after_visits(work: Work) -> int:
    """«How was it?» after each visit or delivery that nobody was asked about, while it is remembered."""
    return await _ask_about(work, VISITS, _visits, _ready_visits, ask_about_visit)


def _visits(store: Store, since: datetime, until: datetime, after: Purchase | None) -> list[Purchase]:
    return store.sampling.visits(since, until, after, READ_AT_ONCE)


def _ready_visits(
    store: Store, found: Sequence[Purchase], asked: Sequence[Asking], now: datetime, zone: ZoneInfo
) -> list[Purchase]:
    """Without those whose customers write or sleep: no unit is opened for them every few seconds of the night."""
    facts = facts_of(store, asked[0], [one.customer_id for one in found], now, zone)
    return [
        one
        for one in found
        if one.customer_id in facts
        and is_moment(facts[one.customer_id][0], Touchpoint.VISIT, asked[0].rule, now, zone)
        and _is_due(_asking_for(store, asked, one.customer_id, one.branch, now, zone), one.at, now)
    ]


def ask_about_visit(store: Store, purchase: Purchase, asked: Sequence[Asking], shop: Shop, now: datetime) -> bool:
    asking = _asking_for(store, asked, purchase.customer_id, purchase.branch, now, shop.zone)
    if asking is not None:
        store.sampling.lock_limit(asking.slug, asking.touchpoint)
    customer = held(store, purchase.customer_id)
    visit = store.purchases.get(purchase.id)
    if customer is None or visit is None or visit.amount_minor <= visit.returned_minor:
        return False  # merged, or given back meanwhile
    occasion = occasion_of(Journey.CSAT_AFTER_PURCHASE, customer.id, visit.id.hex, now, survey=_slug(asking))
    about = About(branch=visit.branch, seller=visit.seller, purchase_id=visit.id)
    return _is_due(asking, visit.at, now) and settle(store, occasion, asking, customer, about, shop, now)


def _asking_for(
    store: Store, asked: Sequence[Asking], customer_id: UUID, branch: str, now: datetime, zone: ZoneInfo
) -> Asking | None:
    """The first survey that is meant for this."""
    return next((one for one in asked if fits(store, one, customer_id, branch, now, zone)), None)


def _slug(asking: Asking | None) -> str | None:
    return asking.slug if asking else None


def _is_due(asking: Asking | None, at: datetime, now: datetime) -> bool:
    """What no survey is meant for is settled at once."""
    return asking is None or at + timedelta(minutes=asking.rule.after_minutes) <= now


# --- after a case


async def ask_after_cases(work: Work) -> int:
    """«Was it solved?» after each closed case; those that nobody is asked about keep the reason."""
    return await _ask_about(work, (Touchpoint.CASE,), _cases, _ready_cases, ask_about_case)


def _cases(store: Store, since: datetime, until: datetime, after: Case | None) -> list[Case]:
    return store.sampling.closed_cases(since, until, after, READ_AT_ONCE)


def _ready_cases(
    store: Store, found: Sequence[Case], asked: Sequence[Asking], now: datetime, zone: ZoneInfo
) -> list[Case]:
    facts = facts_of(store, asked[0], [one.customer_id for one in found], now, zone)
    return [
        one
        for one in found
        if one.customer_id in facts and is_moment(facts[one.customer_id][0], Touchpoint.CASE, asked[0].rule, now, zone)
    ]


def ask_about_case(store: Store, found: Case, asked: Sequence[Asking], shop: Shop, now: datetime) -> bool:
    """The credit goes to whose work it was, else to who answered last (feature CS6)."""
    asking = _asking_for(store, asked, found.customer_id, found.branch, now, shop.zone)
    if asking is not None:
        store.sampling.lock_limit(asking.slug, asking.touchpoint)
    customer = held(store, found.customer_id)  # before the case, as everybody does it
    case = store.cases.locked(found.id)
    if customer is None or case is None or case.customer_id != customer.id or case.closed_at is None:
        return False  # reopened, or somebody else's since a merge
    if not _is_due(asking, case.closed_at, now):
        return False
    occurrence = f"case:{case.id.hex}:{case.reopened}"
    occasion = occasion_of(Journey.SURVEY, customer.id, occurrence, now, survey=_slug(asking))
    reason = why_not_this_case(
        is_spam=case.is_spam,
        asks_survey=case.asks_survey,
        was_answered=case.replied_by is not None,
        was_asked=store.sampling.was_asked_about(case.id),
    )
    if reason is not None:
        return store.occasions.add(occasion) and skip(store, occasion, reason.value)
    about = About(branch=case.branch, case=case, staff_id=case.assigned_to or case.replied_by)
    return settle(store, occasion, asking, customer, about, shop, now)
