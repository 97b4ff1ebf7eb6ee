"""What the assembly puts into the web chat."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol
from zoneinfo import ZoneInfo

from messaging.doors import Door
from messaging.messages import IncomingMessage
from storage.kinds import Language

if TYPE_CHECKING:
    from storage.database import Database

BOT_ID = "webchat:main"
UTC: Final = ZoneInfo("UTC")

Receive = Callable[[IncomingMessage], Awaitable[object]]
"""The door in, `Intake.receive`: when it returns, the event is safe."""


class Step(StrEnum):
    """How far a demo's time can be moved at once."""

    HALF_HOUR = "half_hour"
    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Buyer:
    """A visitor at a demo's till. `key` names the request: sent twice, it is one purchase."""

    bot_id: str
    visitor_id: str
    language: Language
    key: str


@dataclass(frozen=True, slots=True)
class Bought:
    """`worth`: what their promo code brought, in words; `points`: what the purchase earned a member."""

    product: str
    amount_minor: int
    points: int
    is_member: bool
    worth: str = ""


class Play(Protocol):
    """What a demo's page has besides the chat: a till, and a calendar whose leaves one can turn."""

    @property
    def zone(self) -> ZoneInfo: ...

    @property
    def is_moving(self) -> bool: ...

    async def buy(self, buyer: Buyer, *, with_code: bool) -> Bought | None:
        """None when there is no code to buy with."""

    async def move(self, step: Step) -> bool:
        """True once the time is there and what it brought has arrived; False while another move is on its way."""


def never() -> bool:
    return False


def nowhere() -> Sequence[Door]:
    return ()


@dataclass(frozen=True, slots=True)
class WebChatParts:
    """`key` signs the visitors; `widget_origins`: the sites that may embed the chat; `is_https`: as people see us."""

    database: "Database"
    receive: Receive
    clock: Callable[[], datetime]
    key: str
    business_name: Callable[[], str]
    widget_origins: tuple[str, ...] = ()
    is_https: bool = False
    default_language: Language = Language.RU
    bot_id: str = BOT_ID
    is_stopping: Callable[[], bool] = never
    """True once the server wants to go: open streams end, so that it need not cut them."""
    doors: Callable[[], Sequence[Door]] = nowhere
    """The ways to us that a printed code leads to."""
    zone: ZoneInfo = UTC
    """The business's own: openings of printed codes are counted by its days."""
    play: Play | None = None
    """Only in `otklik demo`: without it neither the bar nor its addresses exist."""
