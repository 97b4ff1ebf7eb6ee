"""A merge on its way: the rows of both records, and each step written down so that it can be undone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from storage.declared import PEOPLE, Declared, TableModel
from storage.models import Staff
from storage.people import Step
from storage.store import Store

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Merging:
    """Two records on their way to be one, and the steps taken so far."""

    store: Store
    kept_id: UUID
    gone_id: UUID
    by: Staff | None
    now: datetime
    steps: list[Step]

    def rows(self, model: TableModel) -> tuple[Rows, Rows]:
        """(the kept one's, the gone one's)"""
        one = DECLARED[model]
        return self.store.people.rows(one, self.kept_id), self.store.people.rows(one, self.gone_id)

    def change(
        self,
        model: TableModel,
        row: Mapping[str, Any],
        values: Mapping[str, Any],
        *,
        kind: str = "change",
        guard: tuple[Mapping[str, Any], str] | None = None,
    ) -> None:
        self.steps.extend(self.store.people.change(model, row, values, kind=kind, guard=guard))

    def put_aside(self, model: TableModel, row: Mapping[str, Any]) -> None:
        self.steps.extend(self.store.people.put_aside(model, row))


DECLARED: Final = {one.model: one for one in PEOPLE}


def choose(merging: Merging, model: TableModel, better: Callable[[Mapping[str, Any]], Any]) -> None:
    """Of two rows about the same thing the better one stays, the kept record's where they are equal."""
    kept, gone = merging.rows(model)
    one = DECLARED[model]
    known = {_about(one, row): row for row in kept}
    for row in gone:
        rival = known.get(_about(one, row))
        if rival is not None:
            merging.put_aside(model, rival if better(row) > better(rival) else row)


def _about(one: Declared, row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in one.per)
