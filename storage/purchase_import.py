"""Queries: an import's page of purchases, set by set: whose each is, new customers, and the purchases not known yet."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CursorResult,
    DateTime,
    Executable,
    Select,
    String,
    TableValuedAlias,
    Uuid,
    bindparam,
    cast,
    func,
    insert,
    literal,
    select,
    true,
    type_coerce,
    union,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel

from storage.columns import Queries, listed, table_of
from storage.kinds import Language, PurchaseSource
from storage.models import Customer, CustomerKey, CustomerStats, Identity, Membership, Purchase

_CUSTOMER = table_of(Customer)
_KEY = table_of(CustomerKey)
_IDENTITY = table_of(Identity)
_MEMBER = table_of(Membership)
_PURCHASE = table_of(Purchase)
_STATS = table_of(CustomerStats)

CUSTOMER, PHONE, CARD = "customer", "phone", "card"

Key = tuple[str, str]
"""(kind, value), as in CustomerKey."""


class NewCustomer(NamedTuple):
    """Somebody whom only a file knows so far; `phone` may be empty."""

    id: str
    name: str
    phone: str


class NewPurchase(NamedTuple):
    """Plain: a table model costs fifty times as much to build, and there are thousands on a page."""

    id: str
    customer_id: str
    at: datetime
    amount_minor: int
    product: str
    key: str
    order_key: str | None = None
    quantity_milli: int = 1000
    branch: str = ""
    seller: str = ""
    returned_minor: int = 0


class PurchaseImport(Queries):
    """Ids go in and out as their 32 hexadecimal digits: making each a UUID takes as long as reading its row."""

    def lock(self) -> None:
        """One page at a time, or two imports would each make the same customer."""
        self._lock("purchase import")

    def owners(self, keys: Iterable[Key]) -> dict[Key, str]:
        """Whose these keys are, as earlier imports said."""
        return {(kind, value): owner for kind, value, owner in self._ask(_BY_KEY, sorted(keys))}

    def owners_otherwise(self, keys: Collection[Key]) -> dict[Key, str]:
        """Whose these phones and cards are by the programme's cards and by phones that a messenger has verified."""
        phones = self._ask(_BY_PHONE, [key for key in keys if key[0] == PHONE])
        cards = self._ask(_BY_CARD, [key for key in keys if key[0] == CARD])
        return {(PHONE, phone): owner for phone, owner in phones} | {(CARD, card): owner for card, owner in cards}

    def with_a_number(self, customer_ids: Iterable[str]) -> set[str]:
        """Who of these has a customer number of the other system already."""
        return self._ids(_NUMBERED, customer_ids)

    def taking_part(self, customer_ids: Iterable[str]) -> set[str]:
        """Who of these is a member or has a chat: a purchase of anybody else has no consequences."""
        return self._ids(_TAKING_PART, customer_ids)

    def add_customers(
        self, customers: Iterable[NewCustomer], language: Language, now: datetime, import_id: UUID | None = None
    ) -> None:
        rows = [(customer.id, customer.name, customer.phone or None) for customer in customers]
        self._add(_ADD_CUSTOMERS, rows, language=language.value, now=now, import_id=import_id)

    def add_keys(self, owners: Iterable[tuple[Key, str]]) -> None:
        self._add(_ADD_KEYS, [(*key, owner) for key, owner in owners])

    def mark_stale(self, customer_ids: Iterable[str]) -> None:
        """Their sums are to be counted again; who has none gets a row for them."""
        self._add(_MARK_STALE, [[one] for one in customer_ids])

    def add(
        self, purchases: Sequence[NewPurchase], currency: str, import_id: UUID | None = None
    ) -> Sequence[NewPurchase]:
        """Write those whose key is not known yet, and return them."""
        same = (currency, PurchaseSource.IMPORT.value, import_id.hex if import_id else None)
        text_of = _text_for_postgres if self._is_postgres else _text_for_sqlite
        rows = [(own_id, owner, text_of(at), *rest, *same) for own_id, owner, at, *rest in purchases]
        if self._is_postgres:
            written = self._add(_ADD_PURCHASES, rows)
        else:
            written = self._connection.exec_driver_sql(_ADD_TO_SQLITE, rows).rowcount if rows else 0
        if written in (0, len(rows)):  # nearly always: RETURNING would fetch every row to say so
            return purchases if written else ()
        theirs = self._ids(_WRITTEN, (purchase.id for purchase in purchases))
        return [purchase for purchase in purchases if purchase.id in theirs]

    def returned_more(self, purchases: Iterable[NewPurchase]) -> dict[UUID, int]:
        """Known ones of which more was given back by now than we knew: how much in all, in minor units."""
        told = [[one.key, one.returned_minor] for one in purchases if one.returned_minor > 0]
        return {row[0]: row[1] for row in self._ask(_RETURNED_MORE, told)}

    def _ids(self, statements: "_Statements", ids: Iterable[str]) -> set[str]:
        return {row[0] for row in self._ask(statements, [[one] for one in ids])}

    def _ask(self, statements: "_Statements", rows: Sequence[Any]) -> Sequence[Any]:
        return self._execute(statements, rows).all() if rows else ()

    def _add(self, statements: "_Statements", rows: Sequence[Any], **values: object) -> int:
        return self._execute(statements, rows, **values).rowcount if rows else 0

    def _execute(self, statements: "_Statements", rows: Sequence[Any], **values: object) -> CursorResult[Any]:
        given = {"rows": json.dumps(rows, ensure_ascii=False), **values}
        return self._connection.execute(statements[self._connection.dialect.name], given)


