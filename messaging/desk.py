"""The operators' desk: every chat in which a case is heard, and what is said there."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from messaging.messages import Address, Button, Message, Thread
from messaging.outbox import enqueue
from messaging.phrases import say
from storage.cases import Scope
from storage.kinds import Language, MessageKind, Role
from storage.models import Case, Customer, OutboxMessage, Staff
from storage.store import Store

MAY_ANSWER = frozenset({Role.OWNER, Role.ADMIN, Role.OPERATOR})
"""Who may take cases and write to customers."""
SUPERVISORS = frozenset({Role.OWNER, Role.ADMIN})
"""Who hears of a case that nobody answers."""

TAKE = "case:take"
UTC = ZoneInfo("UTC")
LONGEST_LINE = 3000
"""Characters of one message that later words are still added to; the channels cut at 4,000."""
LONGEST_QUOTE = 1000
"""Characters of a stranger's words; the page has them all."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where operators hear of a case: their groups, their language, the console's address, and the business's zone.

    Beside the groups, whoever is on duty hears it in a private chat: Telegram, or VK, may be unreachable for some.
    """

    chats: tuple[Address, ...] = ()
    language: Language = Language.RU
    console_url: str = ""
    zone: ZoneInfo = UTC


NO_DESK = Desk()


def scope_of(staff: Staff) -> Scope | None:
    """Owners and admins see every case, and so does an operator of no branch (feature ES14)."""
    return Scope(staff.branch, staff.id) if staff.role is Role.OPERATOR and staff.branch else None


def sees(staff: Staff, case: Case) -> bool:
    """Whether the case is in their scope."""
    scope = scope_of(staff)
    return scope is None or case.branch in ("", scope.branch) or staff.id in (case.taken_by, case.assigned_to)


def thread_of(customer: Customer, desk: Desk) -> Thread:
    """Whose topic it is: the name, and the end of the id, which tells two people of one name apart."""
    return Thread(customer.id, f"{name_of(customer, desk)[:100]} · {customer.id.hex[-6:]}")


def name_of(customer: Customer, desk: Desk) -> str:
    return " ".join(customer.name.split()) or say(desk.language, "customer.nameless")


def alert(
    store: Store, desk: Desk, case: Case, customer: Customer, words: str, now: datetime, *, owner: str = ""
) -> None:
    """A new case, and whose work it is, where it was given to somebody at once."""
    channel = Address(case.bot_id, case.chat_id).channel
    text = say(
        desk.language,
        f"alert.{case.origin.value}",
        name=name_of(customer, desk),
        channel=say(desk.language, f"channel.{channel.value}"),
        text=words,
    )
    if owner:
        text = f"{text}\n{say(desk.language, 'alert.owner', name=owner)}"
    buttons = [Button(say(desk.language, "alert.take"), TAKE)]
    if desk.console_url.startswith("https://"):
        buttons.append(Button(say(desk.language, "alert.open"), url=f"{desk.console_url}/inbox/{case.id}"))
    message = _message(text, customer, desk, buttons)
    for chat in _places(store, desk, case):
        enqueue(store, chat, [message], now, case_id=case.id)


def line(
    store: Store, desk: Desk, case: Case, customer: Customer, text: str, now: datetime, *, but: Address | None = None
) -> None:
    """One more line about a case, in every chat `but` the one where it is known already.

    While an earlier line about the same case still waits for its turn to leave, it is added to that one: a customer
    who writes ten messages in a row is one or two messages in the group, not ten.
    """
    for chat in _places(store, desk, case):
        if chat == but:
            continue
        waiting = store.outbox.last_waiting(chat.bot_id, chat.user_id)
        # Not to one that replaces a message: no phone rings for an edit.
        is_its = waiting is not None and waiting.case_id == case.id and "edits" not in waiting.body
        if waiting is None or not is_its or not _grow_waiting(store, waiting, text):
            enqueue(store, chat, [_message(text, customer, desk)], now, case_id=case.id)


def part(store: Store, desk: Desk, case: Case, customer: Customer, words: str, now: datetime) -> None:
    """The words of one more part of an album or of a forwarding: they belong into the line of its first part."""
    text = say(desk.language, "alert.part", text=words)
    for chat in _places(store, desk, case):
        newest = store.outbox.newest_in(chat.bot_id, chat.user_id, case.id)
        if newest is not None and _grow_waiting(store, newest, text):
            continue
        grown = _grown(newest, text) if newest is not None else None
        enqueue(store, chat, [grown or _message(text, customer, desk)], now, case_id=case.id)


def remark(store: Store, desk: Desk, key: str, now: datetime, page: str, **values: object) -> None:
    """A line about somebody who is no customer; `page` of the console has more."""
    shown = {name: value[:LONGEST_QUOTE] if isinstance(value, str) else value for name, value in values.items()}
    buttons = []
    if desk.console_url.startswith("https://"):
        buttons.append(Button(say(desk.language, "alert.open"), url=f"{desk.console_url}{page}"))
    message = Message(say(desk.language, key, **shown), tuple(buttons), kind=MessageKind.OPERATOR_ALERT)
    for chat in _places(store, desk):
        enqueue(store, chat, [message], now)


def tell_supervisors(store: Store, desk: Desk, case: Case, key: str, now: datetime, **values: object) -> None:
    """A line to each owner and admin, on duty or not, in their private chats."""
    customer = store.customers.get(case.customer_id)
    if customer is None:
        return
    text = say(desk.language, key, customer=name_of(customer, desk), **values)
    for account in store.staff.accounts_in(SUPERVISORS):
        chat = Address(account.bot_id, account.user_id)
        enqueue(store, chat, [_message(text, customer, desk)], now, case_id=case.id)


def _message(text: str, customer: Customer, desk: Desk, buttons: Iterable[Button] = ()) -> Message:
    kind = MessageKind.OPERATOR_ALERT
    return Message(text, tuple(buttons), columns=2, kind=kind, thread=thread_of(customer, desk))


def _places(store: Store, desk: Desk, case: Case | None = None) -> list[Address]:
    """Of a case that is a branch's, whoever is on duty there hears; of what is no case, everybody on duty."""
    holders = [one for one in (case.taken_by, case.assigned_to) if one] if case else []
    accounts = store.staff.on_duty(MAY_ANSWER, case.branch if case else "", holders)
    on_duty = [Address(account.bot_id, account.user_id) for account in accounts]
    return list(dict.fromkeys([*desk.chats, *on_duty]))


def _grow_waiting(store: Store, row: OutboxMessage, text: str) -> bool:
    """Whether the text could be added to a message that did not leave yet."""
    longer = f"{row.body['text']}\n{text}"
    if row.kind is not MessageKind.OPERATOR_ALERT or len(longer) > LONGEST_LINE:
        return False
    return store.outbox.rewrite(row.id, {**row.body, "text": longer})


def _grown(row: OutboxMessage, text: str) -> Message | None:
    """The message that replaces a delivered one, with the text added; nothing where it grew too long."""
    message = Message.from_body(row.body)
    longer = f"{message.text}\n{text}"
    if len(longer) > LONGEST_LINE:
        return None
    return replace(message, text=longer, edits=message.edits or row.id, kind=MessageKind.OPERATOR_ALERT)
