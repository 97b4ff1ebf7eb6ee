"""What a channel tells us about itself: blocked, allowed again, a shared phone number, a staff member's own account."""

from handlers.turn import Turn
from loyalty.phones import normalised
from messaging import linking
from messaging.menu import menu
from messaging.messages import Message
from messaging.pacing import MARKETING
from storage.kinds import (
    ConsentAction,
    ConsentPurpose,
    FieldOrigin,
    LinkPurpose,
    ProfileAnswer,
    ProfileField,
    ReachStatus,
)
from storage.models import StaffAccount
from storage.staff import token_hash
from surveys import profile

STAFF_LINK = "staff_"


def says_reach(turn: Turn) -> bool:
    return turn.incoming.reach is not None


def note_reach(turn: Turn) -> list[Message]:
    reach = turn.incoming.reach
    assert reach is not None
    chat = turn.incoming.chat
    turn.store.customers.set_reach(chat.bot_id, chat.user_id, reach)
    if reach is ReachStatus.BLOCKED:
        reason = "the customer blocked the bot"
        turn.store.outbox.cancel_for(turn.customer.id, MARKETING, reason, on_channel_of=chat.bot_id)
    return []


def shares_contact(turn: Turn) -> bool:
    return turn.incoming.contact is not None


def take_contact(turn: Turn) -> list[Message]:
    """Only the platform's word makes a number the customer's own (feature ID2).

    One that nobody vouches for is as good as a typed one: it is taken where we asked for it.
    """
    contact = turn.incoming.contact
    assert contact is not None
    is_asked_for = turn.question is not None and turn.question.field is ProfileField.PHONE
    if not contact.is_own and not is_asked_for:
        return [Message(turn.say("contact.not_yours"))]
    if turn.consents.get(ConsentPurpose.PERSONAL_DATA) is ConsentAction.WITHDRAWN:
        return [menu(turn.customer.language, turn.say("contact.not_kept"))]
    profile.note_phone(
        turn.customer, normalised(contact.phone, turn.business.region) or contact.phone, is_verified=contact.is_own
    )
    turn.store.customers.save(turn.customer, *profile.COLUMNS[ProfileField.PHONE])
    origin = FieldOrigin.MESSENGER if contact.is_own else FieldOrigin.CUSTOMER
    turn.store.fields.note(turn.customer.id, ProfileField.PHONE, origin, turn.now)
    if is_asked_for:
        turn.store.preferences.answer_open(turn.customer.id, ProfileAnswer.GIVEN, turn.now)
    if contact.is_own and (one := linking.join_by_phone(turn.store, turn.customer, turn.now)):
        turn.become(one)
    return [menu(turn.customer.language, turn.say("contact.thanks"))]


def is_staff_link(turn: Turn) -> bool:
    """By the link, or typed: a link's payload does not reach us from every client."""
    return (turn.incoming.payload or turn.incoming.text).startswith(STAFF_LINK)


def link_staff(turn: Turn) -> list[Message]:
    """The one-time link from a profile in the console: this account is that member of staff from now on."""
    hashed = token_hash((turn.incoming.payload or turn.incoming.text).strip().removeprefix(STAFF_LINK))
    link = turn.store.staff.link(hashed, turn.now)
    if link is None or link.purpose is not LinkPurpose.LINK_MESSENGER or link.staff_id is None:
        return [Message(turn.say("staff.link_is_old"))]
    if not turn.store.staff.use_link(hashed, turn.now):
        return [Message(turn.say("staff.link_is_old"))]
    chat = turn.incoming.chat
    turn.store.staff.link_account(
        StaffAccount(
            bot_id=chat.bot_id,
            user_id=turn.incoming.author.user_id,
            staff_id=link.staff_id,
            display_name=turn.incoming.author.name,
            linked_at=turn.now,
        )
    )
    staff = turn.store.staff.get(link.staff_id)
    return [Message(turn.say("staff.linked", name=staff.name if staff else ""))]