def _text_for_postgres(moment: datetime) -> str:
    return moment.isoformat(" ")


def _text_for_sqlite(moment: datetime) -> str:
    """As SQLAlchemy keeps it there: naive, always with microseconds, for such texts compare letter by letter."""
    return moment.isoformat(" ", "microseconds")[:26]


# --- statements, made once for each dialect

_Statements = dict[str, Executable]


def _for_each(make: Callable[[str], Executable]) -> _Statements:
    return {dialect: make(dialect) for dialect in ("sqlite", "postgresql")}


def _value(rows: TableValuedAlias, place: int, kind: Any = String) -> ColumnElement[Any]:
    return cast(rows.c.value.op("->>")(place), kind)


def _column(dialect: str, place: int, kind: Any = String) -> Select[Any]:
    """One field of all rows."""
    return select(_value(listed(dialect), place, kind))


def _text_of(column: ColumnElement[Any], dialect: str) -> ColumnElement[Any]:
    """An id as its digits, which is how SQLite keeps it."""
    if dialect == "postgresql":
        return func.replace(cast(column, String), "-", "", type_=String)
    return type_coerce(column, String)


def _by_key(dialect: str) -> Executable:
    rows = listed(dialect)
    is_asked = (_KEY.c.kind == _value(rows, 0)) & (_KEY.c.value == _value(rows, 1))
    return select(_KEY.c.kind, _KEY.c.value, _text_of(_KEY.c.customer_id, dialect)).join_from(rows, _KEY, is_asked)


def _by_phone(dialect: str) -> Executable:
    """Only a verified one: anybody can type a phone. The newest first, so that the oldest customer remains."""
    is_asked = _CUSTOMER.c.phone.in_(_column(dialect, 1)) & _CUSTOMER.c.is_phone_verified.is_(True)
    return select(_CUSTOMER.c.phone, _text_of(_CUSTOMER.c.id, dialect)).where(is_asked).order_by(_CUSTOMER.c.id.desc())


def _by_card(dialect: str) -> Executable:
    is_asked = _MEMBER.c.card_number.in_(_column(dialect, 1))
    return select(_MEMBER.c.card_number, _text_of(_MEMBER.c.customer_id, dialect)).where(is_asked)


def _numbered(dialect: str) -> Executable:
    is_asked = _KEY.c.customer_id.in_(_column(dialect, 0, Uuid))
    return select(_text_of(_KEY.c.customer_id, dialect)).where(is_asked, _KEY.c.kind == CUSTOMER)


def _taking_part(dialect: str) -> Executable:
    asked = _column(dialect, 0, Uuid)
    ways = (_MEMBER.c.customer_id, _IDENTITY.c.customer_id)
    return union(*(select(_text_of(column, dialect)).where(column.in_(asked)) for column in ways))


