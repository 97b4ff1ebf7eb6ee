"""What is done with one event, by whichever way it came: read, given its author's name, taken in."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.vk.incoming import Receive, Unreadable, read_event, spinner_of
from bot.vk.names import Call, Names
from messaging.messages import IncomingMessage

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Heard:
    """An event that says something. `spinner` is what VK wants to hear of a pressed button."""

    incoming: IncomingMessage
    spinner: Mapping[str, Any] | None = None


class Hearing:
    def __init__(self, bot_id: str, receive: Receive, call: Call, names: Names | None = None) -> None:
        self._bot_id = bot_id
        self._receive = receive
        self._call = call
        self._names = names or Names(call)
        self._spinners: set[asyncio.Task[None]] = set()
        self.unanswered_presses = 0
        """Buttons whose spinner we could not stop."""

    def read(self, raw: Mapping[str, Any]) -> Heard | None:
        """None for an event that says nothing to us. One nobody can read is let go, too: it would come again as
        unreadable as it is."""
        try:
            incoming = read_event(raw, self._bot_id)
        except Unreadable as error:
            _log.error("a VK event cannot be read and is skipped: %s", error)
            return None
        return Heard(incoming, spinner_of(raw)) if incoming else None

    async def take(self, heard: Heard) -> None:
        """Returns when the event is safe. Raises what `receive` raises: then it is not, and must come again."""
        author = heard.incoming.author
        named = replace(author, name=await self._names.of(author.user_id))
        await self._receive(replace(heard.incoming, author=named))
        if heard.spinner:
            self._stop_spinner(heard.spinner)

    def close(self) -> None:
        self._names.close()
        for task in self._spinners:
            task.cancel()

    def _stop_spinner(self, params: Mapping[str, Any]) -> None:
        """Beside the conversation: what was pressed is safe already, this is only for the eye."""
        task = asyncio.create_task(self._answer(params))
        self._spinners.add(task)
        task.add_done_callback(self._spinners.discard)

    async def _answer(self, params: Mapping[str, Any]) -> None:
        try:
            await self._call("messages.sendMessageEventAnswer", params)
        except Exception as error:
            # A catch-all: a spinner that turns a little longer is no harm.
            self.unanswered_presses += 1
            _log.debug("a pressed button was not answered: %s", type(error).__name__)
