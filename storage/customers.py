"""Queries: customers and the identities they write from."""

from collections.abc import Collection
from datetime import datetime
from functools import cache
from uuid import UUID

from sqlalchemy import Executable, case, exists, func, select, union, update

from storage.columns import Queries, ids_as_rows, listed_ids, table_of
from storage.kinds import CLOSED_REACH, FieldOrigin, Language, ReachStatus
from storage.models import Customer, CustomerField, CustomerKey, Identity, Purchase

_CUSTOMER = table_of(Customer)
_IDENTITY = table_of(Identity)
_PURCHASE = table_of(Purchase)
_KEY = table_of(CustomerKey)
PHONE_KEY = "phone"


class Customers(Queries):
    def lock(self, bot_id: str, user_id: str) -> None:
        """One turn of a chat at a time, whichever process has it."""
        self._lock(f"chat {bot_id} {user_id}")

    def identity(self, bot_id: str, user_id: str) -> Identity | None:
        return self._one(
            Identity, select(_IDENTITY).where(_IDENTITY.c.bot_id == bot_id, _IDENTITY.c.user_id == user_id)
        )

    def identities_of(self, customer_id: UUID) -> list[Identity]:
        return self._all(Identity, select(_IDENTITY).where(_IDENTITY.c.customer_id == customer_id))

    def get(self, customer_id: UUID) -> Customer | None:
        return self._one(Customer, select(_CUSTOMER).where(_CUSTOMER.c.id == customer_id))

    def held(self, customer_id: UUID) -> Customer | None:
        """The customer as they are now; until this unit ends nobody erases or merges them."""
        return self._one(Customer, select(_CUSTOMER).where(_CUSTOMER.c.id == customer_id).with_for_update())

    def staying(self, customer_ids: Collection[UUID]) -> set[UUID]:
        """Those of these who are there; until this unit ends nobody merges or drops them, and changes go on.

        Before rows that refer to them are held: merges and erasures hold the customers first too, and the other order
        would be a deadlock.
        """
        staying = _staying(self._connection.dialect.name)
        return set(self._connection.execute(staying, {"rows": ids_as_rows(customer_ids)}).scalars())

    def add(self, bot_id: str, user_id: str, name: str, language: Language, now: datetime) -> Customer:
        """A stranger: rows of their own, under the name their messenger tells."""
        customer = Customer(name=name, language=language, created_at=now)
        self._insert(customer)
        self._insert(Identity(bot_id=bot_id, user_id=user_id, customer_id=customer.id, display_name=name, seen_at=now))
        if name:
            origin = FieldOrigin.MESSENGER
            self._insert(CustomerField(customer_id=customer.id, field="name", origin=origin, at=now))
        return customer

    def save(self, customer: Customer, column: str, *more: str) -> None:
        """Write these columns and no others: somebody else may be changing those meanwhile.

        Raises KeyError for what is no column of a customer.
        """
        values = {_CUSTOMER.c[name].key: getattr(customer, name) for name in (column, *more)}
        self._connection.execute(update(_CUSTOMER).where(_CUSTOMER.c.id == customer.id).values(values))

    def set_reach(self, bot_id: str, user_id: str, reach: ReachStatus) -> None:
        self._connection.execute(
            update(_IDENTITY).where(_IDENTITY.c.bot_id == bot_id, _IDENTITY.c.user_id == user_id).values(reach=reach)
        )

    def note_seen(self, bot_id: str, user_id: str, now: datetime) -> None:
        """They wrote from here just now; so a chat that was closed to us is open again."""
        is_closed = _IDENTITY.c.reach.in_(CLOSED_REACH)
        reach = case((is_closed, ReachStatus.ACTIVE), else_=_IDENTITY.c.reach)
        here = update(_IDENTITY).where(_IDENTITY.c.bot_id == bot_id, _IDENTITY.c.user_id == user_id)
        self._connection.execute(here.values(seen_at=now, reach=reach))

    def reachable(self, customer_id: UUID) -> list[Identity]:
        """Where a customer can be written to, the place they were seen at last first."""
        return self.places([customer_id])

    def places(self, customer_ids: Collection[UUID]) -> list[Identity]:
        """Where these customers can be written to, the place that somebody was seen at last first."""
        whose = _IDENTITY.c.customer_id.in_(customer_ids)
        places = select(_IDENTITY).where(whose, _IDENTITY.c.reach.not_in(CLOSED_REACH))
        return self._all(Identity, places.order_by(_IDENTITY.c.seen_at.desc(), _IDENTITY.c.bot_id))

    def only_on_file(self, phone: str, limit: int) -> list[Customer]:
        """Customers of this phone who have no chat with us: an import or the till brought them."""
        by_phone = select(_CUSTOMER.c.id).where(_CUSTOMER.c.phone == phone)
        by_key = select(_KEY.c.customer_id).where(_KEY.c.kind == PHONE_KEY, _KEY.c.value == phone)
        has_chat = exists().where(_IDENTITY.c.customer_id == _CUSTOMER.c.id)
        found = select(_CUSTOMER).where(_CUSTOMER.c.id.in_(union(by_phone, by_key)), ~has_chat)
        return self._all(Customer, found.order_by(_CUSTOMER.c.id).limit(limit))

    def of_phone(self, phone: str, limit: int) -> list[Customer]:
        """Everybody who gave this phone or came with it in a file, the newest first."""
        by_phone = select(_CUSTOMER.c.id).where(_CUSTOMER.c.phone == phone)
        by_key = select(_KEY.c.customer_id).where(_KEY.c.kind == PHONE_KEY, _KEY.c.value == phone)
        found = select(_CUSTOMER).where(_CUSTOMER.c.id.in_(union(by_phone, by_key)), _CUSTOMER.c.erased_at.is_(None))
        return self._all(Customer, found.order_by(_CUSTOMER.c.id.desc()).limit(limit))

    def purchase_totals(self, customer_id: UUID) -> list[tuple[str, int, int]]:
        """(currency, purchases, sum in minor units) of one customer."""
        totals = (
            select(_PURCHASE.c.currency, func.count(), func.sum(_PURCHASE.c.amount_minor))
            .where(_PURCHASE.c.customer_id == customer_id)
            .group_by(_PURCHASE.c.currency)
            .order_by(_PURCHASE.c.currency)
        )
        return [(row[0], row[1], int(row[2])) for row in self._connection.execute(totals)]


@cache
def _staying(dialect: str) -> Executable:
    there = select(_CUSTOMER.c.id).where(_CUSTOMER.c.id.in_(listed_ids(dialect))).order_by(_CUSTOMER.c.id)
    return there.with_for_update(read=True, key_share=True)
