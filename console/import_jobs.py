"""Imports that go on while nobody looks: tasks of this process, a page of rows at a time between customers' turns."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from console.uploads import Uploads
from console.words import Words
from loyalty.carrying import PAGE_BESIDE_CHATS, Pieces, carry
from loyalty.cells import DateOrder
from loyalty.import_files import open_file
from loyalty.import_people import Terms
from loyalty.import_runs import INTERRUPTED, fail, finish, take, terms_of
from loyalty.import_undo import Obstacle, Step, undo_page
from loyalty.importing import Taken
from loyalty.phones import region_of
from loyalty.refused_rows import RefusedRows
from loyalty.spreadsheet import NotATable
from loyalty.table_file import RefusedRow, Rules
from messaging.trouble import described
from storage.kinds import Language
from storage.models import ImportRun, Staff

if TYPE_CHECKING:
    from console.parts import ConsoleParts

log = logging.getLogger(__name__)

BROKEN: Final = "broken"
UNREADABLE: Final = "unreadable"
ENDINGS: Final = (INTERRUPTED, BROKEN, UNREADABLE)
"""Why an import ended before its last row; phrases of the console: `import.error.<value>`."""


class _Stopping(Exception):
    """The program ends: the rows taken so far stay."""


class ImportJobs:
    """One task for an import or its undoing. Whoever closes the page changes nothing."""

    def __init__(self, parts: "ConsoleParts", uploads: Uploads) -> None:
        self._parts = parts
        self._uploads = uploads
        self._tasks: dict[UUID, asyncio.Task[None]] = {}

    def is_busy(self, run_id: UUID) -> bool:
        """Whether something goes on with this import right now, in this process."""
        return run_id in self._tasks

    def take_in(self, run: ImportRun, language: Language) -> None:
        """Begin with the rows of a run whose file is here. `language`: of who reads the list of refused rows."""
        self._begin(run.id, self._take_in(run, language))

    def take_back(self, run_id: UUID, by: Staff) -> None:
        self._begin(run_id, self._take_back(run_id, by))

    async def idle(self) -> None:
        """Wait until nothing goes on."""
        while self._tasks:
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _begin(self, run_id: UUID, work: Coroutine[Any, Any, None]) -> None:
        if self.is_busy(run_id):
            work.close()
            return
        task = asyncio.create_task(work, name=f"import {run_id}")
        self._tasks[run_id] = task
        task.add_done_callback(lambda _: self._tasks.pop(run_id, None))

    async def _take_in(self, run: ImportRun, language: Language) -> None:
        database, clock = self._parts.database, self._parts.clock
        error = ""
        try:
            await self._carry(run, language)
        except _Stopping:
            error = INTERRUPTED
        except NotATable:
            error = UNREADABLE
        except Exception as trouble:  # whatever it is, the run must not stand there as if it went on
            log.error("import %s broke off: %s", run.id, described(trouble))
            error = BROKEN
        if error:
            await database.write(lambda store: fail(store, run.id, error, clock()))
        else:
            await database.write(lambda store: finish(store, run.id, clock()))
        await asyncio.to_thread(self._uploads.forget, run.id)

    async def _carry(self, run: ImportRun, language: Language) -> None:
        database, clock = self._parts.database, self._parts.clock
        settings = await database.read(lambda store: store.business.settings())
        rules = rules_of(run, self._parts, region_of(settings))
        words = Words(language, rules.zone)
        terms = terms_of(run, Terms(rules.currency, self._parts.default_language, rules.zone))

        async def take_page(rows: Sequence[Any], refused: int, share: float) -> Taken:
            if self._parts.is_stopping():
                raise _Stopping
            return await database.write(
                lambda store: take(store, run.kind, rows, terms, clock(), refused=refused, share=share)
            )

        opened = await asyncio.to_thread(self._uploads.file(run.id).open, "rb")
        reason = refusal_in(words)
        with opened as file, RefusedRows(self._uploads.refusals(run.id), words.t("import.reason"), reason) as refused:
            pieces = Pieces(file)
            table = open_file(run.kind, pieces, pieces.in_its_order(rules), run.mapping)
            await carry(table, pieces, take_page, refused, PAGE_BESIDE_CHATS, reads_aside=True)

    async def _take_back(self, run_id: UUID, by: Staff) -> None:
        step = Step()
        try:
            while not step.is_over and not self._parts.is_stopping():
                done = await self._parts.database.write(
                    lambda store, step=step: undo_page(store, run_id, self._parts.clock(), step, by)  # type: ignore[misc]  # mypy cannot infer a lambda with a default
                )
                if isinstance(done, Obstacle):
                    return
                step = done
        except Exception as trouble:  # pressed again it goes on; the page must not wait for ever
            log.error("undoing import %s broke off: %s", run_id, described(trouble))


def rules_of(run: ImportRun, parts: "ConsoleParts", region: str) -> Rules:
    """How the cells of a run's file are to be read."""
    slashed = run.options.get("dates")
    return Rules(
        ZoneInfo(parts.time_zone),
        str(run.options.get("currency") or "RUB"),
        parts.clock(),
        region,
        DateOrder(slashed) if slashed else None,
    )


def refusal_in(words: Words) -> Callable[[RefusedRow], str]:
    """The sentence that stands beside a refused row."""
    return lambda row: words.t(f"import.problem.{row.problem.value}", value=row.value)
