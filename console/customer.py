"""One customer: who they are, what they have, and everything that happened, with the till beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Final
from uuid import UUID

from starlette.responses import Response

from console.access import BIRTHDAY_KEEPERS, DIALOGS, MANAGERS, READERS, SELLERS
from console.customers import uuid_of
from console.likes import Liked, liked
from console.pages import Visit
from console.rhythm import Rhythm, rhythm_of
from console.sale_form import KEY, SaleForm
from console.stories import Line, Quote, Teller, quotes
from insights.sequences import Suggestion
from loyalty.card import Card, card_of
from loyalty.offers import suggested
from loyalty.promo_rules import shown
from loyalty.statement import statement
from loyalty.statement_words import told as told_of_points
from messaging.people import why_not_undo
from storage.kinds import ConsentAction, ConsentPurpose, FieldOrigin, FlagState
from storage.models import Customer, CustomerMerge, Flag, Identity, Purchase, TopicChoice
from storage.store import Store
from storage.timeline import Kind, Place, place_of
from surveys.review import is_stale

ON_A_PAGE: Final = 50
POINTS_LINES: Final = 8
FIELDS: Final = ("name", "phone", "email", "birthday", "city")
"""What has a teller and a date on the page (tasks D1, D9)."""


@dataclass(frozen=True, slots=True)
class BirthdayForm:
    day: str = ""
    month: str = ""
    year: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Sold:
    """A purchase that was just recorded, with what came of it."""

    purchase: Purchase
    points: int
    code: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A flag that is a candidate or confirmed, with its words."""

    flag: Flag
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Joined:
    """A merge that can still be taken back. `by` is empty where the customer linked two of their accounts."""

    merge: CustomerMerge
    by: str


@dataclass(frozen=True, slots=True)
class Told:
    """Who told us a field, and when; both None for what nobody wrote down. `is_stale`: not confirmed for a year."""

    origin: FieldOrigin | None
    at: datetime | None
    is_stale: bool


@dataclass(frozen=True, slots=True)
class Profile:
    """The head of the page."""

    customer: Customer
    identities: list[Identity]
    consents: dict[ConsentPurpose, ConsentAction]
    card: Card | None
    totals: list[tuple[str, int, int]]
    last: Purchase | None
    flags: list[Standing]
    switched_off: list[TopicChoice]
    case_id: UUID | None
    merges: list[Joined]
    suggestion: Suggestion | None
    rhythm: Rhythm | None
    likes: list[Liked]
    told: dict[str, Told]
    """By field of FIELDS."""
    statement: Sequence[str]
    """Of their points, in words, newest first; `older_points`: what the page goes on from."""
    older_points: str


@dataclass(frozen=True, slots=True)
class Day:
    """What happened on one local day, newest first."""

    day: date
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class _Read:
    profile: Profile
    lines: list[Line]
    older: str
    sold: Sold | None


async def show(visit: Visit) -> Response:
    return await page(visit)


async def page(
    visit: Visit,
    sale: SaleForm | None = None,
    birthday: BirthdayForm | None = None,
    status: int = 200,
    *,
    customer_id: UUID | None = None,
) -> Response:
    """The page with its forms as they were typed; of the customer in the address where none is named."""
    query = visit.request.query_params
    before = place_of(query.get("before", ""))
    kind = Kind(query["kind"]) if query.get("kind") in set(Kind) else None
    customer_id = customer_id or visit.path_id("customer_id")
    seen = await visit.read(lambda store: _look(store, visit, customer_id, before, kind))
    if seen is None:
        # An old address leads to the record that this one became part of.
        into = await visit.read(lambda store: store.people.merged_into(customer_id))
        return visit.go(f"/customers/{into}") if into else visit.page("missing.html", 404)
    is_erased = seen.profile.customer.erased_at is not None
    role = visit.staff.role
    return visit.page(
        "person.html",
        status,
        who=seen.profile,
        days=_by_day(seen.lines, visit),
        older=seen.older,
        is_newest=before is None,
        sold=seen.sold,
        is_again=query.get("again") == "yes",
        kind=kind.value if kind else "",
        kinds=[one.value for one in Kind],
        sale=sale or SaleForm(),
        birthday=birthday or _known_birthday(seen.profile.customer),
        sells=role in SELLERS and not is_erased,
        keeps_birthday=role in BIRTHDAY_KEEPERS and not is_erased,
        purposes=list(ConsentPurpose),
    )


