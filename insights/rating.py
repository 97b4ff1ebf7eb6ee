"""Judges the whole base by its tallies: the rhythm one may expect, each customer's stage, RFM cell and key score."""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import isclose
from typing import Final, NamedTuple

from insights.interval_fit import fit
from insights.key_customers import Customer, KeyScore, key_customers, score_customers
from insights.lifecycle import Stage
from insights.purchase_interval import Prior
from insights.rfm import Buyer, Limits, Scores, limits_of, scores_of, segment_of
from insights.standing import Standing, Sums, stand, sums_at
from insights.tallies import Customers
from storage.kinds import LifecycleStage, RfmSegment

STEADY: Final = 0.05
"""What one more night of purchases moves: less than this share of a parameter is no news, and dates stay as told."""


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
            "key": sum(one.is_key for one in self.people),
        }


def rate(
    customers: Customers,
    today: int,
    *,
    before: Mapping[int, Stage],
    known_order: Sequence[int],
    nps: Mapping[int, int],
    last_prior: Prior | None = None,
) -> Rating:
    """By place of `customers`: `before` is the stage of whoever was rated earlier, `known_order` grows with the day we
    met them, `nps` is the latest answer, 0 to 10.

    The `last_prior` is kept while the base says nearly the same: else everybody's dates would tremble every night.
    """
    sums = [sums_at(customers, place) for place in range(len(customers))]
    gaps = [one.gaps for one in sums]
    prior = steady(fit([one for one in gaps if one is not None], today), last_prior)
    buyers = _buyers(customers, today)
    limits = limits_of(list(buyers.values())) if buyers else None
    scores = {place: scores_of(buyer, limits) for place, buyer in buyers.items()} if limits else {}
    keys = _keys(customers, buyers, known_order, nps)
    top = {score.customer_id for score in key_customers(list(keys.values()))}
    people = [
        Rated(
            sums[place],
            stand(gaps[place], prior, today, before.get(place)),
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
    return Rating(prior, limits, people)


def steady(learnt: Prior, last: Prior | None) -> Prior:
    """The last one, unless what was learnt says something else."""
    if last is None or last.basis is not learnt.basis or abs(last.mean - learnt.mean) > STEADY:
        return learnt
    is_alike = all(
        isclose(getattr(last, name), getattr(learnt, name), rel_tol=STEADY)
        for name in ("between", "within", "stop", "stay")
    )
    return last if is_alike else learnt


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
