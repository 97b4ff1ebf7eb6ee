"""When each customer bought last, and the last product and branch that a line of theirs named. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from insights.tallies import NONE, Lines, Names


class Last(NamedTuple):
    """When somebody bought last (UTC seconds), and the last product and branch that one of their lines named."""

    at: Sequence[int]
    product: Sequence[str]
    branch: Sequence[str]


def last_of(lines: Lines, names: Names) -> Last:
    """By customers' codes. Of two that one second names it is the later in the alphabet: the same in any order."""
    people = len(names.customers)
    services, branches = ["", *names.services], ["", *names.branches]  # a code more: NONE is 0 here
    at, product_at, branch_at = [0] * people, [0] * people, [0] * people
    product, branch = [0] * people, [0] * people
    columns = zip(lines.customer, lines.at, lines.amount_minor, lines.service, lines.branch, strict=True)
    for who, moment, amount, service, place in columns:
        if amount <= 0:
            continue
        if moment > at[who]:
            at[who] = moment
        if service != NONE and moment >= product_at[who]:
            if moment > product_at[who] or services[service + 1] > services[product[who]]:
                product[who] = service + 1
            product_at[who] = moment
        if place != NONE and moment >= branch_at[who]:
            if moment > branch_at[who] or branches[place + 1] > branches[branch[who]]:
                branch[who] = place + 1
            branch_at[who] = moment
    return Last(at, [services[code] for code in product], [branches[code] for code in branch])