def _look(store: Store, visit: Visit, customer_id: UUID, before: Place | None, kind: Kind | None) -> _Read | None:
    customer = store.customers.get(customer_id)
    if customer is None:
        return None
    kinds = (kind,) if kind else tuple(Kind)
    entries = store.timeline.page(customer_id, ON_A_PAGE + 1, before=before, kinds=kinds)
    names = store.staff.names()
    files = store.files.facts({file for entry in entries if (file := entry.values.get("file_id"))})
    teller = Teller(visit.words, names, visit.staff.role in READERS, visit.now, files)
    return _Read(
        _profile(store, visit, customer, names),
        [teller.tell(entry) for entry in entries[:ON_A_PAGE]],
        str(entries[ON_A_PAGE - 1].place) if len(entries) > ON_A_PAGE else "",
        _sold(store, customer_id, visit.request.query_params.get("sold", "")),
    )


def _profile(store: Store, visit: Visit, customer: Customer, names: dict[UUID, str]) -> Profile:
    points = statement(store, customer.id, POINTS_LINES, before=uuid_of(visit.request.query_params.get("points", "")))
    case = store.cases.open_for(customer.id) if visit.staff.role in DIALOGS else None
    standing = [flag for flag in store.flags.of_customer(customer.id) if flag.state is not FlagState.DISMISSED]
    return Profile(
        customer,
        store.customers.identities_of(customer.id),
        store.consents.latest(customer.id),
        card_of(store, customer.id, visit.now),
        store.customers.purchase_totals(customer.id),
        store.purchases.last_of(customer.id),
        [Standing(flag, quotes(flag.evidence, visit.words)) for flag in standing],
        [choice for choice in store.preferences.choices(customer.id) if not choice.is_on],
        case.id if case else None,
        _joined(store, visit, customer, names) if visit.staff.role in MANAGERS else [],
        _suggestion(store, visit, customer),
        rhythm_of(visit.words, store.stats.of(customer.id), visit.today.toordinal()),
        liked(store, customer.id),
        _told(store, visit, customer),
        [told_of_points(visit.words.language, line, visit.words.zone) for line in points.lines],
        points.older.hex if points.older else "",
    )


def _suggestion(store: Store, visit: Visit, customer: Customer) -> Suggestion | None:
    """The surest one: a line that staff read while the customer stands there. Whoever is waiting for an answer of ours
    wants nothing sold."""
    if customer.erased_at is not None or store.cases.open_for(customer.id) is not None:
        return None
    return next(iter(suggested(store, customer.id, visit.words.zone, visit.now)), None)


def _told(store: Store, visit: Visit, customer: Customer) -> dict[str, Told]:
    said = store.fields.of(customer.id)
    found = {}
    for name in FIELDS:
        known, is_old = said.get(name), is_stale(customer, said, name, visit.now)
        found[name] = Told(known.origin, known.at, is_old) if known else Told(None, None, is_old)
    return found


def _joined(store: Store, visit: Visit, customer: Customer, names: dict[UUID, str]) -> list[Joined]:
    made = [one for one in store.people.merges_of(customer.id) if why_not_undo(store, one, visit.now) is None]
    return [Joined(one, names.get(one.by, "") if one.by else "") for one in made]


def _sold(store: Store, customer_id: UUID, key: str) -> Sold | None:
    """The purchase that the address speaks of, if it is this customer's."""
    purchase = store.purchases.by_key(KEY + key) if key.isprintable() and key else None
    if purchase is None or purchase.customer_id != customer_id:
        return None
    points = sum(batch.granted for batch in store.points.batches_of_purchase(purchase.id))
    used = store.promos.redemption(KEY + key)
    code = store.promos.code(used.code) if used else None
    return Sold(purchase, points, shown(code.code, store.promos.campaign_of(code).code_prefix) if code else "")


def _by_day(lines: list[Line], visit: Visit) -> list[Day]:
    def local_day(at: datetime) -> date:
        return visit.words.local(at).date()

    return [Day(day, list(told)) for day, told in groupby(lines, key=lambda line: local_day(line.at))]


def _known_birthday(customer: Customer) -> BirthdayForm:
    day, month, year = customer.birthday_day, customer.birthday_month, customer.birth_year
    return BirthdayForm(str(day or ""), str(month or ""), str(year or ""))
