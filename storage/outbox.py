"""Queries: the outbox. Each transition of docs/delivery.md is one method here; its guard is in the WHERE."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    Insert,
    Integer,
    Select,
    String,
    Update,
    Uuid,
    and_,
    bindparam,
    cast,
    delete,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from storage.columns import Queries, channel_prefix, listed, new_id, table_of
from storage.kinds import DeliveryState, Journey, MessageKind
from storage.models import BotLease, ChatPace, Customer, OutboxMessage

_OUT = table_of(OutboxMessage)
_CUSTOMER = table_of(Customer)
_PACE = table_of(ChatPace)
_LEASE = table_of(BotLease)
_ACTIVE = _OUT.alias("active")


def _is(table: Any, *states: DeliveryState) -> ColumnElement[bool]:
    """States written as literals: only so do the databases see that a partial index serves."""
    names = ", ".join(f"'{state.value}'" for state in states)
    prefix = f"{table.name}."
    return literal_column(f"{prefix}state IN ({names})" if len(states) > 1 else f"{prefix}state = {names}")


_QUEUED = _is(_OUT, DeliveryState.QUEUED)
_INSERT = insert(_OUT).inline()


def _mark_sent(dialect: str) -> Update:
    item = listed(dialect).c.value
    return (
        update(_OUT)
        .where(
            _OUT.c.id == cast(item.op("->>")(0), Uuid),
            _OUT.c.token == cast(item.op("->>")(1), Uuid),
            _is(_OUT, DeliveryState.SENDING),
        )
        .values(
            state=DeliveryState.SENT,
            provider_id=cast(item.op("->>")(2), String),
            sent_at=bindparam("moment"),
            token=None,
            lease_until=None,
            reason=None,
        )
    )


def _number_calls(dialect: str) -> Update:
    item = listed(dialect).c.value
    return (
        update(_OUT)
        .where(
            _OUT.c.id == cast(item.op("->>")(0), Uuid),
            _OUT.c.token == bindparam("holder"),
            _is(_OUT, DeliveryState.SENDING),
        )
        .values(random_id=cast(item.op("->>")(1), Integer), random_id_at=bindparam("moment"))
    )


def _rest_chats(dialect: str) -> Insert:
    item = listed(dialect).c.value
    user, next_at = cast(item.op("->>")(0), String), cast(item.op("->>")(1), Float)
    rests = select(bindparam("bot", type_=String), user, next_at).where(true())  # SQLite: without it ON joins the table
    insert_ = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(_PACE)
    return insert_.from_select(["bot_id", "user_id", "next_at"], rests).on_conflict_do_update(
        index_elements=["bot_id", "user_id"], set_={"next_at": insert_.excluded.next_at}
    )


_MARK_SENT = {dialect: _mark_sent(dialect) for dialect in ("sqlite", "postgresql")}
_NUMBER_CALLS = {dialect: _number_calls(dialect) for dialect in ("sqlite", "postgresql")}
_REST_CHATS = {dialect: _rest_chats(dialect) for dialect in ("sqlite", "postgresql")}
_EDITS = _OUT.c.body["edits"].as_string()


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A row to queue. Plain, because a turn makes one and a table model costs ten times as much to build."""

    bot_id: str
    user_id: str
    kind: MessageKind
    priority: int
    body: dict[str, Any]
    nonce: str
    not_before: datetime
    created_at: datetime
    customer_id: UUID | None = None
    about_id: UUID | None = None
    dedupe_key: str | None = None
    survey_run_id: UUID | None = None
    case_id: UUID | None = None
    staff_id: UUID | None = None
    journey: Journey | None = None
    id: UUID = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class DueMessage:
    """What the relay must know of a row to deliver it."""

    id: UUID
    bot_id: str
    user_id: str
    customer_id: UUID | None
    kind: MessageKind
    body: dict[str, Any]
    nonce: str
    attempts: int
    first_attempt_at: datetime | None
    token: UUID | None
    is_possible_duplicate: bool
    random_id: int | None
    random_id_at: datetime | None
    created_at: datetime


