"""Builds every part once and runs them; startup and shutdown read top to bottom."""

import asyncio
import logging
import signal
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn

from bot.business import CARD, BusinessNow
from bot.channels import Line, Switchboard, spawn
from bot.commands import address_of, handlers
from bot.keys import Keys
from bot.messengers import Messengers
from bot.night import rated_beside
from bot.settings import Settings
from bot.socket import serve_commands, socket_beside
from bot.web import WebParts, build_web
from bot.webchat import Play, WebChatParts, WebChatTransport, webchat_routes
from console.app import ConsoleParts, create_console
from console.parts import Timed
from console.uploads import Uploads
from handlers.intake import Intake
from insights.classifier import Classifier
from loyalty.import_runs import interrupt_left
from messaging.pacing import Pace
from messaging.trouble import described
from scheduler.ticker import Ticker
from scheduler.timetable import TIMETABLE
from scheduler.work import Shop, Work
from storage.database import Database, open_database
from storage.look import sqlite_file

log = logging.getLogger(__name__)

ROLES = ("web", "bots", "relay", "scheduler")
WEBCHAT = "webchat:main"
SAMPLE = "webchat:sample"
BEAT_SECONDS = 10
REFRESH_SECONDS = 2
SWEEP_SECONDS = 600
STOP_WITHIN_SECONDS = 3


def now_utc() -> datetime:
    return datetime.now(UTC)


async def serve(settings: Settings, keys: Keys, *, only: Sequence[str] | None = None, demo: bool = False) -> None:
    """Run until SIGINT or SIGTERM. `only`: some of the roles, on PostgreSQL."""
    async with assemble(settings, keys, only=only, demo=demo) as program:
        await program.run()


class Program:
    """Everything that is built, by name."""

    def __init__(
        self,
        settings: Settings,
        keys: Keys,
        roles: Sequence[str],
        database: Database,
        clock: Callable[[], datetime],
        *,
        demo: bool,
    ) -> None:
        self.settings = settings
        self.keys = keys
        self.roles = roles
        self.database = database
        self.clock = clock
        self.is_demo = demo
        # The sample customers live on a bot of their own, so that nothing said to them can reach anybody.
        self.webchats = [Line(WEBCHAT), *([Line(SAMPLE)] if demo else [])]
        self.classifier = Classifier()
        self.business = BusinessNow(
            database,
            keys,
            lambda: self.messengers.desk_chats(),
            settings.default_language,
            settings.time_zone,
            address_of(settings),
            # Not the sample's bot: nobody comes to it.
            lambda: [line.bot_id for line in (*self.messengers.lines, self.webchats[0])],
        )
        self.intake = Intake(database, self.classifier, self.business, clock, settings.default_language)
        self.switchboard = Switchboard(
            database, clock, self.intake.receive, settings.time_zone, relays="relay" in roles, listens="bots" in roles
        )
        self.messengers = Messengers(settings, self.business, self.switchboard)
        rate, fetchers = rated_beside(settings.database_url), self.messengers.fetchers
        work = Work(database, clock, self.shop, self.intake.answer_kept, rate, fetchers)
        self.ticker = Ticker(work)
        file = sqlite_file(settings.database_url)
        self.uploads = (file.parent if file else Path("data")) / "imports"
        self.is_stopping = False

    async def run(self) -> None:
        """The web server until a signal, or just the signal where this process serves no pages."""
        stopped = _signal()
        if "web" not in self.roles:
            await stopped.wait()
            return
        server = _web_server(self)
        serving = asyncio.create_task(server.serve())
        await asyncio.wait([serving, asyncio.create_task(stopped.wait())], return_when=asyncio.FIRST_COMPLETED)
        self.is_stopping = server.should_exit = True
        await serving

    # --- channels

    async def open_webchats(self) -> None:
        for line in self.webchats:
            await self.switchboard.open(line, WebChatTransport(), Pace.unlimited())

    async def close_webchats(self) -> None:
        for line in self.webchats:
            await line.stop()

    def shop(self) -> Shop:
        """For whom the clock works."""
        business = self.business()
        return Shop(business.name, self.settings.default_language, self.settings.time_zone, business.desk)

    # --- what repeats

    async def tick(self) -> None:
        """Everything the clock does, once, now."""
        await self.ticker.run_all()

    async def sweep_uploads(self) -> None:
        """Files that were sent a day ago, and lists of their refused rows, are people's data that nobody waits for."""
        await asyncio.to_thread(Uploads(self.uploads).sweep, time.time())

    async def beat(self) -> None:
        """Say that we are alive; not for a relay that died or a clock that stands still, so that /healthz tells."""
        lines = [*self.webchats, *self.messengers.lines]
        dead = set() if all(line.delivers for line in lines) else {"relay"}
        if "scheduler" in self.roles and not self.ticker.is_alive():
            dead.add("scheduler")
            self.ticker.revive()
        roles = tuple(role for role in self.roles if role not in dead)
        await self.database.write(lambda store: store.business.beat(roles, self.clock()))