def _add_customers(dialect: str) -> Executable:
    rows = listed(dialect)
    given: dict[str, ColumnElement[Any]] = {
        "id": _value(rows, 0, Uuid),
        "name": _value(rows, 1),
        "phone": _value(rows, 2),
        "language": bindparam("language", type_=_CUSTOMER.c.language.type),
        "created_at": bindparam("now", type_=_CUSTOMER.c.created_at.type),
        "import_id": bindparam("import_id", type_=_CUSTOMER.c.import_id.type),
    }
    given |= _defaults(Customer, given)
    return insert(_CUSTOMER).from_select(list(given), select(*given.values()).select_from(rows))


def _defaults(model: type[SQLModel], given: Mapping[str, object]) -> dict[str, ColumnElement[Any]]:
    """What a model would have put into the columns that are not given."""
    columns = table_of(model).c
    found: dict[str, ColumnElement[Any]] = {}
    for name, field in model.model_fields.items():
        value = None if field.is_required() else field.get_default(call_default_factory=True)
        if name not in given and value is not None:
            found[name] = literal(value, type_=columns[name].type)
    return found


def _mark_stale(dialect: str) -> Executable:
    rows = listed(dialect)
    given: dict[str, ColumnElement[Any]] = {"customer_id": _value(rows, 0, Uuid), "is_stale": true()}
    given |= _defaults(CustomerStats, given)
    stats = select(*given.values()).select_from(rows).where(true())  # else SQLite takes the ON for a join's
    insert_ = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(_STATS)
    begun = insert_.from_select(list(given), stats)
    return begun.on_conflict_do_update(index_elements=["customer_id"], set_={"is_stale": True})


def _add_keys(dialect: str) -> Executable:
    rows = listed(dialect)
    # true(): else SQLite takes the ON for a join's
    keys = select(_value(rows, 0), _value(rows, 1), _value(rows, 2, Uuid)).where(true())
    insert_ = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(_KEY)
    return insert_.from_select(["kind", "value", "customer_id"], keys).on_conflict_do_nothing()


def _add_purchases() -> Executable:
    rows = listed("postgresql")
    given: dict[str, ColumnElement[Any]] = {
        "id": _value(rows, 0, Uuid),
        "customer_id": _value(rows, 1, Uuid),
        "at": _value(rows, 2, DateTime(timezone=True)),
        "amount_minor": _value(rows, 3, BigInteger),
        "product": _value(rows, 4),
        "key": _value(rows, 5),
        "order_key": _value(rows, 6),
        "quantity_milli": _value(rows, 7, BigInteger),
        "branch": _value(rows, 8),
        "seller": _value(rows, 9),
        "returned_minor": _value(rows, 10, BigInteger),
        "currency": _value(rows, 11),
        "source": _value(rows, 12),
        "import_id": _value(rows, 13, Uuid),
    }
    bought = postgresql.insert(_PURCHASE).from_select(list(given), select(*given.values()).select_from(rows))
    return bought.on_conflict_do_nothing(index_elements=["key"])


def _written(dialect: str) -> Executable:
    return select(_text_of(_PURCHASE.c.id, dialect)).where(_PURCHASE.c.id.in_(_column(dialect, 0, Uuid)))


def _returned_more(dialect: str) -> Executable:
    rows = listed(dialect)
    told = _value(rows, 1, BigInteger)
    is_asked = (_PURCHASE.c.key == _value(rows, 0)) & (_PURCHASE.c.returned_minor < told)
    return select(_PURCHASE.c.id, told).join_from(rows, _PURCHASE, is_asked)


_BY_KEY = _for_each(_by_key)
_BY_PHONE = _for_each(_by_phone)
_BY_CARD = _for_each(_by_card)
_NUMBERED = _for_each(_numbered)
_TAKING_PART = _for_each(_taking_part)
_ADD_CUSTOMERS = _for_each(_add_customers)
_ADD_KEYS = _for_each(_add_keys)
_MARK_STALE = _for_each(_mark_stale)
_ADD_PURCHASES = {"postgresql": _add_purchases()}
# The driver's own executemany: the values are ready, which is a third faster here than a list in JSON.
_ADD_TO_SQLITE = """
    INSERT INTO purchase (id, customer_id, at, amount_minor, product, key, order_key, quantity_milli, branch, seller,
                          returned_minor, currency, source, import_id)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING"""
_WRITTEN = _for_each(_written)
_RETURNED_MORE = _for_each(_returned_more)
