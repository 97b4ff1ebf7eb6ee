"""Two records that are one person: find the other, look at both side by side, merge them, and take it back."""

import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from starlette.responses import Response

from console.customers import LONGEST_SEARCH, digits_of, tidy, uuid_of
from console.pages import Visit
from console.words import Words
from loyalty.points import is_card_number
from messaging.messages import Address
from messaging.people import UNDO_WITHIN, Conflict, MergePreview, Refused, Side, merge, preview, undo
from storage.directory import Listed
from storage.kinds import ConsentAction, ConsentPurpose
from storage.models import Customer
from storage.store import Store

SHOWN: Final = 20
NOTHING: Final = "–"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing about both, and about the one they would be. `is_taken`: it comes from the record that goes."""

    label: str
    kept: str
    gone: str
    result: str
    is_taken: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    kept: Customer
    gone: Customer
    conflict: Conflict | None
    lines: list[Line]


async def show(visit: Visit) -> Response:
    """Look for the other one; with both, the comparison."""
    other = uuid_of(visit.request.query_params.get("with", ""))
    return await _compare(visit, other) if other else await _find(visit)


async def join(visit: Visit) -> Response:
    """Merge the two, as the page said it would."""
    other, kept_id = uuid_of((await visit.form()).get("with", "")), visit.path_id("customer_id")
    if other is None:
        return await _find(visit)
    outcome = await visit.write(lambda store: merge(store, kept_id, other, visit.staff, visit.now))
    if isinstance(outcome, Refused):
        return await _compare(visit, other, outcome.conflict)
    return visit.go(f"/customers/{kept_id}", notice="merged")


async def part(visit: Visit) -> Response:
    """Take a merge back."""
    merge_id = uuid_of((await visit.form()).get("merge", ""))
    customer_id = visit.path_id("customer_id")

    def unit(store: Store) -> bool:
        made = store.people.merge(merge_id) if merge_id else None
        if made is None or made.kept_id != customer_id:
            return False
        return not isinstance(undo(store, made.id, visit.staff, visit.now), Refused)

    notice = "unmerged" if await visit.write(unit) else "merge_stays"
    return visit.go(f"/customers/{customer_id}", notice=notice)


# --- the other one


async def _find(visit: Visit) -> Response:
    words = tidy(visit.request.query_params.get("q", ""), LONGEST_SEARCH)
    kept_id = visit.path_id("customer_id")
    found = await visit.read(lambda store: _candidates(store, kept_id, words))
    if found is None:
        return visit.page("missing.html", 404)
    customer, others = found
    return visit.page("merge_find.html", customer=customer, q=words, found=others)


def _candidates(store: Store, kept_id: UUID, words: str) -> tuple[Customer, list[Listed]] | None:
    customer = store.customers.get(kept_id)
    if customer is None or customer.erased_at:
        return None
    if not words:
        return customer, []
    number = re.sub(r"[\s-]", "", words)
    owner = store.directory.by_card(number) if is_card_number(number) else None
    listed = store.directory.some([owner]) if owner else store.directory.page(words, digits_of(words), SHOWN)
    return customer, [one for one in listed if one.id != kept_id]


# --- side by side


async def _compare(visit: Visit, other: UUID, conflict: Conflict | None = None) -> Response:
    kept_id = visit.path_id("customer_id")
    seen = await visit.read(lambda store: preview(store, kept_id, other, visit.now))
    if seen is None:
        return visit.page("missing.html", 404)
    told = Comparison(seen.kept.customer, seen.gone.customer, conflict or seen.conflict, _lines(seen, visit.words))
    return visit.page("merge.html", 409 if conflict else 200, pair=told, days=UNDO_WITHIN.days)


def _lines(seen: MergePreview, words: Words) -> list[Line]:
    kept, gone, taken = seen.kept, seen.gone, seen.taken

    def fields(customer: Customer) -> dict[str, str]:
        return {name: text or NOTHING for name, text in _fields(customer, words).items()}

    mine, other, result = fields(kept.customer), fields(gone.customer), fields(seen.result)
    owned = {"customer.birthday": "birthday_month", "customer.phone": "phone", "merge.name": "name"}
    owned |= {"customer.city": "city", "customer.language": "", "customer.source": "source"}
    lines = [Line(words.t(key), mine[key], other[key], result[key], owned[key] in taken) for key in mine]
    lines += [_together(words.t(key), left, right) for key, left, right in _lists(kept, gone, words)]
    lines += [_purchases(kept, gone, words), _history(kept, gone, words), _points(seen, words)]
    lines += [_consent(purpose, seen, words) for purpose in ConsentPurpose]
    return lines


def _fields(customer: Customer, words: Words) -> dict[str, str]:
    month, day = customer.birthday_month, customer.birthday_day
    phone = words.phone(customer.phone) if customer.phone else ""
    typed = f" {words.t('customer.unverified')}" if phone and not customer.is_phone_verified else ""
    return {
        "merge.name": customer.name,
        "customer.phone": phone + typed,
        "customer.birthday": words.birthday(month, day, customer.birth_year) if month and day else "",
        "customer.city": customer.city or "",
        "customer.language": words.t(f"language.{customer.language.value}"),
        "customer.source": customer.source or "",
    }


def _lists(kept: Side, gone: Side, words: Words) -> list[tuple[str, list[str], list[str]]]:
    """What both have, and the one record will have together."""

    def channels(side: Side) -> list[str]:
        return [words.t(f"channel.{Address(one.bot_id, '').channel.value}") for one in side.identities]

    def case(side: Side) -> list[str]:
        return [words.t("merge.case")] if side.has_open_case else []

    return [
        ("merge.cards", kept.cards, gone.cards),
        ("merge.numbers", kept.numbers, gone.numbers),
        ("customer.channels", channels(kept), channels(gone)),
        ("merge.cases", case(kept), case(gone)),
    ]


def _together(label: str, kept: list[str], gone: list[str]) -> Line:
    both = list(dict.fromkeys([*kept, *gone]))
    return Line(label, _listed(kept), _listed(gone), _listed(both))


def _listed(texts: list[str]) -> str:
    return ", ".join(texts) or NOTHING


def _purchases(kept: Side, gone: Side, words: Words) -> Line:
    def told(totals: list[tuple[str, int, int]]) -> str:
        return _listed(
            [f"{words.money(amount, currency)} ({words.n('purchases', n)})" for currency, n, amount in totals]
        )

    both: dict[str, tuple[int, int]] = {}
    for currency, count, amount in (*kept.totals, *gone.totals):
        before = both.get(currency, (0, 0))
        both[currency] = (before[0] + count, before[1] + amount)
    result = [(currency, *sums) for currency, sums in sorted(both.items())]
    return Line(words.t("customer.purchases"), told(kept.totals), told(gone.totals), told(result))


def _history(kept: Side, gone: Side, words: Words) -> Line:
    """How much was said, and how many codes there are."""
    mine, other = ((_messages(side), side.counts["promo_code"]) for side in (kept, gone))
    sides = (mine, other, (mine[0] + other[0], mine[1] + other[1]))
    told = [words.t("merge.counts", messages=messages, codes=codes) for messages, codes in sides]
    return Line(words.t("merge.history"), told[0], told[1], told[2])


def _messages(side: Side) -> int:
    return side.counts["inbound_event"] + side.counts["outbox_message"]


def _points(seen: MergePreview, words: Words) -> Line:
    def points(balance: int | None) -> str:
        return NOTHING if balance is None else words.n("points", balance)

    return Line(words.t("merge.points"), points(seen.kept.balance), points(seen.gone.balance), points(seen.balance))


def _consent(purpose: ConsentPurpose, seen: MergePreview, words: Words) -> Line:
    def said(action: ConsentAction | None) -> str:
        return words.t(f"consent.{action.value if action else 'unasked'}")

    kept, gone = seen.kept.consents.get(purpose), seen.gone.consents.get(purpose)
    result = seen.consents.get(purpose)
    return Line(
        words.t(f"purpose.{purpose.value}"), said(kept), said(gone), said(result), result is not kept and result is gone
    )
