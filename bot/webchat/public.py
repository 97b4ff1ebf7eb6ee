"""What everybody may open: the doors behind a printed code, what was given to charity, the way to a review site.

None of it sets a cookie; an opening of a code is counted by its day alone.
"""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bot.webchat import rendering
from bot.webchat.parts import WebChatParts
from bot.webchat.words import CATALOGUE, language_of
from loyalty import charity, gifts
from loyalty.arrivals import offered
from messaging.local_time import local_date
from storage.kinds import Channel, EntryPurpose, Language
from storage.models import EntryLink
from storage.remembered import Remembered
from storage.store import Store

GIVEN_LIVES: Final = timedelta(minutes=1)
"""Anybody may open the page, as often as they like: the ledger is asked once a minute."""
_WORD: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_PROGRAMS: Final = re.compile(
    r"bot\b|bot/|crawl|spider|preview|facebookexternalhit|vkshare|curl|wget|python", re.IGNORECASE
)
"""Who opens a link without being a person: messengers draw a preview of it, search engines look around."""


def public_routes(parts: WebChatParts) -> Sequence[BaseRoute]:
    public = _Public(parts)
    return [
        Route("/q/{code:str}", public.entry),
        Route("/charity", public.charity),
        Route("/r/{number:str}", public.review_site),
    ]


class _Public:
    def __init__(self, parts: WebChatParts) -> None:
        self._parts = parts
        self._remembered = Remembered()

    async def entry(self, request: Request) -> Response:
        """Every door, with the code for the bot behind it; what nobody printed opens the same doors without a code."""
        code = request.path_params["code"]
        language = language_of(request, self._parts.default_language)
        word = code if _WORD.fullmatch(code) else ""
        link, offer = await self._parts.database.read(lambda store: self._meant(store, word, language))
        if link is not None and request.method == "GET" and _is_person(request):
            day = local_date(self._parts.clock(), self._parts.zone).toordinal()
            await self._parts.database.write(lambda store: store.entries.count_scan(link.code, day))
        purpose = link.purpose if link else EntryPurpose.JOIN
        query = urlencode({"start": word, "lang": request.query_params.get("lang", "")})
        return self._page(
            request,
            "entry.html",
            title=CATALOGUE.say(language, f"entry.{purpose.value}"),
            offer=offer,
            doors=[
                (CATALOGUE.say(language, f"entry.door.{door.channel.value}"), door.link(word) if word else door.base)
                for door in self._parts.doors()
                if door.channel is not Channel.WEBCHAT
            ],
            chat=f"../chat?{query}",
        )

    async def charity(self, request: Request) -> Response:
        totals, _ = await self._remembered.ask(
            "charity", lambda: self._parts.database.read(charity.totals), self._parts.clock(), GIVEN_LIVES
        )
        shown = [one for one in totals if one.charity.is_active or one.points]
        language = language_of(request, self._parts.default_language)
        told = [(one.charity, CATALOGUE.count(language, "charity.points", one.points)) for one in shown]
        everything = CATALOGUE.count(language, "charity.points", sum(one.points for one in shown))
        return self._page(request, "charity.html", totals=told, everything=everything)

    async def review_site(self, request: Request) -> Response:
        """On to the page that the owner entered: the address names it by a number of ours and carries no other."""
        try:
            number = UUID(request.path_params["number"])
        except ValueError:
            return self._page(request, "review_gone.html", 404)
        target = await self._parts.database.read(lambda store: store.reviews.target(number))
        if target is None:
            return self._page(request, "review_gone.html", 404)
        if request.method == "GET" and _is_person(request):
            await self._parts.database.write(lambda store: store.reviews.click(number, self._parts.clock()))
        headers = {"cache-control": "no-store", "referrer-policy": "no-referrer", "x-robots-tag": "noindex"}
        return RedirectResponse(target, 302, headers)

    def _meant(self, store: Store, word: str, language: Language) -> tuple[EntryLink | None, str]:
        """The link of that code, and the promo code that it brings, in words. Of any other code nothing is told here:
        this page knows nobody, and so could not slow down who guesses (feature PR8)."""
        link = store.entries.link(word) if word else None
        offer = offered(store, link.promo_code, self._parts.clock()) if link and link.promo_code else None
        return link, gifts.line(language, offer, self._parts.zone) if offer else ""

    def _page(self, request: Request, template: str, status: int = 200, **values: object) -> Response:
        language = language_of(request, self._parts.default_language)
        root = request.scope.get("root_path", "")
        html = rendering.page(template, language, business=self._parts.business_name(), root=root, **values)
        return HTMLResponse(html, status, headers=rendering.page_headers(None))


def _is_person(request: Request) -> bool:
    return _PROGRAMS.search(request.headers.get("user-agent", "")) is None
