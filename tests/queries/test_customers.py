"""Customers' rows: who writes what of them."""

from datetime import UTC, datetime

import pytest

from storage.kinds import Language
from storage.models import Customer

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


async def test_who_changes_one_column_leaves_what_another_changed_meanwhile(database):
    """A chat and an import have read the same customer: the one writes the language, the other the name."""
    anna = Customer(name="anna", language=Language.RU, created_at=NOW)
    await database.write(lambda store: store.bulk.insert(Customer, [anna.model_dump()]))
    in_chat, in_file = [await database.read(lambda store: store.customers.get(anna.id)) for _ in range(2)]
    in_file.name, in_chat.language = "Анна Петрова", Language.EN
    await database.write(lambda store: store.customers.save(in_file, "name"))
    await database.write(lambda store: store.customers.save(in_chat, "language"))
    now = await database.read(lambda store: store.customers.get(anna.id))
    assert (now.name, now.language) == ("Анна Петрова", Language.EN)


async def test_what_is_no_column_of_a_customer_is_refused(database):
    anna = Customer(name="Анна", language=Language.RU, created_at=NOW)
    with pytest.raises(KeyError):
        await database.write(lambda store: store.customers.save(anna, "langauge"))
