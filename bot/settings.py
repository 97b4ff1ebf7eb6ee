"""Every deployment setting, what it may be, and what we say when it is wrong. The only reader of the environment."""

import difflib
import ipaddress
import logging
import re
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import parse_qsl, urlencode, urlsplit
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from storage.kinds import Language

PREFIX = "OTKLIK_"
SHORTEST_SECRET_KEY = 32

_log = logging.getLogger(__name__)


class TelegramMode(StrEnum):
    POLLING = "polling"
    WEBHOOK = "webhook"


class VkMode(StrEnum):
    LONGPOLL = "longpoll"
    CALLBACK = "callback"


class LogLevel(StrEnum):
    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


class WrongSettings(Exception):
    """The settings cannot be used. Its text is the whole list, a line for each thing to put right."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class _Trouble:
    """Stands where a value should be when it could not even be read; the field then reports the sentence."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence


# How a value is read. Each reader takes the text of the environment (or, in a test, the value itself), and raises
# ValueError with a sentence that ends in what to give instead. Pydantic's own words never reach a person.


def _read(parse: Callable[[str], Any]) -> BeforeValidator:
    def reader(value: object) -> object:
        if isinstance(value, _Trouble):
            raise ValueError(value.sentence)
        if value is None:
            return None
        if isinstance(value, SecretStr):
            value = value.get_secret_value()
        if isinstance(value, ZoneInfo):
            value = value.key
        return parse(",".join(value) if isinstance(value, tuple | list) else str(value).strip())

    return BeforeValidator(reader)


def _whole(lowest: int, highest: int, advice: str) -> BeforeValidator:
    def parse(text: str) -> int:
        if not re.fullmatch(r"[+-]?[0-9]{1,20}", text):
            raise ValueError(f"{text!r} is not a whole number. {advice}")
        if not lowest <= int(text) <= highest:
            raise ValueError(f"{text} is out of range. {advice}")
        return int(text)

    return _read(parse)


def _rate(text: str) -> float:
    advice = "Give messages per second, more than 0 and at most 1000, like 30."
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        raise ValueError(f"{text!r} is not a number. {advice}")
    if not 0 < float(text) <= 1000:
        raise ValueError(f"{text} is out of range. {advice}")
    return float(text)


def _one_of(kind: type[StrEnum]) -> BeforeValidator:
    def parse(text: str) -> StrEnum:
        for member in kind:
            if member.value.lower() == text.lower():
                return member
        raise ValueError(f"{text!r} is not known here. Give one of: {', '.join(kind)}.")

    return _read(parse)


def _matching(pattern: str, advice: str) -> BeforeValidator:
    """For secrets: the value is never repeated in the sentence."""

    def parse(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"the value (hidden) does not look right. {advice}")
        return text

    return _read(parse)


def _secret_key(text: str) -> str:
    if len(text) < SHORTEST_SECRET_KEY:
        raise ValueError(
            f"the value (hidden) has {len(text)} characters, which can be guessed. Give at least "
            f"{SHORTEST_SECRET_KEY} random ones; 'otklik init' writes such a key."
        )
    return text


