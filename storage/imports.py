"""Queries: what files brought: their runs and counts, what each changed, and how the columns of a header were read."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.columns import Queries, chunks, new_id, table_of
from storage.kinds import ImportKind, ImportState
from storage.models import ColumnMapping, ImportChange, ImportRun

_RUN = table_of(ImportRun)
_CHANGE = table_of(ImportChange)
_MAPPING = table_of(ColumnMapping)
AT_ONCE = 500


class Change(NamedTuple):
    """A row that an import made (`before` none) or changed, in JSON's own types."""

    table: str
    key: Mapping[str, Any]
    before: Mapping[str, Any] | None
    after: Mapping[str, Any]
    customer_id: UUID | None = None


class Imports(Queries):
    # --- runs

    def add(self, run: ImportRun) -> None:
        self._insert(run)

    def get(self, run_id: UUID) -> ImportRun | None:
        return self._one(ImportRun, select(_RUN).where(_RUN.c.id == run_id))

    def held(self, run_id: UUID) -> ImportRun | None:
        """The same; until this unit ends nobody else changes it."""
        return self._one(ImportRun, select(_RUN).where(_RUN.c.id == run_id).with_for_update())

    def newest(self, limit: int) -> list[ImportRun]:
        return self._all(ImportRun, select(_RUN).order_by(_RUN.c.started_at.desc(), _RUN.c.id.desc()).limit(limit))

    def running(self, silent_since: datetime | None = None) -> list[UUID]:
        """Runs that take rows; only those that took none since then, where it is given."""
        found = select(_RUN.c.id).where(_RUN.c.state == ImportState.RUNNING).order_by(_RUN.c.id)
        if silent_since is not None:
            found = found.where(func.coalesce(_RUN.c.seen_at, _RUN.c.started_at) < silent_since)
        return list(self._connection.execute(found).scalars())

    def save(self, run: ImportRun) -> None:
        self._save(run)

    def count(self, run_id: UUID, share: float, now: datetime, **more: int) -> None:
        """Add to a run's counts, by the names of its columns. `share`: how much of the file is read."""
        counts = {name: _RUN.c[name] + number for name, number in more.items() if number}
        self._connection.execute(update(_RUN).where(_RUN.c.id == run_id).values(share=share, seen_at=now, **counts))

    def end(self, run_id: UUID, state: ImportState, now: datetime, undo_until: datetime, error: str = "") -> None:
        """A run that has ended already stays as it is."""
        ended = {"state": state, "finished_at": now, "undo_until": undo_until, "error": error}
        self._connection.execute(
            update(_RUN).where(_RUN.c.id == run_id, _RUN.c.state == ImportState.RUNNING).values(ended)
        )

    def forget(self, run_id: UUID) -> None:
        """A run that never began."""
        self._connection.execute(delete(_RUN).where(_RUN.c.id == run_id, _RUN.c.state == ImportState.PREPARED))

    def forget_waiting(self, before: datetime) -> int:
        """Files of which nobody said by then that they be taken in."""
        old = delete(_RUN).where(_RUN.c.state == ImportState.PREPARED, _RUN.c.started_at < before)
        return self._connection.execute(old).rowcount

    # --- what each changed

    def note_changes(self, run_id: UUID, changes: Iterable[Change]) -> None:
        """To be taken back in the reverse order."""
        for some in chunks(changes, AT_ONCE):
            rows = [
                {
                    "id": new_id(),
                    "import_id": run_id,
                    "customer_id": change.customer_id,
                    "changed_table": change.table,
                    "row_key": dict(change.key),
                    "before": None if change.before is None else dict(change.before),
                    "after": dict(change.after),
                }
                for change in some
            ]
            self._connection.execute(insert(_CHANGE).inline(), rows)

    def forget_old_changes(self, now: datetime) -> int:
        """Some of what imports changed that nobody can take back any more: copies of people's data for nothing. How
        many; 0 when nothing is left. Where the undoing has begun they serve until its end."""
        over = select(_RUN.c.id).where(_RUN.c.undo_until < now, _RUN.c.undone.is_(None))
        some = select(_CHANGE.c.id).where(_CHANGE.c.import_id.in_(over)).limit(AT_ONCE)
        return self._connection.execute(delete(_CHANGE).where(_CHANGE.c.id.in_(some.scalar_subquery()))).rowcount

    # --- columns

    def columns(self, kind: ImportKind, header_hash: str) -> dict[str, str] | None:
        """Our column -> the title of the file's, as somebody decided last for this header."""
        found = select(_MAPPING.c.mapping).where(_MAPPING.c.kind == kind, _MAPPING.c.header_hash == header_hash)
        return self._connection.execute(found).scalar_one_or_none()

    def keep_columns(self, kept: ColumnMapping) -> None:
        insert_ = postgresql.insert if self._is_postgres else sqlite.insert
        row = {"kind": kept.kind, "header_hash": kept.header_hash, "mapping": kept.mapping, "saved_at": kept.saved_at}
        changed = {"mapping": kept.mapping, "saved_at": kept.saved_at}
        statement = insert_(_MAPPING).values(row)
        self._connection.execute(statement.on_conflict_do_update(index_elements=["kind", "header_hash"], set_=changed))

    # --- what waits for them

    def is_running(self, since: datetime) -> bool:
        """Whether a file that began at or after `since` is being taken in."""
        running = select(_RUN.c.id).where(_RUN.c.state == ImportState.RUNNING, _RUN.c.started_at >= since)
        return self._connection.execute(running.limit(1)).first() is not None
