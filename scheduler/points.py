"""What time does to points: they open, they expire, their owners hear of it before, and the night adds them up."""

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Final, NamedTuple
from uuid import UUID

from loyalty import ledger
from loyalty.ledger_check import LedgerBroken, check
from loyalty.points import NOTICES, Notice
from loyalty.receipts import points
from messaging.consent import Refusal
from messaging.local_time import local_date, undisturbed_at, zone_of
from messaging.menu import stop_button
from messaging.messages import Message
from messaging.outbox import enqueue
from messaging.phrases import day, say
from messaging.reaching import address_for
from scheduler.effects import done, occasion_of, skip
from scheduler.jobs import FOUND_AT_ONCE, Sweep, had_its_night
from scheduler.work import Shop, Work
from storage.kinds import Journey, MessageKind
from storage.models import Customer, PointsBatch
from storage.store import Store

log = logging.getLogger(__name__)

IN_ONE_UNIT: Final = 100
"""Batches; behind them customers wait."""

Effect = Callable[[Store, Sequence[PointsBatch], datetime], int]
"""What becomes of batches that are due; how many it moved."""


async def open_points(work: Work) -> int:
    """Points whose return window is over can be spent; how many batches."""
    now = work.clock()
    return await _page_by_page(
        work, lambda store: store.points.due_to_open(now, limit=IN_ONE_UNIT), ledger.open_due, now
    )


async def expire_points(work: Work) -> int:
    """Points whose last day is over are gone; how many batches."""
    now = work.clock()
    return await _page_by_page(
        work, lambda store: store.points.due_to_expire(now, limit=IN_ONE_UNIT), ledger.expire_due, now
    )


async def _page_by_page(work: Work, look: Callable[[Store], list[PointsBatch]], effect: Effect, now: datetime) -> int:
    """Page by page until nothing is due. A page that moves nothing (a merge came between) waits for the next look."""
    handled = 0
    while due := await work.database.read(look):
        if not await work.database.write(_on(effect, due, now)):
            break
        handled += len(due)
    return handled


def _on(effect: Effect, due: Sequence[PointsBatch], now: datetime) -> Callable[[Store], int]:
    return lambda store: effect(store, due, now)


async def check_the_ledger(work: Work) -> int | None:
    """Once a night, and again until it is right. Raises LedgerBroken, which the page of the machine shows."""
    if await had_its_night(work, check_the_ledger.__name__):
        return None
    try:
        return await work.database.read(check)
    except LedgerBroken as broken:
        log.error("the points ledger does not add up: %s", broken)
        raise


# --- warnings


class Expiring(NamedTuple):
    """What of a customer's points expires soon: how many at which moment, the nearest first."""

    customer_id: UUID
    parts: Sequence[tuple[datetime, int]]


async def warn_of_expiry(work: Work) -> int:
    """A word 14 days before points expire, and one 3 days before."""
    now, shop = work.clock(), work.shop()
    sweep, since = Sweep(work), now
    for notice in NOTICES:
        until, after = now + timedelta(days=notice.covers_days), None
        while page := await work.database.read(partial(_expiring, since=since, until=until, after=after)):
            after = page[-1].customer_id
            due = await work.database.read(partial(_unwarned, expiring=page, notice=notice, now=now))
            await sweep.page(due, partial(_warn, notice=notice, shop=shop, now=now))
        since = now + timedelta(days=notice.days)
    return sweep.handled()


def _expiring(store: Store, since: datetime, until: datetime, after: UUID | None) -> list[Expiring]:
    """The next page of customers, by id."""
    rows = store.points.expiring(since, until, FOUND_AT_ONCE, after)
    return [
        Expiring(customer_id, [(row[1], row[2]) for row in some])
        for customer_id, some in groupby(rows, key=itemgetter(0))
    ]


def _unwarned(store: Store, expiring: Sequence[Expiring], notice: Notice, now: datetime) -> list[Expiring]:
    """Those who take part, and have something within the notice's days that none of its kind has spoken of yet."""
    members = store.points.joined_at([one.customer_id for one in expiring])
    last = store.occasions.last_occurrences(list(members), Journey.POINTS_EXPIRE, _kind(notice))
    until = now + timedelta(days=notice.days)
    due = []
    for one in expiring:
        covered = last.get(one.customer_id, "")
        parts = [part for part in one.parts if _occurrence(notice, part[0]) > covered]
        if one.customer_id in members and parts and parts[0][0] <= until:
            due.append(Expiring(one.customer_id, parts))
    return due


def _warn(store: Store, one: Expiring, notice: Notice, shop: Shop, now: datetime) -> bool:
    customer = store.customers.get(one.customer_id)
    if customer is None:
        return False
    covered = now + timedelta(days=notice.covers_days)
    occasion = occasion_of(Journey.POINTS_EXPIRE, customer.id, _occurrence(notice, covered), now)
    if not store.occasions.add(occasion):
        return False
    to = address_for(store, customer.id, MessageKind.NOTICE, now)
    if isinstance(to, Refusal):
        return skip(store, occasion, to.value)
    message = Message(_words(customer, one, shop), (stop_button(customer.language),), kind=MessageKind.NOTICE)
    sent = enqueue(
        store,
        to,
        [message],
        now,
        customer_id=customer.id,
        not_before=undisturbed_at(customer, now, shop.zone),
        journey=Journey.POINTS_EXPIRE,
    )
    return done(store, occasion, sent[0].id)


def _words(customer: Customer, one: Expiring, shop: Shop) -> str:
    """By days: what expires on the first of them, and in all."""
    language, zone = customer.language, zone_of(customer.time_zone, shop.zone)
    by_day: defaultdict[str, int] = defaultdict(int)
    for at, many in one.parts:
        by_day[day(language, local_date(at - timedelta(seconds=1), zone))] += many  # midnight ends the day before
    days, total = list(by_day), sum(by_day.values())
    first = {"day": days[0], "points": points(language, by_day[days[0]])}
    if len(days) == 1:
        return say(language, "card.will_expire", **first)
    return say(language, "card.will_expire_and_more", **first, until=days[-1], total=points(language, total))


def _kind(notice: Notice) -> str:
    return f"{notice.days:02}:"


def _occurrence(notice: Notice, covered: datetime) -> str:
    """Greater for whatever lies later: how far this kind of notice has spoken."""
    return f"{_kind(notice)}{covered:%Y-%m-%dT%H:%M:%S}"
