"""The base: how many customers stand where and what they bring, who moved, the RFM grid, and the key customers."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from starlette.responses import Response

from console.pages import Visit
from console.rhythm import KeyPart, key_parts
from insights.key_customers import FEWEST, WORSE_BY, Part
from insights.lifecycle import LOYAL_VISITS, SILENT
from insights.rfm import FEWEST_FOR_QUINTILES, FIXED_FREQUENCY, FIXED_RECENCY
from messaging.local_time import at_local
from storage.kinds import LifecycleStage, RfmSegment
from storage.models import BaseReport
from storage.standings import ABSENT, Cell, FormerKey, Group, KeyCustomer, Moment
from storage.store import Store

MONTH: Final = timedelta(days=30)
MONTHS_BACK: Final = 6
KEY_SHOWN: Final = 20
SCORES: Final = (1, 2, 3, 4, 5)
STAGES: Final = (
    LifecycleStage.NEW,
    LifecycleStage.REGULAR,
    LifecycleStage.LOYAL,
    LifecycleStage.AT_RISK,
    LifecycleStage.LOST,
    LifecycleStage.POTENTIAL,
)
TONES: Final[Mapping[RfmSegment, str]] = {
    RfmSegment.CHAMPIONS: "strong",
    RfmSegment.LOYAL: "strong",
    RfmSegment.POTENTIAL_LOYALIST: "growing",
    RfmSegment.NEW: "growing",
    RfmSegment.PROMISING: "growing",
    RfmSegment.NEED_ATTENTION: "fading",
    RfmSegment.ABOUT_TO_SLEEP: "fading",
    RfmSegment.AT_RISK: "leaving",
    RfmSegment.CANT_LOSE: "leaving",
    RfmSegment.LOST: "leaving",
}
"""What the ten names have in common; a colour, and in words their advice."""


@dataclass(frozen=True, slots=True)
class StageLine:
    """One stage. `change`: how many more stand there than 30 days ago; `is_bad_news`: and that is no good."""

    stage: LifecycleStage
    people: int
    share: float
    revenue_minor: int
    change: int

    @property
    def is_bad_news(self) -> bool:
        return self.change > 0 and self.stage in SILENT

    @property
    def is_good_news(self) -> bool:
        return self.change != 0 and (self.change < 0) == (self.stage in SILENT)


@dataclass(frozen=True, slots=True)
class Square:
    """One cell of recency and frequency; `name` is the one most of its people have, None where nobody is."""

    recency: int
    frequency: int
    people: int
    name: RfmSegment | None

    @property
    def tone(self) -> str:
        return TONES[self.name] if self.name else ""


@dataclass(frozen=True, slots=True)
class Named:
    """One of the ten names."""

    segment: RfmSegment
    people: int
    share: float
    revenue_minor: int

    @property
    def tone(self) -> str:
        return TONES[self.segment]


@dataclass(frozen=True, slots=True)
class Grid:
    """`rows`: frequency 5 to 1, each with recency 1 to 5. `days`: by recency, the days since the last visit that it
    spans; `orders`: by frequency, the yearly orders."""

    rows: list[list[Square]]
    days: dict[int, tuple[int, int]]
    orders: dict[int, tuple[int, int]]
    names: list[Named]
    people: int

    @property
    def is_small(self) -> bool:
        """Too few to rank: thresholds decide."""
        return self.people < FEWEST_FOR_QUINTILES


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A key customer; `worse` are the parts that fell since they became one."""

    customer: KeyCustomer
    parts: list[KeyPart]
    worse: list[Part]

    @property
    def is_worsening(self) -> bool:
        return bool(self.worse) or self.customer.stage in SILENT


@dataclass(frozen=True, slots=True)
class Moves:
    """Who stood where and stands where now, `ABSENT` being who was not there yet. `before` and `after` are the sums of
    rows and columns; `left` went silent, `back` came back."""

    month: str
    cells: Mapping[tuple[str, str], int]
    before: Counter[str]
    after: Counter[str]
    left: int
    back: int


@dataclass(frozen=True, slots=True)
class _Look:
    report: BaseReport | None
    currency: str
    stages: list[StageLine]
    moves: Moves
    grid: Grid
    key: list[KeyLine]
    key_count: int
    former: list[FormerKey]


async def show(visit: Visit) -> Response:
    asked = visit.request.query_params.get("month", "")
    months = _months(visit)
    month = asked if asked in {one for one, _ in months} else ""
    look = await visit.read(lambda store: _look(store, visit, month))
    people = {line.stage: line.people for line in look.stages}
    return visit.page(
        "customer_base.html",
        look=look,
        everyone=sum(people.values()),
        coming=sum(people[one] for one in STAGES if one not in SILENT and one is not LifecycleStage.POTENTIAL),
        stages=STAGES,
        silent=[line for line in look.stages if line.stage in SILENT],
        absent=ABSENT,
        months=months,
        limits={"days": FIXED_RECENCY, "orders": FIXED_FREQUENCY, "key": FEWEST, "ranked": FEWEST_FOR_QUINTILES},
        loyal_visits=LOYAL_VISITS,
    )


