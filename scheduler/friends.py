"""Friends by the clock: points when the return window is over, and the question who would like to invite somebody."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from loyalty import referrals
from loyalty.programme import rules_now
from messaging.consent import Refusal
from messaging.menu import FRIENDS, stop_button
from messaging.messages import Button, Message
from messaging.outbox import enqueue
from messaging.phrases import say
from messaging.reaching import address_for
from scheduler.effects import ASKED_RECENTLY, done, occasion_of, skip
from scheduler.jobs import FOUND_AT_ONCE, Sweep, for_each, had_its_night
from scheduler.work import Shop, Work
from storage.kinds import Journey, MessageKind, OccasionOutcome
from storage.referrals import Satisfied
from storage.store import Store

ASK_AFTER: Final = timedelta(hours=1)
ASK_AT_LATEST: Final = timedelta(days=3)
"""The moment to ask is while the visit is remembered: who was glad last week is not asked today."""
ASKED_EVERY: Final = timedelta(days=90)
"""Feature RE6."""


async def reward_friends(work: Work) -> int:
    """Both get their points when the return window of the first order is over."""
    now, zone = work.clock(), work.shop().zone

    def settle(store: Store, friend_id: UUID) -> bool:
        return referrals.settle(store, friend_id, now, zone)

    sweep = Sweep(work)
    await _each(work, sweep, lambda store, after: store.referrals.due(now, FOUND_AT_ONCE, after), settle)
    return sweep.handled()


async def look_at_orders(work: Work) -> int | None:
    """Once a night: first orders that nobody told of.

    Whoever writes a purchase or a return looks at once. What is left are merges and their undoing, which move
    purchases, and a smallest order that the business made smaller. Whom there is nothing new of is read, and no more.
    """
    now = work.clock()
    if await had_its_night(work, look_at_orders.__name__):
        return None

    def look_at(store: Store, friend_id: UUID) -> bool:
        return referrals.look_at(store, friend_id, now)

    def look_again(store: Store, friend_id: UUID) -> bool:
        return referrals.look_again(store, friend_id, now)

    sweep = Sweep(work)
    await _each(
        work, sweep, lambda store, after: store.referrals.to_look_at(FOUND_AT_ONCE, after), look_at, referrals.is_new
    )
    await _each(
        work, sweep, lambda store, after: store.referrals.returned(FOUND_AT_ONCE, after), look_again, referrals.is_new
    )
    return sweep.handled()


async def _each(
    work: Work,
    sweep: Sweep,
    find: Callable[[Store, UUID | None], list[UUID]],
    effect: Callable[[Store, UUID], bool],
    is_due: Callable[[Store, UUID], bool] | None = None,
) -> None:
    """One friend a unit: each holds two customers, and units that hold many one after another wait for each other."""
    after = None
    while found := await work.database.read(partial(_found, find=find, after=after)):
        due = await work.database.read(partial(_due, friends=found, is_due=is_due)) if is_due else found
        await sweep.page(due, effect, in_one_unit=1)
        after = found[-1]


def _found(store: Store, find: Callable[[Store, UUID | None], list[UUID]], after: UUID | None) -> list[UUID]:
    return find(store, after)


def _due(store: Store, friends: Sequence[UUID], is_due: Callable[[Store, UUID], bool]) -> list[UUID]:
    return [one for one in friends if is_due(store, one)]


async def ask_to_invite(work: Work) -> int:
    """«Пригласите друга», to who gave a 9 or 10, or whose complaint was solved, while friends bring points."""
    now, shop = work.clock(), work.shop()
    since, until = now - ASK_AT_LATEST, now - ASK_AFTER

    def satisfied(store: Store) -> list[Satisfied]:
        terms = rules_now(store).referral
        is_on = terms.friend_points or terms.advocate_points
        return store.referrals.satisfied(since, until, FOUND_AT_ONCE) if is_on else []

    due = await work.database.read(satisfied)
    return await for_each(work, due, lambda store, one: ask(store, one, shop, now))


def ask(store: Store, satisfied: Satisfied, shop: Shop, now: datetime) -> bool:
    """Once for each reason to be glad, and never twice within ninety days."""
    customer = store.customers.held(satisfied.customer_id)
    if customer is None:
        return False
    last = store.occasions.last_of(customer.id, Journey.REFERRAL_ASK, OccasionOutcome.QUEUED)
    occasion = occasion_of(Journey.REFERRAL_ASK, customer.id, satisfied.by.hex, now)
    if not store.occasions.add(occasion):
        return False
    to = address_for(store, customer.id, MessageKind.JOURNEY, now)
    is_too_soon = last is not None and now - last.at < ASKED_EVERY
    if isinstance(to, Refusal) or is_too_soon:
        return skip(store, occasion, to.value if isinstance(to, Refusal) else ASKED_RECENTLY)
    language = customer.language
    buttons = (Button(say(language, "menu.friends"), FRIENDS), stop_button(language))
    message = Message(say(language, "friends.ask", business=shop.name), buttons, kind=MessageKind.JOURNEY)
    sent = enqueue(store, to, [message], now, customer_id=customer.id, journey=Journey.REFERRAL_ASK)
    return done(store, occasion, sent[0].id)
