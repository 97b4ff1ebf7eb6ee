"""Whom to write to today: the card on the first page, and what is decided about each."""

from dataclasses import dataclass

from starlette.responses import Response

from console.pages import Visit
from loyalty.offers import words_for
from messaging.suggestions import Way, reason, way_to
from storage.actions import Shown
from storage.kinds import ActionState
from storage.store import Store


@dataclass(frozen=True, slots=True)
class Card:
    """One person. `words` are what one could say by this way; `phone` is there only where they may be called."""

    shown: Shown
    why: str
    words: str
    way: Way
    phone: str | None

    @property
    def is_open(self) -> bool:
        return self.shown.action.state is ActionState.OPEN


def cards(store: Store, visit: Visit) -> list[Card]:
    """The open ones first, in the order in which they were chosen."""
    today = visit.today.toordinal()
    found = [_card(store, visit, one) for one in store.actions.of_day(today)]
    return sorted(found, key=lambda card: not card.is_open)


def _card(store: Store, visit: Visit, shown: Shown) -> Card:
    why = shown.action.kind
    way = way_to(store, shown.action.customer_id, why, visit.now)
    return Card(
        shown,
        reason(visit.words.language, why, shown.action.reason),
        words_for(store, shown, visit.parts.business_name(), visit.words.zone),
        way,
        shown.phone if way is Way.CALL else None,
    )


async def done(visit: Visit) -> Response:
    return await _decide(visit, ActionState.DONE)


async def dismiss(visit: Visit) -> Response:
    return await _decide(visit, ActionState.DISMISSED)


async def _decide(visit: Visit, state: ActionState) -> Response:
    action_id = visit.path_id("action_id")
    is_first = await visit.write(lambda store: store.actions.decide(action_id, state, visit.staff.id, visit.now))
    return visit.go("/", notice=f"action.{state.value}" if is_first else "gone")
