"""Queries: every row that belongs to one customer, moved to another one step by step, played back, or forgotten.

A step is a JSON list: `["move", table, column, old, new, keys]`, `["change", table, key, before, after, guard]`,
`["aside", table, row]`, `["add", table, key]`; `["cancel", …]` is a change whose undoing makes sense for a day only.
A guard is the key and a column's value of another row: the change goes back only while that one is as it was.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    String,
    Table,
    and_,
    cast,
    delete,
    exists,
    func,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel

from storage.columns import Queries, brought_back, chunks, portable, portable_row, table_of
from storage.declared import PEOPLE, Declared
from storage.kinds import DeliveryState, MessageKind
from storage.models import (
    METADATA,
    Case,
    ChatPace,
    Customer,
    CustomerMerge,
    Flag,
    Identity,
    InboundEvent,
    OutboxMessage,
    StaffAccount,
)

_CUSTOMER = table_of(Customer)
_MERGE = table_of(CustomerMerge)
_OUT = table_of(OutboxMessage)
_EVENT = table_of(InboundEvent)
_SAID_NOTHING = next(one.blanks or {} for one in PEOPLE if one.model is InboundEvent)
_PACE = table_of(ChatPace)

Step = list[Any]
Values = Mapping[str, Any]
AT_ONCE: Final = 300
STILL_NEWS: Final = timedelta(days=1)
"""A message cancelled by a merge waits again after its undoing, unless its moment has gone by."""
WAITING: Final = (DeliveryState.QUEUED, DeliveryState.CLAIMED)
OVER: Final = (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.UNKNOWN, DeliveryState.CANCELLED)
GOODBYE: Final = "goodbye:"
"""What the dedupe key of the last word to somebody erased begins with: its address is forgotten once it was said."""
_TABLES: Final = {table_of(one.model).name: one for one in PEOPLE}


class People(Queries):
    def lock(self, *customer_ids: UUID) -> None:
        """Until this unit ends, nobody else moves, merges or erases these, and nothing new can refer to their rows.

        The names are those by which turns, purchases, cases and flags are held elsewhere.
        """
        ids = sorted(customer_ids)
        if self._is_postgres:
            self._lock(*self._chats(ids), "purchase import", *(f"purchases {one}" for one in ids))
            self._lock(*(f"points {one}" for one in ids))
            for model, what in ((Case, "case"), (Flag, "flag")):
                table = table_of(model)
                held = select(table.c.id).where(table.c.customer_id.in_(ids)).order_by(table.c.id)
                self._lock(*(f"{what} {row.id}" for row in self._connection.execute(held)))
        held = select(_CUSTOMER.c.id).where(_CUSTOMER.c.id.in_(ids)).order_by(_CUSTOMER.c.id)
        self._connection.execute(held.with_for_update()).all()

    def _chats(self, customer_ids: Sequence[UUID]) -> list[str]:
        place = table_of(Identity)
        theirs = select(place.c.bot_id, place.c.user_id).where(place.c.customer_id.in_(customer_ids))
        rows = self._connection.execute(theirs.order_by(place.c.bot_id, place.c.user_id))
        return [f"chat {row.bot_id} {row.user_id}" for row in rows]

    def rows(self, one: Declared, customer_id: UUID) -> list[dict[str, Any]]:
        """A customer's rows of one table, in the order of their keys."""
        table = table_of(one.model)
        mine = select(table).where(_is_of(one, customer_id)).order_by(*table.primary_key)
        return [dict(row) for row in self._connection.execute(mine).mappings()]

    def counts(self, customer_id: UUID) -> dict[str, int]:
        """How many rows each table has of a customer."""
        found = {}
        for name, one in _TABLES.items():
            found[name] = self._count(select(func.count()).where(_is_of(one, customer_id)))
        return found

    # --- steps of a merge

    def change(
        self,
        model: type[SQLModel],
        row: Values,
        values: Values,
        *,
        kind: str = "change",
        guard: tuple[Values, str] | None = None,
        is_whole: bool = False,
    ) -> list[Step]:
        """Write other values into one row; no step where they are there already. `guard`: another row, its column.

        `is_whole`: the step tells of every value, also of one that was there already.
        """
        table = table_of(model)
        after = {name: value for name, value in values.items() if is_whole or row[name] != value}
        if not after:
            return []
        self._connection.execute(update(table).where(_is_row(table, _key(table, row))).values(after))
        before = {name: portable(row[name]) for name in after}
        held = [_key(table, guard[0]), guard[1], portable(guard[0][guard[1]])] if guard else None
        written = portable_row(after)
        return [[kind, table.name, _key(table, row), before, written, held]]

    def put_aside(self, model: type[SQLModel], row: Values) -> list[Step]:
        """Take a row out, whole."""
        table = table_of(model)
        self._connection.execute(delete(table).where(_is_row(table, _key(table, row))))
        return [["aside", table.name, portable_row(row)]]

    def add(self, row: SQLModel) -> list[Step]:
        """A row that the merge itself makes. No step where its key is taken."""
        if not self._insert_new(row):
            return []
        table = table_of(type(row))
        return [["add", table.name, [portable(getattr(row, column.key)) for column in table.primary_key]]]

    def move(self, model: type[SQLModel], column: str, old: UUID, new: UUID, *only: ColumnElement[bool]) -> list[Step]:
        """Every row that names `old` in this column names `new`."""
        table = table_of(model)
        moved = update(table).where(table.c[column] == old, *only).values({column: new})
        rows = self._connection.execute(moved.returning(*table.primary_key)).all()
        keys = sorted([portable(value) for value in row] for row in rows)
        return [["move", table.name, column, old.hex, new.hex, keys]] if keys else []

    def play_back(self, steps: Sequence[Step], *, age: timedelta) -> None:
        """Undo the steps, last first. A row that was changed again since keeps what it has now."""
        for kind, name, *rest in reversed(steps):
            table = METADATA.tables[name]
            match kind:
                case "move":
                    self._move_back(table, *rest)
                case "aside":
                    self._put_back(table, rest[0])
                case "add":
                    self._connection.execute(delete(table).where(_is_row(table, rest[0])))
                case "change":
                    self._change_back(table, *rest)
                case "cancel" if age <= STILL_NEWS:
                    self._change_back(table, *rest)

    def _move_back(self, table: Table, column: str, old: str, new: str, keys: Sequence[Sequence[Any]]) -> None:
        for some in chunks(keys, AT_ONCE):
            here = and_(_are_rows(table, some), table.c[column] == UUID(new))
            self._connection.execute(update(table).where(here).values({column: UUID(old)}))

    def _put_back(self, table: Table, row: Values) -> None:
        """Where something of the same kind came meanwhile, that one stays."""
        values = {name: brought_back(table.c[name], value) for name, value in row.items()}
        insert = postgresql.insert if self._is_postgres else sqlite.insert
        self._connection.execute(insert(table).values(values).on_conflict_do_nothing())

    def _change_back(
        self, table: Table, key: Sequence[Any], before: Values, after: Values, guard: Sequence[Any] | None
    ) -> None:
        row = self._row(table, key)
        if row is None or (guard and not self._is_as_it_was(table, *guard)):
            return
        changed = {name for name in before if portable(row[name]) != after[name]}
        for names in _TABLES[table.name].together:
            changed |= set(names) if changed & set(names) else set()
        values = {name: brought_back(table.c[name], value) for name, value in before.items() if name not in changed}
        if values:
            self._connection.execute(update(table).where(_is_row(table, key)).values(values))

    def _is_as_it_was(self, table: Table, key: Sequence[Any], column: str, value: Any) -> bool:
        row = self._row(table, key)
        return row is not None and portable(row[column]) == value

    def _row(self, table: Table, key: Sequence[Any]) -> RowMapping | None:
        return self._connection.execute(select(table).where(_is_row(table, key))).mappings().first()

    # --- merges

    def add_merge(self, merge: CustomerMerge) -> None:
        self._insert(merge)

    def save_merge(self, merge: CustomerMerge) -> None:
        self._save(merge)

    def merge(self, merge_id: UUID) -> CustomerMerge | None:
        return self._one(CustomerMerge, select(_MERGE).where(_MERGE.c.id == merge_id))

    def merges_of(self, customer_id: UUID) -> list[CustomerMerge]:
        """The merges that stand and in which this record was kept or went, newest first."""
        theirs = or_(_MERGE.c.kept_id == customer_id, _MERGE.c.gone_id == customer_id)
        standing = select(_MERGE).where(theirs, _MERGE.c.undone_at.is_(None))
        return self._all(CustomerMerge, standing.order_by(_MERGE.c.id.desc()))

    def merged_into(self, customer_id: UUID) -> UUID | None:
        """Where somebody's record went, if it is gone."""
        kept = select(_MERGE.c.kept_id).where(_MERGE.c.gone_id == customer_id, _MERGE.c.undone_at.is_(None))
        found: UUID | None = self._connection.execute(kept.order_by(_MERGE.c.id.desc()).limit(1)).scalar_one_or_none()
        return found

    def linked(self, customer_id: UUID) -> set[UUID]:
        """This record and all that were ever one with it, merges that were undone included."""
        found, new = {customer_id}, [customer_id]
        while new:
            near = or_(_MERGE.c.kept_id.in_(new), _MERGE.c.gone_id.in_(new))
            pairs = self._connection.execute(select(_MERGE.c.kept_id, _MERGE.c.gone_id).where(near))
            new = list({one for pair in pairs for one in pair} - found)
            found.update(new)
        return found

    # --- erasure

    def erase(self, one: Declared, customer_id: UUID) -> None:
        """A customer's rows of one table: deleted, or their columns overwritten, as declared."""
        table = table_of(one.model)
        mine = _is_of(one, customer_id)
        if one.blanks is None:
            self._connection.execute(delete(table).where(mine))
        elif one.blanks:
            self._connection.execute(update(table).where(mine).values(dict(one.blanks)))

    def stop_messages(self, customer_id: UUID, reason: str) -> None:
        """What waits is cancelled; what is on its way this very moment may arrive: nobody will know."""
        self._stop(_OUT.c.customer_id == customer_id, reason)

    def erase_desk(self, customer_id: UUID, case_ids: Sequence[UUID], reason: str) -> None:
        """What operators said of a customer, and what their chats were told: the words go, the chats are theirs."""
        is_about = or_(_OUT.c.about_id == customer_id, _OUT.c.case_id.in_(case_ids))
        alerts = and_(is_about, _OUT.c.customer_id.is_(None))
        self._stop(alerts, reason)
        self._connection.execute(update(_OUT).where(alerts).values(body={"text": ""}))
        self.erase_said_about(customer_id)

    def erase_said_about(self, customer_id: UUID) -> None:
        words = {name: nothing for name, nothing in _SAID_NOTHING.items() if name != "chat_id"}
        self._connection.execute(update(_EVENT).where(_EVENT.c.about_id == customer_id).values(words))

    def erase_chat(self, bot_id: str, user_id: str, reason: str, now: datetime) -> None:
        """What knows an account without knowing the customer: words still unanswered, messages to nobody, its pace."""
        sent = and_(_OUT.c.bot_id == bot_id, _OUT.c.user_id == user_id, _OUT.c.customer_id.is_(None))
        # Where an operator is on duty, the alerts are about others: those of this customer went with their cases.
        account = table_of(StaffAccount)
        is_staff = exists().where(account.c.bot_id == bot_id, account.c.user_id == user_id)
        sent = and_(sent, or_(_OUT.c.kind != MessageKind.OPERATOR_ALERT, ~is_staff))
        self._stop(sent, reason)
        self._connection.execute(update(_OUT).where(sent).values(user_id="", body={"text": ""}, provider_id=None))
        heard = and_(_EVENT.c.bot_id == bot_id, _EVENT.c.chat_id == user_id)
        answered = func.coalesce(_EVENT.c.answered_at, now)
        self._connection.execute(update(_EVENT).where(heard).values(answered_at=answered, **_SAID_NOTHING))
        self._connection.execute(delete(_PACE).where(_PACE.c.bot_id == bot_id, _PACE.c.user_id == user_id))

    def close_cases(self, customer_id: UUID, now: datetime) -> None:
        """Of a customer who is forgotten no case waits for anything, and nobody is asked how it went."""
        case = table_of(Case)
        mine = and_(case.c.customer_id == customer_id, case.c.closed_at.is_(None))
        self._connection.execute(update(case).where(mine).values(closed_at=now))
        nothing_waits = {"waiting_since": None, "next_due_at": None, "recovery_due_at": None}
        self._connection.execute(update(case).where(case.c.customer_id == customer_id).values(nothing_waits))

    def mark_erased(self, customer_id: UUID, now: datetime) -> None:
        self._connection.execute(update(_CUSTOMER).where(_CUSTOMER.c.id == customer_id).values(erased_at=now))

    def forget_steps(self, customer_id: UUID) -> None:
        """The merges this record was part of, and those of the records that went into it: their steps held its data."""
        found, new = {customer_id}, [customer_id]
        while new:
            into = select(_MERGE.c.gone_id).where(_MERGE.c.kept_id.in_(new), _MERGE.c.undone_at.is_(None))
            new = [one for one in self._connection.execute(into).scalars() if one not in found]
            found.update(new)
        theirs = or_(_MERGE.c.kept_id.in_(found), _MERGE.c.gone_id.in_(found))
        self._connection.execute(update(_MERGE).where(theirs).values(moved=[]))

    def _stop(self, which: ColumnElement[bool], reason: str) -> None:
        ends = {
            DeliveryState.CANCELLED: WAITING,
            DeliveryState.UNKNOWN: (DeliveryState.SENDING,),
        }
        for end, states in ends.items():
            there = update(_OUT).where(which, _OUT.c.state.in_(states))
            self._connection.execute(there.values(state=end, reason=reason, token=None, lease_until=None))

    # --- what time makes needless

    def forget_old_steps(self, now: datetime) -> int:
        """Steps of merges that cannot be undone any more: they hold copies of a person's data for nothing."""
        over = select(_MERGE.c.id).where(_MERGE.c.undo_until < now).limit(AT_ONCE)
        ids = [row.id for row in self._connection.execute(over.where(func.length(cast(_MERGE.c.moved, String)) > 2))]
        if ids:
            self._connection.execute(update(_MERGE).where(_MERGE.c.id.in_(ids)).values(moved=[]))
        return len(ids)

    def forget_goodbyes(self) -> int:
        """The addresses of last words that were said, or never will be."""
        said = select(_OUT.c.id, _OUT.c.bot_id, _OUT.c.user_id).where(
            _OUT.c.dedupe_key.startswith(GOODBYE), _OUT.c.state.in_(OVER), _OUT.c.user_id != ""
        )
        rows = self._connection.execute(said.limit(AT_ONCE)).all()
        for row in rows:
            gone = {"user_id": "", "body": {"text": ""}, "provider_id": None}
            self._connection.execute(update(_OUT).where(_OUT.c.id == row.id).values(gone))
            pace = and_(_PACE.c.bot_id == row.bot_id, _PACE.c.user_id == row.user_id)
            self._connection.execute(delete(_PACE).where(pace))
        return len(rows)


def _is_of(one: Declared, customer_id: UUID) -> ColumnElement[bool]:
    table = table_of(one.model)
    return or_(*(table.c[name] == customer_id for name in (one.owner, *one.also)))


def _key(table: Table, row: Values) -> list[Any]:
    return [portable(row[column.key]) for column in table.primary_key]


def _is_row(table: Table, key: Sequence[Any]) -> ColumnElement[bool]:
    columns = zip(table.primary_key, key, strict=True)
    return and_(*(column == brought_back(column, value) for column, value in columns))


def _are_rows(table: Table, keys: Iterable[Sequence[Any]]) -> ColumnElement[bool]:
    columns = list(table.primary_key)
    values = [[brought_back(column, value) for column, value in zip(columns, key, strict=True)] for key in keys]
    if len(columns) == 1:
        return columns[0].in_([one for (one,) in values])
    return tuple_(*columns).in_(values)
