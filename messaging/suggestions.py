"""What one could write to a customer today, and why: words for the owner's messenger and for the console."""

from collections.abc import Mapping

from messaging.phrases import say
from storage.kinds import Language


def reason(language: Language, why: str, values: Mapping[str, object]) -> str:
    """Why this customer, today: «не был 40 дн., обычно приходит раз в 14 дн.»."""
    return say(language, f"today.why.{why}", **values)


def asks_back(why: str) -> bool:
    """An answer to what somebody said to us; anything else advertises, and needs their consent."""
    return why == "unhappy"


def suggestion(language: Language, why: str, *, name: str, business: str, product: str = "") -> str:
    """A message to the customer, in their language, with what they usually take."""
    hello = say(language, "today.hello", name=name) if name else say(language, "today.hello.nameless")
    text = say(language, f"today.write.{why}", hello=hello, business=business)
    return " ".join((text, say(language, "today.usual", product=product))) if product else text
