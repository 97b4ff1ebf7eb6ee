"""Queries: who shares a phone or an address, who was born when, and the pairs that somebody looks at (feature ID5)."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, delete, func, select, tuple_, union, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.columns import Queries, chunks, row_of, table_of
from storage.kinds import PairState
from storage.models import Customer, CustomerKey, DuplicatePair

_CUSTOMER = table_of(Customer)
_KEY = table_of(CustomerKey)
_PAIR = table_of(DuplicatePair)

PHONE_KEY: Final = "phone"
AT_ONCE: Final = 300


class Duplicates(Queries):
    # --- who resembles whom

    def of_one_phone(self, at_most: int) -> list[list[UUID]]:
        """Groups of two to `at_most` customers with the same phone, their own or the one an import knows them by."""
        own = select(_CUSTOMER.c.phone.label("value"), _CUSTOMER.c.id.label("customer_id"))
        own = own.where(_CUSTOMER.c.phone.is_not(None), _CUSTOMER.c.erased_at.is_(None))
        keys = select(_KEY.c.value, _KEY.c.customer_id).where(_KEY.c.kind == PHONE_KEY)
        return self._groups(union(own, keys).cte("owned"), at_most)

    def of_one_email(self, at_most: int) -> list[list[UUID]]:
        own = select(func.lower(_CUSTOMER.c.email).label("value"), _CUSTOMER.c.id.label("customer_id"))
        own = own.where(_CUSTOMER.c.email.is_not(None), _CUSTOMER.c.erased_at.is_(None))
        return self._groups(own.cte("owned"), at_most)

    def _groups(self, owned: Any, at_most: int) -> list[list[UUID]]:
        several = select(owned.c.value).group_by(owned.c.value).having(func.count().between(2, at_most))
        rows = select(owned.c.value, owned.c.customer_id).where(owned.c.value.in_(several))
        groups: dict[str, list[UUID]] = {}
        for row in self._connection.execute(rows.order_by(owned.c.value)):
            groups.setdefault(row.value, []).append(row.customer_id)
        return list(groups.values())

    def born(self, after: UUID | None, limit: int) -> list[tuple[UUID, str, int, int, int | None]]:
        """(id, name, month, day, year of birth) of those who have a name and a birthday; by id."""
        who = select(
            _CUSTOMER.c.id,
            _CUSTOMER.c.name,
            _CUSTOMER.c.birthday_month,
            _CUSTOMER.c.birthday_day,
            _CUSTOMER.c.birth_year,
        ).where(
            _CUSTOMER.c.birthday_month.is_not(None),
            _CUSTOMER.c.birthday_day.is_not(None),
            _CUSTOMER.c.name != "",
            _CUSTOMER.c.erased_at.is_(None),
        )
        if after is not None:
            who = who.where(_CUSTOMER.c.id > after)
        return [tuple(row) for row in self._connection.execute(who.order_by(_CUSTOMER.c.id).limit(limit))]

    def customers(self, ids: Collection[UUID]) -> dict[UUID, Customer]:
        found: dict[UUID, Customer] = {}
        for some in chunks(ids, AT_ONCE):
            rows = self._all(Customer, select(_CUSTOMER).where(_CUSTOMER.c.id.in_(some)))
            found.update((one.id, one) for one in rows)
        return found

    def keys(self, ids: Collection[UUID]) -> dict[UUID, list[CustomerKey]]:
        """What other systems call each of these."""
        found: dict[UUID, list[CustomerKey]] = {one: [] for one in ids}
        for some in chunks(ids, AT_ONCE):
            for key in self._all(CustomerKey, select(_KEY).where(_KEY.c.customer_id.in_(some))):
                found[key.customer_id].append(key)
        return found

    # --- the pairs

    def all(self) -> list[DuplicatePair]:
        return self._all(DuplicatePair, select(_PAIR))

    def held(self, pairs: Sequence[tuple[UUID, UUID]]) -> list[DuplicatePair]:
        """These, as they are now; until this unit ends nobody decides about them."""
        mine = select(_PAIR).where(_are(pairs)).order_by(_PAIR.c.first_id, _PAIR.c.second_id)
        return self._all(DuplicatePair, mine.with_for_update())

    def alive(self, ids: Iterable[UUID]) -> set[UUID]:
        """Those of them who are still there; until this unit ends nobody merges or erases them."""
        there = select(_CUSTOMER.c.id).where(_CUSTOMER.c.id.in_(set(ids)), _CUSTOMER.c.erased_at.is_(None))
        rows = self._connection.execute(there.order_by(_CUSTOMER.c.id).with_for_update(read=True))
        return set(rows.scalars())

    def put(self, pairs: Sequence[DuplicatePair]) -> None:
        """Write these, instead of what was known of them."""
        insert = (postgresql.insert if self._is_postgres else sqlite.insert)(_PAIR)
        both = ["first_id", "second_id"]
        new = {column.name: insert.excluded[column.name] for column in _PAIR.c if column.name not in both}
        upsert = insert.on_conflict_do_update(index_elements=both, set_=new)
        if pairs:
            self._connection.execute(upsert, [row_of(pair) for pair in pairs])

    def drop(self, pairs: Sequence[tuple[UUID, UUID]]) -> int:
        """Forget those of them that wait for a decision; how many did."""
        dropped = 0
        for some in chunks(pairs, AT_ONCE):
            waiting = delete(_PAIR).where(_are(some), _PAIR.c.state == PairState.OPEN)
            dropped += self._connection.execute(waiting).rowcount
        return dropped

    def decide(self, pair: tuple[UUID, UUID], state: PairState, by: UUID | None, at: datetime) -> bool:
        """False when there is no such pair."""
        decided = {"state": state, "decided_by": by, "decided_at": at}
        return self._connection.execute(update(_PAIR).where(_are([pair])).values(decided)).rowcount == 1

    def in_state(self, state: PairState, limit: int) -> list[DuplicatePair]:
        """Those that wait in the order they were found; those decided about newest decision first."""
        pairs: Select[Any] = select(_PAIR).where(_PAIR.c.state == state)
        found = (_PAIR.c.found_at, _PAIR.c.first_id, _PAIR.c.second_id)
        order = found if state is PairState.OPEN else (_PAIR.c.decided_at.desc(), *found)
        return self._all(DuplicatePair, pairs.order_by(*order).limit(limit))

    def count_open(self) -> int:
        return self._count(select(func.count()).select_from(_PAIR).where(_PAIR.c.state == PairState.OPEN))


def _are(pairs: Sequence[tuple[UUID, UUID]]) -> ColumnElement[bool]:
    if len(pairs) == 1:
        return and_(_PAIR.c.first_id == pairs[0][0], _PAIR.c.second_id == pairs[0][1])
    return tuple_(_PAIR.c.first_id, _PAIR.c.second_id).in_(list(pairs))
