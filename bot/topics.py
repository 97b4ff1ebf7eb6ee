"""The memory of an operators' forum: which topic is whose, kept in the database for one bot."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from messaging.messages import Thread
from storage.models import DeskTopic

if TYPE_CHECKING:
    from storage.database import Database


class TopicBook:
    """Each call is a unit of its own: what it says is committed."""

    def __init__(self, database: "Database", bot_id: str, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._bot_id = bot_id
        self._clock = clock

    async def current(self, chat_id: str, thread: Thread) -> DeskTopic | None:
        return await self._database.read(lambda store: store.desk.current(self._bot_id, chat_id, thread.customer_id))

    async def keep(self, chat_id: str, thread: Thread, thread_id: str) -> DeskTopic:
        """The topic that counts, which is another one when somebody was faster."""
        topic = DeskTopic(
            bot_id=self._bot_id,
            chat_id=chat_id,
            thread_id=thread_id,
            customer_id=thread.customer_id,
            title=thread.title,
            created_at=self._clock(),
        )
        return await self._database.write(lambda store: store.desk.keep(topic))

    async def give_up(self, chat_id: str, thread_id: str) -> None:
        await self._database.write(lambda store: store.desk.give_up(self._bot_id, chat_id, thread_id))

    async def rename(self, chat_id: str, thread_id: str, title: str) -> None:
        await self._database.write(lambda store: store.desk.rename(self._bot_id, chat_id, thread_id, title))
