"""Two clients that were not written for the fake VK, vk_api and vkbottle, behind one face."""

import asyncio
from collections.abc import Callable
from io import BytesIO
from typing import Any, Protocol, TypeVar

import requests
import vk_api
from requests.adapters import HTTPAdapter
from vk_api.bot_longpoll import VkBotLongPoll
from vkbottle import API, VKAPIError
from vkbottle.polling import BotPolling
from vkbottle.tools import PhotoMessageUploader

from tests.fakes.vk import FakeVk

Json = dict[str, Any]
T = TypeVar("T")


class Refused(Exception):
    """An error of the API, whichever client met it."""

    def __init__(self, code: int, message: str, answer: Json) -> None:
        super().__init__(f"[{code}] {message}")
        self.code = code
        self.message = message
        self.answer = answer


class Client(Protocol):
    """What both can do."""

    async def raw(self, method: str, **params: Any) -> Json: ...
    async def events(self) -> list[Json]: ...
    async def upload(self, peer_id: int, picture: bytes) -> str: ...
    async def close(self) -> None: ...


class ToFake(HTTPAdapter):
    """vk_api knows only its own host: this sends what goes there to the fake."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        request.url = (request.url or "").replace("https://api.vk.ru", self._url)
        return super().send(request, **options | {"timeout": 10})


class VkApiClient:
    """vk_api, in a thread because it is synchronous."""

    def __init__(self, fake: FakeVk) -> None:
        self._http = requests.Session()
        self._http.mount("https://api.vk.ru/", ToFake(fake.url))
        self.vk = vk_api.VkApi(token=fake.token, api_version="5.199", session=self._http)
        self.vk.RPS_DELAY = 0
        self.vk.error_handlers.pop(6)  # it would try again by itself
        self._group_id = fake.group_id
        self._poll: VkBotLongPoll | None = None

    async def _do(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.to_thread(work)
        except vk_api.ApiError as error:
            raise Refused(error.code, error.error["error_msg"], error.error) from None
        except vk_api.Captcha as captcha:
            raise Refused(14, "Captcha needed", {"captcha_sid": captcha.sid, "captcha_img": captcha.url}) from None

    async def raw(self, method: str, **params: Any) -> Json:
        return await self._do(lambda: self.vk.method(method, params, raw=True))

    async def events(self) -> list[Json]:
        def poll() -> list[Json]:
            self._poll = self._poll or VkBotLongPoll(self.vk, self._group_id, wait=3)
            for _ in range(3):
                if found := self._poll.check():
                    return [event.raw for event in found]
            return []

        return await self._do(poll)

    async def upload(self, peer_id: int, picture: bytes) -> str:
        upload = vk_api.VkUpload(self.vk)
        (photo,) = await self._do(lambda: upload.photo_messages(BytesIO(picture), peer_id))
        return f"photo{photo['owner_id']}_{photo['id']}_{photo['access_key']}"

    async def close(self) -> None:
        self._http.close()


class VkbottleClient:
    """vkbottle; it keeps the last ts in a file of the current folder."""

    def __init__(self, fake: FakeVk) -> None:
        self.api = API(fake.token)
        self.api.API_URL = f"{fake.url}/method/"  # type: ignore[misc]
        self._stream = BotPolling(self.api, group_id=fake.group_id, wait=3).listen()

    async def raw(self, method: str, **params: Any) -> Json:
        try:
            return await self.api.request(method, params)
        except VKAPIError as error:
            raise Refused(error.code, error.error_msg, vars(error)) from None

    async def events(self) -> list[Json]:
        return (await anext(self._stream))["updates"]

    async def upload(self, peer_id: int, picture: bytes) -> str:
        return await PhotoMessageUploader(self.api).upload(picture, peer_id=peer_id)

    async def close(self) -> None:
        await self._stream.aclose()
        await self.api.http_client.close()
