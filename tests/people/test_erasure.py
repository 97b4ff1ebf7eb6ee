"""Forgotten in one unit: no table, no file and no import knows who it was (I14); the books still add up."""

import asyncio
import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from messaging.erasure import ERASED
from messaging.messages import Address, Message, Thread
from messaging.outbox import enqueue
from messaging.people import Conflict, Refused, erase, export, merge, undo
from scheduler.effects import look_for_flags
from storage.columns import new_id
from storage.kinds import AuditAction, AuditActor, DeliveryState, Language, MessageKind
from storage.models import METADATA, StaffAccount
from tests.imports.carrying import bring
from tests.people.lives import NOON, everything, live, two_lives
from tests.rows import overwrite

MARK = "one"
HEADER = "клиент;телефон;карта;имя;дата;сумма;товар\n"


@pytest.fixture
async def pair(database):
    return await database.write(two_lives)


async def forgets(database, customer_id, by=None) -> None:
    await database.write(lambda store: erase(store, customer_id, by, NOON))


def written(store) -> str:
    return json.dumps(everything(store), default=str, ensure_ascii=False)


async def test_no_word_of_theirs_is_left_in_any_table_and_every_word_of_others(database, pair):
    before = await database.read(written)
    await forgets(database, pair[0])
    after = await database.read(written)
    assert before.count("words one") and before.count("alert one")
    for mark in (" one", "-one", "+7one", "import:one", "123456782", '"one"', "b'one'"):
        assert mark in before and mark not in after, mark
    assert after.count(" two") == before.count(" two")


async def test_the_file_holds_none_of_it_either(sqlite_url, tmp_path):
    from storage.database import open_database

    database = await open_database(sqlite_url)
    one, *_ = await database.write(two_lives)
    await forgets(database, one)
    await database.close()
    for file in tmp_path.iterdir():
        held = file.read_bytes()
        assert b"words one" not in held and b"name one" not in held and b"+7one" not in held, file
    assert b"words two" in (tmp_path / "otklik.db").read_bytes()


async def test_a_merged_person_is_forgotten_with_both_lives_and_the_steps_between(database, pair):
    kept, gone, owner = pair
    merged = await database.write(lambda store: merge(store, kept, gone, owner, NOON))
    await forgets(database, kept)
    after = await database.read(written)
    assert " one" not in after and " two" not in after and "876543219" not in after
    refused = await database.write(lambda store: undo(store, merged.merge_id, owner, NOON))
    assert refused == Refused(Conflict.ERASED)
    assert await database.write(lambda store: merge(store, kept, new_id(), owner, NOON)) == Refused(Conflict.GONE)


async def test_so_is_one_that_was_merged_again_under_another_id(database, pair):
    one, two, owner = pair
    third = await database.write(lambda store: live(store, "three", "telegram:1", NOON, "555555555"))
    await database.write(lambda store: merge(store, two, one, owner, NOON))
    await database.write(lambda store: merge(store, third.id, two, owner, NOON))
    await forgets(database, third.id)
    after = await database.read(written)
    assert not any(mark in after for mark in (" one", " two", " three", "+7one", "876543219"))


async def test_purchases_points_scores_and_consents_stay_without_a_name(database, pair):
    one, *_ = pair
    stays = (
        "purchase",
        "points_operation",
        "points_batch",
        "promo_code",
        "redemption",
        "consent",
        "survey_run",
        "support_case",
        "occasion",
    )
    before = await database.read(lambda store: {name: len(rows) for name, rows in everything(store).items()})
    await forgets(database, one)
    after = await database.read(lambda store: {name: len(rows) for name, rows in everything(store).items()})
    assert {name: after[name] for name in stays} == {name: before[name] for name in stays}
    assert await database.read(lambda store: store.points.balance(one, NOON).available) == 5
    customer = await database.read(lambda store: store.customers.get(one))
    assert (customer.name, customer.phone, customer.erased_at) == ("", None, NOON)
    listed = {row.id for row in await database.read(lambda store: store.directory.page("", "", 9))}
    assert one not in listed and pair[1] in listed


