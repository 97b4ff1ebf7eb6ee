"""The aiogram bot: its session, its time limits, and what is arranged with Telegram once, at the start."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError
from aiogram.methods import GetMe, GetWebhookInfo, SetMyCommands, SetWebhook, TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.types import BotCommand, BotCommandScopeAllPrivateChats
from aiogram.utils.token import TokenValidationError
from aiohttp import BytesPayload, ClientError, ClientTimeout, FormData, TCPConnector
from aiohttp_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError

from bot.telegram.errors import BAD_TOKEN, TROUBLE, NeverConnected, Refused, advice_about, pause_seconds
from bot.telegram.methods import JsonMethod
from storage.kinds import Channel, Language

ALLOWED_UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]
"""What we understand; the rest does not even travel."""

WEBHOOK_PATH = "/telegram/webhook"
MAX_CONNECTIONS = 100
"""How many updates Telegram may hand over at once: the most it allows. One chat's still come one after another."""

Pause = Callable[[float], Awaitable[object]]

_log = logging.getLogger(__name__)


class Session(AiohttpSession):
    """aiogram's session, except that one can tell whether a request that failed has left.

    Getting a connection has a time limit of its own, and whatever keeps us from one (the network, a name, TLS, a proxy,
    a full pool) is one error; after that nobody knows.
    """

    def __init__(self, connect_seconds: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._connect_seconds = connect_seconds
        self._connector_type = _telling(self._connector_type)

    def build_form_data(self, bot: Bot, method: TelegramMethod[TelegramType]) -> FormData:
        if isinstance(method, JsonMethod):
            # What comes out of here goes to aiohttp as the body, whatever its class.
            return cast(FormData, BytesPayload(method.body(), content_type="application/json"))
        return super().build_form_data(bot, method)

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[TelegramType],
        timeout: int | None = None,  # noqa: ASYNC109 - aiogram's
    ) -> TelegramType:
        limits = ClientTimeout(
            total=self.timeout if timeout is None else timeout,
            connect=self._connect_seconds,
            sock_connect=self._connect_seconds,  # the one a proxy's connector looks at
        )
        # aiogram hands it on to aiohttp, which wants just this; only the annotation is narrower.
        return await super().make_request(bot, method, timeout=cast(Any, limits))


def _telling(connector: type[TCPConnector]) -> type[TCPConnector]:
    """The same connector, whose errors (a dozen classes, some quoting the address) become NeverConnected."""

    class Connector(connector):  # type: ignore[valid-type, misc]
        async def connect(self, *args: Any, **kwargs: Any) -> Any:
            try:
                return await super().connect(*args, **kwargs)
            except (ClientError, OSError, ProxyConnectionError, ProxyTimeoutError, ProxyError) as error:
                reason = type(error).__name__
            raise NeverConnected(reason)

    return Connector


WrongToken = TokenValidationError
"""What `make_bot` raises for a text that is no token at all."""


def make_bot(
    token: str,
    api_url: str = "https://api.telegram.org",
    *,
    proxy: str | None = None,
    timeout_seconds: float = 20.0,
    connect_seconds: float = 5.0,
) -> Bot:
    """The client. Texts are plain (no parse mode): a customer's name can never break a message's markup."""
    session = Session(
        connect_seconds,
        api=TelegramAPIServer.from_base(api_url),
        proxy=proxy,
        limit=2 * MAX_CONNECTIONS,
        timeout=timeout_seconds,
    )
    return Bot(token, session=session)


def bot_id_of(bot: Bot) -> str:
    """What we call this bot everywhere: `channel:account`."""
    return f"{Channel.TELEGRAM}:{bot.id}"


async def username_of(bot: Bot, *, pause: Pause = asyncio.sleep) -> str:
    """The bot's name in links (t.me/name). Insists until Telegram tells it; raises Refused for a wrong token."""
    return (await insist(bot, GetMe(), pause)).username or ""


async def set_webhook(bot: Bot, public_url: str, secret: str, *, pause: Pause = asyncio.sleep) -> None:
    """Have updates sent to `public_url`. Insists until it is done; raises Refused when Telegram does not want it.

    Telegram does nothing when all is as it was, so this is safe at every start; asking first would not do, because
    Telegram does not tell the secret it has.
    """
    wanted = SetWebhook(
        url=public_url.rstrip("/") + WEBHOOK_PATH,
        secret_token=secret,
        allowed_updates=ALLOWED_UPDATES,
        max_connections=MAX_CONNECTIONS,
        drop_pending_updates=False,
    )
    await insist(bot, wanted, pause)
    info = await insist(bot, GetWebhookInfo(), pause)
    _log.info("Telegram sends updates to %s; %s are waiting", info.url, info.pending_update_count)
    if info.last_error_message:
        _log.warning("Telegram's last attempt to reach the webhook failed: %s", info.last_error_message)


async def set_commands(
    bot: Bot, texts: Mapping[Language, Mapping[str, str]], default: Language, *, pause: Pause = asyncio.sleep
) -> None:
    """Fill the menu beside the text field: for each language command -> description; `default` is for all others.

    Only in private chats: in the operators' group the customer's commands would be in the way.
    """
    scope = BotCommandScopeAllPrivateChats()
    for code, language in [(None, default), *((language.value, language) for language in texts)]:
        menu = [BotCommand(command=name, description=text) for name, text in texts[language].items()]
        await insist(bot, SetMyCommands(commands=menu, scope=scope, language_code=code), pause)


async def insist(bot: Bot, method: TelegramMethod[TelegramType], pause: Pause) -> TelegramType:
    """The result of a call that may be repeated, tried until it succeeds. Raises Refused when it never can."""
    failures = 0
    while True:
        try:
            return await bot(method)
        except BAD_TOKEN as error:
            refusal = Refused(advice_about(error))
            break
        except (TelegramBadRequest, TelegramForbiddenError) as error:
            # Telegram's own words: they say what is wrong with the address, and quote nothing of a customer.
            refusal = Refused(error.message)
            break
        except TROUBLE as error:
            failures += 1
            seconds = pause_seconds(error, failures)
            _log.warning("Telegram cannot be set up yet: %s; trying again in %s s", advice_about(error), seconds)
        await pause(seconds)
    raise refusal
