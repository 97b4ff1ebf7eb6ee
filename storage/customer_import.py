"""Queries: what files say of customers: their fields, who told each of them, and who wants to hear nothing."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.columns import Queries, chunks, table_of
from storage.kinds import ConsentPurpose
from storage.models import Consent, Customer, CustomerField

_CUSTOMER = table_of(Customer)
_FIELD = table_of(CustomerField)
_CONSENT = table_of(Consent)
AT_ONCE = 500

Values = Mapping[str, Any]


class CustomerImport(Queries):
    def held(self, customer_ids: Collection[UUID], columns: Sequence[str]) -> dict[UUID, dict[str, Any]]:
        """These columns of these customers; until this unit ends nobody else changes them."""
        found: dict[UUID, dict[str, Any]] = {}
        for some in chunks(sorted(customer_ids), AT_ONCE):
            asked = select(_CUSTOMER.c.id, *(_CUSTOMER.c[name] for name in columns)).where(_CUSTOMER.c.id.in_(some))
            rows = self._connection.execute(asked.order_by(_CUSTOMER.c.id).with_for_update()).mappings()
            found |= {row["id"]: {name: row[name] for name in columns} for row in rows}
        return found

    def fields(self, customer_ids: Collection[UUID]) -> dict[tuple[UUID, str], dict[str, Any]]:
        """Who told each field of these customers, and when."""
        found: dict[tuple[UUID, str], dict[str, Any]] = {}
        for some in chunks(sorted(customer_ids), AT_ONCE):
            rows = self._connection.execute(select(_FIELD).where(_FIELD.c.customer_id.in_(some))).mappings()
            found |= {(row["customer_id"], row["field"]): {"origin": row["origin"], "at": row["at"]} for row in rows}
        return found

    def save(self, changed: Mapping[UUID, Values]) -> None:
        """Write columns of customers; of each the same ones."""
        if not changed:
            return
        names = next(iter(changed.values())).keys()
        one = update(_CUSTOMER).where(_CUSTOMER.c.id == bindparam("own_id"))
        statement = one.values({name: bindparam(f"new_{name}") for name in names})
        rows = [
            {"own_id": own_id, **{f"new_{name}": value for name, value in values.items()}}
            for own_id, values in changed.items()
        ]
        self._connection.execute(statement, rows)

    def put_fields(self, rows: Sequence[Values]) -> None:
        """Who told a field, now."""
        insert = postgresql.insert if self._is_postgres else sqlite.insert
        statement = insert(_FIELD)
        told = statement.on_conflict_do_update(
            index_elements=["customer_id", "field"],
            set_={"origin": statement.excluded.origin, "at": statement.excluded.at},
        )
        if rows:
            self._connection.execute(told, list(rows))

    def said_about_advertising(self, customer_ids: Collection[UUID]) -> dict[UUID, list[Consent]]:
        """Each one's decisions, the oldest first."""
        found: dict[UUID, list[Consent]] = {}
        for some in chunks(sorted(customer_ids), AT_ONCE):
            said = select(_CONSENT).where(
                _CONSENT.c.customer_id.in_(some), _CONSENT.c.purpose == ConsentPurpose.ADVERTISING
            )
            for one in self._all(Consent, said.order_by(_CONSENT.c.id)):
                found.setdefault(one.customer_id, []).append(one)
        return found

    def add_consents(self, consents: Sequence[Consent]) -> None:
        self._insert(*consents)
