"""The daily look at every member's tier: up, down when the year is over, or held for another (feature LO8)."""

from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from loyalty.programme import rules_now
from loyalty.rules import Rules
from loyalty.tier_moves import may_move, review
from loyalty.tiers import LOWEST
from messaging.local_time import at_local, local_date
from scheduler import night
from scheduler.jobs import AFTER_THE_BASE, Sweep
from scheduler.work import Work
from storage.members import Member
from storage.store import Store

READ_AT_ONCE: Final = 1000


async def judge_tiers(work: Work) -> int | None:
    """How many went up or down; None when today has been, or is still to come."""
    now, zone = work.clock(), work.shop().zone
    begins = at_local(local_date(now, zone), AFTER_THE_BASE, zone)
    if now < begins or not await work.database.read(lambda store: _is_due(store, now, begins, zone)):
        return None
    rules = await work.database.read(_rules_if_any)
    if rules is None:
        return 0
    sweep, after = Sweep(work), None
    while page := await work.database.read(partial(_members, after=after)):
        due = [member for member in page if may_move(rules, member, now)]
        await sweep.page(due, partial(_review, rules=rules, now=now, zone=zone))
        after = page[-1].customer_id
    return sweep.handled()


def _is_due(store: Store, now: datetime, begins: datetime, zone: ZoneInfo) -> bool:
    """Once, and after the night has counted everybody's year."""
    last = store.occasions.last_success(judge_tiers.__name__)
    return (last is None or last < begins) and not night.is_due(store, now, zone)


def _rules_if_any(store: Store) -> Rules | None:
    """None where there are no tiers, and nobody holds one that was."""
    rules = rules_now(store)
    return rules if rules.tiers or store.members.count_by_tier().keys() - {LOWEST} else None


def _members(store: Store, after: UUID | None) -> list[Member]:
    return store.members.page(after, READ_AT_ONCE)


def _review(store: Store, member: Member, rules: Rules, now: datetime, zone: ZoneInfo) -> bool:
    return review(store, member, rules, now, zone)
