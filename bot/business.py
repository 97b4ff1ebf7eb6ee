"""The business as its owner set it in the console, kept at hand: a turn must not ask the database for its name."""

from collections.abc import Callable
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.keys import Keys
from handlers.turn import Business
from messaging.cases import Desk
from messaging.messages import Address
from storage.kinds import Language

if TYPE_CHECKING:
    from storage.database import Database

NAME = "business.name"
GREETING = "business.greeting"
TELEGRAM_TOKEN = "channels.telegram.token"  # noqa: S105  # the name of a setting, not a token
NAMELESS = "Otklik"


class BusinessNow:
    """The newest values; `refresh` reads them anew (each two seconds, and when this process changes one)."""

    def __init__(
        self,
        database: "Database",
        keys: Keys,
        operators_chat: int | None,
        telegram_bot_id: Callable[[], str | None],
        language: Language,
        zone: ZoneInfo,
        console_url: str,
    ) -> None:
        self._database = database
        self._keys = keys
        self._operators_chat = operators_chat
        self._telegram_bot_id = telegram_bot_id
        self._language = language
        self._zone = zone
        self._console_url = console_url
        self._values: dict[str, object] = {}

    async def refresh(self) -> None:
        self._values = await self._database.read(lambda store: store.business.settings())

    def __call__(self) -> Business:
        desk = Desk(self._desk(), self._language, self._console_url)
        return Business(self.name, desk, str(self._values.get(GREETING) or ""), self._zone)

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

    def _desk(self) -> Address | None:
        bot_id = self._telegram_bot_id()
        if self._operators_chat is None or bot_id is None:
            return None
        return Address(bot_id, str(self._operators_chat))
