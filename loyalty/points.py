"""What a purchase earns, and what a card's number looks like: pure rules."""

RATE_PERCENT = 5
MINOR_PER_POINT = 100
"""One point is worth one rouble."""
CARD_DIGITS = 8


def earned(amount_minor: int) -> int:
    """Points for an amount in minor units: five percent, rounded up (feature LO9)."""
    return -(-amount_minor * RATE_PERCENT // (100 * MINOR_PER_POINT))


def card_number(serial: int) -> str:
    """Eight digits and a check digit (Luhn, ISO/IEC 7812-1): a mistyped card is noticed before it is looked up."""
    body = f"{serial % 10**CARD_DIGITS:0{CARD_DIGITS}d}"
    return body + str((10 - _luhn(body + "0") % 10) % 10)


def is_card_number(text: str) -> bool:
    return len(text) == CARD_DIGITS + 1 and text.isascii() and text.isdigit() and _luhn(text) % 10 == 0


def _luhn(digits: str) -> int:
    doubled = (int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled)
