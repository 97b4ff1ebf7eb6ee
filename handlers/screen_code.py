"""The code on the customer's screen: a picture to scan and eight signs to type, for a minute and for one purchase."""

from handlers.turn import Turn
from loyalty.card import card_of
from loyalty.screen_codes import show_code
from messaging.menu import CARD, SCREEN_CODE, menu
from messaging.messages import Button, Message
from storage.kinds import ConsentAction, ConsentPurpose


def wants_code(turn: Turn) -> bool:
    return turn.pressed == SCREEN_CODE or turn.incoming.text.partition(" ")[0] == "/qr"


def show(turn: Turn) -> list[Message]:
    """A new one each time: the one before ends by itself."""
    said_no = turn.consents.get(ConsentPurpose.PROGRAMME) in (ConsentAction.REFUSED, ConsentAction.WITHDRAWN)
    is_allowed = turn.has_given(ConsentPurpose.PERSONAL_DATA) and not said_no
    if not is_allowed or card_of(turn.store, turn.customer.id, turn.now) is None:
        return [menu(turn.customer.language, turn.say("code.no_card"))]
    business = turn.business
    code, picture = show_code(turn.store, turn.customer, business.card_key, business.address, turn.now)
    until = code.until.astimezone(turn.zone).strftime("%H:%M:%S")
    buttons = (Button(turn.say("code.again"), SCREEN_CODE), Button(turn.say("menu.card"), CARD))
    return [Message(turn.say("code.shown", code=code.typed, until=until), buttons, columns=2, photo=picture)]
