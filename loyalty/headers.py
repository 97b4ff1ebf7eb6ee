"""Which column of a file is which: guessed from the many names that programs give them, or as somebody said. Pure."""

import hashlib
from collections.abc import Mapping, Sequence

from loyalty.cells import folded
from storage.kinds import ImportKind

Names = Mapping[str, tuple[str, ...]]
"""What we call a column -> what files call it. The first name that a header has wins, so the vaguest stand last."""
Columns = Mapping[str, str]
"""Our column -> the title of the file's."""

WHO = ("customer", "phone", "card")
"""Any of these says who it was."""
ORDER_LINE = "order_line"

_PERSON: Names = {
    "customer": (
        "id клиента", "код клиента", "клиент id", "номер клиента", "customer id", "client id", "customer", "client",
        "клиент", "покупатель", "контрагент", "user id", "customerid", "clientid", "id",
    ),
    "phone": (
        "телефон", "номер телефона", "телефон клиента", "моб телефон", "мобильный", "мобильный телефон", "phone",
        "phone number", "mobile", "tel",
    ),
    "card": (
        "карта", "номер карты", "бонусная карта", "карта лояльности", "дисконтная карта", "card", "card number",
        "loyalty card",
    ),
    "name": (
        "имя", "имя клиента", "фио", "имя покупателя", "наименование клиента", "name", "customer name", "client name",
        "full name",
    ),
}  # fmt: skip

PURCHASES: Names = {
    **_PERSON,
    "date": (
        "дата", "дата покупки", "дата продажи", "дата и время", "дата время", "дата чека", "дата заказа", "date",
        "datetime", "date time", "purchase date", "order date", "invoice date", "invoicedate", "created at",
        "timestamp", "время",
    ),
    "amount": (
        "сумма", "сумма покупки", "сумма чека", "сумма заказа", "сумма продажи", "итого", "стоимость", "amount", "sum",
        "total",
    ),
    "product": (
        "товар", "услуга", "наименование", "наименование товара", "номенклатура", "позиция", "product", "service",
        "item", "goods", "product name", "description",
    ),
    "quantity": ("количество", "кол во", "колво", "кол", "шт", "quantity", "qty"),
    "price": ("цена", "цена за единицу", "цена за ед", "price", "unit price", "unitprice"),
    "branch": (
        "филиал", "магазин", "точка", "торговая точка", "салон", "адрес магазина", "подразделение", "branch", "store",
        "shop", "location",
    ),
    "seller": (
        "продавец", "кассир", "сотрудник", "мастер", "менеджер", "бариста", "staff", "seller", "cashier", "employee",
    ),
    "returned": ("возврат", "возвращено", "возвращен", "returned", "refunded", "is returned"),
    "operation": (
        "операция", "тип операции", "вид операции", "тип документа", "operation", "operation type", "transaction type",
    ),
    "order": (
        # No receipt's number: tills begin anew with each shift, and February's receipt 17 would pass for January's.
        "заказ", "номер заказа", "id заказа", "order", "order id", "order number", "transaction id", "orderid",
        "invoice", "invoice no", "invoiceno", "invoice number",
    ),
    ORDER_LINE: ("строка заказа", "order line", "line number in order"),
}  # fmt: skip

_CALLED = ("клиент", "покупатель", "контрагент", "client", "customer")
"""Among purchases it tells people apart, in a list of people it is what they are called."""

CUSTOMERS: Names = {
    "customer": tuple(name for name in _PERSON["customer"] if name not in _CALLED),
    "phone": _PERSON["phone"],
    "card": _PERSON["card"],
    "name": (*_PERSON["name"], *_CALLED),
    "birthday": (
        "дата рождения", "день рождения", "др", "д р", "рождение", "birthday", "date of birth", "birth date", "dob",
    ),
    "gender": ("пол", "gender", "sex"),
    "city": ("город", "населенный пункт", "city", "town"),
    "email": ("e mail", "email", "почта", "электронная почта", "эл почта", "mail"),
    "stop": (
        "отписан", "отписка", "отписался", "стоп", "не беспокоить", "не писать", "отказ от рассылки",
        "отказ от рекламы", "unsubscribed", "unsubscribe", "opt out", "opted out", "stop", "do not contact",
    ),
}  # fmt: skip

SERVICES: Names = {
    "name": (
        "услуга", "товар", "название", "наименование", "номенклатура", "позиция", "service", "product", "name", "item",
        "title",
    ),
    "category": ("категория", "группа", "раздел", "вид", "category", "group"),
    "price": ("цена", "стоимость", "price", "cost to customer"),
    "margin": ("маржа", "маржинальность", "рентабельность", "наценка к цене", "margin", "margin percent"),
    "interval": (
        "обычный интервал", "интервал", "интервал дней", "интервал дни", "период", "повтор через", "повтор через дней",
        "usual interval", "interval", "interval days", "repeat after", "repeat days",
    ),
}  # fmt: skip

NAMES: Mapping[ImportKind, Names] = {
    ImportKind.PURCHASES: PURCHASES,
    ImportKind.CUSTOMERS: CUSTOMERS,
    ImportKind.SERVICES: SERVICES,
}


class MissingColumns(Exception):
    """A header without what every row needs. `missing`: our names of columns; `who` stands for any of three."""

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__(", ".join(missing))
        self.missing = tuple(missing)


def guess(header: Sequence[str], names: Names) -> dict[str, str]:
    """Our columns -> the file's, as far as the header tells; a column of the file has one meaning at the most."""
    known = {plain(title): title for title in reversed(header)}
    found: dict[str, str] = {}
    taken: set[str] = set()
    # A name that two of our columns share is the first one's, unless that has a plainer one.
    for role, own in names.items():
        title = next((known[name] for name in own if name in known and known[name] not in taken), None)
        if title is not None:
            found[role] = title
            taken.add(title)
    return found


def liking(header: Sequence[str], names: Names) -> int:
    """How many cells of a header look familiar."""
    return len(guess(header, names))


def places(header: Sequence[str], columns: Columns) -> dict[str, int]:
    """Where each of our columns stands; a column that this header does not have is left out."""
    first = {title: place for place, title in reversed(list(enumerate(header)))}
    return {role: first[title] for role, title in columns.items() if title in first}


def missing(kind: ImportKind, found: Mapping[str, object]) -> list[str]:
    """What every row of this kind needs and is not there."""
    match kind:
        case ImportKind.PURCHASES:
            has_sum = "amount" in found or {"quantity", "price"} <= found.keys()
            lacks = [role for role, is_there in (("date", "date" in found), ("amount", has_sum)) if not is_there]
        case ImportKind.SERVICES:
            return [] if "name" in found else ["name"]
        case ImportKind.CUSTOMERS:
            lacks = []
    return lacks if found.keys() & set(WHO) else [*lacks, "who"]


def fingerprint(header: Sequence[str]) -> str:
    """The same for files whose columns have the same names in the same order, however they are written."""
    return hashlib.blake2b("\x1f".join(map(plain, header)).encode(), digest_size=16).hexdigest()


def plain(title: str) -> str:
    """A header's cell as names are compared."""
    for sign in "_-.,:№#/()":
        title = title.replace(sign, " ")
    return folded(title)
