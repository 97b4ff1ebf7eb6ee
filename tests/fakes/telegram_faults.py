"""What can go wrong between a bot and Telegram: planned faults and strict rate limits."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any, Literal

FaultKind = Literal[
    "too_many_requests",  # 429 with parameters.retry_after = seconds
    "blocked",  # 403, the user blocked the bot
    "chat_not_found",  # 400
    "error_before",  # 5xx and nothing happened
    "error_after",  # 5xx though the message was delivered
    "drop_before",  # the connection breaks and nothing happened
    "drop_after",  # the connection breaks though the message was delivered: the lost answer
    "slow",  # the answer takes `seconds` longer
    "duplicate_update",  # the next update is delivered twice under one update_id
    "retap",  # the next button press comes as two updates
]


class Refusal(Exception):
    """An answer with ok=false, in Telegram's own words."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    @classmethod
    def too_many(cls, seconds: float) -> Refusal:
        wait = max(1, math.ceil(seconds))
        return cls(429, f"Too Many Requests: retry after {wait}", retry_after=wait)


@dataclass
class Fault:
    """One planned misfortune; `times=None` means until removed, `hits` counts how often it struck."""

    kind: FaultKind
    method: str | None = None
    chat_id: int | None = None
    times: int | None = 1
    probability: float = 1.0
    seconds: float = 1.0
    code: int = 500
    hits: int = 0

    def matches(self, method: str, chat_id: int | None) -> bool:
        # A fault for "any method" spares polling: it should strike what the bot does, not how it listens.
        wanted = method != "getUpdates" if self.method is None else method.lower() == self.method.lower()
        return wanted and (self.chat_id is None or self.chat_id == chat_id)


class Faults:
    """The list of planned faults; chances are drawn from a seeded source, so a run can be repeated."""

    def __init__(self, seed: int = 0) -> None:
        self.random = Random(seed)
        self.planned: list[Fault] = []

    def add(
        self,
        kind: FaultKind,
        *,
        method: str | None = None,
        chat_id: int | None = None,
        times: int | None = 1,
        probability: float = 1.0,
        seconds: float = 1.0,
        code: int = 500,
    ) -> Fault:
        fault = Fault(kind, method, chat_id, times, probability, seconds, code)
        self.planned.append(fault)
        return fault

    def clear(self) -> None:
        self.planned.clear()

    def for_call(self, method: str, chat_id: int | None) -> tuple[float, Fault | None]:
        """The delay of a call and the one fault it meets, if any."""
        delay, met = 0.0, None
        for fault in list(self.planned):
            if fault.kind in ("duplicate_update", "retap") or not fault.matches(method, chat_id):
                continue
            if fault.kind == "slow" and self._strikes(fault):
                delay += fault.seconds
            elif fault.kind != "slow" and met is None and self._strikes(fault):
                met = fault
        return delay, met

    def strikes(self, kind: FaultKind, chat_id: int | None = None) -> bool:
        """Whether a fault that concerns an update, not a call, happens now."""
        return any(
            fault.kind == kind and fault.chat_id in (None, chat_id) and self._strikes(fault)
            for fault in list(self.planned)
        )

    def _strikes(self, fault: Fault) -> bool:
        if fault.probability < 1.0 and self.random.random() >= fault.probability:
            return False
        fault.hits += 1
        if fault.times is not None and fault.hits >= fault.times:
            self.planned.remove(fault)
        return True


@dataclass
class Limits:
    """Strict sliding windows; Telegram tolerates short bursts, this does not."""

    per_second: int | None = None
    per_chat: int | None = None
    per_group_minute: int | None = None


class Limiter:
    """Remembers when messages were accepted and refuses the one too many."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.limits = Limits()
        self._clock = clock
        self._all: deque[float] = deque()
        self._chats: defaultdict[int, deque[float]] = defaultdict(deque)
        self._groups: defaultdict[int, deque[float]] = defaultdict(deque)

    def admit(self, chat_id: int) -> None:
        limits, now = self.limits, self._clock()
        windows: list[tuple[deque[float], int, float]] = []
        if limits.per_second:
            windows.append((self._all, limits.per_second, 1.0))
        if limits.per_chat:
            windows.append((self._chats[chat_id], limits.per_chat, 1.0))
        if limits.per_group_minute and chat_id < 0:
            windows.append((self._groups[chat_id], limits.per_group_minute, 60.0))
        for times, most, span in windows:
            while times and now - times[0] >= span:
                times.popleft()
            if len(times) >= most:
                raise Refusal.too_many(span - (now - times[0]))
        for times, _, _ in windows:
            times.append(now)
