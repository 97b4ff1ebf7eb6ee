"""The card: what it gives, joining the programme, and what one has on it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from handlers.turn import Turn
from loyalty import gifts, point_gifts
from loyalty.card import Card, card_of, join
from loyalty.checkout import CURRENCY
from loyalty.programme import rules_now
from loyalty.tier_moves import name_of, progress_of, told_progress
from loyalty.usual import LINES, usual_order
from messaging import linking
from messaging.local_time import local_date
from messaging.menu import (
    AGREE,
    CARD,
    CODES,
    FEEDBACK,
    GIVE,
    GIVE_BACK,
    HISTORY,
    JOIN,
    LINK,
    SCREEN_CODE,
    USUAL,
    consent_question,
    menu,
)
from messaging.messages import Button, Message
from messaging.phrases import count, day
from storage.kinds import ConsentAction, ConsentPurpose, ProfileField
from surveys.profile import ask_unasked

_AGREES = f"{AGREE}:{ConsentPurpose.PROGRAMME.value}"
_GROUP = 3
_SOON: Final = timedelta(days=30)
"""Points that expire later than this are not mentioned on the card."""


def wants_card(turn: Turn) -> bool:
    return turn.pressed == CARD or turn.incoming.text.startswith("/card")


def show(turn: Turn) -> list[Message]:
    """A member's card; to all others, what it gives, and the question whether they want it."""
    if not turn.has_given(ConsentPurpose.PERSONAL_DATA):
        return [_ask_for_data(turn)]
    card = card_of(turn.store, turn.customer.id, turn.now)
    # Members by another way than this chat (an import, the till) never said no: their card is shown.
    said_no = turn.consents.get(ConsentPurpose.PROGRAMME) in (ConsentAction.REFUSED, ConsentAction.WITHDRAWN)
    if card is None or said_no:
        return [_invite(turn, card)]
    asked = ask_unasked(turn.store, turn.customer, ProfileField.PHONE, turn.consents, turn.now)
    return [_with_invitation(turn, _with_codes(turn, _shown(turn, card))), *(asked or turn.ask_whether_right())]


def agrees_to_join(turn: Turn) -> bool:
    return turn.pressed == _AGREES


def take_part(turn: Turn) -> list[Message]:
    """The consent, the card, the first gifts, and one question: the birthday."""
    if not turn.has_given(ConsentPurpose.PERSONAL_DATA):
        return [_ask_for_data(turn)]  # withdrawn since this button was shown
    turn.decide(ConsentPurpose.PROGRAMME, ConsentAction.GIVEN)
    card = join(turn.store, turn.customer.id, turn.now)
    gifts.welcome(turn.store, turn.customer.id, turn.business.desk.language, turn.now)
    text = turn.say("card.joined", number=_grouped(card.number))
    if points := point_gifts.for_joining(
        turn.store, turn.customer.id, rules_now(turn.store), turn.now, turn.business.zone
    ):
        text = "\n".join([text, turn.say("card.welcome_points", points=_points(turn, points))])
    asked = ask_unasked(turn.store, turn.customer, ProfileField.BIRTHDAY, turn.consents, turn.now)
    return [_with_codes(turn, text), *asked]


def _ask_for_data(turn: Turn) -> Message:
    is_withdrawn = turn.consents.get(ConsentPurpose.PERSONAL_DATA) is ConsentAction.WITHDRAWN
    hello = turn.say("card.sleeps" if is_withdrawn else "card.needs_data")
    business = turn.business.name
    language = turn.customer.language
    return consent_question(language, ConsentPurpose.PERSONAL_DATA, then=JOIN, hello=hello, business=business)


def _invite(turn: Turn, card: Card | None) -> Message:
    """Who left the programme hears that nothing of theirs was lost."""
    lead = turn.say("card.what_it_gives", business=turn.business.name)
    if card is not None:
        lead = turn.say("card.waits", balance=_points(turn, card.balance))
    business = turn.business.name
    return consent_question(turn.customer.language, ConsentPurpose.PROGRAMME, lead=lead, business=business)


