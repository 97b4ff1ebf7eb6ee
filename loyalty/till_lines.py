"""What a cashier types in one line: whose purchase, how much, which code. Pure rules."""

import re
from dataclasses import dataclass
from typing import Final

from loyalty.amounts import Wrong, minor_units
from loyalty.phones import normalised as phone_of
from loyalty.points import CARD_DIGITS, is_card_number

_SPACED_PHONE: Final = re.compile(r"\s*(\+?[78]?[\s(-]*\d{3}[\s)-]*\d{3}[\s-]*\d{2}[\s-]*\d{2})(?=\s|$)(.*)", re.DOTALL)
_SPACED_CARD: Final = re.compile(r"\s*(\d{3}[\s-]?\d{3}[\s-]?\d{3})(?=\s|$)(.*)", re.DOTALL)
_CANCELS: Final = ("отмена", "отменить", "cancel")


@dataclass(frozen=True, slots=True)
class Line:
    """`who` as it was typed; `amount_minor` None where no sum was said, `wrong` where it cannot be one."""

    who: str
    amount_minor: int | None = None
    code: str = ""
    wrong: Wrong | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """Why something comes back, and how much of it: `amount_minor` None is all of it, unless it is `wrong`."""

    reason: str
    amount_minor: int | None = None
    wrong: Wrong | None = None


def read_line(text: str, region: str) -> Line:
    """`123456789 450 COFFEE-7K`: the customer, then the sum, then a promo code; the last two may be missing.

    A card and a phone may be written with spaces. What reads as a valid card is a card: no phone has nine digits here.
    """
    who, rest = _who(text, region)
    words = rest.split()
    if not words:
        return Line(who)
    amount, code = _sum_and_code(words)
    if isinstance(amount, Wrong):
        return Line(who, None, code, amount)
    return Line(who, amount, code)


def read_sum(text: str) -> Line:
    """`450`, `450 р` or `450 COFFEE-7K`, where the customer is known already."""
    amount, code = _sum_and_code(text.split())
    return Line("", None, code, amount) if isinstance(amount, Wrong) else Line("", amount, code)


def read_return(text: str) -> Part:
    """`150 остыл` gives back a part, `остыл` all of it. A number that cannot be a sum is said to be wrong."""
    amount, reason = _sum_and_code(text.split())
    if amount in (Wrong.EMPTY, Wrong.UNREADABLE):
        return Part(" ".join(text.split()))
    return Part(reason, None, amount) if isinstance(amount, Wrong) else Part(reason, amount)


def is_cancel(text: str) -> bool:
    """The cashier's word for leaving what they have begun."""
    return text.strip().lower().rstrip(".!") in _CANCELS


def begins_with_number(text: str, region: str) -> bool:
    """Whether a line begins with a card's or a phone's number, and not with a sum."""
    who, _ = _who(text, region)
    return is_card_number(who) or phone_of(who, region) is not None


def is_mistyped_card(text: str) -> bool:
    """Nine digits whose check digit does not fit."""
    digits = re.sub(r"[\s-]", "", text)
    return digits.isascii() and digits.isdigit() and len(digits) == CARD_DIGITS + 1 and not is_card_number(digits)


def _who(text: str, region: str) -> tuple[str, str]:
    card = _SPACED_CARD.fullmatch(text)
    if card and is_card_number(re.sub(r"\D", "", card[1])):
        return re.sub(r"\D", "", card[1]), card[2]
    phone = _SPACED_PHONE.fullmatch(text)
    if phone and phone_of(phone[1], region):
        return phone[1], phone[2]
    who, _, rest = text.strip().partition(" ")
    return who, rest


def _sum_and_code(words: list[str]) -> tuple[int | Wrong, str]:
    """The sum may be written as «1 200 ₽»: as many words as read as one."""
    for taken in range(len(words), 0, -1):
        amount = minor_units(" ".join(words[:taken]))
        if not isinstance(amount, Wrong):
            return amount, " ".join(words[taken:])
    wrong = minor_units(words[0]) if words else Wrong.EMPTY
    return (wrong if isinstance(wrong, Wrong) else Wrong.UNREADABLE), " ".join(words[1:])
