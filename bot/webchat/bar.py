"""The bar of a demo's chat page: what its buttons do, and the sentence that says what happened."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated

from babel.dates import format_datetime
from babel.numbers import format_currency
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.webchat.bubbles import PAGE, chat_of
from bot.webchat.incoming import Refused, read_body, require_own_page
from bot.webchat.parts import Bought, Buyer, Play, Step, WebChatParts
from bot.webchat.visitor import Visitor
from bot.webchat.words import CATALOGUE, language_of
from messaging.local_time import QUIET_UNTIL, QuietHours
from storage.kinds import Language
from storage.store import Store

Handle = Callable[[Request], Awaitable[Response]]


class _Purchase(BaseModel):
    """`id` is made by the page: the same one sent twice is one purchase."""

    model_config = ConfigDict(extra="forbid")
    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,100}$")]
    with_code: bool = False


class _Move(BaseModel):
    model_config = ConfigDict(extra="forbid")
    step: Step


def bar_routes(
    parts: WebChatParts,
    require_visitor: Callable[[Request], Visitor],
    require_patience: Callable[[Request, Visitor], None],
    answering: Callable[[Handle], Handle],
) -> Sequence[BaseRoute]:
    """Nothing for a program that is no demo."""
    if parts.play is None:
        return []
    bar = _Bar(parts, parts.play, require_visitor, require_patience)
    return [
        Route("/chat/demo/now", answering(bar.now)),
        Route("/chat/demo/buy", answering(bar.buy), methods=["POST"]),
        Route("/chat/demo/move", answering(bar.move), methods=["POST"]),
    ]


class _Bar:
    def __init__(
        self,
        parts: WebChatParts,
        play: Play,
        require_visitor: Callable[[Request], Visitor],
        require_patience: Callable[[Request, Visitor], None],
    ) -> None:
        self._parts = parts
        self._play = play
        self._require_visitor = require_visitor
        self._require_patience = require_patience

    async def now(self, request: Request) -> Response:
        return self._answer(request)

    async def buy(self, request: Request) -> Response:
        require_own_page(request)
        visitor = self._require_visitor(request)
        wished = await read_body(request, _Purchase)
        self._require_patience(request, visitor)
        language = language_of(request, self._parts.default_language)
        buyer = Buyer(self._parts.bot_id, visitor.id, language, wished.id)
        bought = await self._play.buy(buyer, with_code=wished.with_code)
        if bought is None:
            raise Refused(409, "no_code")
        return self._answer(request, what_was_bought(bought, language))

    async def move(self, request: Request) -> Response:
        """Answers once the time is there: until then the page asks `now` how far it is."""
        require_own_page(request)
        visitor = self._require_visitor(request)
        wished = await read_body(request, _Move)
        began = self._parts.clock()
        if not await self._play.move(wished.step):
            raise Refused(409, "moving")
        came = await self._parts.database.read(lambda store: came_since(store, self._parts.bot_id, visitor.id, began))
        return self._answer(request, self._what_came(request, came))

    def _answer(self, request: Request, sentence: str = "") -> Response:
        language = language_of(request, self._parts.default_language)
        state = {**state_of(self._parts, self._play, language), "sentence": sentence}
        return JSONResponse(state, headers={"cache-control": "no-store"})

    def _what_came(self, request: Request, came: int) -> str:
        language = language_of(request, self._parts.default_language)
        local = self._parts.clock().astimezone(self._play.zone)
        if came:
            return CATALOGUE.count(language, "demo.came", came)
        if QuietHours().holds(local.hour * 60 + local.minute):
            return CATALOGUE.say(language, "demo.quiet", until=f"{QUIET_UNTIL // 60}:00")
        return CATALOGUE.say(language, "demo.nothing_came")


def state_of(parts: WebChatParts, play: Play, language: Language) -> dict[str, object]:
    """Where the calendar stands. `ahead`: how far from the browser's own clock, in milliseconds."""
    now = parts.clock()

    def shown(pattern: str) -> str:
        return format_datetime(now, pattern, tzinfo=play.zone, locale=language.value)

    return {
        "day": shown("d MMMM y"),
        "weekday": shown("EEE"),
        "number": shown("d"),
        "time": shown("HH:mm"),
        "ahead": round((now - datetime.now(UTC)).total_seconds() * 1000),
        "zone": play.zone.key,
        "moving": play.is_moving,
    }


def what_was_bought(bought: Bought, language: Language) -> str:
    """One or two short sentences."""
    price = format_currency(bought.amount_minor / 100, "RUB", "#,##0\u00a0¤", language.value, currency_digits=False)
    key = "demo.bought_with_code" if bought.worth else "demo.bought"
    said = CATALOGUE.say(language, key, product=bought.product, price=price, worth=bought.worth)
    if bought.points:
        return f"{said} {CATALOGUE.count(language, 'demo.points', bought.points)}"
    return said if bought.is_member else f"{said} {CATALOGUE.say(language, 'demo.join')}"


def came_since(store: Store, bot_id: str, visitor_id: str, moment: datetime) -> int:
    """How many messages reached this visitor since then."""
    chat = chat_of(store, bot_id, visitor_id)
    if chat is None:
        return 0
    shown = store.outbox.shown_in(chat.customer_id, bot_id, visitor_id, None, PAGE)
    return sum(row.sent_at is not None and row.sent_at >= moment for row in shown)
