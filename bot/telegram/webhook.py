"""The webhook: an update Telegram brings, taken only with our secret and acknowledged only when it is safe."""

import hmac
import json
import logging
from collections.abc import Awaitable, Callable

from aiogram.types import Update
from pydantic import ValidationError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from bot.bodies import TooBig, read_body
from bot.telegram.errors import name_of, place_of
from bot.telegram.incoming import Receive, read_update

SECRET_HEADER = b"x-telegram-bot-api-secret-token"
RETRY_AFTER_SECONDS = 1
"""Telegram doubles it by itself while it goes on failing."""

_log = logging.getLogger(__name__)


def webhook_endpoint(bot_id: str, secret: str, receive: Receive) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint of `client.WEBHOOK_PATH`, for a Starlette route."""
    expected = secret.encode()

    async def telegram_webhook(request: Request) -> Response:
        if request.method != "POST":
            return Response(status_code=405, headers={"Allow": "POST"})
        if not _is_telegram(request, expected):
            return Response(status_code=403)
        try:
            body = await read_body(request)
        except TooBig:
            return Response(status_code=413)
        except ClientDisconnect:
            return Response(status_code=400)
        return await _take(body, bot_id, receive)

    return telegram_webhook


def _is_telegram(request: Request, expected: bytes) -> bool:
    """Compares bytes in constant time: text with a letter beyond ASCII would make the comparison itself fail."""
    given = next((value for name, value in request.scope["headers"] if name == SECRET_HEADER), b"")
    return hmac.compare_digest(given, expected)


async def _take(body: bytes, bot_id: str, receive: Receive) -> Response:
    try:
        update = Update.model_validate_json(body)
    except ValidationError as error:
        return _unreadable(body, error)
    incoming = read_update(update, bot_id)
    if incoming is not None:
        try:
            await receive(incoming)
        except Exception as error:
            # A catch-all: whatever went wrong, the update is not safe, and only this answer makes Telegram repeat it.
            _log.error(
                "Telegram update %s could not be taken: %s\n%s", update.update_id, name_of(error), place_of(error)
            )
            return Response(status_code=500, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})
    if update.callback_query is not None:
        return _stop_spinner(update.callback_query.id)
    return Response()


def _unreadable(body: bytes, error: ValidationError) -> Response:
    """An update of a shape we do not know is let go: refused, it would come again for a day and hold up its chat."""
    try:
        update_id = int(json.loads(body)["update_id"])
    except (ValueError, TypeError, LookupError, RecursionError):
        return Response(status_code=400)
    _log.error("Telegram update %s cannot be read and is skipped (%s)", update_id, name_of(error))
    return Response()


def _stop_spinner(query_id: str) -> Response:
    """Telegram makes the call written in the answer to a webhook; nobody has to make it."""
    body = json.dumps({"method": "answerCallbackQuery", "callback_query_id": query_id})
    return Response(body, media_type="application/json")
