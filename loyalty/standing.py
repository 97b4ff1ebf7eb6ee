"""A customer's sums and standing: moved on by each purchase, counted again where that cannot be told (decision D9)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from insights.last_bought import last_of
from insights.lifecycle import Held, Stage
from insights.plain_engine import PlainEngine
from insights.purchase_interval import DEFAULT, Prior, after_visit, rhythm
from insights.standing import Standing, Sums, stand, sums_at, told
from insights.tallies import LinesBuilder
from messaging.local_time import at_local, local_date
from storage.kinds import LifecycleStage, MoveKind
from storage.models import CustomerStats, Purchase, StatusMove
from storage.stats import STANDING, SUMS
from storage.store import Store

COLUMNS = (*SUMS, *STANDING)
ASKED = "night.asked"


def after_purchase(store: Store, purchase: Purchase, zone: ZoneInfo) -> None:
    """One purchase more, in the unit that records it: a handful of statements, however long the history is."""
    row = store.stats.held(purchase.customer_id)
    if row is None:
        store.stats.begin([purchase.customer_id])
        if store.purchases.count_of(purchase.customer_id) > 1:
            return  # what they bought before was never counted: the job does
        row = CustomerStats(customer_id=purchase.customer_id)
    elif row.is_stale:
        return  # it is counted anew anyway, with this one
    today = local_date(purchase.at, zone).toordinal()
    if purchase.order_key or purchase.amount_minor <= 0 or (row.last_day is not None and today < row.last_day):
        store.stats.mark_stale([purchase.customer_id])  # more than one more: only all purchases together tell
        return
    sums = _one_more(_sums(row), today, purchase.amount_minor)
    standing = stand(sums.gaps, rhythm(sums.gaps, prior_of(store)), today, _before(row.stage, row.stage_since, zone))
    if row.stage is not standing.stage.name:
        store.moves.add([stage_move(purchase.customer_id, row.stage, standing.stage, purchase.at)])
    last_told = (purchase.product or row.last_product, purchase.branch or row.last_branch)
    values = (*sums, purchase.at, *last_told, *standing_values(standing, zone))
    store.stats.put([(purchase.customer_id, *values)], COLUMNS)


def recount(store: Store, zone: ZoneInfo, now: datetime, limit: int) -> int:
    """Count up to `limit` stale customers again from their purchases; how many there were."""
    stale = store.stats.take_stale(store.customers.staying(store.stats.stale(limit)))
    if not stale:
        return 0
    prior, today = prior_of(store), local_date(now, zone).toordinal()
    counted = _counted(store, [one.customer_id for one in stale], zone, today)
    rows, moves = [], []
    for one in stale:
        sums, last = counted.get(one.customer_id, (Sums(), (None, "", "")))
        standing = stand(sums.gaps, rhythm(sums.gaps, prior), today, _before(one.stage, one.stage_since, zone))
        # Whom no night has judged was brought by a file: how they came to where they stand is told afterwards.
        if one.rated_at is not None and one.stage is not standing.stage.name:
            moves.append(stage_move(one.customer_id, one.stage, standing.stage, now))
        rows.append((one.customer_id, *sums, *last, *standing_values(standing, zone)))
    store.stats.put(rows, COLUMNS)
    store.moves.add(moves)
    return len(stale)


def prior_of(store: Store) -> Prior:
    """What the last night learnt to expect of a customer, or what one expects without having seen any base."""
    return last_prior(store) or DEFAULT


def last_prior(store: Store) -> Prior | None:
    """What the last night learnt; None before the first one."""
    learnt = store.reports.prior()
    try:
        return Prior.from_dict(learnt) if learnt else None
    except (KeyError, ValueError, TypeError):  # another version of this program wrote it: the next night learns anew
        return None


def ask_to_rate(store: Store, now: datetime) -> None:
    """Do not wait for the night: the clock judges the whole base at its next look."""
    store.business.keep_value(ASKED, now.isoformat(), now)


def asked_to_rate(store: Store) -> datetime | None:
    """When somebody asked last."""
    asked = store.business.setting(ASKED)
    return datetime.fromisoformat(asked.value) if asked else None


def stage_move(customer_id: UUID, before: LifecycleStage, after: Stage, at: datetime) -> StatusMove:
    return StatusMove(
        customer_id=customer_id,
        kind=MoveKind.STAGE,
        before=before.value,
        after=after.name.value,
        reason=told(after.reason),
        at=at,
    )


def standing_values(standing: Standing, zone: ZoneInfo) -> tuple[Any, ...]:
    """As the columns of `storage.stats.STANDING` hold it."""
    stage = standing.stage
    return (
        stage.name,
        told(stage.reason, with_days=False),
        midnight(stage.since_day, zone),
        standing.typical_days,
        *(None if day is None else midnight(day, zone) for day in standing[2:]),
    )


@lru_cache(maxsize=10_000)
def midnight(day: int, zone: ZoneInfo) -> datetime:
    """When that day of the business began. The night asks for the same days again and again."""
    return at_local(date.fromordinal(day), 0, zone)


def _before(stage: LifecycleStage, since: datetime | None, zone: ZoneInfo) -> Held | None:
    return None if since is None else Held(stage, local_date(since, zone).toordinal())


def _sums(row: CustomerStats) -> Sums:
    return Sums(*(getattr(row, name) for name in Sums._fields))


def _one_more(sums: Sums, day: int, amount_minor: int) -> Sums:
    gaps = after_visit(sums.gaps, day)
    return Sums(
        gaps.visits,
        sums.orders + 1,
        sums.revenue_minor + amount_minor,
        sums.returned_minor,
        gaps.first_day,
        gaps.last_day,
        gaps.sum_ln_gap,
        gaps.sum_ln_gap_sq,
    )


_Last = tuple[datetime | None, str, str]
"""When they bought last, and the last product and branch that a line named."""


def _counted(
    store: Store, customer_ids: Sequence[UUID], zone: ZoneInfo, today: int
) -> Mapping[UUID, tuple[Sums, _Last]]:
    """By the definitions of `insights.tallies`, whatever engine the night uses."""
    builder, exact = LinesBuilder(zone), dict[str, datetime]()
    for owner, at, amount, returned, order, product, branch, seller, moment in store.whole_base.lines_of(customer_ids):
        builder.add(owner, at, amount, returned, order, product, branch, seller)
        if amount > 0:
            exact[owner] = max(moment, exact.get(owner, moment))
    lines, names = builder.lines(), builder.names()
    customers, last = PlainEngine(lines, today).customers(), last_of(lines, names)
    found: dict[UUID, tuple[Sums, _Last]] = {}
    for place, code in enumerate(customers.code):
        owner = names.customers[code]
        found[UUID(owner)] = sums_at(customers, place), (exact.get(owner), last.product[code], last.branch[code])
    return found
