"""What the assembly puts into the web chat."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from messaging.messages import IncomingMessage
from storage.kinds import Language

if TYPE_CHECKING:
    from storage.database import Database

BOT_ID = "webchat:main"

Receive = Callable[[IncomingMessage], Awaitable[object]]
"""The door in, `Intake.receive`: when it returns, the event is safe."""


def never() -> bool:
    return False


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
