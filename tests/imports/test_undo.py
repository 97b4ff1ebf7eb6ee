"""An import taken back, on both engines: the tables are as before, but for what has gone on since."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loyalty.import_undo import Obstacle, Step, undo_page
from messaging.people import merge
from storage.kinds import FROM_FILE, AuditAction, Channel, ConsentAction, FieldOrigin, ImportKind, ImportState, MoveKind
from storage.models import METADATA, Bot, CustomerField, CustomerKey, Identity, Membership, StatusMove
from tests.emptying import empty
from tests.imports.carrying import NOW, customers, purchases
from tests.imports.running import contents, customers_file, purchases_file, run, services_file, undo
from tests.imports.test_customers import HEADER as PEOPLE
from tests.imports.test_customers import advertising, known, says
from tests.people.lives import two_lives
from tests.rows import overwrite

BOUGHT = "номер клиента;телефон;имя;дата;сумма;заказ;количество;филиал\n"
FILE = BOUGHT + "7;8 916 123-45-67;Анна;01.02.2024;5;A;2;Арбат\n8;;Иван;02.02.2024;6;B;1;Арбат\n"


async def test_an_undone_import_of_purchases_leaves_nothing_behind(database):
    before = await contents(database)
    run_id, _ = await purchases_file(database, text=FILE)
    assert len(await customers(database)) == 2
    assert await undo(database, run_id) == {"purchases": 2, "points": 0, "customers": 2, "customers_kept": 0}
    assert await contents(database) == before


async def test_the_same_file_may_be_brought_again_after_an_undoing(database):
    run_id, first = await purchases_file(database, text=FILE)
    await undo(database, run_id)
    _, second = await purchases_file(database, text=FILE)
    assert second == first


async def test_the_audit_tells_of_the_file_and_of_its_undoing(database):
    run_id, _ = await purchases_file(database, text=FILE)
    await undo(database, run_id)
    told = await database.read(lambda store: store.audit.page(9))
    assert [(one.action, one.details["run"]) for one in told] == [
        (AuditAction.IMPORT_UNDONE, run_id.hex),
        (AuditAction.IMPORTED, run_id.hex),
    ]


async def test_points_that_the_purchases_earned_go_with_them(database):
    anna = await known(database)
    member = Membership(customer_id=anna.id, card_number="123456782", joined_at=datetime(2024, 1, 1, tzinfo=UTC))
    await database.write(lambda store: store.points.join(member))
    run_id, _ = await purchases_file(database, text=BOUGHT + "7;;;01.02.2026;1000;A;1;\n")
    assert await database.read(lambda store: store.points.balance(anna.id, NOW).available) == 50
    assert (await undo(database, run_id))["points"] == 50
    assert await database.read(lambda store: store.points.balance(anna.id, NOW).available) == 0


def test_whatever_points_at_a_purchase_has_an_index_for_it():
    """Else each purchase that is deleted reads these tables from end to end: the engines look for what points at it."""
    purchase = METADATA.tables["purchase"]
    keys = [key for table in METADATA.tables.values() for key in table.foreign_keys if key.references(purchase)]
    indexed = {next(iter(index.columns)) for table in METADATA.tables.values() for index in table.indexes}
    assert {key.parent.table.name for key in keys} >= {"points_operation", "redemption"}
    assert {key.parent for key in keys} <= indexed


async def test_sums_of_who_stays_are_counted_again(database):
    anna = await known(database)
    await purchases_file(database, text=BOUGHT + "7;;;01.02.2024;1000;A;1;\n")
    run_id, _ = await purchases_file(database, text=BOUGHT + "7;;;01.03.2024;1000;B;1;\n")

    def recount(store):
        stats = store.stats.of(anna.id)
        stats.is_stale = False
        store.stats._save(stats)

    await database.write(recount)
    await undo(database, run_id)
    assert (await database.read(lambda store: store.stats.of(anna.id))).is_stale


async def test_fields_go_back(database):
    await known(database, city="Москва")
    before = await contents(database)
    run_id, _ = await customers_file(database, text=PEOPLE + "7;8 916 123-45-67;;Анна;02.03.1985;ж;Тверь;a@b.ru;\n")
    assert await contents(database) != before
    await undo(database, run_id)
    assert await contents(database) == before


async def test_who_said_stop_after_the_file_had_said_it_stays_silent(database):
    """`handlers.consent.stop` writes nothing for who is silent already, so the file's row is all there is."""
    anna = await known(database)
    await says(database, anna, ConsentAction.GIVEN)
    run_id, _ = await customers_file(database, text=PEOPLE + "7;;;;;;Тверь;;да\n")
    counts = await undo(database, run_id)
    assert await advertising(database, anna) is ConsentAction.WITHDRAWN
    assert ((await customers(database))[0].city, counts["changes_kept"]) == (None, 1)


async def test_who_is_silent_in_a_second_file_too_stays_silent_when_the_first_is_undone(database):
    anna = await known(database)
    await says(database, anna, ConsentAction.GIVEN)
    first, _ = await customers_file(database, text=PEOPLE + "7;;;;;;;;да\n")
    await customers_file(database, text=PEOPLE + "7;;;;;;;;да\n", now=NOW + timedelta(hours=1))
    await undo(database, first, NOW + timedelta(hours=2))
    assert await advertising(database, anna) is ConsentAction.WITHDRAWN


