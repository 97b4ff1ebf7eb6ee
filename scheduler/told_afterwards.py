"""Moves between stages that nobody saw, told afterwards from the days of purchase.

Of customers whom the night judges for the first time, so that a base which was just brought in has a past.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from insights.lifecycle import Held
from insights.purchase_interval import Prior
from insights.stage_history import StageMove, moves
from insights.standing import told
from insights.tallies import Lines, Names
from loyalty.standing import midnight
from storage.columns import chunks
from storage.kinds import MoveKind
from storage.models import StatusMove
from storage.store import Store

PAST_DAYS: Final = 396
"""Thirteen months: a year, and the month that is not over."""
MOVES_AT_ONCE: Final = 500

Told = tuple[str, list[tuple[int, str, str, dict[str, Any]]]]
"""A customer's id, and each move: when (UTC seconds), from, to, why."""


class Past(NamedTuple):
    """One customer's moves of the last thirteen months, the stage they led to, and when each visit was by its day."""

    moves: Sequence[StageMove]
    stands: Held | None
    visited_at: Mapping[int, int]


def pasts(lines: Lines, names: Names, owners: Collection[str], prior: Prior, today: int) -> dict[str, Past]:
    """Of these customers, by id."""
    codes = {code: owner for code, owner in enumerate(names.customers) if owner in owners}
    visits: dict[int, dict[int, int]] = {code: {} for code in codes}
    for who, at, day, amount in zip(lines.customer, lines.at, lines.day, lines.amount_minor, strict=True):
        if amount > 0 and who in codes:
            days = visits[who]
            days[day] = min(at, days.get(day, at))
    return {owner: _past(visits[code], prior, today) for code, owner in codes.items()}


def _past(visited_at: Mapping[int, int], prior: Prior, today: int) -> Past:
    days = sorted(visited_at)
    found = moves(days, prior, today, since=today - PAST_DAYS)
    last = found[-1:] or moves(days, prior, today)[-1:]  # who stands there for longer than is told
    return Past(found, Held(last[0].after, last[0].day) if last else None, visited_at)


def tell(pasts: Mapping[str, Past], zone: ZoneInfo) -> Iterator[Told]:
    """Those who moved. A visit moves when it happens, a silence at midnight."""
    for owner, past in pasts.items():
        if past.moves:
            yield owner, [_told(move, past.visited_at.get(move.day), zone) for move in past.moves]


def _told(move: StageMove, visited_at: int | None, zone: ZoneInfo) -> tuple[int, str, str, dict[str, Any]]:
    at = int(midnight(move.day, zone).timestamp()) if visited_at is None else visited_at
    return at, move.before.value, move.after.value, {**told(move.reason), "told_afterwards": True}


def write(store: Store, page: Sequence[Told]) -> int:
    """How many moves. Not of those who were judged meanwhile, nor of who has moves that were seen: again changes
    nothing."""
    given = {UUID(owner): moves for owner, moves in page}
    staying = store.customers.staying(given)
    wanted = {owner: moves for owner, moves in given.items() if owner in staying}
    held = store.stats.seen(list(wanted))
    done = store.moves.movers(list(wanted))
    rows = [
        StatusMove(
            customer_id=owner,
            kind=MoveKind.STAGE,
            before=before,
            after=after,
            reason=reason,
            at=datetime.fromtimestamp(at, UTC),
        )
        for owner, moves in wanted.items()
        if owner in held and held[owner].rated_at is None and owner not in done
        for at, before, after, reason in moves
    ]
    for some in chunks(rows, MOVES_AT_ONCE):
        store.moves.add(some)
    return len(rows)
