"""The programme in short, and what it owes: outstanding points, what they will cost, when they end (feature LO15)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from markupsafe import Markup
from starlette.responses import Response

from console.bars import Bar, bars
from console.pages import Visit
from console.words import Words
from insights.figures import Figure
from loyalty.liability import FEWEST, Expected, expected, redemption_rate
from loyalty.points import MINOR_PER_POINT, months_later
from loyalty.programme import rules_now
from loyalty.rules import Rules
from messaging.local_time import at_local, local_date
from storage.kinds import PointsAccount
from storage.liability import Flow, Holder, Outstanding
from storage.store import Store

MONTHS: Final = 12
ACTIVE_DAYS: Final = 90
HOLDERS: Final = 10
LIVES: Final = timedelta(minutes=10)
"""With a million operations the ledger takes seconds to add up; the page says of what time its numbers are."""
SPENT: Final = frozenset({PointsAccount.REDEEMED, PointsAccount.CHARITY})


@dataclass(frozen=True, slots=True)
class Month:
    """Points of one month: given (less what returns took back), spent (less what they brought back), and expired."""

    first: date
    given: int = 0
    spent: int = 0
    expired: int = 0


@dataclass(frozen=True, slots=True)
class Summary:
    """`spent` and `revenue_minor` are of the last twelve months."""

    members: int
    active: int
    outstanding: Outstanding
    spent: int
    revenue_minor: int

    @property
    def cost_share(self) -> float | None:
        """What was paid with points, of all revenue; None before any."""
        return self.spent * MINOR_PER_POINT / self.revenue_minor if self.revenue_minor > 0 else None


@dataclass(frozen=True, slots=True)
class _Look:
    rules: Rules
    summary: Summary
    rate: Figure | None
    cost: Expected
    months: list[Month]
    ending: list[tuple[date, int]]
    holders: list[Holder]
    waiting: int
    currency: str


async def show(visit: Visit) -> Response:
    look, counted_at = await visit.parts.remembered.ask(
        "loyalty", lambda: visit.read(lambda store: _look(store, visit)), visit.now, LIVES
    )
    look = await visit.read(lambda store: _up_to_date(store, look))
    return visit.page(
        "loyalty.html",
        n=visit.words.many,
        look=look,
        counted_at=visit.words.clock(counted_at),
        fewest=FEWEST,
        ending=_ending_chart(look.ending, visit.words),
        months=list(reversed(look.months)),
        worth=lambda points: visit.words.about(points * MINOR_PER_POINT, look.currency),
    )


def _up_to_date(store: Store, look: _Look) -> _Look:
    """What staff have just changed, and people: nobody's name outlives them here."""
    held = {one.customer_id: store.customers.get(one.customer_id) for one in look.holders}
    there = {one.id: one.name for one in held.values() if one is not None and one.erased_at is None}
    return replace(
        look,
        rules=rules_now(store),
        waiting=len(store.adjustments.open()),
        holders=[one._replace(name=there[one.customer_id]) for one in look.holders if one.customer_id in there],
    )


def _look(store: Store, visit: Visit) -> _Look:
    now, zone = visit.now, visit.words.zone
    this_month = visit.today.replace(day=1)
    firsts = [months_later(this_month, back) for back in range(1 - MONTHS, 1)]
    begins = [at_local(first, 0, zone) for first in firsts]
    months = _months(firsts, store.liability.flows(begins, now + timedelta(seconds=1)))
    year_ago = begins[0]
    outstanding = store.liability.outstanding(now)
    rate = redemption_rate(store.liability.fates(year_ago, now + timedelta(seconds=1)))
    summary = Summary(
        store.liability.count_members(),
        store.liability.count_active(visit.today.toordinal() - ACTIVE_DAYS + 1),
        outstanding,
        sum(month.spent for month in months),
        store.liability.revenue(year_ago, now + timedelta(seconds=1)),
    )
    ahead = [months_later(this_month, step) for step in range(MONTHS + 1)]
    ending = store.liability.expiring(now, at_local(ahead[-1], 0, zone))
    return _Look(
        rules_now(store),
        summary,
        rate,
        expected(outstanding.available + outstanding.pending - outstanding.owed, rate),
        months,
        _by_month(ahead[:-1], ending, visit.words),
        store.liability.biggest(now, HOLDERS),
        len(store.adjustments.open()),
        store.whole_base.currency(),
    )


def _months(firsts: Sequence[date], flows: Sequence[Flow]) -> list[Month]:
    given, spent, expired = ([0] * len(firsts) for _ in range(3))
    for flow in flows:
        if flow.source is PointsAccount.ISSUED:
            given[flow.period] += flow.points
        elif flow.target is PointsAccount.ISSUED:
            given[flow.period] -= flow.points
        elif flow.target in SPENT:
            spent[flow.period] += flow.points
        elif flow.source in SPENT:
            spent[flow.period] -= flow.points
        elif flow.target is PointsAccount.EXPIRED:
            expired[flow.period] += flow.points
    return [Month(*values) for values in zip(firsts, given, spent, expired, strict=True)]


def _by_month(firsts: Sequence[date], ending: Sequence[tuple[datetime, int]], words: Words) -> list[tuple[date, int]]:
    """Points that live until the last moment of a day end with that day, not with the midnight after it."""
    points = dict.fromkeys(firsts, 0)
    for at, count in ending:
        month = local_date(at - timedelta(seconds=1), words.zone).replace(day=1)
        points[month] = points.get(month, 0) + count
    return list(points.items())


def _ending_chart(ending: Sequence[tuple[date, int]], words: Words) -> Markup:
    columns = [
        Bar(
            words.short_month(first) if place % 2 == 0 else "",
            words.t("liability.ending.title", month=words.month(first), points=words.number(points)),
            points,
        )
        for place, (first, points) in enumerate(ending)
    ]
    return bars(columns, words.t("liability.ending"), words.number)
