"""A small shop for the tests: the web chat over a real database, with the real door in and relay, on a real port."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from bot.webchat import BOT_ID, WebChatParts, WebChatTransport, webchat_routes
from handlers.intake import Intake
from handlers.turn import Business
from messaging.cases import Desk
from messaging.pacing import Pace
from messaging.relay import Outlet, Relay
from storage.database import Database
from storage.kinds import Channel, Language
from storage.models import Bot

KEY = "0123456789abcdef" * 4
NAME = "Кофейня «Ромашка»"
WIDGET_PAGE = """<!doctype html><html lang="ru"><title>Магазин</title><h1>Магазин</h1><a href="#x">Товары</a>
<script async src="{chat}/chat/widget.js" data-lang="ru" data-start="site"></script>"""
STRICT = "default-src 'none'; script-src {chat}; frame-src {chat}"


class HandClock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


def now_utc() -> datetime:
    return datetime.now(UTC)


async def does_not_understand(text: str) -> None:
    return None


def intake_of(database: Database, clock: Callable[[], datetime]) -> Intake:
    desk = Desk((), Language.RU, "http://localhost/console")
    return Intake(database, does_not_understand, lambda: Business(NAME, desk), clock)


def relay_of(database: Database, clock: Callable[[], datetime]) -> Relay:
    return Relay(database, {BOT_ID: Outlet(WebChatTransport(), Pace.unlimited())}, clock)


async def register(database: Database) -> None:
    await database.write(lambda store: store.bots.register(Bot(id=BOT_ID, channel=Channel.WEBCHAT)))


def parts_of(database: Database, clock: Callable[[], datetime], **others: object) -> WebChatParts:
    values = {"receive": intake_of(database, clock).receive, "key": KEY, "business_name": lambda: NAME, **others}
    return WebChatParts(database=database, clock=clock, **values)  # type: ignore[arg-type]


def application(parts: WebChatParts, chat_url: str = "") -> Starlette:
    async def shop(request: Request) -> HTMLResponse:
        """A page of somebody else's, as strict as it can be and still show the widget."""
        return HTMLResponse(
            WIDGET_PAGE.format(chat=chat_url), headers={"content-security-policy": STRICT.format(chat=chat_url)}
        )

    return Starlette(routes=[*webchat_routes(parts), Route("/shop", shop)])


def make_certificate(path: Path) -> Path:
    """A key and a certificate it signed itself, in one file: browsers keep partitioned cookies over https alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now_utc() - timedelta(days=1))
    signed = made.not_valid_after(now_utc() + timedelta(days=1)).sign(key, SHA256())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + signed.public_bytes(Encoding.PEM))
    return path


async def until(is_so: Callable[[], bool]) -> None:
    """Let the loop turn until something holds."""
    turn = asyncio.get_running_loop()
    while not is_so():
        done = turn.create_future()
        turn.call_soon(done.set_result, None)
        await done


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


class Running:
    """The chat on a port; it can be stopped and started again, and the relay with it."""

    def __init__(self, database: Database, certificate: Path | None = None, **others: object) -> None:
        self.database = database
        self.port = free_port()
        self._certificate = certificate
        self.scheme = "https" if certificate else "http"
        self.url = f"{self.scheme}://localhost:{self.port}"
        self._others = others
        self._server: uvicorn.Server | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        parts = parts_of(
            self.database, now_utc, is_stopping=lambda: self._server is None or self._server.should_exit, **self._others
        )
        app = application(parts, self.url)
        config = uvicorn.Config(
            app,
            host="127.0.0.1",
            port=self.port,
            log_level="error",
            timeout_graceful_shutdown=2,
            ssl_certfile=self._certificate,
        )
        self._server = server = uvicorn.Server(config)
        relay = relay_of(self.database, now_utc)
        self._tasks = [asyncio.create_task(server.serve()), asyncio.create_task(relay.run())]
        await until(lambda: server.started)

    async def stop(self) -> None:
        assert self._server is not None
        self._server.should_exit = True
        serving, relaying = self._tasks
        await serving
        relaying.cancel()
        with suppress(asyncio.CancelledError):
            await relaying


@asynccontextmanager
async def running(database: Database, certificate: Path | None = None, **others: object) -> AsyncIterator[Running]:
    await register(database)
    shop = Running(database, certificate, is_https=certificate is not None, **others)
    await shop.start()
    try:
        yield shop
    finally:
        await shop.stop()
