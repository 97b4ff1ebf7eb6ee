"""No token, no phone, no configured secret in any line of the log, however it got there (invariant I13)."""

import io
import logging
import sys

import pytest

from bot import logs
from bot.settings import Settings

TOKEN = "123456789:" + "A" * 35
SECRET = "correct horse battery"


@pytest.fixture
def log():
    """A stream that holds what was logged; logging is as it was afterwards."""
    root, hook = logging.getLogger(), sys.excepthook
    before = root.handlers[:], root.level
    stream = io.StringIO()
    logs.set_up("DEBUG", [SECRET], stream)
    yield stream
    root.handlers[:], root.level = before
    sys.excepthook = hook
    logging.captureWarnings(False)


def fail(address: str) -> None:
    raise ConnectionError(f"Connection timeout to host {address}")


def test_a_token_in_an_argument_is_hidden(log):
    logging.getLogger("any").info("asking %s for %d", f"https://api.telegram.org/bot{TOKEN}/getMe", 5)
    assert TOKEN not in log.getvalue()
    assert "asking https://api.telegram.org/bot[hidden]/getMe for 5" in log.getvalue()


def test_a_token_in_the_message_itself_is_hidden(log):
    logging.getLogger("any").warning(f"gave up on {TOKEN}")
    assert "gave up on [hidden]" in log.getvalue()


def test_a_token_inside_a_traceback_is_hidden(log):
    try:
        fail(f"https://api.telegram.org/bot{TOKEN}/sendMessage")
    except ConnectionError:
        logging.getLogger("any").exception("could not send")
    assert TOKEN not in log.getvalue()
    assert "ConnectionError" in log.getvalue()


def test_a_token_in_a_chained_exception_is_hidden(log):
    try:
        try:
            fail(TOKEN)
        except ConnectionError as error:
            raise RuntimeError("sending failed") from error
    except RuntimeError:
        logging.getLogger("any").error("twice", exc_info=True, stack_info=True)
    assert TOKEN not in log.getvalue()


def test_a_token_in_an_address_with_percent_signs_is_hidden(log):
    logging.getLogger("any").info(TOKEN.replace(":", "%3A"))
    assert "AAAA" not in log.getvalue()


def test_configured_secrets_are_hidden_also_when_written_for_an_address(log):
    logging.getLogger("any").info("%s and %s", SECRET, "correct%20horse%20battery")
    assert log.getvalue().endswith("[hidden] and [hidden]\n")


def test_a_phone_number_is_hidden(log):
    logging.getLogger("any").info("shared by %s", "+7 (900) 123-45-67")
    assert "123" not in log.getvalue().partition("shared")[2]


def test_a_record_is_one_line_whatever_is_in_it(log):
    logging.getLogger("any").info("first\nERROR pretends to be a second\x1b[31m")
    assert log.getvalue().count("\n") == 1
    assert "\x1b" not in log.getvalue()


def test_what_nobody_caught_is_logged_without_the_token(log):
    try:
        fail(TOKEN)
    except ConnectionError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    assert "stopped by an error nobody expected" in log.getvalue()
    assert TOKEN not in log.getvalue()


def test_arguments_that_do_not_fit_the_message_still_hide_the_token(log):
    logging.getLogger("any").info("%d", TOKEN)
    assert TOKEN not in log.getvalue()


def test_libraries_that_print_addresses_are_quiet(log):
    logging.getLogger("httpx").info("HTTP Request: GET https://example.org")
    logging.getLogger("aiogram").info("a bot of ours")
    assert log.getvalue() == ""


def test_every_secret_of_the_settings_is_known_to_the_log():
    settings = Settings(
        telegram_token=TOKEN,
        secret_key="k" * 40,
        telegram_proxy="socks5://me:proxyword@host:1080",
        database_url="postgresql://me:databaseword@host/otklik",
    )
    assert {TOKEN, "k" * 40, "proxyword", "databaseword"} <= set(logs.secrets_of(settings))