def is_loopback(host: str) -> bool:
    """Whether a host name means this very machine, so that plain http to it stays inside."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _web_address(text: str, advice: str, *, path_allowed: bool = False) -> str:
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        _ = parts.port  # reading it is what checks it
    except ValueError:
        raise ValueError(f"{text!r} is not a web address. {advice}") from None
    if parts.username or parts.password:
        raise ValueError(f"the address (hidden) carries a name or a password, which does not belong there. {advice}")
    if parts.scheme not in {"http", "https"} or not re.fullmatch(r"[\w.:-]+", host):
        raise ValueError(f"{text!r} is not a web address. {advice}")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError(f"{text!r} is plain http, which others on the way can read. {advice}")
    if parts.query or parts.fragment or (parts.path.strip("/") and not path_allowed):
        raise ValueError(f"{text!r} says more than the address. {advice}")
    return text.rstrip("/")


def _api_url(example: str) -> BeforeValidator:
    advice = f"Give an https address like {example}; http is accepted for this machine only (127.0.0.1)."
    return _read(lambda text: _web_address(text, advice, path_allowed=True))


def _public_url(text: str) -> str:
    return _web_address(text, "Give the https address customers see, like https://bot.example.com, without a path.")


def _origins(text: str) -> tuple[str, ...]:
    advice = "Give addresses of sites with commas between, like https://shop.example, without paths."
    return tuple(_web_address(part.strip(), advice) for part in text.split(",") if part.strip())


def _hosts(text: str) -> tuple[str, ...]:
    hosts = tuple(part.strip().lower() for part in text.split(",") if part.strip())
    for host in hosts:
        if not re.fullmatch(r"(\*\.)?[\w-]+(\.[\w-]+)*", host):
            raise ValueError(
                f"{host!r} is not a host name. Give names with commas between, like bot.example.com or *.example.com, "
                "without https:// and without a port."
            )
    return hosts


def _host(text: str) -> str:
    if not re.fullmatch(r"[\w.-]+|[0-9a-fA-F:]+", text):
        raise ValueError(f"{text!r} is not an address to listen on. Give 127.0.0.1 (this machine) or 0.0.0.0 (all).")
    return text


def _time_zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (ValueError, OSError, KeyError):  # unknown name, a name that is a folder, a name that leaves the folder
        raise ValueError(
            f"{text!r} is not a time zone. Give a name like Europe/Moscow or Asia/Yekaterinburg."
        ) from None


def _proxy(text: str) -> str:
    advice = "Give one like socks5://user:password@host:1080 or http://host:3128."
    try:
        parts = urlsplit(text)
        usable = parts.scheme in {"socks4", "socks5", "http"} and parts.hostname and parts.port
    except ValueError:
        usable = False
    if not usable:
        raise ValueError(f"the value (hidden) is not the address of a proxy with its port. {advice}")
    return text


_POSTGRES = {"postgres", "postgresql", "postgresql+asyncpg"}
_SQLITE = {"sqlite", "sqlite+aiosqlite"}


def _database_url(text: str) -> str:
    advice = "Give sqlite:///data/otklik.db or postgresql://user:password@host:5432/otklik."
    try:
        parts = urlsplit(text)
    except ValueError:
        raise ValueError(f"the value (hidden) is not a database address. {advice}") from None
    if parts.scheme in _SQLITE:
        path = parts.path.removeprefix("/")
        if parts.netloc or path in {"", ":memory:"}:
            raise ValueError(
                "a SQLite address needs a file, with three slashes before a relative path and four before an "
                f"absolute one. {advice}"
            )
        return f"sqlite+aiosqlite:///{path}" + (f"?{parts.query}" if parts.query else "")
    if parts.scheme in _POSTGRES:
        if not parts.path.strip("/"):
            raise ValueError(f"the address (hidden) does not name a database after the host. {advice}")
        # Hosting panels hand out libpq's word 'sslmode'; the asyncpg driver calls the same thing 'ssl'.
        query = urlencode([("ssl" if key == "sslmode" else key, value) for key, value in parse_qsl(parts.query)])
        return f"postgresql+asyncpg://{parts.netloc}{parts.path}" + (f"?{query}" if query else "")
    raise ValueError(f"{parts.scheme or 'the value (hidden)'} is not a database we speak to. {advice}")


_TOKEN_ADVICE = "Give the token @BotFather gave you, like 123456789:AAE… ."  # noqa: S105 - an advice, not a token


class Settings(BaseSettings):
    """All deployment settings, checked and frozen.

    Built by hand (in a test) it is exactly what the call says: only `load_settings` looks into the environment.
    Secrets are `SecretStr`; the two addresses that may carry a password stay out of the repr as well.
    """

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        env_prefix=PREFIX,
        env_ignore_empty=True,
        env_file_encoding="utf-8",
        hide_input_in_errors=True,
    )

    database_url: Annotated[str, _read(_database_url)] = Field("sqlite+aiosqlite:///data/otklik.db", repr=False)
    secret_key: Annotated[SecretStr | None, _read(_secret_key)] = None

    public_url: Annotated[str | None, _read(_public_url)] = None
    host: Annotated[str, _read(_host)] = "127.0.0.1"
    port: Annotated[int, _whole(1, 65535, "Give a port from 1 to 65535.")] = 8080
    allowed_hosts: Annotated[tuple[str, ...], NoDecode, _read(_hosts)] = ()
    widget_origins: Annotated[tuple[str, ...], NoDecode, _read(_origins)] = ()

    telegram_token: Annotated[SecretStr | None, _matching(r"[0-9]{5,20}:[\w-]{30,64}", _TOKEN_ADVICE)] = None
    telegram_api_url: Annotated[str, _api_url("https://api.telegram.org")] = "https://api.telegram.org"
    telegram_proxy: Annotated[SecretStr | None, _read(_proxy)] = None
    telegram_mode: Annotated[TelegramMode, _one_of(TelegramMode)] = TelegramMode.POLLING
    telegram_webhook_secret: Annotated[
        SecretStr | None,
        _matching(r"[A-Za-z0-9_-]{1,256}", "Give 1 to 256 letters, digits, underscores and hyphens."),
    ] = None
    telegram_rate: Annotated[float, _read(_rate)] = 30.0
    operators_chat: Annotated[
        int | None, _whole(-(10**15), -1, "Give the id of the operators' group; it begins with a minus.")
    ] = None

    vk_operators_chat: Annotated[
        int | None,
        _whole(2_000_000_001, 3 * 10**9, "Give the number of the operators' chat; it begins with 2000000."),
    ] = None
    vk_token: Annotated[
        SecretStr | None, _matching(r"[\w.-]{20,512}", "Give the community's access key, like vk1.a.… .")
    ] = None
    vk_group_id: Annotated[int | None, _whole(1, 10**12, "Give the community's number, without a minus.")] = None
    vk_api_url: Annotated[str, _api_url("https://api.vk.ru")] = "https://api.vk.ru"
    vk_mode: Annotated[VkMode, _one_of(VkMode)] = VkMode.LONGPOLL
    vk_secret: Annotated[SecretStr | None, _matching(r"\S{1,50}", "Give 1 to 50 characters without spaces.")] = None
    vk_confirmation: Annotated[
        SecretStr | None,
        _matching(r"[0-9A-Za-z]{4,64}", "Give the line VK shows in the community's Callback API settings."),
    ] = None

    default_language: Annotated[Language, _one_of(Language)] = Language.RU
    time_zone: Annotated[ZoneInfo, _read(_time_zone)] = ZoneInfo("Europe/Moscow")
    log_level: Annotated[LogLevel, _one_of(LogLevel)] = LogLevel.INFO

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)

    @model_validator(mode="after")
    def _nothing_contradicts(self) -> Self:
        if problems := list(_contradictions(self)):
            raise ValueError("\n".join(problems))
        return self

    @property
    def answers_to(self) -> tuple[str, ...]:
        """The host names a request may carry: those given, or else our public name and this machine's own."""
        if self.allowed_hosts:
            return self.allowed_hosts
        public = urlsplit(self.public_url).hostname if self.public_url else None
        return tuple(dict.fromkeys(host for host in (public, "localhost", "127.0.0.1") if host))

    def require_secret_key(self) -> str:
        """The key that signs and encrypts. Raises WrongSettings when there is none: a made-up one would sign
        everybody out at each start and leave the stored tokens unreadable."""
        if self.secret_key is None:
            raise WrongSettings([f"{PREFIX}SECRET_KEY: it is missing. Run 'otklik init': it writes one."])
        return self.secret_key.get_secret_value()


