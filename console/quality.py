"""How good the data are: shares of all customers, group by group, and what to put right (features ID7, A18)."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.responses import Response

from console import lists
from console.lists import Wanted
from console.pages import Visit
from storage.quality import GOOD, Counted, Mark, Side
from storage.store import Store

GROUPS_SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class Share:
    """How many of `all` customers something can be said of. All are counted, so it needs no interval."""

    mark: Mark
    count: int
    all: int

    @property
    def share(self) -> float:
        return self.count / self.all

    @property
    def lacking(self) -> int:
        """How many are on the list that this number opens."""
        return self.all - self.count if self.mark in GOOD else self.count


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    of: str
    customers: int
    shares: list[Share]


@dataclass(frozen=True, slots=True)
class Table:
    """The customers by one side, the largest groups first; `others`: groups that are not shown."""

    by: Side
    groups: list[Group]
    others: int


@dataclass(frozen=True, slots=True)
class Chore:
    """Something to clean. `is_at_least`: not all numbers were looked at."""

    name: str
    count: int
    path: str
    query: dict[str, str]
    is_at_least: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """As of `at`; `is_kept`: by the last night, and not for this page."""

    at: datetime
    is_kept: bool
    shares: list[Share]
    tables: list[Table]
    chores: list[Chore]


async def show(visit: Visit) -> Response:
    """What the last night counted; of a base that no night has seen, or when somebody asks, what there is now."""
    report = await visit.read(lambda store: _report(store, visit))
    return visit.page("quality.html", report=report, marks=_SHARES)


_SHARES: Final = (*GOOD, Mark.BLOCKED)


def _kept(store: Store) -> tuple[datetime, list[Counted]] | None:
    report = store.reports.newest()
    counted = [Counted.from_json(cells) for cells in report.data.get("quality", ())] if report else []
    return (report.made_at, counted) if report and counted else None


def _report(store: Store, visit: Visit) -> Report | None:
    kept = None if "now" in visit.request.query_params else _kept(store)
    at, counted = kept or (visit.now, store.quality.counted(visit.now))
    everyone = sum(one.customers for one in counted)
    if not everyone:
        return None
    tables = [_table(store, visit, by, counted) for by in Side]
    told = [table for table in tables if len(table.groups) > 1]
    return Report(at, kept is not None, _shares(counted), told, _chores(store, counted))


def _shares(counted: Sequence[Counted]) -> list[Share]:
    everyone = sum(one.customers for one in counted)
    return [Share(mark, sum(one.marks[mark] for one in counted), everyone) for mark in _SHARES]


_KEY_OF: Final[dict[Side, Callable[[Counted], str]]] = {
    Side.SOURCE: lambda one: one.source,
    Side.BRANCH: lambda one: one.branch,
    Side.IMPORT: lambda one: one.import_id.hex if one.import_id else "",
}


def _table(store: Store, visit: Visit, by: Side, counted: Sequence[Counted]) -> Table:
    groups: dict[str, list[Counted]] = defaultdict(list)
    for one in counted:
        groups[_KEY_OF[by](one)].append(one)
    largest = sorted(groups, key=lambda of: (-sum(one.customers for one in groups[of]), of))
    shown = [
        Group(
            lists.group_name(store, visit.words, by, of),
            of,
            sum(one.customers for one in groups[of]),
            _shares(groups[of]),
        )
        for of in largest[:GROUPS_SHOWN]
    ]
    return Table(by, shown, len(groups) - len(shown))


def _chores(store: Store, counted: Sequence[Counted]) -> list[Chore]:
    """What somebody should look at; nothing where nothing is."""

    def marked(mark: Mark) -> Chore:
        return Chore(mark.value, sum(one.marks[mark] for one in counted), "/customers", Wanted(mark.value).query)

    invalid = len(lists.invalid_phones(store))
    is_at_least = len(store.quality.unusual_phones(lists.PHONES_LOOKED_AT)) == lists.PHONES_LOOKED_AT
    chores = [
        Chore("duplicates", store.duplicates.count_open(), "/duplicates", {}),
        Chore(lists.INVALID_PHONE, invalid, "/customers", Wanted(lists.INVALID_PHONE).query, is_at_least),
        marked(Mark.NAMELESS),
        marked(Mark.STALE),
    ]
    return [chore for chore in chores if chore.count]
