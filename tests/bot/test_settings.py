"""The settings: what each may be, what is said when it is wrong, and that no secret is ever repeated."""

import logging
import os
from pathlib import Path

import pytest

from bot.settings import PREFIX, LogLevel, Settings, TelegramMode, VkMode, WrongSettings, load_settings
from storage.kinds import Language

KEY = "k" * 40
TOKEN = "123456789:" + "A" * 35


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith(PREFIX)]:
        monkeypatch.delenv(name)


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch):
    """Set variables of our prefix and load."""

    def load(**variables: str) -> Settings:
        for name, value in variables.items():
            monkeypatch.setenv(PREFIX + name, value)
        return load_settings(env_file=None)

    return load


def problems(load, **variables: str) -> tuple[str, ...]:
    with pytest.raises(WrongSettings) as wrong:
        load(**variables)
    return wrong.value.problems


def test_with_an_empty_environment_it_listens_to_this_machine_only_and_keeps_its_data_beside_itself(given):
    settings = given()
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert settings.database_url == "sqlite+aiosqlite:///data/otklik.db"
    assert settings.default_language is Language.RU
    assert settings.time_zone.key == "Europe/Moscow"
    assert settings.telegram_token is None


def test_every_name_of_the_contract_is_read(given):
    settings = given(
        DATABASE_URL="sqlite:///x.db",
        SECRET_KEY=KEY,
        PUBLIC_URL="https://bot.example.com/",
        HOST="0.0.0.0",
        PORT="9000",
        ALLOWED_HOSTS="bot.example.com, *.example.org",
        WIDGET_ORIGINS="https://shop.example, http://localhost:3000",
        TELEGRAM_TOKEN=TOKEN,
        TELEGRAM_API_URL="http://127.0.0.1:8081/",
        TELEGRAM_PROXY="socks5://user:word@proxy.example:1080",
        TELEGRAM_MODE="webhook",
        TELEGRAM_WEBHOOK_SECRET="s_-1",
        TELEGRAM_RATE="25.5",
        OPERATORS_CHAT="-1001234567890",
        VK_TOKEN="vk1.a." + "x" * 40,
        VK_GROUP_ID="12345",
        VK_API_URL="https://api.vk.com",
        VK_MODE="Callback",
        VK_SECRET="abc",
        VK_CONFIRMATION="1a2b3c4d",
        VK_OPERATORS_CHAT="2000000001",
        DEFAULT_LANGUAGE="en",
        TIME_ZONE="Asia/Yekaterinburg",
        LOG_LEVEL="debug",
    )
    assert settings.public_url == "https://bot.example.com"
    assert settings.allowed_hosts == ("bot.example.com", "*.example.org")
    assert settings.widget_origins == ("https://shop.example", "http://localhost:3000")
    assert settings.telegram_api_url == "http://127.0.0.1:8081"
    assert settings.telegram_mode is TelegramMode.WEBHOOK
    assert settings.telegram_rate == 25.5
    assert settings.operators_chat == -1001234567890
    assert settings.vk_mode is VkMode.CALLBACK
    assert settings.log_level is LogLevel.DEBUG
    assert settings.telegram_token is not None
    assert settings.telegram_token.get_secret_value() == TOKEN


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("sqlite:///data/a.db", "sqlite+aiosqlite:///data/a.db"),
        ("sqlite:////data/a.db", "sqlite+aiosqlite:////data/a.db"),
        ("sqlite+aiosqlite:///a.db", "sqlite+aiosqlite:///a.db"),
        ("postgresql://u:p@h:5432/o", "postgresql+asyncpg://u:p@h:5432/o"),
        ("postgres://u:p@h/o", "postgresql+asyncpg://u:p@h/o"),
        ("postgresql://u:p@h/o?sslmode=require", "postgresql+asyncpg://u:p@h/o?ssl=require"),
    ],
)
def test_a_database_address_is_turned_into_the_one_for_our_driver(given, text, stored):
    assert given(DATABASE_URL=text).database_url == stored


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PORT", "abc", "'abc' is not a whole number. Give a port from 1 to 65535."),
        ("PORT", "0", "0 is out of range. Give a port from 1 to 65535."),
        ("PORT", "70000", "70000 is out of range. Give a port from 1 to 65535."),
        ("PORT", "8.5", "'8.5' is not a whole number. Give a port from 1 to 65535."),
        ("TELEGRAM_RATE", "fast", "'fast' is not a number. Give messages per second, more than 0 and at most 1000"),
        ("TELEGRAM_RATE", "0", "0 is out of range. Give messages per second, more than 0"),
        ("TELEGRAM_MODE", "push", "'push' is not known here. Give one of: polling, webhook."),
        ("VK_MODE", "push", "'push' is not known here. Give one of: longpoll, callback."),
        ("LOG_LEVEL", "loud", "'loud' is not known here. Give one of: DEBUG, INFO, WARNING, ERROR."),
        ("DEFAULT_LANGUAGE", "de", "'de' is not known here. Give one of: ru, en."),
        ("TIME_ZONE", "Moscow", "'Moscow' is not a time zone. Give a name like Europe/Moscow"),
        ("TIME_ZONE", "../etc", "'../etc' is not a time zone."),
        ("PUBLIC_URL", "bot.example.com", "'bot.example.com' is not a web address. Give the https address"),
        ("PUBLIC_URL", "http://bot.example.com", "is plain http, which others on the way can read."),
        ("PUBLIC_URL", "https://bot.example.com/bot", "says more than the address."),
        ("PUBLIC_URL", "https://h:99999", "is not a web address."),
        ("TELEGRAM_API_URL", "http://api.example", "http is accepted for this machine only (127.0.0.1)."),
        ("VK_API_URL", "ftp://api.example", "is not a web address. Give an https address like https://api.vk.ru"),
        ("WIDGET_ORIGINS", "https://a.example,*", "'*' is not a web address. Give addresses of sites with commas"),
        ("ALLOWED_HOSTS", "https://a.example", "is not a host name. Give names with commas between"),
        ("HOST", "my host", "is not an address to listen on. Give 127.0.0.1 (this machine) or 0.0.0.0 (all)."),
        ("OPERATORS_CHAT", "123", "Give the id of the operators' group; it begins with a minus."),
        ("VK_OPERATORS_CHAT", "-5", "Give the number of the operators' chat; it begins with 2000000."),
        ("VK_GROUP_ID", "-5", "Give the community's number, without a minus."),
        ("DATABASE_URL", "mysql://u:p@h/o", "mysql is not a database we speak to."),
        ("DATABASE_URL", "sqlite://", "a SQLite address needs a file"),
        ("DATABASE_URL", "sqlite:///:memory:", "a SQLite address needs a file"),
    ],
)
def test_a_wrong_value_is_named_and_the_right_kind_is_said(given, name, value, sentence):
    (line,) = problems(given, **{name: value})
    assert line.startswith(f"{PREFIX}{name}: ")
    assert sentence in line


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TELEGRAM_TOKEN", "hunter2"),
        ("TELEGRAM_WEBHOOK_SECRET", "hunter2 with spaces"),
        ("TELEGRAM_PROXY", "socks5://user:hunter2@proxy"),
        ("SECRET_KEY", "hunter2"),
        ("VK_TOKEN", "hunter2"),
        ("VK_SECRET", "hunter2 again"),
        ("VK_CONFIRMATION", "hunter2 !"),
        ("DATABASE_URL", "postgresql://user:hunter2@host"),
        ("PUBLIC_URL", "https://user:hunter2@host"),
    ],
)
def test_a_wrong_secret_is_not_repeated(given, name, value):
    (line,) = problems(given, **{name: value})
    assert "hunter2" not in line
    assert "(hidden)" in line


