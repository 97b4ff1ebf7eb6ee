"""What Telegram's refusals and broken connections mean to us, in our own words.

Nothing of the original error is passed on, neither its text nor as a cause: an address in it would carry the token, and
a refusal may quote the message.
"""

import traceback

from aiogram.exceptions import (
    AiogramError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiohttp import ClientError

from bot.patience import growing_pause
from messaging.transport import Ambiguous, NotSent, TryLater, Undeliverable

TROUBLE = (AiogramError, ClientError, OSError)
"""Everything a call to Telegram may raise; OSError includes time-outs."""

BAD_TOKEN = (TelegramUnauthorizedError, TelegramNotFound)
"""A revoked token is 401; one that does not even look like a token is 404."""

# A piece of Telegram's words, ours, and whether nothing else will arrive either.
_REFUSALS = (
    ("bot was blocked", "the customer blocked the bot", True),
    ("user is deactivated", "the account no longer exists", True),
    ("can't initiate conversation", "the person has not started the bot", True),
    ("was kicked", "the bot was removed from the group", True),
    ("not a member", "the bot is not a member of the group", True),
    ("send messages to bots", "the other side is a bot", True),
    ("group chat was deleted", "the group was deleted", True),
    ("chat not found", "there is no such chat for this bot", False),
    ("not enough rights", "the bot may not write in this group", False),
    ("chat_write_forbidden", "the bot may not write in this group", False),
    ("need administrator rights", "the bot may not write in this group", False),
    ("topic_closed", "the topic is closed", False),
    ("message thread not found", "the topic no longer exists", False),
    ("text is empty", "there is no text in it", False),
    ("is too long", "it is too long", False),
    ("button_data_invalid", "a button carries more than 64 bytes", False),
    ("button url", "a button's address is not one Telegram accepts", False),
    ("button_url_invalid", "a button's address is not one Telegram accepts", False),
    ("file identifier", "the picture is not known to Telegram", False),
    ("image_process_failed", "the picture is not one Telegram can read", False),
    ("photo_invalid_dimensions", "the picture has impossible dimensions", False),
    ("file must be non-empty", "the picture is empty", False),
)


class NeverConnected(ClientError):
    """There was no connection, so not a byte of the request has left."""


class Refused(Exception):
    """Telegram says no to a call that sets the bot up; trying again would not help."""


def ours(error: BaseException) -> Undeliverable | TryLater | NotSent | Ambiguous:
    """Which of the four outcomes of `messaging.transport` an error of a call means."""
    match error:
        case TelegramRetryAfter():
            return TryLater(float(error.retry_after))
        case TelegramMigrateToChat():
            return Undeliverable(f"the group became a supergroup: its number is now {error.migrate_to_chat_id}")
        case TelegramForbiddenError() | TelegramBadRequest():
            return _refusal(error)
        case TelegramEntityTooLarge():
            return Undeliverable("the picture is too big")
        case TelegramUnauthorizedError() | TelegramNotFound():
            return NotSent("Telegram does not accept the bot's token")
    return NotSent(name_of(error)) if isinstance(_origin(error), NeverConnected) else Ambiguous(name_of(error))


def _refusal(error: TelegramForbiddenError | TelegramBadRequest) -> Undeliverable:
    said = error.message.lower()
    for fragment, reason, is_blocked in _REFUSALS:
        if fragment in said:
            return Undeliverable(reason, is_blocked=is_blocked)
    return Undeliverable(f"Telegram refuses it ({type(error).__name__})")


def _origin(error: BaseException) -> BaseException:
    return (error.__cause__ or error) if isinstance(error, TelegramNetworkError) else error


def name_of(error: BaseException) -> str:
    """The class of an error and of what caused it, which say enough and give nothing away."""
    origin = _origin(error)
    if isinstance(origin, NeverConnected):
        return f"no connection: {origin}"
    return type(error).__name__ + (f" ({type(origin).__name__})" if origin is not error else "")


def place_of(error: BaseException) -> str:
    """Where in the code an error arose: a traceback without the error's text, which may be personal."""
    return "".join(traceback.format_tb(error.__traceback__)).rstrip()


def pause_seconds(error: BaseException, failures: int) -> float:
    """How long to wait after the n-th failure in a row (n from 1): as told, or doubling up to half a minute."""
    if isinstance(error, TelegramRetryAfter):
        return float(error.retry_after)
    return growing_pause(failures)


def advice_about(error: BaseException) -> str:
    """A sentence for the log about a call that could not be made."""
    match error:
        case TelegramConflictError() if "webhook" in error.message:
            return (
                "a webhook was set for this bot, so polling gets nothing: either another installation uses the same "
                "token, or OTKLIK_TELEGRAM_MODE should be webhook"
            )
        case TelegramConflictError():
            return "somebody else polls with the same token: each bot can be run by one installation only"
        case TelegramUnauthorizedError() | TelegramNotFound():
            return "Telegram does not accept the bot's token: look at OTKLIK_TELEGRAM_TOKEN"
        case TelegramRetryAfter():
            return "Telegram asks to wait"
    return name_of(error)
