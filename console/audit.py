"""The audit: who did what to whom, newest first. Nobody can change it, not even here."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from starlette.responses import Response

from console.customers import uuid_of
from console.pages import Visit
from storage.kinds import AuditAction
from storage.models import AuditEntry
from storage.store import Store

ON_A_PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Line:
    """`name` is the customer's as it is now: none for who is gone or was erased."""

    at: datetime
    who: str
    action: AuditAction
    customer_id: UUID | None
    name: str


async def show(visit: Visit) -> Response:
    before = uuid_of(visit.request.query_params.get("before", ""))
    entries, lines = await visit.read(lambda store: _look(store, visit, before))
    older = str(entries[ON_A_PAGE - 1].id) if len(entries) > ON_A_PAGE else ""
    return visit.page("audit.html", lines=lines, older=older, is_newest=before is None)


def _look(store: Store, visit: Visit, before: UUID | None) -> tuple[list[AuditEntry], list[Line]]:
    entries = store.audit.page(ON_A_PAGE + 1, before=before)
    names = store.staff.names()
    return entries, [_line(store, visit, entry, names) for entry in entries[:ON_A_PAGE]]


def _line(store: Store, visit: Visit, entry: AuditEntry, names: dict[UUID, str]) -> Line:
    customer = store.customers.get(entry.subject_id) if entry.subject_id else None
    who = names.get(entry.staff_id, "") if entry.staff_id else visit.words.t(f"actor.{entry.actor.value}")
    return Line(entry.at, who, entry.action, customer.id if customer else None, customer.name if customer else "")
