"""Telegram through aiogram: its updates become IncomingMessages, our Messages become its calls, its errors ours.

Importing this costs seconds (aiogram): only what is configured to speak Telegram imports it.
"""

from bot.telegram.client import WrongToken, bot_id_of, make_bot, set_commands, set_webhook, username_of
from bot.telegram.errors import Refused
from bot.telegram.files import TelegramFiles
from bot.telegram.incoming import Receive, read_update
from bot.telegram.polling import TelegramPolling
from bot.telegram.topics import Topics
from bot.telegram.transport import TelegramTransport
from bot.telegram.webhook import webhook_endpoint

__all__ = [
    "Receive",
    "Refused",
    "TelegramFiles",
    "TelegramPolling",
    "TelegramTransport",
    "Topics",
    "WrongToken",
    "bot_id_of",
    "make_bot",
    "read_update",
    "set_commands",
    "set_webhook",
    "username_of",
    "webhook_endpoint",
]
