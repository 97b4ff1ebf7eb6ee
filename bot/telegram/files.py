"""What customers send in Telegram, fetched by its file_id: where it lies is asked first, then it is read."""

from typing import cast

from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import GetFile
from aiohttp import ClientTimeout

from bot.telegram.client import Session
from bot.telegram.errors import TROUBLE, ours
from messaging.files import LARGEST, Lost
from messaging.transport import NotSent
from storage.kinds import FileTrouble

READ_SECONDS = 30.0
CONNECT_SECONDS = 5.0
_CHUNK = 64 * 1024
_TOO_BIG = "file is too big"
"""Telegram's words for more than it gives to a bot."""


class TelegramFiles:
    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def fetch(self, source: str) -> bytes:
        """Raises Lost, or one of the errors of `messaging.transport` for what may be over the next time: Telegram calls
        a file by the same words when it is gone and when it is not there for a moment."""
        try:
            return await self._fetch(source)
        except TelegramBadRequest as error:
            outcome = Lost(FileTrouble.TOO_LARGE) if _TOO_BIG in error.message.lower() else ours(error)
        except TROUBLE as error:
            outcome = ours(error)
        # Raised out here, it carries neither a cause nor a context that could hold an address with the token.
        raise outcome

    async def _fetch(self, source: str) -> bytes:
        file = await self._bot(GetFile(file_id=source))
        if (file.file_size or 0) > LARGEST:
            raise Lost(FileTrouble.TOO_LARGE)
        if not file.file_path:
            raise NotSent("Telegram does not say where the file lies")
        session = cast(Session, self._bot.session)
        client = await session.create_session()
        limits = ClientTimeout(total=READ_SECONDS, connect=CONNECT_SECONDS, sock_connect=CONNECT_SECONDS)
        address = session.api.file_url(self._bot.token, file.file_path)
        content = bytearray()
        async with client.get(address, allow_redirects=False, timeout=limits) as answer:
            if answer.status != 200:
                raise NotSent(f"Telegram answers {answer.status} instead of a file")
            async for chunk in answer.content.iter_chunked(_CHUNK):
                content += chunk
                if len(content) > LARGEST:
                    raise Lost(FileTrouble.TOO_LARGE)
        return bytes(content)