async def test_what_waits_is_cancelled_and_what_is_on_its_way_is_nobodys_knowledge(database, pair):
    one, *_ = pair
    out = METADATA.tables["outbox_message"]

    def begin(store):
        row = store.outbox.of_customer(one, 9)[0]
        begun = out.update().where(out.c.id == row.id).values(state=DeliveryState.SENDING, token=new_id())
        store.connection.execute(begun)
        return row.id

    begun = await database.write(begin)
    await forgets(database, one)
    rows = await database.read(lambda store: store.connection.execute(select(out)).all())
    ends = {row.id: (row.state, row.reason) for row in rows if row.reason}
    assert ends.pop(begun) == (DeliveryState.UNKNOWN, ERASED)
    assert set(ends.values()) == {(DeliveryState.CANCELLED, ERASED)} and len(ends) == 2


async def test_an_operator_who_is_forgotten_goes_on_hearing_of_others(database, pair):
    one, two, owner = pair

    def unit(store):
        store.staff.link_account(
            StaffAccount(bot_id="telegram:1", user_id="user-one", staff_id=owner.id, linked_at=NOON)
        )
        for customer_id, text in ((one, "about me"), (two, "about others")):
            alert = Message(text, kind=MessageKind.OPERATOR_ALERT, thread=Thread(customer_id, "x"))
            enqueue(store, Address("telegram:1", "user-one"), [alert], NOON)

    await database.write(unit)
    await forgets(database, one)
    out = METADATA.tables["outbox_message"]
    waiting = select(out).where(out.c.state == DeliveryState.QUEUED, out.c.user_id == "user-one")
    rows = await database.read(lambda store: store.connection.execute(waiting).all())
    assert [row.body["text"] for row in rows] == ["about others"]
    assert "about me" not in await database.read(written)


async def test_the_flags_job_brings_no_words_back(database, pair):
    one, *_ = pair
    await forgets(database, one)
    assert await database.write(lambda store: look_for_flags(store, one, NOON)) is False
    assert await database.write(lambda store: look_for_flags(store, new_id(), NOON)) is False


async def test_words_that_the_flags_job_has_read_go_with_the_erasure_that_waited(database, pair):
    """On PostgreSQL both run at once: whoever comes second sees what the first did."""
    one, *_ = pair
    out = METADATA.tables["inbound_event"]
    insult = {"severity": 9, "sentiment": "negative"}
    spoken = out.update().where(out.c.customer_id == one).values(text="Вы дебилы и уроды", classification=insult)
    await database.write(lambda store: store.connection.execute(spoken))
    job = database.write(lambda store: look_for_flags(store, one, NOON))
    await asyncio.gather(job, forgets(database, one))
    assert "дебилы" not in await database.read(written)


async def test_the_next_message_of_that_account_is_a_strangers(database, pair):
    one, *_ = pair
    await forgets(database, one)
    assert await database.read(lambda store: store.facts.of_chat("telegram:1", "user-one", NOON)) is None
    new = await database.write(lambda store: store.customers.add("telegram:1", "user-one", "x", Language.RU, NOON))
    assert new.id != one


async def test_it_is_written_down_once_and_without_data(database, pair):
    one, _, owner = pair
    await forgets(database, one, owner)
    await forgets(database, one)
    await forgets(database, new_id())
    (entry,) = await database.read(lambda store: store.audit.page(9))
    assert (entry.action, entry.actor, entry.staff_id) == (AuditAction.ERASED, AuditActor.STAFF, owner.id)
    assert (entry.subject_id, entry.details) == (one, {})


async def test_one_person_is_forgotten_without_a_trace_in_the_others_cases(database, pair):
    before = await database.read(lambda store: store.cases.open_for(pair[1]))
    await forgets(database, pair[0])
    assert await database.read(lambda store: store.cases.open_for(pair[1])) == before
    assert await database.read(lambda store: store.cases.open_for(pair[0])) is None


