"""The routes of the web chat: page, widget, messages, stream, history, media."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from uuid import UUID

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from bot.webchat import limits, rendering, words
from bot.webchat.bar import bar_routes, state_of
from bot.webchat.bubbles import BLANK, Page, page_of
from bot.webchat.incoming import (
    LONGEST_TEXT,
    Refused,
    Said,
    Writer,
    has_button,
    read_body,
    require_own_page,
    understood,
)
from bot.webchat.parts import WebChatParts
from bot.webchat.public import public_routes
from bot.webchat.stream import tail
from bot.webchat.visitor import Visitor, Visitors
from storage.models import Media

_KEEP_FOR_EVER = "public, max-age=31536000, immutable"
_EVENT_STREAM = {"cache-control": "no-store", "x-accel-buffering": "no"}


def webchat_routes(parts: WebChatParts) -> Sequence[BaseRoute]:
    """For the root of the one application."""
    chat = _WebChat(parts)
    return [
        Route("/chat", chat.page),
        Route("/chat/widget.js", chat.widget),
        Route("/chat/static/{version}/{name}", chat.static),
        Route("/chat/messages", chat.answering(chat.take), methods=["POST"]),
        Route("/chat/stream", chat.answering(chat.stream)),
        Route("/chat/history", chat.answering(chat.history)),
        Route("/chat/media/{hash}", chat.answering(chat.media)),
        *public_routes(parts),
        *bar_routes(parts, chat.require_visitor, chat.require_patience, chat.answering),
    ]


class _WebChat:
    def __init__(self, parts: WebChatParts) -> None:
        self._parts = parts
        self._visitors = Visitors(parts.key, is_https=parts.is_https)
        self._by_visitor = limits.RateLimit(limits.MESSAGES_PER_VISITOR, parts.clock)
        self._by_address = limits.RateLimit(limits.MESSAGES_PER_ADDRESS, parts.clock)
        self._streams = limits.Places(limits.STREAMS_PER_VISITOR)
        self._streams_of_address = limits.Places(limits.STREAMS_PER_ADDRESS)

    # --- the page and what it is made of

    async def page(self, request: Request) -> Response:
        """Looking creates nothing but a cookie; the customer appears with the first message."""
        parts = self._parts
        is_embedded = request.query_params.get("embed") == "1"
        language = words.language_of(request, parts.default_language)
        visitor = self._visitors.known(request) or self._visitors.new()
        page = await self._read_page(visitor)
        html = rendering.page(
            "page.html",
            language,
            business=parts.business_name(),
            page=page,
            visitor=visitor.mark,
            blank=BLANK,
            is_embedded=is_embedded,
            token=self._visitors.token(visitor) if is_embedded else None,
            longest=LONGEST_TEXT,
            # Not inside a site's widget: that one is shown to see how it looks there.
            bar=state_of(parts, parts.play, language) if parts.play and not is_embedded else None,
        )
        response = HTMLResponse(html, headers=rendering.page_headers(parts.widget_origins if is_embedded else None))
        path = f"{request.scope.get('root_path', '')}/chat"
        self._visitors.remember(response, visitor, path, is_embedded=is_embedded)
        if request.query_params.get("lang") and not is_embedded:
            response.set_cookie(words.COOKIE, language.value, path=path, samesite="lax", secure=parts.is_https)
        return response

    async def widget(self, request: Request) -> Response:
        headers = {
            "cache-control": "public, max-age=3600",
            "cross-origin-resource-policy": "cross-origin",
            "vary": "accept-encoding",
            "x-content-type-options": "nosniff",
        }
        script, packed = rendering.widget_script()
        if "gzip" in request.headers.get("accept-encoding", ""):
            script, headers["content-encoding"] = packed, "gzip"
        return Response(script, media_type="text/javascript", headers=headers)

    async def static(self, request: Request) -> Response:
        path = rendering.STATIC / request.path_params["name"]
        if path.parent != rendering.STATIC or not path.is_file():
            return Response(status_code=404)
        return FileResponse(path, headers={"cache-control": _KEEP_FOR_EVER, "x-content-type-options": "nosniff"})

    # --- what the page asks

    async def take(self, request: Request) -> Response:
        """202 once the message is safe: then the page may forget it."""
        require_own_page(request)
        visitor = self.require_visitor(request)
        said = await read_body(request, Said)
        self.require_patience(request, visitor)
        language = words.language_of(request, self._parts.default_language)
        now = self._parts.clock()
        incoming = understood(said, Writer(self._parts.bot_id, visitor.id, language, now))
        if incoming.pressed and not await self._parts.database.read(lambda store: has_button(store, incoming)):
            raise Refused(404, "button")
        await self._parts.receive(incoming)
        return JSONResponse({"id": said.id}, 202)

    async def stream(self, request: Request) -> Response:
        visitor = self.require_visitor(request)
        seq = _number(request.headers.get("last-event-id") or request.query_params.get("after"))
        address = _address(request)
        if self._streams.is_full(visitor.id) or self._streams_of_address.is_full(address):
            raise Refused(429, "streams", wait_seconds=5)
        language = words.language_of(request, self._parts.default_language)

        async def events() -> AsyncIterator[str]:
            with self._streams.one(visitor.id), self._streams_of_address.one(address):
                async for event in tail(self._parts, visitor, language, seq):
                    yield event

        return StreamingResponse(events(), media_type="text/event-stream", headers=_EVENT_STREAM)

    async def history(self, request: Request) -> Response:
        """The bubbles older than `before`, or the newest ones; headers tell the number to go on from."""
        visitor = self.require_visitor(request)
        language = words.language_of(request, self._parts.default_language)
        page = await self._read_page(visitor, _bubble_id(request.query_params.get("before")))
        headers = {"cache-control": "no-store", "x-otklik-seq": str(page.seq)}
        if page.has_older:
            headers["x-otklik-older"] = "1"
        return HTMLResponse(rendering.fragments(page.bubbles, language, visitor.token), headers=headers)

    async def media(self, request: Request) -> Response:
        visitor = self.require_visitor(request)
        media = await self._read_media(visitor, request.path_params["hash"])
        if media is None:
            return Response(status_code=404)
        headers = {
            "cache-control": "private, max-age=31536000, immutable",
            "content-security-policy": rendering.FILE_POLICY,
            "x-content-type-options": "nosniff",
        }
        return Response(media.content, media_type=media.content_type, headers=headers)

    def answering(self, handle: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        """A refusal is an answer too: its name for the page's script, its sentence for the visitor."""

        async def endpoint(request: Request) -> Response:
            try:
                return await handle(request)
            except Refused as refused:
                language = words.language_of(request, self._parts.default_language)
                reason = words.CATALOGUE.say(language, f"refused.{refused.reason}")
                headers = {"retry-after": str(round(refused.wait_seconds + 0.5))} if refused.wait_seconds else None
                return JSONResponse({"error": refused.reason, "reason": reason}, refused.status, headers)

        return endpoint

    # --- small things

    def require_visitor(self, request: Request) -> Visitor:
        visitor = self._visitors.known(request)
        if visitor is None:
            raise Refused(401, "visitor")
        return visitor

    def require_patience(self, request: Request, visitor: Visitor) -> None:
        wait = self._by_visitor.wait_seconds(visitor.id) or self._by_address.wait_seconds(_address(request))
        if wait:
            raise Refused(429, "too_fast", wait)

    async def _read_page(self, visitor: Visitor, before: UUID | None = None) -> Page:
        bot_id = self._parts.bot_id
        return await self._parts.database.read(lambda store: page_of(store, bot_id, visitor.id, before))

    async def _read_media(self, visitor: Visitor, media_hash: str) -> Media | None:
        """A picture that belongs to nobody, or to this visitor, and has not run out."""
        bot_id, now = self._parts.bot_id, self._parts.clock()
        media = await self._parts.database.read(lambda store: store.files.get(media_hash))
        if media is None or not media.content_type.startswith("image/") or (media.expires_at or now) < now:
            return None
        if media.owner_id is not None:
            identity = await self._parts.database.read(lambda store: store.customers.identity(bot_id, visitor.id))
            if identity is None or identity.customer_id != media.owner_id:
                return None
        return media


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else 0


def _bubble_id(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Refused(422, "format") from None