def _look(store: Store, visit: Visit, month: str) -> _Look:
    report = store.reports.newest()
    groups = store.standings.stages()
    lately = store.standings.shifts(_moment(visit, visit.now - MONTH))
    key = store.standings.key_customers(KEY_SHOWN)
    rated_at = report.made_at if report else visit.now
    return _Look(
        report,
        _currency(report),
        _stages(groups, lately),
        _moves(_of_month(store, visit, month) if month else lately, month),
        _grid(store.standings.cells(), visit.words.local(rated_at).date().toordinal(), _recency_limits(report)),
        [KeyLine(one, key_parts(one.parts), _worse(one)) for one in key],
        store.standings.count_key(),
        store.standings.left_the_top(visit.now - MONTH, KEY_SHOWN),
    )


def _currency(report: BaseReport | None) -> str:
    """The one that the night found most purchases in: sums in `customer_stats` name none."""
    return str(report.data.get("losses", {}).get("currency", "RUB")) if report else "RUB"


def _moment(visit: Visit, at: datetime) -> Moment:
    return Moment(at, visit.words.local(at).date().toordinal())


def _stages(groups: Mapping[LifecycleStage, Group], lately: Mapping[tuple[str, str], int]) -> list[StageLine]:
    everyone = sum(group.people for group in groups.values()) or 1
    stood, _ = _sides(lately)
    lines = []
    for stage in STAGES:
        people, revenue = groups.get(stage, Group(0, 0))
        lines.append(StageLine(stage, people, people / everyone, revenue, people - stood[stage.value]))
    return lines


def _sides(cells: Mapping[tuple[str, str], int]) -> tuple[Counter[str], Counter[str]]:
    """How many stood in each stage when the time began, and when it ended."""
    stood, stand = Counter[str](), Counter[str]()
    for (before, after), people in cells.items():
        stood[before] += people
        stand[after] += people
    return stood, stand


def _moves(cells: Mapping[tuple[str, str], int], month: str) -> Moves:
    silent = {stage.value for stage in SILENT}
    coming = {stage.value for stage in LifecycleStage} - silent - {LifecycleStage.POTENTIAL.value}
    return Moves(
        month,
        cells,
        *_sides(cells),
        left=sum(people for (before, after), people in cells.items() if before in coming and after in silent),
        back=sum(people for (before, after), people in cells.items() if before in silent and after in coming),
    )


def _months(visit: Visit) -> list[tuple[str, date]]:
    """The last months that are over, newest first: as the address names them, and their first day."""
    first = visit.today.replace(day=1)
    found = []
    for _ in range(MONTHS_BACK):
        first = (first - timedelta(days=1)).replace(day=1)
        found.append((f"{first:%Y-%m}", first))
    return found


def _of_month(store: Store, visit: Visit, month: str) -> dict[tuple[str, str], int]:
    first = date.fromisoformat(f"{month}-01")
    next_first = (first + timedelta(days=31)).replace(day=1)
    begin, end = (Moment(at_local(day, 0, visit.words.zone), day.toordinal()) for day in (first, next_first))
    return store.standings.shifts(begin, end)


def _grid(cells: Sequence[Cell], today: int, limits: Sequence[int] | None) -> Grid:
    names: dict[tuple[int, int], Counter[RfmSegment]] = defaultdict(Counter)
    groups: dict[RfmSegment, Group] = {}
    for cell in cells:
        names[cell.recency, cell.frequency][cell.segment] += cell.people
        people, revenue = groups.get(cell.segment, Group(0, 0))
        groups[cell.segment] = Group(people + cell.people, revenue + cell.year_revenue_minor)
    everyone = sum(cell.people for cell in cells)
    return Grid(
        [[_square(recency, frequency, names[recency, frequency]) for recency in SCORES] for frequency in SCORES[::-1]],
        {
            recency: _days(recency, some, today, limits)
            for recency in SCORES
            if (some := [one for one in cells if one.recency == recency])
        },
        {
            frequency: (min(one.fewest_orders for one in some), max(one.most_orders for one in some))
            for frequency in SCORES
            if (some := [one for one in cells if one.frequency == frequency])
        },
        [
            Named(segment, people, people / (everyone or 1), revenue)
            for segment in RfmSegment
            for people, revenue in [groups.get(segment, Group(0, 0))]
        ],
        everyone,
    )


def _recency_limits(report: BaseReport | None) -> Sequence[int] | None:
    """The most days that reached 5, 4, 3 and 2 that night; None where the report is from before they were kept."""
    limits = report.data.get("limits") if report else None
    return limits["recency"] if limits else None


def _days(recency: int, cells: Sequence[Cell], today: int, limits: Sequence[int] | None) -> tuple[int, int]:
    """The days since the last visit that a score spans. Last visits move by day, scores at night: without the night's
    limits the span is what its people show, and whoever came since came today."""
    nearest, farthest = (
        max(today - day, 0) for day in (max(one.last_day for one in cells), min(one.first_day for one in cells))
    )
    if limits is None:
        return nearest, farthest
    place = SCORES[-1] - recency
    low = limits[place - 1] + 1 if place else 0
    return low, max(limits[place] if place < len(limits) else farthest, low)


def _square(recency: int, frequency: int, names: Counter[RfmSegment]) -> Square:
    name = names.most_common(1)[0][0] if names else None
    return Square(recency, frequency, names.total(), name)


def _worse(one: KeyCustomer) -> list[Part]:
    """As `insights.key_customers.worsened` has it."""
    before, after = one.entry_parts or {}, one.parts
    return [
        part
        for part in Part
        if part.value in before
        and part.value in after
        and round(before[part.value][0] - after[part.value][0], 9) >= WORSE_BY
    ]
