"""The drip: each morning a share of the base is asked about us as a whole, drawn at random."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from messaging import saved_segments
from messaging.local_time import local_date, zone_of
from scheduler.effects import occasion_of, skip
from scheduler.jobs import FOUND_AT_ONCE, Sweep
from scheduler.survey_units import About, held, settle
from scheduler.work import Shop, Work
from storage.columns import chunks
from storage.kinds import Journey, SurveyKind, Touchpoint
from storage.sampling import Turn
from storage.segments.fields import Moment
from storage.store import Store
from surveys import sampling
from surveys.cadence import Rule
from surveys.decision import morning_of, why_not
from surveys.draw import Candidate, Draw, Drawn
from surveys.sampling import Asking, askings, facts_of, room_today

READ_AT_ONCE: Final = 500


async def ask_relation(work: Work) -> int:
    """The day's drip of each survey about us as a whole, each customer in their own morning."""
    now, shop = work.clock(), work.shop()
    sweep = Sweep(work)
    for asking in await work.database.read(lambda store: askings(store, Touchpoint.RELATION)):
        draw = await _draw(work, asking, now, shop.zone)
        refused = await _leave_out(work, sweep, draw, asking, now, shop.zone)
        due = [one for one in draw.drawn(refused) if one.at <= now]
        await sweep.page(due, partial(_ask_drawn, asking=asking, shop=shop, now=now), in_one_unit=1)
    return sweep.handled()


async def _leave_out(work: Work, sweep: Sweep, draw: Draw, asking: Asking, now: datetime, zone: ZoneInfo) -> set[UUID]:
    """Those of today's people who may not be asked: they keep the reason, and their places go to the next at once."""
    refused: set[UUID] = set()
    reads = partial(_refused, asking=asking, now=now, zone=zone)
    while found := await work.database.read(partial(reads, drawn=draw.drawn(refused))):
        await sweep.page(found, partial(_refuse, asking=asking, now=now, zone=zone), in_one_unit=1)
        refused |= set(found)
    return refused


def _refused(store: Store, drawn: Sequence[Drawn], asking: Asking, now: datetime, zone: ZoneInfo) -> list[UUID]:
    ids = [one.customer_id for one in drawn]
    return [
        customer_id
        for some in chunks(ids, READ_AT_ONCE)
        for customer_id, (facts, _) in facts_of(store, asking, some, now, zone).items()
        if why_not(facts, asking.touchpoint, asking.rule, now) is not None
    ]


def _refuse(store: Store, customer_id: UUID, asking: Asking, now: datetime, zone: ZoneInfo) -> bool:
    """Skipped, and not later instead (feature NP6)."""
    if held(store, customer_id) is None:
        return False
    facts, _ = facts_of(store, asking, [customer_id], now, zone)[customer_id]
    reason = why_not(facts, asking.touchpoint, asking.rule, now)
    occasion = occasion_of(Journey.SURVEY, customer_id, _today(asking, now, zone), now, survey=asking.slug)
    return reason is not None and store.occasions.add(occasion) and skip(store, occasion, reason)


async def _draw(work: Work, asking: Asking, now: datetime, zone: ZoneInfo) -> Draw:
    """Of everybody who was neither asked nor refused today; of nobody while it is nobody's morning."""
    read = work.database.read
    asked = await read(lambda store: sampling.asked_today(store, asking, now, zone))
    draw = Draw(asking.slug, asking.rule, asked, now, zone)
    limit = asking.rule.daily_limit
    if limit is not None and sum(asked.values()) >= limit:
        return draw  # the day is over: nobody need be looked at
    if not _is_morning_somewhere(asking.rule, await read(lambda store: store.sampling.zones()), now, zone):
        return draw
    async for page in _turns(work, asking, now, zone):
        for one in page:
            draw.add(Candidate(*one))
    return draw


def _is_morning_somewhere(rule: Rule, zones: Sequence[str | None], now: datetime, default: ZoneInfo) -> bool:
    mornings = [morning_of(rule, zone_of(name, default), now) for name in zones]
    return any(morning is not None and morning[0] <= now < morning[1] for morning in mornings)


async def _turns(work: Work, asking: Asking, now: datetime, zone: ZoneInfo) -> AsyncIterator[list[Turn]]:
    """Whose turn it may be, of everybody or of the survey's segment; read in pages, so that others get in between."""
    rule, read = asking.rule, work.database.read
    turns = partial(
        _turn_page,
        slug=asking.slug,
        kind=asking.kind,
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
    kind: SurveyKind,
    asked_before: datetime,
    known_before: datetime,
    occurrence: str,
    after: UUID | None = None,
    only: Sequence[UUID] | None = None,
) -> list[Turn]:
    return store.sampling.turns(
        slug, kind, asked_before, known_before, occurrence, after=after, only=only, limit=FOUND_AT_ONCE
    )


def _members(store: Store, *, segment: UUID, moment: Moment, before: UUID | None) -> list[UUID]:
    """Rules that nobody understands any more find nobody."""
    rules = saved_segments.rules_now(store, segment)
    return [] if rules is None else store.segments.page(rules, moment, FOUND_AT_ONCE, before=before)


def _today(asking: Asking, now: datetime, zone: ZoneInfo) -> str:
    """The name of a customer's turn: one a day, by the business's day."""
    return f"{asking.slug}:{local_date(now, zone).isoformat()}"


def _ask_drawn(store: Store, one: Drawn, asking: Asking, shop: Shop, now: datetime) -> bool:
    """Where somebody else took the day's last place, the day is over: that is no reason of the customer's."""
    store.sampling.lock_limit(asking.slug, asking.touchpoint)
    customer = held(store, one.customer_id)
    if customer is None or room_today(store, asking, now, shop.zone).why_not(one.branch) is not None:
        return False
    occasion = occasion_of(Journey.SURVEY, customer.id, _today(asking, now, shop.zone), now, survey=asking.slug)
    return settle(store, occasion, asking, customer, About(branch=one.branch), shop, now)
