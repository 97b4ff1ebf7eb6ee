"""At the door: same-origin writes only, safe headers on every answer, a session behind every page, a role for each."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.access import MANAGERS, READERS, TOUCHED_EVERY, who_is
from console.pages import Console, Frame, Visit
from console.threads import open_counts
from storage.kinds import FlagState, Role
from storage.store import Store

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
LARGEST_FORM: Final = 200_000
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})

HEADERS: Final = {
    "content-security-policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; "
        "form-action 'self'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


@dataclass(frozen=True)
class Page:
    """One line of the page of routes. `who` None: also for those who are not signed in."""

    path: str
    show: Callable[[Visit], Awaitable[Response]]
    who: frozenset[Role] | None
    method: str = "GET"
    largest: int = LARGEST_FORM
    """Bytes of a form; more than usual only at an address without parameters."""

    def route(self) -> Route:
        return Route(self.path, _endpoint(self), methods=[self.method])


def _endpoint(page: Page) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        visit = await visit_of(request)
        if page.who is not None and visit.frame is None:
            return _to_sign_in(visit)
        if page.who is not None and visit.staff.role not in page.who:
            return visit.page("refused.html", 403)
        return await page.show(visit)

    return answer


async def visit_of(request: Request) -> Visit:
    console: Console = request.app.state.console
    name = cookie_name(request)
    token = request.cookies.get(name) if name else None
    now = console.parts.clock()
    frame = await console.parts.database.read(lambda store: _frame(store, token, now)) if token else None
    visit = Visit(console, request, frame)
    if frame and now - frame.session.seen_at > TOUCHED_EVERY:
        seen = frame.session.id_hash
        await visit.write(lambda store: store.staff.touch_session(seen, now))
    return visit


def _frame(store: Store, token: str | None, now: datetime) -> Frame | None:
    known = who_is(store, token, now)
    if known is None:
        return None
    staff, session = known
    candidates = store.flags.count_in(FlagState.CANDIDATE) if staff.role in READERS else 0
    duplicates = store.duplicates.count_open() if staff.role in MANAGERS else 0
    alerts = store.till.count_alerts() if staff.role in MANAGERS else 0
    counts = open_counts(store, staff)
    return Frame(staff, session, counts, store.feed.last_seq(), candidates, duplicates, alerts)


def _to_sign_in(visit: Visit) -> Response:
    """Pages lead to the sign-in and back; streams and scripts hear 401 and lead there themselves."""
    is_page = visit.request.method == "GET" and not visit.is_live and "/live" not in visit.request.url.path
    if not is_page:
        return PlainTextResponse("", 401)
    wish = visit.request.url.path.removeprefix(visit.root)
    query = visit.request.url.query
    return visit.go("/login", next=wish + (f"?{query}" if query else "") if wish != "/" else "")


def cookie_name(request: Request) -> str | None:
    """The session cookie's name here. None: on plain http from elsewhere a cookie could be read on its way.

    Only the Host counts: a browser that says «localhost» talks to its own machine, also through Docker's ports, and
    who lies about it endangers nobody but themselves.
    """
    host = request.headers.get("host", "").lower()
    name = host if host.endswith("]") else host.rsplit(":", 1)[0]
    if request.url.scheme == "https":
        return "__Host-sid"
    if name in LOOPBACK or name.endswith(".localhost"):
        return "sid"
    console: Console = request.app.state.console
    return "__Host-sid" if console.parts.is_https else None


class Guard:
    """Around the whole console, static files too."""

    def __init__(self, app: ASGIApp, larger: Mapping[str, int]) -> None:
        """`larger`: paths whose forms may have more bytes than usual."""
        self._app = app
        self._larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        guarded = _with_headers(scope, send)
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        largest = self._larger.get(path, LARGEST_FORM)
        refusal = _refusal(scope["method"], Headers(scope=scope), largest)
        await (refusal or self._app)(scope, receive, guarded)


def _refusal(method: str, headers: Headers, largest: int) -> Response | None:
    if method in SAFE:
        return None
    if not _is_same_origin(headers):
        return PlainTextResponse("This form was sent from another site.", 403)
    length = headers.get("content-length", "")
    if not length.isdigit() or int(length) > largest:
        return PlainTextResponse("This form is too large.", 413)
    return None


def _is_same_origin(headers: Headers) -> bool:
    """No tokens in forms: browsers say where a request comes from (Fetch metadata), older ones by Origin."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == headers.get("host")


def _with_headers(scope: Scope, send: Send) -> Send:
    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
            is_static = "/static/" in scope["path"] and message["status"] == 200
            if is_static:
                headers["cache-control"] = "public, max-age=31536000, immutable"
            else:
                headers.setdefault("cache-control", "no-store")
            if scope.get("scheme") == "https":
                headers["strict-transport-security"] = "max-age=31536000"
        await send(message)

    return guarded
