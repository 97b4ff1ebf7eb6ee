"""The business as its owner set it in the console, kept at hand: a turn must not ask the database for its name."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.keys import Keys
from handlers.turn import Business
from loyalty.phones import region_of
from messaging.desk import Desk
from messaging.doors import Door, door_to
from messaging.messages import Address
from storage.kinds import Language

if TYPE_CHECKING:
    from storage.database import Database

NAME = "business.name"
GREETING = "business.greeting"
TELEGRAM_TOKEN = "channels.telegram.token"  # noqa: S105  # the name of a setting, not a token
NAMELESS = "Otklik"
CARD = "card"
"""What the key of the codes on customers' screens is derived for."""


class BusinessNow:
    """The newest values; `refresh` reads them anew (each two seconds, and when this process changes one).

    `desk_chats`: the operators' groups on the channels that run right now.
    """

    def __init__(
        self,
        database: "Database",
        keys: Keys,
        desk_chats: Callable[[], Sequence[Address]],
        language: Language,
        zone: ZoneInfo,
        public_url: str,
        open_bots: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        """`open_bots`: the ids of the bots that are on, for the links that lead to them."""
        self._database = database
        self._keys = keys
        self._card_key = keys.signing(CARD)
        self._desk_chats = desk_chats
        self._language = language
        self._zone = zone
        self._public_url = public_url
        self._open_bots = open_bots
        self._values: dict[str, object] = {}
        self._usernames: dict[str, str] = {}

    async def refresh(self) -> None:
        self._values, bots = await self._database.read(lambda store: (store.business.settings(), store.bots.all()))
        self._usernames = {bot.id: bot.username for bot in bots}

    def __call__(self) -> Business:
        desk = Desk(tuple(self._desk_chats()), self._language, f"{self._public_url}/console", self._zone)
        greeting = str(self._values.get(GREETING) or "")
        return Business(
            self.name,
            desk,
            greeting,
            self._zone,
            self._doors(),
            region_of(self._values),
            self._card_key,
            self._public_url,
        )

    def _doors(self) -> tuple[Door, ...]:
        doors = (door_to(bot_id, self._usernames.get(bot_id, ""), self._public_url) for bot_id in self._open_bots())
        return tuple(door for door in doors if door is not None)

    @property
    def name(self) -> str:
        return str(self._values.get(NAME) or NAMELESS)

    @property
    def has_telegram_token(self) -> bool:
        return bool(self._values.get(TELEGRAM_TOKEN))

    @property
    def telegram_token(self) -> str | None:
        """The token that was set in the console, opened. Raises KeyChanged."""
        sealed = self._values.get(TELEGRAM_TOKEN)
        return self._keys.open(str(sealed)) if sealed else None
