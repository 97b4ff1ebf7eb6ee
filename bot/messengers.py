"""Telegram and VK: connected by the settings or by a token from the console, each started and stopped alone."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from bot.channels import Line, Switchboard
from bot.commands import address_of
from bot.keys import KeyChanged
from bot.topics import TopicBook
from messaging.files import Fetch
from messaging.messages import Address
from messaging.pacing import Pace
from messaging.phrases import say
from storage.kinds import Channel, Language

if TYPE_CHECKING:
    from bot.business import BusinessNow
    from bot.settings import Settings

log = logging.getLogger(__name__)

Cursor = tuple[Callable[[], Coroutine[Any, Any, int | None]], Callable[[object], Coroutine[Any, Any, None]]]


class Messengers:
    """The messengers that are connected. Their client libraries are slow to import: only who speaks one pays."""

    def __init__(self, settings: "Settings", business: "BusinessNow", switchboard: Switchboard) -> None:
        self.telegram: Line | None = None
        self.vk: Line | None = None
        self._settings = settings
        self._business = business
        self._switchboard = switchboard
        self._token_in_use: str | None = None
        self._switching = asyncio.Lock()

    @property
    def lines(self) -> list[Line]:
        return [line for line in (self.telegram, self.vk) if line]

    def fetchers(self) -> dict[str, Fetch]:
        """By bot, how what customers sent to it is fetched."""
        return {line.bot_id: line.fetch for line in self.lines if line.fetch}

    def desk_chats(self) -> list[Address]:
        """Where operators sit: the group of each messenger that runs and for which one is set."""
        groups = {Channel.TELEGRAM: self._settings.operators_chat, Channel.VK: self._settings.vk_operators_chat}
        chats = [(line.bot_id, groups.get(Address(line.bot_id, "").channel)) for line in self.lines]
        return [Address(bot_id, str(group)) for bot_id, group in chats if group is not None]

    def endpoint(self, channel: Channel) -> Callable[[Request], Awaitable[Response]] | None:
        """Where this messenger brings its events, if it does."""
        return next((line.endpoint for line in self.lines if line.bot_id.startswith(f"{channel.value}:")), None)

    async def open(self) -> None:
        await self.open_telegram()
        await self.open_vk()

    async def close(self) -> None:
        await self.close_telegram()
        if self.vk:
            line, self.vk = self.vk, None
            await line.stop()

    async def channel_changed(self, channel: str) -> None:
        """A token was changed in the console: that channel starts anew, the others go on."""
        async with self._switching:
            await self._business.refresh()
            if channel == Channel.TELEGRAM.value and self._telegram_token() != self._token_in_use:
                await self.close_telegram()
                await self.open_telegram()

    async def refresh(self) -> None:
        """The business settings anew; a token that another process saved starts Telegram anew here too."""
        await self._business.refresh()
        if self._telegram_token() != self._token_in_use:
            await self.channel_changed(Channel.TELEGRAM.value)

    # --- Telegram

    async def open_telegram(self) -> None:
        """Connect Telegram with the environment's token, or else the console's; without one it stays off."""
        token = self._token_in_use = self._telegram_token()
        if token is None:
            if self._business.has_telegram_token:
                log.error("Telegram stays off: its token was sealed with another secret key. Enter it anew.")
            return
        from bot import telegram

        settings = self._settings
        proxy = settings.telegram_proxy.get_secret_value() if settings.telegram_proxy else None
        try:
            bot = telegram.make_bot(token, settings.telegram_api_url, proxy=proxy)
        except telegram.WrongToken:
            log.error("Telegram stays off: the token from the console is not one. Correct it there.")
            return
        line = Line(telegram.bot_id_of(bot), fetch=telegram.TelegramFiles(bot).fetch, close=bot.session.close)
        self.telegram = line
        topics = telegram.Topics(bot, TopicBook(self._switchboard.database, line.bot_id, self._switchboard.clock))
        transport = telegram.TelegramTransport(bot, self._load_media, topics)
        await self._switchboard.open(line, transport, Pace.telegram(settings.telegram_rate))
        secret = settings.telegram_webhook_secret
        if settings.telegram_mode == "webhook" and secret:
            line.endpoint = telegram.webhook_endpoint(line.bot_id, secret.get_secret_value(), self._switchboard.receive)
            setting_up = telegram.set_webhook(bot, address_of(settings), secret.get_secret_value())
        else:
            setting_up = telegram.TelegramPolling(
                bot, line.bot_id, self._switchboard.receive, *self._cursor(line.bot_id)
            ).run()
        self._switchboard.listen(line, setting_up, self._introduce_telegram(telegram, bot, line))

    async def close_telegram(self) -> None:
        if self.telegram:
            line, self.telegram = self.telegram, None
            await line.stop()

    def _telegram_token(self) -> str | None:
        if self._settings.telegram_token:
            return self._settings.telegram_token.get_secret_value()
        try:
            return self._business.telegram_token
        except KeyChanged:
            return None

    async def _introduce_telegram(self, telegram: Any, bot: Any, line: Line) -> None:
        """Our name, for the links we print; and the list of commands in both languages."""
        await self._name(line, telegram.username_of(bot))
        await telegram.set_commands(bot, _commands(), default=self._settings.default_language)

    # --- VK

    async def open_vk(self) -> None:
        """Connect the community of the settings; without a key VK stays off."""
        settings = self._settings
        if settings.vk_token is None or settings.vk_group_id is None:
            return
        from bot import vk

        group_id, receive = settings.vk_group_id, self._switchboard.receive
        client, files = vk.VkClient(settings.vk_token.get_secret_value(), settings.vk_api_url), vk.VkFiles()

        async def close() -> None:
            files.close()
            await client.close()

        transport = vk.VkTransport(client, self._load_media)
        line = Line(vk.bot_id_of(group_id), fetch=files.fetch, close=close)
        self.vk = line
        await self._switchboard.open(line, transport, Pace.vk())
        secret, confirmation = settings.vk_secret, settings.vk_confirmation
        if settings.vk_mode == "callback" and secret and confirmation:
            code = confirmation.get_secret_value()
            line.endpoint = vk.callback_endpoint(
                line.bot_id, group_id, secret.get_secret_value(), code, receive, transport.call
            )
            setting_up = vk.check_confirmation(transport.call, group_id, code)
        else:
            poll = vk.VkLongPoll(transport.call, line.bot_id, group_id, receive, *self._cursor(line.bot_id))
            self._switchboard.listen(line, poll.run())
            setting_up = vk.set_up_longpoll(transport.call, group_id)
        self._switchboard.listen(line, setting_up, self._name(line, vk.screen_name_of(transport.call, group_id)))

    # --- both

    async def _name(self, line: Line, asked: Coroutine[Any, Any, str]) -> None:
        username = line.username = await asked
        await self._switchboard.database.write(lambda store: store.bots.set_username(line.bot_id, username))

    async def _load_media(self, media_hash: str) -> tuple[bytes, str] | None:
        media = await self._switchboard.database.read(lambda store: store.files.get(media_hash))
        return (media.content, media.content_type) if media else None

    def _cursor(self, bot_id: str) -> Cursor:
        """Where a long poll goes on after a restart."""
        database = self._switchboard.database

        async def load() -> int | None:
            bot = await database.read(lambda store: store.bots.get(bot_id))
            return int(bot.cursor) if bot and bot.cursor else None

        async def save(place: object) -> None:
            await database.write(lambda store: store.bots.move_cursor(bot_id, str(place)))

        return load, save


def _commands() -> dict[Language, dict[str, str]]:
    names = ("start", "menu", "card", "invite", "rate", "settings", "language", "stop", "help")
    return {language: {name: say(language, f"command.{name}") for name in names} for language in Language}
