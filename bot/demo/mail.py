"""Three broadcasts of the last months, with every way a delivery can end."""

from datetime import datetime, timedelta

from bot.demo.dice import Dice
from bot.demo.people import Person
from bot.demo.talk import Talk
from messaging.consent import Refusal
from messaging.messages import Message
from storage.kinds import ConsentAction, DeliveryState, Language, MessageKind

BROADCASTS = (
    (62, "Вернули сырники: до полудня со сметаной и вареньем.", "Syrniki are back: until noon, with jam."),
    (
        27,
        "Новое зерно из Эфиопии. Пробный фильтр всю неделю за полцены.",
        "New beans from Ethiopia: filter at half price.",
    ),
    (6, "Раф с корицей вернулся. Покажите это сообщение: вторая булочка в подарок.", "The cinnamon raf is back."),
)


def broadcast(people: list[Person], advertising: dict[str, ConsentAction | None], now: datetime, talk: Talk) -> None:
    """To everybody who agreed; one person in a hundred changed their mind in between, and twice a line went dead."""
    dice = Dice("broadcasts")
    for days, russian, english in BROADCASTS:
        begin = now - timedelta(days=days)
        wanted = [
            person
            for person in people
            if person.customer.created_at < begin
            and advertising[person.identity.user_id] is ConsentAction.GIVEN
            and not _had_blocked_before(person, begin)
        ]
        for place, person in enumerate(wanted):
            text = russian if person.customer.language is Language.RU else english
            state, reason = _outcome(dice, place)
            message = Message(text, kind=MessageKind.BROADCAST)
            talk.tell(person, message, begin + timedelta(seconds=place / 25), state=state, reason=reason)


def _had_blocked_before(person: Person, at: datetime) -> bool:
    # Whoever blocked within the fortnight before is found out by this very broadcast.
    return person.blocks_at is not None and person.blocks_at < at - timedelta(days=14)


def _outcome(dice: Dice, place: int) -> tuple[DeliveryState, str | None]:
    if place == 40:
        return DeliveryState.UNKNOWN, "the connection was lost while waiting for the answer"
    if dice.happens(0.01):
        return DeliveryState.CANCELLED, Refusal.NO_CONSENT.value
    if dice.happens(0.008):
        return DeliveryState.FAILED, "the chat was not found"
    return DeliveryState.SENT, None
