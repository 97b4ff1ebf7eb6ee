"""Queries: the audit. There is a way to add and a way to look, and no other; the database holds it to that."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from storage.columns import Queries, table_of
from storage.kinds import AuditAction, AuditActor
from storage.models import AuditEntry, Staff

_ENTRY = table_of(AuditEntry)


class Audit(Queries):
    def note(
        self,
        action: AuditAction,
        by: Staff | AuditActor,
        now: datetime,
        subject_id: UUID | None = None,
        **details: Any,
    ) -> None:
        """Write down who did what to whom. `details` are ids and numbers: what is written here cannot be erased."""
        staff_id = by.id if isinstance(by, Staff) else None
        actor = AuditActor.STAFF if isinstance(by, Staff) else by
        self._insert(
            AuditEntry(at=now, actor=actor, staff_id=staff_id, action=action, subject_id=subject_id, details=details)
        )

    def page(self, limit: int, *, before: UUID | None = None) -> list[AuditEntry]:
        """The newest entries, or those below one, newest first."""
        entries = select(_ENTRY).order_by(_ENTRY.c.id.desc()).limit(limit)
        return self._all(AuditEntry, entries if before is None else entries.where(_ENTRY.c.id < before))

    def of_customer(self, customer_id: UUID) -> list[AuditEntry]:
        """All that was done about one customer, newest first."""
        theirs = select(_ENTRY).where(_ENTRY.c.subject_id == customer_id)
        return self._all(AuditEntry, theirs.order_by(_ENTRY.c.id.desc()))
