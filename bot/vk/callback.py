"""The Callback API: an event VK brings, taken only with our secret and acknowledged only when it is safe."""

import hmac
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from bot.bodies import TooBig, read_body
from bot.vk.hearing import Hearing
from bot.vk.incoming import Receive
from bot.vk.names import Call, Names
from messaging.trouble import described

CALLBACK_PATH = "/vk/callback"

_log = logging.getLogger(__name__)


def callback_endpoint(
    bot_id: str,
    group_id: int,
    secret: str,
    confirmation: str,
    receive: Receive,
    call: Call,
    *,
    names: Names | None = None,
) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint of CALLBACK_PATH, for a Starlette route. `confirmation` is the line that proves to VK that the
    server is the community's; `call` is for names and for buttons. Raises ValueError for an empty secret.
    """
    if not secret:
        raise ValueError("the Callback API needs a secret")
    expected = secret.encode()
    hearing = Hearing(bot_id, receive, call, names)

    async def vk_callback(request: Request) -> Response:
        if request.method != "POST":
            return Response(status_code=405, headers={"Allow": "POST"})
        try:
            body = await read_body(request)
        except TooBig:
            return Response(status_code=413)
        except ClientDisconnect:
            return Response(status_code=400)
        event = _event(body)
        if event is None:
            return Response(status_code=400)
        if not _is_vk(event, expected) or str(event.get("group_id")) != str(group_id):
            return Response(status_code=403)
        if event.get("type") == "confirmation":
            return PlainTextResponse(confirmation)
        return await _take(event, hearing)

    return vk_callback


def _event(body: bytes) -> dict[str, Any] | None:
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) else None


def _is_vk(event: dict[str, Any], expected: bytes) -> bool:
    """Compares bytes in constant time: text with a letter beyond ASCII would make the comparison itself fail.

    A server is confirmed before its secret is set, or with it: the line we answer with is no use to anybody else.
    """
    given = event.get("secret")
    if given is None and event.get("type") == "confirmation":
        return True
    return hmac.compare_digest(given.encode(errors="replace") if isinstance(given, str) else b"", expected)


async def _take(event: dict[str, Any], hearing: Hearing) -> Response:
    if heard := hearing.read(event):
        try:
            await hearing.take(heard)
        except Exception as error:
            # A catch-all: whatever went wrong, the event is not safe, and only this answer makes VK repeat it.
            _log.error("a VK event (%s) could not be taken and comes again: %s", event["type"], described(error))
            return Response(status_code=500)
    return PlainTextResponse("ok")
