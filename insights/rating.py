"""Judges the whole base by its tallies: the rhythm one may expect, each customer's stage, RFM cell and key score."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from insights.analysis import Analysis
from insights.key_customers import Customer, KeyScore, key_customers, score_customers
from insights.lifecycle import Held, Stage
from insights.purchase_interval import Prior, rhythm
from insights.rfm import Buyer, Limits, Scores, limits_of, scores_of, segment_of
from insights.standing import Standing, Sums, stand, standing_of, sums_at
from insights.tallies import Customers
from storage.kinds import LifecycleStage, RfmSegment


class Rated(NamedTuple):
    """What the night says of one customer. Scores and names are None for who bought nothing in the year."""

    sums: Sums
    standing: Standing
    year_visits: int
    year_orders: int
    year_revenue_minor: int
    scores: Scores | None
    rfm: RfmSegment | None
    key: KeyScore | None
    is_key: bool


class Rating(NamedTuple):
    """The base on one day. `people` stand in the places of the tallies; `limits` is None where nobody bought."""

    prior: Prior
    limits: Limits | None
    people: Sequence[Rated]

    def summary(self) -> dict[str, object]:
        """Counts for the report, as JSON."""
        stages = Counter(one.standing.stage.name for one in self.people)
        segments = Counter(one.rfm for one in self.people if one.rfm)
        return {
            "people": len(self.people),
            "stages": {stage.value: stages[stage] for stage in LifecycleStage},
            "rfm": {segment.value: segments[segment] for segment in RfmSegment},
            "limits": self.limits._asdict() if self.limits else None,
            "key": sum(one.is_key for one in self.people),
        }


def rate(
    analysis: Analysis,
    *,
    before: Mapping[int, Held],
    known_order: Sequence[int],
    nps: Mapping[int, int],
    forgotten: Collection[int] = (),
) -> Rating:
    """By place of the analysed customers: `before` is the stage of whoever was rated earlier, `known_order` grows with
    the day we met them, `nps` is the latest answer, 0 to 10. `forgotten` asked for it and are no key customers."""
    customers, today = analysis.customers, analysis.today
    buyers = _buyers(customers, today)
    limits = limits_of(list(buyers.values())) if buyers else None
    scores = {place: scores_of(buyer, limits) for place, buyer in buyers.items()} if limits else {}
    keys = _keys(customers, {place: one for place, one in buyers.items() if place not in forgotten}, known_order, nps)
    top = {score.customer_id for score in key_customers(list(keys.values()))}
    standings = _standings(analysis, before)
    people = [
        Rated(
            sums_at(customers, place),
            standings[place],
            customers.visits_year[place],
            customers.orders_year[place],
            customers.revenue_year_minor[place],
            scores.get(place),
            segment_of(*scores[place]) if place in scores else None,
            keys.get(place),
            place in keys and keys[place].customer_id in top,
        )
        for place in range(len(customers))
    ]
    return Rating(analysis.prior, limits, people)


def _standings(analysis: Analysis, before: Mapping[int, Held]) -> list[Standing]:
    """By place; who has no visit (any more) is a prospect."""
    found = {
        one.place: standing_of(
            Stage(one.stage, one.reason, one.since_day), one.rhythm, analysis.customers.last_day[one.place]
        )
        for one in analysis.standings
    }
    never_came = rhythm(None, analysis.prior)
    return [
        found.get(place) or stand(None, never_came, analysis.today, before.get(place))
        for place in range(len(analysis.customers))
    ]


def _buyers(customers: Customers, today: int) -> dict[int, Buyer]:
    """Who has an order within the year, by place."""
    return {
        place: Buyer(max(today - customers.last_day[place], 0), orders, customers.revenue_year_minor[place])
        for place, orders in enumerate(customers.orders_year)
        if orders
    }


def _keys(
    customers: Customers, buyers: Mapping[int, Buyer], known_order: Sequence[int], nps: Mapping[int, int]
) -> dict[int, KeyScore]:
    scored = score_customers(
        [
            Customer(
                known_order[place],
                round(buyer.total / customers.orders_year[place]),
                customers.orders_year[place],
                customers.revenue_minor[place],
                nps.get(place),
            )
            for place, buyer in buyers.items()
        ]
    )
    return dict(zip(buyers, scored, strict=True))
