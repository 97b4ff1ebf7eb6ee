"""Dates with slashes tell by themselves which way round they are, or are left to somebody who knows."""

import pytest

from loyalty.cells import DateOrder
from loyalty.date_order import order_of

DMY, MDY = DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST


@pytest.mark.parametrize(
    ("dates", "order"),
    [
        (["1/2/2024", "13/2/2024"], DMY),
        (["1/2/2024", "12/31/2009 7:45"], MDY),
        (["1/2/2024", "12/12/2024"], None),
        (["13/2/2024", "2/13/2024"], None),
        (["31.12.2024", "", "tomorrow", "1/31/24", "10/13/2024/5"], None),
        ([], None),
    ],
)
def test_a_number_above_twelve_tells_which_one_is_the_day(dates: list[str], order: DateOrder | None):
    assert order_of(["\n".join(dates).encode()]) == order
