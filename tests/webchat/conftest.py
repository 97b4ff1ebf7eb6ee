"""What the web chat's tests share: a clock moved by hand, visitors who talk over HTTP, and a browser."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from httpx import ASGITransport, AsyncClient, Response
from starlette.applications import Starlette

from storage.database import Database
from tests.webchat.shop import HandClock, application, parts_of, register, relay_of

ORIGIN = "http://localhost"


class Person:
    """A visitor as a browser is one: it keeps cookies, and says where its requests come from."""

    def __init__(self, client: AsyncClient) -> None:
        self.client = client
        self._said = 0

    async def open(self, query: str = "") -> Response:
        return await self.client.get(f"/chat{query}")

    async def post(self, **body: object) -> Response:
        self._said += 1
        return await self.client.post("/chat/messages", json={"id": f"m{self._said}", "kind": "text", **body})

    async def write(self, text: str) -> Response:
        return await self.post(text=text)

    async def history(self, **query: str) -> str:
        return (await self.client.get("/chat/history", params=query)).text

    async def stream(self, after: int = 0, **headers: str) -> Response:
        """What a stream sends until the server stops."""
        return await self.client.get("/chat/stream", params={"after": after}, headers=headers)


class Shop:
    """The chat over one database, with time in its hands."""

    def __init__(self, database: Database, clock: HandClock, stack: AsyncExitStack) -> None:
        self.database = database
        self.clock = clock
        self._stack = stack
        self._looks = 1
        self._relay = relay_of(database, clock)

    def app(self, **others: object) -> Starlette:
        return application(parts_of(self.database, self.clock, is_stopping=self._stop_after_one_look, **others))

    async def person(self, app: Starlette | None = None, origin: str = ORIGIN, address: str = "10.0.0.1") -> Person:
        """Somebody new, who has the page open."""
        transport = ASGITransport(app or self.app(), raise_app_exceptions=False, client=(address, 1))
        client = AsyncClient(transport=transport, base_url=ORIGIN, headers={"origin": origin})
        person = Person(await self._stack.enter_async_context(client))
        await person.open()
        return person

    async def deliver(self) -> None:
        await self._relay.deliver_due()

    def _stop_after_one_look(self) -> bool:
        self._looks = 1 - self._looks
        return self._looks == 1


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def shop(sqlite_database: Database, clock: HandClock) -> AsyncIterator[Shop]:
    await register(sqlite_database)
    async with AsyncExitStack() as stack:
        yield Shop(sqlite_database, clock, stack)


@pytest.fixture(scope="module")
def chromium() -> Path:
    path = Path("/usr/bin/chromium")
    if not path.exists():
        pytest.skip("no Chromium here: apt-get install chromium fonts-noto-core fonts-noto-color-emoji")
    return path
