"""What a cashier reads in a messenger: who stands there, what was sold, and the buttons that every answer may have."""

from datetime import datetime
from typing import Final

from handlers.turn import Turn
from loyalty import till
from loyalty.checkout import CURRENCY, Sold
from loyalty.purchases import KnownAlready
from loyalty.till_drafts import PRESS, RETURN, Draft
from messaging.local_time import local_date
from messaging.messages import Button, Message
from messaging.phrases import count, day, money
from storage.models import Purchase

CODES_SHOWN: Final = 2
"""Of a customer's own; each is a button too."""


def about(turn: Turn, at: till.AtTill) -> list[str]:
    """A few lines: who it is, what the card has, what their tier brings, what they have to use."""
    language = turn.customer.language
    head = [at.customer.name or turn.say("customer.nameless")]
    head += [at.tier.name] if at.tier else []
    lines = ["👤 " + " · ".join(head)]
    if at.card is None:
        lines.append(turn.say("till.no_card"))
    else:
        balance = count(language, "card.points", at.card.balance)
        lines.append(turn.say(f"till.proof.{at.proof.value}", points=balance) if at.card.balance else balance)
    lines += [f"• {privilege}" for privilege in (at.tier.privileges if at.tier else ())]
    lines += [f"🎟 {code.text}" for code in at.codes[:CODES_SHOWN]]
    if at.has_wish:
        lines.append(turn.say("till.has_wish"))
    return lines


def receipt(turn: Turn, name: str, outcome: Sold | KnownAlready) -> str:
    language = turn.customer.language
    if isinstance(outcome, KnownAlready):
        return turn.say("till.known", sum=_paid(turn, outcome.purchase))
    done = outcome.recorded
    lines = [turn.say("till.done", sum=_paid(turn, done.purchase), name=name) if name else _paid(turn, done.purchase)]
    if done.purchase.discount_minor:
        lines.append(turn.say("till.discount", sum=money(language, done.purchase.discount_minor, CURRENCY)))
    if done.spent:
        lines.append(turn.say("till.spent", points=count(language, "card.points", done.spent)))
    if outcome.passed:
        lines.append(turn.say(f"till.beyond.{outcome.passed.value}"))
    elif done.points:
        lines.append(_earned(turn, done.points, done.opens_at))
    return "\n".join(lines)


def _earned(turn: Turn, points: int, opens_at: datetime | None) -> str:
    language = turn.customer.language
    earned = count(language, "card.points", points)
    if opens_at is None or opens_at <= turn.now:
        return turn.say("till.earned", points=earned)
    return turn.say("till.earned_later", points=earned, opens=day(language, local_date(opens_at, turn.zone)))


def _paid(turn: Turn, purchase: Purchase) -> str:
    return money(turn.customer.language, purchase.amount_minor, purchase.currency)


# --- buttons


def next_one(turn: Turn, text: str) -> Message:
    """A result, with the question for the next customer under it."""
    return Message("\n".join([text, turn.say("till.next")]) if text else turn.say("till.next"), (end_button(turn),))


def end_button(turn: Turn) -> Button:
    return Button(turn.say("till.end"), f"{PRESS}end")


def cancel_button(turn: Turn, draft: Draft) -> Button:
    return Button(turn.say("till.cancel"), f"{PRESS}no:{draft.key}")


def pay_button(turn: Turn, draft: Draft, points: int) -> Button:
    label = turn.say("till.pay", points=count(turn.customer.language, "card.points", points))
    return Button(label, f"{PRESS}pay:{draft.tag}:{points}")


def ways_out(turn: Turn, draft: Draft) -> tuple[Button, ...]:
    return (Button(turn.say("till.return"), f"{RETURN}{draft.key}"), cancel_button(turn, draft))
