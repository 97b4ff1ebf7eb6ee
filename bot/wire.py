"""A few plain HTTP requests, for looking only: to Telegram and VK (without their libraries) and to our own /healthz."""

import json
import socket
import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

if TYPE_CHECKING:
    from bot.settings import Settings

TIMEOUT_SECONDS = 8.0
LARGEST_ANSWER = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What Telegram said. `trouble` names what broke on the way; it never holds the address, which holds the token."""

    status: int = 0
    result: dict[str, Any] = field(default_factory=dict)
    date: datetime | None = None
    received_at: datetime | None = None
    trouble: str | None = None

    @property
    def is_ok(self) -> bool:
        return self.status == 200


class Home(Enum):
    """What our port is doing."""

    FREE = "free"
    OURS = "ours"
    SICK = "sick"
    STRANGER = "stranger"


def telegram(settings: "Settings", method: str) -> Answer:
    """Call a Bot API method without arguments, by the configured address and proxy."""
    assert settings.telegram_token is not None
    base = urlsplit(settings.telegram_api_url)
    path = f"{base.path}/bot{settings.telegram_token.get_secret_value()}/{method}"
    proxy = settings.telegram_proxy.get_secret_value() if settings.telegram_proxy else None
    try:
        connection = _connect(base.scheme, base.hostname or "", base.port, proxy)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return _answer(response)
        finally:
            connection.close()
    except (OSError, HTTPException, ValueError) as error:
        return Answer(trouble=_without_address(error))


@dataclass(frozen=True, slots=True)
class Community:
    """What VK said of the community: its name in links, or the number of its refusal, or what broke on the way."""

    name: str = ""
    refusal: int | None = None
    trouble: str | None = None


def vk(settings: "Settings") -> Community:
    """Ask VK, by the configured address, for the community whose key we have."""
    assert settings.vk_token is not None
    base = urlsplit(settings.vk_api_url)
    body = urlencode({"v": "5.199", "group_id": settings.vk_group_id or ""})
    headers = {
        "Authorization": f"Bearer {settings.vk_token.get_secret_value()}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    try:
        connection = _connect(base.scheme, base.hostname or "", base.port, None)
        try:
            connection.request("POST", f"{base.path}/method/groups.getById", body, headers)
            said = json.loads(connection.getresponse().read(LARGEST_ANSWER))
            if "error" in said:
                return Community(refusal=int(said["error"]["error_code"]))
            return Community(name=str(said["response"]["groups"][0]["screen_name"]))
        finally:
            connection.close()
    except (OSError, HTTPException, ValueError, LookupError, TypeError) as error:
        return Community(trouble=_without_address(error))


def our_health(settings: "Settings") -> Home:
    """Whether the port we want is free, is served by us, or by somebody else."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - asked, not bound
    connection = HTTPConnection(host, settings.port, timeout=2.0)
    try:
        connection.request("GET", "/healthz", headers={"Host": settings.answers_to[0]})
        response = connection.getresponse()
        health = json.loads(response.read(LARGEST_ANSWER))
    except ConnectionRefusedError:
        return Home.FREE
    except (OSError, HTTPException, ValueError):
        return Home.STRANGER
    finally:
        connection.close()
    if not isinstance(health, dict):
        return Home.STRANGER
    return Home.OURS if response.status == 200 else Home.SICK


def _connect(scheme: str, host: str, port: int | None, proxy: str | None) -> HTTPConnection:
    port = port or (443 if scheme == "https" else 80)
    connection = HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
    plain = _through(proxy, host, port) if proxy else socket.create_connection((host, port), TIMEOUT_SECONDS)
    connection.sock = (
        ssl.create_default_context().wrap_socket(plain, server_hostname=host) if scheme == "https" else plain
    )
    return connection


def _through(proxy: str, host: str, port: int) -> socket.socket:
    from python_socks import ProxyError
    from python_socks.sync import Proxy

    try:
        return Proxy.from_url(proxy).connect(host, port, timeout=TIMEOUT_SECONDS)
    except ProxyError:
        raise ConnectionError("the proxy refused") from None


def _answer(response: HTTPResponse) -> Answer:
    received_at = datetime.now(UTC)
    body = json.loads(response.read(LARGEST_ANSWER))
    result = body.get("result") if isinstance(body, dict) else None
    date = response.getheader("Date")
    return Answer(
        status=response.status,
        result=result if isinstance(result, dict) else {},
        date=parsedate_to_datetime(date) if date else None,
        received_at=received_at,
    )


def _without_address(error: Exception) -> str:
    if isinstance(error, ConnectionError) and not error.errno and error.args:
        return str(error)
    return (isinstance(error, OSError) and error.strerror) or type(error).__name__
