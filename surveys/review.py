"""«Is all correct?»: once a year at most, to who comes by themselves, about what is a year old (task D9)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from messaging.messages import Button, Message
from messaging.phrases import say
from messaging.settings import PROFILE
from storage.kinds import Channel, ConsentPurpose, ProfileField, Topic
from storage.models import Customer, CustomerField
from storage.quality import STALE_AFTER
from storage.store import Store
from surveys.profile import Consents, is_allowed, is_known, told

RIGHT: Final = "right"
"""The button that says so."""
ASKED_EVERY: Final = timedelta(days=365)


def ask_unasked(store: Store, customer: Customer, consents: Consents, channel: Channel, now: datetime) -> list[Message]:
    """The question, if this is a moment for it; the caller knows that nothing else is open.

    It is a survey of ours: who wants none of them here, or has a pause, is left alone.
    """
    if customer.review_asked_at is not None and now - customer.review_asked_at < ASKED_EVERY:
        return []
    if now - customer.created_at < STALE_AFTER or (customer.paused_until is not None and now < customer.paused_until):
        return []
    fields, said = shown(customer, consents), store.fields.of(customer.id)
    if not any(is_stale(customer, said, field, now) for field in fields):
        return []
    if Topic.SURVEYS in store.preferences.switched_off(customer.id, channel):
        return []
    customer.review_asked_at = now
    store.customers.save(customer, "review_asked_at")
    return [_question(customer, fields)]


def shown(customer: Customer, consents: Consents) -> list[ProfileField]:
    """What we hold and may speak of."""
    if consents.get(ConsentPurpose.PERSONAL_DATA) is None:
        return []
    return [field for field in ProfileField if is_known(customer, field) and is_allowed(field, consents)]


def is_stale(customer: Customer, said: Mapping[str, CustomerField], field: str, now: datetime) -> bool:
    """Nobody told or confirmed it for a year. What nobody wrote down is as old as the record itself."""
    known = said.get(field)
    return now - (known.at if known else customer.created_at) >= STALE_AFTER


def _question(customer: Customer, fields: list[ProfileField]) -> Message:
    def line(field: ProfileField) -> str:
        known = _masked(customer.phone or "") if field is ProfileField.PHONE else told(customer, field)
        return say(customer.language, f"profile.{field.value}.line", value=known)

    lines = [line(field) for field in fields]
    text = "\n".join([say(customer.language, "review.title"), "", *lines, "", say(customer.language, "review.why")])
    buttons = (
        Button(say(customer.language, "review.right"), RIGHT),
        Button(say(customer.language, "review.correct"), PROFILE),
    )
    return Message(text, buttons, columns=2)


def _masked(phone: str) -> str:
    """Enough for its owner to recognise, too little for who looks over their shoulder."""
    return f"{phone[:2]} ••• ••• {phone[-4:-2]} {phone[-2:]}"
