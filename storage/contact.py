"""Whom may be written to, in SQL: an open chat, and a yes to advertising. One definition for all that counts or lists.

`messaging.consent.may_write` answers the same of one chat, from the facts of that moment; a test holds both together.
"""

from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select

from storage.columns import table_of
from storage.kinds import CLOSED_REACH, Channel, ConsentAction, ConsentPurpose
from storage.models import Bot, Consent, Identity

_IDENTITY = table_of(Identity)
_BOT = table_of(Bot)
_CONSENT = table_of(Consent)


def _withdrew_data() -> Select[Any]:
    """Customers whose last word about their personal data was to take it back; it counts in every chat."""
    later = _CONSENT.alias("later")
    was_given_again = exists().where(
        later.c.customer_id == _CONSENT.c.customer_id,
        later.c.purpose == ConsentPurpose.PERSONAL_DATA,
        later.c.id > _CONSENT.c.id,
    )
    return select(_CONSENT.c.customer_id).where(
        _CONSENT.c.purpose == ConsentPurpose.PERSONAL_DATA,
        _CONSENT.c.action == ConsentAction.WITHDRAWN,
        ~was_given_again,
    )


def _agreed() -> Select[Any]:
    """Who said yes on a channel where no later word changed it; a withdrawal counts everywhere (decision 8)."""
    later = _CONSENT.alias("later")
    is_same_channel = or_(
        *(and_(_is_on(_CONSENT, channel), _is_on(later, channel)) for channel in Channel),
        later.c.bot_id == _CONSENT.c.bot_id,
    )
    is_over = exists().where(
        later.c.customer_id == _CONSENT.c.customer_id,
        later.c.purpose == ConsentPurpose.ADVERTISING,
        later.c.id > _CONSENT.c.id,
        or_(later.c.action == ConsentAction.WITHDRAWN, is_same_channel),
    )
    return select(_CONSENT.c.customer_id).where(
        _CONSENT.c.purpose == ConsentPurpose.ADVERTISING, _CONSENT.c.action == ConsentAction.GIVEN, ~is_over
    )


def _is_on(consent: Any, channel: Channel) -> ColumnElement[bool]:
    found: ColumnElement[bool] = consent.c.bot_id.startswith(f"{channel.value}:", autoescape=True)
    return found


OPEN_CHATS: Final = (
    select(_IDENTITY.c.customer_id)
    .join_from(_IDENTITY, _BOT, _BOT.c.id == _IDENTITY.c.bot_id)
    .where(_IDENTITY.c.reach.not_in(CLOSED_REACH), _IDENTITY.c.customer_id.not_in(_withdrew_data()))
)
"""The customer of each chat where they can be reached: it is open, and they did not take their personal data back."""
AGREED_TO_ADVERTISING: Final = _agreed()
