"""Each field of a segment in SQL: when a condition over it is met, and the value that it sees.

One line a field at the end; its kind, operators and values are in `messaging.segment_fields` (a test holds both
together). What is not known is NULL.
"""

from calendar import isleap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final, Protocol, TypeAlias
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    case,
    false,
    func,
    not_,
    or_,
    select,
    type_coerce,
)

from storage.columns import table_of
from storage.contact import AGREED_TO_ADVERTISING, OPEN_CHATS
from storage.kinds import (
    BatchState,
    FlagState,
    LifecycleStage,
    SurveyKind,
)
from storage.models import (
    Bot,
    Case,
    Consent,
    Customer,
    CustomerStats,
    CustomerTag,
    Flag,
    Identity,
    Membership,
    PointsBatch,
    Purchase,
    Service,
    SurveyRun,
)

_CUSTOMER = table_of(Customer)
_STATS = table_of(CustomerStats)
_PURCHASE = table_of(Purchase)
_SERVICE = table_of(Service)
_IDENTITY = table_of(Identity)
_BOT = table_of(Bot)
_CONSENT = table_of(Consent)
_MEMBER = table_of(Membership)
_BATCH = table_of(PointsBatch)
_FLAG = table_of(Flag)
_LIKED = table_of(CustomerTag)
_CASE = table_of(Case)
_RUN = table_of(SurveyRun)

