"""The nightly job: the whole base judged in a process of its own, and written in small units (task D3)."""

import asyncio
import json
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from loyalty.standing import asked_to_rate, recount
from messaging.local_time import at_local, local_date
from scheduler import told_afterwards
from scheduler.base_rating import COLUMNS
from scheduler.work import Rate, Work
from storage.columns import new_id
from storage.kinds import LifecycleStage, MoveKind
from storage.models import BaseReport, StatusMove
from storage.stats import RATING, STANDING, Seen
from storage.store import Store

if TYPE_CHECKING:
    from storage.database import Database

AT_MINUTE: Final = 3 * 60
KEPT_REPORTS: Final = 60
LEASE: Final = "night:base"
LEASE_SECONDS: Final = 2700.0
"""More than the longest night; one whose process died is tried again after it (on SQLite at once)."""
FIRST_PAUSE: Final = timedelta(minutes=10)
LONGEST_PAUSE: Final = timedelta(hours=6)
RECOUNTED_AT_ONCE: Final = 50
LONGEST_IMPORT: Final = timedelta(hours=2)
"""One that is said to run for longer has died: nobody waits for it."""
_NAME = {name: place for place, name in enumerate(COLUMNS)}
_RATING_FROM = len(COLUMNS) - len(RATING)
_STANDING_FROM = _RATING_FROM - len(STANDING)


async def recount_stale(work: Work) -> int:
    """Customers whose purchases changed otherwise than by one more."""
    now, zone, counted = work.clock(), work.shop().zone, 0
    while await work.database.read(lambda store: store.stats.has_stale() and not is_half_brought(store, now)):
        began = time.monotonic()
        done = await work.database.write(lambda store: recount(store, zone, now, RECOUNTED_AT_ONCE))
        if not done:  # somebody else has them in hand
            break
        counted += done
        await _let_others(began)
    return counted


async def rate_the_base(work: Work) -> int | None:
    """How many rows changed; None when the night has been, or somebody else is at it."""
    now, zone = work.clock(), work.shop().zone
    if not await work.database.read(lambda store: is_due(store, now, zone)):
        return None
    return await rate_now(work.database, work.rate, zone, now)


async def rate_now(database: "Database", rate: Rate, zone: ZoneInfo, now: datetime) -> int | None:
    """Whether it is due or not; None when somebody else is at it."""
    owner = new_id().hex
    if not await database.write(lambda store: store.leases.take(LEASE, owner, LEASE_SECONDS, now.timestamp())):
        return None
    try:
        return await _rate(database, rate, zone, now)
    finally:
        await database.write(lambda store: store.leases.give_up(LEASE, owner))


def is_due(store: Store, now: datetime, zone: ZoneInfo) -> bool:
    """After three in the morning, when somebody asks, and as soon as there is anything to judge for the first time.

    A failed night is tried again, each time after a longer pause. None while a file is half taken in.
    """
    if is_half_brought(store, now):
        return False
    newest, asked, run = store.reports.made_at(), asked_to_rate(store), store.occasions.job(rate_the_base.__name__)
    if run is not None and run.failures and run.failed_at is not None:
        if (asked is None or asked <= run.failed_at) and now < run.failed_at + pause(run.failures):
            return False
    elif newest is not None and newest >= latest_night(now, zone) and (asked is None or asked <= newest):
        return False
    return store.whole_base.has_purchases()


def is_half_brought(store: Store, now: datetime) -> bool:
    """Whoever is judged by half of their purchases gets a past that never was."""
    return store.imports.is_running(now - LONGEST_IMPORT)


def pause(failures: int) -> timedelta:
    """How long to leave it after so many failures in a row."""
    return min(FIRST_PAUSE * (1 << min(failures - 1, 8)), LONGEST_PAUSE)


def latest_night(now: datetime, zone: ZoneInfo) -> datetime:
    """The newest three in the morning there was."""
    today = local_date(now, zone)
    begins = at_local(today, AT_MINUTE, zone)
    return begins if begins <= now else at_local(today - timedelta(days=1), AT_MINUTE, zone)


