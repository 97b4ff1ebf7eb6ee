"""Points for a good deed: whom to, how many, a yes, and what all together have given."""

from handlers.turn import Turn
from loyalty import charity
from loyalty.card import card_of
from loyalty.ledger import NotEnough
from messaging.menu import GIVE, menu
from messaging.messages import Button, Message
from messaging.phrases import count
from storage.kinds import ConsentPurpose
from storage.models import Charity

_TO = f"{GIVE}:"
_YES = "give:"


def wants_to_give(turn: Turn) -> bool:
    return turn.pressed == GIVE


def choose_charity(turn: Turn) -> list[Message]:
    """With one charity alone there is nothing to choose."""
    charities = turn.store.charities.active(charity.MOST_SHOWN)
    if not charities or not turn.has_given(ConsentPurpose.PERSONAL_DATA):
        return [menu(turn.customer.language, turn.say("charity.none"))]
    if len(charities) == 1:
        return [_amounts(turn, charities[0])]
    lines = [turn.say("charity.question"), *(f"\n{one.name}. {one.about}".rstrip() for one in charities)]
    buttons = tuple(Button(_label(one.name), f"{_TO}{one.slug}") for one in charities)
    return [Message("\n".join(lines), buttons)]


def names_charity(turn: Turn) -> bool:
    """«go:give:<slug>», and with an amount «go:give:<slug>:<points>»."""
    return (turn.pressed or "").startswith(_TO)


def choose_amount(turn: Turn) -> list[Message]:
    slug, _, amount = (turn.pressed or "").removeprefix(_TO).partition(":")
    chosen = turn.store.charities.get(slug)
    if chosen is None or not chosen.is_active:
        return [menu(turn.customer.language, turn.say("charity.none"))]
    if not amount.isdecimal():
        return [turn.in_place(_amounts(turn, chosen))]
    points = _points(turn, int(amount))
    buttons = (
        Button(turn.say("charity.yes", points=points), f"{_YES}{slug}:{amount}"),
        Button(turn.say("charity.no"), f"{_TO}{slug}"),
    )
    return [turn.in_place(Message(turn.say("charity.sure", points=points, name=chosen.name), buttons))]


def gives(turn: Turn) -> bool:
    return (turn.pressed or "").startswith(_YES)


def give(turn: Turn) -> list[Message]:
    """Once for each question, however often its button is pressed."""
    slug, _, amount = (turn.pressed or "").removeprefix(_YES).partition(":")
    chosen, nonce = turn.store.charities.get(slug), turn.incoming.pressed.nonce if turn.incoming.pressed else ""
    if chosen is None or not chosen.is_active or not amount.isdecimal():
        return [menu(turn.customer.language, turn.say("charity.none"))]
    given = charity.give(turn.store, turn.customer, chosen, int(amount), nonce, turn.now)
    if isinstance(given, NotEnough):
        text = turn.say("charity.not_enough", available=_points(turn, given.available))
        return [turn.in_place(menu(turn.customer.language, text))]
    all_points = next((one.points for one in charity.totals(turn.store) if one.charity.slug == slug), given)
    thanks = turn.say("charity.thanks", points=_points(turn, given), name=chosen.name, total=_points(turn, all_points))
    return [turn.in_place(menu(turn.customer.language, thanks))]


def _amounts(turn: Turn, chosen: Charity) -> Message:
    card = card_of(turn.store, turn.customer.id, turn.now)
    total = next((one.points for one in charity.totals(turn.store) if one.charity.slug == chosen.slug), 0)
    lines = [turn.say("charity.to", name=chosen.name, about=chosen.about).strip()]
    if total:
        lines.append(turn.say("charity.total", total=_points(turn, total)))
    available = card.balance if card else 0
    if available <= 0:
        return menu(turn.customer.language, "\n\n".join([*lines, turn.say("charity.no_points")]))
    lines.append(turn.say("charity.how_many", balance=_points(turn, available)))
    amounts = charity.offered_amounts(available)
    buttons = [Button(_points(turn, amount), f"{_TO}{chosen.slug}:{amount}") for amount in amounts[:-1]]
    buttons.append(Button(turn.say("charity.all", points=_points(turn, available)), f"{_TO}{chosen.slug}:{available}"))
    return Message("\n\n".join(lines), tuple(buttons), columns=2)


def _points(turn: Turn, points: int) -> str:
    return count(turn.customer.language, "card.points", points)


def _label(name: str) -> str:
    """VK cuts a label at forty signs."""
    return name if len(name) <= 40 else f"{name[:39]}…"
