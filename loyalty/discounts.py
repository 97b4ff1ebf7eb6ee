"""What codes take off an order: never more than its price, percents before sums (feature PR7): pure rules."""

from collections.abc import Sequence
from typing import NamedTuple

from loyalty.promo_refusals import Refusal
from storage.kinds import PromoKind


class Offer(NamedTuple):
    """What one code brings. `most_minor`: the discount never exceeds it; `group`: of one group one code an order."""

    code: str
    kind: PromoKind
    value: int
    most_minor: int | None = None
    group: str = ""


_ORDER = {PromoKind.SERVICE: 0, PromoKind.PERCENT: 1, PromoKind.FIXED: 2, PromoKind.POINTS: 3, PromoKind.GIFT: 4}


def discount(offer: Offer, price_minor: int) -> int:
    """What it takes off this price, in minor units: between nothing and the price.

    A percent is rounded down to the minor unit, a free service takes it whole; points and gifts take nothing off.
    """
    match offer.kind:
        case PromoKind.PERCENT:
            off = price_minor * min(max(offer.value, 0), 100) // 100
        case PromoKind.FIXED:
            off = max(offer.value, 0)
        case PromoKind.SERVICE:
            off = price_minor
        case PromoKind.POINTS | PromoKind.GIFT:
            return 0
    if offer.most_minor is not None:
        off = min(off, max(offer.most_minor, 0))
    return max(0, min(off, price_minor))


def discounts(offers: Sequence[Offer], price_minor: int) -> dict[str, int]:
    """What each code takes off, by code, however they were typed: percents first, each of what the one before left,
    the greater one first; then sums."""
    left, taken = price_minor, {}
    for offer in sorted(offers, key=lambda one: (_ORDER[one.kind], -one.value, one.code)):
        taken[offer.code] = discount(offer, left)
        left -= taken[offer.code]
    return taken


def clash(offers: Sequence[Offer], most: int) -> Refusal | None:
    """Whether these may be used for one order: at most so many, and one of an exclusive group."""
    if len(offers) > most:
        return Refusal.TOO_MANY
    groups = [offer.group for offer in offers if offer.group]
    return Refusal.NOT_TOGETHER if len(groups) > len(set(groups)) else None