async def _rate(database: "Database", rate: Rate, zone: ZoneInfo, now: datetime) -> int:
    began, today, changed = time.monotonic(), local_date(now, zone).toordinal(), 0
    async with rate(zone, now) as lines:
        report = json.loads(next(lines))
        for line in lines:
            started = time.monotonic()
            page = json.loads(line)
            if isinstance(page, dict):
                await database.write(partial(told_afterwards.write, page=page["told_afterwards"]))
            else:
                changed += await database.write(partial(write, rows=page, now=now, today=today))
            await _let_others(started)
    # After the pages: last branches are as of this night too.
    counted = await database.read(lambda store: store.quality.counted(now))
    report["data"]["quality"] = [one.as_json() for one in counted]
    seconds = round(time.monotonic() - began, 2)
    await database.write(
        lambda store: store.reports.add(BaseReport(made_at=now, seconds=seconds, **report), KEPT_REPORTS)
    )
    return changed


async def _let_others(started: float) -> None:
    """Half as long as the unit took, the writer belongs to the conversation alone."""
    await asyncio.sleep((time.monotonic() - started) / 2)


def write(store: Store, rows: Sequence[Any], now: datetime, today: int) -> int:
    """One page of `base_rating.judged`: the new values, and a move for whoever stood elsewhere.

    Who bought while the base was judged has newer sums than we, or waits to be counted: of theirs only the rating is
    written. Whom nobody has counted yet gets their stage too: counting them later must find them where the moves told
    afterwards have led, or it would say that a regular had been a stranger until today. `today` is the ordinal of the
    business's day.
    """
    given = {UUID(owner): (seen, values) for owner, seen, values in rows}
    staying = store.customers.staying(given)  # a merge or an import's undoing may have come between
    wanted = {owner: one for owner, one in given.items() if owner in staying}
    held = store.stats.seen(list(wanted))
    new, whole, judged, rating = (list[Sequence[Any]]() for _ in range(4))
    moves = list[StatusMove]()
    for owner, (seen, values) in wanted.items():
        before = held.get(owner)
        if before is None and seen is None:
            new.append((owner.hex, *values))
        elif before is not None and _is_as_counted(before, seen):
            whole.append((owner.hex, *values))
            moves += _stage_moves(before, values, now, today)
        elif _is_uncounted(before):
            judged.append((owner.hex, *values[_STANDING_FROM:]))
        else:
            rating.append((owner.hex, *values[_RATING_FROM:]))
        moves += _rating_moves(before, values, now)
    store.stats.add_fitted(new, COLUMNS, now)
    store.stats.put_fitted(whole, COLUMNS, now)
    store.stats.put_fitted(judged, (*STANDING, *RATING), now)
    store.stats.put_fitted(rating, RATING, now)
    store.moves.add(moves)
    return len(wanted)


def _is_as_counted(row: Seen, seen: Sequence[Any] | None) -> bool:
    return not row.is_stale and [row.visits, row.orders, row.revenue_minor, row.last_day] == seen


def _is_uncounted(row: Seen | None) -> bool:
    """Brought by a file that no clock has come to yet."""
    if row is None or row.rated_at is not None:
        return False
    return row.is_stale and row.stage is LifecycleStage.POTENTIAL


def _stage_moves(before: Seen | None, values: Sequence[Any], now: datetime, today: int) -> list[StatusMove]:
    """The first judgement of a customer is no move: what led there is told afterwards."""
    after = LifecycleStage(values[_NAME["stage"]])
    if before is None or before.rated_at is None or before.stage is after:
        return []
    reason, last_day = json.loads(values[_NAME["stage_reason"]]), values[_NAME["last_day"]]
    days = 0 if last_day is None else max(today - last_day, 0)
    return [_move(before, MoveKind.STAGE, before.stage.value, after.value, now, {**reason, "days": days})]


def _rating_moves(before: Seen | None, values: Sequence[Any], now: datetime) -> list[StatusMove]:
    """The first rating of a customer is no move."""
    if before is None or before.rated_at is None:
        return []
    moves = list[StatusMove]()
    rfm, is_key = values[_NAME["rfm"]] or "", values[_NAME["is_key"]]
    if (before.rfm or "") != rfm:
        scores = {name: values[_NAME[name]] for name in ("recency_score", "frequency_score", "monetary_score")}
        moves.append(_move(before, MoveKind.RFM, before.rfm or "", rfm, now, scores))
    if before.is_key is not is_key:
        parts = json.loads(values[_NAME["key_parts"]] or "{}")
        moves.append(_move(before, MoveKind.KEY, *(("", "key") if is_key else ("key", "")), now, parts))
    return moves


def _move(row: Seen, kind: MoveKind, before: str, after: str, now: datetime, reason: dict[str, Any]) -> StatusMove:
    return StatusMove(customer_id=row.customer_id, kind=kind, before=before, after=after, reason=reason, at=now)
