"""A ready answer in the words that one customer gets: in their language, with the variables filled in."""

from uuid import UUID

from messaging import canned
from storage.kinds import Language
from storage.models import CannedReply, Case, Customer, Staff
from storage.store import Store


def in_words(reply: CannedReply, case: Case, customer: Customer, staff: Staff, business: str) -> str:
    text = reply.text_en if customer.language is Language.EN else reply.text_ru
    name = " ".join(customer.name.split())
    return canned.filled(text, {"name": name, "business": business, "operator": staff.name, "case": str(case.number)})


def written_out(store: Store, case_id: UUID, staff: Staff, business: str, text: str) -> str:
    """What an operator sends: a shortcut that stands alone is the answer it means, any other text is itself."""
    found = store.case_pages.reply_by_shortcut(canned.shortcut_of(text)) if text.startswith("/") else None
    case = store.cases.get(case_id) if found and not found.is_archived else None
    customer = store.customers.get(case.customer_id) if case else None
    return in_words(found, case, customer, staff, business) if found and case and customer else text
