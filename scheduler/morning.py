"""Each morning: whom to write to today, chosen once, and told to the owners where they read messages."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from insights.actions import (
    EXPECTED_WITHIN_DAYS,
    GOOD_ORDERS,
    ONCE_WITHIN_DAYS,
    UNHAPPY_WITHIN_DAYS,
    Candidate,
    Why,
    birthdays_of,
    pick,
)
from loyalty.offers import words_for
from messaging.local_time import QUIET_FROM, at_local, local_date
from messaging.phrases import say
from messaging.suggestions import Way, reason, way_to
from scheduler import night
from scheduler.digest import look_back, told
from scheduler.owners import owners, tell_once
from scheduler.work import Shop, Work
from storage.actions import Person, Shown
from storage.kinds import Language
from storage.models import TodayAction
from storage.store import Store

AT_MINUTE: Final = 8 * 60
LOOKED_AT: Final = 50
"""Of each reason, so many who brought most: the worth of a year is worked out for these."""
MONDAY: Final = 0


async def choose_whom_to_write_to(work: Work) -> int | None:
    """How many were chosen; None when this morning has been, or is still to come."""
    now, shop = work.clock(), work.shop()
    begins = at_local(local_date(now, shop.zone), AT_MINUTE, shop.zone)
    if now < begins or not await work.database.read(lambda store: _is_due(store, now, begins, shop)):
        return None
    return await work.database.write(lambda store: _morning(store, shop, now))


def _is_due(store: Store, now: datetime, begins: datetime, shop: Shop) -> bool:
    """Once, and after the night has judged the base; not for ever after one that fails."""
    last = store.occasions.last_success(choose_whom_to_write_to.__name__)
    return (last is None or last < begins) and not night.is_due(store, now, shop.zone)


def _morning(store: Store, shop: Shop, now: datetime) -> int:
    """All of it, or nothing. Whoever makes it a second time finds everybody chosen and told."""
    store.actions.lock()
    today = local_date(now, shop.zone)
    if not store.actions.of_day(today.toordinal()):
        store.actions.add(_chosen(store, shop, now, today))
    actions = store.actions.of_day(today.toordinal())
    if now < at_local(today, QUIET_FROM, shop.zone):
        _tell(store, shop, now, today, actions)
    return len(actions)


def _chosen(store: Store, shop: Shop, now: datetime, today: date) -> list[TodayAction]:
    day = today.toordinal()
    midnight = at_local(today, 0, shop.zone)
    window = timedelta(days=ONCE_WITHIN_DAYS)
    soon = at_local(today + timedelta(days=EXPECTED_WITHIN_DAYS), 0, shop.zone)
    born = birthdays_of(today, today + timedelta(days=1))
    late = store.actions.late(day, LOOKED_AT)
    people = {
        Why.UNHAPPY: store.actions.unhappy(day, now - timedelta(days=UNHAPPY_WITHIN_DAYS), LOOKED_AT),
        Why.LATE_KEY: [one for one in late if one.is_key],
        Why.EXPECTED: store.actions.expected(day, midnight, soon, LOOKED_AT),
        Why.BIRTHDAY: store.actions.birthdays(day, born, GOOD_ORDERS, LOOKED_AT),
        Why.LATE: late,
        Why.ONCE: store.actions.once(day, midnight - window, midnight + window, LOOKED_AT),
    }
    currency = store.whole_base.currency()
    picked = pick(
        {why: [_candidate(one, day) for one in some] for why, some in people.items()},
        lambda one, why: way_to(store, one.customer_id, why, now) is not Way.NONE,
    )
    return [
        TodayAction(
            customer_id=one.customer_id,
            day=day,
            kind=one.why.value,
            reason={**one.reason, "currency": currency},
            worth_minor=one.worth_minor,
        )
        for one in picked
    ]


def _candidate(one: Person, today: int) -> Candidate:
    days = 0 if one.last_day is None else max(today - one.last_day, 0)
    typical = max(1, round(one.typical_days or 1))
    return Candidate(
        one.id, one.visits, one.orders, one.revenue_minor, days, typical, is_key=one.is_key, score=one.score
    )


# --- telling


def _tell(store: Store, shop: Shop, now: datetime, today: date, actions: Sequence[Shown]) -> None:
    """Once a day to each account of an owner, and on Mondays the week beside it. Nothing to say is not said."""
    digest = look_back(store, at_local(today, 0, shop.zone), actions) if today.weekday() == MONDAY else None
    for owner, account in owners(store):
        lines = [line(store, shop, owner.language, one, now) for one in actions]
        if lines:
            text = "\n\n".join([say(owner.language, "today.title", business=shop.name), *lines])
            tell_once(store, account, f"morning:{today.isoformat()}", text, now)
        if digest is not None and digest.is_worth_telling:
            short = [_who(owner.language, one) for one in actions]
            tell_once(store, account, f"digest:{today.isoformat()}", told(digest, shop, owner.language, short), now)


def line(store: Store, shop: Shop, language: Language, shown: Shown, now: datetime) -> str:
    """Who, why, by which way, and the words; none where nothing may be said."""
    way = way_to(store, shown.action.customer_id, shown.action.kind, now)
    lines = [_who(language, shown), _way(language, way, shown.phone)]
    if way is not Way.NONE:
        lines.append(f"«{words_for(store, shown, shop.name, shop.zone)}»")
    return "\n".join(lines)


def _who(language: Language, shown: Shown) -> str:
    name = shown.name or say(language, "customer.nameless")
    return say(language, "today.line", name=name, reason=reason(language, shown.action.kind, shown.action.reason))


def _way(language: Language, way: Way, phone: str | None) -> str:
    """In the chat where we may, else by telephone, else when they come."""
    if way is Way.CALL:
        return say(language, "today.way.call", phone=phone) if phone else say(language, "today.way.nothing")
    return say(language, "today.way.chat") if way is Way.CHAT else say(language, "today.way.none")
