"""The customers: found by name, phone or card, and a card or a code at the till leads straight to its owner."""

import re
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from starlette.responses import Response

from console import lists
from console.access import COUNTERS, SELLERS
from console.pages import Visit
from loyalty import phones
from loyalty.points import CARD_DIGITS, is_card_number
from loyalty.promo_rules import looks_like_code, normalised, shown
from storage.directory import EVERYBODY, Among, Listed
from storage.kinds import LifecycleStage, RfmSegment
from storage.store import Store

ON_A_PAGE: Final = 50
LONGEST_SEARCH: Final = 100
AMONG: Final = ("stage", "rfm", "r", "f", "key")
"""What narrows the list: a stage, an RFM name, the scores of recency and frequency, key customers alone."""
SCORES: Final = frozenset("12345")


async def show(visit: Visit) -> Response:
    """The list, or at once the customer whose card or code it is."""
    query = visit.request.query_params
    counts = visit.staff.role in COUNTERS
    words = tidy(query.get("q", ""), LONGEST_SEARCH)
    if words and (straight := await visit.read(lambda store: straight_to(store, words))):
        return visit.go(f"/customers/{straight[0]}")
    before = uuid_of(query.get("before", ""))
    what = lists.wanted(query) if counts and not words else None
    return await (_list(visit, what, before) if what else search(visit, words, before))


async def search(visit: Visit, words: str, before: UUID | None = None) -> Response:
    """Who is meant by these words, among those that the address narrows the list to."""
    query, counts = visit.request.query_params, visit.staff.role in COUNTERS
    among = among_of(query) if counts else EVERYBODY
    found = await visit.read(lambda store: _page(store, visit, words, before, among))
    narrowing = {key: query[key] for key in AMONG if key in query} if among != EVERYBODY else {}
    return visit.page(
        "customers.html",
        customers=found[:ON_A_PAGE],
        next_page=str(found[ON_A_PAGE - 1].id) if len(found) > ON_A_PAGE else "",
        q=words,
        is_first=before is None,
        among=among if among != EVERYBODY else None,
        asked={**({"q": words} if words else {}), **narrowing},
        how_many=await visit.read(lambda store: store.directory.count(among)) if among != EVERYBODY else 0,
        counts=counts,
        what=None,
        hint=await visit.read(lambda store: _hint(store, words)) if words and not found else "",
    )


async def _list(visit: Visit, what: lists.Wanted, before: UUID | None) -> Response:
    """The customers that a number of another page is about."""

    def look(store: Store) -> tuple[list[Listed], str]:
        group = lists.group_name(store, visit.words, what.by, what.of) if what.by else ""
        return lists.listed(store, visit, what, ON_A_PAGE + 1, before), group

    found, group = await visit.read(look)
    return visit.page(
        "customers.html",
        customers=found[:ON_A_PAGE],
        next_page=str(found[ON_A_PAGE - 1].id) if len(found) > ON_A_PAGE else "",
        q="",
        is_first=before is None,
        counts=True,
        among=None,
        asked=what.query,
        what=what,
        group=group,
        hint="",
    )


def tidy(text: str, longest: int) -> str:
    """One line without signs that nobody types and PostgreSQL does not store."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text[: longest * 2]).split())[:longest]


def among_of(query: Mapping[str, str]) -> Among:
    """Which customers an address asks for; what it says otherwise is not heard."""
    stage, rfm, recency, frequency, key = (query.get(name, "") for name in AMONG)
    return Among(
        LifecycleStage(stage) if stage in set(LifecycleStage) else None,
        RfmSegment(rfm) if rfm in set(RfmSegment) else None,
        int(recency) if recency in SCORES else None,
        int(frequency) if frequency in SCORES else None,
        True if key == "yes" else None,
    )


def _page(store: Store, visit: Visit, words: str, before: UUID | None, among: Among) -> list[Listed]:
    digits = digits_of(words)
    sees = visit.staff.role in SELLERS
    return store.directory.page(words, digits, ON_A_PAGE + 1, before=before, sees_phones=sees, among=among)


def digits_of(words: str) -> str:
    """What of a phone was typed, as it stands in the table: 8 916 and +7 916 are one beginning."""
    if whole := phones.normalised(words):
        return whole
    if not re.fullmatch(r"\+?[0-9\s().-]+", words):
        return ""
    digits = re.sub(r"[^0-9]", "", words)
    return "7" + digits[1:] if digits.startswith("89") else digits


def straight_to(store: Store, words: str) -> tuple[UUID, str] | None:
    """Whose card or own code this is, and the code to redeem."""
    number = re.sub(r"[\s-]", "", words)
    if is_card_number(number) and (owner := store.directory.by_card(number)):
        return owner, ""
    code = store.promos.code(normalised(words))
    if code is None or code.customer_id is None:
        return None
    return code.customer_id, shown(code.code, store.promos.campaign_of(code).code_prefix)


def _hint(store: Store, words: str) -> str:
    """What may have gone wrong when nobody was found."""
    number = re.sub(r"[\s-]", "", words)
    if number.isdecimal() and len(number) == CARD_DIGITS + 1:
        return "customers.hint.card" if is_card_number(number) else "customers.hint.typo"
    if looks_like_code(words):
        known = store.promos.code(normalised(words))
        return "customers.hint.anybodys" if known else "customers.hint.code"
    return "customers.hint.words"


def uuid_of(text: str) -> UUID | None:
    """An id as an address or a form carries it."""
    try:
        return UUID(text)
    except ValueError:
        return None