@asynccontextmanager
async def assemble(
    settings: Settings,
    keys: Keys,
    *,
    only: Sequence[str] | None = None,
    demo: bool = False,
    clock: Callable[[], datetime] = now_utc,
) -> AsyncIterator[Program]:
    """All parts, running, but for the web server."""
    async with AsyncExitStack() as stack:
        database = await open_database(settings.database_url)
        stack.push_async_callback(database.close)
        if file := sqlite_file(settings.database_url):
            await stack.enter_async_context(serve_commands(socket_beside(file), handlers(database, settings)))
        if demo:
            from bot.demo.clock import load_clock  # the real program has no clock to move, and does not load the café

            clock = await load_clock(database, clock)
        program = Program(settings, keys, only or ROLES, database, clock, demo=demo)
        await program.classifier.warm_up()
        stack.callback(program.classifier.close)
        await program.business.refresh()
        if "web" in program.roles:
            await database.write(lambda store: interrupt_left(store, clock(), is_alone=file is not None))
        stack.push_async_callback(program.close_webchats)
        await program.open_webchats()
        stack.push_async_callback(program.messengers.close)
        await program.messengers.open()
        if "scheduler" in program.roles:
            program.ticker.start()
            stack.callback(program.ticker.stop)
        await program.beat()
        repeated = [
            spawn(_every(BEAT_SECONDS, program.beat), "heartbeat"),
            spawn(_every(REFRESH_SECONDS, program.messengers.refresh), "business settings"),
        ]
        if "web" in program.roles:
            repeated.append(spawn(_every(SWEEP_SECONDS, program.sweep_uploads), "old uploads"))
        stack.push_async_callback(Line("", tasks=repeated).stop)
        yield program


def _web_server(program: Program) -> uvicorn.Server:
    settings, keys = program.settings, program.keys
    is_https = address_of(settings).startswith("https://")
    chat = WebChatParts(
        database=program.database,
        receive=program.intake.receive,
        clock=program.clock,
        key=keys.signing("webchat"),
        business_name=lambda: program.business.name,
        widget_origins=settings.widget_origins,
        is_https=is_https,
        default_language=settings.default_language,
        is_stopping=lambda: program.is_stopping,
        doors=lambda: program.business().doors,
        zone=settings.time_zone,
        play=_play(program) if program.is_demo else None,
    )
    console = ConsoleParts(
        database=program.database,
        clock=program.clock,
        business_name=lambda: program.business.name,
        desk=lambda: program.business().desk,
        time_zone=str(settings.time_zone),
        seal=keys.seal,
        bots=lambda: program.messengers.lines,
        is_https=is_https,
        on_channel_changed=program.messengers.channel_changed,
        jobs=[Timed(entry.name, entry.every_seconds, entry.daily_at) for entry in TIMETABLE],
        is_stopping=lambda: program.is_stopping,
        uploads=program.uploads,
        public_url=address_of(settings),
        default_language=settings.default_language,
        card_key=keys.signing(CARD),
    )
    app = build_web(
        WebParts(
            program.database,
            program.clock,
            program.roles,
            settings.answers_to,
            webchat_routes(chat),
            create_console(console),
            program.messengers.endpoint,
        )
    )
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=STOP_WITHIN_SECONDS,
        server_header=False,
        forwarded_allow_ips="127.0.0.1",
    )
    return _Server(config)


def _play(program: Program) -> Play:
    """The till and the calendar of a demo."""
    from bot.demo.play import cafe_play

    return cafe_play(
        program.database,
        program.clock,
        program.settings.time_zone,
        program.settings.default_language,
        tick=program.tick,
        beat=program.beat,
        is_stopping=lambda: program.is_stopping,
    )


class _Server(uvicorn.Server):
    """uvicorn without its signals: it would end the process by the signal itself, before our parts are closed."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _every(seconds: float, work: Callable[[], Coroutine[Any, Any, object]]) -> None:
    """Again and again: what fails is logged and tried at the next turn."""
    while True:
        try:
            await work()
        except Exception as error:
            log.error("%s failed: %s", getattr(work, "__name__", "a job"), described(error))
        await asyncio.sleep(seconds)


def _signal() -> asyncio.Event:
    """Set by Ctrl+C or SIGTERM."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    return stopped