async def test_the_address_of_the_last_word_is_forgotten_once_it_was_said(database, pair):
    from messaging.messages import Address, Message
    from messaging.outbox import enqueue
    from storage.people import GOODBYE

    chat = Address("telegram:1", "user-one")
    out = METADATA.tables["outbox_message"]
    last = Message("bye", kind=MessageKind.REPLY)
    await forgets(database, pair[0])
    (row,) = await database.write(lambda store: enqueue(store, chat, [last], NOON, dedupe_key=GOODBYE + "1"))
    assert await database.write(lambda store: store.people.forget_goodbyes()) == 0
    sent = out.update().where(out.c.id == row.id).values(state=DeliveryState.SENT, provider_id="7")
    await database.write(lambda store: store.connection.execute(sent))
    assert await database.write(lambda store: store.people.forget_goodbyes()) == 1
    assert "user-one" not in await database.read(written)


# --- imports


async def test_no_import_brings_them_back(database):
    def known(store):
        one, *_ = two_lives(store)
        customer = store.customers.get(one)
        customer.phone = "+79161234567"
        overwrite(store, customer)
        return one

    one = await database.write(known)
    await forgets(database, one)
    rows = HEADER + ";8 916 123-45-67;;Анна;01.02.2024;5;чай\n;;123456782;;01.02.2024;6;чай\n9;;;Оля;01.02.2024;7;\n"
    taken = await bring(database, rows)
    assert (taken.new, taken.customers, [*taken.erased]) == (1, 1, [2, 3])
    assert "Анна" not in await database.read(written)


async def test_who_came_back_by_themselves_is_known_again(database, pair):
    await forgets(database, pair[0])
    await database.write(lambda store: live(store, "again", "telegram:1", NOON, "123456782"))
    taken = await bring(database, HEADER + ";;123456782;;01.02.2024;6;чай\n")
    assert (taken.new, [*taken.erased]) == (1, [])


async def test_who_came_back_brings_no_purchase_into_the_books_twice(database, pair):
    first, second = ";;123456782;;01.02.2024;6;чай\n", ";;123456782;;02.02.2024;7;чай\n"
    assert (await bring(database, HEADER + first)).new == 1
    await forgets(database, pair[0])
    await database.write(lambda store: live(store, "again", "telegram:1", NOON, "123456782"))
    taken = await bring(database, HEADER + first + second)
    assert (taken.new, taken.known, [*taken.erased]) == (1, 1, [])


async def test_hashes_tell_nothing_without_their_key(database, pair):
    await forgets(database, pair[0])
    stones = await database.read(lambda store: everything(store)["tombstone"])
    assert len(stones) == 5 and all(len(row["hash"]) == 64 for row in stones)
    assert await database.read(lambda store: store.tombstones.among([("phone", "+7one"), ("phone", "x")])) == {
        ("phone", "+7one")
    }
    assert await database.read(lambda store: store.business.history(9)) == []


# --- the copy


async def test_the_copy_holds_everything_about_them_and_nothing_about_others(database, pair):
    one, *_ = pair
    found = json.dumps(await database.read(lambda store: export(store, one)), ensure_ascii=False)
    for words in ("name one", "words one", "greeting one", "evidence one", "comment one", "summary one", "123456782"):
        assert words in found
    assert " two" not in found
    assert await database.read(lambda store: export(store, new_id())) == {}


async def test_the_copy_holds_no_secret(database, pair):
    one, *_ = pair
    (row, *_) = await database.read(lambda store: store.outbox.of_customer(one, 9))
    found = json.dumps(await database.read(lambda store: export(store, one)))
    assert row.nonce not in found and "lease" not in found and "token" not in found


async def test_old_events_come_back_as_known_ones(database, pair):
    """The platform repeats an event whose answer it did not see: it must not wake up a stranger."""
    one, *_ = pair
    (event, *_) = await database.read(lambda store: store.inbox.of_customer(one, 9))
    await forgets(database, one)
    kept = await database.read(lambda store: store.inbox.find(event.bot_id, event.event_id))
    assert (kept.text, kept.incoming, kept.chat_id) == ("", {}, "")
    assert await database.read(lambda store: store.inbox.count_unanswered()) == 1  # the other one's
    assert kept.answered_at < NOON + timedelta(days=1)
