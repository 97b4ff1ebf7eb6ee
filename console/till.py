"""The till: record a purchase, and write down a birthday."""

from dataclasses import replace
from datetime import date
from typing import Final

from starlette.responses import Response

from console import sale_form
from console.customer import BirthdayForm, page
from console.pages import Visit
from console.sale_form import SaleForm, basket_of, held_buyer
from console.words import A_LEAP_YEAR
from loyalty.checkout import Sold
from loyalty.checkout import sell as record
from loyalty.promo_refusals import Refusal
from loyalty.purchases import KnownAlready, NoPoints
from storage.kinds import FieldOrigin, ProfileField
from storage.store import Store
from surveys import profile

OLDEST_YEAR: Final = 1900

BAD_DATE: Final = "birthday.bad_date"
BAD_YEAR: Final = "birthday.bad_year"


# --- a purchase


async def sell(visit: Visit) -> Response:
    """Record what was bought, in money: points are for the till's own page."""
    typed, amount = sale_form.read(await visit.form())
    if typed.problem:
        return await page(visit, sale=typed, status=422)
    outcome = await visit.write(lambda store: _record(store, visit, replace(typed, points=""), amount))
    match outcome:
        case None:
            return visit.page("missing.html", 404)
        case Refusal() | NoPoints():
            return await page(visit, sale=typed.wrong(f"code.{outcome.value}"), status=422)
        case KnownAlready(purchase=purchase):
            # A key of another customer's page would show nothing there: lead to whose purchase it is.
            return visit.go(f"/customers/{purchase.customer_id}", sold=typed.key, again="yes")
        case Sold(recorded=recorded):
            return visit.go(f"/customers/{recorded.purchase.customer_id}", sold=typed.key)


def _record(
    store: Store, visit: Visit, typed: SaleForm, amount: int
) -> Sold | KnownAlready | Refusal | NoPoints | None:
    """Within the same limits as at the till's own page: nobody gets around them by this form."""
    customer = held_buyer(store, visit)
    if customer is None:
        return None
    return record(store, basket_of(visit, customer, typed, amount), visit.now, visit.words.zone)


# --- a birthday


async def set_birthday(visit: Visit) -> Response:
    """Staff write down or correct the day; the customer's own one change stays theirs."""
    form = await visit.form()
    day, month, year = (form.get(name, "").strip()[:4] for name in ("day", "month", "year"))
    birthday = read_birthday(day, month, year, visit.today)
    if isinstance(birthday, str):
        return await page(visit, birthday=BirthdayForm(day, month, year, birthday), status=422)
    if not await visit.write(lambda store: _keep_birthday(store, visit, *birthday)):
        return visit.page("missing.html", 404)
    return visit.go(f"/customers/{visit.path_id('customer_id')}", notice="birthday.saved")


def read_birthday(day: str, month: str, year: str, today: date) -> tuple[int, int, int | None] | str:
    """(month, day, year or None), or the key of what is wrong."""
    if not all(part.isascii() and part.isdecimal() for part in (day, month)):
        return BAD_DATE
    if year and not (year.isascii() and year.isdecimal() and OLDEST_YEAR <= int(year) <= today.year):
        return BAD_YEAR
    try:
        born = date(int(year) if year else A_LEAP_YEAR, int(month), int(day))
    except ValueError:
        return BAD_DATE
    if year and born > today:
        return BAD_YEAR
    return born.month, born.day, born.year if year else None


def _keep_birthday(store: Store, visit: Visit, month: int, day: int, year: int | None) -> bool:
    customer_id = visit.path_id("customer_id")
    # They may be telling us the same day in a chat: while we hold their chats, no turn of theirs runs.
    places = sorted((one.bot_id, one.user_id) for one in store.customers.identities_of(customer_id))
    for bot_id, user_id in places:
        store.customers.lock(bot_id, user_id)
    store.purchases.lock(customer_id)  # who has no chat is erased no sooner than we are done, either
    customer = store.customers.get(customer_id)
    if customer is None or customer.erased_at:
        return False
    if (customer.birthday_month, customer.birthday_day) != (month, day):
        customer.birthday_set_at = visit.now  # a present needs a day that was known for a week
    customer.birthday_month, customer.birthday_day, customer.birth_year = month, day, year
    store.customers.save(customer, *profile.COLUMNS[ProfileField.BIRTHDAY])
    store.fields.note(customer_id, ProfileField.BIRTHDAY, FieldOrigin.STAFF, visit.now)
    return True