def _contradictions(settings: Settings) -> Iterable[str]:
    """What is wrong with settings that are each right."""
    if settings.telegram_mode is TelegramMode.WEBHOOK:
        yield from _missing(settings, f"{PREFIX}TELEGRAM_MODE is webhook", "telegram_webhook_secret", "public_url")
    if settings.vk_token is not None:
        yield from _missing(settings, f"{PREFIX}VK_TOKEN is given", "vk_group_id")
    if settings.vk_mode is VkMode.CALLBACK:
        yield from _missing(
            settings, f"{PREFIX}VK_MODE is callback", "vk_group_id", "vk_secret", "vk_confirmation", "public_url"
        )


def _missing(settings: Settings, because: str, *names: str) -> Iterable[str]:
    return (f"{_variable(name)}: it is missing, and {because}." for name in names if getattr(settings, name) is None)


def _variable(field: str) -> str:
    return PREFIX + field.upper()


def _may_come_from_file(field: FieldInfo) -> bool:
    """Secrets, and the database's address because it carries a password."""
    return "SecretStr" in str(field.annotation) or field.repr is False


FROM_FILE = frozenset(name for name, field in Settings.model_fields.items() if _may_come_from_file(field))


class _SecretFiles(PydanticBaseSettingsSource):
    """`OTKLIK_<SECRET>_FILE` names a file that holds the secret, as Docker and Kubernetes mount them."""

    def __init__(self, settings_cls: type[BaseSettings], names: Mapping[str, str | None]) -> None:
        super().__init__(settings_cls)
        self._names = names

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        variable = _variable(field_name).lower()
        path = self._names.get(f"{variable}_file") if field_name in FROM_FILE else None
        if not path:
            return None, field_name, False
        if self._names.get(variable):
            return _Trouble(f"both it and {variable.upper()}_FILE are given. Keep one of them."), field_name, False
        return _file_text(Path(path), f"{variable.upper()}_FILE"), field_name, False

    def __call__(self) -> dict[str, Any]:
        found = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in found.items() if value is not None}