async def test_a_stranger_goes_with_the_withdrawal_that_came_along(database):
    before = await contents(database)
    run_id, _ = await customers_file(database, text=PEOPLE + "7;;;Анна;;;;;да\n")
    await undo(database, run_id)
    assert await contents(database) == before


async def test_what_was_changed_since_stays(database):
    anna = await known(database)
    run_id, _ = await customers_file(database, text=PEOPLE + "7;8 916 123-45-67;;;02.03.1985;;Тверь;a@b.ru;\n")

    def goes_on(store):
        now = store.customers.get(anna.id)
        now.city, now.is_phone_verified, now.birthday_day, now.birthday_set_at = "Торжок", True, 5, NOW
        overwrite(store, now)

    await database.write(goes_on)
    counts = await undo(database, run_id)
    (now,) = await customers(database)
    assert (now.city, now.phone, now.email) == ("Торжок", "+79161234567", None)
    assert (now.birthday_month, now.birthday_day, now.birth_year) == (3, 5, 1985)
    assert counts["changes_kept"] == 1


async def test_what_somebody_has_confirmed_since_stays(database):
    anna = await known(database)
    run_id, _ = await customers_file(database, text=PEOPLE + "7;;;;;;Тверь;a@b.ru;\n")
    said = CustomerField(customer_id=anna.id, field="city", origin=FieldOrigin.CUSTOMER, at=NOW)
    await database.write(lambda store: store.customers._save(said))
    await undo(database, run_id)
    (now,) = await customers(database)
    assert (now.city, now.email) == ("Тверь", None)


def meets_in_a_chat(store, anna, ivan):
    store.bots.register(Bot(id="telegram:1", channel=Channel.TELEGRAM))
    store.customers._insert(Identity(bot_id="telegram:1", user_id="1", customer_id=anna.id, seen_at=NOW))


def proves_the_phone(store, anna, ivan):
    now = store.customers.get(anna.id)
    now.is_phone_verified = True
    overwrite(store, now)


def joins(store, anna, ivan):
    store.points.join(Membership(customer_id=anna.id, card_number="123456782", joined_at=NOW))


def is_merged(store, anna, ivan):
    # two numbers are two people: only one of them has one by then
    store.import_undo.delete("customer_key", {"kind": "customer", "value": "8"})
    assert merge(store, anna.id, ivan.id, None, NOW)


@pytest.mark.parametrize("what", [meets_in_a_chat, proves_the_phone, joins, is_merged])
async def test_who_has_become_more_than_a_line_of_a_file_stays(database, what):
    run_id, _ = await purchases_file(database, text=FILE)
    anna, ivan = sorted(await customers(database), key=lambda one: one.name)
    await database.write(lambda store: what(store, anna, ivan))
    counts = await undo(database, run_id)
    assert (counts["customers_kept"], [one.name for one in await customers(database)]) == (1, ["Анна"])
    assert await purchases(database) == []


async def test_whom_another_file_speaks_of_stays_with_what_that_one_brought(database):
    first, _ = await purchases_file(database, text=FILE)
    await purchases_file(database, text=BOUGHT + "7;;;05.02.2024;9;C;1;\n")
    assert (await undo(database, first))["customers_kept"] == 1
    assert [bought.amount_minor for bought in await purchases(database)] == [900]


async def test_services_go_back_to_what_they_were(database):
    await services_file(database, text="услуга;цена\nСтрижка;1500\n")
    before = await contents(database)
    later = NOW + timedelta(hours=1)
    run_id, _ = await services_file(database, text="услуга;цена\nСтрижка;1700\nБритьё;500\n", now=later)
    await undo(database, run_id, later)
    assert await contents(database) == before


async def test_after_a_day_it_is_too_late(database):
    run_id, _ = await purchases_file(database, text=FILE)
    assert await undo(database, run_id, NOW + timedelta(hours=25)) is Obstacle.TOO_LATE
    assert len(await purchases(database)) == 2


async def test_an_undoing_that_began_in_time_is_brought_to_its_end(database):
    """Half of the file is gone by then, and the other half may not stay for ever."""
    await known(database)
    before = await contents(database)
    run_id, _ = await customers_file(database, text=PEOPLE + "7;;;;;;Тверь;a@b.ru;\n8;;;Иван;;;;;\n")
    late = NOW + timedelta(hours=25)
    await database.write(lambda store: begins_to_undo(store, run_id))
    assert await database.write(lambda store: store.imports.forget_old_changes(late)) == 0
    await undo(database, run_id, late)
    assert await contents(database) == before


def begins_to_undo(store, run_id):
    run = store.imports.held(run_id)
    run.undone = {"purchases": 0}
    store.imports.save(run)


