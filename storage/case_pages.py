"""Queries: what a case's page shows beside the messages: its history, its labels, and the ready answers."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, delete, select

from storage.columns import Queries, table_of
from storage.kinds import CaseEventKind
from storage.models import CannedReply, Case, CaseEvent, CaseLabel

_CASE = table_of(Case)
_EVENT = table_of(CaseEvent)
_LABEL = table_of(CaseLabel)
_CANNED = table_of(CannedReply)


class Happened(NamedTuple):
    """A line of a case's history, and the number of the case."""

    event: CaseEvent
    number: int


class CasePages(Queries):
    # --- history

    def of_customer(self, customer_id: UUID, limit: int) -> list[Happened]:
        """The newest `limit` lines of all cases of a customer, oldest first; answers are messages and left out."""
        return self._happened(_HISTORY.where(_EVENT.c.customer_id == customer_id), limit)

    def of_case(self, case_id: UUID, limit: int) -> list[Happened]:
        """The same of one case."""
        return self._happened(_HISTORY.where(_EVENT.c.case_id == case_id), limit)

    def _happened(self, lines: Select[tuple[CaseEvent, int]], limit: int) -> list[Happened]:
        found = self._connection.execute(lines.order_by(_EVENT.c.id.desc()).limit(limit)).mappings()
        return [
            Happened(CaseEvent(**{key: value for key, value in row.items() if key != "number"}), row["number"])
            for row in found
        ][::-1]

    # --- labels

    def labels_of(self, case_ids: Sequence[UUID]) -> dict[UUID, list[str]]:
        """By case, in the order they were put on; a case without labels is missing."""
        labels = select(_LABEL.c.case_id, _LABEL.c.label).where(_LABEL.c.case_id.in_(case_ids))
        found: dict[UUID, list[str]] = {}
        for case_id, label in self._connection.execute(labels.order_by(_LABEL.c.added_at, _LABEL.c.label)):
            found.setdefault(case_id, []).append(label)
        return found

    def unlabel(self, case_id: UUID, label: str) -> None:
        self._connection.execute(delete(_LABEL).where(_LABEL.c.case_id == case_id, _LABEL.c.label == label))

    def labels_in_use(self) -> list[str]:
        """On open cases, by name."""
        used = select(_LABEL.c.label).join(_CASE, _CASE.c.id == _LABEL.c.case_id).where(_CASE.c.closed_at.is_(None))
        return list(self._connection.execute(used.distinct().order_by(_LABEL.c.label)).scalars())

    # --- ready answers

    def replies(self, *, is_archived: bool = False) -> list[CannedReply]:
        """By what operators type."""
        kept = select(_CANNED).where(_CANNED.c.is_archived == is_archived)
        return self._all(CannedReply, kept.order_by(_CANNED.c.shortcut))

    def reply(self, reply_id: UUID) -> CannedReply | None:
        return self._one(CannedReply, select(_CANNED).where(_CANNED.c.id == reply_id))

    def reply_by_shortcut(self, shortcut: str) -> CannedReply | None:
        """Archived ones too: their words stay taken."""
        return self._one(CannedReply, select(_CANNED).where(_CANNED.c.shortcut == shortcut))

    def add_reply(self, reply: CannedReply) -> None:
        self._insert(reply)

    def save_reply(self, reply: CannedReply) -> None:
        self._save(reply)


_HISTORY = (
    select(_EVENT, _CASE.c.number)
    .join(_CASE, _CASE.c.id == _EVENT.c.case_id)
    .where(_EVENT.c.kind != CaseEventKind.REPLIED)
)
