"""Logging: one line a record, and no secret in any of them (invariant I13)."""

import logging
import re
import sys
import time
from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING, TextIO
from urllib.parse import quote, urlsplit

from pydantic import SecretStr

if TYPE_CHECKING:
    from bot.settings import Settings

HIDDEN = "[hidden]"
SHORTEST_SECRET = 6  # a shorter one would black out ordinary words
CHATTY = ("httpx", "httpcore", "aiohttp", "aiogram", "asyncio", "apscheduler", "vk_api", "urllib3", "alembic")
"""They print addresses, and an address of Telegram's API holds the token."""

_TOKEN = re.compile(r"\d{6,}(?::|%3[Aa])[\w-]{30,}")
_PHONE = re.compile(r"\+\d[\d ()-]{8,16}\d")
_LINE_BREAKS = str.maketrans({"\n": "\\n", "\r": "\\r", "\u2028": "\\n", "\u2029": "\\n", "\x1b": "\\x1b"})


class Redactor(logging.Filter):
    """Blacks out tokens, phone numbers and the configured secrets in message, arguments, traceback and stack."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        spellings = {form for secret in secrets for form in (secret, quote(secret, safe=""), repr(secret)[1:-1])}
        long_enough = sorted((one for one in spellings if len(one) >= SHORTEST_SECRET), key=len, reverse=True)
        self._secrets = re.compile("|".join(map(re.escape, long_enough))) if long_enough else None

    def filter(self, record: logging.LogRecord) -> bool:
        # The record itself is changed, so that a handler after this one cannot print what was hidden here.
        record.msg, record.args = self.redact(_message(record)), None
        if record.exc_info and not record.exc_text:
            record.exc_text = _FORMATTER.formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = self.redact(record.exc_text)
        if record.stack_info:
            record.stack_info = self.redact(record.stack_info)
        return True

    def redact(self, text: str) -> str:
        if self._secrets:
            text = self._secrets.sub(HIDDEN, text)
        return _PHONE.sub(HIDDEN, _TOKEN.sub(HIDDEN, text))


class OneLine(logging.Formatter):
    """Moment (UTC), level, logger, message; a traceback follows on the same line, so no text can pass for a record."""

    def format(self, record: logging.LogRecord) -> str:
        return super().format(record).translate(_LINE_BREAKS)


_FORMATTER = logging.Formatter()


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # the words and the arguments do not fit: a mistake in a log line must not stop what it tells of
        return f"{record.msg} {record.args!r}"


def set_up(level: str = "INFO", secrets: Iterable[str] = (), stream: TextIO | None = None) -> None:
    """Send everything through one handler to `stream` (stderr). Also what nobody caught, and Python's warnings."""
    handler = logging.StreamHandler(stream)
    formatter = OneLine("%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S")
    formatter.converter = _utc
    handler.setFormatter(formatter)
    handler.addFilter(Redactor(secrets))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)
    sys.excepthook = _log_uncaught


def secrets_of(settings: "Settings") -> list[str]:
    """Every value of the settings that a log must never show."""
    values = [getattr(settings, name) for name in type(settings).model_fields]
    found = [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
    addresses = [settings.database_url, *found]
    return found + [password for address in addresses if (password := _password(address))]


def _password(address: str) -> str | None:
    try:
        return urlsplit(address).password
    except ValueError:
        return None


def _utc(seconds: float | None) -> time.struct_time:
    return time.gmtime(seconds)


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("otklik").critical("stopped by an error nobody expected", exc_info=(kind, error, trace))