async def test_what_was_told_of_somebody_by_purchases_that_are_gone_goes_with_them(database):
    anna = await known(database)
    run_id, _ = await purchases_file(database, text=BOUGHT + "7;;;01.02.2024;1000;A;1;\n")
    early, late = moved(anna, NOW - timedelta(days=1)), moved(anna, NOW + timedelta(hours=1))
    await database.write(lambda store: store.moves.add([early, late]))
    await undo(database, run_id, NOW + timedelta(hours=2))
    assert [row["id"] for row in (await contents(database))["status_move"]] == [early.id]


async def test_what_was_told_of_who_bought_before_too_stays(database):
    anna = await known(database)
    await purchases_file(database, text=BOUGHT + "7;;;01.02.2024;1000;A;1;\n")
    run_id, _ = await purchases_file(database, text=BOUGHT + "7;;;01.03.2024;1000;B;1;\n")
    await database.write(lambda store: store.moves.add([moved(anna, NOW + timedelta(hours=1))]))
    await undo(database, run_id, NOW + timedelta(hours=2))
    assert len((await contents(database))["status_move"]) == 1


def moved(customer, at):
    return StatusMove(customer_id=customer.id, kind=MoveKind.STAGE, before="potential", after="new", reason={}, at=at)


async def test_twice_is_once(database):
    run_id, _ = await purchases_file(database, text=FILE)
    await undo(database, run_id)
    assert await undo(database, run_id) is Obstacle.UNDONE
    undone = await database.read(lambda store: store.imports.get(run_id))
    assert (undone.state, undone.undone["purchases"]) == (ImportState.UNDONE, 2)


async def test_broken_off_in_the_middle_it_goes_on_where_it_was(database):
    before = await contents(database)
    run_id, _ = await purchases_file(database, text=FILE)
    await database.write(lambda store: undo_page(store, run_id, NOW, Step()))
    assert await undo(database, run_id) == {"purchases": 2, "points": 0, "customers": 2, "customers_kept": 0}
    assert await contents(database) == before


async def test_the_copies_of_old_values_are_forgotten_after_the_day(database):
    await known(database)
    await customers_file(database, text=PEOPLE + "7;;;;;;Тверь;a@b.ru;\n")
    assert await database.write(lambda store: store.imports.forget_old_changes(NOW + timedelta(hours=23))) == 0
    assert await database.write(lambda store: store.imports.forget_old_changes(NOW + timedelta(hours=25))) == 3


# --- whatever the files hold

SERVICES = "услуга;категория;цена\n"
NUMBERS = st.sampled_from(["1", "2", "3", "7"])
PHONES = st.sampled_from(["", "89161234567", "89161234568"])
TEXTS = st.sampled_from(["", "Анна", "Тверь"])
SUMS, DAYS = st.integers(0, 900), st.integers(1, 9)
BIRTHDAYS, STOPS = st.sampled_from(["", "02.03.1985"]), st.sampled_from(["", "да"])
NAMED = st.sampled_from(["Чай", "чай", "Кофе"])

LINES = {
    ImportKind.PURCHASES: (
        BOUGHT,
        st.builds("{};{};{};0{}.02.2024;{};;1;{}\n".format, NUMBERS, PHONES, TEXTS, DAYS, SUMS, TEXTS),
    ),
    ImportKind.CUSTOMERS: (
        PEOPLE,
        st.builds("{};{};;{};{};;{};;{}\n".format, NUMBERS, PHONES, TEXTS, BIRTHDAYS, TEXTS, STOPS),
    ),
    ImportKind.SERVICES: (SERVICES, st.builds("{};{};{}\n".format, NAMED, TEXTS, SUMS)),
}


def file_of(kind):
    header, line = LINES[kind]
    return st.lists(line, min_size=1, max_size=6).map(lambda lines: (kind, header + "".join(lines)))


FILES = st.lists(st.sampled_from(list(ImportKind)).flatmap(file_of), min_size=1, max_size=3)
"""Of a few rows about few people, so that they meet."""


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=FILES, page=st.sampled_from([1, 3, 1000]))
async def test_whatever_was_imported_undone_the_other_way_round_leaves_the_tables_as_they_were(database, files, page):
    await database.write(empty)
    await database.write(two_lives)
    await known_number(database)
    seen = [await contents(database)]
    runs = []
    for step, (kind, text) in enumerate(files):
        now = NOW + timedelta(minutes=step)
        runs.append((await run(database, kind, text, now, page))[0])
        seen.append(await contents(database))
    for run_id in reversed(runs):
        seen.pop()
        await undo(database, run_id, NOW + timedelta(hours=1))
        assert settled(await contents(database)) == settled(seen[-1])


async def known_number(database) -> None:
    """Somebody who has lived here for long is the file's customer 7."""
    people = sorted(await customers(database), key=lambda one: one.id)
    key = CustomerKey(kind="customer", value="7", customer_id=people[0].id)
    await database.write(lambda store: store.customers._insert(key))


def settled(tables):
    """Sums are marked to be counted again: that is no difference. And a withdrawal is never taken back: the customer
    may have said the same since, which leaves no row of its own."""
    stats = [{**row, "is_stale": True} for row in tables["customer_stats"]]
    own_words = [row for row in tables["consent"] if row["bot_id"] != FROM_FILE]
    return {**tables, "customer_stats": stats, "consent": own_words}
