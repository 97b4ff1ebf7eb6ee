"""Which way round a file writes its dates with slashes, seen from the file itself. Pure."""

import re
from collections.abc import Iterable

from loyalty.cells import DateOrder

_SLASHED = re.compile(rb"(?<![0-9/])([0-9]{1,2})/([0-9]{1,2})/[0-9]{4}(?![0-9/])")
MONTHS = 12


def order_of(parts: Iterable[bytes]) -> DateOrder | None:
    """A number above twelve is a day: where it stands tells the order of all. None when no date tells or two differ.

    `parts` of the file, from all over it: the first days of a month tell nothing.
    """
    orders = set()
    for part in parts:
        for first, second in _SLASHED.findall(part):
            if int(first) > MONTHS:
                orders.add(DateOrder.DAY_FIRST)
            if int(second) > MONTHS:
                orders.add(DateOrder.MONTH_FIRST)
    return orders.pop() if len(orders) == 1 else None
