"""Phone numbers in one form, E.164: `+79161234567`, whatever a cashier or a customer typed."""

import re

_LOOKS_LIKE_A_PHONE = re.compile(r"\+?[\d\s().\-‐‑–—/]+")  # the dashes that spreadsheets make are meant
_RUSSIAN = 11
_SHORTEST, _LONGEST = 8, 15


def normalised(text: str) -> str | None:
    """`8 (916) 123-45-67`, `9161234567` and `+7 916 1234567` are one number; None where there is no number to see.

    Without a plus, eleven digits that begin with 8 or ten that begin with 9 are Russian; from eleven digits on anything
    else is taken for a number whose plus was lost, as spreadsheets lose it.
    """
    text = text.strip()
    if not _LOOKS_LIKE_A_PHONE.fullmatch(text):
        return None
    digits = re.sub(r"\D", "", text)
    number = _international(digits) if text.startswith("+") else _typed(digits)
    return f"+{number}" if number and _is_possible(number) else None


def _international(digits: str) -> str:
    """No country begins with 89: it is a Russian 8 with a plus before it."""
    return "7" + digits[1:] if digits.startswith("89") and len(digits) == _RUSSIAN else digits


def _typed(digits: str) -> str | None:
    if len(digits) == _RUSSIAN and digits[0] in "78":
        return "7" + digits[1:]
    if len(digits) == _RUSSIAN - 1 and digits[0] == "9":
        return "7" + digits
    for way_out in ("810", "00"):  # how one dials abroad
        if digits.startswith(way_out):
            return digits.removeprefix(way_out)
    return digits if len(digits) >= _RUSSIAN else None


def _is_possible(number: str) -> bool:
    if number[0] == "7":
        return len(number) == _RUSSIAN
    return number.isascii() and number[0] != "0" and _SHORTEST <= len(number) <= _LONGEST
