"""The menu: what a customer can always do, and the questions of consent."""

import hashlib

from messaging.messages import Button, Message
from messaging.phrases import say
from storage.kinds import ConsentPurpose, Language

CARD = "go:card"
CODES = "go:codes"
FRIENDS = "go:friends"
SCREEN_CODE = "go:code"
HISTORY = "go:history"
GIVE_BACK = "go:return"
GIVE = "go:give"
USUAL = "go:usual"
FEEDBACK = "go:feedback"
RATE = "go:rate"
SETTINGS = "go:settings"
PERSON = "person"
LANGUAGE = "go:language"
OFFERS = "go:offers"
LINK = "go:link"
AGREE = "agree"
REFUSE = "refuse"
JOIN = "join"
"""What a consent to personal data was asked for: where it is given, the programme's question follows."""


def menu(language: Language, text: str) -> Message:
    """A text with the menu under it."""
    buttons = (
        Button(say(language, "menu.card"), CARD),
        Button(say(language, "menu.friends"), FRIENDS),
        Button(say(language, "menu.feedback"), FEEDBACK),
        Button(say(language, "menu.settings"), SETTINGS),
        Button(say(language, "menu.person"), PERSON),
    )
    return Message(text, buttons, columns=2)


def consent_question(language: Language, purpose: ConsentPurpose, *, then: str = "", **values: object) -> Message:
    """One purpose, one message, two buttons: a consent that hides in another one is none. `then`: what it is for."""
    about = f"{purpose.value}:{then}" if then else purpose.value
    text = say(language, f"consent.{purpose.value}.question", **values)
    buttons = (
        Button(say(language, f"consent.{purpose.value}.agree"), f"{AGREE}:{about}"),
        Button(say(language, f"consent.{purpose.value}.refuse"), f"{REFUSE}:{about}"),
    )
    return Message(text, buttons, columns=2)


def stop_button(language: Language) -> Button:
    """Every advertisement carries its own way out (feature ON7)."""
    return Button(say(language, "marketing.stop"), f"{REFUSE}:{ConsentPurpose.ADVERTISING.value}")


def text_version(text: str) -> str:
    """What proves later which words were shown."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