def test_the_error_carries_no_cause_that_would_print_the_values(given):
    with pytest.raises(WrongSettings) as wrong:
        given(SECRET_KEY="hunter2")
    assert wrong.value.__suppress_context__
    assert wrong.value.__cause__ is None


def test_all_wrong_values_are_told_at_once(given):
    lines = problems(given, PORT="x", LOG_LEVEL="y", TIME_ZONE="z")
    assert [line.split(":")[0] for line in lines] == ["OTKLIK_PORT", "OTKLIK_TIME_ZONE", "OTKLIK_LOG_LEVEL"]


def test_nothing_of_pydantic_reaches_the_person(given):
    text = "\n".join(problems(given, PORT="x", TELEGRAM_TOKEN="y", WIDGET_ORIGINS="z"))
    assert not any(word in text.lower() for word in ("pydantic", "validation", "value_error", "input_type"))


def test_webhook_mode_needs_a_secret_and_a_public_address(given):
    assert problems(given, TELEGRAM_MODE="webhook") == (
        "OTKLIK_TELEGRAM_WEBHOOK_SECRET: it is missing, and OTKLIK_TELEGRAM_MODE is webhook.",
        "OTKLIK_PUBLIC_URL: it is missing, and OTKLIK_TELEGRAM_MODE is webhook.",
    )


def test_a_vk_token_needs_its_community(given):
    assert problems(given, VK_TOKEN="x" * 40) == ("OTKLIK_VK_GROUP_ID: it is missing, and OTKLIK_VK_TOKEN is given.",)


def test_vk_callback_mode_needs_all_four(given):
    lines = problems(given, VK_MODE="callback")
    assert [line.split(":")[0] for line in lines] == [
        "OTKLIK_VK_GROUP_ID",
        "OTKLIK_VK_SECRET",
        "OTKLIK_VK_CONFIRMATION",
        "OTKLIK_PUBLIC_URL",
    ]


