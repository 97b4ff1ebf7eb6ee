"""A console over a real SQLite database, a clock moved by hand, and people who sign in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from console.access import hash_password
from storage.database import Database
from tests.console.server import Server
from tests.console.shop import PASSWORD, Shop


@pytest.fixture(scope="session")
def password_hash() -> str:
    return hash_password(PASSWORD)


@pytest.fixture
async def shop(sqlite_database: Database, password_hash: str, tmp_path: Path) -> Shop:
    shop = Shop(sqlite_database, password_hash, tmp_path / "uploads")
    await shop.open()
    return shop


@pytest.fixture
def browse(shop: Shop):
    """`async with browse() as browser`: a client that behaves like a browser on the console's own pages."""

    @asynccontextmanager
    async def open_browser(base: str = "http://localhost", **headers: str) -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(app=shop.app, client=("127.0.0.1", 5000))
        sent = {"sec-fetch-site": "same-origin", "accept-language": "ru", **headers}
        async with httpx.AsyncClient(transport=transport, base_url=base, headers=sent) as client:
            yield client

    return open_browser


@pytest.fixture
async def server(shop: Shop) -> AsyncIterator[Server]:
    server = Server(shop)
    await server.start()
    yield server
    await server.stop()
