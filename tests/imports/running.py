"""Imports a text of any kind as a whole run into a database of a test, and takes it back."""

from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from loyalty.import_files import open_file
from loyalty.import_people import Terms
from loyalty.import_runs import begin, finish, take, terms_of
from loyalty.import_undo import Obstacle, Step, undo_page
from loyalty.importing import Taken
from loyalty.table_file import RefusedRow, Rules
from storage.columns import chunks
from storage.database import Database
from storage.kinds import ImportKind, Language
from storage.models import ImportRun
from tests.imports.carrying import MOSCOW, NOW
from tests.people.lives import everything

OWN_TABLES = ("audit_entry", "import_run", "import_change", "column_mapping", "business_setting")
"""What an import writes about itself, and that it asks for the base to be judged."""


async def run(
    database: Database, kind: ImportKind, text: str, now: datetime = NOW, page: int = 1000
) -> tuple[UUID, Taken]:
    table = open_file(kind, text.encode().splitlines(keepends=True), Rules(MOSCOW, "RUB", now))
    found = list(table)
    assert [row for row in found if isinstance(row, RefusedRow)] == []
    made: ImportRun = await database.write(lambda store: begin(store, kind, "file.csv", table.columns, now))
    terms, taken = terms_of(made, Terms("RUB", Language.RU, ZoneInfo("Europe/Moscow"))), Taken()
    for some in chunks(found, page):
        taken += await database.write(lambda store, some=some: take(store, kind, some, terms, now))  # type: ignore[misc]
    await database.write(lambda store: finish(store, made.id, now))
    return made.id, taken


customers_file = partial(run, kind=ImportKind.CUSTOMERS)
services_file = partial(run, kind=ImportKind.SERVICES)
purchases_file = partial(run, kind=ImportKind.PURCHASES)


async def undo(database: Database, run_id: UUID, now: datetime = NOW) -> dict[str, int] | Obstacle:
    step = Step()
    while not step.is_over:
        done = await database.write(lambda store, step=step: undo_page(store, run_id, now, step))  # type: ignore[misc]
        if isinstance(done, Obstacle):
            return done
        step = done
    return step.counts


async def contents(database: Database) -> dict[str, list[dict[str, Any]]]:
    """All that is in the tables but what imports write about themselves."""
    return await database.read(lambda store: everything(store, *OWN_TABLES))
