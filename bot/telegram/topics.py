"""The topics of an operators' forum, one for each customer: found, made, renamed, and healed when they are gone (ES2).

Whether a group has topics that we may manage is discovered and looked at again every few minutes: a group may become a
forum, cease to be one, or take the right away. Where there are none, all goes to the group itself.
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError
from aiogram.methods import CreateForumTopic, EditForumTopic, GetChat, ReopenForumTopic, TelegramMethod
from aiogram.methods.base import TelegramType

from bot.telegram.errors import TROUBLE, name_of, ours
from messaging.messages import Thread
from messaging.transport import Ambiguous, NotSent

LOOK_AGAIN_SECONDS = 300.0
LOOK_SOON_SECONDS = 30.0
MOST_TROUBLE = 3
"""After so many lost answers in a row it goes on without topics for a while: each may have left one behind."""
LONGEST_TITLE = 128

_GONE = ("message thread not found", "topic_deleted", "topic_id_invalid", "the chat is not a forum")
_CLOSED = "topic_closed"

_log = logging.getLogger(__name__)

Found = TypeVar("Found")


class _Lost(Exception):
    """The answer to a call was lost: it may have had its effect."""


class Kept(Protocol):
    """A topic as it is remembered."""

    thread_id: str
    title: str


class Book(Protocol):
    """Where it is remembered whose topic is which; a customer has one that counts."""

    async def current(self, chat_id: str, thread: Thread) -> Kept | None: ...
    async def keep(self, chat_id: str, thread: Thread, thread_id: str) -> Kept: ...
    async def give_up(self, chat_id: str, thread_id: str) -> None: ...
    async def rename(self, chat_id: str, thread_id: str, title: str) -> None: ...


def is_about_topic(error: TelegramBadRequest) -> bool:
    """Whether a message was refused for its topic alone: nothing was sent, and elsewhere it may be."""
    said = error.message.lower()
    return is_closed(error) or any(fragment in said for fragment in _GONE)


def is_closed(error: TelegramBadRequest) -> bool:
    return _CLOSED in error.message.lower()


class Topics:
    """Raises NotSent or TryLater when Telegram cannot be asked now: of the message itself nothing has left then."""

    def __init__(self, bot: Bot, book: Book, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._bot = bot
        self._book = book
        self._clock = clock
        self._looked: dict[str, tuple[bool, float]] = {}
        self._trouble: defaultdict[str, int] = defaultdict(int)
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def find(self, chat_id: str, thread: Thread) -> int | None:
        """The number of the customer's topic, made if need be; None where the message goes to the group itself."""
        if not chat_id.startswith("-100"):
            return None  # a person, or a small group: only supergroups are forums
        async with self._locks[chat_id]:
            if not await self._has_topics(chat_id):
                return None
            kept = await _remembered(self._book.current(chat_id, thread))
            if kept is None:
                return await self._make(chat_id, thread)
            if kept.title != thread.title:
                await self._rename(chat_id, kept, thread.title)
            return int(kept.thread_id)

    async def heal(self, chat_id: str, thread: Thread, topic: int, was_closed: bool) -> int | None:
        """The number to try after Telegram refused `topic`: the same, reopened, or a new one's; None for General."""
        async with self._locks[chat_id]:
            if was_closed and await self._reopen(chat_id, topic):
                return topic
            kept = await _remembered(self._book.current(chat_id, thread))
            if kept is not None and int(kept.thread_id) != topic:
                return int(kept.thread_id)  # somebody healed it meanwhile
            await _remembered(self._book.give_up(chat_id, str(topic)))
            return await self._make(chat_id, thread)

    async def _has_topics(self, chat_id: str) -> bool:
        has, until = self._looked.get(chat_id, (False, float("-inf")))
        if self._clock() >= until:
            try:
                has = bool((await self._ask(GetChat(chat_id=int(chat_id)))).is_forum)
            except _Lost:
                self._note(chat_id, has, LOOK_SOON_SECONDS)
                return has
            except (TelegramBadRequest, TelegramForbiddenError):
                has = False  # the message itself will hear what is wrong with the group
            self._trouble[chat_id] = 0
            self._note(chat_id, has)
        return has

    async def _make(self, chat_id: str, thread: Thread) -> int | None:
        try:
            made = await self._ask(CreateForumTopic(chat_id=int(chat_id), name=thread.title[:LONGEST_TITLE]))
        except (TelegramBadRequest, TelegramForbiddenError) as error:
            _log.warning("No topics in the operators' group, it is written to without: %s", name_of(error))
            self._note(chat_id, False)
            return None
        except _Lost as lost:
            self._trouble[chat_id] += 1
            reason = f"no topic could be made: {lost}"
        else:
            self._trouble[chat_id] = 0
            return int((await _remembered(self._book.keep(chat_id, thread, str(made.message_thread_id)))).thread_id)
        if self._trouble[chat_id] < MOST_TROUBLE:
            raise NotSent(reason)
        self._note(chat_id, False)
        return None

    async def _rename(self, chat_id: str, kept: Kept, title: str) -> None:
        """The customer told a new name. It is only for the eye: a refusal holds nothing up, and is not tried again."""
        try:
            await self._ask(
                EditForumTopic(chat_id=int(chat_id), message_thread_id=int(kept.thread_id), name=title[:LONGEST_TITLE])
            )
        except (TelegramBadRequest, TelegramForbiddenError, _Lost) as error:
            _log.debug("A topic keeps its old name: %s", type(error).__name__)
        await _remembered(self._book.rename(chat_id, kept.thread_id, title))

    async def _reopen(self, chat_id: str, topic: int) -> bool:
        try:
            await self._ask(ReopenForumTopic(chat_id=int(chat_id), message_thread_id=topic))
        except TelegramBadRequest as error:
            return "topic_not_modified" in error.message.lower()
        except (TelegramForbiddenError, _Lost):
            return False
        return True

    async def _ask(self, method: TelegramMethod[TelegramType]) -> TelegramType:
        """The answer. Raises Telegram's refusals as they are, _Lost where nobody knows, else NotSent and TryLater."""
        try:
            return await self._bot(method)
        except (TelegramBadRequest, TelegramForbiddenError):
            raise
        except TROUBLE as error:
            outcome = ours(error)
        raise _Lost(str(outcome)) if isinstance(outcome, Ambiguous) else outcome

    def _note(self, chat_id: str, has: bool, seconds: float = LOOK_AGAIN_SECONDS) -> None:
        self._looked[chat_id] = has, self._clock() + seconds


async def _remembered(asked: Awaitable[Found]) -> Found:
    """What the book says; whatever keeps it from answering, nothing of the message has left."""
    try:
        return await asked
    except Exception as error:
        reason = f"the topics could not be looked up ({type(error).__name__})"
    raise NotSent(reason)
