"""A line of a statement in words, for a chat and for the console alike."""

from zoneinfo import ZoneInfo

from loyalty.point_gifts import BIRTHDAY, REVIEW, TIER, WELCOME
from loyalty.receipts import points
from loyalty.statement import Line
from messaging.local_time import local_date
from messaging.phrases import day, say
from storage.kinds import Language, PointsKind

_OF_PRODUCTS = frozenset({PointsKind.ACCRUAL, PointsKind.REDEMPTION, PointsKind.RETURN, PointsKind.RETURN_UNDONE})
_GIFTS = frozenset({WELCOME, BIRTHDAY, REVIEW, TIER})


def told(language: Language, line: Line, zone: ZoneInfo) -> str:
    """«15 марта: +35 — за «Латте»; откроются 29 марта. Стало 120 баллов.»"""
    return say(
        language,
        "statement.line",
        day=day(language, local_date(line.at, zone)),
        change=change(line),
        what=what(language, line, zone),
        after=points(language, line.after.available),
    )


def change(line: Line) -> str:
    """Signed. What opens was the customer's before: there it is how much opened."""
    number = line.net
    if line.kind is PointsKind.OPENING:
        return str(-line.change.pending)
    return f"+{number}" if number > 0 else f"−{-number}" if number < 0 else "0"


def what(language: Language, line: Line, zone: ZoneInfo) -> str:
    """Why, with all that belongs to it."""
    if line.kind in _OF_PRODUCTS and line.product:
        text = say(language, f"statement.{line.kind.value}.of", product=line.product)
    elif line.kind is PointsKind.DONATION and line.charity:
        text = say(language, "statement.donation.of", charity=line.charity)
    elif line.kind is PointsKind.GIFT and line.reason in _GIFTS:
        text = say(language, f"statement.gift.{line.reason}")
    else:
        text = say(language, f"statement.{line.kind.value}")
    # A campaign's name is written for customers; what staff wrote about a correction is theirs alone.
    if line.kind is PointsKind.PROMO and line.reason:
        text = say(language, "statement.because", what=text, reason=line.reason)
    if line.opens_at is not None:
        text = say(language, "statement.waits", what=text, opens=day(language, local_date(line.opens_at, zone)))
    if line.change.owed < 0:
        text = say(language, "statement.paid_debt", what=text, debt=points(language, -line.change.owed))
    return text
