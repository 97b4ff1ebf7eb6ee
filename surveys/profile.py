"""Ask customers about themselves: one thing at a time, once, with its reason, and with a way not to answer."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final

from messaging.messages import Button, Message
from messaging.phrases import day, say
from storage.kinds import ConsentAction, ConsentPurpose, ProfileField
from storage.models import Customer, ProfileQuestion
from storage.store import Store
from surveys.profile_answers import Birthday

SKIP: Final = "skip:"
ASK: Final = "go:ask:"
NOT_SOONER_THAN: Final = timedelta(days=1)
"""Between two questions that nobody asked for."""
ANSWER_WAITS: Final = timedelta(days=1)
"""How long after the question what is typed may be its answer: later a date is a booking and a word a word."""
BIRTHDAY_CHANGES: Final = 1
"""How often customers change it themselves: a birthday that moves is a present that repeats."""

COLUMNS: Final[Mapping[ProfileField, tuple[str, ...]]] = {
    ProfileField.NAME: ("name",),
    ProfileField.BIRTHDAY: ("birthday_month", "birthday_day", "birth_year", "birthday_set_at", "birthday_changes"),
    ProfileField.PHONE: ("phone", "is_phone_verified"),
    ProfileField.CITY: ("city", "time_zone"),
}
"""Of the customer's row: what an answer to each question writes, together."""

_A_LEAP_YEAR: Final = 2024  # so that the 29th of February can be shown
_ANYBODY: Final = (ConsentPurpose.PERSONAL_DATA,)
_MEMBERS: Final = (ConsentPurpose.PERSONAL_DATA, ConsentPurpose.PROGRAMME)

Consents = Mapping[ConsentPurpose, ConsentAction]


def is_allowed(field: ProfileField, consents: Consents) -> bool:
    """A name is personal data; the rest serves the programme, and is asked of who takes part."""
    needed = _ANYBODY if field is ProfileField.NAME else _MEMBERS
    return all(consents.get(purpose) is ConsentAction.GIVEN for purpose in needed)


def is_known(customer: Customer, field: ProfileField) -> bool:
    match field:
        case ProfileField.NAME:
            return bool(customer.name)
        case ProfileField.BIRTHDAY:
            return customer.birthday_day is not None
        case ProfileField.PHONE:
            return customer.phone is not None
        case ProfileField.CITY:
            return customer.city is not None


def told(customer: Customer, field: ProfileField) -> str:
    """What we hold, as it is shown to the customer; empty where we hold nothing."""
    match field:
        case ProfileField.NAME:
            return customer.name
        case ProfileField.BIRTHDAY:
            return _birthday(customer)
        case ProfileField.PHONE:
            return customer.phone or ""
        case ProfileField.CITY:
            return customer.city or ""


def _birthday(customer: Customer) -> str:
    if customer.birthday_month is None or customer.birthday_day is None:
        return ""
    shown = day(customer.language, date(_A_LEAP_YEAR, customer.birthday_month, customer.birthday_day))
    return f"{shown} {customer.birth_year}" if customer.birth_year else shown


def ask_unasked(
    store: Store, customer: Customer, field: ProfileField, consents: Consents, now: datetime
) -> list[Message]:
    """The question, if this is a moment for it: allowed, not known, never asked before, and the only one of a day."""
    if not is_allowed(field, consents) or is_known(customer, field):
        return []
    asked = store.preferences.questions(customer.id)
    is_too_soon = any(now - question.asked_at < NOT_SOONER_THAN for question in asked.values())
    return [] if field in asked or is_too_soon else [ask(store, customer, field, now)]


def ask(store: Store, customer: Customer, field: ProfileField, now: datetime) -> Message:
    """Open the question (it ends any other) and return it, to be queued in the same unit."""
    store.preferences.ask(customer.id, field, now)
    return question(customer, field, say(customer.language, f"profile.{field.value}.question"))


def question(customer: Customer, field: ProfileField, text: str) -> Message:
    """A text about the open question, with the button not to answer it."""
    skip = Button(say(customer.language, "profile.skip"), f"{SKIP}{field.value}")
    shares = say(customer.language, "profile.phone.share") if field is ProfileField.PHONE else None
    return Message(text, (skip,), asks_contact=shares)


def is_waiting(asked: ProfileQuestion, now: datetime) -> bool:
    return now - asked.asked_at <= ANSWER_WAITS


# --- what they answered


def may_change_birthday(customer: Customer) -> bool:
    return customer.birthday_day is None or customer.birthday_changes < BIRTHDAY_CHANGES


def note_birthday(customer: Customer, told: Birthday, now: datetime) -> bool:
    """Keep it; False when it was changed before, then only the staff may. A year added to the same day is no change."""
    is_same = (customer.birthday_day, customer.birthday_month) == (told.day, told.month)
    if not is_same:
        if not may_change_birthday(customer):
            return False
        customer.birthday_changes += customer.birthday_day is not None
        customer.birthday_day, customer.birthday_month, customer.birthday_set_at = told.day, told.month, now
    if told.year is not None or not is_same:
        customer.birth_year = told.year
    return True


def note_phone(customer: Customer, number: str, *, is_verified: bool) -> None:
    """The same number typed again does not take away that a messenger vouched for it."""
    customer.is_phone_verified = is_verified or (customer.is_phone_verified and customer.phone == number)
    customer.phone = number
