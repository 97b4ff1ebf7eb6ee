"""«Как обычно?»: the order that a customer makes most, from their own purchases alone (task A7). Pure.

A share of their visits, not of their money, and only of the latest ones: a habit of last year is none.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol
from uuid import UUID

VISITS: Final = 10
"""How many of the latest orders are looked at."""
LINES: Final = 60
"""How many of the latest lines of purchases hold them."""
AT_LEAST: Final = 3
SHARE_AT_LEAST: Final = 0.4


class Line(Protocol):
    """A line of a purchase, as far as it matters here."""

    id: UUID
    product: str
    amount_minor: int
    returned_minor: int
    currency: str
    order_key: str | None


class Usual(NamedTuple):
    """The same things on `times` of the last `of` orders; the price is that of the latest time, in minor units."""

    products: tuple[str, ...]
    price_minor: int
    currency: str
    times: int
    of: int


def usual_order(lines: Sequence[Line]) -> Usual | None:
    """What they order most, `lines` newest first; None while there is no habit. Of equals the later one."""
    orders: dict[str, list[Line]] = {}
    for line in lines:
        orders.setdefault(line.order_key or line.id.hex, []).append(line)
    kept = [[line for line in order if _is_kept(line)] for order in orders.values()]
    latest = [order for order in kept if order][:VISITS]
    sets = [frozenset(line.product for line in order) for order in latest]
    counted = Counter(sets)  # keeps the order of first sight: of equals the one that was had later comes first
    if not counted:
        return None
    products, times = counted.most_common(1)[0]
    if times < AT_LEAST or times < SHARE_AT_LEAST * len(sets):
        return None
    newest = latest[sets.index(products)]
    named = dict.fromkeys(line.product for line in newest)
    return Usual(tuple(named), sum(line.amount_minor for line in newest), newest[0].currency, times, len(sets))


def _is_kept(line: Line) -> bool:
    return bool(line.product) and line.amount_minor > line.returned_minor
