"""What is typed to find a customer: a card and a code lead straight to whose they are, other words to a list."""

from starlette.responses import Response

from console import customer
from console.customers import AMONG, LONGEST_SEARCH, search, straight_to, tidy
from console.pages import Visit
from console.sale_form import SaleForm
from loyalty.promo_rules import looks_like_code


async def find(visit: Visit) -> Response:
    """A promo code is worth money and addresses are written down in many places: its answer has an address without it.

    Other words are in theirs, so that the list can be turned over, reloaded and kept.
    """
    form = await visit.form()
    words = tidy(form.get("q", ""), LONGEST_SEARCH)
    if straight := await visit.read(lambda store: straight_to(store, words)):
        customer_id, code = straight
        if code:
            return await customer.page(visit, SaleForm(code=code), customer_id=customer_id)
        return visit.go(f"/customers/{customer_id}")
    if looks_like_code(words):
        return await search(visit, words)
    return visit.go("/customers", q=words, **{key: form[key] for key in AMONG if key in form})
