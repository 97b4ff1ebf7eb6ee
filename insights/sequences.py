"""What is bought after what, what is bought together, and what to suggest to whom (features AN9, A8, B4)."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Final, NamedTuple

from insights.comparisons import Ratio, discoveries, fisher, risk_ratio
from insights.metrics import Proportion, proportion

ENOUGH_SUPPORT: Final = 10  # people who bought both (feature AN9)


class PairCount(NamedTuple):
    """How many people bought `a`, `b` and both. Each person counts once, by one visit (a local day) of theirs.

    Sequences within d days: that visit is a person's first one that was followed by another within d days and lies at
    least d days back; who has none is not counted. `people_a` had `a` in it, `people_b` bought `b` on a later day
    within d days of it, `people` are all who have such a visit.
    Bought together: that visit is a person's last one; `people_a` and `people_b` had them in it.

    To count by anybody's first `a` instead proves nearly everything: who bought `a` at some time comes often, and
    buys more of all else (docs/services.md).

    `median_lag_days`: from that visit to the first `b` after it, over `people_both`; nought for one visit.
    """

    a: str
    b: str
    people_a: int
    people_b: int
    people_both: int
    people: int
    median_lag_days: float


class Link(NamedTuple):
    """What having bought `a` tells about `b`.

    `confidence`: the share of buyers of `a` who bought `b`; `base`: the same share of everybody else; `lift`: how
    many times as much. `within_days` is nought for one order.
    """

    a: str
    b: str
    support: int
    confidence: Proportion
    base: Proportion
    lift: Ratio
    p_value: float
    median_lag_days: float
    within_days: int
    is_proven: bool


class Suggestion(NamedTuple):
    """Offer `service`, because `link.a` was bought `days_ago`."""

    service: str
    days_ago: int
    link: Link


def sequences(counts: Iterable[PairCount], within_days: int) -> list[Link]:
    """`b` after `a`, each direction a question of its own; the surest first. `a` after `a` is a repeat, no sequence.

    Pairs below ten people are left out of the list, not of the correction: had chance been kinder they would be in it.
    """
    ordered = [one for one in counts if one.a != one.b]
    firsts = {one.a for one in ordered if one.people_a >= ENOUGH_SUPPORT}
    seconds = {one.b for one in ordered if one.people_b >= ENOUGH_SUPPORT}
    return _links(ordered, len(firsts) * len(seconds) - len(firsts & seconds), within_days)


def also_bought(counts: Iterable[PairCount]) -> list[Link]:
    """What shares a visit, each pair in both directions; a pair is one question, whichever way it is counted."""
    pairs = {frozenset((one.a, one.b)): one for one in counts if one.a != one.b}
    popular = {one.a for one in pairs.values() if one.people_a >= ENOUGH_SUPPORT}
    popular |= {one.b for one in pairs.values() if one.people_b >= ENOUGH_SUPPORT}
    both_ways = [way for one in pairs.values() for way in (one, _turned(one))]
    # Both directions are one table with one p-value; doubling the questions with the answers leaves each limit as is.
    return _links(both_ways, len(popular) * (len(popular) - 1), 0)


def suggestions(
    last_bought: Mapping[str, date],
    links: Iterable[Link],
    today: date,
    excluded: Collection[str] = (),
    unfit: Collection[tuple[str, str]] = (),
) -> list[Suggestion]:
    """What to offer a customer today, the surest first, each service once (feature B4).

    Only what is proven, whose median lag has come and whose window is not over, and what they have not bought since.
    `last_bought`: service -> the day it was last bought. `excluded`: never offered. `unfit`: (bought, not to be
    offered to its buyers), as axes to who bought a sewing machine.
    """
    barred = {other for bought, other in unfit if bought in last_bought} | set(excluded)
    found: dict[str, Suggestion] = {}
    for link in sorted(links, key=_surest_first):
        if not link.is_proven or link.a not in last_bought or link.b in barred or link.b in found:
            continue
        days_ago = (today - last_bought[link.a]).days
        is_time = link.median_lag_days <= days_ago <= link.within_days
        has_it = link.b in last_bought and last_bought[link.b] >= last_bought[link.a]
        if is_time and not has_it:
            found[link.b] = Suggestion(link.b, days_ago, link)
    return list(found.values())


def _links(counts: Iterable[PairCount], questions: int, within_days: int) -> list[Link]:
    links = [link for one in counts if (link := _link(one, within_days))]
    proven = discoveries([link.p_value for link in links], questions=questions)
    judged = [
        link._replace(is_proven=is_discovery and link.lift.low > 1)
        for link, is_discovery in zip(links, proven, strict=True)
    ]
    return sorted(judged, key=_surest_first)


def _link(count: PairCount, within_days: int) -> Link | None:
    if count.people_both < ENOUGH_SUPPORT:
        return None
    rest, rest_b = count.people - count.people_a, count.people_b - count.people_both
    confidence, base = proportion(count.people_both, count.people_a), proportion(rest_b, rest)
    lift = risk_ratio(count.people_both, count.people_a, rest_b, rest)
    if confidence is None or base is None or lift is None:
        return None  # everybody bought `a`: nobody to compare with
    p_value = fisher(count.people_both, count.people_a, rest_b, rest)
    return Link(
        count.a, count.b, count.people_both, confidence, base, lift, p_value, count.median_lag_days, within_days, False
    )


def _turned(count: PairCount) -> PairCount:
    return count._replace(a=count.b, b=count.a, people_a=count.people_b, people_b=count.people_a)


def _surest_first(link: Link) -> tuple[bool, float, str, str]:
    return not link.is_proven, -link.lift.low, link.a, link.b
