"""What a merge's undoing owes the one who goes, beside the steps: every «no» said since, and their own chats' words."""

from typing import Any, Final
from uuid import UUID

from storage.columns import new_id, portable
from storage.kinds import ConsentAction
from storage.models import Consent, Customer, CustomerMerge
from storage.purchase_import import CARD, PHONE
from storage.store import Store

_IDENTITY: Final = "identity"


def give_back(store: Store, made: CustomerMerge, was: Customer) -> None:
    """The steps were played back already. `was`: the one record just before."""
    _keep_every_no(store, made, was)
    chats = _chats_of_gone(made)
    if chats:
        store.partings.give_said(made.kept_id, made.gone_id, chats, made.at)
        # One case is open at the most: where one was opened since the merge, those of before it are closed for good.
        store.partings.give_cases(made.kept_id, made.gone_id, chats, made.at)
    _give_keys(store, made)


# --- a «no» counts for both


def _keep_every_no(store: Store, made: CustomerMerge, was: Customer) -> None:
    """Nobody knows whose it was: so neither hears again what one of them wanted no more of."""
    for one in store.consents.history(made.kept_id):
        if one.at >= made.at and one.action is not ConsentAction.GIVEN:
            store.consents.add(Consent(**{**one.model_dump(), "id": new_id(), "customer_id": made.gone_id}))
    for mine, other in ((made.kept_id, made.gone_id), (made.gone_id, made.kept_id)):
        for choice in store.preferences.choices(mine):
            if choice.changed_at >= made.at and not choice.is_on:
                store.preferences.switch(choice.model_copy(update={"customer_id": other}))
    gone = store.customers.get(made.gone_id)
    if gone is not None and _was_paused_since(made, was):
        gone.paused_until = max(until for until in (gone.paused_until, was.paused_until) if until)
        store.customers.save(gone, "paused_until")


def _was_paused_since(made: CustomerMerge, was: Customer) -> bool:
    """Whether the pause is another one than the merge left."""
    if was.paused_until is None:
        return False
    for kind, table, *rest in made.moved:
        if (kind, table) == ("change", "customer"):
            _key, _before, after, _guard = rest
            return bool(after.get("paused_until", portable(was.paused_until)) != portable(was.paused_until))
    return False


# --- what happened in the chats that go


def _chats_of_gone(made: CustomerMerge) -> list[tuple[str, str]]:
    moves: list[list[Any]] = [step for step in made.moved if step[:3] == ["move", _IDENTITY, "customer_id"]]
    return [(bot_id, user_id) for *_, keys in moves for bot_id, user_id in keys]


def _give_keys(store: Store, made: CustomerMerge) -> None:
    """A phone and a card lead an import to whose they are, also where it wrote them down after the merge."""
    theirs, others = (_known_by(store, one) for one in (made.gone_id, made.kept_id))
    if keys := sorted(theirs - others):
        store.partings.give_keys(made.kept_id, made.gone_id, keys)


def _known_by(store: Store, customer_id: UUID) -> set[tuple[str, str]]:
    customer, member = store.customers.get(customer_id), store.points.membership(customer_id)
    keys = {(PHONE, customer.phone)} if customer and customer.phone else set()
    return keys | ({(CARD, member.card_number)} if member else set())
