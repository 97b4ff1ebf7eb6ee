"""Queries: who told us each field of a customer, and when it was said or confirmed last (tasks D1, D9)."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.columns import Queries, table_of
from storage.kinds import FieldOrigin
from storage.models import CustomerField

_FIELD = table_of(CustomerField)


class Fields(Queries):
    def note(self, customer_id: UUID, field: str, origin: FieldOrigin, at: datetime) -> None:
        """A field has this value since now: whoever said it last counts."""
        insert = postgresql.insert if self._is_postgres else sqlite.insert
        said = {"origin": origin, "at": at}
        row = insert(_FIELD).values({"customer_id": customer_id, "field": field, **said})
        self._connection.execute(row.on_conflict_do_update(index_elements=["customer_id", "field"], set_=said))

    def of(self, customer_id: UUID) -> dict[str, CustomerField]:
        """By field; one that was told before anybody wrote this down is missing."""
        known = self._all(CustomerField, select(_FIELD).where(_FIELD.c.customer_id == customer_id))
        return {one.field: one for one in known}

    def confirm(self, customer_id: UUID, fields: Collection[str], shown_at: datetime, now: datetime) -> None:
        """The customer looked at these fields and says that they are right. What the staff or their messenger told
        stays theirs; what a file told, and what is of unknown origin, is the customer's word now: no file changes it
        any more. One that was changed after they had been shown it is not confirmed."""
        seen = _FIELD.c.field.in_(fields) & (_FIELD.c.customer_id == customer_id) & (_FIELD.c.at <= shown_at)
        whose = case((_FIELD.c.origin == FieldOrigin.IMPORT, FieldOrigin.CUSTOMER), else_=_FIELD.c.origin)
        self._connection.execute(update(_FIELD).where(seen).values(at=now, origin=whose))
        self._insert_new(
            *(
                CustomerField(customer_id=customer_id, field=field, origin=FieldOrigin.CUSTOMER, at=now)
                for field in sorted(fields)
            )
        )
