"""What customers send in VK, fetched by the address that came with the message and that VK lets expire."""

import asyncio
import re
import time
from collections.abc import Callable
from typing import Final

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3.exceptions import HTTPError

from bot.vk.client import CONNECT_SECONDS
from bot.vk.errors import TROUBLE, name_of
from messaging.files import LARGEST, Lost
from messaging.transport import NotSent
from storage.kinds import FileTrouble

READ_SECONDS: Final = 30.0
SILENT_SECONDS: Final = 5.0
_CHUNK: Final = 64 * 1024
_HOSTS: Final = r"(?:userapi\.com|vkuserphoto\.ru|vkuseraudio\.net|vkuser\.net|vk-cdn\.net|vk\.com|vk\.ru)"
_ADDRESS: Final = re.compile(rf"https://(?:[a-z0-9-]+\.)*{_HOSTS}/[!-\[\]-~]*")
"""VK's own servers of pictures and voices, and nothing that could be read in two ways."""
_GONE: Final = frozenset({301, 302, 303, 307, 308, 403, 404, 410})


class VkFiles:
    """`reach`: how servers are reached; each request goes to one of VK's, without our key."""

    def __init__(self, reach: BaseAdapter | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        session = requests.Session()
        session.trust_env = False
        session.adapters.clear()
        session.mount("https://", reach or HTTPAdapter())
        self._session = session
        self._clock = clock
        self._is_closed = False

    async def fetch(self, source: str) -> bytes:
        """Raises Lost for what is not VK's, is too large or is no longer there; NotSent for what may be over the next
        time."""
        if not is_vks(source):
            raise Lost(FileTrouble.GONE)
        try:
            return await asyncio.to_thread(self._read, source)
        except (*TROUBLE, HTTPError) as error:
            reason = name_of(error)
        # Raised out here, it carries neither a cause nor a context that could hold the address.
        raise NotSent(reason)

    def _read(self, address: str) -> bytes:
        until = self._clock() + READ_SECONDS
        content = bytearray()
        with self._session.get(
            address,
            allow_redirects=False,
            stream=True,
            timeout=(CONNECT_SECONDS, SILENT_SECONDS),
            headers={"Accept-Encoding": "identity"},
        ) as answer:
            if answer.status_code in _GONE:
                raise Lost(FileTrouble.GONE)
            if answer.status_code != 200:
                raise NotSent(f"VK answers {answer.status_code} instead of a file")
            while chunk := answer.raw.read1(_CHUNK):
                content += chunk
                if len(content) > LARGEST:
                    raise Lost(FileTrouble.TOO_LARGE)
                if self._is_closed or self._clock() > until:
                    raise NotSent("VK gives the file too slowly")
        return bytes(content)

    def close(self) -> None:
        """What is being read ends with its next piece: nobody waits half a minute for a program to stop."""
        self._is_closed = True
        self._session.close()


def is_vks(address: str) -> bool:
    """Whether an address leads to a server of VK's, over TLS, at the usual port."""
    return _ADDRESS.fullmatch(address) is not None