_DUE_COLUMNS = [_OUT.c[one.name] for one in fields(DueMessage)]


def _due() -> Select[Any]:
    """Oldest due rows of one priority, without those that must wait for another message of the same chat."""
    now = bindparam("now", type_=_OUT.c.not_before.type)
    # One that was tried and waits for its next try keeps its place; one that is planned for later has none yet.
    is_waiting = or_(_ACTIVE.c.not_before <= now, _ACTIVE.c.first_attempt_at.is_not(None))
    is_ahead = and_(_ACTIVE.c.priority == _OUT.c.priority, _ACTIVE.c.id < _OUT.c.id, is_waiting)
    is_chat_busy = exists().where(
        _ACTIVE.c.bot_id == _OUT.c.bot_id,
        _ACTIVE.c.user_id == _OUT.c.user_id,
        _is(_ACTIVE, DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.SENDING),
        or_(~_is(_ACTIVE, DeliveryState.QUEUED), is_ahead),
    )
    is_chat_resting = exists().where(
        _PACE.c.bot_id == _OUT.c.bot_id, _PACE.c.user_id == _OUT.c.user_id, _PACE.c.next_at > bindparam("seconds")
    )
    is_ours = exists().where(
        _LEASE.c.bot_id == bindparam("bot"),
        _LEASE.c.owner == bindparam("owner"),
        _LEASE.c.epoch == bindparam("epoch"),
    )
    return (
        select(*_DUE_COLUMNS)
        .where(
            _OUT.c.bot_id == bindparam("bot"),
            _OUT.c.priority.between(bindparam("first"), bindparam("last")),
            _OUT.c.not_before <= now,
            _QUEUED,
            ~is_chat_busy,
            ~is_chat_resting,
            is_ours,
        )
        .order_by(_OUT.c.priority, _OUT.c.not_before, _OUT.c.id)
        .limit(bindparam("room", type_=Integer))
        .with_for_update(skip_locked=True, of=_OUT)
    )


_DUE = _due()

# Made once, as the others: each button that is pressed, and each round of a relay, runs them.
_OF_NONCE = select(_OUT).where(_OUT.c.nonce == bindparam("pressed"))
_CONFIRM = (
    update(_OUT)
    .where(_OUT.c.nonce == bindparam("pressed"), _is(_OUT, DeliveryState.UNKNOWN))
    .values(state=DeliveryState.SENT, reason="confirmed by an answer", sent_at=bindparam("moment"))
)
_IS_LEFT = and_(
    _OUT.c.bot_id == bindparam("bot"),
    or_(_OUT.c.lease_epoch < bindparam("epoch"), _OUT.c.lease_until < bindparam("now")),
)
_ABANDONED = select(*_DUE_COLUMNS).where(_is(_OUT, DeliveryState.SENDING), _IS_LEFT)
_RELEASE_ABANDONED = (
    update(_OUT)
    .where(_is(_OUT, DeliveryState.CLAIMED), _IS_LEFT)
    .values(state=DeliveryState.QUEUED, token=None, lease_until=None)
)


@dataclass(frozen=True, slots=True)
class Sent:
    """One delivered row: who held it, and what the platform calls it."""

    id: UUID
    token: UUID
    provider_id: str | None


