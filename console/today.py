"""Whom to write to today: the card on the first page, and what is decided about each."""

from dataclasses import dataclass
from uuid import UUID

from starlette.responses import Response

from console.pages import Visit
from messaging.consent import Refusal
from messaging.local_time import local_date
from messaging.reaching import address_for
from messaging.suggestions import asks_back, reason, suggestion
from storage.actions import Shown
from storage.kinds import ActionState, MessageKind
from storage.store import Store


@dataclass(frozen=True, slots=True)
class Card:
    """One person. `words` are what one could write; `phone` is None where they may be written to in their chat."""

    shown: Shown
    why: str
    words: str
    by_chat: bool
    phone: str | None

    @property
    def is_open(self) -> bool:
        return self.shown.action.state is ActionState.OPEN


def cards(store: Store, visit: Visit) -> list[Card]:
    """The open ones first, in the order in which they were chosen."""
    today = local_date(visit.now, visit.words.zone).toordinal()
    found = [_card(store, visit, one) for one in store.actions.of_day(today)]
    return sorted(found, key=lambda card: not card.is_open)


def _card(store: Store, visit: Visit, shown: Shown) -> Card:
    why = shown.action.kind
    kind = MessageKind.OPERATOR_REPLY if asks_back(why) else MessageKind.JOURNEY
    by_chat = not isinstance(address_for(store, shown.action.customer_id, kind, visit.now), Refusal)
    return Card(
        shown,
        reason(visit.words.language, why, shown.action.reason),
        suggestion(shown.language, why, name=shown.name, business=visit.parts.business_name(), product=shown.product),
        by_chat,
        None if by_chat else shown.phone,
    )


async def done(visit: Visit) -> Response:
    return await _decide(visit, ActionState.DONE)


async def dismiss(visit: Visit) -> Response:
    return await _decide(visit, ActionState.DISMISSED)


async def _decide(visit: Visit, state: ActionState) -> Response:
    action_id: UUID = visit.request.path_params["action_id"]
    is_first = await visit.write(lambda store: store.actions.decide(action_id, state, visit.staff.id, visit.now))
    return visit.go("/", notice=f"action.{state.value}" if is_first else "gone")
