"""Customers from files, on both engines: who is filled in, whose own word stays, and who is never written to again."""

from datetime import timedelta

import pytest

from loyalty.cells import Birthday, Problem
from loyalty.import_files import open_file
from loyalty.table_file import RefusedRow, Rules
from messaging.people import erase
from storage.columns import table_of
from storage.kinds import Channel, ConsentAction, ConsentPurpose, FieldOrigin, Gender, ImportKind, Language
from storage.models import Bot, Consent, Customer, CustomerField, CustomerKey, Identity
from tests.imports.carrying import MOSCOW, NOW, customers, keys
from tests.imports.running import customers_file, purchases_file

HEADER = "номер клиента;телефон;карта;имя;дата рождения;пол;город;e-mail;отписан\n"
ANNA = HEADER + "7;8 916 123-45-67;55;Анна;02.03.1985;ж;Тверь;Anna@Example.ru;\n"


def read(text: str, rules: Rules | None = None):
    return list(open_file(ImportKind.CUSTOMERS, [text.encode()], rules or Rules(MOSCOW, "RUB", NOW)))


async def rows_of(database, model):
    return await database.read(lambda store: store.customers._all(model, table_of(model).select()))


async def known(database, name: str = "Аня", **fields) -> Customer:
    """Somebody with a chat and a customer number."""
    customer = Customer(name=name, created_at=NOW, **fields)

    def remember(store):
        store.bots.register(Bot(id="telegram:1", channel=Channel.TELEGRAM))
        store.customers._insert(customer)
        store.customers._insert(
            Identity(bot_id="telegram:1", user_id=customer.id.hex, customer_id=customer.id, seen_at=NOW)
        )
        store.customers._insert(CustomerKey(kind="customer", value="7", customer_id=customer.id))

    await database.write(remember)
    return customer


async def says(database, customer: Customer, action: ConsentAction, at=NOW) -> None:
    consent = Consent(
        customer_id=customer.id,
        purpose=ConsentPurpose.ADVERTISING,
        action=action,
        text_version="0" * 16,
        language=Language.RU,
        bot_id="telegram:1",
        evidence="1",
        at=at,
    )
    await database.write(lambda store: store.consents.add(consent))


async def advertising(database, customer: Customer) -> ConsentAction | None:
    said = await database.read(lambda store: store.consents.latest(customer.id))
    return said.get(ConsentPurpose.ADVERTISING)


async def test_a_customer_is_kept_as_told_and_each_field_says_who_told_it(database):
    run_id, taken = await customers_file(database, text=ANNA)
    assert (taken.new, taken.known, taken.customers) == (1, 0, 1)
    (anna,) = await customers(database)
    assert (anna.name, anna.phone, anna.email, anna.city) == ("Анна", "+79161234567", "anna@example.ru", "Тверь")
    assert (anna.birthday_day, anna.birthday_month, anna.birth_year, anna.gender) == (2, 3, 1985, Gender.FEMALE)
    assert (anna.import_id, anna.is_phone_verified) == (run_id, False)
    assert {key.kind for key in await keys(database)} == {"customer", "phone", "card"}
    fields = await rows_of(database, CustomerField)
    assert {one.field for one in fields} == {"name", "phone", "email", "city", "birthday", "gender"}
    assert {(one.origin, one.at) for one in fields} == {(FieldOrigin.IMPORT, NOW)}


async def test_the_same_file_twice_changes_nothing(database):
    await customers_file(database, text=ANNA)
    _, again = await customers_file(database, text=ANNA, now=NOW + timedelta(days=1))
    assert (again.new, again.changed, again.known, again.kept) == (0, 0, 1, 0)


async def test_empty_fields_are_filled_and_nobodys_own_word_is_overwritten(database):
    anna = await known(database, city="Москва")
    _, taken = await customers_file(database, text=ANNA)
    (now,) = await customers(database)
    assert (now.id, now.name, now.city) == (anna.id, "Аня", "Москва")
    assert (now.email, now.birthday_day) == ("anna@example.ru", 2)
    assert (taken.new, taken.changed, taken.kept) == (0, 1, 2)


async def test_a_verified_phone_stays_and_the_other_one_becomes_a_key(database):
    await known(database, phone="+79990000001", is_phone_verified=True)
    await customers_file(database, text=ANNA)
    (now,) = await customers(database)
    assert (now.phone, now.is_phone_verified) == ("+79990000001", True)
    assert ("phone", "+79161234567") in {(key.kind, key.value) for key in await keys(database)}


