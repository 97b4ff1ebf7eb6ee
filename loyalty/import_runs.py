"""An import from its first row to its last: what began when, how far it is, and what became of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from loyalty.headers import Columns, fingerprint
from loyalty.import_customers import take_customers
from loyalty.import_people import People, Terms
from loyalty.import_services import take_services
from loyalty.importing import Taken, take_page
from loyalty.standing import ask_to_rate
from storage.kinds import AuditAction, AuditActor, ImportKind, ImportState
from storage.models import ColumnMapping, ImportRun, Staff
from storage.store import Store

UNDO_WITHIN: Final = timedelta(hours=24)
INTERRUPTED: Final = "interrupted"
"""The program ended in the middle: what was taken stays, and the same file brought again completes it."""

SILENT_FOR: Final = timedelta(minutes=10)
"""After which a run counts as left by its program; a page of rows takes seconds."""


class NotRunning(Exception):
    """The run has ended, or is gone: none of its rows is taken any more."""


_TAKES: Final[Mapping[ImportKind, Callable[..., Taken]]] = {
    ImportKind.PURCHASES: take_page,
    ImportKind.CUSTOMERS: take_customers,
    ImportKind.SERVICES: take_services,
}


def begin(
    store: Store,
    kind: ImportKind,
    file_name: str,
    columns: Columns,
    now: datetime,
    options: Mapping[str, Any] | None = None,
    by: Staff | None = None,
) -> ImportRun:
    """A run that takes rows from now on. Broken off before its end it can be taken back just as well."""
    run = ImportRun(
        kind=kind,
        file_name=file_name,
        mapping=dict(columns),
        options=dict(options or {}),
        by=by.id if by else None,
        started_at=now,
        undo_until=now + UNDO_WITHIN,
    )
    store.imports.add(run)
    _note(store, run, by, now)
    return run


def start_prepared(store: Store, run_id: UUID, now: datetime, by: Staff) -> ImportRun | None:
    """The same for a file that waited for its columns; None where it began already, or is gone."""
    run = store.imports.held(run_id)
    if run is None or run.state is not ImportState.PREPARED:
        return None
    run.state, run.started_at, run.undo_until = ImportState.RUNNING, now, now + UNDO_WITHIN
    store.imports.save(run)
    _note(store, run, by, now)
    return run


def _note(store: Store, run: ImportRun, by: Staff | None, now: datetime) -> None:
    store.audit.note(AuditAction.IMPORTED, by or AuditActor.SYSTEM, now, run=run.id.hex, kind=run.kind.value)


def take(
    store: Store,
    kind: ImportKind,
    rows: Sequence[Any],
    terms: Terms,
    now: datetime,
    people: People | None = None,
    *,
    refused: int = 0,
    share: float = 0.0,
) -> Taken:
    """One unit: a page of rows, and its counts in the run. `refused`: rows of this page that could not be read.

    Raises NotRunning where the run has ended meanwhile: rows that came after its undoing would stay for ever.
    """
    if terms.import_id:
        store.purchase_import.lock()  # before the run is held: an undoing takes both in this order
        run = store.imports.held(terms.import_id)
        if run is None or run.state is not ImportState.RUNNING:
            raise NotRunning(str(terms.import_id))
    taken = _TAKES[kind](store, rows, terms, now, people) if rows else Taken()
    if terms.import_id:
        store.imports.count(
            terms.import_id,
            share,
            now,
            rows=len(rows) + refused,
            new=taken.new,
            changed=taken.changed,
            known=taken.known,
            kept=taken.kept,
            customers=taken.customers,
            refused=refused + len(taken.erased),
        )
    return taken


def finish(store: Store, run_id: UUID, now: datetime) -> None:
    store.imports.end(run_id, ImportState.DONE, now, now + UNDO_WITHIN)
    ask_to_rate(store, now)


def fail(store: Store, run_id: UUID, error: str, now: datetime) -> None:
    """It ended in the middle; `error` is a word of ours, no text of the file."""
    store.imports.end(run_id, ImportState.FAILED, now, now + UNDO_WITHIN, error)


def interrupt_left(store: Store, now: datetime, *, is_alone: bool = False) -> int:
    """End runs that nobody goes on with: the program that read their files has ended. How many.

    `is_alone`: no other program may hold this database, so all of them are left; else those that are silent for long.
    """
    left = store.imports.running(None if is_alone else now - SILENT_FOR)
    for run_id in left:
        fail(store, run_id, INTERRUPTED, now)
    return len(left)


def known_columns(store: Store, kind: ImportKind, header: Sequence[str]) -> dict[str, str] | None:
    """Which column is which in files with this header, as somebody decided last."""
    return store.imports.columns(kind, fingerprint(header))


def keep_columns(store: Store, kind: ImportKind, header: Sequence[str], columns: Columns, now: datetime) -> None:
    """For the next file with this header."""
    kept = ColumnMapping(kind=kind, header_hash=fingerprint(header), mapping=dict(columns), saved_at=now)
    store.imports.keep_columns(kept)


def terms_of(run: ImportRun, terms: Terms) -> Terms:
    """The business's terms for the rows of one run."""
    return replace(terms, currency=str(run.options.get("currency", terms.currency)), import_id=run.id)
