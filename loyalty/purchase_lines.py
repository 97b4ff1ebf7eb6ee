"""A purchase file's rows as lines to be counted, with the names and phones of whom they speak of. Pure."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import NamedTuple
from zoneinfo import ZoneInfo

from insights.tallies import Lines, LinesBuilder, Names
from loyalty.purchase_file import PurchaseRow, RefusedRow


class Person(NamedTuple):
    """What a file says of a customer besides what tells them apart; empty where it says nothing."""

    name: str
    phone: str


People = Callable[[Collection[str]], Mapping[str, Person]]
"""Tells of customers by their names."""


class PurchaseLines(NamedTuple):
    lines: Lines
    names: Names
    people: People


def collect(
    rows: Iterable[PurchaseRow | RefusedRow], zone: ZoneInfo, refuse: Callable[[RefusedRow], None]
) -> PurchaseLines:
    """`refuse` is given every row that cannot be counted, without its place in its order: an audit remembers no orders.

    Raises what the rows raise.
    """
    builder, people = LinesBuilder(zone), dict[str, Person]()
    for row in rows:
        if isinstance(row, RefusedRow):
            refuse(row._replace(order_line=None))
            continue
        who = known_as(row.customer, row.phone, row.card)
        known = people.get(who, _NOBODY)
        people[who] = Person(known.name or row.name, known.phone or row.phone)
        builder.add(
            who,
            int(row.at.timestamp()),
            row.amount_minor,
            row.returned_minor,
            row.order,
            row.product,
            row.branch,
            row.seller,
        )
    return PurchaseLines(builder.lines(), builder.names(), lambda asked: {who: people[who] for who in asked})


def known_as(customer: str, phone: str, card: str) -> str:
    """What a customer is called in a report: their number, else their card, else their phone. One of them is not empty.

    A file alone cannot tell that a card and a phone are one person's where no row has both and no number.
    """
    return customer or card or phone


_NOBODY = Person("", "")
