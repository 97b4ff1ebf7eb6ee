"""What the clock tells the owners, where they read messages: each thing once to each account."""

from datetime import datetime

from messaging.messages import Address, Message
from messaging.outbox import enqueue
from storage.kinds import MessageKind, Role
from storage.models import Staff, StaffAccount
from storage.store import Store


def owners(store: Store) -> list[tuple[Staff, StaffAccount]]:
    """Each account of each owner who works here."""
    active = [one for one in store.staff.all() if one.role is Role.OWNER and one.is_active]
    return [(owner, account) for owner in active for account in store.staff.accounts_of(owner.id)]


def tell_once(store: Store, account: StaffAccount, key: str, text: str, now: datetime) -> None:
    """`key` names what is told: the same is not said to this account again."""
    key = f"{key}:{account.bot_id}:{account.user_id}"
    if store.outbox.by_dedupe_key(key) is None:
        message = Message(text, kind=MessageKind.OPERATOR_ALERT)
        enqueue(store, Address(account.bot_id, account.user_id), [message], now, dedupe_key=key)
