"""Who comes back after a first visit, and after which services regulars leave: counted once for all pages. Pure.

docs/services.md tells what is compared with what.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from insights.purchase_interval import GapSums, Prior, rhythm
from insights.service_tallies import ALL, Ended, Gaps, ServiceTallies, Sold
from insights.services import LAPSE_INTERVALS, EntryCount, ExitCount, Standing, entries, exits
from insights.tallies import YEAR_DAYS, Counted, Customers, Engine, Names

LOOKED_AT: Final = 500
"""Services that are judged: those with the most orders, and as many of the catalogue that nobody ever bought."""
LOOKED_BACK: Final = 2 * YEAR_DAYS
SHORTEST_WINDOW, LONGEST_WINDOW = 30, 180
"""Days in which a second visit, or the next purchase, is waited for, whatever the rhythm says."""
ENOUGH_GAPS: Final = 10
"""Fewer than these do not tell how long a service lasts."""


class CatalogueEntry(NamedTuple):
    """What the catalogue says of a service; `usual_interval_days`: after which people need it again."""

    category: str = ""
    margin_percent: float | None = None
    usual_interval_days: int | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """How long somebody may stay away before they count as not having come back.

    `window` days for newcomers, `longer` for those of services that last; `within` days for the next purchase.
    `usual_halves`, `after_halves`: twice the median gap of everybody, and after the services that last, for regulars.
    `gaps`: all of them, by service, which tell it.
    """

    window: int
    longer: Mapping[int, int]
    within: int
    usual_halves: int
    after_halves: Mapping[int, int]
    gaps: Mapping[int, Gaps]


def newcomers_window(prior: Prior, today: int) -> int:
    """Days in which a newcomer's second visit is waited for: as long as this base's rhythm says, within limits."""
    return _within_limits(rhythm(GapSums(1, today, today), prior).late_after_days)


def patience(tallies: ServiceTallies, window: int, usual_intervals: Mapping[int, int]) -> Patience:
    """From the gaps of this base, and from what the catalogue says (`usual_intervals`: days by code). `window`: of
    newcomers."""
    gaps = {one.code: one for one in tallies.gaps(after_first=False)}
    firsts, all_gaps = _medians(tallies.gaps(after_first=True)), _medians(gaps.values())
    known = {code: 2 * days for code, days in usual_intervals.items()}
    first, usual = firsts.pop(ALL, 0), all_gaps.pop(ALL, 0)
    longer = {
        code: round(window * after / max(first, 1))
        for code, after in _longest(firsts, known).items()
        if after > first > 0
    }
    after_halves = {code: after for code, after in _longest(all_gaps, known).items() if after > usual}
    return Patience(window, longer, _within_limits(LAPSE_INTERVALS * usual // 2), max(usual, 1), after_halves, gaps)


class Flows(NamedTuple):
    """Who comes back after a first visit, and after what regulars leave: the same wherever a page tells it.

    `sold`: all that ever was, by code. `kept`: the codes of the services that are looked at, the most popular first;
    standings know services by codes.
    """

    sold: Mapping[int, Sold]

    kept: tuple[int, ...]
    patience: Patience
    newcomers: Counted
    entries: list[Standing]
    regulars: Ended
    exits: list[Standing]


def flows(engine: Engine, names: Names, today: int, prior: Prior, catalogue: Mapping[str, CatalogueEntry]) -> Flows:
    """Of the newcomers and the regulars' visits of the last two years; arguments as of `section`.

    At the very start of a history everybody looks new: newcomers are told from one window after its first visit on.
    """
    tallies = engine.by_service()
    sold = {one.code: one for one in tallies.sold(0, today)}
    popular = sorted(sold.values(), key=lambda one: (-one.orders, one.code))
    kept = tuple(one.code for one in popular if one.code != ALL)[:LOOKED_AT]
    entries_of = {code: catalogue.get(names.services[code]) for code in kept}
    usual = {code: one.usual_interval_days for code, one in entries_of.items() if one and one.usual_interval_days}
    waits = patience(tallies, newcomers_window(prior, today), usual)
    since = max(today - LOOKED_BACK - waits.window, begun(engine.customers(), today) + waits.window)
    came = {one.code: one for one in tallies.returned(since, waits.window, waits.longer, newcomers=True)}
    ended = tallies.ended(today - LOOKED_BACK, waits.usual_halves, waits.after_halves)
    left = {one.code: one for one in ended}
    everybody, regulars = came.get(ALL, Counted(ALL, 0, 0)), left.get(ALL, Ended(ALL, 0, 0))
    return Flows(
        sold,
        kept,
        waits,
        everybody,
        entries(
            [EntryCount(str(code), came[code].people, came[code].flagged) for code in sorted(kept) if code in came],
            EntryCount("", everybody.people, everybody.flagged),
        ),
        regulars,
        exits(
            [ExitCount(str(code), left[code].stayed, left[code].left) for code in sorted(kept) if code in left],
            ExitCount("", regulars.stayed, regulars.left),
        ),
    )


def begun(customers: Customers, today: int) -> int:
    """The day of the first visit of all."""
    return min((day for day in customers.first_day if day), default=today)


def _medians(gaps: Iterable[Gaps]) -> dict[int, int]:
    """Twice the median, by code, of those that are enough."""
    return {one.code: one.median_halves for one in gaps if one.visits >= ENOUGH_GAPS or one.code == ALL}


def _longest(measured: Mapping[int, int], known: Mapping[int, int]) -> dict[int, int]:
    return {code: max(measured.get(code, 0), known.get(code, 0)) for code in {*measured, *known}}


def _within_limits(days: int) -> int:
    return min(max(days, SHORTEST_WINDOW), LONGEST_WINDOW)