def test_an_empty_variable_counts_as_not_given(given):
    assert given(VK_TOKEN="", PORT="").port == 8080


def test_a_secret_may_lie_in_a_file(given, tmp_path: Path):
    (tmp_path / "token").write_text(TOKEN + "\n")
    settings = given(TELEGRAM_TOKEN_FILE=str(tmp_path / "token"))
    assert settings.telegram_token is not None
    assert settings.telegram_token.get_secret_value() == TOKEN


def test_the_database_address_may_lie_in_a_file_because_it_carries_a_password(given, tmp_path: Path):
    (tmp_path / "url").write_text("postgresql://u:p@h/o")
    assert given(DATABASE_URL_FILE=str(tmp_path / "url")).database_url == "postgresql+asyncpg://u:p@h/o"


def test_a_secret_given_twice_is_refused(given, tmp_path: Path):
    (tmp_path / "key").write_text(KEY)
    assert problems(given, SECRET_KEY=KEY, SECRET_KEY_FILE=str(tmp_path / "key")) == (
        "OTKLIK_SECRET_KEY: both it and OTKLIK_SECRET_KEY_FILE are given. Keep one of them.",
    )


def test_a_missing_file_of_a_secret_is_named(given):
    (line,) = problems(given, SECRET_KEY_FILE="/nowhere/key")
    assert "'/nowhere/key' of OTKLIK_SECRET_KEY_FILE cannot be read (No such file or directory)" in line


def test_an_empty_file_of_a_secret_is_named(given, tmp_path: Path):
    (tmp_path / "key").touch()
    (line,) = problems(given, SECRET_KEY_FILE=str(tmp_path / "key"))
    assert "is empty. Put the secret into it." in line


def test_a_file_with_a_wrong_secret_does_not_show_it(given, tmp_path: Path):
    (tmp_path / "key").write_text("hunter2")
    (line,) = problems(given, SECRET_KEY_FILE=str(tmp_path / "key"))
    assert "hunter2" not in line


def test_the_dot_env_file_is_read_and_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / ".env").write_text("OTKLIK_PORT=9001\nOTKLIK_HOST=0.0.0.0\n")
    monkeypatch.setenv("OTKLIK_PORT", "9002")
    settings = load_settings(env_file=tmp_path / ".env")
    assert (settings.host, settings.port) == ("0.0.0.0", 9002)


def test_the_command_line_wins_over_both(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OTKLIK_PORT", "9002")
    assert load_settings(env_file=None, port=9003).port == 9003


def test_settings_built_by_hand_do_not_look_around(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OTKLIK_PORT", "9002")
    assert Settings().port == 8080


def test_secrets_are_not_in_the_repr(given):
    text = repr(given(SECRET_KEY=KEY, TELEGRAM_TOKEN=TOKEN, DATABASE_URL="postgresql://u:hunter2@h/o"))
    assert KEY not in text
    assert TOKEN not in text
    assert "hunter2" not in text


def test_settings_cannot_be_changed(given):
    with pytest.raises(ValueError, match="frozen"):
        given().port = 1


def test_a_misspelt_name_is_warned_about(given, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.WARNING):
        given(TELEGRM_TOKEN=TOKEN)
    assert caplog.messages == [
        "OTKLIK_TELEGRM_TOKEN is not a setting and is ignored. Did you mean OTKLIK_TELEGRAM_TOKEN?"
    ]


def test_a_strange_name_gets_no_guess(given, caplog: pytest.LogCaptureFixture):
    given(WEATHER="sunny")
    assert caplog.messages == ["OTKLIK_WEATHER is not a setting and is ignored."]


def test_a_plain_setting_does_not_come_from_a_file(given, caplog: pytest.LogCaptureFixture):
    given(PORT_FILE="/run/port")
    assert caplog.messages == [
        "OTKLIK_PORT_FILE is ignored: only secrets may come from a file. Give OTKLIK_PORT itself."
    ]


def test_without_a_secret_key_the_way_to_get_one_is_said(given):
    with pytest.raises(WrongSettings, match="Run 'otklik init'"):
        given().require_secret_key()


def test_it_answers_to_its_public_name_and_to_this_machine(given):
    assert given(PUBLIC_URL="https://bot.example.com").answers_to == ("bot.example.com", "localhost", "127.0.0.1")


def test_given_hosts_replace_the_default_ones(given):
    assert given(ALLOWED_HOSTS="a.example").answers_to == ("a.example",)


def test_the_example_file_names_every_setting_and_no_other():
    """.env.example is what a person copies: a name missing there is a setting nobody finds."""
    lines = Path(__file__).parents[2].joinpath(".env.example").read_text(encoding="utf-8").splitlines()
    named = {line.lstrip("# ").split("=")[0] for line in lines if line.lstrip("# ").startswith(PREFIX)}
    assert named == {PREFIX + name.upper() for name in Settings.model_fields}
