"""The one ASGI application: web chat, console, webhooks, API, health and metrics."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from urllib.parse import quote

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from storage.database import Database
from storage.kinds import Channel
from storage.store import Store

log = logging.getLogger(__name__)

ALIVE_FOR = timedelta(seconds=30)
"""A part that beat its heart later than this is alive."""
COUNTED_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class WebParts:
    """What the assembly puts in."""

    database: Database
    clock: Callable[[], datetime]
    roles: Sequence[str]
    hosts: Sequence[str]
    chat: Sequence[BaseRoute]
    console: ASGIApp
    messenger: Callable[[Channel], Callable[[Request], Awaitable[Response]] | None]
    """The endpoint of a messenger that brings its events itself; None while it is not connected so."""


def build_web(parts: WebParts) -> Starlette:
    return Starlette(
        routes=[
            # First: each customer's word comes in here.
            Route("/telegram/webhook", _messenger(parts, Channel.TELEGRAM), methods=["POST"]),
            Route("/vk/callback", _messenger(parts, Channel.VK), methods=["POST"]),
            *parts.chat,
            Route("/", _home),
            Route("/c/{token}", _card_code),
            Route("/healthz", _health(parts)),
            Route("/metrics", _metrics(parts)),
            Mount("/api/v1", _api()),
            Mount("/console", parts.console),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=list(parts.hosts))],
    )


def _api() -> FastAPI:
    api = FastAPI(title="Otklik", version=version("otklik"), docs_url=None, redoc_url=None)

    @api.get("/version")
    async def get_version() -> dict[str, str]:
        """Which Otklik this is."""
        return {"version": version("otklik")}

    return api


async def _home(request: Request) -> Response:
    return RedirectResponse("chat")


async def _card_code(request: Request) -> Response:
    """A customer's code, as a phone's camera opens it: short, because each sign makes the picture finer."""
    return RedirectResponse(f"/console/c/{quote(request.path_params['token'])}", headers={"cache-control": "no-store"})


def _messenger(parts: WebParts, channel: Channel) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        receive = parts.messenger(channel)
        return await receive(request) if receive else PlainTextResponse(f"{channel.value} is not connected", 404)

    return endpoint


def _health(parts: WebParts) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        """200 while the database answers and every part of this process beats; else 503 with the part's name."""
        try:
            hearts = await parts.database.read(lambda store: store.business.heartbeats())
        except Exception as error:  # whatever it is, a health check must answer
            log.error("the database does not answer: %s", type(error).__name__)
            return JSONResponse({"status": "error", "why": "the database does not answer"}, 503)
        beats = {heart.role: heart.at for heart in hearts}
        late = [role for role in parts.roles if role not in beats or parts.clock() - beats[role] > ALIVE_FOR]
        if late:
            return JSONResponse({"status": "error", "why": f"no heartbeat from {', '.join(late)}"}, 503)
        return JSONResponse({"status": "ok", "version": version("otklik")})

    return endpoint


def _metrics(parts: WebParts) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        """Prometheus text, for the machine itself only: it tells how the business is doing."""
        is_near = request.client is None or request.client.host in ("127.0.0.1", "::1")
        if not is_near or "x-forwarded-for" in request.headers:
            return PlainTextResponse("metrics are served on the machine itself only", 403)
        lines = await parts.database.read(lambda store: _measure(store, parts.clock()))
        return PlainTextResponse("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4")

    return endpoint


def _measure(store: Store, now: datetime) -> list[str]:
    counted = store.outbox.counts(now - COUNTED_FOR)
    return [
        "# HELP otklik_outbox_messages Messages queued in the last 24 hours, by bot and state.",
        "# TYPE otklik_outbox_messages gauge",
        *(f'otklik_outbox_messages{{bot="{bot}",state="{state.value}"}} {rows}' for bot, state, rows in counted),
        "# HELP otklik_open_cases Cases that wait for their end.",
        "# TYPE otklik_open_cases gauge",
        f"otklik_open_cases {store.cases.count_open()}",
        "# HELP otklik_late_cases Open cases whose first human answer is overdue.",
        "# TYPE otklik_late_cases gauge",
        f"otklik_late_cases {store.cases.count_late(now)}",
        "# HELP otklik_unanswered_events Events kept without an answer yet.",
        "# TYPE otklik_unanswered_events gauge",
        f"otklik_unanswered_events {store.inbox.count_unanswered()}",
    ]
