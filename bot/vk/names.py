"""Who people are: VK's events carry numbers, and a customer has a name from the first row on."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.vk.shapes import clean
from messaging.trouble import described

Call = Callable[[str, Mapping[str, Any]], Awaitable[Any]]
"""`call(method, params)`: VK's `response`. Raises the errors of `messaging.transport`."""

MOST_KEPT = 10_000
MOST_AT_ONCE = 1000
"""users.get takes no more."""

_log = logging.getLogger(__name__)


class Names:
    """Names of people by their ids, asked for once and remembered, the least recently used forgotten first.

    Nobody waits longer than `within_seconds`; who has no name by then has none (""), and VK's late answer is kept for
    the next time. No trouble of VK's comes out of here.
    """

    def __init__(self, call: Call, *, within_seconds: float = 1.0, most_kept: int = MOST_KEPT) -> None:
        self._call = call
        self._within_seconds = within_seconds
        self._most_kept = most_kept
        self._kept: OrderedDict[str, str] = OrderedDict()
        self._asked: dict[str, asyncio.Future[str]] = {}
        self._waiting: list[str] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def of(self, user_id: str) -> str:
        """`Анна Ким`, or "" when VK does not tell (in time). Communities, below zero, are not asked about."""
        if user_id in self._kept:
            self._kept.move_to_end(user_id)
            return self._kept[user_id]
        if not user_id.isdecimal():
            return ""
        asked = self._asked.get(user_id) or self._ask(user_id)
        try:
            async with asyncio.timeout(self._within_seconds):
                return await asyncio.shield(asked)
        except TimeoutError:
            return ""

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()

    def _ask(self, user_id: str) -> "asyncio.Future[str]":
        asked = self._asked[user_id] = asyncio.get_running_loop().create_future()
        if not self._waiting:
            task = asyncio.create_task(self._answer_waiting())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._waiting.append(user_id)
        return asked

    async def _answer_waiting(self) -> None:
        """By the time this begins, everybody who spoke at the same moment is waiting: one call for all of them."""
        ids, self._waiting = self._waiting, []
        for start in range(0, len(ids), MOST_AT_ONCE):
            some = ids[start : start + MOST_AT_ONCE]
            names: dict[str, str] = {}
            try:
                names = _read(await self._call("users.get", {"user_ids": ",".join(some)}))
                self._keep(some, names)
            except Exception as error:
                # A catch-all: a missing name is no reason to lose what somebody said.
                _log.warning("VK does not tell the names of %d people: %s", len(some), described(error))
            finally:
                for user_id in some:
                    asked = self._asked.pop(user_id)
                    if not asked.done():
                        asked.set_result(names.get(user_id, ""))

    def _keep(self, ids: list[str], names: dict[str, str]) -> None:
        self._kept.update({user_id: names.get(user_id, "") for user_id in ids})
        while len(self._kept) > self._most_kept:
            self._kept.popitem(last=False)


def _read(answer: Any) -> dict[str, str]:
    """Ids and names. A deleted account is called DELETED by VK, which is nobody's name."""
    people = [person for person in answer if "deactivated" not in person]
    return {str(person["id"]): _full_name(person) for person in people}


def _full_name(person: Mapping[str, Any]) -> str:
    words = (clean(person.get(part)) for part in ("first_name", "last_name"))
    return " ".join(word for word in words if word and isinstance(word, str))
