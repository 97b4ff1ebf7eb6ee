"""Take an import back: what it made goes, what it changed is as before, and what has gone on since stays."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from loyalty import referrals, returns
from loyalty.accrual import withdraw
from loyalty.import_customers import FIELDS
from loyalty.standing import ask_to_rate
from storage.kinds import AuditAction, AuditActor, FieldOrigin, ImportState
from storage.models import ImportChange, ImportRun, Staff
from storage.store import Store

AT_ONCE: Final = 500
"""Rows of one unit: behind it customers wait."""


class Obstacle(StrEnum):
    """Why an import cannot be taken back."""

    GONE = "gone"
    RUNNING = "running"
    UNDONE = "undone"
    TOO_LATE = "too_late"


@dataclass(frozen=True, slots=True)
class Step:
    """How far the undoing has come. `after`: the last customer that was looked at."""

    is_over: bool = False
    after: UUID | None = None
    counts: dict[str, int] = field(default_factory=dict)


def why_not(run: ImportRun | None, now: datetime) -> Obstacle | None:
    """What stands in the way; None when it can be taken back."""
    if run is None or run.state is ImportState.PREPARED:
        return Obstacle.GONE
    if run.state is ImportState.RUNNING:
        return Obstacle.RUNNING
    if run.state is ImportState.UNDONE:
        return Obstacle.UNDONE
    if run.undone is not None:
        return None  # half of it is gone: once begun, it may be brought to its end
    return Obstacle.TOO_LATE if run.undo_until is None or now > run.undo_until else None


def undo_page(store: Store, run_id: UUID, now: datetime, step: Step, by: Staff | None = None) -> Step | Obstacle:
    """One unit of it; go on with the step that comes back until it is over. Broken off, it is simply begun again.

    First the purchases with their points, then the changes from the last to the first, then the customers. Whoever has
    a chat, a case, a consent, points or purchases of other files by then stays. Withdrawals that the file told stay
    with the customer, and what a purchase cancelled (a word to who had been away) stays cancelled.
    """
    store.purchase_import.lock()
    run = store.imports.held(run_id)
    if obstacle := why_not(run, now):
        return obstacle
    assert run is not None
    counts: dict[str, int] = {}
    after = step.after
    is_over = False
    if bought := store.import_undo.purchases(run_id, AT_ONCE):
        ids = [one.id for one in bought]
        counts["points"] = withdraw(store, ids, now)
        store.returns.forget_purchases(ids)
        store.import_undo.drop_purchases(ids)
        referrals.after_import(store, {one.customer_id for one in bought}, now)
        counts["purchases"] = len(bought)
        store.import_undo.refresh_sums({one.customer_id for one in bought}, run.started_at)
    elif changes := store.import_undo.changes(run_id, AT_ONCE):
        told = [change.row_key["key"] for change in changes if change.changed_table == returns.TABLE]
        if told:
            counts["changes"] = returns.taken_back(store, told, now)
        for change in (one for one in changes if one.changed_table != returns.TABLE):
            name = "changes" if _take_back(store, change) else "changes_kept"
            counts[name] = counts.get(name, 0) + 1
        store.import_undo.forget_changes([change.id for change in changes])
    elif newcomers := store.import_undo.newcomers(run_id, after, AT_ONCE):
        strangers = store.import_undo.strangers_among(newcomers)
        store.import_undo.drop_customers(strangers)
        counts = {"customers": len(strangers), "customers_kept": len(newcomers) - len(strangers)}
        after = newcomers[-1]
    else:
        is_over = True
        run.state, run.undone_at = ImportState.UNDONE, now
        ask_to_rate(store, now)
    if run.undone is None:
        store.audit.note(AuditAction.IMPORT_UNDONE, by or AuditActor.SYSTEM, now, run=run.id.hex, kind=run.kind.value)
    before = run.undone or {}
    run.undone = {name: before.get(name, 0) + counts.get(name, 0) for name in before.keys() | counts.keys()}
    store.imports.save(run)
    return Step(is_over, after, run.undone)


def _take_back(store: Store, change: ImportChange) -> bool:
    """False where somebody has changed the row since, or it says that somebody wants no messages."""
    if change.changed_table == "consent":
        # Who says «stop» after the file did, or whom a later file names, is silent already, and nothing more is written
        # down: without this row nobody would know.
        return False
    table, key, after = change.changed_table, change.row_key, change.after or {}
    current = store.import_undo.row(table, key)
    if current is None:
        return False
    if change.before is None:
        if any(current[name] != value for name, value in after.items()):
            return False
        store.import_undo.delete(table, key)
        return True
    same = {name for name, value in after.items() if current[name] == value}
    if table == "customer":
        same -= _confirmed(store, change, current, same)
    if same:
        store.import_undo.restore(table, key, {name: change.before[name] for name in same})
    return len(same) == len(after)


def _confirmed(store: Store, change: ImportChange, current: dict[str, Any], same: set[str]) -> set[str]:
    """Columns of fields that somebody has said or proved since; a birthday goes back whole or not at all."""
    stays: set[str] = set()
    for name, columns in FIELDS.items():
        touched = {column for column in columns if column in (change.after or {})}
        told = store.import_undo.row("customer_field", {"customer_id": change.row_key["id"], "field": name})
        is_said = told is not None and told["origin"] != FieldOrigin.IMPORT.value
        is_proved = (name == "phone" and current["is_phone_verified"]) or (
            name == "birthday" and current["birthday_set_at"] is not None
        )
        if touched and (is_said or is_proved or not touched <= same):
            stays |= touched
    return stays
