"""Phone numbers in one form, E.164: `+79161234567`, whatever a cashier or a customer typed.

Which numbers there are, `phonenumbers` knows: it carries the numbering plans of all countries.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

import phonenumbers
from phonenumbers import NumberParseException, PhoneMetadata, PhoneNumberFormat

DEFAULT_REGION = "RU"
REGION_SETTING = "business.phone_region"
"""The country of the business, as its owner set it."""
_LOOKS_LIKE_A_PHONE = re.compile(r"\+?[\d\s().\-‐‑–—/]+")  # the dashes that spreadsheets make are meant
_NOT_A_DIGIT = re.compile(r"[^0-9]+")
_SHORTEST_ABROAD = 11
"""Digits from which a number that is none at home is taken for one whose plus was lost, as spreadsheets lose it."""


def normalised(text: str, region: str = DEFAULT_REGION) -> str | None:
    """`8 (916) 123-45-67`, `9161234567` and `+7 916 1234567` are one number; None where there is no valid number.

    `region` is the country (ISO 3166) in which a number without a plus is dialled.
    """
    text = text.strip()
    if not _LOOKS_LIKE_A_PHONE.fullmatch(text):
        return None
    digits = _NOT_A_DIGIT.sub("", text)
    plan = _plan(region)
    if not text.startswith("+"):
        at_home = plan.at_home(digits)
        return at_home or _valid(text, region) or (_valid(f"+{digits}") if len(digits) >= _SHORTEST_ABROAD else None)
    # No country begins with 89: it is a Russian 8 with a plus before it.
    return _valid(text) or (_valid(digits, region) if plan.trunk and digits.startswith(plan.trunk) else None)


def _valid(text: str, region: str | None = None) -> str | None:
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def region_of(settings: Mapping[str, object]) -> str:
    """The country in which the customers of this business dial."""
    wish = str(settings.get(REGION_SETTING) or DEFAULT_REGION).upper()
    return wish if is_region(wish) else DEFAULT_REGION


def is_region(text: str) -> bool:
    return text in phonenumbers.SUPPORTED_REGIONS


class _Plan(NamedTuple):
    """What the library knows of one country's mobile numbers: thirty times as fast as asking it for each number."""

    code: str
    trunk: str
    general: re.Pattern[str]
    mobile: re.Pattern[str]

    def at_home(self, digits: str) -> str | None:
        """A plain mobile number, with the trunk prefix, the country's code or neither."""
        if self.mobile.fullmatch(digits):
            return f"+{self.code}{digits}"
        if self.general.fullmatch(digits):
            return None
        for prefix in (self.trunk, self.code):
            if prefix and digits.startswith(prefix) and self.mobile.fullmatch(digits, len(prefix)):
                return f"+{self.code}{digits[len(prefix) :]}"
        return None


_NOTHING = re.compile(r"(?!)")


@cache
def _plan(region: str) -> _Plan:
    known = PhoneMetadata.metadata_for_region(region)
    if known is None:
        return _Plan("", "", _NOTHING, _NOTHING)
    patterns = [
        re.compile(kind.national_number_pattern) if kind and kind.national_number_pattern else _NOTHING
        for kind in (known.general_desc, known.mobile)
    ]
    return _Plan(str(known.country_code), known.national_prefix or "", *patterns)