def _shown(turn: Turn, card: Card) -> str:
    """The number, what it holds, what comes and goes next, and the way to the next tier: a line for each that is so."""
    lines = [turn.say("card.shown", number=_grouped(card.number), balance=_points(turn, card.balance))]
    if opening := turn.store.cards.next_opening(turn.customer.id, turn.now):
        lines.append(turn.say("card.opens", points=_points(turn, opening.points), day=_day(turn, opening.at)))
    if expiry := turn.store.cards.next_expiry(turn.customer.id, turn.now, turn.now + _SOON):
        lines.append(turn.say("card.ends", points=_points(turn, expiry.points), day=_last_day(turn, expiry.at)))
    if card.owed:
        lines.append(turn.say("card.owed", points=_points(turn, card.owed)))
    return "\n".join([*lines, *_tier(turn)])


def _tier(turn: Turn) -> list[str]:
    """Only where the business has tiers at all."""
    rules, member = rules_now(turn.store), turn.store.points.membership(turn.customer.id)
    if member is None or not rules.tiers:
        return []
    language = turn.customer.language
    lines = [turn.say("card.tier", tier=name_of(language, rules, member.tier))] if member.tier else []
    if ahead := progress_of(turn.store, member, rules, turn.now, turn.business.zone):
        lines.append(told_progress(language, rules, ahead, CURRENCY))
    return lines


def _with_codes(turn: Turn, text: str) -> Message:
    """The usable codes under a text, with the menu and a button to them."""
    codes = gifts.usable(turn.store, turn.customer.id, turn.now)
    lines = [gifts.line(turn.customer.language, one, turn.zone) for one in codes]
    if lines:
        text = "\n".join([text, "", turn.say("promo.yours"), *lines, "", turn.say("promo.at_the_till")])
    message = menu(turn.customer.language, text)
    own = (
        Button(turn.say("card.button.code"), SCREEN_CODE),
        Button(turn.say("card.button.history"), HISTORY),
        Button(turn.say("menu.codes"), CODES),
        Button(turn.say("card.button.return"), GIVE_BACK),
        *_more(turn),
    )
    # The card's own button is of no use under the card; ten fit under a message (VK), and how it was is asked anyway.
    others = tuple(button for button in message.buttons if button.value not in (CARD, FEEDBACK))
    return Message(message.text, (*own, *others), columns=message.columns)


def _more(turn: Turn) -> list[Button]:
    """What only some can do: order what they always order, give points away."""
    bought = turn.store.purchases.of_customer(turn.customer.id, LINES)
    buttons = [Button(turn.say("menu.usual"), USUAL)] if usual_order(bought) else []
    return buttons + ([Button(turn.say("menu.give"), GIVE)] if turn.store.charities.has_active() else [])


def _with_invitation(turn: Turn, message: Message) -> Message:
    """Once a month, a line for who can be reached in one channel alone."""
    here = turn.incoming.chat
    if not linking.invites(turn.store, turn.customer.id, here, turn.business.doors, turn.now):
        return message
    text = "\n\n".join([message.text, turn.say("linking.invitation")])
    return replace(message, text=text, buttons=(*message.buttons, Button(turn.say("settings.link"), LINK)))


def _points(turn: Turn, balance: int) -> str:
    return count(turn.customer.language, "card.points", balance)


def _day(turn: Turn, at: datetime) -> str:
    return day(turn.customer.language, local_date(at, turn.zone))


def _last_day(turn: Turn, at: datetime) -> str:
    """Points live through their last day: they are gone at the midnight after it."""
    return day(turn.customer.language, local_date(at - timedelta(seconds=1), turn.zone))


def _grouped(number: str) -> str:
    """`123 456 789`: as people read it out."""
    return " ".join(number[start : start + _GROUP] for start in range(0, len(number), _GROUP))
