"""The card staff get about a service: who buys it, what goes with it, when they come back, what they mind."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from insights.comparisons import ENOUGH_PEOPLE
from insights.funnel import ENOUGH_ORDERS
from insights.metrics import Proportion, proportion
from insights.sequences import Link

LINES: Final = 3  # a card is read while the customer stands there


class ServiceFacts(NamedTuple):
    """Counts of one service. Of its `people` so many bought it in their first order, so many are regulars (at least
    three visits). `return_days`: lower quartile, median and upper quartile of the days until they came again, for
    whatever, over `returned` visits; None when nobody did. Of `answers` about visits with it so many were
    `complaints`; `topics`: complaints by topic."""

    service: str
    people: int
    newcomers: int
    regulars: int
    orders: int
    revenue_minor: int
    returned: int
    return_days: tuple[float, float, float] | None
    complaints: int
    answers: int
    topics: tuple[tuple[str, int], ...]


class Briefing(NamedTuple):
    """What the card says; None and empty where there is too little data to say it."""

    service: str
    people: int
    newcomers: Proportion | None
    regulars: Proportion | None
    average_check_minor: int | None
    return_days: tuple[float, float, float] | None
    goes_with: tuple[Link, ...]
    bought_next: tuple[Link, ...]
    complaints: Proportion | None
    topics: tuple[tuple[str, int], ...]


def briefing(facts: ServiceFacts, also_bought: Iterable[Link], sequences: Iterable[Link]) -> Briefing:
    """The card of one service. The links are those of `insights.sequences`, surest first, of all services."""
    is_known = facts.people >= ENOUGH_PEOPLE
    has_complaints_share = facts.answers >= ENOUGH_ORDERS
    topics = sorted(facts.topics, key=lambda topic: (-topic[1], topic[0]))
    return Briefing(
        facts.service,
        facts.people,
        proportion(facts.newcomers, facts.people) if is_known else None,
        proportion(facts.regulars, facts.people) if is_known else None,
        round(facts.revenue_minor / facts.orders) if facts.orders else None,
        facts.return_days if facts.returned >= ENOUGH_PEOPLE else None,
        _first(also_bought, facts.service),
        _first(sequences, facts.service),
        proportion(facts.complaints, facts.answers) if has_complaints_share else None,
        tuple(topics[:LINES]),
    )


def _first(links: Iterable[Link], service: str) -> tuple[Link, ...]:
    return tuple(link for link in links if link.a == service and link.is_proven)[:LINES]