async def test_what_an_import_told_the_next_one_may_correct(database):
    await customers_file(database, text=ANNA)
    _, taken = await customers_file(database, text=ANNA.replace("Тверь", "Торжок"), now=NOW + timedelta(days=1))
    assert ((await customers(database))[0].city, taken.changed) == ("Торжок", 1)


async def test_a_name_that_came_with_purchases_is_corrected_by_a_list_of_customers(database):
    await purchases_file(database, text="номер клиента;имя;дата;сумма\n7;Анна И.;01.02.2024;5\n")
    await customers_file(database, text=ANNA)
    assert [one.name for one in await customers(database)] == ["Анна"]


async def test_who_is_unsubscribed_in_the_file_is_silent_here(database):
    anna = await known(database)
    await says(database, anna, ConsentAction.GIVEN)
    _, taken = await customers_file(database, text=ANNA.replace(";\n", ";да\n"))
    assert await advertising(database, anna) is ConsentAction.WITHDRAWN
    assert taken.changed == 1


@pytest.mark.parametrize("word", ["", "нет", "0"])
@pytest.mark.parametrize("said", [ConsentAction.WITHDRAWN, ConsentAction.REFUSED])
async def test_no_file_turns_anybody_on(database, said, word):
    """Who said stop stays silent whatever the column says (BR22)."""
    anna = await known(database)
    await says(database, anna, said)
    await customers_file(database, text=ANNA.replace(";\n", f";{word}\n"))
    assert await advertising(database, anna) is said
    assert len(await rows_of(database, Consent)) == 1


async def test_nobody_new_is_born_with_a_consent(database):
    await customers_file(database, text=ANNA)
    assert await rows_of(database, Consent) == []


async def test_the_same_file_does_not_silence_who_has_agreed_since(database):
    anna = await known(database)
    await customers_file(database, text=ANNA.replace(";\n", ";да\n"))
    await says(database, anna, ConsentAction.GIVEN, NOW + timedelta(hours=1))
    await customers_file(database, text=ANNA.replace(";\n", ";да\n"), now=NOW + timedelta(hours=2))
    assert await advertising(database, anna) is ConsentAction.GIVEN


async def test_who_was_erased_does_not_come_back_with_a_file(database):
    await customers_file(database, text=ANNA)
    (anna,) = await customers(database)
    await database.write(lambda store: erase(store, anna.id, None, NOW))
    _, taken = await customers_file(database, text=ANNA)
    assert (taken.new, list(taken.erased)) == (0, [2])
    assert [one.name for one in await customers(database)] == [""]


async def test_two_rows_of_one_person_are_one_with_the_last_word(database):
    text = HEADER + "7;;;Анна;;;Тверь;;\n7;;;;;;Торжок;;\n"
    _, taken = await customers_file(database, text=text)
    (anna,) = await customers(database)
    assert (anna.name, anna.city, taken.customers) == ("Анна", "Торжок", 1)


@pytest.mark.parametrize(
    ("cells", "column", "problem"),
    [
        (";;;Анна;;;;;", "номер клиента", Problem.NOBODY),
        (";12345;;Анна;;;;;", "телефон", Problem.PHONE),
        ("7;12345;;Анна;;;;;", "телефон", Problem.PHONE),
        ("7;;;;31.02.1985;;;;", "дата рождения", Problem.BIRTHDAY),
        ("7;;;;02.03.1899;;;;", "дата рождения", Problem.BIRTHDAY),
        ("7;;;;02.03.2026;;;;", "дата рождения", Problem.BIRTHDAY),
        ("7;;;;;ой;;;", "пол", Problem.GENDER),
        ("7;;;;;;;anna@;", "e-mail", Problem.EMAIL),
        ("7;;;;;;;;иногда", "отписан", Problem.YES_NO),
    ],
)
def test_a_row_that_cannot_be_is_refused_by_its_column(cells, column, problem):
    (refused,) = read(HEADER + cells + "\n")
    assert isinstance(refused, RefusedRow)
    assert (refused.column, refused.problem) == (column, problem)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("02.03.1985", Birthday(3, 2, 1985)),
        ("1985-03-02", Birthday(3, 2, 1985)),
        ("1985-03-02 00:00:00", Birthday(3, 2, 1985)),
        ("2.3", Birthday(3, 2, None)),
        ("29.02", Birthday(2, 29, None)),
        ("01.03.2026", Birthday(3, 1, 2026)),
        ("", None),
    ],
)
def test_birthdays_have_many_forms(typed, meant):
    (row,) = read(HEADER + f"7;;;;{typed};;;;\n")
    assert row.birthday == meant


def test_in_a_list_of_people_client_is_a_name():
    (row,) = read("Клиент,Phone\nАнна Петрова,+79161234567\n")
    assert (row.customer, row.name) == ("", "Анна Петрова")
