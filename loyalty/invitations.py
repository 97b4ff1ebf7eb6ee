"""What is said about friends: the invitation with its code and links, and the welcome of who comes by it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from babel.numbers import format_currency

from loyalty.programme import rules_now
from loyalty.referral_rules import Unfit, first_name, shown
from loyalty.referrals import Brought, NotBrought, code_of
from loyalty.rules import Referral as Terms
from messaging.doors import Door
from messaging.phrases import count, say
from storage.kinds import Language, ReferralState
from storage.store import Store

_CURRENCY: Final = "RUB"
_BOUGHT: Final = (ReferralState.EARNED, ReferralState.HELD, ReferralState.REWARDED, ReferralState.REVERSED)


def invitation(
    store: Store, customer_id: UUID, language: Language, business: str, doors: Sequence[Door], now: datetime
) -> tuple[str, str]:
    """(what the customer reads: their code, what both get, how many came; the words to send on to a friend)."""
    code, terms = code_of(store, customer_id, now), rules_now(store).referral
    came = store.referrals.in_state(customer_id, ReferralState.JOINED, *_BOUGHT)
    lines = [say(language, "friends.title"), "", _what_both_get(terms, language)]
    lines += ["", say(language, "friends.code", code=shown(code)), "", _how_many(store, customer_id, came, language)]
    links = [say(language, "friends.link", channel=_channel(door, language), link=door.link(code)) for door in doors]
    own = say(language, "friends.share.points", points=_points(terms.friend_points, language))
    words = [say(language, "friends.share", business=business), *([own] if terms.friend_points else []), *links]
    words.append(say(language, "friends.share.code", code=shown(code)))
    return "\n".join(lines), "\n".join(words)


def welcomed(store: Store, friend: Brought | NotBrought, language: Language) -> str:
    """Who invited, by the first name, and what the friend gets; or kindly why the code does nothing for them."""
    if isinstance(friend, NotBrought):
        return say(language, "friends.own_code" if friend.why is Unfit.SELF else "friends.with_us_already")
    name = first_name(friend.advocate.name)
    hello = say(language, "friends.invited", name=name) if name else say(language, "friends.invited.nameless")
    terms = rules_now(store).referral
    if not terms.friend_points:
        return hello
    get = say(
        language,
        "friends.you_get",
        points=_points(terms.friend_points, language),
        order=_order(terms, language, "you"),
    )
    return f"{hello} {get}"


def _what_both_get(terms: Terms, language: Language) -> str:
    if not (terms.friend_points or terms.advocate_points):
        return say(language, "friends.no_points")
    key = "friends.both_get"
    if not terms.friend_points:
        key = "friends.you_get_for_friend"
    elif not terms.advocate_points:
        key = "friends.friend_gets"
    return say(
        language,
        key,
        friend=_points(terms.friend_points, language),
        you=_points(terms.advocate_points, language),
        order=_order(terms, language, "friend"),
        after=count(language, "friends.after", terms.hold_days) if terms.hold_days else "",
    ).strip()


def _how_many(store: Store, customer_id: UUID, came: int, language: Language) -> str:
    if not came:
        return say(language, "friends.nobody_yet")
    bought = store.referrals.in_state(customer_id, *_BOUGHT)
    return say(language, "friends.came", came=count(language, "friends.people", came), bought=bought)


def _order(terms: Terms, language: Language, whose: str) -> str:
    """«первой покупки друга от 500 ₽»."""
    if not terms.min_order_minor:
        return say(language, f"friends.order.{whose}")
    whole = terms.min_order_minor % 100 == 0
    form = "#,##0\u00a0¤" if whole else "#,##0.00\u00a0¤"
    least = format_currency(
        terms.min_order_minor / 100, _CURRENCY, form, locale=language.value, currency_digits=not whole
    )
    return say(language, f"friends.order_from.{whose}", least=least)


def _points(points: int, language: Language) -> str:
    return count(language, "card.points", points)


def _channel(door: Door, language: Language) -> str:
    return say(language, f"channel.{door.channel.value}")
