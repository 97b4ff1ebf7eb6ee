"""Queries: in which channels customers can be reached, and how much those spent who can be reached in one alone."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, String, case, distinct, func, select, type_coerce

from storage.columns import Queries, table_of
from storage.contact import OPEN_CHATS
from storage.models import Bot, Customer, Identity, Purchase

_CUSTOMER = table_of(Customer)
_IDENTITY = table_of(Identity)
_BOT = table_of(Bot)
_PURCHASE = table_of(Purchase)

SEVERAL: Final = "several"
NOWHERE: Final = "nowhere"


class Reach(Queries):
    """A group is a channel's value (reachable there alone), «several» or «nowhere»; who was erased is in none."""

    def customers(self) -> dict[str, int]:
        """How many customers each group has; one without any is missing."""
        group, grouped = _groups()
        counted = select(group, func.count()).select_from(grouped).where(_CUSTOMER.c.erased_at.is_(None))
        return {row[0]: row[1] for row in self._connection.execute(counted.group_by(group))}

    def purchases(self, since: datetime) -> dict[str, list[tuple[str, int]]]:
        """What each group bought since then: (currency, sum in minor units), by currency."""
        group, grouped = _groups()
        bought = (
            select(group, _PURCHASE.c.currency, func.sum(_PURCHASE.c.amount_minor))
            .select_from(grouped.join(_PURCHASE, _PURCHASE.c.customer_id == _CUSTOMER.c.id))
            .where(_CUSTOMER.c.erased_at.is_(None), _PURCHASE.c.at >= since)
            .group_by(group, _PURCHASE.c.currency)
            .order_by(_PURCHASE.c.currency)
        )
        found: dict[str, list[tuple[str, int]]] = {}
        for name, currency, total in self._connection.execute(bought):
            found.setdefault(name, []).append((currency, int(total)))
        return found


def _groups() -> tuple[ColumnElement[Any], FromClause]:
    """The group of each customer, and what it is read from."""
    channel = type_coerce(_BOT.c.channel, String)
    open_ = (
        OPEN_CHATS.add_columns(func.count(distinct(channel)).label("channels"), func.min(channel).label("only"))
        .group_by(_IDENTITY.c.customer_id)
        .subquery("open_places")
    )
    group = case((open_.c.channels.is_(None), NOWHERE), (open_.c.channels > 1, SEVERAL), else_=open_.c.only)
    return group.label("reach_group"), _CUSTOMER.outerjoin(open_, open_.c.customer_id == _CUSTOMER.c.id)
