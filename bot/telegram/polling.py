"""Long polling that forgets an update only when it is safe.

aiogram's own loop confirms a batch by its next poll while the handlers are still running, so a crash loses updates.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import Bot
from aiogram.exceptions import TelegramConflictError
from aiogram.methods import DeleteWebhook, TelegramMethod
from aiogram.types import Update
from pydantic import ValidationError

from bot.telegram.client import ALLOWED_UPDATES, Pause
from bot.telegram.errors import BAD_TOKEN, TROUBLE, advice_about, name_of, pause_seconds, place_of
from bot.telegram.incoming import Receive, read_update

POLL_SECONDS = 25
ANSWER_SECONDS = 10
BATCH = 100
"""How many updates are in work at once: all of one poll, and Telegram gives no more than this."""

_log = logging.getLogger(__name__)


class GetUpdates(TelegramMethod[list[dict[str, Any]]]):
    """getUpdates as raw objects, so that one update nobody can read does not take the others with it."""

    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"

    offset: int | None = None
    limit: int = BATCH
    timeout: int = POLL_SECONDS
    allowed_updates: list[str] = ALLOWED_UPDATES


class NotTaken(Exception):
    """Some update of a batch could not be made safe: the batch must come again."""


class TelegramPolling:
    """Takes updates in, one batch after another, for as long as it runs.

    `receive` is called for all updates of a batch at once, begun in their order. `load_cursor` and `save_cursor` keep
    the id of the next update over a restart; without it the last batch would come once more, which is harmless.
    """

    def __init__(
        self,
        bot: Bot,
        bot_id: str,
        receive: Receive,
        load_cursor: Callable[[], Awaitable[int | None]],
        save_cursor: Callable[[int], Awaitable[object]],
        *,
        pause: Pause = asyncio.sleep,
    ) -> None:
        self._bot = bot
        self._bot_id = bot_id
        self._receive = receive
        self._load_cursor = load_cursor
        self._save_cursor = save_cursor
        self._pause = pause
        self._spinners: set[asyncio.Task[None]] = set()
        self._offset: int | None = None
        self._is_ready = False
        self.unanswered_presses = 0
        """Buttons whose spinner we could not stop."""

    async def run(self) -> None:
        """Listens until cancelled; no trouble of Telegram's, of the network or of ours ends it."""
        failures = 0
        try:
            while True:
                try:
                    await self._get_ready()
                    await self._take_batch()
                    failures = 0
                    continue
                except Exception as error:
                    # A catch-all: a bot that stopped listening for a database's hiccup would be silent until somebody
                    # noticed. The update itself is not lost, because its batch comes again.
                    failures += 1
                    seconds = pause_seconds(error, failures)
                    _report(error, seconds)
                await self._pause(seconds)
        finally:
            for task in self._spinners:
                task.cancel()

    async def _get_ready(self) -> None:
        if not self._is_ready:
            await self._bot(DeleteWebhook(drop_pending_updates=False))
            self._offset = await self._load_cursor()
            self._is_ready = True

    async def _take_batch(self) -> None:
        """One poll and all it brought. Raises NotTaken, and asks for the same again, unless all of it is safe."""
        poll = GetUpdates(offset=self._offset)
        batch = await self._bot(poll, request_timeout=POLL_SECONDS + ANSWER_SECONDS)
        if not batch:
            return
        outcomes = await asyncio.gather(*map(self._take, batch), return_exceptions=True)
        if failed := [outcome for outcome in outcomes if outcome is not None]:
            raise NotTaken(f"{len(failed)} of {len(batch)}")
        # Not the greatest id ever seen: after a quiet week, or on another server, Telegram counts from elsewhere. An
        # offset far beyond its last id it takes for none at all, and would repeat the same updates for ever.
        self._offset = batch[-1]["update_id"] + 1
        await self._save_cursor(self._offset)

    async def _take(self, raw: dict[str, Any]) -> None:
        try:
            update = Update.model_validate(raw)
        except ValidationError as error:
            _log.error("Telegram update %s cannot be read and is skipped (%s)", raw.get("update_id"), name_of(error))
            return
        incoming = read_update(update, self._bot_id)
        if incoming is not None:
            try:
                await self._receive(incoming)
            except Exception as error:
                _log.error(
                    "Telegram update %s could not be taken: %s\n%s", update.update_id, name_of(error), place_of(error)
                )
                raise
        if update.callback_query is not None:
            self._stop_spinner(update.callback_query.id)

    def _stop_spinner(self, query_id: str) -> None:
        """Beside the conversation: what was pressed is safe already, this is only for the eye."""
        task = asyncio.create_task(self._answer(query_id))
        self._spinners.add(task)
        task.add_done_callback(self._spinners.discard)

    async def _answer(self, query_id: str) -> None:
        try:
            await self._bot.answer_callback_query(query_id, request_timeout=ANSWER_SECONDS)
        except TROUBLE as error:
            self.unanswered_presses += 1
            _log.debug("A pressed button was not answered: %s", name_of(error))


def _report(error: Exception, seconds: float) -> None:
    match error:
        case NotTaken():
            _log.error("Updates that could not be taken (%s) come again in %s s", error, seconds)
        case _ if isinstance(error, (*BAD_TOKEN, TelegramConflictError)):
            _log.error("Telegram gives no updates: %s. Next try in %s s", advice_about(error), seconds)
        case _ if isinstance(error, TROUBLE):
            _log.warning("Telegram gives no updates: %s. Next try in %s s", advice_about(error), seconds)
        case _:
            _log.error("Polling failed: %s; next try in %s s\n%s", name_of(error), seconds, place_of(error))