def _file_text(path: Path, variable: str) -> str | _Trouble:
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        return _Trouble(
            f"the file {str(path)!r} of {variable} cannot be read ({reason}). Give the path of a text file."
        )
    return text or _Trouble(f"the file {str(path)!r} of {variable} is empty. Put the secret into it.")


class _SettingsFromEnvironment(Settings):
    """The same settings, filled from files of secrets, then the environment, then `.env`."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        files = _SecretFiles(settings_cls, _environment(env_settings, dotenv_settings))
        return (init_settings, files, env_settings, dotenv_settings)


def _environment(*sources: PydanticBaseSettingsSource) -> dict[str, str | None]:
    """Every variable that begins with our prefix, in small letters; the first source wins."""
    names: dict[str, str | None] = {}
    for source in reversed(sources):
        if isinstance(source, EnvSettingsSource):
            names |= source.env_vars
    return {name: value for name, value in names.items() if name.startswith(PREFIX.lower())}


def load_settings(env_file: Path | None = Path(".env"), **given: Any) -> Settings:
    """Read the environment and `.env` (the environment wins; `given`, from the command line, wins over both).

    Raises WrongSettings with a sentence for each wrong value. Warns about OTKLIK_ names nobody reads.
    """
    for sentence in unknown_variables(env_file):
        _log.warning(sentence)
    try:
        return _SettingsFromEnvironment(_env_file=env_file, **given)  # type: ignore[call-arg]  # pydantic-settings' own
    except ValidationError as error:
        problems = [line for details in error.errors(include_input=False) for line in _sentences(dict(details))]
        raise WrongSettings(problems) from None  # the chain would print the input, secrets included


def _sentences(details: Mapping[str, Any]) -> Iterable[str]:
    text = str(details.get("ctx", {}).get("error", details["msg"]))
    if not details["loc"]:
        return text.splitlines()
    return [f"{_variable(str(details['loc'][0]))}: {text}"]


def unknown_variables(env_file: Path | None) -> list[str]:
    """A sentence for each OTKLIK_ variable that is no setting, with the nearest name: a typo is silent otherwise."""
    present = _environment(EnvSettingsSource(Settings), DotEnvSettingsSource(Settings, env_file=env_file))
    known = {_variable(name) for name in Settings.model_fields} | {f"{_variable(name)}_FILE" for name in FROM_FILE}
    return [_unknown(name.upper(), known) for name in sorted(present) if name.upper() not in known]


def _unknown(name: str, known: set[str]) -> str:
    if name.removesuffix("_FILE") in known:
        return f"{name} is ignored: only secrets may come from a file. Give {name.removesuffix('_FILE')} itself."
    nearest = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.75)
    return f"{name} is not a setting and is ignored." + (f" Did you mean {nearest[0]}?" if nearest else "")
