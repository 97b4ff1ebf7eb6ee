"""VK's methods as the ears call them, without a wire: names, a Long Poll server, and failures on demand."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from messaging.transport import Ambiguous, NotSent, Undeliverable
from tests.fakes.vk import FakeVk
from tests.fakes.vk_events import VERSION

PATIENCE = 5.0


@dataclass
class FakeCall:
    """`people` are names by id. `failures` of a method are raised first, one a call; `slow` methods wait for `go`."""

    people: dict[int, tuple[str, str]] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    failures: dict[str, list[Exception]] = field(default_factory=dict)
    slow: set[str] = field(default_factory=set)
    go: asyncio.Event = field(default_factory=asyncio.Event)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    _called: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def __call__(self, method: str, params: Mapping[str, Any]) -> Any:
        self.calls.append((method, dict(params)))
        async with self._called:
            self._called.notify_all()
        if method in self.slow:
            await self.go.wait()
        if waiting := self.failures.get(method):
            raise waiting.pop(0)
        if method == "users.get":
            return [self._person(int(one)) for one in params["user_ids"].split(",") if int(one) in self.people]
        return self.answers.get(method, 1)

    def made(self, method: str) -> list[dict[str, Any]]:
        return [params for name, params in self.calls if name == method]

    async def soon(self, method: str, count: int = 1) -> dict[str, Any]:
        """The parameters of the `count`-th call of a method, when it has come."""
        async with asyncio.timeout(PATIENCE), self._called:
            await self._called.wait_for(lambda: len(self.made(method)) >= count)
        return self.made(method)[count - 1]

    def _person(self, user_id: int) -> dict[str, Any]:
        first, last = self.people[user_id]
        gone = {"deactivated": "deleted"} if first == "DELETED" else {}
        return {"id": user_id, "first_name": first, "last_name": last, **gone}


class HttpCall:
    """The same over the wire, to a fake VK: what the client of the product does, in its simplest form."""

    def __init__(self, fake: FakeVk) -> None:
        self._fake = fake

    async def __call__(self, method: str, params: Mapping[str, Any]) -> Any:
        form = {name: str(value) for name, value in params.items()} | {"access_token": self._fake.token, "v": VERSION}
        try:
            async with (
                aiohttp.ClientSession() as http,
                http.post(f"{self._fake.url}/method/{method}", data=form) as answer,
            ):
                body = await answer.json()
        except aiohttp.ClientConnectorError:
            raise NotSent("no connection") from None
        except aiohttp.ClientError:
            raise Ambiguous("the answer was lost") from None
        if "error" in body:
            raise Undeliverable(f"VK refuses it ({body['error']['error_code']})")
        return body["response"]
