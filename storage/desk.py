"""Queries: the topics of the operators' forums, and which of them is whose."""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.sql.elements import ColumnElement

from storage.columns import Queries, table_of
from storage.models import DeskTopic

_TOPIC = table_of(DeskTopic)


class DeskTopics(Queries):
    def current(self, bot_id: str, chat_id: str, customer_id: UUID) -> DeskTopic | None:
        """The topic that what concerns this customer is written to."""
        whose = (_TOPIC.c.customer_id == customer_id, _TOPIC.c.is_current)
        return self._one(DeskTopic, select(_TOPIC).where(*_in(bot_id, chat_id), *whose))

    def of_thread(self, bot_id: str, chat_id: str, thread_id: str) -> DeskTopic | None:
        """The customer's topic that bears this number, in use or given up."""
        return self._one(DeskTopic, select(_TOPIC).where(*_in(bot_id, chat_id), _TOPIC.c.thread_id == thread_id))

    def keep(self, topic: DeskTopic) -> DeskTopic:
        """Remember a new topic; the one that counts, if somebody was faster with another."""
        self._insert_new(topic)
        return self.current(topic.bot_id, topic.chat_id, topic.customer_id) or topic

    def give_up(self, bot_id: str, chat_id: str, thread_id: str) -> None:
        """It is gone, or cannot be written to: the next message makes another."""
        self._change(bot_id, chat_id, thread_id, is_current=False)

    def rename(self, bot_id: str, chat_id: str, thread_id: str, title: str) -> None:
        self._change(bot_id, chat_id, thread_id, title=title)

    def _change(self, bot_id: str, chat_id: str, thread_id: str, **values: object) -> None:
        mine = update(_TOPIC).where(*_in(bot_id, chat_id), _TOPIC.c.thread_id == thread_id)
        self._connection.execute(mine.values(**values))


def _in(bot_id: str, chat_id: str) -> tuple[ColumnElement[bool], ...]:
    return _TOPIC.c.bot_id == bot_id, _TOPIC.c.chat_id == chat_id
