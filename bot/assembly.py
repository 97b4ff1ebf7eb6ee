"""Builds every part once and runs them; startup and shutdown read top to bottom."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import Any

import uvicorn

from bot.business import BusinessNow
from bot.channels import Line, Switchboard, spawn
from bot.commands import address_of, handlers
from bot.keys import KeyChanged, Keys
from bot.settings import Settings, TelegramMode
from bot.socket import serve_commands, socket_beside
from bot.web import WebParts, build_web
from bot.webchat import Play, WebChatParts, WebChatTransport, webchat_routes
from console.app import ConsoleParts, create_console
from handlers.intake import Intake
from insights.classifier import Classifier
from messaging.pacing import Pace
from messaging.phrases import say
from messaging.trouble import described
from scheduler.ticker import Ticker
from scheduler.timetable import TIMETABLE
from scheduler.work import Shop, Work
from storage.database import Database, open_database
from storage.kinds import Channel, Language
from storage.look import sqlite_file

log = logging.getLogger(__name__)

ROLES = ("web", "bots", "relay", "scheduler")
WEBCHAT = "webchat:main"
SAMPLE = "webchat:sample"
BEAT_SECONDS = 10
REFRESH_SECONDS = 2
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
        self.telegram: Line | None = None
        # The sample customers live on a bot of their own, so that nothing said to them can reach anybody.
        self.webchats = [Line(WEBCHAT), *([Line(SAMPLE)] if demo else [])]
        self.classifier = Classifier()
        self.business = BusinessNow(
            database,
            keys,
            settings.operators_chat,
            lambda: self.telegram.bot_id if self.telegram else None,
            settings.default_language,
            settings.time_zone,
            address_of(settings),
            # Not the sample's bot: nobody comes to it.
            lambda: [line.bot_id for line in (self.telegram, self.webchats[0]) if line],
        )
        self.intake = Intake(database, self.classifier, self.business, clock, settings.default_language)
        self.switchboard = Switchboard(
            database, clock, self.intake.receive, settings.time_zone, relays="relay" in roles, listens="bots" in roles
        )
        self.ticker = Ticker(Work(database, clock, self.shop, self.intake.answer_kept))
        self.is_stopping = False
        self._token_in_use: str | None = None
        self._switching = asyncio.Lock()

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

    async def open_telegram(self) -> None:
        """Connect Telegram with the environment's token, or else the console's; without one it stays off."""
        token = self._token_in_use = self._telegram_token()
        if token is None:
            if self.business.has_telegram_token:
                log.error("Telegram stays off: its token was sealed with another secret key. Enter it anew.")
            return
        from bot import telegram  # aiogram costs seconds: only who speaks Telegram pays

        settings = self.settings
        proxy = settings.telegram_proxy.get_secret_value() if settings.telegram_proxy else None
        try:
            bot = telegram.make_bot(token, settings.telegram_api_url, proxy=proxy)
        except telegram.WrongToken:
            log.error("Telegram stays off: the token from the console is not one. Correct it there.")
            return
        line = Line(telegram.bot_id_of(bot), close=bot.session.close)
        self.telegram = line
        transport = telegram.TelegramTransport(bot, self._load_media)
        await self.switchboard.open(line, transport, Pace.telegram(settings.telegram_rate))
        secret = settings.telegram_webhook_secret
        if settings.telegram_mode is TelegramMode.WEBHOOK and secret:
            line.endpoint = telegram.webhook_endpoint(line.bot_id, secret.get_secret_value(), self.intake.receive)
            setting_up = telegram.set_webhook(bot, address_of(settings), secret.get_secret_value())
        else:
            setting_up = telegram.TelegramPolling(
                bot, line.bot_id, self.intake.receive, self._cursor(line.bot_id), self._keep_cursor(line.bot_id)
            ).run()
        if self.switchboard.listens:
            self.switchboard.listen(line, setting_up)
            self.switchboard.listen(line, self._introduce(telegram, bot, line))
        else:
            setting_up.close()

    async def close_telegram(self) -> None:
        if self.telegram:
            line, self.telegram = self.telegram, None
            await line.stop()

    async def channel_changed(self, channel: str) -> None:
        """A token was changed in the console: that channel starts anew, the others go on."""
        async with self._switching:
            await self.business.refresh()
            if channel == Channel.TELEGRAM.value and self._telegram_token() != self._token_in_use:
                await self.close_telegram()
                await self.open_telegram()

    async def refresh(self) -> None:
        """The business settings anew; a token that another process saved starts Telegram anew here too."""
        await self.business.refresh()
        if self._telegram_token() != self._token_in_use:
            await self.channel_changed(Channel.TELEGRAM.value)

    def _telegram_token(self) -> str | None:
        if self.settings.telegram_token:
            return self.settings.telegram_token.get_secret_value()
        try:
            return self.business.telegram_token
        except KeyChanged:
            return None

    async def _introduce(self, telegram: Any, bot: Any, line: Line) -> None:
        """Our name, for the links we print; and the list of commands in both languages."""
        line.username = await telegram.username_of(bot)
        await self.switchboard.database.write(lambda store: store.bots.set_username(line.bot_id, line.username))
        await telegram.set_commands(bot, _commands(), default=self.settings.default_language)

    async def _load_media(self, media_hash: str) -> tuple[bytes, str] | None:
        media = await self.database.read(lambda store: store.business.media(media_hash))
        return (media.content, media.content_type) if media else None

    def _cursor(self, bot_id: str) -> Callable[[], Coroutine[Any, Any, int | None]]:
        async def load() -> int | None:
            bot = await self.database.read(lambda store: store.bots.get(bot_id))
            return int(bot.cursor) if bot and bot.cursor else None

        return load

    def _keep_cursor(self, bot_id: str) -> Callable[[int], Coroutine[Any, Any, None]]:
        async def save(offset: int) -> None:
            await self.database.write(lambda store: store.bots.move_cursor(bot_id, str(offset)))

        return save

    def shop(self) -> Shop:
        """For whom the clock works."""
        return Shop(self.business.name, self.settings.default_language, self.settings.time_zone)

    # --- what repeats

    async def tick(self) -> None:
        """Everything the clock does, once, now."""
        await self.ticker.run_all()

    async def beat(self) -> None:
        """Say that we are alive; not for a relay that died or a clock that stands still, so that /healthz tells."""
        lines = [*self.webchats, *([self.telegram] if self.telegram else [])]
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
        stack.push_async_callback(program.close_webchats)
        await program.open_webchats()
        stack.push_async_callback(program.close_telegram)
        await program.open_telegram()
        await program.beat()
        repeated = [
            spawn(_every(BEAT_SECONDS, program.beat), "heartbeat"),
            spawn(_every(REFRESH_SECONDS, program.refresh), "business settings"),
        ]
        if "scheduler" in program.roles:
            program.ticker.start()
            stack.callback(program.ticker.stop)
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
        play=_play(program) if program.is_demo else None,
    )
    console = ConsoleParts(
        database=program.database,
        clock=program.clock,
        business_name=lambda: program.business.name,
        time_zone=str(settings.time_zone),
        seal=keys.seal,
        bots=lambda: [line for line in (program.telegram,) if line],
        is_https=is_https,
        on_channel_changed=program.channel_changed,
        jobs=[(entry.name, entry.every_seconds) for entry in TIMETABLE],
        is_stopping=lambda: program.is_stopping,
    )
    app = build_web(
        WebParts(
            program.database,
            program.clock,
            program.roles,
            settings.answers_to,
            webchat_routes(chat),
            create_console(console),
            lambda: program.telegram.endpoint if program.telegram else None,
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


def _commands() -> dict[Language, dict[str, str]]:
    names = ("start", "menu", "card", "rate", "settings", "language", "stop", "help")
    return {language: {name: say(language, f"command.{name}") for name in names} for language in Language}
