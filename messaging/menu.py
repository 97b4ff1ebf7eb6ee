"""The menu: what a customer can always do, and the two questions of consent."""

import hashlib

from messaging.messages import Button, Message
from messaging.phrases import say
from storage.kinds import ConsentPurpose, Language

RATE = "go:rate"
PERSON = "person"
LANGUAGE = "go:language"
OFFERS = "go:offers"
AGREE = "agree"
REFUSE = "refuse"


def menu(language: Language, text: str) -> Message:
    """A text with the menu under it."""
    buttons = (
        Button(say(language, "menu.rate"), RATE),
        Button(say(language, "menu.person"), PERSON),
        Button(say(language, "menu.offers"), OFFERS),
        Button(say(language, "menu.language"), LANGUAGE),
    )
    return Message(text, buttons, columns=2)


def consent_question(language: Language, purpose: ConsentPurpose, **values: object) -> Message:
    """One purpose, one message, two buttons: a consent that hides in another one is none."""
    text = say(language, f"consent.{purpose.value}.question", **values)
    buttons = (
        Button(say(language, f"consent.{purpose.value}.agree"), f"{AGREE}:{purpose.value}"),
        Button(say(language, f"consent.{purpose.value}.refuse"), f"{REFUSE}:{purpose.value}"),
    )
    return Message(text, buttons, columns=2)


def text_version(text: str) -> str:
    """What proves later which words were shown."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
