"""What can go wrong between a bot and VK: its errors, planned faults, the strict rate limit, and the movable clock."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import Any, Literal

# VK's own words; a colon and the particulars may follow.
ERRORS = {
    1: "Unknown error occurred",
    3: "Unknown method passed",
    5: "User authorization failed",
    6: "Too many requests per second",
    7: "Permission to perform this action is denied",
    8: "Invalid request",
    9: "Flood control",
    10: "Internal server error",
    12: "Unable to compile code",
    13: "Runtime error occurred during code invocation",
    14: "Captcha needed",
    15: "Access denied",
    17: "Validation required",
    18: "User was deleted or banned",
    29: "Rate limit reached",
    100: "One of the parameters specified was missing or invalid",
    104: "Not found",
    113: "Invalid user id",
    118: "Invalid server",
    121: "Invalid hash",
    900: "Can't send messages for users from blacklist",
    901: "Can't send messages for users without permission",
    902: "Can't send messages to this user due to their privacy settings",
    909: "Can't edit this message, because it's too old",
    911: "Keyboard format is invalid",
    912: "This is a chat bot feature, change this status in settings",
    914: "Message is too long",
    917: "You don't have access to this chat",
    921: "Can't forward these messages",
    924: "Can't delete this message for everybody",
    936: "Contact not found",
    943: "Cannot use this intent",
    944: "Limits overflow for this intent",
    945: "Chat was disabled",
    946: "Chat not supported",
    950: "Can't send message, reply timed out",
    962: "You can't access donut chat without subscription",
    2000: "Cannot add more servers",
}

FaultKind = Literal[
    "api_error",  # HTTP 200 with `code`: 6, 9, 10, 14, 29, 900, 901, 902, 943...; nothing happened
    "error_before",  # HTTP 5xx (`code`) and nothing happened
    "error_after",  # HTTP 5xx (`code`) though it was done
    "drop_before",  # the connection breaks and nothing happened
    "drop_after",  # the connection breaks though it was done: the lost answer
    "truncated",  # HTTP 200 with half of the JSON though it was done
    "slow",  # the answer takes `seconds` longer
    "duplicate_event",  # the next event comes twice under one event_id
    "retap",  # the next button press comes as two events
]
OF_EVENTS = ("duplicate_event", "retap")


class Refusal(Exception):
    """An error in VK's own words; HTTP says 200 nevertheless."""

    def __init__(self, code: int, particulars: str = "", **extra: Any) -> None:
        self.code = code
        self.message = ERRORS.get(code, "Unknown error occurred") + (f": {particulars}" if particulars else "")
        self.extra = extra
        super().__init__(f"[{code}] {self.message}")


class Broken(Exception):
    """The whole HTTP exchange fails here, whatever was done before it."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.kind)
        self.fault = fault


def wrong(particulars: str) -> Refusal:
    """Error 100, which names the parameter after a colon."""
    return Refusal(100, particulars)


@dataclass
class Fault:
    """One planned misfortune; `times=None` means until removed, `hits` counts how often it struck."""

    kind: FaultKind
    method: str | None = None
    peer_id: int | None = None
    times: int | None = 1
    probability: float = 1.0
    seconds: float = 1.0
    code: int = 500
    hits: int = 0

    @property
    def of_one_recipient(self) -> bool:
        """Whether a call with peer_ids reports it for a recipient and succeeds itself."""
        return self.kind == "api_error" and (self.peer_id is not None or self.code >= 900)


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
        peer_id: int | None = None,
        times: int | None = 1,
        probability: float = 1.0,
        seconds: float = 1.0,
        code: int | None = None,
    ) -> Fault:
        """Plans a fault; `code` is an API error (10 unless told) or, for error_before and _after, an HTTP status."""
        if code is None:
            code = 10 if kind == "api_error" else 500
        fault = Fault(kind, method, peer_id, times, probability, seconds, code)
        self.planned.append(fault)
        return fault

    def clear(self) -> None:
        self.planned.clear()

    def for_call(self, method: str, peers: Iterable[int], *, several: bool) -> tuple[float, Fault | None]:
        """The delay of a call and the one fault it meets, if any; `several`: the call reports errors per recipient."""
        delay, met = 0.0, None
        for fault in list(self.planned):
            if fault.kind in OF_EVENTS or fault.method not in (None, method):
                continue
            if fault.peer_id is not None and fault.peer_id not in peers:
                continue
            if several and fault.of_one_recipient:
                continue
            if fault.kind == "slow" and self._strikes(fault):
                delay += fault.seconds
            elif fault.kind != "slow" and met is None and self._strikes(fault):
                met = fault
        return delay, met

    def for_recipient(self, method: str, peer_id: int) -> Refusal | None:
        """The error that one of several recipients meets."""
        for fault in list(self.planned):
            fits = fault.of_one_recipient and fault.method in (None, method) and fault.peer_id in (None, peer_id)
            if fits and self._strikes(fault):
                return Refusal(fault.code)
        return None

    def strikes(self, kind: FaultKind, peer_id: int | None = None) -> bool:
        """Whether a fault that concerns an event, not a call, happens now."""
        return any(
            fault.kind == kind and fault.peer_id in (None, peer_id) and self._strikes(fault)
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
    """A strict sliding window over every /method/ request, and how long VK thinks about each."""

    per_second: int | None = 20
    latency_ms: float = 0.0


class Limiter:
    """Remembers when requests were accepted and refuses the one too many."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.limits = Limits()
        self._clock = clock
        self._accepted: deque[float] = deque()

    def admit(self) -> None:
        if not self.limits.per_second:
            return
        now = self._clock()
        while self._accepted and now - self._accepted[0] >= 1.0:
            self._accepted.popleft()
        if len(self._accepted) >= self.limits.per_second:
            raise Refusal(6)
        self._accepted.append(now)


class Clock:
    """VK's own time: the machine's, moved forward by hand."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._moved: list[asyncio.Future[None]] = []

    def now(self) -> float:
        return time.time() + self._ahead

    def forward(self, seconds: float) -> None:
        self._ahead += seconds
        for waiter in self._moved:
            if not waiter.done():
                waiter.set_result(None)
        self._moved.clear()

    async def until(self, moment: float) -> None:
        """Waits for a moment of this clock; moving it forward ends the wait at once."""
        while (left := moment - self.now()) > 0:
            waiter = asyncio.get_running_loop().create_future()
            self._moved.append(waiter)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(waiter, left)
