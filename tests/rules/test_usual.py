"""«As usual»: a habit of one's own latest orders, or nothing."""

from dataclasses import dataclass, field
from uuid import UUID, uuid4

import pytest

from loyalty.usual import Usual, usual_order


@dataclass
class Line:
    product: str
    amount_minor: int = 10_000
    returned_minor: int = 0
    currency: str = "RUB"
    order_key: str | None = None
    id: UUID = field(default_factory=uuid4)


def test_three_of_seven_orders_make_a_habit_and_two_of_four_none():
    three = [Line("Латте"), Line("Раф"), Line("Латте"), Line("Чай"), Line("Латте"), Line("Сок"), Line("Торт")]
    assert usual_order(three) == Usual(("Латте",), 10_000, "RUB", 3, 7)
    assert usual_order([Line("Латте"), Line("Раф"), Line("Латте"), Line("Чай")]) is None


def test_three_times_among_many_others_is_no_habit():
    others = [Line(str(number)) for number in range(5)]
    assert usual_order([Line("Латте")] * 1 + others + [Line("Латте"), Line("Латте")]) is None


def test_an_order_is_all_of_its_lines_whatever_their_order():
    orders = [
        [Line("Латте", 300, order_key="1"), Line("Круассан", 200, order_key="1")],
        [Line("Круассан", 150, order_key="2"), Line("Латте", 250, order_key="2")],
        [Line("Латте", 250, order_key="3"), Line("Круассан", 150, order_key="3")],
    ]
    assert usual_order([line for order in orders for line in order]) == Usual(("Латте", "Круассан"), 500, "RUB", 3, 3)


@pytest.mark.parametrize("line", [Line(""), Line("Латте", returned_minor=10_000), Line("Латте", -10_000)])
def test_what_has_no_name_or_came_back_is_no_order(line):
    assert usual_order([line] * 5) is None


def test_of_two_habits_the_later_one_is_the_usual():
    lines = [Line("Раф"), Line("Латте"), Line("Раф"), Line("Латте"), Line("Латте"), Line("Раф")]
    assert usual_order(lines).products == ("Раф",)


def test_only_the_ten_latest_orders_count():
    lines = [Line(str(number)) for number in range(9)] + [Line("Латте")] * 20
    assert usual_order(lines) is None


def test_nobody_who_never_came_has_a_habit():
    assert usual_order([]) is None