class Outbox(Queries):
    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.has_new = False

    # --- T1

    def add(self, rows: Sequence[NewMessage]) -> None:
        if rows:
            self._connection.execute(_INSERT, [_fresh(row) for row in rows])
            self.has_new = True

    # --- T2, T3, T4

    def pick(
        self, bot_id: str, owner: str, epoch: int, lanes: Sequence[tuple[int, int]], limit: int, now: datetime
    ) -> list[DueMessage]:
        """Due rows in order, one a chat, none for a chat that is busy or must rest; none at all for a lost lease.

        `lanes` are ranges of priorities, asked for one after another: within a range, rows that are held back until
        later are walked over, so what may be held in masses (journeys, broadcasts) wants a range of its own.
        """
        picked: list[DueMessage] = []
        asked = {"bot": bot_id, "owner": owner, "epoch": epoch, "now": now, "seconds": now.timestamp()}
        for first, last in lanes:
            if len(picked) < limit:
                room = limit - len(picked)
                rows = self._connection.execute(_DUE, {**asked, "first": first, "last": last, "room": room})
                picked += [DueMessage(*row) for row in rows]
        return list({row.user_id: row for row in reversed(picked)}.values())[::-1]

    def claim(self, ids: Sequence[UUID], token: UUID, epoch: int, until: datetime) -> None:
        """T2."""
        self._connection.execute(
            update(_OUT)
            .where(_OUT.c.id.in_(ids), _QUEUED)
            .values(state=DeliveryState.CLAIMED, token=token, lease_epoch=epoch, lease_until=until)
        )

    def begin(self, ids: Sequence[UUID], token: UUID, epoch: int, now: datetime, until: datetime) -> set[UUID]:
        """T4, for rows just picked or claimed by this token: durable before the request. The ids that may be sent."""
        mine = or_(_QUEUED, and_(_is(_OUT, DeliveryState.CLAIMED), _OUT.c.token == token))
        begun = (
            update(_OUT)
            .where(_OUT.c.id.in_(ids), mine)
            .values(
                state=DeliveryState.SENDING,
                token=token,
                lease_epoch=epoch,
                lease_until=until,
                attempts=_OUT.c.attempts + 1,
                first_attempt_at=func.coalesce(_OUT.c.first_attempt_at, now),
            )
        )
        if self._connection.execute(begun).rowcount == len(ids):
            return set(ids)
        ours = select(_OUT.c.id).where(_OUT.c.id.in_(ids), _OUT.c.token == token, _is(_OUT, DeliveryState.SENDING))
        return set(self._connection.execute(ours).scalars())

    def still_claimed(self, ids: Sequence[UUID], token: UUID) -> list[DueMessage]:
        """Of these rows, those that this claim still holds, as they are now."""
        mine = select(*_DUE_COLUMNS).where(_OUT.c.id.in_(ids), _OUT.c.token == token, _is(_OUT, DeliveryState.CLAIMED))
        return [DueMessage(*row) for row in self._connection.execute(mine.order_by(_OUT.c.priority, _OUT.c.id))]

    def partners(self, bot_id: str, rows: Sequence[DueMessage]) -> list[DueMessage]:
        """Rows that went in one call with some of these, and came back to the queue with them."""
        keys = {row.random_id for row in rows if row.random_id is not None}
        if not keys:
            return []
        known = [row.id for row in rows]
        others = select(*_DUE_COLUMNS).where(
            _OUT.c.bot_id == bot_id, _OUT.c.random_id.in_(keys), _QUEUED, _OUT.c.id.not_in(known)
        )
        return [DueMessage(*row) for row in self._connection.execute(others.order_by(_OUT.c.id))]

    def number_calls(self, numbers: Mapping[UUID, int], token: UUID, now: datetime) -> None:
        """With T4: the key of the call in which each of these rows goes. Durable before the request, as T4 is."""
        rows = json.dumps([[row_id.hex, number] for row_id, number in numbers.items()])
        statement = _NUMBER_CALLS[self._connection.dialect.name]
        self._connection.execute(statement, {"rows": rows, "holder": token, "moment": now})

    def release(self, ids: Sequence[UUID], token: UUID) -> None:
        """T3: claimed, not begun, given back."""
        self._connection.execute(
            update(_OUT)
            .where(_OUT.c.id.in_(ids), _OUT.c.token == token, _is(_OUT, DeliveryState.CLAIMED))
            .values(state=DeliveryState.QUEUED, token=None, lease_until=None)
        )
        self.has_new = True

    def release_abandoned(self, bot_id: str, epoch: int, now: datetime) -> int:
        """T3: claimed by an owner of the past, or for too long. Nothing was sent, so nothing is lost."""
        asked = {"bot": bot_id, "epoch": epoch, "now": now}
        released = self._connection.execute(_RELEASE_ABANDONED, asked).rowcount
        self.has_new = self.has_new or released > 0
        return released

    def abandoned(self, bot_id: str, epoch: int, now: datetime) -> list[DueMessage]:
        """Rows whose sender died or lost its lease in the middle of the request: they may have arrived (T8)."""
        rows = self._connection.execute(_ABANDONED, {"bot": bot_id, "epoch": epoch, "now": now})
        return [DueMessage(*row) for row in rows]

    # --- T5 to T10

    def mark_sent(self, sent: Iterable[Sent], now: datetime) -> int:
        """T5, in one statement; how many rows took it. A stale token changes nothing."""
        rows = [[one.id.hex, one.token.hex, one.provider_id] for one in sent]
        if not rows:
            return 0
        marks = _MARK_SENT[self._connection.dialect.name]
        return self._connection.execute(marks, {"rows": json.dumps(rows), "moment": now}).rowcount

    def requeue(
        self,
        row_id: UUID,
        token: UUID,
        not_before: datetime,
        *,
        uncounted: bool = False,
        possible_duplicate: bool = False,
        same_call: bool = False,
    ) -> bool:
        """T6 and T8: try again later. `uncounted`: the attempt never was one.

        `same_call`: it may have arrived, so it goes under the key it had; else it gets a new one.
        """
        values: dict[str, Any] = {
            "state": DeliveryState.QUEUED,
            "not_before": not_before,
            "token": None,
            "lease_until": None,
        }
        if not same_call:
            values |= {"random_id": None, "random_id_at": None}
        if uncounted:
            values["attempts"] = _OUT.c.attempts - 1
        if possible_duplicate:
            values["is_possible_duplicate"] = True
        self.has_new = True
        return self._end(row_id, token, values)

    def fail(self, row_id: UUID, token: UUID, reason: str) -> bool:
        """T7."""
        return self._end(
            row_id, token, {"state": DeliveryState.FAILED, "reason": reason, "token": None, "lease_until": None}
        )

    def explain(self, row_id: UUID, reason: str) -> None:
        """What became of a failed row after all: its message went another way."""
        failed = update(_OUT).where(_OUT.c.id == row_id, _is(_OUT, DeliveryState.FAILED))
        self._connection.execute(failed.values(reason=reason))

    def park(self, row_id: UUID, token: UUID, reason: str) -> bool:
        """T8c: nobody knows whether it arrived, and it may not be sent twice."""
        return self._end(
            row_id, token, {"state": DeliveryState.UNKNOWN, "reason": reason, "token": None, "lease_until": None}
        )

    def _end(self, row_id: UUID, token: UUID, values: dict[str, Any]) -> bool:
        mine = update(_OUT).where(_OUT.c.id == row_id, _OUT.c.token == token, _is(_OUT, DeliveryState.SENDING))
        return self._connection.execute(mine.values(values)).rowcount == 1

    def confirm(self, nonce: str, now: datetime) -> None:
        """T9: somebody pressed its button, so it did arrive."""
        self._connection.execute(_CONFIRM, {"pressed": nonce, "moment": now})

    def cancel(self, ids: Sequence[UUID], reason: str) -> None:
        """T10, never from sending."""
        self._cancel(_OUT.c.id.in_(ids), reason=reason)

    def cancel_for(
        self, customer_id: UUID, kinds: Collection[MessageKind], reason: str, *, on_channel_of: str = ""
    ) -> int:
        """T10 for all that waits for one customer; only on the channel of this bot, where one is named."""
        is_there = _OUT.c.bot_id.startswith(channel_prefix(on_channel_of)) if on_channel_of else true()
        return self._cancel(_OUT.c.customer_id == customer_id, _OUT.c.kind.in_(kinds), is_there, reason=reason)

    def cancel_journey(self, customer_ids: Sequence[UUID], journey: Journey, reason: str) -> int:
        """T10 for what one journey still wanted to say to these customers."""
        return self._cancel(_OUT.c.customer_id.in_(customer_ids), _OUT.c.journey == journey, reason=reason)

    def cancel_surveys(self, run_ids: Sequence[UUID], reason: str) -> int:
        """T10 for questions that are no longer asked."""
        return self._cancel(_OUT.c.survey_run_id.in_(run_ids), reason=reason)

    def _cancel(self, *which: ColumnElement[bool], reason: str) -> int:
        waiting = update(_OUT).where(*which, _is(_OUT, DeliveryState.QUEUED, DeliveryState.CLAIMED))
        gone = waiting.values(state=DeliveryState.CANCELLED, reason=reason, token=None, lease_until=None)
        return self._connection.execute(gone).rowcount

    def put_off(self, row_id: UUID, until: datetime) -> None:
        """Not now: quiet hours. Back to the queue (T3), due when they are over."""
        waiting = update(_OUT).where(_OUT.c.id == row_id, _is(_OUT, DeliveryState.QUEUED, DeliveryState.CLAIMED))
        later = waiting.values(state=DeliveryState.QUEUED, not_before=until, token=None, lease_until=None)
        self._connection.execute(later)

    # --- one chat's pace

    def rest_chats(self, bot_id: str, rests: Mapping[str, float]) -> None:
        """When each of these chats may be written to again (Unix seconds). In one order, so that two never block."""
        if not rests:
            return
        rows = json.dumps(sorted(rests.items()))
        self._connection.execute(_REST_CHATS[self._connection.dialect.name], {"bot": bot_id, "rows": rows})

    # --- said to somebody without a name

    def make_nameless(self, row_ids: Collection[UUID]) -> None:
        """What was said on the way there is said to nobody either."""
        self._connection.execute(update(_OUT).where(_OUT.c.id.in_(row_ids)).values(kind=MessageKind.NAMELESS))

    def delete_nameless(self, before: datetime) -> list[UUID]:
        """Those of them that are on their way no more, and older than that."""
        over = delete(_OUT).where(
            literal_column(f"kind = '{MessageKind.NAMELESS.value}'"),
            _OUT.c.created_at < before,
            ~_is(_OUT, DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.SENDING),
        )
        return list(self._connection.execute(over.returning(_OUT.c.id)).scalars())

    # --- looking

    def get(self, row_id: UUID) -> OutboxMessage | None:
        return self._one(OutboxMessage, select(_OUT).where(_OUT.c.id == row_id))

    def some(self, ids: Sequence[UUID]) -> list[OutboxMessage]:
        return self._all(OutboxMessage, select(_OUT).where(_OUT.c.id.in_(ids)).order_by(_OUT.c.id))

    def by_nonce(self, nonce: str) -> OutboxMessage | None:
        return self._one(OutboxMessage, _OF_NONCE, {"pressed": nonce})

    def by_dedupe_key(self, key: str) -> OutboxMessage | None:
        return self._one(OutboxMessage, select(_OUT).where(_OUT.c.dedupe_key == key))

    def newest_in(self, bot_id: str, user_id: str, case_id: UUID) -> OutboxMessage | None:
        """The newest message about one case to one chat of the operators."""
        # What is said about a case is younger than the case: so only the newest rows are walked over.
        here = (_OUT.c.bot_id == bot_id, _OUT.c.user_id == user_id, _OUT.c.id > case_id)
        about = select(_OUT).where(*here, _OUT.c.case_id == case_id)
        return self._one(OutboxMessage, about.order_by(_OUT.c.id.desc()).limit(1))

    def last_waiting(self, bot_id: str, user_id: str) -> OutboxMessage | None:
        """The message that leaves last of all that are on their way to one chat."""
        active = _is(_OUT, DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.SENDING)
        waiting = select(_OUT).where(_OUT.c.bot_id == bot_id, _OUT.c.user_id == user_id, active)
        return self._one(OutboxMessage, waiting.order_by(_OUT.c.id.desc()).limit(1))

    def rewrite(self, row_id: UUID, body: dict[str, Any]) -> bool:
        """Other words for a message that nobody began to send yet; False when somebody did."""
        untouched = update(_OUT).where(_OUT.c.id == row_id, _QUEUED, _OUT.c.first_attempt_at.is_(None))
        return self._connection.execute(untouched.values(body=body)).rowcount == 1

    def by_provider_id(self, bot_id: str, user_id: str, provider_id: str) -> OutboxMessage | None:
        return self._one(
            OutboxMessage,
            select(_OUT).where(_OUT.c.bot_id == bot_id, _OUT.c.user_id == user_id, _OUT.c.provider_id == provider_id),
        )

    def provider_ids(self, ids: Sequence[UUID]) -> dict[UUID, str]:
        """What the platform calls these messages; those it never confirmed are missing."""
        known = select(_OUT.c.id, _OUT.c.provider_id).where(_OUT.c.id.in_(ids), _OUT.c.provider_id.is_not(None))
        return {row[0]: row[1] for row in self._connection.execute(known)}

    def of_customer(self, customer_id: UUID, limit: int) -> list[OutboxMessage]:
        """The newest `limit` messages to a customer, oldest first."""
        rows = select(_OUT).where(_OUT.c.customer_id == customer_id)
        return self._all(OutboxMessage, rows.order_by(_OUT.c.id.desc()).limit(limit))[::-1]

    def is_busy(self, now: datetime) -> bool:
        """Whether anything is due or on its way at this moment."""
        due = and_(_QUEUED, _OUT.c.not_before <= now)
        begun = _is(_OUT, DeliveryState.CLAIMED, DeliveryState.SENDING)
        return any(self._connection.execute(select(_OUT.c.id).where(one).limit(1)).first() for one in (due, begun))

    def counts(self, since: datetime) -> list[tuple[str, DeliveryState, int]]:
        """(bot id, state, rows) of all that was queued since then."""
        group = (_OUT.c.bot_id, _OUT.c.state)
        counted = select(*group, func.count()).where(_OUT.c.created_at >= since).group_by(*group).order_by(*group)
        return [(row[0], row[1], row[2]) for row in self._connection.execute(counted)]

    def shown_in(
        self, customer_id: UUID, bot_id: str, user_id: str, before: UUID | None, limit: int
    ) -> list[OutboxMessage]:
        """The newest `limit` delivered messages of one chat, older than `before`, oldest first; edits are not ones."""
        shown = select(_OUT).where(_is_sent_in(customer_id, bot_id, user_id), _EDITS.is_(None))
        if before is not None:
            shown = shown.where(_OUT.c.id < before)
        return self._all(OutboxMessage, shown.order_by(_OUT.c.id.desc()).limit(limit))[::-1]

    def edits_in(self, customer_id: UUID, bot_id: str, user_id: str, ids: Sequence[UUID]) -> list[OutboxMessage]:
        """The delivered messages of one chat that replace these, oldest first."""
        edited = _EDITS.in_([str(row_id) for row_id in ids])
        edits = select(_OUT).where(_is_sent_in(customer_id, bot_id, user_id), edited)
        return self._all(OutboxMessage, edits.order_by(_OUT.c.id))

    def newest_of(self, customer_ids: Sequence[UUID]) -> dict[UUID, OutboxMessage]:
        """The newest message to each of these customers."""
        told = _OUT.alias("told")
        newest = (
            select(told.c.id)
            .where(told.c.customer_id == _CUSTOMER.c.id)
            .order_by(told.c.id.desc())
            .limit(1)
            .scalar_subquery()
        )
        ids = select(newest).where(_CUSTOMER.c.id.in_(customer_ids))
        rows = self._all(OutboxMessage, select(_OUT).where(_OUT.c.id.in_(ids)))
        return {row.customer_id: row for row in rows if row.customer_id}


def _fresh(row: NewMessage) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in _NEW_COLUMNS}
    return {**values, "state": DeliveryState.QUEUED, "attempts": 0, "is_possible_duplicate": False}


_NEW_COLUMNS = [one.name for one in fields(NewMessage)]


def _is_sent_in(customer_id: UUID, bot_id: str, user_id: str) -> ColumnElement[bool]:
    return and_(
        _OUT.c.customer_id == customer_id,
        _OUT.c.bot_id == bot_id,
        _OUT.c.user_id == user_id,
        _is(_OUT, DeliveryState.SENT),
    )
