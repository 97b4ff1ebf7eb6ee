"""Which orders a campaign fits: days, hours, minimum, services, branches (PR3, B5). Pure."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from loyalty.promo_refusals import Refusal
from loyalty.services import service_key
from storage.kinds import Channel, PromoKind

EVERY_DAY: Final = 127
WHOLE_UNIT: Final = 100
"""A minimum that follows from somebody's median is told in whole roubles."""


class Terms(NamedTuple):
    """The conditions of a campaign; what is empty or None is no condition. `weekdays`: bit 0 is Monday."""

    kind: PromoKind
    is_on: bool = True
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    weekdays: int = EVERY_DAY
    from_minute: int | None = None
    until_minute: int | None = None
    min_order_minor: int = 0
    min_order_percent: int | None = None
    only_services: Sequence[str] = ()
    not_services: Sequence[str] = ()
    branches: Sequence[str] = ()
    channel: Channel | None = None
    is_first_order_only: bool = False
    has_segment: bool = False
    gift: str = ""


class Facts(NamedTuple):
    """The order, and what is known of whose it is. `local_at`: on the business's own clock; `checks`: what they paid
    for earlier orders, minor units; `channels`: where they are known; None: nobody was named."""

    price_minor: int
    at: datetime
    local_at: datetime
    service: str = ""
    category: str = ""
    branch: str = ""
    has_customer: bool = False
    channels: Collection[Channel] = ()
    has_bought: bool = False
    checks: Sequence[int] = ()
    is_in_segment: bool = True


def misfit(terms: Terms, facts: Facts) -> Refusal | None:
    """The first reason why not, in the order in which staff would ask; None: the order fits."""
    if not terms.is_on or (terms.ends_at is not None and facts.at >= terms.ends_at):
        return Refusal.CAMPAIGN_OVER
    if terms.starts_at is not None and facts.at < terms.starts_at:
        return Refusal.NOT_YET
    if not _is_hour(terms, facts.local_at):
        return Refusal.WRONG_HOUR
    if not is_weekday(terms, facts.local_at):
        return Refusal.WRONG_DAY
    if not _is_branch(terms, facts.branch):
        return Refusal.WRONG_BRANCH
    if not _is_service(terms, facts):
        return Refusal.WRONG_SERVICE
    if not facts.has_customer and needs_customer(terms):
        return Refusal.NEEDS_CUSTOMER
    if terms.channel is not None and terms.channel not in facts.channels:
        return Refusal.WRONG_CHANNEL
    if terms.is_first_order_only and facts.has_bought:
        return Refusal.NOT_FIRST_ORDER
    if terms.has_segment and not facts.is_in_segment:
        return Refusal.NOT_IN_SEGMENT
    return Refusal.TOO_SMALL if facts.price_minor < least_order(terms, facts.checks) else None


def needs_customer(terms: Terms) -> bool:
    """Whether it cannot be judged, or given, without knowing who buys."""
    is_about_them = terms.channel is not None or terms.is_first_order_only or terms.has_segment
    return is_about_them or terms.min_order_percent is not None or terms.kind is PromoKind.POINTS


def least_order(terms: Terms, checks: Sequence[int]) -> int:
    """The minimum order for somebody whose earlier checks were these, minor units: the campaign's own, or their median
    check times the campaign's percent, whichever is more. Who has no earlier check has no personal minimum."""
    if terms.min_order_percent is None or not checks:
        return terms.min_order_minor
    own = median(checks) * terms.min_order_percent / 100
    return max(terms.min_order_minor, -int(-own // WHOLE_UNIT) * WHOLE_UNIT)


def is_weekday(terms: Terms, local_at: datetime) -> bool:
    """After midnight it is still the evening that a night's hours began with."""
    day = local_at
    if _is_night(terms) and terms.until_minute is not None and minute_of(local_at) < terms.until_minute:
        day -= timedelta(days=1)
    return bool(terms.weekdays >> day.weekday() & 1)


def _is_hour(terms: Terms, local_at: datetime) -> bool:
    first, last, now = terms.from_minute, terms.until_minute, minute_of(local_at)
    if first is None and last is None:
        return True
    if _is_night(terms):
        return first is not None and last is not None and (now >= first or now < last)
    return (first is None or now >= first) and (last is None or now < last)


def _is_night(terms: Terms) -> bool:
    """«22:00 to 02:00» goes over midnight."""
    first, last = terms.from_minute, terms.until_minute
    return first is not None and last is not None and first > last


def minute_of(local_at: datetime) -> int:
    return local_at.hour * 60 + local_at.minute


def _is_branch(terms: Terms, branch: str) -> bool:
    """An order of no branch is taken for one of the only branch there is: who has no branches names none."""
    wanted = {service_key(name) for name in terms.branches}
    return not wanted or service_key(branch) in wanted


def _is_service(terms: Terms, facts: Facts) -> bool:
    """By name or category. A free service is free where it is what is bought."""
    own = {service_key(name) for name in (facts.service, facts.category) if name}
    if own & {service_key(name) for name in terms.not_services}:
        return False
    if terms.kind is PromoKind.SERVICE and terms.gift and service_key(terms.gift) not in own:
        return False
    wanted = {service_key(name) for name in terms.only_services}
    return not wanted or bool(own & wanted)


def local(at: datetime, zone: ZoneInfo) -> datetime:
    """A moment on the business's clock."""
    return at.astimezone(zone)
