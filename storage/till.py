"""Queries: the till: what cashiers typed so far, sales that wait for the customer's yes, who recorded what, alerts."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import case, delete, func, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.columns import Queries, row_of, table_of
from storage.kinds import AlertKind, SpendState
from storage.models import Purchase, PurchaseReturn, SpendRequest, TillAlert, TillForm

_FORM = table_of(TillForm)
_SPEND = table_of(SpendRequest)
_ALERT = table_of(TillAlert)
_PURCHASE = table_of(Purchase)
_RETURN = table_of(PurchaseReturn)


class Recorded(NamedTuple):
    """How many purchases, and how much money was paid for them."""

    sales: int
    sum_minor: int


class Till(Queries):
    # --- what a cashier typed in a messenger

    def form(self, bot_id: str, user_id: str, now: datetime) -> TillForm | None:
        """The till that is open in this chat."""
        here = select(_FORM).where(_FORM.c.bot_id == bot_id, _FORM.c.user_id == user_id, _FORM.c.expires_at > now)
        return self._one(TillForm, here)

    def keep_form(self, form: TillForm) -> None:
        """Put it in the place of the one before."""
        insert = postgresql.insert if self._is_postgres else sqlite.insert
        row = row_of(form)
        values = {name: value for name, value in row.items() if name not in ("bot_id", "user_id")}
        self._connection.execute(
            insert(_FORM).values(row).on_conflict_do_update(index_elements=["bot_id", "user_id"], set_=values)
        )

    def drop_form(self, bot_id: str, user_id: str) -> None:
        self._connection.execute(delete(_FORM).where(_FORM.c.bot_id == bot_id, _FORM.c.user_id == user_id))

    def forget_forms(self, now: datetime) -> int:
        return self._connection.execute(delete(_FORM).where(_FORM.c.expires_at <= now)).rowcount

    # --- sales that wait for the customer's yes

    def ask_to_spend(self, request: SpendRequest) -> bool:
        """False when this sale was asked about before."""
        return self._insert_new(request) == 1

    def spend_request(self, request_id: UUID) -> SpendRequest | None:
        return self._one(SpendRequest, select(_SPEND).where(_SPEND.c.id == request_id))

    def spend_request_of(self, key: str) -> SpendRequest | None:
        return self._one(SpendRequest, select(_SPEND).where(_SPEND.c.key == key))

    def decide_to_spend(self, request_id: UUID, state: SpendState, now: datetime, *, in_time: bool = False) -> bool:
        """True for the one decision that counts: a request that still waits, and `in_time` where the end matters."""
        waiting = update(_SPEND).where(_SPEND.c.id == request_id, _SPEND.c.state == SpendState.ASKED)
        if in_time:
            waiting = waiting.where(_SPEND.c.expires_at > now)
        return self._connection.execute(waiting.values(state=state, decided_at=now)).rowcount == 1

    def close_spend(self, request_id: UUID, state: SpendState, purchase_id: UUID | None = None) -> None:
        """What came of a decided request."""
        mine = update(_SPEND).where(_SPEND.c.id == request_id)
        self._connection.execute(mine.values(state=state, purchase_id=purchase_id))

    def drop_questions_but(self, request: SpendRequest, now: datetime) -> None:
        """A cashier asks a customer anew: what they were asked before waits no more."""
        waiting = update(_SPEND).where(
            _SPEND.c.staff_id == request.staff_id,
            _SPEND.c.customer_id == request.customer_id,
            _SPEND.c.state == SpendState.ASKED,
            _SPEND.c.id != request.id,
        )
        self._connection.execute(waiting.values(state=SpendState.EXPIRED, decided_at=now))

    def settle_questions(self, purchase: Purchase, since: datetime, now: datetime) -> None:
        """A cashier sold by another way than the questions they asked this customer since then: none of those can
        become a sale any more."""
        state = _SPEND.c.state
        unsold = update(_SPEND).where(
            _SPEND.c.staff_id == purchase.recorded_by,
            _SPEND.c.customer_id == purchase.customer_id,
            _SPEND.c.key != purchase.key,
            _SPEND.c.purchase_id.is_(None),
            _SPEND.c.asked_at > since,
        )
        over = case((state == SpendState.ASKED, literal(SpendState.EXPIRED, state.type)), else_=state)
        decided_at = func.coalesce(_SPEND.c.decided_at, literal(now, _SPEND.c.decided_at.type))
        self._connection.execute(unsold.values(state=over, purchase_id=purchase.id, decided_at=decided_at))

    def spends_to_expire(self, now: datetime, limit: int) -> list[SpendRequest]:
        late = select(_SPEND).where(_SPEND.c.state == SpendState.ASKED, _SPEND.c.expires_at <= now)
        return self._all(SpendRequest, late.order_by(_SPEND.c.expires_at).limit(limit))

    # --- who recorded what

    def lock(self, staff_id: UUID) -> None:
        """One sale of a cashier at a time: limits are counted, and counting must not race."""
        self._lock(f"till {staff_id}")

    def recorded_by(self, staff_id: UUID, since: datetime, customer_id: UUID | None = None) -> Recorded:
        """What a cashier recorded since then, of one customer or of all."""
        own = select(func.count(), func.coalesce(func.sum(_PURCHASE.c.amount_minor), 0)).where(
            _PURCHASE.c.recorded_by == staff_id, _PURCHASE.c.at >= since
        )
        if customer_id is not None:
            own = own.where(_PURCHASE.c.customer_id == customer_id)
        sales, total = self._connection.execute(own).one()
        return Recorded(int(sales), int(total))

    def recorded_of(self, customer_id: UUID, since: datetime) -> int:
        """Purchases of a customer that any cashier recorded since then."""
        bought = select(func.count()).where(
            _PURCHASE.c.customer_id == customer_id, _PURCHASE.c.at >= since, _PURCHASE.c.recorded_by.is_not(None)
        )
        return self._count(bought)

    def last_sales(self, staff_id: UUID, limit: int) -> list[Purchase]:
        """A cashier's newest purchases, newest first."""
        own = select(_PURCHASE).where(_PURCHASE.c.recorded_by == staff_id)
        return self._all(Purchase, own.order_by(_PURCHASE.c.at.desc(), _PURCHASE.c.id.desc()).limit(limit))

    def returns_by(self, staff_id: UUID, since: datetime) -> int:
        return self._count(
            select(func.count()).select_from(_RETURN).where(_RETURN.c.staff_id == staff_id, _RETURN.c.at >= since)
        )

    # --- alerts

    def alert_of(self, kind: AlertKind, staff_id: UUID, customer_id: UUID | None, day: int) -> TillAlert | None:
        known = select(_ALERT).where(
            _ALERT.c.kind == kind,
            _ALERT.c.staff_id == staff_id,
            _ALERT.c.day == day,
            _ALERT.c.customer_id.is_(None) if customer_id is None else _ALERT.c.customer_id == customer_id,
        )
        return self._one(TillAlert, known)

    def add_alert(self, alert: TillAlert) -> bool:
        """False when it is known."""
        return self._insert_new(alert) == 1

    def save_alert(self, alert: TillAlert) -> None:
        self._save(alert)

    def alerts(self, *, seen: bool, limit: int) -> list[TillAlert]:
        """The newest first."""
        found = select(_ALERT).where(_ALERT.c.seen_at.is_not(None) if seen else _ALERT.c.seen_at.is_(None))
        return self._all(TillAlert, found.order_by(_ALERT.c.at.desc()).limit(limit))

    def count_alerts(self) -> int:
        """Those that nobody has looked at."""
        return self._count(select(func.count()).select_from(_ALERT).where(_ALERT.c.seen_at.is_(None)))

    def see_alert(self, alert_id: UUID, staff_id: UUID, now: datetime) -> bool:
        fresh = update(_ALERT).where(_ALERT.c.id == alert_id, _ALERT.c.seen_at.is_(None))
        return self._connection.execute(fresh.values(seen_by=staff_id, seen_at=now)).rowcount == 1
