"""The whole base counted and judged, as lines of JSON: what the night's own process says to the one that writes."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from insights.lifecycle import Stage
from insights.plain_engine import PlainEngine
from insights.rating import Rated, Rating, rate
from insights.service_report import CatalogueEntry, section
from insights.standing import Sums, stand, stood, told
from insights.tallies import Lines, LinesBuilder, Names
from loyalty.services import Spellings, service_key
from loyalty.standing import midnight
from messaging.local_time import local_date
from storage.columns import chunks, portable
from storage.kinds import LifecycleStage
from storage.stats import RATING, STANDING, SUMS
from storage.store import Store

COLUMNS: Final = (*SUMS, *STANDING, *RATING)
IN_ONE_LINE: Final = 100
"""One line is one unit of who writes: more would hold up a reply."""
_SUMS, _COUNTED = len(SUMS), len(Sums._fields)
_STAGE, _SINCE = COLUMNS.index("stage"), COLUMNS.index("stage_since")


class Known(NamedTuple):
    """What the table says of one customer: `values` in the order of COLUMNS."""

    is_stale: bool
    values: Sequence[Any]

    @property
    def sums(self) -> Sums:
        return Sums(*self.values[:_COUNTED])

    @property
    def seen(self) -> list[Any]:
        """By which who writes knows that nothing came between."""
        visits, orders, revenue_minor, _, _, last_day = self.values[:6]
        return [visits, orders, revenue_minor, last_day]


@dataclass(slots=True)
class Gathered:
    """One consistent look at the tables. `names` has each service once, `spellings` how its lines write it. By id:
    `known` and `nps`; `last` is (seconds, product, branch)."""

    lines: Lines
    names: Names
    catalogue: Mapping[str, CatalogueEntry] = field(default_factory=dict)
    spellings: Mapping[str, Sequence[str]] = field(default_factory=dict)
    known: dict[str, Known] = field(default_factory=dict)
    nps: Mapping[str, int] = field(default_factory=dict)
    last: dict[str, list[tuple[int, str]]] = field(default_factory=dict)


def gather(store: Store, zone: ZoneInfo) -> Gathered:
    """Everything that is read, in one unit that is over before anything is judged: an open look lets the log grow."""
    builder = LinesBuilder(zone)
    add, last = builder.add, dict[str, list[tuple[int, str]]]()
    sold = store.services.all()
    spellings = Spellings(one.name for one in sold)
    for owner, at, amount, returned, order, product, branch, seller in store.whole_base.lines():
        add(owner, at, amount, returned, order, spellings.key(product), branch, seller)
        if amount > 0:
            newest = last.get(owner)
            if newest is None:
                last[owner] = [(at, ""), (at if product else 0, product), (at if branch else 0, branch)]
            elif at >= newest[0][0] or at >= newest[1][0] or at >= newest[2][0]:
                _be_last(newest, at, product, branch)
    known = {owner: Known(stale, values) for owner, stale, *values in store.whole_base.known(COLUMNS)}
    written = spellings.by_name()
    named = {service_key(name): name for name in written}
    names = builder.names()
    return Gathered(
        builder.lines(),
        replace(names, services=[named[key] for key in names.services]),
        {one.name: CatalogueEntry(one.category, one.margin_percent, one.usual_interval_days) for one in sold},
        written,
        known,
        store.whole_base.nps(),
        last,
    )


def _be_last(newest: list[tuple[int, str]], at: int, product: str, branch: str) -> None:
    """Of two that one moment names, the later in the alphabet: the same whatever the order they are read in."""
    for place, text in enumerate(("", product, branch)):
        if (not place or text) and (at, text) > newest[place]:
            newest[place] = (at, text)


def judged(gathered: Gathered, zone: ZoneInfo, now: datetime) -> Iterator[str]:
    """First the report, then pages of those whose row must change: (id, what was seen, new values)."""
    today = local_date(now, zone).toordinal()
    names = gathered.names.customers
    engine = PlainEngine(gathered.lines, today)
    customers = engine.customers()
    ids = [names[code] for code in customers.code]
    rating = rate(
        customers,
        today,
        before={place: stage for place, owner in enumerate(ids) if (stage := _stood(gathered.known.get(owner), zone))},
        known_order=[int(owner, 16) for owner in ids],
        nps={place: gathered.nps[owner] for place, owner in enumerate(ids) if owner in gathered.nps},
    )
    page = _Pages(gathered, zone)
    for owner, one in zip(ids, rating.people, strict=True):
        page.compare(owner, one)
    for owner in gathered.known.keys() - set(ids):  # all they bought was taken back, or became somebody else's
        page.compare(owner, _without_purchases(rating, today, _stood(gathered.known[owner], zone)))
    yield json.dumps(
        {
            "prior": rating.prior.as_dict(),
            "purchases": len(gathered.lines),
            "engine": "plain",
            "data": {
                **rating.summary(),
                "differences": page.differences,
                "changed": len(page.changed),
                "services": {
                    **section(engine, gathered.names, today, rating.prior, gathered.catalogue),
                    "spellings": {name: texts for name, texts in gathered.spellings.items() if texts != [name]},
                },
            },
        }
    )
    for rows in chunks(page.changed, IN_ONE_LINE):
        yield json.dumps(rows, ensure_ascii=False)


class _Pages:
    """Compares what was counted with what stands in the table."""

    def __init__(self, gathered: Gathered, zone: ZoneInfo) -> None:
        self._gathered = gathered
        self._midnight = cache(lambda day: midnight(day, zone))
        self.changed: list[tuple[str, list[Any] | None, list[Any]]] = []
        self.differences = 0

    def compare(self, owner: str, one: Rated) -> None:
        known = self._gathered.known.get(owner)
        agrees = known is not None and not known.is_stale and known.sums.agree_with(one.sums)
        if known is not None and not known.is_stale and not agrees:
            self.differences += 1
        values = [*self._sums(owner, one, known if agrees else None), *self._standing(one), *_rating(one)]
        if known is None or known.is_stale or values != list(known.values):
            self.changed.append((owner, known.seen if known else None, [portable(value) for value in values]))

    def _sums(self, owner: str, one: Rated, known: Known | None) -> tuple[Any, ...]:
        """What agrees stays as it is: to the microsecond, and without the dust of another order of adding."""
        (at, _), (_, product), (_, branch) = self._gathered.last.get(owner, ((None, ""), (0, ""), (0, "")))
        last_at = None if at is None else datetime.fromtimestamp(at, UTC)
        if known is None:
            return (*one.sums, last_at, product, branch)
        stored = known.values[_COUNTED]
        if stored is not None and last_at is not None and stored.replace(microsecond=0) == last_at:
            last_at = stored
        return (*known.values[:_COUNTED], last_at, product, branch)

    def _standing(self, one: Rated) -> tuple[Any, ...]:
        stage, typical, *days = one.standing
        return (
            stage.name,
            told(stage.reason, with_days=False),
            self._midnight(stage.since_day),
            typical,
            *(None if day is None else self._midnight(day) for day in days),
        )


def _rating(one: Rated) -> tuple[Any, ...]:
    key = one.key
    return (
        one.year_visits,
        one.year_orders,
        one.year_revenue_minor,
        *(one.scores or (None, None, None)),
        one.rfm,
        round(key.score, 3) if key else None,
        _parts(key.parts, key.weights) if key else None,
        one.is_key,
    )


def _parts(parts: Mapping[Any, float], weights: Mapping[Any, float]) -> dict[str, Any]:
    """Rounded to a hundredth: a rank among all moves a little every night."""
    return {part.value: [round(value, 2), round(weights[part], 3)] for part, value in parts.items()}


def _stood(known: Known | None, zone: ZoneInfo) -> Stage | None:
    if known is None or known.values[_SINCE] is None:
        return None
    stage: LifecycleStage = known.values[_STAGE]
    return stood(stage, local_date(known.values[_SINCE], zone).toordinal())


def _without_purchases(rating: Rating, today: int, before: Stage | None) -> Rated:
    return Rated(Sums(), stand(None, rating.prior, today, before), 0, 0, 0, None, None, None, False)