Leaf: TypeAlias = Mapping[str, Any]
Condition: TypeAlias = ColumnElement[bool]
Shown: TypeAlias = int | str | bool | date | tuple[str, ...] | None
"""A birthday is month * 100 + day, money is minor units."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Now, and the business's own calendar: days are counted in it."""

    now: datetime
    zone: Any

    @property
    def today(self) -> date:
        return self.day_of(self.now)

    def day_of(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def start_of(self, day: date) -> datetime:
        return datetime.combine(day, time.min, self.zone)


def surely(condition: Condition) -> Condition:
    """Never NULL: what is not known is not met."""
    return func.coalesce(condition, false())


class Source(Protocol):
    """Where a field comes from."""

    def meets(self, leaf: Leaf, moment: Moment) -> Condition:
        """NULL counts as false."""

    def shown(self, leaf: Leaf, moment: Moment) -> ColumnElement[Any]:
        """The value that decided, for one customer."""

    def read(self, value: Any, moment: Moment) -> Shown: ...


@dataclass(frozen=True, slots=True)
class _Value:
    """One value a customer. `given` turns a text of the rules into what the column holds."""

    value: ColumnElement[Any] | Callable[[Moment], ColumnElement[Any]]
    given: Callable[[str], Any] = str

    def meets(self, leaf: Leaf, moment: Moment) -> Condition:
        found: Condition = self._compared(self.shown(leaf, moment), leaf["is"], leaf.get("value"), moment)
        return found

    def _compared(self, value: ColumnElement[Any], operator: str, given: Any, moment: Moment) -> Any:
        match operator:
            case "at_least":
                return value >= given
            case "at_most":
                return value <= given
            case "equals":
                return value == given
            case "between":
                return value.between(*given)
            case "any_of":
                return value.in_([self.given(text) for text in given])
            case "none_of":
                return not_(surely(value.in_([self.given(text) for text in given])))
            case "unknown":
                return value.is_(None)
        return value.is_not(None)  # known

    def shown(self, leaf: Leaf, moment: Moment) -> ColumnElement[Any]:
        return self.value(moment) if callable(self.value) else self.value

    def read(self, value: Any, moment: Moment) -> Shown:
        return value.hex if isinstance(value, UUID) else value


@dataclass(frozen=True, slots=True)
class _Day(_Value):
    """A day, as the moment of something or (`is_ordinal`) as `date.toordinal()`."""

    is_ordinal: bool = False

    def _compared(self, value: ColumnElement[Any], operator: str, given: Any, moment: Moment) -> Any:
        match operator:
            case "longer_ago":
                return value < self._from(moment, -given)
            case "within":
                return and_(value >= self._from(moment, -given), value < self._from(moment, 1))
            case "between":
                newest, oldest = given
                return and_(value >= self._from(moment, -oldest), value < self._from(moment, 1 - newest))
            case "within_next":
                return and_(value >= self._from(moment, 0), value < self._from(moment, given + 1))
        return super(_Day, self)._compared(value, operator, given, moment)

    def read(self, value: Any, moment: Moment) -> Shown:
        if value is None:
            return None
        return date.fromordinal(value) if self.is_ordinal else moment.day_of(value)

    def _from(self, moment: Moment, days: int) -> Any:
        """The beginning of the day so many days after today, as the column has it."""
        day = moment.today + timedelta(days)
        return day.toordinal() if self.is_ordinal else moment.start_of(day)


_DAY_OF_YEAR: Final = _CUSTOMER.c.birthday_month * 100 + _CUSTOMER.c.birthday_day
_LEAP_DAY: Final = 229
_ALL_YEAR: Final = 365


@dataclass(frozen=True, slots=True)
class _Birthday(_Value):
    """Who was born on the 29th of February has their day on the 28th in common years, as `messaging.journeys` says."""

    value: ColumnElement[Any] = _DAY_OF_YEAR

    def _compared(self, value: ColumnElement[Any], operator: str, given: Any, moment: Moment) -> Any:
        match operator:
            case "in_month":
                return value.between(given * 100, given * 100 + 99)
            case "within_next":
                return value.in_(sorted(_days_of_year(moment.today, given)))
        return super(_Birthday, self)._compared(value, operator, given, moment)


def _days_of_year(first: date, days: int) -> set[int]:
    """The birthdays kept from this day to `days` after it."""
    coming = [first + timedelta(number) for number in range(min(days, _ALL_YEAR) + 1)]
    found = {day.month * 100 + day.day for day in coming}
    if any((day.month, day.day) == (2, 28) and not isleap(day.year) for day in coming):
        found.add(_LEAP_DAY)
    return found


def _age(moment: Moment) -> ColumnElement[Any]:
    """Whole years; nothing without day, month and year."""
    today, years = moment.today, moment.today.year - _CUSTOMER.c.birth_year
    is_had = today.month * 100 + today.day >= _DAY_OF_YEAR
    return case((is_had, years), (not_(is_had), years - 1))


@dataclass(frozen=True, slots=True)
class _Either(_Value):
    """Yes or no, of everybody."""

    def _compared(self, value: ColumnElement[Any], operator: str, given: Any, moment: Moment) -> Any:
        return value if operator == "yes" else not_(value)

    def read(self, value: Any, moment: Moment) -> Shown:
        return bool(value)


@dataclass(frozen=True, slots=True)
class _Several:
    """Any number of values a customer: `value` of the rows of `owner`."""

    owner: ColumnElement[Any]
    value: ColumnElement[Any]
    rows: Select[Any]

    def meets(self, leaf: Leaf, moment: Moment) -> Condition:
        owners = self.rows.with_only_columns(self.owner)
        if "value" in leaf:
            owners = owners.where(self.value.in_(leaf["value"]))
        is_in = _CUSTOMER.c.id.in_(owners)
        return not_(is_in) if leaf["is"] in ("none_of", "unknown") else is_in

    def shown(self, leaf: Leaf, moment: Moment) -> ColumnElement[Any]:
        text = func.aggregate_strings(type_coerce(self.value, String), ",")
        theirs = self.rows.with_only_columns(text).where(self.owner == _CUSTOMER.c.id)
        return theirs.correlate(_CUSTOMER).scalar_subquery()

    def read(self, value: Any, moment: Moment) -> Shown:
        return tuple(sorted(set(value.split(",")))) if value else ()


@dataclass(frozen=True, slots=True)
class _Bought:
    """`names` picks the lines of purchases; what was given back whole was not bought. Seen: when it was last."""

    names: Callable[[list[str]], Condition]

    def meets(self, leaf: Leaf, moment: Moment) -> Condition:
        lines = self._lines(leaf)
        if days := leaf.get("days"):
            lines = lines.where(_PURCHASE.c.at >= moment.start_of(moment.today - timedelta(days)))
        is_in = _CUSTOMER.c.id.in_(lines.with_only_columns(_PURCHASE.c.customer_id))
        return not_(is_in) if leaf["is"] in ("never", "not_recently") else is_in

    def shown(self, leaf: Leaf, moment: Moment) -> ColumnElement[Any]:
        last = self._lines(leaf).with_only_columns(func.max(_PURCHASE.c.at))
        return last.where(_PURCHASE.c.customer_id == _CUSTOMER.c.id).correlate(_CUSTOMER).scalar_subquery()

    def read(self, value: Any, moment: Moment) -> Shown:
        return None if value is None else moment.day_of(value)

    def _lines(self, leaf: Leaf) -> Select[Any]:
        return select(_PURCHASE).where(self.names(leaf["value"]), _PURCHASE.c.amount_minor > _PURCHASE.c.returned_minor)


def _of_category(categories: list[str]) -> Condition:
    """What was sold under the name or the key of a service of these categories."""
    is_theirs = _SERVICE.c.category.in_(categories)
    names = select(_SERVICE.c.name).where(is_theirs).union(select(_SERVICE.c.key).where(is_theirs))
    return _PURCHASE.c.product.in_(names)


def _is(owners: Select[Any]) -> _Either:
    """Yes for those whom this finds."""
    return _Either(_CUSTOMER.c.id.in_(owners))


def _last_nps() -> ColumnElement[Any]:
    answers = select(_RUN.c.score).where(
        _RUN.c.customer_id == _CUSTOMER.c.id, _RUN.c.kind == SurveyKind.NPS, _RUN.c.score.is_not(None)
    )
    return answers.order_by(_RUN.c.asked_at.desc(), _RUN.c.id.desc()).limit(1).correlate(_CUSTOMER).scalar_subquery()


def _sum(column: str) -> _Value:
    """Of `customer_stats`; who has no row bought nothing."""
    return _Value(func.coalesce(_STATS.c[column], 0))


def _late(moment: Moment) -> ColumnElement[Any]:
    """The day they were expected on, once it is over."""
    return case((_STATS.c.expected_at < moment.start_of(moment.today), _STATS.c.expected_at))


def _usable(moment: Moment) -> Condition:
    """Batches of this customer that hold points which can be spent now."""
    is_open = or_(_BATCH.c.state == BatchState.OPEN, _BATCH.c.opens_at <= moment.now)
    is_alive = or_(_BATCH.c.expires_at.is_(None), _BATCH.c.expires_at > moment.now)
    states = (BatchState.OPEN, BatchState.PENDING)
    is_theirs = _BATCH.c.customer_id == _CUSTOMER.c.id
    return and_(is_theirs, _BATCH.c.points_left > 0, _BATCH.c.state.in_(states), is_open, is_alive)


def _points(moment: Moment) -> ColumnElement[Any]:
    held = select(func.coalesce(func.sum(_BATCH.c.points_left), 0)).where(_usable(moment))
    return held.correlate(_CUSTOMER).scalar_subquery()


def _next_expiry(moment: Moment) -> ColumnElement[Any]:
    """When the first of them are gone."""
    return select(func.min(_BATCH.c.expires_at)).where(_usable(moment)).correlate(_CUSTOMER).scalar_subquery()


_TIER: Final = (
    select(func.nullif(_MEMBER.c.tier, ""))
    .where(_MEMBER.c.customer_id == _CUSTOMER.c.id)
    .correlate(_CUSTOMER)
    .scalar_subquery()
)
"""Above the lowest, which has no name."""
_FLAGS: Final = select(_FLAG.c.customer_id).where(_FLAG.c.state == FlagState.CONFIRMED)

FIELDS: Final[Mapping[str, Source]] = {
    "visits": _sum("visits"),
    "orders": _sum("orders"),
    "revenue": _sum("revenue_minor"),
    "average_check": _Value(_STATS.c.revenue_minor // func.nullif(_STATS.c.orders, 0, type_=Integer)),
    "year_visits": _sum("year_visits"),
    "year_revenue": _sum("year_revenue_minor"),
    "last_visit": _Day(_STATS.c.last_day, is_ordinal=True),
    "first_visit": _Day(_STATS.c.first_day, is_ordinal=True),
    "product": _Bought(_PURCHASE.c.product.in_),
    "category": _Bought(_of_category),
    "branch": _Bought(_PURCHASE.c.branch.in_),
    "seller": _Bought(_PURCHASE.c.seller.in_),
    "returned": _Either(func.coalesce(_STATS.c.returned_minor, 0) > 0),
    "stage": _Value(func.coalesce(_STATS.c.stage, LifecycleStage.POTENTIAL)),
    "stage_since": _Day(_STATS.c.stage_since),
    "expected": _Day(_STATS.c.expected_at),
    "late_by": _Day(_late),
    "rfm": _Value(_STATS.c.rfm),
    "recency_score": _Value(_STATS.c.recency_score),
    "frequency_score": _Value(_STATS.c.frequency_score),
    "monetary_score": _Value(_STATS.c.monetary_score),
    "key_customer": _Either(func.coalesce(_STATS.c.is_key, false())),
    "gender": _Value(_CUSTOMER.c.gender),
    "age": _Value(_age),
    "birthday": _Birthday(),
    "city": _Value(_CUSTOMER.c.city),
    "language": _Value(_CUSTOMER.c.language),
    "customer_since": _Day(_CUSTOMER.c.created_at),
    "source": _Value(_CUSTOMER.c.source),
    "import": _Value(_CUSTOMER.c.import_id, UUID),
    "likes": _Several(_LIKED.c.customer_id, _LIKED.c.slug, select(_LIKED)),
    "channel": _Several(_IDENTITY.c.customer_id, _BOT.c.channel, OPEN_CHATS),
    "reachable": _is(OPEN_CHATS),
    "advertising": _is(AGREED_TO_ADVERTISING),
    "phone_verified": _Either(_CUSTOMER.c.is_phone_verified),
    "email_known": _Either(_CUSTOMER.c.email.is_not(None)),
    "member": _is(select(_MEMBER.c.customer_id)),
    "tier": _Value(_TIER),
    "points": _Value(_points),
    "points_expire": _Day(_next_expiry),
    "flag": _Several(_FLAG.c.customer_id, _FLAG.c.kind, _FLAGS),
    "open_case": _is(select(_CASE.c.customer_id).where(_CASE.c.closed_at.is_(None))),
    "nps": _Value(_last_nps()),
}
