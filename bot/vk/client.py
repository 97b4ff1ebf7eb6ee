"""vk_api behind an event loop: its calls in a few threads, as many requests at a time as VK takes, no secret kept."""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Any

import requests
from jconfig.memory import MemoryConfig
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from vk_api import VkApi

from bot.vk.errors import TROUBLE, ours
from messaging.capabilities import CAPABILITIES
from storage.kinds import Channel

API_VERSION = "5.199"
THREADS = 4
"""At 20 requests a second no more are ever on their way."""
CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 20.0
_HOST = "https://api.vk.ru"  # where vk_api sends everything

Sleep = Callable[[float], object]


class Window:
    """At most so many requests begin in any so many seconds, whichever thread makes them."""

    def __init__(
        self,
        window: tuple[int, float],
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Sleep = time.sleep,
    ) -> None:
        most, self._seconds = window
        self._begun: deque[float] = deque(maxlen=most)
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()

    def enter(self) -> None:
        """Returns when this request may begin."""
        while (wait := self._try()) > 0:
            self._sleep(wait)

    def _try(self) -> float:
        with self._lock:
            now = self._clock()
            if len(self._begun) == self._begun.maxlen and (wait := self._begun[0] + self._seconds - now) > 0:
                return wait
            self._begun.append(now)
            return 0.0


class Api(VkApi):  # type: ignore[misc]  # vk_api has no types
    """vk_api without its lock, which it holds during a whole request, and without its own repetitions."""

    RPS_DELAY = 0.0

    def __init__(self, session: requests.Session, window: Window) -> None:
        super().__init__(token=None, config=MemoryConfig, api_version=API_VERSION, session=session)
        self.lock = nullcontext()
        self._window = window

    def method(self, *args: Any, **kwargs: Any) -> Any:
        self._window.enter()
        return super().method(*args, **kwargs)

    def too_many_rps_handler(self, error: Exception) -> None:
        """Nothing: the relay decides when it is tried again."""


class _Telling(HTTPSConnection):
    """A connection that could not be made is told from one that broke, whatever kept it: the network, a name, TLS."""

    def connect(self) -> None:
        try:
            super().connect()
        except (NewConnectionError, ConnectTimeoutError):
            raise
        except Exception as error:
            reason = type(error).__name__
        else:
            return
        raise NewConnectionError(self, reason)


class _TellingPool(HTTPSConnectionPool):
    ConnectionCls = _Telling


class _Door(HTTPAdapter):
    """The way to the API: our address of it, a time limit, and the key in a header, where no error quotes it."""

    def __init__(self, base_url: str, token: str) -> None:
        super().__init__(pool_connections=1, pool_maxsize=THREADS)
        self._base_url = base_url.rstrip("/")
        self._token = token

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": HTTPConnectionPool, "https": _TellingPool}

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        assert request.url is not None
        request.url = self._base_url + request.url.removeprefix(_HOST)
        request.headers["Authorization"] = f"Bearer {self._token}"
        kwargs["timeout"] = (CONNECT_SECONDS, ANSWER_SECONDS)
        return super().send(request, *args, **kwargs)


class VkClient:
    """One community's API. `call` may be used by any number of tasks."""

    def __init__(self, token: str, base_url: str = _HOST, *, window: Window | None = None) -> None:
        allowed = CAPABILITIES[Channel.VK].send_window
        assert allowed is not None
        session = requests.Session()
        session.trust_env = False  # no proxy and no password file that nobody here has set
        session.mount(_HOST, _Door(base_url, token))
        self._session = session
        self._api = Api(session, window or Window(allowed))
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="vk")

    async def call(self, method: str, params: Mapping[str, Any], *, raw: bool = False) -> Any:
        """VK's answer: its `response`, or with `raw` all of it. Raises the four errors of `messaging.transport`."""
        try:
            return await self.ask(method, params, raw=raw)
        except TROUBLE as error:
            outcome = ours(error)
        # Raised out here, it carries neither a cause nor a context that could quote a customer.
        raise outcome

    async def ask(self, method: str, params: Mapping[str, Any], *, raw: bool = False) -> Any:
        """As `call`, but raises vk_api's own errors (errors.TROUBLE)."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: self._api.method(method, dict(params), raw=raw))

    async def upload(self, url: str, name: str, content: bytes) -> Any:
        """What a server of VK's answers to a file; the address is VK's own, and needs no key."""
        files = {name: ("picture.jpg", content)}

        def post() -> Any:
            answer = self._session.post(url, files=files, timeout=(CONNECT_SECONDS, ANSWER_SECONDS))
            answer.raise_for_status()
            return answer.json()

        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, post)
        except TROUBLE as error:
            outcome = ours(error)
        raise outcome

    async def close(self) -> None:
        """Nothing new begins; a request on its way ends within its time limit, beside us."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._session.close()


def bot_id_of(group_id: int) -> str:
    """What we call this community everywhere: `channel:account`."""
    return f"{Channel.VK}:{group_id}"
