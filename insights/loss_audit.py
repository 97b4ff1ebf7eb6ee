"""The shape of a loss audit, as reports and pages show it and the nightly job stores it.

Money is in minor units, days are ISO dates. A sum over customers has a range that holds 95 times of 100; what stands on
fewer people than its rule wants says so by `is_enough`.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Money:
    """A sum and its range, in minor units, over `n` people."""

    value: int
    low: int
    high: int
    n: int


@dataclass(frozen=True, slots=True)
class Share:
    """0..1 with its 95 % Wilson interval, of `n` people."""

    share: float
    low: float
    high: float
    n: int
    is_enough: bool


@dataclass(frozen=True, slots=True)
class Base:
    """What was looked at, over all time; days are ISO dates."""

    customers: int
    visits: int
    orders: int
    revenue_minor: int
    returned_minor: int
    revenue_year_minor: int
    revenue_year_before_minor: int
    first_day: str
    last_day: str


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the silent, by one trait of theirs: how many, the visits they missed and the money those are.

    `silent` is the share of silent ones among all with this trait who came within the last two years.
    """

    name: str
    people: int
    missed_visits: float
    money: Money
    silent: Share | None = None


@dataclass(frozen=True, slots=True)
class Loss:
    """Missed visits of the late and the lost times what a visit of theirs brings. Each silent customer is in one group:
    `once` (came once and no more), `lost`, `late`. `at_most_minor`: had nobody ever stopped coming."""

    money: Money
    missed_visits: float
    at_most_minor: int
    of_revenue: float | None
    groups: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Month:
    """`month` as 2026-03. `lost` people crossed the limit of their rhythm in it; `money_minor` is what they cost."""

    month: str
    lost: int
    money_minor: int
    newcomers: int
    visits: int
    revenue_minor: int


@dataclass(frozen=True, slots=True)
class Service:
    """A service beside all others: its share, whether that is proven to be `worse` or `better`, and how many people
    the difference is."""

    name: str
    share: Share
    judgement: str
    people_more: float


@dataclass(frozen=True, slots=True)
class Newcomers:
    """Of those whose first visit was in the 365 days that end `window_days` ago: who came again within as many."""

    window_days: int
    came_again: Share | None
    left: int
    services: tuple[Service, ...]


@dataclass(frozen=True, slots=True)
class Exits:
    """Of customers with three visits or more, the last within two years: who is lost. By service: of regulars' visits
    with it, the share that no other visit followed (docs/services.md)."""

    lost: Share | None
    services: tuple[Service, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """One customer to call. `customer` is the name of the code; `year_minor` is what they bring in a year if they come
    back, `chance` (0..1) that they still would by themselves."""

    customer: str
    stage: str
    last_day: str
    silent_days: int
    typical_days: int
    visits: int
    visit_minor: int
    year_minor: int
    chance: float
    service: str


@dataclass(frozen=True, slots=True)
class WinBack:
    """What `share` of the silent would bring in the next 365 days if they came again."""

    share: float
    people: int
    money: Money


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What the base says of a customer with one visit; `basis` is `default` where too few gaps say anything."""

    typical_days: int
    late_after_days: int
    lost_after_days: int
    gaps: int
    basis: str


@dataclass(frozen=True, slots=True)
class Audit:
    """`is_enough` is False where rhythm or people are too few to believe any sum."""

    version: int
    currency: str
    today: str
    since: str
    is_enough: bool
    base: Base
    rhythm: Rhythm
    stages: Mapping[str, int]
    loss: Loss
    services: tuple[Part, ...]
    branches: tuple[Part, ...]
    months: tuple[Month, ...]
    newcomers: Newcomers
    exits: Exits
    calls: tuple[Call, ...]
    win_back: WinBack

    def as_json(self) -> dict[str, Any]:
        """As `json.dumps` takes it; pages and reports are made of this, so that a stored one shows as a fresh one."""
        return asdict(self)
