"""Queries: what an import made and changed, taken out again page by page."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Table, and_, delete, exists, or_, select, update

from storage.columns import Queries, brought_back, portable_row, table_of
from storage.declared import PEOPLE
from storage.kinds import FROM_FILE, FieldOrigin
from storage.models import (
    METADATA,
    AuditEntry,
    Consent,
    Customer,
    CustomerField,
    CustomerKey,
    CustomerMerge,
    CustomerStats,
    DuplicatePair,
    FeedEntry,
    ImportChange,
    Purchase,
    StatusMove,
    TodayAction,
)

_CUSTOMER = table_of(Customer)
_PURCHASE = table_of(Purchase)
_CHANGE = table_of(ImportChange)
_FIELD = table_of(CustomerField)
_STATS = table_of(CustomerStats)
_MOVE = table_of(StatusMove)
_CONSENT = table_of(Consent)
_MERGE = table_of(CustomerMerge)

_FOLLOWS: Final = (CustomerKey, CustomerField, CustomerStats, StatusMove, TodayAction, Consent)
"""What goes with a customer whom nobody has met: it came with them, or was made of what they bought. Of consents these
are the withdrawals of files: there is nobody any more who could be written to."""
_LEFT_ALONE: Final = (*_FOLLOWS, Customer, DuplicatePair, FeedEntry, AuditEntry, ImportChange, CustomerMerge)
_OTHERS: Final = tuple(one for one in PEOPLE if one.model not in _LEFT_ALONE)
"""A row in any of these says that the customer has become more than a line of a file."""

_CLOCKS_DIFFER_MS: Final = 60 * 60 * 1000


class Bought(NamedTuple):
    id: UUID
    customer_id: UUID


class ImportUndo(Queries):
    # --- purchases

    def purchases(self, run_id: UUID, limit: int) -> list[Bought]:
        """Some that this import brought. Ids are made in the order of time, so that no index is needed to find them."""
        brought = select(_PURCHASE.c.id, _PURCHASE.c.customer_id).where(
            _PURCHASE.c.id >= _earliest(run_id), _PURCHASE.c.import_id == run_id
        )
        return [Bought(*row) for row in self._connection.execute(brought.order_by(_PURCHASE.c.id).limit(limit))]

    def drop_purchases(self, ids: Collection[UUID]) -> None:
        self._connection.execute(delete(_PURCHASE).where(_PURCHASE.c.id.in_(ids)))

    def refresh_sums(self, customer_ids: Collection[UUID], since: datetime) -> None:
        """Who has bought nothing any more has no sums, nor the stages and segments that were told of them from `since`
        on; the sums of the others are counted again."""
        theirs = _STATS.c.customer_id.in_(customer_ids)
        # In the order in which the jobs that rate customers hold them, so that nobody waits for each other.
        held = select(_STATS.c.customer_id).where(theirs).order_by(_STATS.c.customer_id).with_for_update()
        self._connection.execute(held).all()
        told = and_(_MOVE.c.customer_id.in_(customer_ids), _MOVE.c.at >= since)
        still_buys = exists().where(_PURCHASE.c.customer_id == _MOVE.c.customer_id)
        self._connection.execute(delete(_MOVE).where(told, ~still_buys))
        has_bought = exists().where(_PURCHASE.c.customer_id == _STATS.c.customer_id)
        self._connection.execute(delete(_STATS).where(theirs, ~has_bought))
        self._connection.execute(update(_STATS).where(theirs).values(is_stale=True))

    # --- changes

    def changes(self, run_id: UUID, limit: int) -> list[ImportChange]:
        """The last ones first."""
        made = select(_CHANGE).where(_CHANGE.c.import_id == run_id)
        return self._all(ImportChange, made.order_by(_CHANGE.c.id.desc()).limit(limit))

    def forget_changes(self, ids: Collection[UUID]) -> None:
        self._connection.execute(delete(_CHANGE).where(_CHANGE.c.id.in_(ids)))

    def row(self, table: str, key: Mapping[str, Any]) -> dict[str, Any] | None:
        """A row as it is now, in JSON's own types; until this unit ends nobody else changes it."""
        asked = select(METADATA.tables[table]).where(_is_row(table, key)).with_for_update()
        found = self._connection.execute(asked).mappings().first()
        return None if found is None else portable_row(dict(found))

    def delete(self, table: str, key: Mapping[str, Any]) -> None:
        self._connection.execute(delete(METADATA.tables[table]).where(_is_row(table, key)))

    def restore(self, table: str, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        columns = METADATA.tables[table].c
        before = {name: brought_back(columns[name], value) for name, value in values.items()}
        self._connection.execute(update(METADATA.tables[table]).where(_is_row(table, key)).values(before))

    # --- customers

    def newcomers(self, run_id: UUID, after: UUID | None, limit: int) -> list[UUID]:
        """Customers whom this import made, in the order of their ids."""
        made = select(_CUSTOMER.c.id).where(_CUSTOMER.c.id >= _earliest(run_id), _CUSTOMER.c.import_id == run_id)
        if after is not None:
            made = made.where(_CUSTOMER.c.id > after)
        return list(self._connection.execute(made.order_by(_CUSTOMER.c.id).limit(limit).with_for_update()).scalars())

    def strangers_among(self, customer_ids: Sequence[UUID]) -> list[UUID]:
        """Those of whom nothing is known but what files told."""
        is_bound: list[ColumnElement[bool]] = [
            exists().where(or_(*(table_of(one.model).c[name] == _CUSTOMER.c.id for name in (one.owner, *one.also))))
            for one in _OTHERS
        ]
        is_bound += [
            exists().where(_FIELD.c.customer_id == _CUSTOMER.c.id, _FIELD.c.origin != FieldOrigin.IMPORT),
            exists().where(_CONSENT.c.customer_id == _CUSTOMER.c.id, _CONSENT.c.bot_id != FROM_FILE),
            exists().where(_CHANGE.c.customer_id == _CUSTOMER.c.id),  # of another import: this one's are taken back
            exists().where(or_(_MERGE.c.kept_id == _CUSTOMER.c.id, _MERGE.c.gone_id == _CUSTOMER.c.id)),
            _CUSTOMER.c.erased_at.is_not(None),
            _CUSTOMER.c.is_phone_verified,
            _CUSTOMER.c.birthday_set_at.is_not(None),
            _CUSTOMER.c.paused_until.is_not(None),
        ]
        free = select(_CUSTOMER.c.id).where(_CUSTOMER.c.id.in_(customer_ids), ~or_(*is_bound))
        return list(self._connection.execute(free).scalars())

    def drop_customers(self, ids: Collection[UUID]) -> None:
        for model in _FOLLOWS:
            table = table_of(model)
            self._connection.execute(delete(table).where(table.c.customer_id.in_(ids)))
        pair = table_of(DuplicatePair)
        self._connection.execute(delete(pair).where(or_(pair.c.first_id.in_(ids), pair.c.second_id.in_(ids))))
        self._connection.execute(delete(_CUSTOMER).where(_CUSTOMER.c.id.in_(ids)))


def _earliest(run_id: UUID) -> UUID:
    """An id that all rows of this import come after, also where they were made by a clock an hour behind."""
    milliseconds = max((run_id.int >> 80) - _CLOCKS_DIFFER_MS, 0)
    return UUID(int=milliseconds << 80)


def _is_row(table: str, key: Mapping[str, Any]) -> ColumnElement[bool]:
    known: Table = METADATA.tables[table]
    return and_(*(known.c[name] == brought_back(known.c[name], value) for name, value in key.items()))
