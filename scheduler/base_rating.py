"""The whole base counted and judged, as lines of JSON: what the night's own process says to the one that writes."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from insights import engines
from insights.analysis import analyse, learn
from insights.base_report import Trade, sections
from insights.last_bought import last_of
from insights.lifecycle import Held
from insights.purchase_interval import Prior, rhythm
from insights.rating import Rated, Rating, rate
from insights.service_flows import CatalogueEntry
from insights.standing import Sums, stand
from insights.tallies import Lines, LinesBuilder, Names
from loyalty.services import one_name_each
from loyalty.standing import last_prior, standing_values
from messaging.local_time import local_date
from scheduler.told_afterwards import pasts, tell
from storage.columns import chunks
from storage.kinds import LifecycleStage
from storage.stats import RATING, STANDING, SUMS, fitted
from storage.store import Store

COLUMNS: Final = (*SUMS, *STANDING, *RATING)
IN_ONE_LINE: Final = 50
"""One line is one unit of who writes: more would hold up a reply."""
_SUMS, _COUNTED = len(SUMS), len(Sums._fields)
_STAGE, _SINCE = COLUMNS.index("stage"), COLUMNS.index("stage_since")


class Known(NamedTuple):
    """What the table says of one customer: `values` in the order of COLUMNS. `is_rated`: a night judged them before."""

    is_stale: bool
    is_rated: bool
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
    """One consistent look at the tables; `known` and `nps` are by id, `catalogue` by name, `erased` are ids."""

    lines: Lines
    names: Names
    dialect: str
    currency: str
    known: dict[str, Known] = field(default_factory=dict)
    nps: Mapping[str, int] = field(default_factory=dict)
    prior: Prior | None = None
    catalogue: Mapping[str, CatalogueEntry] = field(default_factory=dict)
    erased: Collection[str] = ()


def gather(store: Store, zone: ZoneInfo) -> Gathered:
    """Everything that is read, in one unit that is over before anything is judged: an open look lets the log grow."""
    builder = LinesBuilder(zone)
    builder.add_all(store.whole_base.lines())
    rows = store.whole_base.known(("rated_at", *COLUMNS))
    known = {owner: Known(stale, rated_at is not None, values) for owner, stale, rated_at, *values in rows}
    nps, prior, currency = store.whole_base.nps(), last_prior(store), store.whole_base.currency()
    catalogue = {
        one.name: CatalogueEntry(one.category, one.margin_percent, one.usual_interval_days)
        for one in store.services.all()
    }
    erased = store.whole_base.erased()
    return Gathered(
        builder.lines(), builder.names(), store.stats.dialect, currency, known, nps, prior, catalogue, erased
    )


def judged(gathered: Gathered, zone: ZoneInfo, now: datetime, by: str = engines.fastest()) -> Iterator[str]:
    """First the report; then, in objects, pages of moves told afterwards; then, in lists, pages of those whose row must
    change: (id, what was seen, new values fitted to the database). `by` is the name of the engine."""
    today = local_date(now, zone).toordinal()
    lines, names, spellings = one_name_each(gathered.lines, gathered.names, gathered.catalogue)
    engine = engines.ENGINES[by](lines, today)
    prior = learn(engine.customers(), today, gathered.prior)
    ids = [names.customers[code] for code in engine.customers().code]
    first_met = {owner for owner in ids if (known := gathered.known.get(owner)) is None or not known.is_rated}
    past = pasts(lines, names, first_met, prior, today) if first_met else {}
    stood = {owner: one.stands for owner, one in past.items()}
    stood |= {owner: _stood(known, zone) for owner, known in gathered.known.items() if known.is_rated}
    before = {place: held for place, owner in enumerate(ids) if (held := stood.get(owner))}
    forgotten = {place for place, owner in enumerate(ids) if owner in gathered.erased}
    analysis = analyse(engine, today, prior, before, forgotten)
    rating = rate(
        analysis,
        before=before,
        known_order=[int(owner, 16) for owner in ids],
        nps={place: gathered.nps[owner] for place, owner in enumerate(ids) if owner in gathered.nps},
        forgotten=forgotten,
    )
    page = _Pages(gathered, zone)
    for owner, one in zip(ids, rating.people, strict=True):
        page.compare(owner, one)
    for owner in gathered.known.keys() - set(ids):  # all they bought was taken back, or became somebody else's
        page.compare(owner, _without_purchases(rating, today, stood.get(owner)))
    yield json.dumps(
        {
            "prior": rating.prior.as_dict(),
            "purchases": len(gathered.lines),
            "engine": by,
            "data": {
                **rating.summary(),
                "differences": page.differences,
                "changed": len(page.changed),
                **sections(engine, analysis, names, Trade(gathered.currency, gathered.catalogue, spellings)),
            },
        },
        ensure_ascii=False,
    )
    # In order of ids, as the tables keep them: a unit then touches a few pages of the disk, and not one a customer.
    for some in chunks(sorted(tell(past, zone)), IN_ONE_LINE):
        yield json.dumps({"told_afterwards": some}, ensure_ascii=False)
    for rows in chunks(sorted(page.changed), IN_ONE_LINE):
        yield json.dumps(rows, ensure_ascii=False)


class _Pages:
    """Compares what was counted with what stands in the table."""

    def __init__(self, gathered: Gathered, zone: ZoneInfo) -> None:
        self._known, self._dialect = gathered.known, gathered.dialect
        self._last = dict(
            zip(gathered.names.customers, zip(*last_of(gathered.lines, gathered.names), strict=True), strict=True)
        )
        self._zone = zone
        self.changed: list[tuple[str, list[Any] | None, list[Any]]] = []
        self.differences = 0

    def compare(self, owner: str, one: Rated) -> None:
        known = self._known.get(owner)
        agrees = known is not None and not known.is_stale and known.sums.agree_with(one.sums)
        if known is not None and not known.is_stale and not agrees:
            self.differences += 1
        values = [
            *self._sums(owner, one, known if agrees else None),
            *standing_values(one.standing, self._zone),
            *_rating(one),
        ]
        if known is None or known.is_stale or values != list(known.values):
            self.changed.append((owner, known.seen if known else None, fitted(COLUMNS, values, self._dialect)))

    def _sums(self, owner: str, one: Rated, known: Known | None) -> tuple[Any, ...]:
        """What agrees stays as it is: to the microsecond, and without the dust of another order of adding."""
        at, product, branch = self._last.get(owner, (0, "", ""))
        last_at = datetime.fromtimestamp(at, UTC) if at else None
        if known is None:
            return (*one.sums, last_at, product, branch)
        stored = known.values[_COUNTED]
        if stored is not None and last_at is not None and stored.replace(microsecond=0) == last_at:
            last_at = stored
        return (*known.values[:_COUNTED], last_at, product, branch)


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


def _stood(known: Known, zone: ZoneInfo) -> Held | None:
    if known.values[_SINCE] is None:
        return None
    stage: LifecycleStage = known.values[_STAGE]
    return Held(stage, local_date(known.values[_SINCE], zone).toordinal())


def _without_purchases(rating: Rating, today: int, before: Held | None) -> Rated:
    return Rated(Sums(), stand(None, rhythm(None, rating.prior), today, before), 0, 0, 0, None, None, None, False)
